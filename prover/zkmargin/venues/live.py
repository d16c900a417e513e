"""Live venue data from Deribit through ccxt: the extra ``live``, ``pip install 'zkmargin[live]'``.

ccxt sends the requests within the venue's rate limit. Its parser is not used, because it returns prices as
floats: answers are read like files, so a saved answer imports as the same venue data.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urlsplit

from zkmargin.documents.files import make_folder, private_folder, publish
from zkmargin.documents.nearest import did_you_mean
from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError, VenueError
from zkmargin.exports import needs_extra

from .answers import parse_answer
from .chains import venue_data_of_answers
from .refusals import venue_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zkmargin.venue_data.venue_data import VenueData

    from . import answers as parsed
    from .chains import Choices

__all__ = ["VENUES", "Answer", "fetch_answers", "save_answers", "venue_data_of"]

VENUES = ("deribit",)
"""Venues that can be fetched from."""

_SETTLED_IN_COINS = ("BTC", "ETH")
_STABLECOIN = "USDC"
_KINDS = ("future", "option")


@dataclass(frozen=True, slots=True)
class Answer:
    """A venue's answer to one request.

    Attributes
    ----------
    name : str
        The name for files and errors, such as ``deribit-ETH-option``.
    content : bytes
        The unchanged JSON-RPC answer.
    parsed : zkmargin.venues.answers.Answer
        Its rows; their name in errors is ``name``.
    """

    name: str
    content: bytes
    parsed: parsed.Answer


def fetch_answers(
    venue: str,
    underlyings: Sequence[str],
    *,
    url: str | None = None,
    timeout: float = 10.0,
) -> list[Answer]:
    """Fetch all options, futures and perpetuals on some underlyings from a venue.

    Parameters
    ----------
    venue : str
        One of `VENUES`.
    underlyings : sequence of str
        Underlyings such as ``ETH``. Instruments settled in USDC are fetched for all of them, instruments
        settled in the coin for BTC and ETH. The answer for USDC has other underlyings too.
    url : str, optional
        An address to use instead of the venue's. It may contain an access key, so messages show its host only.
    timeout : float
        The time limit for each answer, in seconds.

    Returns
    -------
    list of Answer
        One answer for each kind and settlement currency.

    Raises
    ------
    InputError
        If the venue is not one of `VENUES`, there are no underlyings, or the address is not an HTTP address.
    ToolchainError
        If ccxt is not installed.
    VenueError
        If the venue does not answer, or answers with an error or in another format.
    """
    if venue not in VENUES:
        hint = did_you_mean(venue, VENUES) or f": expected one of {', '.join(VENUES)}"
        raise InputError(f"cannot fetch from {venue}{hint}", source="venue")
    if not underlyings:
        raise InputError("expected at least one underlying")
    currencies = [*(one for one in _SETTLED_IN_COINS if one in underlyings), _STABLECOIN]
    exchange = _client(url, timeout)
    with closing(exchange.session):
        return [_ask(exchange, currency, kind, timeout) for currency in currencies for kind in _KINDS]


def venue_data_of(answers: Sequence[Answer], **choices: Unpack[Choices]) -> VenueData:
    """Assemble venue data from answers, with the choices of `zkmargin.venues.import_answers`.

    Raises
    ------
    InputError
        As `zkmargin.venues.import_answers`, with the answers' names as the source.
    """
    return venue_data_of_answers([replace(one.parsed, source=one.name) for one in answers], **choices)


def save_answers(answers: Sequence[Answer], folder: Path) -> list[Path]:
    """Write each answer to ``<name>.json`` in a folder, atomically; return the files.

    Raises
    ------
    InputError
        If a file exists already or cannot be written.
    """
    target = make_folder(folder)
    files = [target / f"{one.name}.json" for one in answers]
    for file in files:
        if file.exists():
            raise InputError("exists already; give a new folder", source=str(file))
    with private_folder(target) as drafts:
        for answer, file in zip(answers, files, strict=True):
            (drafts / file.name).write_bytes(answer.content)
            publish(drafts / file.name, file)
    return files


def _client(url: str | None, timeout: float) -> Any:
    """Return ccxt's client of Deribit."""
    # ccxt takes a second to load, and is optional.
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
    raise InputError("expected an address with http:// or https:// and a host", source="url")


def _ask(exchange: Any, currency: str, kind: str, timeout: float) -> Answer:
    with needs_extra("live"):
        import ccxt  # noqa: PLC0415

    name = f"deribit-{currency}-{kind}"
    host = urlsplit(exchange.urls["api"]["rest"]).hostname
    try:
        exchange.publicGetGetBookSummaryByCurrency({"currency": currency, "kind": kind})
        content = exchange.last_http_response.encode()
        return Answer(name, content, parse_answer(content, f"the answer of {host}", "deribit"))
    except InputError as error:
        reason = str(error)
    except (ValueError, RecursionError):
        # ccxt parses an answer first, and may fail on it.
        reason = f"the answer of {host}: not JSON"
    except ccxt.RequestTimeout:
        reason = f"no answer from {host} within {timeout:g} s"
    except ccxt.BaseError as error:
        reason = f"{host} {_refusal(exchange, error)}"
    # Without the cause, whose text holds the whole address.
    raise VenueError(f"{name}: {reason}")


def _refusal(exchange: Any, error: Exception) -> str:
    """Describe a venue's refusal in few words, from its answer."""
    response = getattr(error.__cause__ or error.__context__, "response", None)
    status = "" if response is None else f"HTTP {response.status_code}"
    said = ": ".join(part for part in (status, _error_text(exchange.last_http_response)) if part)
    return f"refuses: {said}" if said else "is out of reach"


def _error_text(content: str | None) -> str:
    """Return message and code of an error answer, or an empty text for other answers."""
    try:
        return venue_error(parse_json((content or "").encode(), ""))
    except InputError:
        return ""
