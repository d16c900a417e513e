"""Options of the commands that take part in a market on a chain, and the connection to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from . import typed
from .output import print_json, print_line
from .passwords import signing_key
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.settlement.administration.effects import Effect
    from zkmargin.settlement.deploy.deployment import Deployment
    from zkmargin.settlement.market import Market

__all__ = [
    "Calldata",
    "DeploymentFile",
    "Keystore",
    "effects_to_json",
    "load_deployment",
    "open_market",
    "print_calldata",
    "print_effects",
]

DeploymentFile = Annotated[Path, typed.Option("--deployment", help="The market's deployment file.")]
Keystore = Annotated[
    Path | None,
    typed.Option(
        "--keystore", help="The key that signs transactions; if left out, the node's own account signs."
    ),
]
Calldata = Annotated[
    bool,
    typed.Option(
        "--calldata", help="Send nothing; print target and calldata for a wallet of several signers."
    ),
]


def open_market(
    deployment: Path, rpc: str, keystore: Path | None = None, password_file: Path | None = None
) -> Market:
    """Connect to the market of a deployment file; see `load_deployment`.

    Parameters
    ----------
    deployment : Path
    rpc : str
        The node's URL.
    keystore, password_file : Path, optional
        The key that signs transactions; by default the node's own account.

    Raises
    ------
    InputError
        If a file is malformed or the password is wrong.
    ChainError
        If the node is out of reach or on another chain.
    """
    from zkmargin.settlement.market import connect_market  # noqa: PLC0415  # needs an extra

    found = load_deployment(deployment)
    return connect_market(rpc, found, signing_key(keystore, password_file))


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file; off a local chain, warn of circuits whose keys were not verified here as a ceremony's.

    Raises
    ------
    InputError
        If the file is malformed.
    """
    from zkmargin.settlement.deploy.circuits import unverified_circuits  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.deploy.deployment import Deployment  # noqa: PLC0415

    found = Deployment.load(path)
    if unverified := unverified_circuits(found):
        sys.stderr.write(
            f"warning: not verified here to have a ceremony's keys: {', '.join(unverified)}; their makers may be able "
            "to take the market's funds: see docs/keys.md\n"
        )
    return found


def effects_to_json(effects: Sequence[Effect]) -> list[dict[str, str]]:
    """Return what a call changes as an object."""
    return [{"what": one.what, "old": one.old, "new": one.new} for one in effects]


def print_effects(effects: Sequence[Effect]) -> None:
    """Show what a call changes, one value per line."""
    rows = [(one.what, f"{one.old} -> {one.new}" if one.old else one.new) for one in effects]
    print_table(rows or [("nothing changes",)], indent=2)


def print_calldata(target: str, data: bytes, *, as_json: bool) -> None:
    """Show a transaction for the signers of a wallet."""
    if as_json:
        print_json({"to": target, "data": f"0x{data.hex()}"})
        return
    print_line(f"to   {target}")
    print_line(f"data 0x{data.hex()}")
