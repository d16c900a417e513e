"""A relay to a chain's node that can be lost at a chosen moment."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen


class Relay:
    """A node's address that answers until it is lost; then it refuses connections."""

    def __init__(self, node):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(node))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.last_method = ""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def lose(self):
        self._server.shutdown()
        self._server.server_close()

    def lose_after(self, method):
        """Pass on the next request of a method, and be lost before its answer."""
        self.last_method = method

    def _handler(self, node):
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = Request(node, body, {"Content-Type": "application/json"})  # noqa: S310  # the node
                with urlopen(request) as answer:  # noqa: S310
                    found = answer.read()
                if json.loads(body)["method"] == relay.last_method:
                    relay.lose()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(found)

            def log_message(self, *_args):
                """Print nothing."""

        return Handler


@contextmanager
def relay_to(node):
    """Yield a relay to a node."""
    relay = Relay(node)
    try:
        yield relay
    finally:
        relay.lose()
