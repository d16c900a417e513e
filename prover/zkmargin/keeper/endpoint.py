"""The HTTP endpoint of a keeper: ``/metrics`` for Prometheus, and ``/health`` for supervisors."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

with needs_extra("chain"):
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .metrics import Metrics

__all__ = ["serving"]

_TEXT = "text/plain; charset=utf-8"


@contextmanager
def serving(address: tuple[str, int], metrics: Metrics) -> Iterator[int]:
    """Serve a keeper's metrics while a block runs.

    Parameters
    ----------
    address : tuple of str and int
        Host and port; port 0 takes a free one.
    metrics : Metrics

    Yields
    ------
    int
        The port.

    Raises
    ------
    InputError
        If the address cannot be used.
    """

    class Handler(BaseHTTPRequestHandler):
        """Answers from the metrics of this endpoint."""

        timeout = 10

        def do_GET(self) -> None:
            """Answer a request."""
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(metrics.registry))
            elif self.path == "/health":
                healthy = metrics.healthy
                self._answer(
                    200 if healthy else 503, _TEXT, b"ok\n" if healthy else b"no look at the chain\n"
                )
            else:
                self._answer(404, _TEXT, b"expected /metrics or /health\n")

        def _answer(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            """Write nothing: the keeper's log is for the market."""

    try:
        server = _server(address)(address, Handler)
    except OSError as error:
        host, port = address
        raise InputError(
            f"cannot listen at {host}:{port}: {error.strerror}", source="metrics.listen"
        ) from None
    thread = threading.Thread(target=server.serve_forever, name="keeper-metrics", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _server(address: tuple[str, int]) -> type[ThreadingHTTPServer]:
    """Return a server for the family of an address."""
    if ":" not in address[0]:
        return ThreadingHTTPServer

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6

    return Server
