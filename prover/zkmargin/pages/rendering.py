"""The templates of all pages."""

from __future__ import annotations

from pathlib import Path

from zkmargin.exports import needs_extra

from . import plots, text

with needs_extra("report"):
    import jinja2

__all__ = ["environment"]

_HERE = Path(__file__).parent


def environment(folder: str) -> jinja2.Environment:
    """Return the templates of a page.

    Parameters
    ----------
    folder : str
        The folder of the page's own templates, beside the shared ones.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_HERE / folder, _HERE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        lstrip_blocks=True,
        trim_blocks=True,
    )
    for function in (text.amount, text.signed, text.percent, text.move, text.quantity):
        made.filters[function.__name__] = function
    made.globals["extent"] = plots.EXTENT
    return made
