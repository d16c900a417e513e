"""Haircuts from price histories, and collateral files."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.documents.toml import toml_text
from zkmargin.errors import InputError

from .scan_range import scan_range_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .adjustment import Adjustment
    from .collateral import CollateralAsset
    from .history import History

__all__ = ["adjust_haircuts", "collateral_text"]

_ALL = Decimal(1)


def adjust_haircuts(
    assets: Iterable[CollateralAsset],
    histories: Mapping[str, History],
    adjustment: Adjustment,
    days: Decimal,
) -> tuple[CollateralAsset, ...]:
    """Raise haircuts to cover the volatility of prices.

    Parameters
    ----------
    assets : iterable of CollateralAsset
        The assets; their haircuts and those of their tiers are not lowered.
    histories : mapping of str to History
        Daily prices by asset. Assets without a history are not changed.
    adjustment : Adjustment
        The rules, as for price scan ranges.
    days : Decimal
        The days to sell the collateral.

    Returns
    -------
    tuple of CollateralAsset
        The assets with new haircuts. A range is in log returns; the loss 1 - exp(-range) is smaller, so the
        range covers it.

    Raises
    ------
    InputError
        If a history is for no asset or too short, or `days` is not positive.
    """
    known = tuple(assets)
    if days <= 0:
        raise InputError("must be positive", source="days")
    names = {one.asset for one in known}
    for name in sorted(set(histories) - names):
        reason = f"a history for an asset that is not in the collateral file{did_you_mean(name, names)}"
        raise InputError(reason, source=name)
    return tuple(_adjusted(one, histories.get(one.asset), adjustment, days) for one in known)


def collateral_text(assets: Sequence[CollateralAsset], comment: str) -> str:
    """Return the text of a collateral file.

    Parameters
    ----------
    assets : sequence of CollateralAsset
    comment : str
        A comment at the start, one or more lines.
    """
    return toml_text({"assets": [one.to_json() for one in assets]}, comment.splitlines())


def _adjusted(
    asset: CollateralAsset, history: History | None, adjustment: Adjustment, days: Decimal
) -> CollateralAsset:
    if history is None:
        return asset
    least = min(scan_range_now(history, adjustment, days), _ALL)
    tiers = tuple(replace(one, haircut=max(one.haircut, least)) for one in asset.tiers)
    return replace(asset, haircut=max(asset.haircut, least), tiers=tiers)
