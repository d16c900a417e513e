"""Checks of the circuits that a market verifies, and of the keys that it verifies them with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.chain.node import LOCAL_CHAINS
from zkmargin.chain.verifier import key_from_words, key_words
from zkmargin.contracts.batches import listed_circuit
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import circuit_id
from zkmargin.proofs.instances import circuits, find_circuit
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.proving.key_kinds import KeyKind

from .circuit_list import MarketCircuits
from .circuits import load_circuit_keys
from .wiring import Finding, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from .circuits import CircuitKeys
    from .deployment import Deployment

__all__ = ["MarketKey", "check_circuits", "check_keys", "find_market_keys"]


@dataclass(frozen=True, slots=True)
class MarketKey:
    """The key of a market's circuit, on the chain and on this machine.

    Attributes
    ----------
    circuit : str
    words : tuple or None
        The words that the market's verifier was created with; None if it has no key of the circuit.
    found : CircuitKeys or None
        The keys on this machine, None without any.
    reason : str
        Why there are none; empty if there are.
    """

    circuit: str
    words: tuple[Any, ...] | None
    found: CircuitKeys | None
    reason: str = ""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key on the chain, computed from its words; else why there is none."""
        if self.words is None:
            return "none"
        try:
            return fingerprint(key_from_words(self.words))
        except InputError as error:
            return str(error)


def find_market_keys(
    deployment: Deployment, arguments: Mapping[str, tuple[Any, ...]], keys: Path | None = None
) -> tuple[MarketKey, ...]:
    """Return the keys of a market's circuits.

    Parameters
    ----------
    deployment : Deployment
    arguments : mapping of str to tuple
        By attribute of `Addresses`: the arguments that the contract was created with.
    keys : Path, optional
        The folder of the circuits' keys on this machine, `keys_folder` by default.
    """
    (stored,) = arguments["batch_verifier"]
    words = {circuit: _tuples(key) for circuit, *key in stored}
    made = []
    for name in deployment.circuits:
        found, reason = None, ""
        try:
            found = load_circuit_keys(find_circuit(name), keys)
        except InputError as error:
            reason = str(error)
        made.append(MarketKey(name, words.get(circuit_id(name)), found, reason))
    return tuple(made)


def check_keys(deployment: Deployment, found: Sequence[MarketKey]) -> Iterator[Finding]:
    """Compare the keys of a market's verifier with those of this machine, and require a ceremony's.

    Keys of development are no fault on a local chain.
    """
    for one in found:
        name, deployed = one.circuit, deployment.circuits[one.circuit]
        yield same(f"{name}: fingerprint of the verifier's key", deployed.fingerprint, one.fingerprint)
        what = f"{name}: SHA-256 of the verification key"
        if one.found is None:
            yield Finding(f"{what}: {deployed.key_sha256}", holds=False, found=one.reason)
            continue
        yield same(what, deployed.key_sha256, one.found.key_sha256)
        holds = one.words == _tuples(key_words(one.found.keys.key))
        reason = "" if holds else "another key, or none"
        yield Finding(f"batch_verifier: {name} has the key of this machine", holds, reason)
        if deployment.chain_id not in LOCAL_CHAINS:
            kind = one.found.keys.kind
            holds = kind == KeyKind.CEREMONY
            what = f"{name}: its key is a ceremony's, verified on this machine"
            yield Finding(what, holds, "" if holds else f"{kind} key")


def check_circuits(deployment: Deployment, arguments: Mapping[str, tuple[Any, ...]]) -> Iterator[Finding]:
    """Compare the lists of circuits in a market's contracts with its file.

    Parameters
    ----------
    deployment : Deployment
    arguments : mapping of str to tuple
        By attribute of `Addresses`: the arguments that the contract was created with.
    """
    (stored,) = arguments["batch_verifier"]
    yield same("batch_verifier: circuits", _sorted(deployment.circuits), _names(one[0] for one in stored))
    yield from _check_lists(MarketCircuits.of(deployment.circuits), arguments)


def _check_lists(taken: MarketCircuits, arguments: Mapping[str, tuple[Any, ...]]) -> Iterator[Finding]:
    flaws = tuple(taken.flaws())
    yield Finding("circuits: they can run a market", not flaws, "; ".join(flaws))
    _, listed = arguments["batches"]
    wanted = [(circuit_id(one.name), *listed_circuit(one)[1:]) for one in taken.batches.all]
    yield same("batches: circuits, kinds, accounts", _entries(wanted), _entries(listed))
    _, disclosures, _ = arguments["auctions"]
    yield same("auctions: disclosures", _sorted(one.name for one in taken.disclosures), _names(disclosures))
    *_, claims = arguments["wind_down"]
    yield same("wind_down: claims", _sorted(one.name for one in taken.claims), _names(claims))


def _entries(listed: Iterable[tuple[bytes, int, int]]) -> tuple[str, ...]:
    return _sorted(f"{_name(circuit)} {kind} {accounts}" for circuit, kind, accounts in listed)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def _names(identifiers: Iterable[bytes]) -> tuple[str, ...]:
    return _sorted(map(_name, identifiers))


def _name(identifier: bytes) -> str:
    """Return the name of a circuit, or what stands for it on chain if it is not of this version."""
    known = {circuit_id(name): name for name in circuits()}
    return known.get(identifier, f"0x{identifier.hex()}")


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    # Nothing is dropped: a circuit may be listed twice.
    return tuple(sorted(names))
