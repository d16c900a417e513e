"""Transitions from one state of an account to the next, by a public change of its funds.

The steps have the numbers in ``circuits/account/transition.circom``:

1. the public signals: `actors`, `change`;
2. the old account, or none: `old_commitment`;
3. the change: `check_change`;
4. the new account: `commitment`;
5. bind the context.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .account import NO_AMOUNTS, NO_KEY, NO_ORDERS, chunks, commitment, orders_hash
from .checks import SpecError, check_field, check_unsigned
from .constants import AMOUNT_BITS, COLLATERALS, FIELD, NONCE_BITS, OWNER_BITS
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from .account import Account

ASSET_BITS: int = 4
CASH: int = COLLATERALS
"""The asset number of cash, after the collateral."""
TRADE: int = CASH + 1
"""The asset number of a trade, in which positions and cash change without deposit or withdrawal."""


class TransitionSignals(NamedTuple):
    """The public signals of a transition proof, in the circuit's order; field elements."""

    old_commitment: int
    new_commitment: int
    actors: int
    change: int
    context: int


@dataclass(frozen=True, slots=True, repr=False)
class TransitionInputs:
    """The inputs of the witness calculator, and the expected public signals.

    Parameters
    ----------
    signals : dict
        Field elements and lists of them, by signal name; secret.
    public : TransitionSignals
    """

    signals: dict[str, Any]
    public: TransitionSignals


def actors(owner: int, nonce: int) -> int:
    """Return ``owner + 2^160 nonce``: the owner and the nonce of the old state."""
    check_unsigned("owner", owner, OWNER_BITS)
    check_unsigned("nonce", nonce, NONCE_BITS)
    return owner + (nonce << OWNER_BITS)


def change(new_owner: int, asset: int, delta: int) -> int:
    """Return ``newOwner + 2^160 asset + 2^164 (delta + 2^64)``, which describes a transition.

    Parameters
    ----------
    new_owner : int
        160 bits.
    asset : int
        The place of a collateral asset, `CASH`, or `TRADE`.
    delta : int
        In 1e-6 of the asset; -2^64 <= delta < 2^64, and 0 in a trade.
    """
    check_unsigned("newOwner", new_owner, OWNER_BITS)
    if type(asset) is not int or not 0 <= asset <= TRADE:
        raise SpecError("asset", f"must be from 0 to {TRADE}")
    if type(delta) is not int or not -(2**AMOUNT_BITS) <= delta < 2**AMOUNT_BITS:
        raise SpecError("delta", f"must be from -2^{AMOUNT_BITS} to 2^{AMOUNT_BITS} - 1")
    shifted: int = delta + 2**AMOUNT_BITS
    return new_owner + (asset << OWNER_BITS) + (shifted << OWNER_BITS + ASSET_BITS)


def check_change(old: Account, new: Account, asset: int, delta: int) -> None:
    """Step 3: check that the new account is the old one after a change, with the next nonce.

    The owner is free. In a trade, positions, cash, trading key and view key are free too. In the first transition, the
    number and both keys are free. The order table stays the same.

    Raises
    ------
    SpecError
        If it is not.
    """
    first = is_nothing(old)
    amounts = [amount + delta * (asset == place) for place, amount in enumerate(old.amounts)]
    _require(list(new.amounts) == amounts, "amounts", "must be the old ones after the change")
    _require(new.nonce == old.nonce + 1, "nonce", "must be the next one")
    _require(new.orders == old.orders, "orders", "must be the old ones")
    _require(first or new.number == old.number, "number", "must be the old one")
    if asset == TRADE:
        _require(delta == 0, "delta", "must be 0 in a trade")
        return
    _require(first or new.key == old.key, "key", "must be the old one")
    _require(first or new.view_key == old.view_key, "viewKey", "must be the old one")
    _require(new.cash == old.cash + delta * (asset == CASH), "cash", "must be the old one after the change")
    _require(new.positions == old.positions, "positions", "must be the old ones")


def is_nothing(account: Account) -> bool:
    """Return whether an account is the empty state before opening: all 0 but the owner, no positions, no orders."""
    lists = (account.key, account.amounts, account.positions, account.orders)
    return lists == (NO_KEY, NO_AMOUNTS, (), NO_ORDERS) and not any(
        (account.number, account.view_key, account.nonce, account.cash)
    )


def old_commitment(account: Account, hasher: Hasher = poseidon) -> int:
    """Step 2: the commitment of the old account, or 0, which no account has, for the empty state."""
    return 0 if is_nothing(account) else commitment(account, hasher)


def transition_inputs(  # noqa: PLR0913  # everything that a proof depends on
    old: Account, new: Account, asset: int, delta: int, context: int, *, hasher: Hasher = poseidon
) -> TransitionInputs:
    """Return the inputs of the transition circuit.

    Parameters
    ----------
    old, new : Account
        The states before and after.
    asset, delta : int
        See `change`.
    context : int
        The context, a field element.
    hasher : Hasher

    Returns
    -------
    TransitionInputs

    Raises
    ------
    SpecError
        If the new account is not the old one after the change, or a value is out of range.
    """
    check_field("context", context)
    who, what = actors(old.owner, old.nonce), change(new.owner, asset, delta)
    check_change(old, new, asset, delta)
    signals = {
        "actors": who,
        "change": what,
        "context": context,
        "genesis": int(is_nothing(old)),
        "owner": old.owner,
        "account": old.number,
        "key": list(old.key),
        "viewKey": old.view_key,
        "nonce": old.nonce,
        "cash": old.cash % FIELD,
        "amounts": list(old.amounts),
        "orders": orders_hash(old.orders, hasher),
        "chunks": list(chunks(old.positions, hasher)),
        "newOwner": new.owner,
        "newAccount": new.number,
        "newKey": list(new.key),
        "newViewKey": new.view_key,
        "newCash": new.cash % FIELD,
        "newChunks": list(chunks(new.positions, hasher)),
        "asset": asset,
        "chosen": [int(place == asset) for place in range(TRADE + 1)],
        "delta": delta % FIELD,
    }
    commitments = old_commitment(old, hasher), commitment(new, hasher)
    return TransitionInputs(signals, TransitionSignals(*commitments, who, what, context))


def _require(holds: bool, key: str, reason: str) -> None:
    if not holds:
        raise SpecError(key, reason)
