"""``zkmargin keystore``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import Annotated

from . import typed
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line
from .passwords import PasswordFile, ask_password

__all__ = ["keystore_app"]

keystore_app = typed.Group()


@keystore_app.command()
def new(
    out: Annotated[Path, typed.Option("-o", "--out", help="The keystore file to write.")],
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Create a private key, encrypted with a password, in a file that only you can read."""
    from zkmargin.chain.keystore import new_keystore  # noqa: PLC0415  # needs an extra

    address = new_keystore(out, ask_password(password_file, twice=True))
    if as_json:
        print_json({"file": str(out), "address": address})
    else:
        print_line(f"{out}: key of {address}")
