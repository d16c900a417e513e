"""``zkmargin chain`` and ``zkmargin export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from zkmargin.chain.export import export_verifier
from zkmargin.documents.files import make_folder, private_folder, publish
from zkmargin.errors import InputError
from zkmargin.proofs.instances import find_instance
from zkmargin.proofs.margin_proof import MarginProof

from . import typed
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line
from .tables import print_table

__all__ = ["chain_app", "export_app"]

chain_app = typed.Group()
export_app = typed.Group()

_Folder = Annotated[Path, typed.Argument(help="The folder that zkmargin prove wrote.")]
_Key = Annotated[
    Path | None,
    typed.Option("--key", help="The verification key that you trust; this machine's if left out."),
]


@chain_app.command()
def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    folder: _Folder,
    rpc: Annotated[
        str | None,
        typed.Option("--rpc", help="The node's URL; if left out, a local chain with new contracts."),
    ] = None,
    contract: Annotated[
        str | None, typed.Option("--contract", help="The address of a MarginVerifier; needs --rpc.")
    ] = None,
    max_age: Annotated[
        int,
        typed.Option("--max-age", min=0, help="The largest age of the snapshot's publication, in seconds."),
    ] = 86400,
    key: _Key = None,
    as_json: Json = False,
) -> None:
    """Let a contract verify a margin proof.

    MarginVerifier checks a proof whose context names a contract, the generated verifier any other. A node that you
    name gets calls, no transactions.
    """
    from .chain_verify import on_new_chain, on_node  # noqa: PLC0415  # needs an extra

    if (rpc is None) != (contract is None):
        raise InputError("give both or neither", source="--rpc, --contract")
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
    instance: Annotated[str, typed.Argument(help="The circuit, e.g. margin_13.")],
    out: Annotated[Path, typed.Option("-o", "--out", help="The Solidity file to write.")],
    as_json: Json = False,
) -> None:
    """Write the Solidity verifier of a circuit, for this machine's keys, as snarkjs generates it."""
    from .chain_verify import built_keys  # noqa: PLC0415
    from .prove import warn_of_development_keys  # noqa: PLC0415

    keys = built_keys(find_instance(instance))
    source = export_verifier(keys.zkey)
    with private_folder(make_folder(out.parent)) as scratch:
        draft = scratch / "verifier.sol"
        draft.write_text(source, encoding="utf-8")
        publish(draft, out)
    warn_of_development_keys(keys)
    if as_json:
        key = {"kind": str(keys.kind), "fingerprint": keys.fingerprint}
        print_json({"file": str(out), "instance": instance, "key": key})
    else:
        print_line(
            f"{out}: the contract Groth16Verifier of {instance}, with the {keys.kind} key {keys.fingerprint}"
        )


@export_app.command()
def calldata(folder: _Folder, key: _Key = None, as_json: Json = False) -> None:
    """Write the calldata of verifyProof for a proof; --json writes the arguments."""
    from .chain_verify import call_arguments, call_data  # noqa: PLC0415

    proof = MarginProof.load(folder, key=key)
    proof.verify(allow_unhealthy=True)
    if as_json:
        print_json(call_arguments(proof))
    else:
        print_line(call_data(proof))
