"""Collateral assets and their haircuts, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ..fields import Field, decimal_text
from ..spec.constants import COLLATERALS
from ..spec.rounding import haircut_price_down
from .model import MODELS, load_toml

if TYPE_CHECKING:
    from decimal import Decimal

    from ..market.market import Market

__all__ = ["CollateralAsset", "haircut_price", "load_collateral", "market_price", "read_collateral"]

_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_MICRO = 10**6


@dataclass(frozen=True, slots=True)
class CollateralAsset:
    """An asset that counts as collateral.

    Attributes
    ----------
    asset : str
        Its name.
    haircut : Decimal
        The part of its price that does not count, 0 to 1.
    price : Decimal or None
        Quote currency per whole asset where it is fixed; None where it is the index price of the underlying
        of the same name.
    """

    asset: str
    haircut: Decimal
    price: Decimal | None = None

    def to_json(self) -> dict[str, str]:
        """Return the definition as it stands in a snapshot."""
        item = {"asset": self.asset, "haircut": decimal_text(self.haircut)}
        return item if self.price is None else item | {"price": decimal_text(self.price)}


def load_collateral(path: str | Path | None = None) -> tuple[CollateralAsset, ...]:
    """Read a definition of collateral, by default the one that comes with the package.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    document = load_toml(MODELS / "collateral.toml" if path is None else Path(path))
    return read_collateral(document.members(("assets",))["assets"])


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


def market_price(asset: CollateralAsset, market: Market) -> Decimal | None:
    """Return the price of a whole asset in the quote currency, or None if the market has none."""
    if asset.price is not None:
        return asset.price
    return next((one.price for one in market.underlyings if one.name == asset.asset), None)


def haircut_price(price: Decimal | None, haircut: Decimal) -> int:
    """Return what a whole asset counts for in micro-quote, rounded down; 0 without a price."""
    return 0 if price is None else haircut_price_down(Fraction(price) * _MICRO, Fraction(haircut))


def _asset(field: Field) -> CollateralAsset:
    members = field.members(("asset", "haircut"), ("price",))
    haircut = members["haircut"].decimal()
    if not 0 <= haircut <= 1:
        members["haircut"].refuse("not from 0 to 1")
    price = members["price"].decimal() if "price" in members else None
    if price is not None and price <= 0:
        members["price"].refuse("not positive")
    return CollateralAsset(members["asset"].text(_ASSET, "the name of an asset"), haircut, price)
