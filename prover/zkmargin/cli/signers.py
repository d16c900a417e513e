"""``zkmargin snapshot sign`` and ``zkmargin snapshot signer``."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from .options import ChainId, Json, VerifyingContract, warn_of_readers
from .output import print_json, print_line

if TYPE_CHECKING:
    from ..signatures import Domain, Signatures
    from ..snapshot import Snapshot

__all__ = ["sign", "signer_app"]

_MAX_PASSWORD = 4096

signer_app = typer.Typer(no_args_is_help=True, help="Make the signing keys of oracle signers.")

_PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="A file with the password; asked for on the terminal if left out."),
]


@signer_app.command()
def new(
    out: Annotated[Path, typer.Option("-o", "--out", help="Where the keystore goes.")],
    password_file: _PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Make a signing key, encrypted with a password, that only you can read."""
    from ..keystore import new_keystore  # noqa: PLC0415  # needs an extra

    if out.exists():
        raise InputError("is there already; its key could not be recovered", source=str(out))
    address = new_keystore(out, _password(password_file, twice=True))
    if as_json:
        print_json({"file": str(out), "signer": address})
    else:
        print_line(f"{out}: the key of {address}")


def sign(  # noqa: PLR0913, PLR0917  # the options of a command
    snapshot: Annotated[Path, typer.Argument(help="The snapshot, which you have verified.")],
    keystore: Annotated[Path, typer.Option("--keystore", help="The signing key's file.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Signatures; one is added to those there.")],
    password_file: _PasswordFile = None,
    chain_id: ChainId = None,
    verifying_contract: VerifyingContract = None,
    as_json: Json = False,
) -> None:
    """Sign a snapshot by EIP-712. Who signs vouches for its rows: run `zkmargin snapshot verify` first."""
    from ..keystore import load_keystore  # noqa: PLC0415  # needs an extra
    from ..signatures import Domain  # noqa: PLC0415  # imports are left to the commands
    from ..signing import sign_snapshot  # noqa: PLC0415  # needs an extra
    from ..snapshot import Snapshot  # noqa: PLC0415

    domain, signed = Domain(chain_id, verifying_contract), Snapshot.load(snapshot)
    before = _signatures(out, domain, signed)
    warn_of_readers(keystore)
    account = load_keystore(keystore, _password(password_file))
    after = before.with_signature(sign_snapshot(signed, account, domain))
    after.save(out)
    if as_json:
        signers = [one.signer for one in after.signatures]
        print_json({"file": str(out), "signer": account.address, "signers": signers})
        return
    print_line(f"{out}: root {signed.root}")
    print_line(f"signed by {account.address}, {domain}; signatures in the file: {len(after.signatures)}")


def _signatures(path: Path, domain: Domain, snapshot: Snapshot) -> Signatures:
    """Return the signatures that are there already, if they are of the same."""
    from ..signatures import Signatures, SnapshotMessage  # noqa: PLC0415  # imports are left to the commands
    from ..signing import recover_signers  # noqa: PLC0415  # needs an extra

    message = SnapshotMessage.of(snapshot)
    if not path.exists():
        return Signatures(domain, message, ())
    found = Signatures.load(path)
    if found.message != message:
        raise InputError("has signatures of another snapshot", source=str(path), key="message")
    if found.domain != domain:
        raise InputError(f"has signatures for: {found.domain}", source=str(path), key="domain")
    recover_signers(snapshot, found, domain=domain)
    return found


def _password(file: Path | None, *, twice: bool = False) -> str:
    """Read a password from a file, without its line's end, or from the terminal, without an echo."""
    if file is not None:
        warn_of_readers(file)
        return _read_password(file)
    if not sys.stdin.isatty():
        raise InputError("no terminal to ask for the password: give --password-file")
    try:
        password = getpass.getpass("Password: ")
        if twice and getpass.getpass("Again: ") != password:
            raise InputError("not the same twice", source="password")
    except EOFError:
        raise InputError("none given", source="password") from None
    return password


def _read_password(file: Path) -> str:
    with file.open("rb") as stream:
        content = stream.read(_MAX_PASSWORD + 1)
    if len(content) > _MAX_PASSWORD:
        raise InputError(f"larger than {_MAX_PASSWORD} bytes", source=str(file))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("not UTF-8", source=str(file)) from None
    return text.removesuffix("\n").removesuffix("\r")
