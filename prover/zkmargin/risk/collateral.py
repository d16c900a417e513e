"""Collateral assets and their haircuts, as data: see docs/collateral.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.toml import load_toml
from zkmargin.errors import InputError
from zkmargin.spec.constants import COLLATERALS
from zkmargin.spec.rounding import haircut_price_down

from .haircuts import HaircutTier, counted, read_tiers, tier_flaws, write_tiers
from .model import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zkmargin.documents.fields import Field
    from zkmargin.venue_data.venue_data import VenueData

__all__ = [
    "CollateralAsset",
    "check_limits",
    "default_collateral",
    "haircut_price",
    "load_collateral",
    "market_price",
    "missing_price",
    "read_collateral",
]

_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_MICRO = 10**6
_DOLLARS = ("USD", "USDC", "USDT")


@dataclass(frozen=True, slots=True)
class CollateralAsset:
    """An asset that counts as collateral.

    Attributes
    ----------
    asset : str
        Its name.
    haircut : Decimal
        The part of its price that does not count, 0 to 1; where there are tiers, that of the first.
    peg : Decimal or None
        Of a stablecoin: what it promises to be worth, quote currency per whole asset.
    peg_loss : Decimal
        Of a stablecoin: the part of its price that may be lost with the peg, 0 to 1.
    tiers : tuple of HaircutTier
        Haircuts that rise with the amount; none where one haircut holds for every amount.
    limit : Decimal or None
        The largest amount, in whole assets, that the haircut is meant for; None where there is none.

    Raises
    ------
    InputError
        With the key, if these do not fit each other.
    """

    asset: str
    haircut: Decimal
    peg: Decimal | None = None
    peg_loss: Decimal = Decimal(0)
    tiers: tuple[HaircutTier, ...] = ()
    limit: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse what the types let through."""
        for key, reason in self._flaws():
            raise InputError(reason, key=key)

    @property
    def effective_haircut(self) -> Fraction:
        """The one haircut of a snapshot: that of the whole limit by the schedule, and the peg loss."""
        counts = 1 - Fraction(self.haircut)
        if self.tiers and self.limit is not None:
            counts = counted(self.tiers, self.limit) / Fraction(self.limit)
        return 1 - counts * (1 - Fraction(self.peg_loss))

    def to_json(self) -> dict[str, Any]:
        """Return the definition as it stands in a snapshot; `read_collateral` reads it."""
        item: dict[str, Any] = {"asset": self.asset}
        if self.tiers:
            item["tiers"] = write_tiers(self.tiers)
        else:
            item["haircut"] = decimal_text(self.haircut)
        if self.limit is not None:
            item["limit"] = decimal_text(self.limit)
        if self.peg is not None:
            item |= {"peg": decimal_text(self.peg), "peg_loss": decimal_text(self.peg_loss)}
        return item

    def _flaws(self) -> Iterator[tuple[str, str]]:
        yield from tier_flaws(self.tiers)
        if not 0 <= self.haircut <= 1:
            yield "haircut", "not from 0 to 1"
        if self.limit is not None and self.limit <= 0:
            yield "limit", "not positive"
        if self.tiers and self.haircut != self.tiers[0].haircut:
            yield "haircut", "not that of the first tier"
        if self.tiers and (self.limit is None or self.limit > self.tiers[-1].up_to):
            yield "limit", "beyond the last tier"
        if self.peg is not None and self.peg <= 0:
            yield "peg", "not positive"
        if not 0 <= self.peg_loss <= 1:
            yield "peg_loss", "not from 0 to 1"
        if self.peg is None and self.peg_loss:
            yield "peg_loss", "there is no peg"


def load_collateral(path: str | Path | None = None) -> tuple[CollateralAsset, ...]:
    """Read a definition of collateral, by default the one that comes with the package.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    document = load_toml(MODELS / "collateral.toml" if path is None else Path(path))
    return read_collateral(document.members(("assets",))["assets"])


def default_collateral(quote: str) -> tuple[CollateralAsset, ...]:
    """Return the definition that comes with the package, for a quote currency.

    Raises
    ------
    InputError
        If that is no dollar: a stablecoin of the dollar would count as a whole unit of it.
    """
    if quote not in _DOLLARS:
        reason = f"the collateral that comes along is for dollars, and prices are in {quote}: give one"
        raise InputError(reason, source="collateral")
    return load_collateral()


def read_collateral(field: Field) -> tuple[CollateralAsset, ...]:
    """Read a list of assets.

    Raises
    ------
    InputError
        With the key path, if it is not one, has more than eight or one twice.
    """
    assets = tuple(_asset(item) for item in field.items())
    if len(assets) > COLLATERALS:
        field.refuse(f"more than {COLLATERALS} assets")
    if len({one.asset for one in assets}) != len(assets):
        field.refuse("an asset stands there twice")
    return assets


def market_price(asset: CollateralAsset, venue_data: VenueData) -> Decimal | None:
    """Return the price of a whole asset in the quote currency, before any haircut.

    Parameters
    ----------
    asset : CollateralAsset
    venue_data : VenueData
        The index price of the underlying of the asset's name is taken.

    Returns
    -------
    Decimal or None
        A stablecoin's is its peg, or the market's price where that is lower. None where the market has no
        price, or has one that is further below the peg than the peg loss allows: see `missing_price`.
    """
    quoted = next((one.price for one in venue_data.underlyings if one.name == asset.asset), None)
    if asset.peg is None or quoted is None:
        return asset.peg if quoted is None else quoted
    is_lost = Fraction(quoted) < Fraction(asset.peg) * (1 - Fraction(asset.peg_loss))
    return None if is_lost else min(asset.peg, quoted)


def missing_price(asset: CollateralAsset) -> str:
    """Say why an asset counts for nothing, where `market_price` finds no price."""
    if asset.peg is None:
        return "collateral without a price counts for nothing"
    return "collateral further below its peg than its peg_loss counts for nothing"


def haircut_price(price: Decimal | None, haircut: Decimal | Fraction) -> int:
    """Return what a whole asset counts for in micro-quote, rounded down; 0 without a price."""
    return 0 if price is None else haircut_price_down(Fraction(price) * _MICRO, Fraction(haircut))


def check_limits(
    amounts: Mapping[str, Decimal], assets: Iterable[CollateralAsset], *, source: str = "account"
) -> None:
    """Refuse an account that holds more of an asset than its haircut is meant for.

    A proof would count such an amount for more than the schedule does, and the circuit knows no limit.

    Parameters
    ----------
    amounts : mapping of str to Decimal
        Whole assets by name, as in an account. Names that are not among `assets` are not looked at.
    assets : iterable of CollateralAsset
        Those of the snapshot.
    source : str
        The account's file, for the message.

    Raises
    ------
    InputError
        With the amount's place in the account; it tells neither the amount nor the asset.
    """
    limits = {one.asset: one.limit for one in assets}
    for number, (asset, amount) in enumerate(amounts.items()):
        limit = limits.get(asset)
        if limit is not None and amount > limit:
            reason = "more than the snapshot's limit for this asset"
            raise InputError(reason, source=source, key=f"collateral[{number}].amount")


def _asset(field: Field) -> CollateralAsset:
    members = field.members(("asset",), ("haircut", "tiers", "limit", "peg", "peg_loss"))
    if ("haircut" in members) == ("tiers" in members):
        field.refuse("not one of haircut and tiers")
    if ("peg" in members) != ("peg_loss" in members):
        field.refuse("not both of peg and peg_loss")
    name = members["asset"].text(_ASSET, "the name of an asset")
    tiers = read_tiers(members["tiers"]) if "tiers" in members else ()
    keys = ("haircut", "limit", "peg", "peg_loss")
    numbers: dict[str, Decimal] = {key: members[key].decimal() for key in keys if key in members}
    if tiers:
        numbers = {"haircut": tiers[0].haircut, "limit": tiers[-1].up_to} | numbers
    try:
        return CollateralAsset(name, tiers=tiers, **numbers)
    except InputError as error:
        raise InputError(error.reason, source=field.source, key=f"{field.key}.{error.key}") from None
