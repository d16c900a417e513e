"""The page of a backtest: one HTML file with plots that loads nothing and runs nothing.

It needs the extra ``report`` (Jinja2, matplotlib): ``pip install 'zkmargin[report]'``. docs/backtest.md says
what each part means.
"""

from __future__ import annotations

from zkmargin.exports import needs_extra

with needs_extra("report"):
    from .page import render_page, write_page

__all__ = ["render_page", "write_page"]
