"""Compile Solidity with the pinned compiler."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmargin import toolchain
from zkmargin.errors import InputError, ToolchainError

from .compiled_cache import keep, kept, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CompiledContract", "compile_contract", "compile_sources"]

_UNIT = "Contract.sol"
_TIMEOUT = 300.0
# Without V8's optimizing compiler, which takes longer than it saves in some seconds. V8 ignores an unknown flag.
_COMPILE = (
    "require('node:v8').setFlagsFromString('--liftoff-only');"
    "const solc = require(process.argv[1]);"
    "process.stdout.write(solc.compile(require('node:fs').readFileSync(0, 'utf8')));"
)

# Most chains run Cancun; the compiler's own default is newer.
_SETTINGS = {
    "evmVersion": "cancun",
    "optimizer": {"enabled": True, "runs": 200},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}},
}


@dataclass(frozen=True, slots=True)
class CompiledContract:
    """A contract ready to deploy.

    Attributes
    ----------
    name : str
        The name in the source.
    abi : list of dict
        The interface, as the compiler describes it.
    bytecode : bytes
        The creation code, without constructor arguments.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes


def compile_contract(source: str, name: str) -> CompiledContract:
    """Compile one self-contained Solidity source, with the optimizer on.

    Parameters
    ----------
    source : str
        The source, without imports.
    name : str
        The contract to return.

    Returns
    -------
    CompiledContract
        Interface and bytecode.

    Raises
    ------
    ToolchainError
        If the compiler is missing or rejects the source; the message is the compiler's own.
    InputError
        If the source has no such contract, or it is abstract or needs a library.
    """
    return compile_sources({_UNIT: source}, _UNIT, name)


def compile_sources(sources: Mapping[str, str], unit: str, name: str) -> CompiledContract:
    """Compile a contract whose source imports others, with the optimizer on.

    Parameters
    ----------
    sources : mapping of str to str
        The sources by path. They import only each other, by relative paths.
    unit : str
        The path of the source with the contract.
    name : str
        The contract to return.

    Returns
    -------
    CompiledContract
        Interface and bytecode.

    Raises
    ------
    ToolchainError
        If the compiler is missing or rejects a source; the message is the compiler's own.
    InputError
        If the source has no such contract, or it is abstract or needs a library.
    """
    request = _request(sources)
    place = name_of(request, toolchain.installed_version("solc"), f"{unit}:{name}")
    compiled = kept(place)
    if compiled is None:
        compiled = _compile(request, unit, name)
        keep(place, compiled)
    return CompiledContract(name, compiled["abi"], bytes.fromhex(compiled["bytecode"]))


def _compile(request: dict[str, Any], unit: str, name: str) -> dict[str, Any]:
    output = _run_compiler(request)
    errors = [item["formattedMessage"] for item in output.get("errors", []) if item["severity"] == "error"]
    if errors:
        raise ToolchainError("solc rejected the source:\n" + "\n".join(errors))
    try:
        contract = output["contracts"][unit][name]
    except KeyError:
        raise InputError(f"the source has no contract {name}") from None
    bytecode = contract["evm"]["bytecode"]["object"]
    if not bytecode or "__$" in bytecode:
        raise InputError(f"the contract {name} cannot be deployed: it is abstract or needs a library linked")
    return {"abi": contract["abi"], "bytecode": bytecode}


def _request(sources: Mapping[str, str]) -> dict[str, Any]:
    contents = {unit: {"content": source} for unit, source in sources.items()}
    return {"language": "Solidity", "sources": contents, "settings": _SETTINGS}


def _run_compiler(request: dict[str, Any]) -> dict[str, Any]:
    # solc.js's own command line exits before a long answer is through the pipe.
    node, script = toolchain.node_script("solc", "index.js")
    argv = [node, "-e", _COMPILE, script]
    answer = toolchain.run(argv, cwd=Path.cwd(), stdin=json.dumps(request), timeout=_TIMEOUT).stdout
    # The emscripten build may print a line before the answer.
    try:
        output: dict[str, Any] = json.loads(answer[answer.index("{") :])
    except ValueError as error:
        raise ToolchainError("solc did not answer with JSON") from error
    return output
