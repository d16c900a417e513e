"""Transitions: how one state of an account becomes the next, under public changes of its funds.

The steps have the numbers of ``circuits/account/transition.circom``:

1. what the public signals say: `actors`, `change`;
2. the old account, or nothing: `old_commitment`;
3. the change: `check_change`;
4. the new account: `commitment`;
5. bind the context.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .account import commitment, positions_hash
from .checks import SpecError, check_field, check_unsigned
from .constants import AMOUNT_BITS, COLLATERALS, FIELD
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from .account import Account

ADDRESS_BITS: int = 160
NONCE_BITS: int = 64
ASSET_BITS: int = 4
CASH: int = COLLATERALS
"""The asset that stands for cash: the one after the collateral."""
TRADE: int = CASH + 1
"""Stands where an asset does when positions and cash change and no funds come or go."""


class TransitionSignals(NamedTuple):
    """What a proof of a transition shows, in the circuit's order; all of it field elements."""

    old_commitment: int
    new_commitment: int
    actors: int
    change: int
    context: int


@dataclass(frozen=True, slots=True, repr=False)
class TransitionInputs:
    """What the witness calculator takes, and the public signals that it must arrive at.

    Parameters
    ----------
    signals : dict
        Field elements and lists of them, by signal name. Secret.
    public : TransitionSignals
    """

    signals: dict[str, Any]
    public: TransitionSignals


def actors(owner: int, nonce: int) -> int:
    """Return ``owner + 2^160 nonce``: whose account it is, and which of its states is the old one."""
    check_unsigned("owner", owner, ADDRESS_BITS)
    check_unsigned("nonce", nonce, NONCE_BITS)
    return owner + (nonce << ADDRESS_BITS)


def change(new_owner: int, asset: int, delta: int) -> int:
    """Return ``newOwner + 2^160 asset + 2^164 (delta + 2^64)``: what a transition does.

    Parameters
    ----------
    new_owner : int
        160 bits.
    asset : int
        A collateral's place from 0, `CASH`, or `TRADE`.
    delta : int
        In 1e-6 of the asset; -2^64 <= delta < 2^64, and 0 in a trade.
    """
    check_unsigned("newOwner", new_owner, ADDRESS_BITS)
    if type(asset) is not int or not 0 <= asset <= TRADE:
        raise SpecError("asset", f"not from 0 to {TRADE}")
    if type(delta) is not int or not -(2**AMOUNT_BITS) <= delta < 2**AMOUNT_BITS:
        raise SpecError("delta", f"not from -2^{AMOUNT_BITS} to 2^{AMOUNT_BITS} - 1")
    shifted: int = delta + 2**AMOUNT_BITS
    return new_owner + (asset << ADDRESS_BITS) + (shifted << ADDRESS_BITS + ASSET_BITS)


def check_change(old: Account, new: Account, asset: int, delta: int, hasher: Hasher = poseidon) -> None:
    """Step 3: check that the new account is the old one after a change, with the next nonce.

    The owner is free; in a trade positions, cash and salt too; where an account begins the salt.

    Raises
    ------
    SpecError
        It is not.
    """
    amounts = [amount + delta * (asset == place) for place, amount in enumerate(old.amounts)]
    _require(list(new.amounts) == amounts, "amounts", "not the old ones after the change")
    _require(new.nonce == old.nonce + 1, "nonce", "not the next one")
    if asset == TRADE:
        _require(delta == 0, "delta", "not 0 in a trade")
        return
    _require(
        is_nothing(old) or new.salt == next_salt(old.salt, old.nonce, hasher),
        "salt",
        "not the one that follows",
    )
    _require(new.cash == old.cash + delta * (asset == CASH), "cash", "not the old one after the change")
    _require(new.positions == old.positions, "positions", "not the old ones")


def next_salt(salt: int, nonce: int, hasher: Hasher = poseidon) -> int:
    """Return the salt after a change of funds: ``Poseidon(salt, nonce)``.

    It is no secret from whoever has the old opening, which is the point: the new one follows from it and
    from what everybody sees.
    """
    return hasher((salt, nonce))


def is_nothing(account: Account) -> bool:
    """Say whether an account is what every account begins as: it holds nothing, nonce and salt are 0."""
    held = (account.nonce, account.salt, account.cash, *account.amounts)
    return not account.positions and not any(held)


def old_commitment(account: Account, hasher: Hasher = poseidon) -> int:
    """Step 2: the commitment of the old account; 0, which is no account's, where it is nothing."""
    return 0 if is_nothing(account) else commitment(account, hasher)


def transition_inputs(  # noqa: PLR0913  # everything that a proof depends on
    old: Account, new: Account, asset: int, delta: int, context: int, *, hasher: Hasher = poseidon
) -> TransitionInputs:
    """Lay a transition out for its circuit.

    Parameters
    ----------
    old, new : Account
        The states before and after.
    asset, delta : int
        See `change`.
    context : int
        What the proof is for, a field element.
    hasher : Hasher

    Returns
    -------
    TransitionInputs

    Raises
    ------
    SpecError
        The new account is not the old one after the change, or a value is out of range.
    """
    check_field("context", context)
    who, what = actors(old.owner, old.nonce), change(new.owner, asset, delta)
    check_change(old, new, asset, delta, hasher)
    signals = {
        "actors": who,
        "change": what,
        "context": context,
        "genesis": int(is_nothing(old)),
        "owner": old.owner,
        "nonce": old.nonce,
        "salt": old.salt,
        "cash": old.cash % FIELD,
        "amounts": list(old.amounts),
        "positions": positions_hash(old.positions, hasher),
        "newOwner": new.owner,
        "newSalt": new.salt,
        "newCash": new.cash % FIELD,
        "newPositions": positions_hash(new.positions, hasher),
        "asset": asset,
        "chosen": [int(place == asset) for place in range(TRADE + 1)],
        "delta": delta % FIELD,
    }
    commitments = old_commitment(old, hasher), commitment(new, hasher)
    return TransitionInputs(signals, TransitionSignals(*commitments, who, what, context))


def _require(holds: bool, key: str, reason: str) -> None:
    if not holds:
        raise SpecError(key, reason)
