"""The snapshot: a risk table, collateral prices and parameters of one moment, under one root."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.documents.fields import decimal_text
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.risk.collateral import default_collateral, haircut_price, market_price, missing_price
from zkmargin.spec.checks import SpecError
from zkmargin.spec.constants import COLLATERALS, INSTRUMENTS, UNDERLYINGS
from zkmargin.spec.layout import smallest_layout
from zkmargin.spec.snapshot import Snapshot as SpecSnapshot
from zkmargin.spec.snapshot import snapshot_root
from zkmargin.spec.table import build_table
from zkmargin.venue_data.exclusions import Exclusion

from .parts import Claims, Listing, Parts, read_snapshot, write_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.risk.collateral import CollateralAsset
    from zkmargin.risk.model import Model
    from zkmargin.spec.layout import Layout
    from zkmargin.spec.table import Row
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["Listing", "Parts", "Snapshot", "parameters_hash"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot. Made by `build`, `load` or `commit`, which see to it that its attributes belong together.

    Attributes
    ----------
    parts : Parts
        What it is made of: rows, listings, model, collateral, exclusions.
    spec : zkmargin.spec.Snapshot
        What is committed to: rows by id and their tree, haircut prices, paramsHash, timestamp.
    root : int
        The commitment.
    """

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
    ) -> Self:
        """Reprice a market under a model and commit to the result.

        Parameters
        ----------
        venue_data : VenueData
        model : Model
            From `load_model`.
        collateral : sequence of CollateralAsset, optional
            From `load_collateral`; the one that comes with the package by default, for dollars.
        layout : Layout, optional
            Of the rows; by default the smallest that holds the model's scenarios. Limits on Greeks can be
            proven of accounts under a wide one only.

        Returns
        -------
        Snapshot
            An asset without a price counts for nothing and is listed in ``parts.exclusions``.

        Raises
        ------
        InputError
            Naming the instrument or the asset, if a value is out of range; if the layout does not hold the
            model's scenarios, or a market that is not in dollars comes without a collateral.
        """
        # NumPy and SciPy take half a second to load: whoever only proves should not wait for them.
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
            listings=tuple(Listing(number, one.name, one.lot) for number, _, one in venue_data.instruments()),
            exclusions=(*venue_data.exclusions, *unpriced),
            estimates=venue_data.estimates,
        )
        return cls.commit(parts)

    @classmethod
    def commit(cls, parts: Parts) -> Self:
        """Hash given parts, such as rows that were computed elsewhere.

        Raises
        ------
        InputError
            With the key path, if the parts do not fit each other or a value is out of range.
        """
        _check_parts(parts)
        hasher = fast_hasher()
        pairs = zip(parts.prices, parts.collateral, strict=True)
        prices = [haircut_price(price, asset.effective_haircut) for price, asset in pairs]
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
        """The market's time, Unix time in seconds."""
        return self.parts.timestamp

    def row(self, instrument: str | int) -> Row:
        """Return the row of a name or an id.

        Raises
        ------
        InputError
            If there is none; with the reason, if the instrument was left out.
        """
        return self.parts.rows[self.listing(instrument).id]

    def listing(self, instrument: str | int) -> Listing:
        """Return id, name and lot of a name or an id.

        Raises
        ------
        InputError
            If there is none; with the reason, if the instrument was left out.
        """
        for one in self.parts.listings:
            if instrument in (one.name, one.id):
                return one
        for left_out in self.parts.exclusions:
            if instrument == left_out.name:
                raise InputError(f"the snapshot leaves this instrument out: {left_out.reason}")
        raise InputError("the snapshot has no such instrument")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a snapshot and hash its rows again.

        Raises
        ------
        InputError
            With file and key path, if it is not one or does not hash to its root.
        """
        parts, claims = read_snapshot(Path(path))
        try:
            snapshot = cls.commit(parts)
            snapshot._check_claims(claims)
        except InputError as error:
            raise InputError(error.reason, source=str(path), key=error.key) from None
        return snapshot

    def save(self, path: str | Path) -> None:
        """Write the snapshot, whole or not at all; equal snapshots give equal files."""
        write_snapshot(Path(path), self.parts, self._claims())

    def _claims(self) -> Claims:
        prices = self.spec.prices[: len(self.parts.collateral)]
        return Claims(prices, self.spec.params_hash, self.spec.table.tree.root, self.root)

    def _check_claims(self, claims: Claims) -> None:
        """Compare with what a file says of itself, the most telling part first."""
        own = self._claims()
        for number, (theirs, ours) in enumerate(zip(claims.haircut_prices, own.haircut_prices, strict=True)):
            _require(
                theirs == ours,
                "not the price less its haircut, rounded down",
                f"collateral[{number}].haircutPrice",
            )
        _require(
            claims.params_hash == own.params_hash,
            "not the hash of model, collateral and listings",
            "paramsHash",
        )
        _require(claims.table_root == own.table_root, "the rows do not hash to it", "tableRoot")
        _require(claims.root == own.root, "the snapshot does not hash to it", "root")


def parameters_hash(parts: Parts) -> int:
    """Hash what gives the rows their meaning: model, collateral definition, and whose row each is.

    Without the listings, a file with two names swapped would still hash to its root.

    Parameters
    ----------
    parts : Parts

    Returns
    -------
    int
        The first 31 bytes, big-endian, of the SHA-256 of a JSON text: ASCII, keys sorted, no white space. An
        object of ``format`` (``zkmargin-parameters/2``), ``layout``, ``model`` and ``quote`` as in the
        snapshot file, ``underlyings`` (their names), ``collateral`` (its definitions) and ``listings``:
        ``[id, name, lot]`` of each row.
    """
    document = {
        "format": "zkmargin-parameters/2",
        "layout": parts.layout.name,
        "model": parts.model.to_json(),
        "collateral": [one.to_json() for one in parts.collateral],
        "quote": parts.quote,
        "underlyings": parts.underlyings,
        "listings": [(str(one.id), one.name, decimal_text(one.lot)) for one in parts.listings],
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode("ascii")).digest()[:31], "big")


def _check_parts(parts: Parts) -> None:
    ids, names = [one.id for one in parts.listings], [one.name for one in parts.listings]
    _require(len(parts.underlyings) <= UNDERLYINGS, f"more than {UNDERLYINGS}", "underlyings")
    _require(len(set(parts.underlyings)) == len(parts.underlyings), "one stands there twice", "underlyings")
    _require(len(parts.index_prices) == len(parts.underlyings), "not one price for each", "underlyings")
    scenarios = len(parts.model.scenarios)
    _require(
        scenarios <= parts.layout.scenarios,
        f"{scenarios}, more than the {parts.layout.scenarios} of the layout {parts.layout.name}",
        "model.scenarios",
    )
    _require(len(parts.collateral) <= COLLATERALS, f"more than {COLLATERALS} assets", "collateral")
    _require(len(parts.collateral) == len(parts.prices), "not one price for each asset", "collateral")
    _require(ids == sorted(set(ids)), "ids not in rising order", "rows")
    _require(len(set(names)) == len(names), "a name stands there twice", "rows")
    _require(set(ids) == set(parts.rows), "not one row for each listing", "rows")
    # Or a scenario that no report shows could set the requirement.
    beyond = slice(scenarios, parts.layout.scenarios)
    _require(
        not any(any(row.slots[beyond]) for row in parts.rows.values()),
        "a value in the slot of a scenario that the model does not have",
        "rows",
    )
    _require(
        not ids or ids[-1] < INSTRUMENTS * len(parts.underlyings), "an id beyond the underlyings", "rows"
    )


def _require(holds: bool, reason: str, key: str) -> None:
    if not holds:
        raise InputError(reason, key=key)
