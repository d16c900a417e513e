"""Health of many accounts in one proof: the statement, its public signals, and the inputs with a path per position.

``docs/health-batches.md`` states the same in words. The inputs of the circuits that look rows up are in `lookup`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .account import NO_AMOUNTS, NO_KEY, Account, commitment
from .checks import SpecError, check_field
from .constants import ARITY
from .digest import digest, horner
from .lanes import Plan, Shape, plan
from .margin import margin
from .poseidon import Hasher, poseidon
from .snapshot import Snapshot, snapshot_root
from .witness import account_signals, lane_signals, position_signals, snapshot_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .table import Table

BLANK = Account(0, 0, NO_KEY, 0, 0, 0, NO_AMOUNTS, ())
"""The account whose values are all 0; it fills the places of a batch that no account takes."""

BLANK_COMMITMENT = 19518143364659709318405042830161785805735603966137915937581513069766672330208
"""The commitment of `BLANK`."""


class HealthSignals(NamedTuple):
    """The public signals of a proof of health, in the circuit's order; field elements."""

    digest: int
    """The digest of the commitments, in order."""
    accounts: int
    """``sum_a commitment_a z^a``"""
    snapshot_root: int
    requirement_bps: int
    z: int


@dataclass(frozen=True, slots=True)
class HealthShape:
    """The size of a health circuit.

    Parameters
    ----------
    accounts : int
        M, the number of places for accounts.
    account : Shape
        The lanes and positions of each account, and the layout of the rows.
    octets : int
        The groups of eight neighbouring rows that the circuit looks rows up in.
    singles : int
        The single rows that it looks up. Without octets and singles, every position has a path of its own.

    Raises
    ------
    SpecError
        If a number is out of range, or the account's shape has limits or discloses.
    """

    accounts: int
    account: Shape
    octets: int = 0
    singles: int = 0

    def __post_init__(self) -> None:  # noqa: D105
        if type(self.accounts) is not int or self.accounts < 1:
            raise SpecError("accounts", "expected a positive integer")
        for name, count in (("octets", self.octets), ("singles", self.singles)):
            if type(count) is not int or count < 0:
                raise SpecError(name, "expected an integer that is not negative")
        if self.account.limited or self.account.disclosed:
            raise SpecError("account", "health circuits neither limit nor disclose")

    @property
    def looks_up(self) -> bool:
        """Whether rows are looked up."""
        return self.rows > 0

    @property
    def groups(self) -> int:
        """The number of octets and single rows."""
        return self.octets + self.singles

    @property
    def rows(self) -> int:
        """R, the number of rows that it looks up."""
        return ARITY * self.octets + self.singles


@dataclass(frozen=True, slots=True, repr=False)
class HealthInputs:
    """The inputs of the witness calculator, and the expected public signals.

    Parameters
    ----------
    signals : dict
        Field elements, lists and buses, by signal name; secret.
    public : HealthSignals
    """

    signals: dict[str, Any]
    public: HealthSignals


def check_account_health(account: Account, snapshot: Snapshot, requirement_bps: int) -> None:
    """Check that an account is healthy and funded, and that no instrument stands in it twice.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    requirement_bps : int
        The claim in 1/10000 of the requirement, 20 bits.

    Raises
    ------
    SpecError
        If ``10000 equity < requirementBps requirement 10^6``, if cash and marks add up to less than 0, if an
        instrument stands in two slots, or if a position has no row in the table.
    """
    result = margin(account, snapshot)
    if account.cash + sum(lane.mark for lane in result.lanes) < 0:
        raise SpecError("cash", "not funded: cash and marks add up to less than 0")
    if not result.healthy(requirement_bps):
        raise SpecError("requirementBps", "not healthy: the equity is below this share of the requirement")


def check_health(accounts: Sequence[Account], snapshot: Snapshot, requirement_bps: int) -> None:
    """Check every account of a batch with `check_account_health`.

    Parameters
    ----------
    accounts : Sequence of Account
    snapshot : Snapshot
    requirement_bps : int

    Raises
    ------
    SpecError
        With the account's place in the batch.
    """
    for place, account in enumerate(accounts):
        try:
            check_account_health(account, snapshot, requirement_bps)
        except SpecError as error:
            raise error.within(f"accounts[{place}]") from None


def filled_up(accounts: Sequence[Account], places: int) -> tuple[Account, ...]:
    """Return the accounts, and `BLANK` in the places behind them.

    Raises
    ------
    SpecError
        If there are more accounts than places.
    """
    if len(accounts) > places:
        raise SpecError("accounts", f"more than the circuit's {places}")
    return (*accounts, *[BLANK] * (places - len(accounts)))


def health_signals(
    accounts: Sequence[Account],
    snapshot: Snapshot,
    requirement_bps: int,
    z: int,
    hasher: Hasher = poseidon,
) -> HealthSignals:
    """Return the public signals of a proof of health.

    Parameters
    ----------
    accounts : Sequence of Account
        One for each place of the circuit, blanks included.
    snapshot : Snapshot
    requirement_bps : int
        The claim in 1/10000 of the requirement, 20 bits.
    z : int
        The challenge of the batch, a field element.
    hasher : Hasher

    Returns
    -------
    HealthSignals

    Raises
    ------
    SpecError
        If an account is not healthy, not funded, or holds an instrument twice.
    """
    check_field("z", z)
    check_health(accounts, snapshot, requirement_bps)
    commitments = [commitment(account, hasher) for account in accounts]
    root = snapshot_root(snapshot, hasher)
    return HealthSignals(digest(commitments, hasher), horner(commitments, z), root, requirement_bps, z)


def path_inputs(  # noqa: PLR0913  # everything that a proof depends on
    accounts: Sequence[Account],
    snapshot: Snapshot,
    shape: HealthShape,
    requirement_bps: int,
    z: int,
    *,
    hasher: Hasher,
) -> HealthInputs:
    """Return the inputs of a circuit with a path per position (``HealthByPaths``), for an account in each place.

    Parameters, result and errors are those of `lookup.health_inputs`.
    """
    public = health_signals(accounts, snapshot, requirement_bps, z, hasher)
    valued = [_valued_at(place, account, snapshot, shape, hasher) for place, account in enumerate(accounts)]
    signals = {
        **batch_signals(snapshot, requirement_bps),
        "z": z,
        **{name: [one[name] for one in valued] for name in ("opening", "lanes", "slots")},
    }
    return HealthInputs(signals, public)


def valuation_signals(
    account: Account, snapshot: Snapshot, shape: Shape, hasher: Hasher, chosen: Plan | None = None
) -> dict[str, Any]:
    """Return the inputs of ``Valuation`` for one account: its opening, its lanes, and its slots with their paths.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    shape : Shape
    hasher : Hasher
    chosen : Plan, optional
        The lanes, as many as the shape has; by default those of `plan`.

    Returns
    -------
    dict

    Raises
    ------
    SpecError
        If the account does not fit the shape.
    """
    planned = plan(account, shape)
    chosen = planned if chosen is None else chosen
    return {
        "opening": account_signals(account, hasher),
        "lanes": _lanes(chosen, snapshot.table),
        "slots": _slots(position_signals(account.positions, chosen, shape, snapshot.table, hasher)),
    }


def batch_signals(snapshot: Snapshot, requirement_bps: int) -> dict[str, Any]:
    """Return the inputs that all accounts of a proof share.

    Parameters
    ----------
    snapshot : Snapshot
    requirement_bps : int

    Returns
    -------
    dict
    """
    return {"requirementBps": requirement_bps, **snapshot_signals(snapshot)}


def _valued_at(
    place: int, account: Account, snapshot: Snapshot, shape: HealthShape, hasher: Hasher
) -> dict[str, Any]:
    try:
        return valuation_signals(account, snapshot, shape.account, hasher)
    except SpecError as error:
        raise error.within(f"accounts[{place}]") from None


def _lanes(chosen: Plan, table: Table) -> dict[str, Any]:
    signals = lane_signals(chosen, table.tree)
    return {"underlying": signals["laneUnderlying"], "children": signals["laneChildren"]}


def _slots(signals: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return a bus for each slot; the row is a bus in it."""
    slots = [dict(zip(signals, values, strict=True)) for values in zip(*signals.values(), strict=True)]
    row = ("packed", "shortFloor", "addOn")
    return [
        {name: slot[name] for name in slot if name not in row} | {"row": {name: slot[name] for name in row}}
        for slot in slots
    ]
