"""Solidity to bytecode with the pinned compiler."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, ToolchainError
from ..proving import tools

__all__ = ["CompiledContract", "compile_contract"]

_UNIT = "Contract.sol"
_TIMEOUT = 300.0

# Cancun is the newest instruction set that every chain of interest runs; the compiler's own default is newer.
_SETTINGS = {
    "evmVersion": "cancun",
    "optimizer": {"enabled": True, "runs": 200},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}},
}


@dataclass(frozen=True, slots=True)
class CompiledContract:
    """A contract that is ready to be deployed.

    Attributes
    ----------
    name : str
        Its name in the source.
    abi : list of dict
        Its interface, as the compiler describes it.
    bytecode : bytes
        What a deployment runs, without constructor arguments.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes


def compile_contract(source: str, name: str) -> CompiledContract:
    """Compile one self-contained Solidity source, with the optimizer on.

    Parameters
    ----------
    source : str
        The source. It imports nothing.
    name : str
        The contract to return.

    Returns
    -------
    CompiledContract
        Interface and bytecode.

    Raises
    ------
    ToolchainError
        If the compiler is missing or refuses the source; the message is the compiler's own.
    InputError
        If the source has no such contract, or it is abstract or needs a library.
    """
    output = _run_compiler(source)
    errors = [item["formattedMessage"] for item in output.get("errors", []) if item["severity"] == "error"]
    if errors:
        raise ToolchainError("solc refused the source:\n" + "\n".join(errors))
    try:
        contract = output["contracts"][_UNIT][name]
    except KeyError:
        raise InputError(f"the source has no contract {name}") from None
    bytecode = contract["evm"]["bytecode"]["object"]
    if not bytecode or "__$" in bytecode:
        raise InputError(f"the contract {name} cannot be deployed: it is abstract or needs a library linked")
    return CompiledContract(name, contract["abi"], bytes.fromhex(bytecode))


def _run_compiler(source: str) -> dict[str, Any]:
    request = {"language": "Solidity", "sources": {_UNIT: {"content": source}}, "settings": _SETTINGS}
    argv = [*tools.node_script("solc", "solc.js"), "--standard-json"]
    answer = tools.run(argv, cwd=Path.cwd(), stdin=json.dumps(request), timeout=_TIMEOUT).stdout
    # The emscripten build may write a line of its own before the answer.
    try:
        output: dict[str, Any] = json.loads(answer[answer.index("{") :])
    except ValueError as error:
        raise ToolchainError("solc answered something that is not JSON") from error
    return output
