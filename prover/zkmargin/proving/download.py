"""Downloads of large files by HTTP, which go on where an earlier one was interrupted."""

from __future__ import annotations

import re
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from zkmargin.documents.files import sha256
from zkmargin.errors import InputError

from .setup import no_progress

if TYPE_CHECKING:
    from pathlib import Path

    from .setup import Progress

__all__ = ["download", "is_url", "shown_url", "url_below"]

_SCHEMES = ("http", "https")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://", re.ASCII)
_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/(?:[0-9]{1,18}|\*)", re.ASCII)
_SECONDS = 60.0
_REDIRECTS = 5
_TRIES = 4
_CHUNK = 1 << 18
_PARTIAL, _NOTHING_LEFT = 206, 416


def is_url(text: str) -> bool:
    """Return whether a text is an address for `download`; other texts are paths.

    Raises
    ------
    InputError
        If it is an address of another kind, or one with a user's name, which would be shown.
    """
    if not _SCHEME.match(text):
        return False
    _check_url(text)
    return True


def url_below(base: str, path: str) -> str:
    """Return the address of a file below a folder's address, with the folder's query."""
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path}"))


def shown_url(url: str) -> str:
    """Return an address for messages: without its query, which may contain a password. A path is not changed."""
    if not _SCHEME.match(url):
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def download(
    url: str,
    partial: Path,
    *,
    max_bytes: int,
    digest: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Download a file. After an interruption the next call goes on with the bytes that are there.

    Parameters
    ----------
    url : str
        The address, of http or https.
    partial : Path
        The file for the content; it may have the first part of it. It is removed if the content is wrong.
    max_bytes : int
        The largest accepted size, in bytes.
    digest : str, optional
        The SHA-256 of the content, in hex.
    progress : callable, optional
        See `zkmargin.proving.setup.Progress`; it counts bytes.

    Raises
    ------
    InputError
        If the address is no such one, the server refuses, the connection breaks several times, or the content is
        larger than `max_bytes` or has another hash.
    """
    _check_url(url)
    for tried in range(1, _TRIES + 1):
        before = _size(partial)
        try:
            _attempt(url, partial, max_bytes, progress or no_progress)
            break
        except (HTTPException, OSError) as error:
            # A connection that brought nothing is not tried again.
            if tried == _TRIES or _size(partial) == before:
                reason = f"cannot be fetched: {_why(error)}. The same command goes on from here"
                raise InputError(reason, source=shown_url(url)) from None
    if digest is not None and sha256(partial) != digest:
        partial.unlink()
        raise InputError("its SHA-256 is not the expected one", source=shown_url(url))


def _attempt(url: str, partial: Path, max_bytes: int, progress: Progress) -> None:
    """Fetch what is missing; raise `OSError` or `HTTPException` if the connection breaks."""
    start = _size(partial)
    request = Request(url, headers={"User-Agent": "zkmargin"})  # noqa: S310  # the scheme was checked
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        response = _opener().open(request, timeout=_SECONDS)
    except HTTPError as error:
        with error:
            if error.code == _NOTHING_LEFT and start:
                return
            why = "redirected too often or elsewhere" if 300 <= error.code < 400 else f"HTTP {error.code}"
            raise InputError(f"cannot be fetched: {why}", source=shown_url(url)) from None
    with response:
        if response.status != _PARTIAL:
            start = 0
        elif (found := _RANGE.fullmatch(response.headers.get("Content-Range", ""))) is None or int(
            found[1]
        ) != start:
            partial.unlink()
            raise InputError("the server sent another part of the file than asked for", source=shown_url(url))
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
        if total is not None and total > max_bytes:
            _refuse_size(url, partial, max_bytes)
        _receive(response, partial, start, total, (url, max_bytes, progress))


def _receive(
    response: Any, partial: Path, start: int, total: int | None, job: tuple[str, int, Progress]
) -> None:
    """Append the body of a response to a file that has the bytes before `start`."""
    url, max_bytes, progress = job
    stage, done = f"fetching {shown_url(url)}", start
    with _writing(partial, start) as file:
        while chunk := response.read(_CHUNK):
            done += len(chunk)
            if done > max_bytes:
                _refuse_size(url, partial, max_bytes)
            try:
                file.write(chunk)
            except OSError as error:
                raise InputError(f"cannot be written: {error.strerror}", source=str(partial)) from None
            progress(stage, done, total or done)
    if total is not None and done < total:
        raise ConnectionError(f"{done} of {total} bytes received")


def _writing(partial: Path, start: int) -> Any:
    try:
        # Unbuffered, so that a broken connection loses nothing, and an error names the write that failed.
        return partial.open("ab" if start else "wb", buffering=0)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(partial)) from None


def _refuse_size(url: str, partial: Path, max_bytes: int) -> None:
    partial.unlink(missing_ok=True)
    raise InputError(f"larger than {max_bytes} bytes", source=shown_url(url))


class _Redirects(HTTPRedirectHandler):
    """Follows few redirections, and none from https to http."""

    max_redirections = _REDIRECTS

    def redirect_request(  # noqa: PLR0913, PLR0917  # urllib's
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        """Return the request for a redirection's target."""
        _check_url(newurl)
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise InputError("redirected from https to http", source=shown_url(req.full_url))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> OpenerDirector:
    """Return a client for http and https only; urllib's own also opens files and ftp."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler,
        HTTPHandler,
        HTTPSHandler,
        _Redirects,
        HTTPDefaultErrorHandler,
        HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, fits = None, False
    if parts is None or not fits:
        raise InputError("expected an address of http or https", source="URL")
    if "@" in parts.netloc:
        raise InputError("must not contain a user's name or password", source="URL")


def _size(partial: Path) -> int:
    return partial.stat().st_size if partial.exists() else 0


def _why(error: Exception) -> str:
    if isinstance(error, URLError) and isinstance(error.reason, Exception):
        error = error.reason
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
