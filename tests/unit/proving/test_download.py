from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from urllib.request import Request

import pytest

from support.file_server import file_server
from zkmargin.errors import InputError
from zkmargin.proving import download as module
from zkmargin.proving.download import download, is_url, shown_url, url_below

CONTENT = bytes(range(256)) * 4096
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PATH = "/keys/a.zkey"


@pytest.fixture
def server():
    with file_server() as running:
        running.files[PATH] = CONTENT
        yield running


@pytest.fixture
def part(tmp_path):
    return tmp_path / "a.part"


def fetch(server, part, path=PATH, **options):
    options = {"max_bytes": len(CONTENT), "digest": DIGEST, **options}
    download(server.url + path, part, **options)


def test_a_file_is_fetched_with_progress(server, part):
    seen = []
    fetch(server, part, progress=lambda *event: seen.append(event))
    assert part.read_bytes() == CONTENT
    assert seen[-1] == (f"fetching {server.url}{PATH}", len(CONTENT), len(CONTENT))
    assert server.asked == [(PATH, None)]


def test_an_interrupted_download_goes_on(server, part):
    server.cut = [1000, 5000]
    fetch(server, part)
    assert part.read_bytes() == CONTENT
    assert server.asked == [(PATH, None), (PATH, "bytes=1000-"), (PATH, "bytes=6000-")]


def test_the_next_download_goes_on(server, part):
    server.cut = [1000, 0]
    with pytest.raises(
        InputError, match=r"a\.zkey: cannot be fetched: 1000 of 1048576 bytes received\. The same"
    ):
        fetch(server, part)
    assert part.read_bytes() == CONTENT[:1000]
    fetch(server, part)
    assert part.read_bytes() == CONTENT
    assert server.asked[-1] == (PATH, "bytes=1000-")


def test_a_server_without_ranges_sends_the_whole_file_again(server, part):
    part.write_bytes(b"x" * 1000)
    server.ranges = False
    fetch(server, part)
    assert part.read_bytes() == CONTENT


def test_a_whole_part_is_only_checked(server, part):
    part.write_bytes(CONTENT)
    fetch(server, part)
    assert part.read_bytes() == CONTENT


def test_a_wrong_first_part_is_found_and_removed(server, part):
    part.write_bytes(b"x" * 1000)
    with pytest.raises(InputError, match=r"a\.zkey: its SHA-256 is not the expected one"):
        fetch(server, part)
    assert not part.exists()
    fetch(server, part)
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize("lengths", [True, False])
def test_no_more_than_the_bound_is_written(server, part, lengths):
    server.lengths = lengths
    with pytest.raises(InputError, match="larger than 1000 bytes"):
        fetch(server, part, max_bytes=1000)
    assert not part.exists()


def test_another_range_than_asked_for_is_refused(server, part, monkeypatch):
    part.write_bytes(CONTENT[:1000])
    real = Request.add_header
    monkeypatch.setattr(
        Request, "add_header", lambda self, name, value: real(self, name, value.replace("10", "20"))
    )
    with pytest.raises(InputError, match="another part of the file than asked for"):
        fetch(server, part)
    assert not part.exists()


def test_what_the_server_refuses_is_an_error(server, part):
    with pytest.raises(InputError, match=r"/nothing: cannot be fetched: HTTP 404$"):
        fetch(server, part, "/nothing?token=secret")
    assert not part.exists()


def test_a_server_that_is_not_there_is_an_error(part):
    with file_server() as server:
        pass
    with pytest.raises(InputError, match=r"cannot be fetched: Connection refused"):
        fetch(server, part)


def test_redirections_are_followed_and_keep_the_range(server, part):
    server.moved["/old"] = PATH
    part.write_bytes(CONTENT[:1000])
    fetch(server, part, "/old")
    assert part.read_bytes() == CONTENT
    assert server.asked == [("/old", "bytes=1000-"), (PATH, "bytes=1000-")]


def test_few_redirections_are_followed(server, part):
    server.moved.update({f"/{step}": f"/{step + 1}" for step in range(20)})
    with pytest.raises(InputError, match="redirected too often or elsewhere"):
        fetch(server, part, "/0")
    assert len(server.asked) <= 7


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "redirected too often or elsewhere"),
        ("ftp://127.0.0.1/a", "expected an address of http or https"),
        ("http://user@127.0.0.1/a", "must not contain a user's name"),
    ],
)
def test_redirections_elsewhere_are_refused(server, part, target, reason):
    server.moved["/old"] = target
    with pytest.raises(InputError, match=reason):
        fetch(server, part, "/old")


def test_a_redirection_from_https_to_http_is_refused():
    request = Request("https://example.org/a?token=secret")
    with pytest.raises(InputError, match=r"^https://example\.org/a: redirected from https to http$"):
        module._Redirects().redirect_request(request, None, 302, "", {}, "http://example.org/a")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://a/b", "http://", "http://[", "http://a:99999/", "http://a:b@c/", "/a", ""],
)
def test_other_addresses_are_refused(part, url):
    with pytest.raises(InputError, match=r"^URL: "):
        download(url, part, max_bytes=1)


def test_addresses_and_paths():
    assert is_url("https://example.org/a")
    assert not is_url("a/b")
    assert not is_url("C:/keys")
    with pytest.raises(InputError):
        is_url("file:///a")
    assert (
        url_below("https://example.org/keys/?token=1", "a/b.json")
        == "https://example.org/keys/a/b.json?token=1"
    )
    assert shown_url("https://me:pw@example.org/keys?token=1#2") == "https://example.org/keys"
    assert shown_url("a?b") == "a?b"


def test_a_full_disk_is_named(server, part, monkeypatch):
    class Full:
        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_writing", Full)
        with pytest.raises(InputError, match=r"a\.part: cannot be written: No space left on device"):
            fetch(server, part)
    with pytest.raises(InputError, match="cannot be written: No such file"):
        fetch(server, Path(part, "no", "a.part"))
