"""Instruments that a snapshot lacks: why, and the way forward of their holders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.spec.constants import INSTRUMENTS

if TYPE_CHECKING:
    from zkmargin.venue_data.exclusions import Exclusion

    from .parts import Parts

__all__ = ["missing_instrument", "way_forward"]

_UNKNOWN = "check its name, or use a snapshot of venue data that list it"
_SETTLE = "once the publisher settles it (zkmargin data expire), its row has a final mark and the position becomes cash"
_UNMARKED = (
    "ask the venue for a mark, or let the publisher estimate an option (zkmargin data import --fill-from-smile); "
    "otherwise close the position"
)
_NO_ESTIMATE = "ask the venue for a mark, as the smile gives no estimate; otherwise close the position"
_UNLISTED = "let the publisher import all of the venue's answers; otherwise close the position"
_LATER = "use venue data of another moment; otherwise close the position"
_OTHER = "let the publisher correct the venue data; otherwise close the position"

_WAYS = {
    "expired": _SETTLE,
    "no mark": _UNMARKED,
    "no volatility gives its mark": _UNMARKED,
    "not in the files, but listed before": _UNLISTED,
    "no forward": _LATER,
    "bid above ask": _LATER,
}
_MOMENTS = ("older than ", "newer than ")


def missing_instrument(parts: Parts, instrument: str | int, shown: str = "this instrument") -> str:
    """Return why a snapshot has no row of an instrument, and the way forward of its holder.

    Parameters
    ----------
    parts : Parts
        The parts of the snapshot.
    instrument : str or int
        Its name or id.
    shown : str
        Its name in the text: by default none, because an account's instruments are secret.
    """
    excluded = next((one for one in parts.exclusions if _is(one, instrument, parts)), None)
    if excluded is None:
        return f"the snapshot has no such instrument: {_UNKNOWN}"
    return f"the snapshot excludes {shown}: {excluded.reason}: {way_forward(excluded.reason)}"


def way_forward(reason: str) -> str:
    """Return what brings an instrument back, or what its holder can do, by the reason of its exclusion."""
    flaw, _, without_estimate = reason.partition("; ")
    if flaw.startswith(_MOMENTS):
        return _LATER
    found = _WAYS.get(flaw, _OTHER)
    return _NO_ESTIMATE if without_estimate and found is _UNMARKED else found


def _is(one: Exclusion, instrument: str | int, parts: Parts) -> bool:
    if isinstance(instrument, str):
        return one.name == instrument
    if one.index is None or one.underlying not in parts.underlyings:
        return False
    return instrument == INSTRUMENTS * parts.underlyings.index(one.underlying) + one.index
