"""Deribit's market as it is now, through ccxt: the extra ``live``, ``pip install 'zkmargin[live]'``.

ccxt asks, at the pace that the venue allows. What comes back is not taken from its parser, where prices are
floats, but read as a file of Deribit's is: an answer that was saved and is imported gives the same market.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zkmargin.documents.files import make_folder, private_folder, publish
from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError, VenueError
from zkmargin.exports import needs_extra

from .book_summary import BookSummary, parse_book_summaries
from .deribit import deribit_market

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["VENUES", "Answer", "fetch_answers", "market_of_answers", "save_answers"]

VENUES = ("deribit",)
"""Venues that can be fetched from."""

_SETTLED_IN_COINS = ("BTC", "ETH")
_STABLECOIN = "USDC"
_KINDS = ("future", "option")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What the venue answered to one question.

    Attributes
    ----------
    name : str
        Such as ``deribit-ETH-option``.
    content : bytes
        JSON-RPC, as it came.
    rows : list of BookSummary
        What it says.
    """

    name: str
    content: bytes
    rows: list[BookSummary]


def fetch_answers(
    venue: str,
    underlyings: Sequence[str],
    *,
    url: str | None = None,
    timeout: float = 10.0,
) -> list[Answer]:
    """Ask a venue for all its options, futures and perpetuals on some underlyings.

    Parameters
    ----------
    venue : str
        One of `VENUES`.
    underlyings : sequence of str
        Such as ``ETH``. All on them is asked for: of BTC and ETH what is settled in the coin, and of all
        what is settled in USDC. The answer for USDC holds other underlyings too.
    url : str, optional
        Where to ask instead of the venue's address. It may carry an access key, so no message repeats more of
        it than the host.
    timeout : float
        How long the venue may be silent, in seconds.

    Returns
    -------
    list of Answer
        One for each kind and settlement currency.

    Raises
    ------
    InputError
        If there is no such venue, nothing is asked for, or the address is not an HTTP one.
    ToolchainError
        If ccxt is not installed.
    VenueError
        If the venue does not answer, or answers with an error or in another format.
    """
    if venue not in VENUES:
        raise InputError(f"none that can be fetched from: {', '.join(VENUES)}", source="venue")
    if not underlyings:
        raise InputError("no underlying to ask for")
    currencies = [*(one for one in _SETTLED_IN_COINS if one in underlyings), _STABLECOIN]
    exchange = _client(url, timeout)
    with closing(exchange.session):
        return [_ask(exchange, currency, kind, timeout) for currency in currencies for kind in _KINDS]


def market_of_answers(
    answers: Sequence[Answer],
    *,
    previous: VenueData | None = None,
    lots: Mapping[str, Decimal] | None = None,
    underlyings: Collection[str] = (),
    fill_from_smile: bool = False,
) -> VenueData:
    """Make a market of answers, with the options of `import_deribit`.

    Raises
    ------
    InputError
        As `import_deribit`; the source is the answers' names.
    """
    return deribit_market(
        [(one.name, one.rows) for one in answers],
        previous=previous,
        lots=lots,
        underlyings=underlyings,
        fill_from_smile=fill_from_smile,
    )


def save_answers(answers: Sequence[Answer], folder: Path) -> list[Path]:
    """Write each answer to ``<name>.json`` in a folder, whole or not at all; return the files."""
    target = make_folder(folder)
    files = [target / f"{one.name}.json" for one in answers]
    with private_folder(target) as drafts:
        for answer, file in zip(answers, files, strict=True):
            (drafts / file.name).write_bytes(answer.content)
            publish(drafts / file.name, file)
    return files


def _client(url: str | None, timeout: float) -> Any:
    """Return ccxt's client of Deribit."""
    # It takes a second to load, and is optional.
    with needs_extra("live"):
        from ccxt import deribit  # type: ignore[import-untyped]  # noqa: PLC0415
    exchange = deribit({"timeout": int(timeout * 1000), "enableRateLimit": True})
    if url is not None:
        exchange.urls["api"] = {"rest": _http_address(url)}
    return exchange


def _http_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return url.rstrip("/")
    except ValueError:
        pass
    # Without the cause, whose text may repeat the address.
    raise InputError("an address starts with http:// or https:// and names a host", source="url")


def _ask(exchange: Any, currency: str, kind: str, timeout: float) -> Answer:
    import ccxt  # noqa: PLC0415  # optional

    name = f"deribit-{currency}-{kind}"
    host = urlsplit(exchange.urls["api"]["rest"]).hostname
    try:
        exchange.publicGetGetBookSummaryByCurrency({"currency": currency, "kind": kind})
        content = exchange.last_http_response.encode()
        return Answer(name, content, parse_book_summaries(content, f"the answer of {host}"))
    except InputError as error:
        reason = str(error)
    except (ValueError, RecursionError):
        # ccxt looks into an answer before we do.
        reason = f"the answer of {host}: not JSON"
    except ccxt.RequestTimeout:
        reason = f"no answer from {host} within {timeout:g} s"
    except ccxt.BaseError as error:
        reason = f"{host} {_refusal(exchange, error)}"
    # Without the cause, whose text holds the whole address.
    raise VenueError(f"{name}: {reason}")


def _refusal(exchange: Any, error: Exception) -> str:
    """Say in few words what the venue did, from what it sent."""
    response = getattr(error.__cause__ or error.__context__, "response", None)
    status = "" if response is None else f"HTTP {response.status_code}"
    said = ": ".join(part for part in (status, _said(exchange.last_http_response)) if part)
    return f"refuses: {said}" if said else "is out of reach"


def _said(content: str | None) -> str:
    """Return code and message of a JSON-RPC error, if it is one."""
    try:
        document = parse_json((content or "").encode(), "")
    except InputError:
        return ""
    refusal = document.get("error") if isinstance(document, dict) else None
    if not isinstance(refusal, dict):
        return ""
    text = f"{refusal.get('message')} ({refusal.get('code')})"
    # What a venue says goes to a terminal.
    return "".join(letter for letter in text[:_SHOWN] if letter.isprintable())
