"""The backtest page: one HTML file with plots, without scripts and external resources.

It needs the extra ``report`` (Jinja2): ``pip install 'zkmargin[report]'``. docs/backtest.md explains
each part.
"""

from __future__ import annotations

from zkmargin.exports import needs_extra

with needs_extra("report"):
    from .page import render_page, write_page

__all__ = ["render_page", "write_page"]
