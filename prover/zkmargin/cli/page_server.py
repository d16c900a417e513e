"""A server of built pages on this machine alone: fixed files, read requests, and a strict content security policy."""

from __future__ import annotations

import base64
import hashlib
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LOOPBACK", "PageServer"]

LOOPBACK = "127.0.0.1"
"""The only address that is listened at."""

_INDEX = "index.html"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
"""The files that are served, by suffix; others are not."""

_INLINE = re.compile(rb"<(script|style)>(.*?)</\1>", re.DOTALL)
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_POLICY = (
    ("default-src", "'none'"),
    ("script-src", "'self' 'wasm-unsafe-eval'"),
    ("style-src", "'self'"),
    ("worker-src", "'self'"),
    ("connect-src", "'self'"),
    ("img-src", "'self'"),
    ("base-uri", "'none'"),
    ("form-action", "'none'"),
    ("frame-ancestors", "'none'"),
)


class PageServer(ThreadingHTTPServer):
    """A server of the files below a folder, each listed when it starts.

    Parameters
    ----------
    folder : Path
        The built pages, with `index.html`.
    port : int
        The port; 0 takes a free one.

    Raises
    ------
    InputError
        If the folder has no pages, or the port cannot be used.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.files = _listed(folder)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            reason = f"cannot listen at {LOOPBACK}:{port}: {error.strerror}"
            raise InputError(reason, source="--port") from None

    @property
    def address(self) -> str:
        """The address of the first page."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that a browser may call this server by; a page of another name would be another site's."""
        return f"{LOOPBACK}:{self.server_port}", f"localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = 10
    server_version, sys_version = "zkmargin", ""

    def do_GET(self) -> None:
        """Answer a request for a file."""
        if self.headers.get_all("Host") not in [[name] for name in self.server.hosts]:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        path = self.server.files.get(self.path.partition("?")[0])
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            content = path.read_bytes()
        except OSError:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", _KINDS[path.suffix])
        self.send_header("Content-Length", str(len(content)))
        inline = _INLINE.findall(content) if path.suffix == ".html" else []
        self.send_header("Content-Security-Policy", _policy(inline))
        self.end_headers()
        self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with a status and its name, without any part of the request."""
        del message, explain
        status = HTTPStatus(code)
        content = f"{status.value} {status.phrase}\n".encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", _policy([]))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Add the headers of every answer."""
        for name, value in _FIXED.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Write nothing: the terminal shows the address only."""


def _listed(folder: Path) -> dict[str, Path]:
    """Return the files below a folder by the path of a request; links to elsewhere are left out."""
    root = folder.resolve()
    found = {
        f"/{path.relative_to(root).as_posix()}": path
        for path in sorted(root.rglob("*"))
        if path.suffix in _KINDS and path.is_file() and path.resolve().is_relative_to(root)
    }
    if f"/{_INDEX}" not in found:
        raise InputError(f"no {_INDEX}: make web in a checkout builds the pages", source=str(folder))
    return {**found, "/": found[f"/{_INDEX}"]}


def _policy(inline: list[tuple[bytes, bytes]]) -> str:
    """Return the content security policy of a page: its inline scripts and styles are allowed by their hashes."""
    hashes: dict[str, str] = {}
    for kind, text in inline:
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        hashes[f"{kind.decode()}-src"] = hashes.get(f"{kind.decode()}-src", "") + f" 'sha256-{digest}'"
    return "; ".join(f"{name} {value}{hashes.get(name, '')}" for name, value in _POLICY)
