"""Collateral assets and their haircuts (docs/collateral.md)."""

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
    """A collateral asset.

    Attributes
    ----------
    asset : str
        The name.
    haircut : Decimal
        The haircut, 0 to 1; with tiers, that of the first tier.
    peg : Decimal or None
        The peg of a stablecoin, quote currency per whole asset.
    peg_loss : Decimal
        The fraction of a stablecoin's price that may be lost with the peg, 0 to 1.
    tiers : tuple of HaircutTier
        Haircuts that rise with the amount; empty if one haircut applies to every amount.
    limit : Decimal or None
        The largest amount that the haircut covers, in whole assets; None for no limit.

    Raises
    ------
    InputError
        With the key, if values are out of range or contradict each other.
    """

    asset: str
    haircut: Decimal
    peg: Decimal | None = None
    peg_loss: Decimal = Decimal(0)
    tiers: tuple[HaircutTier, ...] = ()
    limit: Decimal | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        for key, reason in self._flaws():
            raise InputError(reason, key=key)

    @property
    def effective_haircut(self) -> Fraction:
        """The haircut in a snapshot: that of the whole limit under the schedule, after the peg loss."""
        counts = 1 - Fraction(self.haircut)
        if self.tiers and self.limit is not None:
            counts = counted(self.tiers, self.limit) / Fraction(self.limit)
        return 1 - counts * (1 - Fraction(self.peg_loss))

    def to_json(self) -> dict[str, Any]:
        """Return the definition as written in a snapshot; `read_collateral` reads it."""
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
            yield "haircut", "must be from 0 to 1"
        if self.limit is not None and self.limit <= 0:
            yield "limit", "must be positive"
        if self.tiers and self.haircut != self.tiers[0].haircut:
            yield "haircut", "must be that of the first tier"
        if self.tiers and (self.limit is None or self.limit > self.tiers[-1].up_to):
            yield "limit", "must be within the last tier"
        if self.peg is not None and self.peg <= 0:
            yield "peg", "must be positive"
        if not 0 <= self.peg_loss <= 1:
            yield "peg_loss", "must be from 0 to 1"
        if self.peg is None and self.peg_loss:
            yield "peg_loss", "needs a peg"


def load_collateral(path: str | Path | None = None) -> tuple[CollateralAsset, ...]:
    """Read a collateral file, by default the bundled one.

    Raises
    ------
    InputError
        With file and key path, if it is malformed.
    """
    document = load_toml(MODELS / "collateral.toml" if path is None else Path(path))
    assets = document.members(("assets",))["assets"]
    return read_collateral(assets, assets.items())


def default_collateral(quote: str) -> tuple[CollateralAsset, ...]:
    """Return the bundled collateral, if it fits a quote currency.

    Raises
    ------
    InputError
        If the quote currency is not a dollar, since the pegs of dollar stablecoins would be wrong.
    """
    if quote not in _DOLLARS:
        reason = f"the bundled collateral is for dollars, but prices are in {quote}: pass a collateral file"
        raise InputError(reason, source="collateral")
    return load_collateral()


def read_collateral(field: Field, definitions: Iterable[Field]) -> tuple[CollateralAsset, ...]:
    """Read a list of assets.

    Parameters
    ----------
    field : Field
        The list, for error messages.
    definitions : iterable of Field
        The definition of each asset.

    Raises
    ------
    InputError
        With the key path, if it is malformed, or has more than eight assets or a duplicate.
    """
    assets = tuple(map(_asset, definitions))
    if len(assets) > COLLATERALS:
        field.refuse(f"more than {COLLATERALS} assets")
    if len({one.asset for one in assets}) != len(assets):
        field.refuse("duplicate asset")
    return assets


def market_price(asset: CollateralAsset, venue_data: VenueData) -> Decimal | None:
    """Return the price of a whole asset in the quote currency, before any haircut.

    Parameters
    ----------
    asset : CollateralAsset
    venue_data : VenueData
        The price is the index price of the underlying with the asset's name.

    Returns
    -------
    Decimal or None
        The price; for a stablecoin the peg or the market price, whichever is lower. None if there is no price,
        or it is further below the peg than the peg loss allows; see `missing_price`.
    """
    quoted = next((one.price for one in venue_data.underlyings if one.name == asset.asset), None)
    if asset.peg is None or quoted is None:
        return asset.peg if quoted is None else quoted
    is_lost = Fraction(quoted) < Fraction(asset.peg) * (1 - Fraction(asset.peg_loss))
    return None if is_lost else min(asset.peg, quoted)


def missing_price(asset: CollateralAsset) -> str:
    """Return the reason why an asset counts for nothing, if `market_price` returns None."""
    if asset.peg is None:
        return "collateral without a price counts for nothing"
    return "collateral further below its peg than its peg_loss counts for nothing"


def haircut_price(price: Decimal | None, haircut: Decimal | Fraction) -> int:
    """Return the value of a whole asset after the haircut in micro-quote, rounded down; 0 without a price."""
    return 0 if price is None else haircut_price_down(Fraction(price) * _MICRO, Fraction(haircut))


def check_limits(
    amounts: Mapping[str, Decimal], assets: Iterable[CollateralAsset], *, source: str = "account"
) -> None:
    """Refuse an account that holds more of an asset than the asset's limit.

    A proof would count such an amount for more than the schedule does; the circuit has no limit.

    Parameters
    ----------
    amounts : mapping of str to Decimal
        Whole assets by name, as in an account. Names that are not in `assets` are ignored.
    assets : iterable of CollateralAsset
        The assets of the snapshot.
    source : str
        The account's file, for error messages.

    Raises
    ------
    InputError
        With the amount's place in the account, but neither the amount nor the asset.
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
        field.refuse("expected either haircut or tiers")
    if ("peg" in members) != ("peg_loss" in members):
        field.refuse("peg and peg_loss must be given together")
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
