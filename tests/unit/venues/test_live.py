"""Fetching from a venue, against a local server that answers in Deribit's documented format."""

from __future__ import annotations

import builtins
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from support.circuits import ROOT
from support.deribit_server import book, error_object, send, venue
from zkmargin.errors import InputError, ToolchainError, VenueError
from zkmargin.venues import import_deribit
from zkmargin.venues.live import fetch_answers, save_answers, venue_data_of

CHAIN = ROOT / "examples" / "chain"
METHOD = "/api/v2/public/get_book_summary_by_currency"


def test_fetched_venue_data_equal_those_of_the_files():
    with venue(book) as (url, asked):
        answers = fetch_answers("deribit", ["ETH", "BTC", "SOL"], url=f"{url}/")
    assert asked == [
        (METHOD, {"currency": currency, "kind": kind})
        for currency in ("BTC", "ETH", "USDC")
        for kind in ("future", "option")
    ]
    files = [CHAIN / f"{name}.json" for name in ("BTC", "ETH", "USDC")]
    assert venue_data_of(answers) == import_deribit(*files)


def test_only_requested_underlyings_are_imported():
    with venue(book) as (url, asked):
        answers = fetch_answers("deribit", ["SOL"], url=url)
    assert {query["currency"] for _, query in asked} == {"USDC"}
    venue_data = venue_data_of(answers, underlyings=["SOL"])
    assert [one.name for one in venue_data.underlyings] == ["SOL"]
    with pytest.raises(InputError, match="no instruments of XRP"):
        venue_data_of(answers, underlyings=["SOL", "XRP"])


def test_saved_answers_are_unchanged_and_import_as_the_same_venue_data(tmp_path):
    with venue(book) as (url, _):
        answers = fetch_answers("deribit", ["ETH"], url=url)
    files = save_answers(answers, tmp_path / "answers")
    assert [file.name for file in files] == [
        "deribit-ETH-future.json",
        "deribit-ETH-option.json",
        "deribit-USDC-future.json",
        "deribit-USDC-option.json",
    ]
    assert [file.read_bytes() for file in files] == [one.content for one in answers]
    assert sorted(file.name for file in (tmp_path / "answers").iterdir()) == [file.name for file in files]
    assert venue_data_of(answers, underlyings=["ETH"]) == import_deribit(*files, underlyings=["ETH"])
    with pytest.raises(InputError, match=r"deribit-ETH-future\.json: exists already"):
        save_answers(answers, tmp_path / "answers")


def test_numbers_keep_all_their_digits():
    row = {"instrument_name": "ETH-PERPETUAL", "quote_currency": "USD", "creation_timestamp": 1704712781414}
    text = json.dumps({"jsonrpc": "2.0", "result": [row]})
    text = text.replace("}]", ', "estimated_delivery_price": 2222.190000000000000001, "mark_price": 0.1e4}]')

    def answer(handler: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        send(
            handler,
            200,
            text.encode() if query == {"currency": "ETH", "kind": "future"} else b'{"result": []}',
        )

    with venue(answer) as (url, _):
        venue_data = venue_data_of(fetch_answers("deribit", ["ETH"], url=url))
    assert str(venue_data.underlyings[0].price) == "2222.190000000000000001"
    assert venue_data.underlyings[0].instruments[0].mark == 1000


LARGE = json.dumps({"jsonrpc": "2.0", "result": [{"instrument_name": "ETH-PERPETUAL"}] * 100}).encode()


def _broken_off(handler: BaseHTTPRequestHandler, _: dict[str, str]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(LARGE)))
    handler.end_headers()
    handler.wfile.write(LARGE[:1000])


def _hang_up(handler: BaseHTTPRequestHandler, _: dict[str, str]) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((400, error_object(-32602, "Invalid params", reason="invalid currency", param="currency")),
         r"127\.0\.0\.1 refuses: HTTP 400: Invalid params \(-32602\)"),
        ((200, error_object(11044, "not_open_order")), r"refuses: not_open_order \(11044\)"),
        ((429, error_object(10028, "too_many_requests")), r"refuses: HTTP 429: too_many_requests \(10028\)"),
        ((400, error_object(1, "\x1b[2Jgone")), r"refuses: HTTP 400: \[2Jgone \(1\)"),
        ((500, b"oops", "text/plain"), r"refuses: HTTP 500$"),
        ((503, b"<html>maintenance</html>", "text/html"), r"refuses: HTTP 503$"),
        ((404, b'{"error": "no"}'), r"refuses: HTTP 404$"),
        ((200, LARGE[:1000]), r"the answer of 127\.0\.0\.1: not JSON"),
        ((200, b"<html>login</html>", "text/html"), r"the answer of 127\.0\.0\.1: not JSON"),
        ((200, b"\xff\xd8\xff\xe0", "image/jpeg"), r"the answer of 127\.0\.0\.1: not JSON"),
        ((200, b""), r"the answer of 127\.0\.0\.1: not JSON"),
        ((200, b"[" * 200), r"the answer of 127\.0\.0\.1: nested too deeply"),
        ((200, b'{"result":' * 100_000), r"the answer of 127\.0\.0\.1: (not JSON|nested too deeply)"),
        ((200, b'{"jsonrpc": "2.0", "result": {}}'), r"result: expected a list of objects"),
        ((200, b'{"jsonrpc": "2.0"}'), r"the answer: expected a row of Deribit's"),
        ((200, b'{"result": [{"instrument_name": "X", "mark_price": "cheap"}]}'),
         r"result\[0\]\.mark_price: expected a number"),
        (_broken_off, r"127\.0\.0\.1 is out of reach$"),
        (_hang_up, r"127\.0\.0\.1 is out of reach$"),
    ],
)  # fmt: skip
def test_errors_and_other_formats_of_a_venue_are_refused(answer, reason):
    def respond(handler: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        if callable(answer):
            answer(handler, query)
        else:
            send(handler, *answer)

    with venue(respond) as (url, asked), pytest.raises(VenueError, match=reason) as caught:
        fetch_answers("deribit", ["ETH"], url=f"{url}/?key=hidden")
    assert len(asked) == 1
    assert str(caught.value).startswith("deribit-ETH-future: ")
    assert "hidden" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_the_second_request_fails_by_itself():
    """The first answer is not mistaken for the second one."""

    def answer(handler: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        if query["kind"] == "future":
            book(handler, query)
        else:
            _hang_up(handler, query)

    with venue(answer) as (url, _), pytest.raises(VenueError, match=r"ETH-option: 127.0.0.1 is out of reach"):
        fetch_answers("deribit", ["ETH"], url=url)


def test_a_venue_that_is_silent():
    done = threading.Event()
    start = time.monotonic()
    with venue(lambda *_: done.wait(20) and None) as (url, _):
        try:
            with pytest.raises(VenueError, match=r"no answer from 127\.0\.0\.1 within 0\.3 s"):
                fetch_answers("deribit", ["ETH"], url=url, timeout=0.3)
        finally:
            done.set()
    assert time.monotonic() - start < 10


def test_a_venue_out_of_reach():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(VenueError, match=r"127\.0\.0\.1 is out of reach$"):
            fetch_answers("deribit", ["ETH"], url=url)


@pytest.mark.parametrize(
    "url", ["", "ftp://host", "https://", "host", "http://[", "http://host:port", "http://h:0"]
)
def test_malformed_addresses_are_refused(url):
    with pytest.raises(InputError, match="expected an address with http"):
        fetch_answers("deribit", ["ETH"], url=url)


def test_unknown_venues_are_refused_with_the_known_ones():
    with pytest.raises(InputError, match="venue: cannot fetch from binance: expected one of deribit"):
        fetch_answers("binance", ["ETH"])
    with pytest.raises(InputError, match=r"venue: cannot fetch from Deribit; did you mean deribit\?"):
        fetch_answers("Deribit", ["ETH"])
    with pytest.raises(InputError, match="expected at least one underlying"):
        fetch_answers("deribit", [])


def test_without_ccxt_the_extra_is_named(monkeypatch):
    original = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name == "ccxt":
            raise ModuleNotFoundError("No module named 'ccxt'", name="ccxt")
        return original(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ToolchainError, match=r"ccxt is missing: pip install 'zkmargin\[live\]'"):
        fetch_answers("deribit", ["ETH"])


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be created"):
        save_answers([], tmp_path / "file" / "folder")
