"""The claim of an owner when a market winds down: the account's funds under a snapshot, and its collateral.

Names are those of the signals of ``circuits/margin/claim.circom``. ``docs/owner-steps.md`` states the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .account import commitment
from .checks import check_field
from .constants import FIELD
from .health import valuation_signals
from .margin import margin
from .poseidon import Hasher, poseidon
from .snapshot import snapshot_root
from .witness import snapshot_signals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account
    from .lanes import Shape
    from .snapshot import Snapshot


class ClaimSignals(NamedTuple):
    """The public signals of a claim, in the circuit's order."""

    account_commitment: int
    snapshot_root: int
    funds: int
    """Cash and marks in micro-quote; a field element, so a negative number is r less its size."""
    amounts: tuple[int, ...]
    """Eight amounts of collateral in 1e-6 of the asset."""
    context: int

    @property
    def signals(self) -> tuple[int, ...]:
        """All public signals, amounts one by one."""
        return (self.account_commitment, self.snapshot_root, self.funds, *self.amounts, self.context)


@dataclass(frozen=True, slots=True, repr=False)
class ClaimInputs:
    """The inputs of the witness calculator, and the expected public signals.

    Parameters
    ----------
    signals : mapping
        Field elements, lists and buses, by signal name; secret.
    public : ClaimSignals
    """

    signals: Mapping[str, Any]
    public: ClaimSignals


def claim_inputs(
    account: Account, snapshot: Snapshot, shape: Shape, context: int, *, hasher: Hasher = poseidon
) -> ClaimInputs:
    """Return the inputs of a circuit ``claim``.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    shape : Shape
        The lanes and positions of the circuit.
    context : int
        A field element.
    hasher : Hasher

    Returns
    -------
    ClaimInputs

    Raises
    ------
    SpecError
        If the account does not fit the circuit, holds an instrument twice or one that has no row, or the context is no
        field element.
    """
    check_field("context", context)
    funds = account.cash + sum(lane.mark for lane in margin(account, snapshot).lanes)
    commit, root = commitment(account, hasher), snapshot_root(snapshot, hasher)
    signals = {
        "context": context,
        **snapshot_signals(snapshot),
        **valuation_signals(account, snapshot, shape, hasher),
    }
    return ClaimInputs(signals, ClaimSignals(commit, root, funds % FIELD, account.amounts, context))
