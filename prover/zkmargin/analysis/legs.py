"""The margin of each position: what the requirement would be without it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkmargin import spec
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["contributions"]

_MICRO = Decimal(10**6)


def contributions(opening: spec.Account, margin: spec.Margin, snapshot: Snapshot) -> dict[int, Decimal]:
    """Return the maintenance margin of an account less that without the position, by instrument.

    Parameters
    ----------
    opening : spec.Account
    margin : spec.Margin
        The margin of `opening` under `snapshot`.
    snapshot : Snapshot

    Returns
    -------
    dict of int to Decimal
        In the quote currency, by the id of the instrument. A negative number is that of a hedge. The numbers do not
        add up to the requirement, since positions offset each other.
    """
    lanes = {lane.underlying: lane for lane in margin.lanes}
    rows, made = snapshot.parts.rows, {}
    for one in opening.held:
        lane, row = lanes[one.underlying], rows[one.instrument]
        without = replace(
            lane,
            totals=tuple(total - one.lots * slot for total, slot in zip(lane.totals, row.slots, strict=True)),
            floor=lane.floor - max(0, -one.lots) * row.short_floor,
            add_on=lane.add_on - abs(one.lots) * row.add_on,
        )
        change = lane.risk + lane.add_on - without.risk - without.add_on
        made[one.instrument] = change / _MICRO
    return made
