"""The disclosure of an account: equity and requirement, and its opening, bound to a point z by a polynomial's value.

Names are those of the signals of ``circuits/margin/disclosure.circom``. ``docs/statement.md`` states the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .account import commitment, order_elements
from .checks import SpecError, check_field
from .constants import FIELD
from .digest import horner
from .health import valuation_signals
from .margin import margin, surplus
from .opening import opening_elements
from .poseidon import Hasher, poseidon
from .snapshot import snapshot_root
from .witness import snapshot_signals

if TYPE_CHECKING:
    from .account import Account
    from .lanes import Plan, Shape
    from .snapshot import Snapshot


class Disclosed(NamedTuple):
    """The facts that a disclosure shows of an account, and the point that binds its opening."""

    equity: int
    """Equity in pico-quote; may be negative."""
    requirement: int
    """Requirement in micro-quote."""
    opening: int
    """``sum_i elements[i] z^i`` of the `opening_elements`, a field element."""
    z: int
    """A hash of the commitment and of the published elements, a field element."""

    def healthy(self, requirement_bps: int) -> bool:
        """Step 6: return whether the equity is at least requirement_bps / 10 000 of the requirement."""
        return surplus(self.equity, self.requirement, requirement_bps) >= 0


class DisclosureSignals(NamedTuple):
    """The public signals of a disclosure, in the circuit's order."""

    account_commitment: int
    snapshot_root: int
    disclosed: Disclosed
    context: int

    @property
    def signals(self) -> tuple[int, ...]:
        """All public signals, one by one; a negative equity is r less its size."""
        shown = self.disclosed
        values = (shown.equity % FIELD, shown.requirement, shown.opening)
        return (self.account_commitment, self.snapshot_root, *values, self.context, shown.z)


@dataclass(frozen=True, slots=True, repr=False)
class DisclosureInputs:
    """The inputs of the witness calculator, and the expected public signals.

    Parameters
    ----------
    signals : dict
        Field elements, lists and buses, by signal name; secret.
    public : DisclosureSignals
    """

    signals: dict[str, Any]
    public: DisclosureSignals

    @property
    def all_public(self) -> tuple[int, ...]:
        """All public signals, in the circuit's order."""
        return self.public.signals


def disclosure_inputs(  # noqa: PLR0913  # everything that a proof depends on
    account: Account,
    snapshot: Snapshot,
    shape: Shape,
    context: int,
    z: int,
    *,
    chosen: Plan | None = None,
    hasher: Hasher = poseidon,
) -> DisclosureInputs:
    """Return the inputs of a disclosure circuit.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    shape : Shape
        The lanes and positions of the circuit.
    context : int
        A field element.
    z : int
        A field element.
    chosen : Plan, optional
        The lanes, as many as the shape has; by default those of `plan`.
    hasher : Hasher

    Returns
    -------
    DisclosureInputs

    Raises
    ------
    SpecError
        If account, snapshot and circuit do not fit each other, an instrument stands twice or has no row, or a value is
        no field element.
    """
    check_field("context", context)
    check_field("z", z)
    if snapshot.table.layout != shape.layout:
        raise SpecError("layout", "the snapshot has another layout than the circuit")
    valued = valuation_signals(account, snapshot, shape, hasher, chosen)
    result = margin(account, snapshot, chosen)
    opening = horner(opening_elements(account, shape.positions), z)
    commit, root = commitment(account, hasher), snapshot_root(snapshot, hasher)
    signals = {
        "context": context,
        "z": z,
        "account": valued.pop("opening"),
        "orders": list(order_elements(account.orders)),
        **snapshot_signals(snapshot),
        **valued,
    }
    shown = Disclosed(result.equity, result.requirement, opening, z)
    return DisclosureInputs(signals, DisclosureSignals(commit, root, shown, context))
