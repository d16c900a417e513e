"""Fills of a venue's matching engine, as operations of a draft."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin import clearing
from zkmargin.errors import InputError, StatementError
from zkmargin.orders import SignedOrder, SignedSheet, load_signed
from zkmargin.orders.parts import MICRO, whole
from zkmargin.venue_data import booked_price

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from zkmargin import spec
    from zkmargin.clearing import Draft
    from zkmargin.orders import Fills
    from zkmargin.orders.fills import Fill
    from zkmargin.orders.signed import Signed
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["FillReader"]


class FillReader:
    """Reads the signed files of a list of fills, each once, and adds the fills to drafts.

    Parameters
    ----------
    fills : Fills
    snapshot : Snapshot
        Gives instruments their ids, lots and accumulated funding.
    domain : int
        The domain of the house that the files must be signed for.
    accounts : mapping of int to spec.Account
        The present openings by number.
    """

    def __init__(
        self, fills: Fills, snapshot: Snapshot, domain: int, accounts: Mapping[int, spec.Account]
    ) -> None:
        self._fills, self._snapshot, self._domain, self._accounts = fills, snapshot, domain, accounts
        self._signed: dict[str, Signed] = {}
        self._orders: dict[str, clearing.SignedOrder] = {}
        self._sheets: dict[str, clearing.SignedSheet] = {}

    def accounts(self, place: int) -> tuple[int, int]:
        """Return the accounts of a fill: the buyer's and the seller's.

        Raises
        ------
        InputError
            With file and key path, if a signed file is missing or malformed.
        StatementError
            If a file is signed for another house or owner, or the venue does not know the account.
        """
        fill = self._fills.fills[place]
        buyer, seller = (self._load(path).holder.account for path in (fill.buy, fill.sell))
        return buyer, seller

    def add(self, draft: Draft, place: int) -> None:
        """Add a fill to a draft.

        Parameters
        ----------
        draft : Draft
        place : int
            The fill's place in the list, from 0.

        Raises
        ------
        InputError
            With file and key path, if a signed file is missing or malformed, or a value cannot be converted exactly.
        StatementError
            With account and order, if a rule does not hold.
        """
        fill, key = self._fills.fills[place], f"fills[{place}]"
        sides = [self._load(fill.buy), self._load(fill.sell)]
        sheets = [isinstance(side, SignedSheet) for side in sides]
        if all(sheets):
            self._refuse("expected an order on one side, both are quote sheets", key)
        if any(sheets) == (fill.entry is None):
            reason = "needed for a quote sheet" if any(sheets) else "expected a quote sheet on one side"
            self._refuse(reason, f"{key}.entry")
        instrument = next(side.order.instrument for side in sides if isinstance(side, SignedOrder))
        lots, price, buyer, seller = self._terms(fill, instrument, key)
        if fill.entry is None:
            orders = self._order(fill.buy), self._order(fill.sell)
            draft.match(*orders, lots=lots, price=price, buyer_rate=buyer, seller_rate=seller)
            return
        maker, taker = (fill.buy, fill.sell) if sheets[0] else (fill.sell, fill.buy)
        rates = (buyer, seller) if sheets[0] else (seller, buyer)
        draft.quote(
            self._sheet(maker),
            fill.entry,
            self._order(taker),
            lots=lots,
            price=price,
            maker_rate=rates[0],
            taker_rate=rates[1],
        )

    def _terms(self, fill: Fill, instrument: str, key: str) -> tuple[int, int, int, int]:
        """Return lots, the booked price and both fees in micro-quote per lot."""
        listing = self._snapshot.listing(instrument)
        lots = self._whole(Fraction(fill.quantity) / Fraction(listing.lot), f"{key}.quantity", "lots")
        booked = booked_price(fill.price, listing.funding)
        values = {"price": booked, "buyerFee": fill.buyer_fee, "sellerFee": fill.seller_fee}
        price, buyer, seller = (
            self._micro(value, listing.lot, f"{key}.{name}") for name, value in values.items()
        )
        return lots, price, buyer, seller

    def _micro(self, value: Decimal, lot: Decimal, key: str) -> int:
        return self._whole(Fraction(value) * Fraction(lot) * MICRO, key, "micro-quote per lot")

    def _whole(self, number: Fraction, key: str, unit: str) -> int:
        return whole(number, f"not a whole number of {unit}", self._fills.source, key)

    def _load(self, path: str) -> Signed:
        if path not in self._signed:
            signed = load_signed(self._file(path))
            self._check_holder(signed)
            self._signed[path] = signed
        return self._signed[path]

    def _file(self, path: str) -> Path:
        """Return a file below the list's folder; holders may have chosen its name."""
        found = self._fills.folder / path
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise InputError(f"expected a file below this folder, not {path}", source=str(self._fills.folder))
        if found.exists() and not found.is_file():
            # Such as a pipe, which would be waited for.
            raise InputError("not a file", source=str(found))
        return found

    def _check_holder(self, signed: Signed) -> None:
        holder = signed.holder
        if holder.domain != self._domain:
            raise StatementError(f"{signed.source}: signed for another chain or house")
        account = self._accounts.get(holder.account)
        if account is None:
            raise StatementError(f"account {holder.account}: the venue does not know its opening")
        if account.owner != holder.owner:
            raise StatementError(f"account {holder.account}: {signed.source} names another owner")

    def _order(self, path: str) -> clearing.SignedOrder:
        signed = self._load(path)
        if path not in self._orders and isinstance(signed, SignedOrder):
            terms = signed.terms(self._snapshot)
            self._orders[path] = clearing.SignedOrder(signed.holder.account, terms, signed.signature)
        return self._orders[path]

    def _sheet(self, path: str) -> clearing.SignedSheet:
        signed = self._load(path)
        if path not in self._sheets and isinstance(signed, SignedSheet):
            parts = signed.header(), signed.entries(self._snapshot)
            self._sheets[path] = clearing.SignedSheet(signed.holder.account, *parts, signed.signature)
        return self._sheets[path]

    def _refuse(self, reason: str, key: str) -> None:
        raise InputError(reason, source=self._fills.source, key=key)
