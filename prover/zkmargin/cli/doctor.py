"""``zkmargin doctor``."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmargin import __version__
from zkmargin.chain.anvil import native_binary
from zkmargin.errors import ToolchainError
from zkmargin.proving.backends.rapidsnark import RapidsnarkBackend
from zkmargin.toolchain import PINS, REMEDY, installed_version, node, run

from . import typed
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["doctor", "slow_keys_warning"]

_NODE_TOOLS = {
    "circom2": "compiles circuits",
    "snarkjs": "proves and verifies without the native core; builds keys from a published phase 1",
    "circomlib": "Poseidon and other circuit templates",
    "solc": "compiles the contracts",
    "@openzeppelin/contracts": "standard contracts: tokens, signatures, roles",
    "solady": "fixed-point mathematics for the contracts",
}
_FOUNDRY = {"anvil": "runs a local chain", "forge": "tests the Solidity contracts"}
_REQUIRED_NODE_TOOLS = ("circom2", "snarkjs", "circomlib")
_SLOW = (
    "without it, the keys of a circuit of 29 000 constraints take over 11 minutes instead of seconds, "
    "and a proof takes 2.7 s"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A program or package that zkmargin uses.

    Attributes
    ----------
    name : str
        Its name.
    found : str or None
        The installed version or location; None if it is missing.
    wanted : str or None
        The pinned version, if there is one.
    required : bool
        Whether proofs need it.
    use : str
        Its purpose.
    remedy : str
        How to install it, and the cost of its absence.
    """

    name: str
    found: str | None
    wanted: str | None
    required: bool
    use: str
    remedy: str

    @property
    def state(self) -> str:
        """One of ``ok``, ``missing``, ``other version``."""
        if self.found is None:
            return "missing"
        return "ok" if self.wanted in {None, self.found} else "other version"

    def to_json(self) -> dict[str, Any]:
        """Return an object for ``--json``."""
        return {
            "name": self.name,
            "state": self.state,
            "found": self.found,
            "wanted": self.wanted,
            "required": self.required,
            "use": self.use,
            "remedy": self.remedy if self.state != "ok" else "",
        }


def doctor(as_json: Json = False) -> None:
    """Show which programs and packages are installed, and which are missing.

    Each missing part is listed with its use and how to install it. Exit code 3 if a required part is missing.
    """
    parts = _examine()
    if as_json:
        print_json({"parts": [part.to_json() for part in parts]})
    else:
        _render(parts)
    if any(part.required and not part.found for part in parts):
        raise typed.Exit(3)


def _examine() -> list[_Part]:
    """Look for every part."""
    return [
        _Part("python", platform.python_version(), None, True, "runs zkmargin", ""),
        _Part(
            "node",
            _or_none(_node_version),
            None,
            True,
            "runs circom and snarkjs",
            "install Node.js 20 or newer",
        ),
        *(_node_tool(name, use) for name, use in _NODE_TOOLS.items()),
        *(_foundry_tool(name, use) for name, use in _FOUNDRY.items()),
        _native_core(),
        _Part(
            "AVX-512 IFMA",
            _vector_instructions(),
            None,
            False,
            "the native core's proofs in about half the time",
            "optional: a processor with these instructions, and ZKMARGIN_NO_IFMA not set",
        ),
        _wheel("wasmtime", "prove", "calculates witnesses in this process", required=True),
        _wheel("py-ecc", "prove", "verifies proofs without the native core, in about 0.5 s each"),
        _wheel("numpy", "risk", "reprices instruments"),
        _wheel("scipy", "risk", "prices options, and searches for the cheapest deposits and trades"),
        _wheel("web3", "chain", "connects to a chain, and signs"),
        _wheel("jinja2", "report", "writes the pages of reports and backtests"),
        _wheel("ccxt", "live", "fetches quotes from a venue"),
        _wheel("distributed", "cluster", "proves accounts on several machines"),
        _Part(
            "rapidsnark",
            RapidsnarkBackend().program(),
            None,
            False,
            "another fast prover",
            "optional: put it on the PATH, or set ZKMARGIN_RAPIDSNARK to its location",
        ),
    ]


def _render(parts: list[_Part]) -> None:
    """Write a table, and how to install each part that is missing or has another version."""
    rows = []
    for part in parts:
        wanted = f" (wanted: {part.wanted})" if part.state == "other version" else ""
        rows.append((part.name, part.state, f"{part.found or '-'}{wanted}"))
    print_table(rows, headings=("part", "state", "found"))
    for part in parts:
        if part.state != "ok":
            print_line(f"\n{part.name}: {part.use}\n  {part.remedy}")


def slow_keys_warning() -> None:
    """Warn on standard error if building keys will take long."""
    if _package_version("zkmargin-native") is None:
        sys.stderr.write(f"the native core (zkmargin-native) is not installed: {_SLOW}\n")


def _node_tool(name: str, use: str) -> _Part:
    return _Part(name, installed_version(name), PINS[name], name in _REQUIRED_NODE_TOOLS, use, REMEDY)


def _foundry_tool(name: str, use: str) -> _Part:
    found = _or_none(lambda: run([native_binary(name), "--version"], cwd=Path.cwd(), timeout=20).stdout)
    number = re.search(r"\d+\.\d+\.\d+", found or "")
    return _Part(name, number[0] if number else None, PINS[name], False, use, REMEDY)


def _native_core() -> _Part:
    return _Part(
        "zkmargin-native",
        _package_version("zkmargin-native"),
        __version__,
        False,
        "fast keys, proofs and hashes",
        f"pip install zkmargin-native, or `make setup` in a checkout with Rust; {_SLOW}",
    )


def _vector_instructions() -> str | None:
    try:
        import zkmargin_native  # noqa: PLC0415  # optional
    except ImportError:
        return None
    return "used" if zkmargin_native.USES_IFMA else None


def _wheel(name: str, extra: str, use: str, *, required: bool = False) -> _Part:
    return _Part(name, _package_version(name), None, required, use, f"pip install 'zkmargin[{extra}]'")


def _package_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _node_version() -> str:
    return run([node(), "--version"], cwd=Path.cwd(), timeout=20).stdout.strip().removeprefix("v")


def _or_none(find: Callable[[], str]) -> str | None:
    try:
        return find()
    except ToolchainError:
        return None
