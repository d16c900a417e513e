"""The snapshot: a risk table, collateral prices and parameters of one moment, under one root."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.json_file import JsonFile
from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.native_hash import hasher_of
from zkmargin.risk.collateral import default_collateral, haircut_price, market_price, missing_price
from zkmargin.spec.checks import SpecError
from zkmargin.spec.constants import COLLATERALS, INSTRUMENTS, PRICE_BITS, UNDERLYINGS
from zkmargin.spec.layout import smallest_layout
from zkmargin.spec.snapshot import Snapshot as SpecSnapshot
from zkmargin.spec.snapshot import snapshot_root
from zkmargin.spec.table import build_table, leaf_elements
from zkmargin.venue_data.exclusions import Exclusion
from zkmargin.venue_data.funding import NO_FUNDING
from zkmargin.venue_data.instruments import Expired, Perpetual

from .estimates import MAX_ESTIMATED, require_few_estimates
from .missing import missing_instrument
from .parts import Claims, Listing, Parts, parts_from_json, parts_to_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from zkmargin.documents.fields import Field
    from zkmargin.risk.collateral import CollateralAsset
    from zkmargin.risk.model import Model
    from zkmargin.spec.layout import Layout
    from zkmargin.spec.table import Row
    from zkmargin.venue_data.instruments import Instrument
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["Listing", "Parts", "Snapshot", "parameters_hash"]

_MICRO = 10**6


@dataclass(frozen=True, slots=True)
class Snapshot(JsonFile):
    """A risk table, collateral prices and parameters of one moment, under one root.

    Make snapshots with `build`, `commit` or `load`; the constructor does not check that its arguments belong
    together.

    Attributes
    ----------
    parts : Parts
        Rows, listings, model, collateral, exclusions.
    spec : zkmargin.spec.Snapshot
        The committed values: rows by id and their tree, haircut prices, paramsHash, timestamp.
    root : int
        The snapshot root.
    """

    MAX_BYTES: ClassVar[int] = 64 << 20

    parts: Parts
    spec: SpecSnapshot
    root: int

    @classmethod
    def build(
        cls,
        venue_data: VenueData,
        model: Model,
        *,
        collateral: Sequence[CollateralAsset] | None = None,
        layout: Layout | None = None,
        max_estimated: Decimal = MAX_ESTIMATED,
    ) -> Self:
        """Reprice venue data under a model and commit to the result.

        Parameters
        ----------
        venue_data : VenueData
        model : Model
            From `load_model`.
        collateral : sequence of CollateralAsset, optional
            From `load_collateral`; by default the bundled collateral, for quote currencies in dollars.
        layout : Layout, optional
            The layout of the rows; by default the smallest that holds the model's scenarios. Greek limits
            can be proven only under the wide layout.
        max_estimated : Decimal
            The largest share of the live rows that may be estimates, from 0 to 1.

        Returns
        -------
        Snapshot
            An asset without a price counts for nothing and is listed in ``parts.exclusions``.

        Raises
        ------
        InputError
            If a value is out of range, with the instrument or asset; if the layout does not hold the model's
            scenarios; if more than `max_estimated` of the live rows are estimates; or if the quote currency is not
            dollars and `collateral` is left out.
        """
        # NumPy and SciPy take half a second to load, and proving does not need them.
        from zkmargin.risk.table import risk_rows  # noqa: PLC0415

        assets = default_collateral(venue_data.quote) if collateral is None else tuple(collateral)
        prices = tuple(market_price(one, venue_data) for one in assets)
        unpriced = tuple(
            Exclusion(one.asset, missing_price(one))
            for one, price in zip(assets, prices, strict=True)
            if price is None
        )
        layout = smallest_layout(len(model.scenarios)) if layout is None else layout
        parts = Parts(
            rows=risk_rows(venue_data, model, layout),
            layout=layout,
            timestamp=venue_data.time,
            quote=venue_data.quote,
            model=model,
            collateral=assets,
            prices=prices,
            underlyings=tuple(one.name for one in venue_data.underlyings),
            index_prices=tuple(one.price for one in venue_data.underlyings),
            listings=tuple(_listing(number, one) for number, _, one in venue_data.instruments()),
            exclusions=(*venue_data.exclusions, *unpriced),
            estimates=venue_data.estimates,
        )
        require_few_estimates(parts, max_estimated)
        return cls.commit(parts)

    @classmethod
    def commit(cls, parts: Parts) -> Self:
        """Commit to given parts, such as rows that were computed elsewhere.

        Raises
        ------
        InputError
            With the key path, if the parts do not fit each other or a value is out of range.
        """
        _check_parts(parts)
        hasher = hasher_of(map(leaf_elements, parts.rows.values()))
        pairs = zip(parts.prices, parts.collateral, strict=True)
        prices = [haircut_price(price, asset.effective_haircut) for price, asset in pairs]
        for number, price in enumerate(prices):
            reason = f"must be below 2^{PRICE_BITS} / 10^6 after the haircut"
            _require(price < 1 << PRICE_BITS, reason, f"collateral[{number}].price")
        try:
            spec = SpecSnapshot(
                table=build_table(parts.rows, hasher, parts.layout),
                prices=(*prices, *[0] * (COLLATERALS - len(prices))),
                params_hash=parameters_hash(parts),
                timestamp=parts.timestamp,
            )
        except SpecError as error:
            raise InputError(error.reason, key=error.key) from None
        return cls(parts, spec, snapshot_root(spec, hasher))

    @property
    def timestamp(self) -> int:
        """The time of the venue data, Unix time in seconds."""
        return self.parts.timestamp

    def row(self, instrument: str | int) -> Row:
        """Return the row of an instrument, by its name or id.

        Raises
        ------
        InputError
            As `listing`.
        """
        return self.parts.rows[self.listing(instrument).id]

    def listing(self, instrument: str | int) -> Listing:
        """Return id, name and lot of an instrument, by its name or id.

        Raises
        ------
        InputError
            If the snapshot has no such instrument: with the reason if it is excluded, else with the nearest
            name.
        """
        for one in self.parts.listings:
            if instrument in (one.name, one.id):
                return one
        if any(one.name == instrument for one in self.parts.exclusions):
            raise InputError(missing_instrument(self.parts, instrument, str(instrument)))
        hint = did_you_mean(str(instrument), (one.name for one in self.parts.listings))
        raise InputError(f"no instrument {instrument} in the snapshot{hint}")

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a snapshot file (docs/snapshots.md) and hash its rows again.

        Raises
        ------
        InputError
            With the key path, if it is malformed or does not hash to its root.
        """
        parts, claims = parts_from_json(field)
        snapshot = cls.commit(parts)
        snapshot._check_claims(claims)
        return snapshot

    def to_json(self) -> dict[str, Any]:
        """Return the object of a snapshot file; equal snapshots give equal objects."""
        return parts_to_json(self.parts, self._claims())

    def _claims(self) -> Claims:
        prices = self.spec.prices[: len(self.parts.collateral)]
        return Claims(prices, self.spec.params_hash, self.spec.table.tree.root, self.root)

    def _check_claims(self, claims: Claims) -> None:
        """Refuse claims that do not follow from the parts; the most specific one is checked first."""
        own = self._claims()
        for number, (theirs, ours) in enumerate(zip(claims.haircut_prices, own.haircut_prices, strict=True)):
            _require(
                theirs == ours,
                "must be the price less its haircut, rounded down",
                f"collateral[{number}].haircutPrice",
            )
        _require(
            claims.params_hash == own.params_hash,
            "must be the hash of model, collateral and listings",
            "paramsHash",
        )
        _require(claims.table_root == own.table_root, "the rows do not hash to it", "tableRoot")
        _require(claims.root == own.root, "the snapshot does not hash to it", "root")


def parameters_hash(parts: Parts) -> int:
    """Hash model, collateral definitions and listings, which give the rows their meaning.

    Without the listings, a file with two names swapped would still hash to its root.

    Parameters
    ----------
    parts : Parts

    Returns
    -------
    int
        The first 31 bytes, big-endian, of the SHA-256 of a JSON text: ASCII, keys sorted, no white space. The
        text is an object of ``format`` (``zkmargin-parameters/2``), ``layout``, ``model`` and ``quote`` as in
        the snapshot file, ``underlyings`` (names), ``collateral`` (definitions) and ``listings``
        (``[id, name, lot]`` of each live row, ``[id, name, lot, settled]`` of each settled one).
    """
    document = {
        "format": "zkmargin-parameters/2",
        "layout": parts.layout.name,
        "model": parts.model.to_json(),
        "collateral": [one.to_json() for one in parts.collateral],
        "quote": parts.quote,
        "underlyings": parts.underlyings,
        "listings": [_listing_text(one) for one in parts.listings],
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode("ascii")).digest()[:31], "big")


def _listing_text(one: Listing) -> tuple[str, ...]:
    shown = (str(one.id), one.name, decimal_text(one.lot))
    return shown if one.settled is None else (*shown, str(one.settled))


def _listing(number: int, one: Instrument) -> Listing:
    funding = one.funding if isinstance(one, Perpetual) else NO_FUNDING
    settled = one.settled if isinstance(one, Expired) else None
    return Listing(number, one.name, one.lot, funding, settled)


def _check_listing(listing: Listing, row: Row, time: int) -> None:
    """Refuse a listing that contradicts its row.

    A row is settled if it has no risk; then anybody's position becomes cash at its mark. The root covers the row and
    not the funding. A perpetual's delta is its quoted price and its mark the booked one, each rounded.
    """
    key = f"rows: {listing.name}: settled"
    if listing.settled is None:
        _require(row.has_risk, "missing: a row without risk needs the time since when it is settled", key)
    else:
        _require(not row.has_risk, "must be left out, or the row must have nothing but a mark", key)
        _require(listing.settled <= time, "must not be after the time of the snapshot", key)
    accrued = row.slots[row.layout.delta] - row.slots[row.layout.mark]
    funding = Fraction(listing.funding) * Fraction(listing.lot) * _MICRO
    reason = "must be the delta less the mark, per unit of the underlying"
    _require(not funding or abs(accrued - funding) <= 1, reason, f"rows: {listing.name}: funding")


def _check_parts(parts: Parts) -> None:
    ids, names = [one.id for one in parts.listings], [one.name for one in parts.listings]
    _require(len(parts.underlyings) <= UNDERLYINGS, f"more than {UNDERLYINGS} underlyings", "underlyings")
    _require(len(set(parts.underlyings)) == len(parts.underlyings), "duplicate name", "underlyings")
    _require(
        len(parts.index_prices) == len(parts.underlyings),
        "expected one price for each underlying",
        "underlyings",
    )
    scenarios = len(parts.model.scenarios)
    _require(
        scenarios <= parts.layout.scenarios,
        f"{scenarios}, more than the {parts.layout.scenarios} of the layout {parts.layout.name}",
        "model.scenarios",
    )
    _require(len(parts.collateral) <= COLLATERALS, f"more than {COLLATERALS} assets", "collateral")
    _require(len(parts.collateral) == len(parts.prices), "expected one price for each asset", "collateral")
    _require(ids == sorted(set(ids)), "ids must ascend", "rows")
    _require(len(set(names)) == len(names), "duplicate name", "rows")
    _require(set(ids) == set(parts.rows), "expected one row for each listing", "rows")
    for listing in parts.listings:
        _check_listing(listing, parts.rows[listing.id], parts.timestamp)
    # A scenario that no report shows could set the requirement otherwise.
    beyond = slice(scenarios, parts.layout.scenarios)
    _require(
        not any(any(row.slots[beyond]) for row in parts.rows.values()),
        "a value in the slot of a scenario that the model does not have",
        "rows",
    )
    _require(
        not ids or ids[-1] < INSTRUMENTS * len(parts.underlyings),
        "id of an underlying that does not exist",
        "rows",
    )


def _require(holds: bool, reason: str, key: str) -> None:
    if not holds:
        raise InputError(reason, key=key)
