"""Rows of the risk table from venue data and a model.

Floats from `zkmargin.risk.repricing` end here; rows contain integers.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra
from zkmargin.spec.checks import SpecError
from zkmargin.spec.rounding import round_row
from zkmargin.venue_data.instruments import Expired, Future, Option, Perpetual, Spot

from .charges import Bases, Charge
from .doubts import doubts
from .nearest import nearest
from .quotes import SECONDS_PER_YEAR, misprices
from .repricing import greeks, scenario_values

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from zkmargin.spec.layout import Layout
    from zkmargin.spec.table import Row
    from zkmargin.venue_data.exclusions import Estimate
    from zkmargin.venue_data.instruments import Instrument, Underlying
    from zkmargin.venue_data.venue_data import VenueData

    from .charges import Charges
    from .doubts import Doubt
    from .model import Model

__all__ = ["risk_rows", "scenario_values"]

_MICRO = 10**6
_ROUNDING = 3
"""Micro-quote that cover the rounding of two rows' mark and gain, and of a charge."""


def risk_rows(venue_data: VenueData, model: Model, layout: Layout) -> dict[int, Row]:
    """Return the rows of all instruments of venue data.

    Parameters
    ----------
    venue_data : VenueData
    model : Model
    layout : Layout
        A layout with at least as many scenarios as the model; unused slots are 0.

    Returns
    -------
    dict of int to Row
        Rows by instrument id. Values are in micro-quote per lot: the gain of one long lot in each scenario, times
        its cover; the mark; and the Greeks of the layout, as in `zkmargin.risk.repricing.Greeks`. Expired
        instruments have only a mark. Charges of an estimate cover its whole range of volatilities.

    Raises
    ------
    InputError
        Naming the instrument, if a value is 2^44 micro-quote or more, or the volatility of an option that is no
        estimate does not give its mark; naming the model, if it has more scenarios than the layout.
    """
    if len(model.scenarios) > layout.scenarios:
        reason = f"{len(model.scenarios)} scenarios, but layout {layout.name} has room for {layout.scenarios}"
        raise InputError(reason, source=model.name, key="scenarios")
    rows: dict[int, Row] = {}
    ids = {instrument.name: number for number, _, instrument in venue_data.instruments()}
    estimates = {one.name: one for one in venue_data.estimates}
    for underlying in venue_data.underlyings:
        _check_marks(underlying, venue_data.time, estimates)
        made = _rows(underlying, venue_data.time, model, layout, estimates)
        rows |= {ids[one.name]: row for one, row in zip(underlying.instruments, made, strict=True)}
    return rows


def _rows(
    underlying: Underlying, time: int, model: Model, layout: Layout, estimates: Mapping[str, Estimate]
) -> list[Row]:
    sensitivities = greeks(underlying, time)
    columns = [sensitivities.delta]
    if layout.gamma is not None:
        columns += [sensitivities.gamma, sensitivities.vega]
    values = np.column_stack([scenario_values(underlying, time, model), *columns])
    scales = [Fraction(one.lot) * _MICRO for one in underlying.instruments]
    charges = model.ranges(underlying.name).charges
    unused = [0] * (layout.scenarios - len(model.scenarios))
    doubted = doubts(underlying, time, model, estimates)
    rows: list[Row] = []
    for number, numbers in enumerate(nearest(values, scales)):
        instrument = underlying.instruments[number]
        gains, rest = numbers[: len(model.scenarios)], numbers[len(model.scenarios) :]
        mark = round(Fraction(_marked(instrument)) * scales[number])
        doubt = doubted.get(instrument.name)
        own = Fraction(instrument.mark), abs(Fraction(float(sensitivities.delta[number])))
        points = (own, *doubt.ends) if doubt else (own,)
        bases = [_bases(instrument, underlying.price, *point, time) for point in points]
        slots, charge = [*gains, *unused, mark, *rest], _charge(charges, instrument)
        rows.append(_row(instrument, slots, charge, bases, doubt))
    return rows


def _marked(instrument: Instrument) -> Decimal:
    """Return the mark that positions are valued at. Scenarios, Greeks and charges are of the quoted price."""
    return instrument.booked_mark if isinstance(instrument, Perpetual) else instrument.mark


def _row(
    instrument: Instrument, slots: list[int], charge: Charge, bases: list[Bases], doubt: Doubt | None
) -> Row:
    scale = Fraction(instrument.lot) * _MICRO
    short_floor, add_on = (max(map(of, bases)) * scale for of in (charge.short_floor, charge.contingency))
    if doubt is not None:
        add_on += doubt.amount * scale + _ROUNDING
    try:
        row = round_row(slots, short_floor, add_on)
    except SpecError as error:
        reason = f"{error.key} of one lot, in micro-quote, {error.reason}: choose a smaller lot"
        raise InputError(reason, key=instrument.name) from None
    # The mark of an expired instrument is its payoff in whole micro-quote per lot, without rounding to cover.
    return replace(row, add_on=0) if isinstance(instrument, Expired) else row


def _charge(charges: Charges, instrument: Instrument) -> Charge:
    if isinstance(instrument, Expired):
        return Charge()
    if isinstance(instrument, Option):
        return charges.call if instrument.right == "call" else charges.put
    return charges.perpetual if isinstance(instrument, Perpetual | Spot) else charges.future


def _bases(instrument: Instrument, index: Decimal, mark: Fraction, delta: Fraction, time: int) -> Bases:
    out_of_the_money = Fraction(0)
    if isinstance(instrument, Option):
        distance = Fraction(instrument.strike) - Fraction(index)
        out_of_the_money = max(out_of_the_money, distance if instrument.right == "call" else -distance)
    years = Fraction(0)
    if isinstance(instrument, Future | Option):
        years = Fraction(instrument.expiry - time, SECONDS_PER_YEAR)
    return Bases(Fraction(index), mark, delta, out_of_the_money, delta * years)


def _check_marks(underlying: Underlying, time: int, estimates: Mapping[str, Estimate]) -> None:
    options = [one for one in underlying.instruments if isinstance(one, Option) and one.name not in estimates]
    for option, wrong in zip(options, misprices(options, time), strict=True):
        if wrong:
            raise InputError("its volatility does not give its mark", key=option.name)
