"""``zkmargin snapshot publish``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import Annotated

from zkmargin.documents.utc import utc_text
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .options import LOCAL_NODE, Json, Rpc  # typed reads the annotations
from .output import print_json, print_line
from .passwords import PasswordFile, signing_key
from .previous import Previous, require_previous

__all__ = ["publish"]


def publish(  # noqa: PLR0913, PLR0917  # the options of a command
    snapshot: Annotated[Path, typed.Argument(help="The snapshot to publish.")],
    signatures: Annotated[
        Path,
        typed.Option(
            "--signatures", help="Signatures for the feed: made with --chain-id and --verifying-contract."
        ),
    ],
    feed: Annotated[str, typed.Option("--feed", help="The address of the OracleFeed.")],
    keystore: Annotated[
        Path | None,
        typed.Option(
            "--keystore",
            help="The key that pays for the transaction; if left out, the node's own account signs.",
        ),
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    password_file: PasswordFile = None,
    previous: Previous = None,
    as_json: Json = False,
) -> None:
    """Publish a snapshot to an OracleFeed.

    Anybody may publish. Exit code 1, and nothing is sent, without the signatures of a quorum, or if the snapshot's
    collateral list is not the feed's, or if it drops or changes rows of the previous one.
    """
    from zkmargin.chain.node import connect  # noqa: PLC0415
    from zkmargin.contracts.client import address_of  # noqa: PLC0415  # needs an extra
    from zkmargin.contracts.oracle_feed import OracleFeed  # noqa: PLC0415
    from zkmargin.snapshot.signatures import Signatures  # noqa: PLC0415

    address, risk, signed = address_of("--feed", feed), Snapshot.load(snapshot), Signatures.load(signatures)
    client = OracleFeed(connect(rpc, key=signing_key(keystore, password_file)), address)
    require_previous(risk, previous, client)
    gas = client.publish(risk, signed)
    if as_json:
        print_json({"feed": client.address, "root": str(risk.root), "gas": gas})
    else:
        print_line(f"{client.address}: snapshot of {utc_text(risk.timestamp)} published; {gas} gas")
