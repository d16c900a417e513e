"""The keys of a market's circuits on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.chain.node import LOCAL_CHAINS
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import load_circuit, recorded_key
from zkmargin.proofs.instances import find_circuit
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.manifest import VERIFICATION_KEY

from .deployment import DeployedCircuit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proving.keys import Keys

    from .circuit_list import MarketCircuits
    from .deployment import Deployment

__all__ = [
    "CircuitKeys",
    "load_circuit_keys",
    "load_market_keys",
    "require_ceremony",
    "unverified_circuits",
]


@dataclass(frozen=True, slots=True)
class CircuitKeys:
    """A circuit and its keys on this machine.

    Attributes
    ----------
    circuit : PublishedCircuit
    keys : Keys
    """

    circuit: PublishedCircuit
    keys: Keys

    @property
    def key_sha256(self) -> str:
        """The SHA-256 of the verification key's file."""
        return self.keys.manifest.files[VERIFICATION_KEY]

    @property
    def deployed(self) -> DeployedCircuit:
        """The circuit as an entry of a deployment."""
        return DeployedCircuit(self.key_sha256, self.keys.fingerprint)


def load_circuit_keys(circuit: PublishedCircuit, keys: Path | None = None) -> CircuitKeys:
    """Load a circuit's keys.

    Parameters
    ----------
    circuit : PublishedCircuit
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.

    Raises
    ------
    InputError
        If this machine has none, or they have been changed.
    """
    found = load_circuit(circuit, keys)
    if found is None:
        reason = f"not on this machine: run `zkmargin keys build {circuit.name}`"
        raise InputError(reason, source=f"keys of {circuit.name}")
    return CircuitKeys(circuit, found[1])


def load_market_keys(circuits: MarketCircuits, keys: Path | None = None) -> tuple[CircuitKeys, ...]:
    """Load the keys of all circuits of a market, in their order; see `load_circuit_keys`."""
    return tuple(load_circuit_keys(one, keys) for one in circuits.all)


def require_ceremony(found: Sequence[CircuitKeys], chain_id: int) -> None:
    """Require keys of a ceremony that was verified on this machine, except on a local chain.

    Parameters
    ----------
    found : sequence of CircuitKeys
    chain_id : int
        The chain's id (EIP-155).

    Raises
    ------
    InputError
        With every circuit whose keys are of another kind, and the kind.
    """
    if chain_id in LOCAL_CHAINS:
        return
    others = [f"{one.circuit.name} ({one.keys.kind})" for one in found if one.keys.kind != KeyKind.CEREMONY]
    if others:
        raise InputError(
            f"not a ceremony's that was verified on this machine: {', '.join(others)}; proofs may be forged, and "
            f"chain {chain_id} is not a local chain: see docs/keys.md",
            source="keys of circuits",
        )


def unverified_circuits(deployment: Deployment, keys: Path | None = None) -> tuple[str, ...]:
    """Return the circuits of a market whose keys were not verified on this machine to be a ceremony's.

    This reads records and hashes alone, and no key, so that a command can ask at its start; `check_deployment` compares
    the keys themselves. On a local chain there are none.

    Parameters
    ----------
    deployment : Deployment
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.
    """
    if deployment.chain_id in LOCAL_CHAINS:
        return ()
    return tuple(
        name
        for name, deployed in deployment.circuits.items()
        if _recorded_kind(name, deployed, keys) != KeyKind.CEREMONY
    )


def _recorded_kind(name: str, deployed: DeployedCircuit, keys: Path | None) -> KeyKind:
    """Return the kind of a circuit's keys by their manifest and record."""
    try:
        record = recorded_key(find_circuit(name), keys)
    except InputError:
        return KeyKind.DEVELOPMENT
    if record is None or record.fingerprint != deployed.fingerprint:
        return KeyKind.DEVELOPMENT
    return record.kind
