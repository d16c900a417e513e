"""The templates of all pages, and the writing of private ones."""

from __future__ import annotations

from pathlib import Path

from zkmargin.documents.files import private_folder, publish, write_private
from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

from . import plots, text

with needs_extra("report"):
    import jinja2

__all__ = ["environment", "write_private_page"]

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
    for function in (text.amount, text.day, text.signed, text.percent, text.move, text.quantity):
        made.filters[function.__name__] = function
    made.globals["extent"] = plots.EXTENT
    return made


def write_private_page(page: str, path: Path) -> None:
    """Write a page atomically, readable only by this user.

    Raises
    ------
    InputError
        If the folder does not exist, or the file cannot be written.
    """
    if not path.parent.is_dir():
        raise InputError("no such folder", source=str(path.parent))
    with private_folder(path.parent) as folder:
        draft = folder / "page.html"
        write_private(draft, page.encode())
        publish(draft, path)
