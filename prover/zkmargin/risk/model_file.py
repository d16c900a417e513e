"""Models as TOML files of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .model import Model

__all__ = ["model_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

_ALWAYS = "price_scan_range"
_PAIR = ("volatility_scan_range", "volatility_scan_range_down")


def model_text(model: Model, comments: Iterable[str] = ()) -> str:
    """Return a model as TOML; `read_model` of it is the same model.

    Parameters
    ----------
    model : Model
    comments : iterable of str
        Lines to begin with.
    """
    document = model.to_json()
    default = document["default"]
    document["underlyings"] = {
        name: _difference(ranges, default) for name, ranges in document["underlyings"].items()
    }
    lines = [*(f"# {line}" for line in comments), *_table(document, ())]
    return "\n".join(lines).strip("\n") + "\n"


def _difference(ranges: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    """Return what an underlying does not inherit."""
    own = {key: value for key, value in ranges.items() if key == _ALWAYS or value != default[key]}
    if any(key in own for key in _PAIR):
        # Down is what up is, unless it is named.
        own |= {key: ranges[key] for key in _PAIR}
    if "charges" in own:
        kinds = own["charges"].items()
        own["charges"] = {kind: charge for kind, charge in kinds if charge != default["charges"][kind]}
    return own


def _table(members: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield a table: its values first, then the tables in it."""
    values = {key: value for key, value in members.items() if not isinstance(value, dict)}
    if path and values:
        yield ""
        yield f"[{'.'.join(_key(key) for key in path)}]"
    for key, value in values.items():
        yield f"{key} = {_value(value)}"
    for key, value in members.items():
        if isinstance(value, dict):
            yield from _table(value, (*path, key))


def _value(value: str | list[Any]) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if value and isinstance(value[0], dict):
        return "[\n" + "".join(f"    {_inline(one)},\n" for one in value) + "]"
    return f"[{', '.join(_value(one) for one in value)}]"


def _inline(members: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in members.items()) + " }"


def _key(text: str) -> str:
    # Keys and values are names and numbers, with no quote or backslash in any; an underlying may have a dot.
    return text if _BARE.fullmatch(text) else f'"{text}"'
