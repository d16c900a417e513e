"""Proof of solvency: sums over all accounts of a venue, in proofs of some accounts each.

``docs/solvency.md`` says what the sums show. The accounts are the leaves of a tree whose first level the proofs
compute; rows are looked up as in `lookup`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .account import NO_AMOUNTS, Account, commitment
from .checks import SpecError, check_field
from .constants import ARITY, FIELD, ID_BITS
from .digest import digest
from .health import HealthShape, batch_signals, filled_up
from .lookup import lookup_signals
from .margin import margin
from .poseidon import Hasher, poseidon
from .snapshot import Snapshot, snapshot_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .account import Position

MOST_ACCOUNTS = 2**32
"""The most accounts for which no sum wraps."""


# No repr: the sums before the last ones are secret.
@dataclass(frozen=True, slots=True, repr=False)
class Sums:
    """Sums over accounts, at most `MOST_ACCOUNTS`.

    Parameters
    ----------
    unhealthy : int
        The number of accounts whose equity is below the requirement.
    deficit : int
        The equity that accounts with negative equity lack: the sum of max(0, -equity), in pico-quote.
    cash : int
        In micro-quote.
    amounts : tuple of int
        The 8 collateral amounts, in 1e-6 of the asset.
    lots : int
        The sum of lots / (x - instrument) over all positions, a field element: 0 if the lots of every instrument add
        up to 0, and otherwise for fewer than 2^15 values of x.
    """

    unhealthy: int
    deficit: int
    cash: int
    amounts: tuple[int, ...]
    lots: int

    def __add__(self, other: Sums) -> Sums:
        """Return the sums over the accounts of both."""
        return Sums(
            self.unhealthy + other.unhealthy,
            self.deficit + other.deficit,
            self.cash + other.cash,
            tuple(one + more for one, more in zip(self.amounts, other.amounts, strict=True)),
            (self.lots + other.lots) % FIELD,
        )


NO_SUMS = Sums(0, 0, 0, NO_AMOUNTS, 0)
"""The sums over no account."""


@dataclass(frozen=True, slots=True)
class SolvencySignals:
    """The public signals of a proof of solvency; field elements.

    Parameters
    ----------
    nodes : tuple of int
        The nodes above the accounts: one for eight.
    before, after : int
        Commitments to the sums without and with these accounts.
    snapshot_root, requirement_bps, x : int
    """

    nodes: tuple[int, ...]
    before: int
    after: int
    snapshot_root: int
    requirement_bps: int
    x: int

    @property
    def all(self) -> tuple[int, ...]:
        """All signals, in the circuit's order."""
        return (*self.nodes, self.before, self.after, self.snapshot_root, self.requirement_bps, self.x)


@dataclass(frozen=True, slots=True, repr=False)
class SolvencyInputs:
    """The inputs of the witness calculator, and what they show.

    Parameters
    ----------
    signals : dict
        Field elements, lists and buses, by signal name; secret.
    public : SolvencySignals
    after : Sums
        The sums with the accounts of the proof; secret.
    """

    signals: dict[str, Any]
    public: SolvencySignals
    after: Sums


def account_sums(account: Account, snapshot: Snapshot, requirement_bps: int, x: int) -> Sums:
    """Return what an account adds to the sums.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    requirement_bps : int
        The requirement of healthy accounts in 1/10000 of maintenance margin, 20 bits.
    x : int
        See `check_point`.

    Returns
    -------
    Sums

    Raises
    ------
    SpecError
        If an instrument stands in two slots, or a position has no row in the table.
    """
    result = margin(account, snapshot)
    return Sums(
        int(not result.healthy(requirement_bps)),
        max(0, -result.equity),
        account.cash,
        account.amounts,
        lots_value(account.held, x),
    )


def lots_value(positions: Iterable[Position], x: int) -> int:
    """Return the sum of lots / (x - instrument) over positions, mod r.

    Parameters
    ----------
    positions : Iterable of Position
    x : int
        See `check_point`.

    Returns
    -------
    int
    """
    return sum(p.lots * pow(x - p.instrument, -1, FIELD) for p in positions) % FIELD


def check_point(x: int) -> None:
    """Check that the point at which lots are compared is no instrument's id.

    It must be a hash of all accounts: otherwise the lots can be chosen for it.

    Raises
    ------
    SpecError
        If it is below 2^15, or no field element.
    """
    check_field("x", x)
    if x < 1 << ID_BITS:
        raise SpecError("x", f"must be at least 2^{ID_BITS}, above every instrument")


def sums_hash(sums: Sums, blind: int, hasher: Hasher = poseidon) -> int:
    """Commit to sums.

    Parameters
    ----------
    sums : Sums
    blind : int
        A random field element; 0 for sums that are public.
    hasher : Hasher

    Returns
    -------
    int
        ``Poseidon(unhealthy, deficit, cash mod r, amounts, lots, blind)``
    """
    return hasher([sums.unhealthy, sums.deficit, sums.cash % FIELD, *sums.amounts, sums.lots, blind])


def first_level(commitments: Sequence[int], hasher: Hasher = poseidon) -> tuple[int, ...]:
    """Return the nodes above commitments: one for eight.

    Parameters
    ----------
    commitments : Sequence of int
        A multiple of eight.
    hasher : Hasher

    Returns
    -------
    tuple of int
    """
    return tuple(hasher(commitments[i : i + ARITY]) for i in range(0, len(commitments), ARITY))


def upper_levels(nodes: Sequence[int], hasher: Hasher = poseidon) -> tuple[tuple[int, ...], ...]:
    """Hash the nodes of the first level up to the root. On each level, 0 stands in the places without a node.

    Parameters
    ----------
    nodes : Sequence of int
        At least one.
    hasher : Hasher

    Returns
    -------
    tuple of tuple of int
        The levels from the first on, each but the last filled up to a multiple of eight; the last is the root alone.
    """
    levels: list[tuple[int, ...]] = []
    level = tuple(nodes)
    while len(level) > 1:
        level += (0,) * (-len(level) % ARITY)
        levels.append(level)
        level = first_level(level, hasher)
    return (*levels, level)


def solvency_inputs(  # noqa: PLR0913  # everything that a proof depends on
    accounts: Sequence[Account],
    snapshot: Snapshot,
    shape: HealthShape,
    requirement_bps: int,
    x: int,
    *,
    before: Sums = NO_SUMS,
    blinds: tuple[int, int] = (0, 0),
    hasher: Hasher = poseidon,
) -> SolvencyInputs:
    """Return the inputs of a solvency circuit.

    Parameters
    ----------
    accounts : Sequence of Account
        At most as many as the circuit has places; blanks fill the others.
    snapshot : Snapshot
    shape : HealthShape
        A multiple of eight places, with rows looked up.
    requirement_bps : int
        The requirement of healthy accounts in 1/10000 of maintenance margin, 20 bits.
    x : int
        The point at which lots are compared: see `check_point`.
    before : Sums
        The sums over the accounts of the proofs before this one.
    blinds : (int, int)
        Those of the sums before and after.
    hasher : Hasher

    Returns
    -------
    SolvencyInputs

    Raises
    ------
    SpecError
        If accounts, snapshot and circuit do not fit each other, or an account holds an instrument twice.
    """
    check_point(x)
    for number, blind in enumerate(blinds):
        check_field(f"blinds[{number}]", blind)
    if snapshot.table.layout != shape.account.layout:
        raise SpecError("layout", "the snapshot has another layout than the circuit")
    placed = filled_up(accounts, shape.accounts)
    after = before
    for place, account in enumerate(placed):
        try:
            after += account_sums(account, snapshot, requirement_bps, x)
        except SpecError as error:
            raise error.within(f"accounts[{place}]") from None
    nodes = first_level([commitment(account, hasher) for account in placed], hasher)
    signals = {
        **batch_signals(snapshot, requirement_bps),
        "x": x,
        "sums": sums_signals(before),
        "blind": list(blinds),
        **lookup_signals(placed, snapshot, shape, digest(nodes, hasher), hasher),
    }
    public = SolvencySignals(
        nodes,
        sums_hash(before, blinds[0], hasher),
        sums_hash(after, blinds[1], hasher),
        snapshot_root(snapshot, hasher),
        requirement_bps,
        x,
    )
    return SolvencyInputs(signals, public, after)


def sums_signals(sums: Sums) -> dict[str, Any]:
    """Return the input that holds sums."""
    return {
        "unhealthy": sums.unhealthy,
        "deficit": sums.deficit,
        "cash": sums.cash % FIELD,
        "amounts": list(sums.amounts),
        "lots": sums.lots,
    }
