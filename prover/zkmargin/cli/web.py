"""``zkmargin web``."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from zkmargin.errors import InputError

from . import typed
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line

__all__ = ["web"]

_BUILT = "build/web/pages"


def web(
    port: Annotated[
        int, typed.Option("--port", min=0, max=65535, help="The port on this machine; 0 takes a free one.")
    ] = 8170,
    pages: Annotated[
        Path | None,
        typed.Option("--pages", help=f"The folder of the built pages; {_BUILT} of the checkout if left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve the pages that verify proofs and show a wallet, to browsers on this machine only.

    Needs no network. Runs until Ctrl-C.
    """
    from .page_server import PageServer  # noqa: PLC0415  # http.server is slow to import

    folder = pages or _built_pages()
    if not folder.is_dir():
        where = str(folder)
        raise InputError(
            "the pages are not built: run make web in a checkout, or name them by --pages", source=where
        )
    with PageServer(folder, port) as server:
        if as_json:
            print_json({"address": server.address, "pages": str(folder)})
        else:
            print_line(f"{server.address}  (Ctrl-C ends it)")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            server.serve_forever()


def _built_pages() -> Path:
    """Return the folder of the checkout's pages; an installed package has none."""
    return Path(__file__).resolve().parents[3] / _BUILT
