"""A draft of a batch: operations in the order of their time, checked by every rule when they are added."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from zkmargin import spec
from zkmargin.native_hash import fast_hasher
from zkmargin.orders.signing_key import is_signature

from .signed import SignedOrder, SignedSheet, blaming, naming
from .unhealthy import require_healthy, unhealthy_accounts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["Draft", "SignedOrder", "SignedSheet"]


class Done(NamedTuple):
    """An operation of a draft, with the steps of its accounts."""

    operation: spec.Trade | spec.Upkeep
    steps: tuple[spec.Step, ...]


class Draft:
    """Operations on a ledger's states. `Ledger.draft` makes one.

    Every method checks all rules of an operation before it adds it, and leaves the draft as it was if one does not
    hold. Amounts are in the statement's integers: micro-quote, lots, 1e-6 of an asset.
    """

    def __init__(
        self, accounts: Mapping[int, spec.Account], snapshot: spec.Snapshot, setting: spec.Setting
    ) -> None:
        self._states = dict(accounts)
        self._before: dict[int, spec.Account] = {}
        self._done: list[Done] = []
        self._trees: dict[tuple[spec.Entry, ...], spec.Tree] = {}
        self._snapshot, self._setting, self._hasher = snapshot, setting, fast_hasher()

    def __repr__(self) -> str:
        """Return a text without any value of an account."""
        return f"<Draft of {len(self._done)} operations on {len(self._before)} accounts>"

    @property
    def snapshot(self) -> spec.Snapshot:
        """The risk data for health and expiries."""
        return self._snapshot

    @property
    def setting(self) -> spec.Setting:
        """Domain, time, and whether fills only reduce positions."""
        return self._setting

    @property
    def operations(self) -> Sequence[Done]:
        """The operations with the steps of their accounts, in the order in which they were added."""
        return tuple(self._done)

    @property
    def before(self) -> dict[int, spec.Account]:
        """The states of the touched accounts before the draft, by number, ascending."""
        return dict(sorted(self._before.items()))

    @property
    def after(self) -> dict[int, spec.Account]:
        """The states of the touched accounts after the draft, by number, ascending."""
        return {number: self._states[number] for number in sorted(self._before)}

    @property
    def has_fills(self) -> bool:
        """Whether the draft has a fill, so that its accounts need proofs of health."""
        return any(isinstance(done.operation, spec.Match | spec.Quote) for done in self._done)

    def match(  # noqa: PLR0913  # everything that a fill is
        self,
        buy: SignedOrder,
        sell: SignedOrder,
        *,
        lots: int,
        price: int,
        buyer_rate: int = 0,
        seller_rate: int = 0,
    ) -> None:
        """Fill two orders against each other.

        The positions go to the slots of the instrument, or to the first empty ones.

        Parameters
        ----------
        buy, sell : SignedOrder
        lots : int
        price : int
            The booked price in micro-quote per lot.
        buyer_rate, seller_rate : int
            The fees in micro-quote per lot.

        Raises
        ------
        StatementError
            With account and order, if a rule does not hold.
        """
        instrument = buy.order.instrument
        with blaming({"buyer": buy, "seller": sell}):
            buyer = self._order_side("buyer", buy, instrument, buyer_rate)
            seller = self._order_side("seller", sell, instrument, seller_rate)
            self._trade(spec.Match(buyer, seller, instrument, lots, price))

    def quote(  # noqa: PLR0913  # everything that a fill is
        self,
        maker: SignedSheet,
        place: int,
        taker: SignedOrder,
        *,
        lots: int,
        price: int,
        maker_rate: int = 0,
        taker_rate: int = 0,
    ) -> None:
        """Fill an order against an entry of a quote sheet.

        Parameters
        ----------
        maker : SignedSheet
        place : int
            The entry's place in the sheet, from 0.
        taker : SignedOrder
        lots : int
        price : int
            The booked price in micro-quote per lot.
        maker_rate, taker_rate : int
            The fees in micro-quote per lot.

        Raises
        ------
        StatementError
            With account and order, if a rule does not hold.
        """
        order = taker.order
        with blaming({"maker": maker, "taker": taker}):
            if not 0 <= place < len(maker.entries):
                raise spec.SpecError("maker.entry", "is not of the sheet")
            entry, tree = maker.entries[place], self._tree(maker.entries)
            slot = self._slot("maker", maker.account, order.instrument)
            side = spec.SheetSide(
                maker.account,
                slot,
                maker_rate,
                maker.sheet,
                maker.signature,
                entry,
                place,
                tree.path(place),
                tree.root,
            )
            way = spec.Side(1 - order.side)
            other = self._order_side("taker", taker, order.instrument, taker_rate)
            self._trade(spec.Quote(side, other, way, order.instrument, lots, price))

    def expire(self, account: int, instrument: int) -> None:
        """Turn a position of a settled instrument into cash at its mark, without the consent of its holder.

        Parameters
        ----------
        account : int
            The account's number.
        instrument : int
            The instrument's id.

        Raises
        ------
        StatementError
            If the account does not hold the instrument, or it is not settled in the snapshot.
        """
        with naming(account):
            self._upkeep(spec.Expire(account, self._slot("", account, instrument), instrument))

    def credit(self, account: int, asset: int, amount: int) -> None:
        """Add a deposit that waits to an account.

        Parameters
        ----------
        account : int
            The account's number.
        asset : int
            0 to 7 for collateral, `spec.CASH` for cash.
        amount : int
            In 1e-6 of the asset.

        Raises
        ------
        StatementError
            If there is no such account, or a value is out of range.
        """
        with naming(account):
            self._upkeep(spec.Credit(account, asset, amount))

    def rekey(self, account: int, key: spec.TradingKey) -> None:
        """Give an account the trading key that its owner requested.

        Orders that the former key signed are void for the operations that follow.

        Raises
        ------
        StatementError
            If there is no such account, or the key is neither a point of the curve nor `spec.NO_KEY`.
        """
        with naming(account):
            self._upkeep(spec.Rekey(account, key))

    def check_health(self, requirement_bps: int) -> None:
        """Check that every touched account is healthy and funded after the draft, and holds no instrument twice.

        Parameters
        ----------
        requirement_bps : int
            In 1/10000 of the requirement.

        Raises
        ------
        StatementError
            With every account that is not.
        """
        require_healthy(self.after.values(), self._snapshot, requirement_bps)

    def without(self, accounts: Collection[int]) -> Draft:
        """Return a draft of the operations that touch none of some accounts, in their order.

        An operation that does not hold without those that are gone is left out too, such as the expiry of a position
        that one of them has opened.

        Parameters
        ----------
        accounts : collection of int
            The accounts' numbers.
        """
        rest = Draft({**self._states, **self._before}, self._snapshot, self._setting)
        for operation, steps in self._done:
            if not any(step.after.number in accounts for step in steps):
                with suppress(spec.SpecError):
                    rest._repeat(operation)
        return rest

    def settleable(self, requirement_bps: int) -> Draft:
        """Return the draft without the accounts whose health cannot be proven, so that all others can be settled.

        A counterparty may have been healthy only by a fill that is gone, so this goes on until no account fails. A
        draft without fills needs no health: credits and expiries of an account that fails fit a batch of their own.

        Parameters
        ----------
        requirement_bps : int
            The level of the proofs of health, in 1/10000 of the requirement.

        Returns
        -------
        Draft
            This one, if no account fails; perhaps one without operations.
        """
        rest = self
        while rest.has_fills and (
            failing := unhealthy_accounts(rest.after.values(), self._snapshot, requirement_bps)
        ):
            rest = rest.without(failing)
        return rest

    def _order_side(self, name: str, signed: SignedOrder, instrument: int, rate: int) -> spec.OrderSide:
        slot = self._slot(name, signed.account, instrument)
        return spec.OrderSide(signed.account, slot, rate, signed.order, signed.signature)

    def _slot(self, side: str, account: int, instrument: int) -> int:
        """Return the slot for an instrument; errors begin with the name of the side."""
        prefix = f"{side}." if side else ""
        if account not in self._states:
            raise spec.SpecError(f"{prefix}account", "is not in the ledger")
        try:
            return spec.find_slot(self._states[account], instrument)
        except spec.SpecError as error:
            raise spec.SpecError(f"{prefix}{error.key}", error.reason) from None

    def _tree(self, entries: tuple[spec.Entry, ...]) -> spec.Tree:
        if entries not in self._trees:
            self._trees[entries] = spec.sheet_tree(entries, self._hasher)
        return self._trees[entries]

    def _trade(self, operation: spec.Trade) -> None:
        steps = spec.trade(
            operation, self._states, self._setting, hasher=self._hasher, check=_check_signature
        )
        self._add(operation, steps)

    def _upkeep(self, operation: spec.Upkeep) -> None:
        self._add(operation, (spec.upkeep(operation, self._states, self._snapshot),))

    def _repeat(self, operation: spec.Trade | spec.Upkeep) -> None:
        """Add an operation of another draft, in the slots that its accounts have here."""
        if isinstance(operation, spec.Match | spec.Quote):
            sides = {
                name: replace(side, slot=self._slot(name, side.account, operation.instrument))
                for name, _, side in operation.sides
            }
            self._trade(replace(operation, **sides))  # type: ignore[arg-type]
        elif isinstance(operation, spec.Expire):
            slot = self._slot("", operation.account, operation.instrument)
            self._upkeep(replace(operation, slot=slot))
        else:
            self._upkeep(operation)

    def _add(self, operation: spec.Trade | spec.Upkeep, steps: tuple[spec.Step, ...]) -> None:
        for step in steps:
            number = step.after.number
            self._before.setdefault(number, self._states[number])
            self._states[number] = step.after
        self._done.append(Done(operation, steps))


def _check_signature(
    key: spec.TradingKey, message: int, signature: spec.Signature, _hasher: spec.Hasher
) -> None:
    """Check a signature by the native core where it is installed."""
    if not is_signature(key, message, signature):
        raise spec.SpecError("signature", "is not one of the account's trading key")
