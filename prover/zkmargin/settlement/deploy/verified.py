"""Checks of the circuits that a market verifies, and of the keys that it verifies them with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.chain.verifier import key_words
from zkmargin.contracts.batches import listed_circuit
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import circuit_id
from zkmargin.proofs.instances import circuits, find_circuit

from .circuit_list import MarketCircuits
from .circuits import load_circuit_keys
from .wiring import Finding, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from .deployment import Deployment

__all__ = ["check_circuits"]


def check_circuits(
    deployment: Deployment, arguments: Mapping[str, tuple[Any, ...]], keys: Path | None = None
) -> Iterator[Finding]:
    """Compare the circuits and keys of a market with those of this machine.

    Parameters
    ----------
    deployment : Deployment
    arguments : mapping of str to tuple
        By attribute of `Addresses`: the arguments that the contract was created with.
    keys : Path, optional
        The folder of the circuits' keys that you trust, `keys_folder` by default.
    """
    (stored,) = arguments["batch_verifier"]
    words = {circuit: tuple(key) for circuit, *key in stored}
    for name, deployed in deployment.circuits.items():
        what = f"{name}: SHA-256 of the verification key"
        try:
            found = load_circuit_keys(find_circuit(name), keys)
        except InputError as error:
            yield Finding(f"{what}: {deployed.key_sha256}", holds=False, found=str(error))
            continue
        yield same(what, deployed.key_sha256, found.key_sha256)
        yield same(f"{name}: kind of its keys", deployed.kind, found.keys.kind)
        holds = words.get(circuit_id(name)) == _tuples(key_words(found.keys.key))
        yield Finding(
            f"batch_verifier: {name} has the key of this machine",
            holds,
            "" if holds else "another key, or none",
        )
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
