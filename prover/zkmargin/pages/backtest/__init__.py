"""The page of a backtest: one HTML file with plots that loads nothing and runs nothing.

It needs the extra ``report`` (Jinja2, matplotlib): ``pip install 'zkmargin[report]'``. docs/backtest.md says
what each part means.
"""

from __future__ import annotations

from zkmargin.errors import ToolchainError

try:
    from .page import render_page, write_page
except ModuleNotFoundError as error:
    raise ToolchainError(f"{error.name} is missing: pip install 'zkmargin[report]'") from error

__all__ = ["render_page", "write_page"]
