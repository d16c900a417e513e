"""Models as TOML text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.documents.toml import toml_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Model

__all__ = ["model_text"]

_ALWAYS = "price_scan_range"
_PAIR = ("volatility_scan_range", "volatility_scan_range_down")


def model_text(model: Model, comments: Iterable[str] = ()) -> str:
    """Return a model as TOML, from which `read_model` reads an equal model.

    Parameters
    ----------
    model : Model
    comments : iterable of str
        Comment lines at the start.
    """
    document = model.to_json()
    default = document["default"]
    document["underlyings"] = {
        name: _difference(ranges, default) for name, ranges in document["underlyings"].items()
    }
    return toml_text(document, comments)


def _difference(ranges: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    """Return the ranges that an underlying does not inherit."""
    own = {key: value for key, value in ranges.items() if key == _ALWAYS or value != default[key]}
    if any(key in own for key in _PAIR):
        # A missing downward range would be read as the upward one.
        own |= {key: ranges[key] for key in _PAIR}
    if "charges" in own:
        kinds = own["charges"].items()
        own["charges"] = {kind: charge for kind, charge in kinds if charge != default["charges"][kind]}
    return own
