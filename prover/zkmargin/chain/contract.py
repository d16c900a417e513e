"""The project's contracts: sources, deployment, and custom errors as messages."""

from __future__ import annotations

import posixpath
import re
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmargin.errors import ChainError, ToolchainError
from zkmargin.ethereum import keccak
from zkmargin.exports import needs_extra
from zkmargin.toolchain import PINS, REMEDY, find_package, installed_version

from .node import node_errors
from .solidity import CompiledContract, compile_sources

with needs_extra("chain"):
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError
    from web3.exceptions import ContractCustomError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eth_typing import ChecksumAddress
    from web3 import Web3
    from web3.contract import Contract

__all__ = [
    "contract_errors",
    "contracts_folder",
    "create",
    "deploy",
    "our_contract",
    "sender_of",
    "with_imports",
]

_WHAT = "deployment of {}"
_LIBRARIES = ("@openzeppelin/contracts", "solady")
_IMPORT = re.compile(r'^import\b[^;]*?"([^"]+)"', re.MULTILINE)


def contracts_folder() -> Path:
    """Return the folder with the contracts' sources, in the installed package or in the checkout."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "solidity"
    return packaged if packaged.is_dir() else here.parents[3] / "verifier_contracts" / "src"


@cache
def our_contract(path: str) -> CompiledContract:
    """Compile a contract of this project with its imports, once per process.

    Parameters
    ----------
    path : str
        The source relative to `contracts_folder`, such as ``MarginVerifier.sol``.

    Raises
    ------
    ToolchainError
        If the compiler or a library is missing, or the compiler rejects the source.
    """
    return compile_sources(with_imports({path: _read_source(path)}), path, Path(path).stem)


def with_imports(sources: Mapping[str, str]) -> dict[str, str]:
    """Return sources together with everything that they import from this project and its libraries.

    Parameters
    ----------
    sources : mapping of str to str
        By path relative to `contracts_folder`; the files need not exist there.

    Raises
    ------
    ToolchainError
        If a library is missing.
    """
    complete: dict[str, str] = {}
    wanted = list(sources)
    while wanted:
        name = wanted.pop()
        if name not in complete:
            complete[name] = sources[name] if name in sources else _read_source(name)
            wanted += [_resolved(name, found) for found in _IMPORT.findall(complete[name])]
    return complete


def _resolved(importer: str, imported: str) -> str:
    """Return the path of an import, which is relative to the importer or in a library."""
    if not imported.startswith("."):
        return imported
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), imported))


def _read_source(name: str) -> str:
    for library in _LIBRARIES:
        if name.startswith(f"{library}/"):
            folder = find_package(library)
            if folder is None or installed_version(library) != PINS[library]:
                raise ToolchainError(f"{library} {PINS[library]} is not installed: {REMEDY}")
            return (folder / name.removeprefix(f"{library}/")).read_text(encoding="utf-8")
    return (contracts_folder() / name).read_text(encoding="utf-8")


def deploy(web3: Web3, compiled: CompiledContract, *arguments: Any) -> Contract:
    """Deploy a contract from the connection's account.

    Raises
    ------
    ChainError
        If the node is out of reach, has no account, or the deployment fails.
    """
    return web3.eth.contract(address=create(web3, compiled, *arguments)[0], abi=compiled.abi)


def create(web3: Web3, compiled: CompiledContract, *arguments: Any) -> tuple[ChecksumAddress, bytes]:
    """Deploy a contract and return its address; otherwise like `deploy`.

    Returns
    -------
    address : str
        The contract.
    transaction : bytes
        The hash of the creating transaction, 32 bytes.
    """
    what = _WHAT.format(compiled.name)
    with contract_errors(what, compiled.abi):
        factory = web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode)
        sent = factory.constructor(*arguments).transact({"from": sender_of(web3)})
        receipt = web3.eth.wait_for_transaction_receipt(sent)
    if receipt["status"] != 1 or receipt["contractAddress"] is None:
        raise ChainError(f"{what}: the transaction failed")
    return receipt["contractAddress"], bytes(receipt["transactionHash"])


def sender_of(web3: Web3) -> str:
    """Return the connection's default account, or the node's first unlocked account.

    Raises
    ------
    ChainError
        If there is no account.
    """
    if isinstance(web3.eth.default_account, str):
        return web3.eth.default_account
    with node_errors("the node's accounts"):
        accounts = web3.eth.accounts
    if not accounts:
        raise ChainError("neither the connection nor the node has an account to send from")
    return accounts[0]


@contextmanager
def contract_errors(what: str, abi: list[dict[str, Any]], called: Sequence[str] = ()) -> Iterator[None]:
    """Turn failures of a node or contract into `ChainError`, with the names and values of custom errors.

    Parameters
    ----------
    what : str
        The request; the start of the message.
    abi : list of dict
        The contract's interface.
    called : sequence of str
        The sources of contracts that it calls, whose errors it passes on; compiled only when needed.

    Raises
    ------
    ChainError
        If the block raises an error of web3 or of its HTTP client.
    """
    with node_errors(what):
        try:
            yield
        except ContractCustomError as error:
            text = _custom_error(error.data, abi)
            for source in called:
                text = text or _custom_error(error.data, our_contract(source).abi)
            if text is None:
                raise
            raise ChainError(f"{what}: reverted: {text}") from error


def _custom_error(data: object, abi: list[dict[str, Any]]) -> str | None:
    if not isinstance(data, str):
        return None
    raw = bytes.fromhex(data.removeprefix("0x"))
    for entry in abi:
        if entry["type"] != "error":
            continue
        kinds = [item["type"] for item in entry["inputs"]]
        if raw[:4] == keccak(f"{entry['name']}({','.join(kinds)})".encode())[:4]:
            names = [item["name"] for item in entry["inputs"]]
            return f"{entry['name']}({_values(names, kinds, raw[4:])})"
    return None


def _values(names: list[str], kinds: list[str], raw: bytes) -> str:
    try:
        values = decode(kinds, raw)
    except DecodingError:
        # The data of an error need not be well formed.
        return "?"
    return ", ".join(f"{name}={_value(value)}" for name, value in zip(names, values, strict=True))


def _value(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
