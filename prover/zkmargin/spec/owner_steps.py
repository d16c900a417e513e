"""The steps that an owner proves alone: to open an account, to withdraw from it, and to take one over.

Names are those of the circuits' signals. ``docs/owner-steps.md`` states the same in words. Everything else that changes
an account is an operation of the venue's batches (`zkmargin.spec.operations`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from .account import NO_AMOUNTS, NO_ORDERS, Account, TradingKey, commitment
from .batch import state_signals
from .changes import ASSET_BITS, CASH
from .checks import SpecError, check_field, check_unsigned
from .constants import ACCOUNT_BITS, AMOUNT_BITS, FIELD, OWNER_BITS
from .eddsa import BASE8, SUBGROUP_ORDER, Point, check_key, multiply, shared_point
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from collections.abc import Mapping

SCALAR_BITS = 251
"""The random bits of an ephemeral scalar; the subgroup's order has as many."""


class OpenSignals(NamedTuple):
    """The public signals of an ``open`` proof, in the circuit's order; field elements."""

    commitment: int
    holder: int
    context: int


class WithdrawSignals(NamedTuple):
    """The public signals of a ``withdraw`` proof, in the circuit's order; field elements."""

    old_commitment: int
    new_commitment: int
    holder: int
    change: int
    context: int


class TakeOverSignals(NamedTuple):
    """The public signals of a ``take_over`` proof, in the circuit's order; field elements."""

    old_commitment: int
    new_commitment: int
    sealed: int
    ephemeral_x: int
    ephemeral_y: int
    holder: int
    key_x: int
    key_y: int
    venue_x: int
    venue_y: int
    context: int


OwnerSignals: TypeAlias = OpenSignals | WithdrawSignals | TakeOverSignals


@dataclass(frozen=True, slots=True, repr=False)
class OwnerInputs:
    """The inputs of the witness calculator, and the expected public signals.

    Parameters
    ----------
    signals : mapping
        Field elements, lists and buses, by signal name; secret.
    public : OpenSignals, WithdrawSignals or TakeOverSignals
    """

    signals: Mapping[str, Any]
    public: OwnerSignals


def holder(owner: int, number: int) -> int:
    """Return ``owner + 2^160 account``.

    Parameters
    ----------
    owner : int
        160 bits.
    number : int
        The account's number, 40 bits.
    """
    check_unsigned("owner", owner, OWNER_BITS)
    check_unsigned("account", number, ACCOUNT_BITS)
    return owner + (number << OWNER_BITS)


def open_inputs(account: Account, context: int, *, hasher: Hasher = poseidon) -> OwnerInputs:
    """Return the inputs of the circuit ``open``.

    Parameters
    ----------
    account : Account
        A new account, without funds, positions and orders.
    context : int
        A field element.
    hasher : Hasher

    Raises
    ------
    SpecError
        If the account has any of them, or the context is no field element.
    """
    check_field("context", context)
    new = Account(
        account.owner, account.number, account.key, account.view_key, 0, 0, NO_AMOUNTS, (), NO_ORDERS
    )
    if account != new:
        raise SpecError("account", "a new account has nonce 0 and no funds, positions or orders")
    signals = {
        "holder": holder(account.owner, account.number),
        "context": context,
        "account": account.number,
        "key": list(account.key),
        "viewKey": account.view_key,
    }
    return OwnerInputs(
        signals, OpenSignals(commitment(account, hasher), holder(account.owner, account.number), context)
    )


def withdrawn(account: Account, asset: int, amount: int) -> Account:
    """Return the account after a withdrawal.

    Parameters
    ----------
    account : Account
    asset : int
        0 to 7 for collateral, or `CASH`.
    amount : int
        64 bits, in 1e-6 of the asset.

    Raises
    ------
    SpecError
        If there is no such asset, or the account has less of a collateral asset, or its cash would leave its range.
    """
    if type(asset) is not int or not 0 <= asset <= CASH:
        raise SpecError("asset", f"must be from 0 to {CASH}")
    check_unsigned("amount", amount, AMOUNT_BITS)
    left = tuple(held - amount * (asset == place) for place, held in enumerate(account.amounts))
    cash = account.cash - amount * (asset == CASH)
    return replace(account, nonce=account.nonce + 1, cash=cash, amounts=left)


def withdraw_inputs(
    account: Account, asset: int, amount: int, context: int, *, hasher: Hasher = poseidon
) -> OwnerInputs:
    """Return the inputs of the circuit ``withdraw``.

    Parameters
    ----------
    account : Account
        The state before.
    asset, amount : int
        See `withdrawn`.
    context : int
        A field element.
    hasher : Hasher

    Raises
    ------
    SpecError
        As `withdrawn`, or if the context is no field element.
    """
    check_field("context", context)
    after = withdrawn(account, asset, amount)
    who, what = holder(account.owner, account.number), asset + (amount << ASSET_BITS)
    signals = {
        "holder": who,
        "change": what,
        "context": context,
        "state": state_signals(account, hasher),
        "amounts": list(account.amounts),
        "asset": asset,
        "amount": amount,
    }
    commitments = commitment(account, hasher), commitment(after, hasher)
    return OwnerInputs(signals, WithdrawSignals(*commitments, who, what, context))


def taken_over(account: Account, owner: int, key: TradingKey, view_key: int) -> Account:
    """Return the account of another owner.

    Parameters
    ----------
    account : Account
    owner : int
        The new owner, 160 bits.
    key : TradingKey
        The new key for orders.
    view_key : int
        The new view key, 248 random bits.

    Raises
    ------
    SpecError
        If a value is out of range.
    """
    return replace(account, owner=owner, key=key, view_key=view_key, nonce=account.nonce + 1)


def take_over_inputs(  # noqa: PLR0913  # everything that a takeover is
    account: Account,
    after: Account,
    venue: TradingKey,
    scalar: int,
    context: int,
    *,
    hasher: Hasher = poseidon,
) -> OwnerInputs:
    """Return the inputs of the circuit ``take_over``.

    Parameters
    ----------
    account : Account
        The state before.
    after : Account
        That of `taken_over`.
    venue : TradingKey
        The key that the new view key is sealed to.
    scalar : int
        251 random bits, new for every takeover.
    context : int
        A field element.
    hasher : Hasher

    Raises
    ------
    SpecError
        If the states do not follow each other, or a value is one that `seal_view_key` refuses.
    """
    check_field("context", context)
    if after != taken_over(account, after.owner, after.key, after.view_key):
        raise SpecError("after", "may differ from the state before in owner, keys and nonce only")
    ephemeral, sealed = seal_view_key(after.view_key, venue, scalar, hasher)
    who = holder(after.owner, after.number)
    signals = {
        "holder": who,
        "key": list(after.key),
        "venue": list(venue),
        "context": context,
        "state": state_signals(account, hasher),
        "viewKey": after.view_key,
        "scalar": scalar,
    }
    commitments = commitment(account, hasher), commitment(after, hasher)
    public = TakeOverSignals(*commitments, sealed, *ephemeral, who, *after.key, *venue, context)
    return OwnerInputs(signals, public)


def seal_view_key(
    view_key: int, venue: TradingKey, scalar: int, hasher: Hasher = poseidon
) -> tuple[Point, int]:
    """Encrypt a view key to a venue: ElGamal on BabyJubJub, with a hash as pad.

    Parameters
    ----------
    view_key : int
    venue : TradingKey
        A point of the curve whose order does not divide 8: the pad of another is one of eight that anybody computes.
    scalar : int
        251 random bits; no multiple of the subgroup's order, whose pad anybody computes too.
    hasher : Hasher

    Returns
    -------
    ephemeral : Point
        ``scalar Base8``
    sealed : int
        ``viewKey + Poseidon(scalar venue)`` mod r

    Raises
    ------
    SpecError
        If the scalar or the venue's key is none of these.
    """
    check_unsigned("scalar", scalar, SCALAR_BITS)
    if scalar % SUBGROUP_ORDER == 0:
        raise SpecError("scalar", "must not be a multiple of the subgroup's order")
    check_key(venue, "venue")
    return multiply(BASE8, scalar), (view_key + hasher(multiply(venue, scalar))) % FIELD


def unseal_view_key(secret: bytes, ephemeral: Point, sealed: int, hasher: Hasher = poseidon) -> int:
    """Decrypt a view key: the inverse of `seal_view_key`.

    Parameters
    ----------
    secret : bytes
        The secret of the venue's key, 32 bytes.
    ephemeral : Point
    sealed : int
    hasher : Hasher

    Returns
    -------
    int
        Compare the commitment of the account with it to the chain's.

    Raises
    ------
    SpecError
        If the point is not on the curve.
    """
    return (sealed - hasher(shared_point(secret, ephemeral))) % FIELD
