"""The keys of a market's circuits on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import load_circuit
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.manifest import VERIFICATION_KEY

from .deployment import DeployedCircuit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proving.keys import Keys

    from .circuit_list import MarketCircuits

__all__ = ["LOCAL_CHAINS", "CircuitKeys", "load_circuit_keys", "load_market_keys", "require_ceremony"]

LOCAL_CHAINS = frozenset({1337, 31337})
"""The ids of test chains: anvil, Hardhat and geth's development mode."""


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
        return DeployedCircuit(self.key_sha256, self.keys.kind)


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


def require_ceremony(found: Sequence[CircuitKeys], chain_id: int, *, allow_development: bool) -> None:
    """Refuse all keys but a ceremony's on chains where funds may be real.

    Raises
    ------
    InputError
        If there are other keys, the chain is not a local one, and they are not allowed.
    """
    if allow_development or chain_id in LOCAL_CHAINS:
        return
    for one in found:
        if one.keys.kind is not KeyKind.CEREMONY:
            reason = f"{one.keys.kind} keys: proofs can be forged, and chain {chain_id} is not a local chain"
            raise InputError(reason, source=f"keys of {one.circuit.name}")
