"""Texts as Markdown."""

from __future__ import annotations

import re

__all__ = ["cell", "linked"]

_PAGE = re.compile(r"\bdocs/([\w/-]+\.md)\b")


def cell(text: str) -> str:
    """Return a text that fits into a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def linked(text: str) -> str:
    """Make links of the pages below ``docs/`` that a text of the reference names."""
    return _PAGE.sub(lambda found: f"[{found[1]}](../../{found[1]})", text)
