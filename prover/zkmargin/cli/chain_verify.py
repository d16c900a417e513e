"""Margin proofs in contracts, for ``zkmargin chain`` and ``zkmargin export``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.chain import connect, deploy_verifier, export_verifier, run_anvil
from zkmargin.contracts.margin_verifier import Claim, DemoSnapshotRegistry, MarginVerifier
from zkmargin.errors import ChainError, InputError
from zkmargin.ethereum import keccak
from zkmargin.proofs.circuit_keys import PublishedCircuit, load_circuit
from zkmargin.proofs.margin_proof import MarginProof

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkmargin.proofs.context import Context
    from zkmargin.proving.keys import Keys

__all__ = ["built_keys", "call_arguments", "call_data", "on_new_chain", "on_node"]

_SIGNATURE = "verifyProof(uint256[2],uint256[2][2],uint256[2],uint256[{}])"


def on_new_chain(folder: Path, key: Path | None, max_age: int) -> dict[str, Any]:
    """Deploy the contracts on a new local chain, and let them verify a proof.

    Returns
    -------
    dict
        The contracts, the gas, and which of them checked the proof.

    Raises
    ------
    InputError
        If the proof's files are malformed, or its circuit has no keys on this machine.
    StatementError
        If the proof does not hold.
    ToolchainError
        If anvil or solc is missing.
    ChainError
        If a contract rejects the proof.
    """
    from zkmargin.chain.node import LOCAL_CHAINS  # noqa: PLC0415  # needs an extra

    proof = _load(folder, key)
    source = export_verifier(built_keys(proof.instance).zkey)
    with run_anvil(chain_id=proof.context.chain_id if proof.context else LOCAL_CHAINS[0]) as url:
        verifier = deploy_verifier(url, source)
        if not verifier.verify(proof.proof, proof.public):
            raise ChainError(
                "Groth16Verifier rejects the proof; it may be for other keys than this machine's"
            )
        gas = verifier.measure_gas(proof.proof, proof.public)
        shown: dict[str, Any] = {"valid": True, "verifier": verifier.address, "gas": gas}
        if proof.context is None:
            return {**shown, "checked": "by Groth16Verifier alone: the context names no contract"}
        if len(proof.public) != len(proof.signals):
            return {
                **shown,
                "checked": "by Groth16Verifier alone: MarginVerifier accepts no limits or amounts",
            }
        registry = DemoSnapshotRegistry.deploy(url)
        registry.publish(proof.signals.snapshot_root)
        contract = MarginVerifier.deploy(url, registry.address, {proof.instance.number: source})
        _check(url, contract.address, proof, proof.context, max_age)
        return {**shown, "contract": contract.address, "checked": "by MarginVerifier"}


def on_node(folder: Path, key: Path | None, max_age: int, url: str, contract: str) -> dict[str, Any]:
    """Call a MarginVerifier on a node as the proof's consumer would.

    Returns
    -------
    dict
        The contract that checked the proof.

    Raises
    ------
    InputError
        If the proof's files are malformed, or its context names no contract.
    StatementError
        If the proof does not hold.
    ChainError
        If the node cannot be reached, or the contract rejects the proof.
    """
    proof = _load(folder, key)
    if proof.context is None:
        raise InputError("is for no contract: its context is a number", source=str(folder))
    if len(proof.public) != len(proof.signals):
        raise InputError("has limits or amounts, which MarginVerifier does not accept", source=str(folder))
    _check(url, contract, proof, proof.context, max_age)
    return {"valid": True, "contract": contract, "checked": "by MarginVerifier"}


def built_keys(circuit: PublishedCircuit) -> Keys:
    """Return the keys of a circuit on this machine.

    Raises
    ------
    InputError
        If the circuit has no keys on this machine.
    """
    found = load_circuit(circuit)
    if found is None:
        reason = f"none on this machine: run `zkmargin keys build {circuit.name}`"
        raise InputError(reason, source=f"keys of {circuit.name}")
    return found[1]


def call_arguments(proof: MarginProof) -> dict[str, Any]:
    """Return the arguments of ``verifyProof`` in hexadecimal."""
    a, b, c, signals = proof.calldata()
    return {
        "a": [hex(word) for word in a],
        "b": [[hex(word) for word in pair] for pair in b],
        "c": [hex(word) for word in c],
        "signals": [hex(word) for word in signals],
    }


def call_data(proof: MarginProof) -> str:
    """Return a call of ``verifyProof`` as hexadecimal data."""
    words = b"".join(word.to_bytes(32, "big") for word in _flat(proof.calldata()))
    return "0x" + (keccak(_SIGNATURE.format(len(proof.public)).encode())[:4] + words).hex()


def _load(folder: Path, key: Path | None) -> MarginProof:
    proof = MarginProof.load(folder, key=key)
    proof.verify(allow_unhealthy=True)
    return proof


def _check(url: str, address: str, proof: MarginProof, context: Context, max_age: int) -> None:
    """Call the contract as the proof's consumer would; a call needs no key."""
    web3 = connect(url)
    web3.eth.default_account = web3.to_checksum_address(context.consumer)
    claim = Claim(
        account_commitment=context.account_commitment,
        action=context.action,
        deadline=context.deadline,
        requirement_bps=proof.signals.requirement_bps,
        max_age=max_age,
    )
    contract = MarginVerifier(web3, address)
    check = contract.check_health if proof.healthy else contract.check_default
    check(claim, proof.instance.number, proof.proof, proof.signals)


def _flat(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    else:
        for item in value:
            yield from _flat(item)
