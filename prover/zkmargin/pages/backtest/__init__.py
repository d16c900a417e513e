"""The backtest pages, of price histories and of a book: one HTML file each, without scripts and external resources.

It needs the extra ``report`` (Jinja2): ``pip install 'zkmargin[report]'``. docs/backtest.md explains
each part.
"""

from __future__ import annotations

from zkmargin.exports import needs_extra

with needs_extra("report"):
    from .book_page import render_book_page, write_book_page
    from .page import render_page, write_page

__all__ = ["render_book_page", "render_page", "write_book_page", "write_page"]
