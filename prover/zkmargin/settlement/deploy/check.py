"""Checks of a deployment against the chain, as an auditor would make them before funds go in.

Nothing in the file is trusted. Each contract must have been created by the code that is compiled here, in a
transaction of its own; its storage then holds only what that code allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hexbytes import HexBytes

from zkmargin.chain.contract import our_contract
from zkmargin.chain.node import node_errors
from zkmargin.chain.solidity import compile_contract
from zkmargin.chain.verifier import VERIFIER
from zkmargin.errors import ChainError, InputError
from zkmargin.proofs.instances import find_circuit

from .circuits import load_circuit_keys
from .deploy import CLIENTS
from .wiring import Finding, check_settings, check_wiring, same

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web3 import Web3

    from .deployment import Deployment
    from .settings import MarketSettings

__all__ = ["Finding", "check_deployment"]


def check_deployment(
    web3: Web3, deployment: Deployment, *, settings: MarketSettings | None = None, keys: Path | None = None
) -> list[Finding]:
    """Compare a deployment with the chain.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`, to a node that you trust.
    deployment : Deployment
    settings : MarketSettings, optional
        The intended market, whose parameters are compared.
    keys : Path, optional
        The folder of the circuits' keys that you trust, `keys_folder` by default.

    Returns
    -------
    list of Finding
        All comparisons. If a contract has other code, the check stops there.

    Raises
    ------
    ToolchainError
        If the compiler, a library or snarkjs is missing.
    ChainError
        If the node is out of reach.
    """
    with node_errors("the node"):
        findings = [same("chain id", deployment.chain_id, web3.eth.chain_id)]
    if findings[0].holds:
        findings += _codes(web3, deployment)
    if all(one.holds for one in findings):
        findings += _circuit_codes(web3, deployment, keys)
        findings += check_wiring(web3, deployment)
        findings += [] if settings is None else check_settings(web3, deployment, settings)
    return findings


def _codes(web3: Web3, deployment: Deployment) -> Iterator[Finding]:
    for name, client in CLIENTS.items():
        code = our_contract(client.SOURCE).bytecode
        address = getattr(deployment.addresses, name)
        yield _created_by(web3, name, address, deployment.transactions[name], code)


def _circuit_codes(web3: Web3, deployment: Deployment, keys: Path | None) -> Iterator[Finding]:
    for name, one in deployment.circuits.items():
        what = f"{name}: SHA-256 of the verification key"
        try:
            found = load_circuit_keys(find_circuit(name), keys)
        except InputError as error:
            yield Finding(f"{what}: {one.key_sha256}", holds=False, found=str(error))
            continue
        yield same(what, one.key_sha256, found.key_sha256)
        yield same(f"{name}: kind of its keys", one.kind, found.keys.manifest.kind)
        code = compile_contract(found.source(), VERIFIER).bytecode
        yield _created_by(web3, f"{name}: verifier", one.verifier, one.transaction, code)


def _created_by(web3: Web3, what: str, address: str, transaction: bytes, code: bytes) -> Finding:
    """Compare the transaction that created a contract with the code that is compiled here."""
    what = f"{what}: {address} was created by the code of this version"
    try:
        with node_errors("the node"):
            receipt = web3.eth.get_transaction_receipt(HexBytes(transaction))
            sent = bytes(web3.eth.get_transaction(HexBytes(transaction))["input"])
            there = bool(web3.eth.get_code(web3.to_checksum_address(address)))
    except ChainError as error:
        return Finding(what, holds=False, found=str(error))
    if receipt["status"] != 1 or receipt["contractAddress"] != address or not there:
        return Finding(what, holds=False, found="the transaction created another contract, or none")
    return Finding(what, sent.startswith(code), "" if sent.startswith(code) else "other code")
