"""Connections to a node: bad addresses, silent nodes, and no access key in a message."""

from __future__ import annotations

import json
import threading
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from web3.exceptions import BadFunctionCallOutput, ContractLogicError

from zkmargin.chain import connect
from zkmargin.chain.node import node_errors
from zkmargin.errors import ChainError, InputError


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8545",
        "ws://127.0.0.1:8545",
        "file:///etc/passwd",
        "http://",
        "http://[",
        "http://h:x",
        "http://h:0",
    ],
)
def test_only_http_addresses_are_taken(url):
    with pytest.raises(InputError, match="http"):
        connect(url)


def test_a_silent_node_is_a_chain_error_without_the_access_key():
    # Port 9 of this machine: discard, which nothing listens on.
    url = "http://user:hunter2@127.0.0.1:9/v3/sesame"
    with pytest.raises(ChainError, match=r"the node at 127\.0\.0\.1: no answer") as caught:
        connect(url, timeout=2)
    text = "".join(traceback.format_exception(caught.value))
    assert "sesame" not in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (ContractLogicError("execution reverted: stale"), "asked: reverted: execution reverted: stale"),
        (ContractLogicError(), "asked: reverted: no reason given"),
        (BadFunctionCallOutput("nothing there"), "asked: nothing there"),
        (requests.ReadTimeout("https://node/secret"), r"asked: no answer \(ReadTimeout\)"),
    ],
)
def test_failures_become_chain_errors(raised, message):
    with pytest.raises(ChainError, match=f"^{message}$"), node_errors("asked"):
        raise raised


def test_other_errors_pass():
    with pytest.raises(KeyError), node_errors("asked"):
        raise KeyError


@pytest.fixture
def fickle_node():
    """Yield the address of a node that names another chain each time, and the requests that it gets."""
    asked = []

    class Fickle(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(request["method"])
            answer = {"jsonrpc": "2.0", "id": request["id"], "result": hex(len(asked))}
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Fickle)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_attack_a_node_that_names_another_chain_when_a_transaction_is_signed(fickle_node):
    url, asked = fickle_node
    web3 = connect(url)
    first = web3.eth.chain_id
    known = len(asked)
    assert [web3.eth.chain_id for _ in range(3)] == [first] * 3
    assert len(asked) == known
    # Only this answer is kept.
    assert web3.eth.block_number != web3.eth.block_number
