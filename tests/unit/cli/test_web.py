"""The server of the built pages: what it serves, to whom, and under which policy."""

from __future__ import annotations

import base64
import hashlib
import http.client
import threading

import pytest

from zkmargin.cli.page_server import PageServer
from zkmargin.errors import InputError

SCRIPT = 'document.title = "shown";'
HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "index.html").write_text(f"<!doctype html><title>a</title><script>{SCRIPT}</script>")
    (folder / "core").mkdir()
    (folder / "core" / "core.wasm").write_bytes(b"\0asm")
    (folder / "notes.txt").write_text("not a page")
    outside = tmp_path_factory.mktemp("outside") / "secret.json"
    outside.write_text("{}")
    (folder / "link.json").symlink_to(outside)
    return folder


@pytest.fixture(scope="module")
def server(pages):
    with PageServer(pages, 0) as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield one
        one.shutdown()
        thread.join()


@pytest.fixture
def ask(server):
    def answer(path, *, host=None, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{server.server_port}"})
        found = connection.getresponse()
        content = found.read()
        connection.close()
        return found, content

    return answer


def test_a_page_is_served_under_a_strict_policy(ask):
    found, content = ask("/")
    assert (found.status, found.getheader("Content-Type")) == (200, "text/html; charset=utf-8")
    assert SCRIPT.encode() in content
    policy = dict(one.split(" ", 1) for one in found.getheader("Content-Security-Policy").split("; "))
    assert (
        policy["default-src"]
        == policy["base-uri"]
        == policy["form-action"]
        == policy["frame-ancestors"]
        == "'none'"
    )
    assert policy["script-src"] == f"'self' 'wasm-unsafe-eval' 'sha256-{HASH}'"
    assert (
        policy["style-src"] == policy["connect-src"] == policy["worker-src"] == policy["img-src"] == "'self'"
    )
    assert "unsafe-inline" not in found.getheader("Content-Security-Policy")


@pytest.mark.parametrize("path", ["/", "/core/core.wasm", "/nothing"])
def test_every_answer_has_the_headers(ask, path):
    headers = ask(path)[0].headers
    expected = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    assert {name: headers[name] for name in expected} == expected
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Server"].strip() == "zkmargin"


@pytest.mark.parametrize(
    "path",
    [
        "/core", "/core/", "/notes.txt", "/link.json", "/../index.html", "/%2e%2e/index.html",
        "/core/../index.html", "/<script>",
    ],
)  # fmt: skip
def test_only_listed_files_are_served(ask, path):
    found, content = ask(path)
    assert (found.status, content) == (404, b"404 Not Found\n")


def test_modules_and_wasm_have_their_types(ask):
    assert ask("/core/core.wasm")[0].getheader("Content-Type") == "application/wasm"
    assert ask("/index.html?x=1")[0].status == 200


@pytest.mark.parametrize(
    "host", ["example.org", "example.org:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:{port}.example.org"]
)
def test_attack_a_page_of_another_name_reads_nothing(ask, server, host):
    found, content = ask("/", host=host.format(port=server.server_port))
    assert (found.status, content) == (421, b"421 Misdirected Request\n")
    assert ask("/", host=f"localhost:{server.server_port}")[0].status == 200


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS"])
def test_other_methods_are_refused(ask, method):
    assert ask("/", method=method)[0].status == 501


def test_it_listens_on_this_machine_only(server):
    assert server.server_address[0] == "127.0.0.1"


def test_a_port_in_use_is_named(server, pages):
    with pytest.raises(InputError, match=f"cannot listen at 127.0.0.1:{server.server_port}: .*"):
        PageServer(pages, server.server_port)


def test_a_folder_without_pages_is_named(cli, tmp_path):
    code, _, err = cli("web", "--pages", str(tmp_path / "none"))
    assert (code, "run make web" in err, str(tmp_path / "none") in err) == (2, True, True)
    code, _, err = cli("web", "--pages", str(tmp_path))
    assert (code, "no index.html" in err) == (2, True)
