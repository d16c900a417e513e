"""The rows of one underlying from a combined commodity."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.snapshot.parts import Listing
from zkmargin.spec.constants import INSTRUMENTS
from zkmargin.venue_data.exclusions import Exclusion

from .description import find_reference
from .numbering import number_contracts, underlying_name
from .values import checked_row, contract_name, price_format, settlement_prices, value_contract

if TYPE_CHECKING:
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec.table import Row

    from .contents import Commodity, SpanFile
    from .description import Reference
    from .values import Valued

__all__ = ["Table", "make_table"]

_CONTRACT = Decimal(1)
"""The lot: one contract."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one combined commodity.

    Attributes
    ----------
    rows : dict of int to Row
        Rows by instrument id.
    listings : list of Listing
        One for each row, by id.
    exclusions : list of Exclusion
        Contracts without a row, with the reasons.
    reference : Reference
        The reference contract.
    """

    rows: dict[int, Row]
    listings: list[Listing]
    exclusions: list[Exclusion]
    reference: Reference


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Valued contracts and reasons of excluded ones, by name, and numbers of excluded ones by family."""

    valued: dict[str, Valued] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    families: Counter[tuple[str, str]] = field(default_factory=Counter)


def make_table(file: SpanFile, product: str, number: int, previous: Snapshot | None, until: str) -> Table:
    """Make the rows of one underlying.

    Parameters
    ----------
    file : SpanFile
    product : str
        The combined commodity.
    number : int
        The number of the underlying.
    previous, until
        As for `import_span`.

    Raises
    ------
    InputError
        With the line or the contract's name, if a row cannot represent a feature of the file.
    """
    commodity, underlying = file.commodities[product], underlying_name(product)
    found = _sort(file, commodity, until)
    month = file.header.business_date.strftime("%Y%m")
    indices, kept = number_contracts(list(found.valued), found.left_out, underlying, month, previous)
    minimum = _minimum(commodity, list(found.valued.values()))
    names = sorted(found.valued, key=lambda name: indices[name])
    ids = {name: INSTRUMENTS * number + indices[name] for name in names}
    summary = [
        Exclusion(family, f"{count} contracts {reason}", underlying)
        for (family, reason), count in found.families.items()
    ]
    if commodity.not_carried:
        parts = ", ".join(commodity.not_carried)
        summary.insert(
            0, Exclusion(underlying, f"parts of the file that no row carries: {parts}", underlying)
        )
    return Table(
        rows={ids[name]: checked_row(found.valued[name], minimum, name) for name in names},
        listings=[Listing(ids[name], name, _CONTRACT) for name in names],
        exclusions=[*summary, *kept],
        reference=find_reference(commodity, file, list(found.valued.values())),
    )


def _sort(file: SpanFile, commodity: Commodity, until: str) -> _Sorted:
    found, prices, families = _Sorted(), settlement_prices(file), set(commodity.families)
    for one in file.contracts:
        if one.family not in families:
            continue
        form = price_format(one, file)
        if not form.is_positionable:
            found.families[str(one.family), "that cannot be held"] += 1
            continue
        if until and (one.expiry.option_month or one.expiry.month) > until:
            found.families[str(one.family), f"after {until}"] += 1
            continue
        name, value = contract_name(one, form), value_contract(one, file, prices)
        if name in found.valued or name in found.left_out:
            raise InputError(f"duplicate contract {name}", key=f"line {one.line}")
        if isinstance(value, str):
            found.left_out[name] = value
        else:
            found.valued[name] = value
    return found


def _minimum(commodity: Commodity, valued: list[Valued]) -> Decimal | int:
    """Return the short option minimum."""
    if commodity.short_option_minimum is not None:
        return commodity.short_option_minimum
    if any(one.contract.family.is_option for one in valued):
        raise InputError(
            f"no short option minimum of {commodity.name} in the file: no type 4 record, no somTiers"
        )
    return 0
