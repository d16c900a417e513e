"""Texts as Markdown."""

from __future__ import annotations

__all__ = ["cell"]


def cell(text: str) -> str:
    """Return a text that fits into a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
