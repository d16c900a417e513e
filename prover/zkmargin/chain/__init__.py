"""Chains: compile Solidity, run a local node, connect to nodes, deploy and call the Groth16 verifier.

Needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names that are not exported are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .anvil import run_anvil
    from .export import export_verifier
    from .node import connect
    from .solidity import CompiledContract, compile_contract
    from .verifier import Groth16Verifier, calldata, deploy_verifier
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        anvil="run_anvil",
        export="export_verifier",
        node="connect",
        solidity="CompiledContract compile_contract",
        verifier="Groth16Verifier calldata deploy_verifier",
    )

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
