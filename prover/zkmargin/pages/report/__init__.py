"""The report page: a margin report as one HTML file that needs nothing else. For the account's holder alone.

It needs the extra ``report`` (Jinja2): ``pip install 'zkmargin[report]'``. What each part of the page means:
docs/report.md.
"""

from __future__ import annotations

from zkmargin.exports import needs_extra

with needs_extra("report"):
    from .page import render_report, write_page

__all__ = ["render_report", "write_page"]
