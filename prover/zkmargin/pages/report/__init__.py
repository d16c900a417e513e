"""The report page: a margin report as one self-contained HTML file. Only for the account's holder.

It needs the extra ``report`` (Jinja2): ``pip install 'zkmargin[report]'``. docs/report.md explains each part.
"""

from __future__ import annotations

from zkmargin.exports import needs_extra

with needs_extra("report"):
    from zkmargin.pages.rendering import write_private_page as write_page

    from .page import render_report

__all__ = ["render_report", "write_page"]
