"""Checks of a deployment against the chain, as an auditor would make them before funds go in.

Nothing in the file is trusted. Each contract must have been created by the code that is compiled here, in a
transaction of its own; its storage then holds only what that code allows. The arguments of the transaction say what no
function of the contracts returns: keys and circuits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hexbytes import HexBytes

from zkmargin.chain.contract import our_contract
from zkmargin.chain.node import node_errors
from zkmargin.errors import ChainError

from .creation import CLIENTS, creation_arguments
from .verified import check_circuits, check_keys, find_market_keys
from .wiring import Finding, check_settings, check_wiring, same

if TYPE_CHECKING:
    from pathlib import Path

    from web3 import Web3

    from .deployment import Deployment
    from .settings import MarketSettings
    from .verified import MarketKey

__all__ = ["DeploymentCheck", "Finding", "check_deployment"]


@dataclass(frozen=True, slots=True)
class DeploymentCheck:
    """The result of comparing a deployment with the chain.

    Attributes
    ----------
    findings : tuple of Finding
        All comparisons. If a contract has other code, the check stops there.
    keys : tuple of MarketKey
        The keys of the market's circuits; none if the check has stopped before them.
    """

    findings: tuple[Finding, ...]
    keys: tuple[MarketKey, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every comparison holds."""
        return all(one.holds for one in self.findings)


def check_deployment(
    web3: Web3, deployment: Deployment, *, settings: MarketSettings | None = None, keys: Path | None = None
) -> DeploymentCheck:
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
    DeploymentCheck
        It does not hold, among others, if a key off a local chain is not a ceremony's that was verified on this
        machine.

    Raises
    ------
    ToolchainError
        If the compiler or a library is missing.
    ChainError
        If the node is out of reach.
    """
    with node_errors("the node"):
        findings = [same("chain id", deployment.chain_id, web3.eth.chain_id)]
    arguments: dict[str, tuple[Any, ...]] = {}
    if findings[0].holds:
        for name in CLIENTS:
            found, arguments[name] = _created(web3, deployment, name)
            findings.append(found)
    if not all(one.holds for one in findings):
        return DeploymentCheck(tuple(findings))
    market_keys = find_market_keys(deployment, arguments, keys)
    findings += check_keys(deployment, market_keys)
    findings += check_circuits(deployment, arguments)
    findings += check_wiring(web3, deployment, arguments)
    findings += [] if settings is None else check_settings(web3, deployment, settings)
    return DeploymentCheck(tuple(findings), market_keys)


def _created(web3: Web3, deployment: Deployment, name: str) -> tuple[Finding, tuple[Any, ...]]:
    """Compare the transaction that created a contract with the code that is compiled here; return its arguments."""
    address, transaction = getattr(deployment.addresses, name), deployment.transactions[name]
    what = f"{name}: {address} was created by the code of this version"
    try:
        with node_errors("the node"):
            receipt = web3.eth.get_transaction_receipt(HexBytes(transaction))
            sent = bytes(web3.eth.get_transaction(HexBytes(transaction))["input"])
            there = bool(web3.eth.get_code(web3.to_checksum_address(address)))
    except ChainError as error:
        return Finding(what, holds=False, found=str(error)), ()
    if receipt["status"] != 1 or receipt["contractAddress"] != address or not there:
        return Finding(what, holds=False, found="the transaction created another contract, or none"), ()
    compiled = our_contract(CLIENTS[name].SOURCE)
    if not sent.startswith(compiled.bytecode):
        return Finding(what, holds=False, found="other code"), ()
    arguments = creation_arguments(compiled, sent[len(compiled.bytecode) :])
    if arguments is None:
        return Finding(what, holds=False, found="malformed arguments"), ()
    return Finding(what, holds=True), arguments
