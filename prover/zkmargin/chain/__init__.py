"""Chains: compile Solidity, run a local node, connect to nodes, deploy and call the Groth16 verifier.

Needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names that are not exported are internal.
"""

from __future__ import annotations

from zkmargin.errors import ToolchainError

from .anvil import run_anvil
from .export import export_verifier
from .solidity import CompiledContract, compile_contract

try:
    from .node import connect
    from .verifier import Groth16Verifier, calldata, deploy_verifier
except ModuleNotFoundError as error:
    raise ToolchainError(f"{error.name} is missing: pip install 'zkmargin[chain]'") from error

__all__ = [
    "CompiledContract",
    "Groth16Verifier",
    "calldata",
    "compile_contract",
    "connect",
    "deploy_verifier",
    "export_verifier",
    "run_anvil",
]
