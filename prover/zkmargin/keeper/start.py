"""Starting a keeper from its settings."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zkmargin.chain.keystore import load_keystore
from zkmargin.errors import InputError
from zkmargin.proofs.instances import find_circuit
from zkmargin.proofs.margin_prover import MarginProver
from zkmargin.proofs.transition import TransitionProver
from zkmargin.settlement.deploy.circuits import load_circuit_keys
from zkmargin.settlement.deploy.deployment import Deployment
from zkmargin.settlement.escrow import SealingKey
from zkmargin.settlement.market import connect_market
from zkmargin.settlement.roles.participant import Provers
from zkmargin.settlement.snapshots import SnapshotFolder

from .keeper import Keeper
from .opening_files import OpeningFiles
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .reports import Tell
    from .settings import KeeperSettings

__all__ = ["open_keeper"]


@contextmanager
def open_keeper(settings: KeeperSettings, password: str, tell: Tell) -> Iterator[Keeper]:
    """Yield a keeper that is ready to run, and close its database afterwards.

    Parameters
    ----------
    settings : KeeperSettings
    password : str
        The keystore's password.
    tell : callable
        Receives all reports.

    Raises
    ------
    InputError
        If a file is missing or malformed, the password is wrong, the circuits' keys are not the market's, or
        another keeper is using the database.
    ChainError
        If the node is out of reach or on another chain, or a contract is missing.
    """
    files = settings.files
    deployment = Deployment.load(files.deployment)
    sealing_key = None if files.sealing_key is None else SealingKey.load(files.sealing_key)
    if sealing_key is not None and sealing_key.public != deployment.sealing_key:
        raise InputError("not the key of this market", source=str(files.sealing_key))
    openings = OpeningFiles(files.accounts, files.sealed, sealing_key, tell)
    snapshots = SnapshotFolder(files.snapshots)
    if settings.roles.prove:
        _check_keys(deployment, files.keys)
    provers = Provers(MarginProver(keys=files.keys), TransitionProver(keys=files.keys))
    key = load_keystore(files.keystore, password)
    market = connect_market(_node(settings), deployment, key)
    with Store(files.state, deployment.chain_id, deployment.addresses.house) as store:
        yield Keeper(
            settings, market, provers, store=store, snapshots=snapshots, openings=openings, tell=tell
        )


def _check_keys(deployment: Deployment, folder: Path | None) -> None:
    """Require the keys of the market's verifiers; proofs by other keys would be refused."""
    for name, deployed in deployment.circuits.items():
        if load_circuit_keys(find_circuit(name), folder).key_sha256 != deployed.key_sha256:
            raise InputError("not the keys that the market was deployed with", source=f"keys of {name}")


def _node(settings: KeeperSettings) -> str:
    if settings.rpc is not None:
        return settings.rpc
    name = settings.rpc_env or ""
    url = os.environ.get(name, "")
    if not url:
        raise InputError(
            f"environment variable {name} is not set", source=settings.source, key="chain.rpc_env"
        )
    return url
