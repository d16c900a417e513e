"""A local server that answers in Deribit's documented format."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.circuits import ROOT

CHAIN = ROOT / "examples" / "chain"

Answer = Callable[[BaseHTTPRequestHandler, dict[str, str]], None]


def send(
    handler: BaseHTTPRequestHandler, status: int, content: bytes, kind: str = "application/json"
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def error_object(code: int, message: str, **data: str) -> bytes:
    """Return an error in the format of Deribit's documentation."""
    error = {"message": message, "code": code, "data": data}
    return json.dumps(
        {"jsonrpc": "2.0", "error": error, "usIn": 1, "usOut": 2, "usDiff": 1, "testnet": False}
    ).encode()


def book(handler: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
    """Return the venue's answer for one kind of instrument: rows of the example chain, unchanged."""
    lines = (CHAIN / f"{query['currency']}.json").read_text().splitlines()
    options = query["kind"] == "option"
    rows = [line.rstrip(",") for line in lines[1:-1] if ("mark_iv" in line) == options]
    send(handler, 200, "\n".join([lines[0], ",\n".join(rows), "]}"]).encode())


@contextmanager
def venue(answer: Answer) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """Run a server; yield its address and a list of its requests."""
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            asked.append((parts.path, query))
            answer(self, query)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
