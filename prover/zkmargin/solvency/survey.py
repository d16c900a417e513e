"""A first look at every account: its commitment, what it adds to the sums, and the rules that can be checked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.account import Account
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.solvency import MOST_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["Surveyed", "account_files", "open_account", "survey"]

_NAMED = 3


# No repr: the values are secret.
@dataclass(frozen=True, slots=True, repr=False)
class Surveyed:
    """What is kept of an account between the first look and its proof.

    Attributes
    ----------
    path : Path
        The account's file.
    commitment : int
    slots : int
        The slots of its list of positions, empty ones between included.
    held : tuple of Position
    sums : Sums
        The account's share of the sums, without its lots.
    """

    path: Path
    commitment: int
    slots: int
    held: tuple[spec.Position, ...]
    sums: spec.Sums

    @property
    def underlyings(self) -> int:
        """The number of underlyings that the account holds."""
        return len({position.underlying for position in self.held})


def account_files(folder: Path) -> list[Path]:
    """Return the account files of a folder, by name.

    Raises
    ------
    InputError
        If there is none.
    """
    found = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not found:
        raise InputError("expected a folder of account files, *.json", source=str(folder))
    return found


def open_account(path: Path, snapshot: Snapshot) -> spec.Account:
    """Return the opening of an account file under a snapshot.

    Raises
    ------
    InputError
        If the file is malformed, or does not fit the snapshot.
    """
    return Account.load(path).opening(snapshot)


def survey(
    paths: Sequence[Path],
    snapshot: Snapshot,
    requirement_bps: int,
    *,
    count_unhealthy: bool,
    progress: Progress,
) -> list[Surveyed]:
    """Look at every account once.

    Parameters
    ----------
    paths : sequence of Path
        The account files.
    snapshot : Snapshot
    requirement_bps : int
    count_unhealthy : bool
        Whether accounts may be unhealthy.
    progress : callable

    Returns
    -------
    list of Surveyed

    Raises
    ------
    StatementError
        If an account is not healthy and that is not allowed, or the lots of an instrument do not add up to 0.
    InputError
        If an account file is malformed, holds an instrument twice, or has the commitment of another one.
    """
    if len(paths) > MOST_ACCOUNTS:
        raise InputError(f"more than {MOST_ACCOUNTS} accounts", source="accounts")
    found: list[Surveyed] = []
    files: dict[int, Path] = {}
    lots: Counter[int] = Counter()
    progress("reading accounts", 0, len(paths))
    for number, path in enumerate(paths, 1):
        one = _look(path, snapshot, requirement_bps)
        if (other := files.setdefault(one.commitment, path)) != path:
            raise InputError(f"the same account as {other.name}", source=str(path))
        for position in one.held:
            lots[position.instrument] += position.lots
        found.append(one)
        progress("reading accounts", number, len(paths))
    if not count_unhealthy:
        _check_healthy(found, requirement_bps)
    _check_lots(lots, snapshot)
    return found


def _look(path: Path, snapshot: Snapshot, requirement_bps: int) -> Surveyed:
    opening = open_account(path, snapshot)
    try:
        result = spec.margin(opening, snapshot.spec)
    except spec.SpecError as error:
        raise InputError(error.reason, source=str(path), key=error.key) from None
    sums = spec.Sums(
        int(not result.healthy(requirement_bps)), max(0, -result.equity), opening.cash, opening.amounts, 0
    )
    commitment = spec.commitment(opening, fast_hasher())
    return Surveyed(path, commitment, len(opening.positions), opening.held, sums)


def _check_healthy(found: Sequence[Surveyed], requirement_bps: int) -> None:
    names = [one.path.name for one in found if one.sums.unhealthy]
    if not names:
        return
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    raise StatementError(
        f"not healthy at {requirement_bps}/10000 of the requirement: {', '.join(names[:_NAMED])}{more}; "
        "--count-unhealthy counts such accounts in public"
    )


def _check_lots(lots: Counter[int], snapshot: Snapshot) -> None:
    names = {listing.id: listing.name for listing in snapshot.parts.listings}
    for instrument, total in sorted(lots.items()):
        if total:
            side = "long" if total > 0 else "short"
            raise StatementError(
                f"lots of {names[instrument]} do not add up to 0 over all accounts: more are {side}"
            )
