"""Snapshots from SPAN risk parameter files: the risk arrays are the rows, and nothing is priced."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.risk.collateral import default_collateral
from zkmargin.snapshot.snapshot import Parts, Snapshot
from zkmargin.spec.layout import STANDARD
from zkmargin.venue_data.exclusions import Exclusion

from .description import describe
from .numbering import order_products, underlying_name
from .reader import read_span_file
from .table import make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from zkmargin.risk.collateral import CollateralAsset

    from .contents import SpanFile
    from .table import Table

__all__ = ["import_span"]

_MONTH = re.compile(r"[0-9]{4}(?:0[1-9]|1[0-2])", re.ASCII)


def import_span(  # noqa: PLR0913  # one argument for each choice
    path: str | Path,
    products: Sequence[str],
    *,
    previous: Snapshot | None = None,
    until: str = "",
    business_date: date | None = None,
    currency: str = "",
    collateral: Sequence[CollateralAsset] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Snapshot:
    """Import the risk arrays of a SPAN risk parameter file and commit to them.

    A lot is one contract, and positions are numbers of contracts. SPAN's charges and credits beyond scanning
    risk and short option minimum are not imported; docs/formats/span-file.md lists the consequences.

    Parameters
    ----------
    path : str or Path
        XML, ``.spn``, or CME's expanded unpacked format, ``.pa2``; plain or as the only member of a zip archive.
    products : sequence of str
        One to eight combined commodities, exchange and code, such as ``CME:ES``. Each becomes an underlying.
    previous : Snapshot, optional
        The previous snapshot, whose contracts keep their ids. Pass it whenever accounts are committed under
        it.
    until : str, optional
        The last month (CCYYMM) of imported contracts; all by default.
    business_date : date, optional
        The expected business date of the file.
    currency : str
        The currency of products for which the file, XML, has none.
    collateral : sequence of CollateralAsset, optional
        From `load_collateral`; by default the bundled collateral, for quote currencies in dollars.
    progress : callable, optional
        As for `read_span_file`.

    Returns
    -------
    Snapshot
        A snapshot of the layout ``standard``, dated 00:00 UTC of the business date. Contracts without a row
        are in its ``parts.exclusions``, with the reason.

    Raises
    ------
    InputError
        With file and line, if the file is malformed or has a feature that rows cannot represent; with the
        contract's name, if a value does not fit into its slot.
    """
    if until and not _MONTH.fullmatch(until):
        raise InputError("expected a month, CCYYMM", source="until")
    names = order_products(products, previous)
    file = read_span_file(path, names, progress, currency=currency)
    if business_date not in {None, file.header.business_date}:
        raise InputError(
            f"expected the business date {business_date}, found {file.header.business_date}",
            source=file.source,
        )
    try:
        tables = [make_table(file, name, number, previous, until) for number, name in enumerate(names)]
        return Snapshot.commit(_parts(file, names, tables, collateral))
    except InputError as error:
        raise InputError(error.reason, source=file.source, key=error.key) from None


def _parts(
    file: SpanFile,
    names: tuple[str, ...],
    tables: list[Table],
    collateral: Sequence[CollateralAsset] | None,
) -> Parts:
    quote = _currency(file)
    assets = default_collateral(quote) if collateral is None else tuple(collateral)
    underlyings = tuple(map(underlying_name, names))
    references = dict(zip(underlyings, (one.reference for one in tables), strict=True))
    midnight = datetime.combine(file.header.business_date, time(), tzinfo=UTC)
    unpriced = [
        Exclusion(one.asset, "collateral without a price counts for nothing")
        for one in assets
        if one.peg is None
    ]
    return Parts(
        rows={number: row for one in tables for number, row in one.rows.items()},
        layout=STANDARD,
        timestamp=int(midnight.timestamp()),
        quote=quote,
        model=describe(references, [file.commodities[name].initial_ratio for name in names]),
        collateral=assets,
        prices=tuple(one.peg for one in assets),
        underlyings=underlyings,
        index_prices=tuple(one.price for one in references.values()),
        listings=tuple(listing for one in tables for listing in one.listings),
        exclusions=(*(each for one in tables for each in one.exclusions), *unpriced),
    )


def _currency(file: SpanFile) -> str:
    """Return the common currency of all prices and requirements."""
    currencies = {one.currency for one in file.commodities.values()}
    currencies |= {one.currency for one in file.formats.values()}
    if len(currencies) != 1:
        raise InputError(f"expected one currency, found {', '.join(sorted(currencies))}")
    return currencies.pop()
