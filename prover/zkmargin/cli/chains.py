"""``zkmargin chain`` and ``zkmargin export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json  # noqa: TC001  # typer reads the annotations
from .output import print_json, print_line
from .tables import print_table

__all__ = ["chain_app", "export_app"]

chain_app = typer.Typer(no_args_is_help=True, help="Verify proofs on a chain.")
export_app = typer.Typer(no_args_is_help=True, help="Write what contracts need.")

_Folder = Annotated[Path, typer.Argument(help="What zkmargin prove has written.")]
_Key = Annotated[
    Path | None, typer.Option("--key", help="The verification key that you trust; your own if left out.")
]


@chain_app.callback()
def chain() -> None:
    """Verify proofs on a chain."""  # a group, though it has one command


@chain_app.command()
def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    folder: _Folder,
    rpc: Annotated[
        str | None, typer.Option("--rpc", help="A node; a chain of its own, with new contracts, if left out.")
    ] = None,
    contract: Annotated[
        str | None, typer.Option("--contract", help="With --rpc: the address of a MarginVerifier.")
    ] = None,
    max_age: Annotated[
        int, typer.Option("--max-age", min=0, help="How old the snapshot's publication may be, in seconds.")
    ] = 86400,
    key: _Key = None,
    as_json: Json = False,
) -> None:
    """Let a contract verify a margin proof. No transaction is sent to a node that you name.

    A proof for a contract (with a context of four parts) is checked by MarginVerifier, any other by the
    generated verifier alone.
    """
    from .chain_verify import on_new_chain, on_node  # noqa: PLC0415  # only this command needs web3

    if (rpc is None) != (contract is None):
        from zkmargin.errors import InputError  # noqa: PLC0415  # rare

        raise InputError("needs --contract, and the other way round", source="--rpc")
    if rpc is None or contract is None:
        shown = on_new_chain(folder, key, max_age)
    else:
        shown = on_node(folder, key, max_age, rpc, contract)
    if as_json:
        print_json(shown)
        return
    print_table([(name, str(value)) for name, value in shown.items()])


@export_app.command()
def verifier(
    instance: Annotated[str, typer.Argument(help="The circuit, such as margin_13.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The Solidity file.")],
    as_json: Json = False,
) -> None:
    """Write the Solidity verifier of a circuit's keys on this machine, as snarkjs generates it."""
    from zkmargin.chain.export import export_verifier  # noqa: PLC0415  # only this command needs it
    from zkmargin.documents.files import make_folder, private_folder, publish  # noqa: PLC0415
    from zkmargin.proofs.instances import find_instance  # noqa: PLC0415

    from .chain_verify import built_keys  # noqa: PLC0415

    source = export_verifier(built_keys(find_instance(instance)).zkey)
    with private_folder(make_folder(out.parent)) as scratch:
        draft = scratch / "verifier.sol"
        draft.write_text(source, encoding="utf-8")
        publish(draft, out)
    if as_json:
        print_json({"file": str(out), "instance": instance})
    else:
        print_line(f"{out}: the contract Groth16Verifier of {instance}")


@export_app.command()
def calldata(folder: _Folder, key: _Key = None, as_json: Json = False) -> None:
    """Write the call of the verifier's verifyProof, as hexadecimal data or, as JSON, its arguments."""
    from zkmargin.proofs.margin_proof import MarginProof  # noqa: PLC0415  # imports are left to the commands

    from .chain_verify import call_arguments, call_data  # noqa: PLC0415

    proof = MarginProof.load(folder, key=key)
    proof.verify(allow_unhealthy=True)
    if as_json:
        print_json(call_arguments(proof))
    else:
        print_line(call_data(proof))
