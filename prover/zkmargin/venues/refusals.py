"""Errors that a venue answered instead of data: what it said, in few words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

__all__ = ["venue_error"]

_SHOWN = 200
_MEMBERS = (("retCode", "retMsg"), ("code", "msg"))
"""Code and message of Bybit (bybit-exchange.github.io/docs/v5/error) and of OKX and Binance."""


def venue_error(document: Any) -> str:
    """Return the message and code of a venue's error answer, or an empty text if the answer is none.

    Parameters
    ----------
    document : object
        The parsed answer: JSON-RPC with ``error`` (Deribit), or a code that is not 0 beside a message (Bybit, OKX,
        Binance). Control characters are removed, because the text goes to a terminal.
    """
    if not isinstance(document, dict):
        return ""
    refusal = document.get("error")
    if isinstance(refusal, dict):
        return _text(refusal.get("message"), refusal.get("code"))
    for code, message in _MEMBERS:
        if code in document and message in document and str(document[code]) != "0":
            return _text(document[message], document[code])
    return ""


def _text(message: Any, code: Any) -> str:
    number = str(code) if isinstance(code, int | str | Decimal) else "no code"
    said = f"{message if isinstance(message, str) else 'no message'} ({number})"
    return "".join(letter for letter in said[:_SHOWN] if letter.isprintable())
