"""Pages of the contracts, from their NatSpec as the pinned solc parses it.

solc's ``devdoc`` joins all lines of a text and leaves structs out, so the places of the texts come from its
syntax tree.
"""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markdown_text import cell, linked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_INTRODUCTION = """# Contracts

The pages of the contracts are made from their NatSpec. A contract's documentation is in its interface.

"""
_KINDS = {
    "FunctionDefinition": "Functions",
    "VariableDeclaration": "Constants and variables",
    "EventDefinition": "Events",
    "ErrorDefinition": "Errors",
    "StructDefinition": "Structs",
    "EnumDefinition": "Enums",
}
_TAG = re.compile(r"^@(\w+)[ \t]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Contract:
    """A contract, an interface or a library: its file, its source and its node of the syntax tree."""

    path: str
    source: bytes
    node: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.node["name"])

    def declaration(self, node: dict[str, Any]) -> str:
        """Return a declaration as it is written, without its body."""
        start, length, _ = map(int, node["src"].split(":"))
        text = self.source[start : start + length].decode()
        if node["nodeType"] == "FunctionDefinition":
            text = text.partition("{")[0]
        lines = [line for line in text.splitlines() if not line.strip().startswith("//")]
        return (lines[0] + "\n" + textwrap.dedent("\n".join(lines[1:]))).strip().removesuffix(";") + ";"

    def tags(self, node: dict[str, Any]) -> dict[str, list[str]]:
        """Return the texts of the NatSpec comment of a declaration by their tags."""
        if not node.get("documentation"):
            return {}
        # The text in the syntax tree has lost its empty lines.
        start, length, _ = map(int, node["documentation"]["src"].split(":"))
        lines = self.source[start : start + length].decode().splitlines()
        text = "\n".join(line.strip().removeprefix("///").removeprefix(" ") for line in lines)
        first, *parts = _TAG.split(text)
        found: dict[str, list[str]] = {"notice": [linked(first.strip())]} if first.strip() else {}
        for tag, value in zip(parts[::2], parts[1::2], strict=True):
            found.setdefault(tag, []).append(linked(value.strip()))
        return found


def contract_pages(root: Path) -> dict[str, str]:
    """Return one page for each contract with its interface, for each library, and an index of them."""
    contracts = _parsed(root)
    pages = {}
    rows: dict[str, str] = {"contract": "", "interface": "", "library": ""}
    for name, contract in sorted(contracts.items()):
        if name.startswith("I") and name[1:] in contracts:
            continue
        parts = [one for one in (contracts.get(f"I{name}"), contract) if one is not None]
        pages[name] = _page(parts)
        title = cell(parts[0].tags(parts[0].node).get("title", [""])[0])
        rows[contract.node["contractKind"]] += f"| [`{name}`]({name}.md) | {title} |\n"
    titles = {"contract": "Contracts", "interface": "Interfaces of other contracts", "library": "Libraries"}
    index = "\n".join(
        f"## {title}\n\n| Name | |\n|---|---|\n{rows[kind]}" for kind, title in titles.items() if rows[kind]
    )
    return {"index": _INTRODUCTION + index, **pages}


def _parsed(root: Path) -> dict[str, _Contract]:
    folder = root / "verifier_contracts" / "src"
    sources = {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.sol")}
    request = {
        "language": "Solidity",
        "sources": {name: {"content": source} for name, source in sorted(sources.items())},
        "settings": {"stopAfter": "parsing", "outputSelection": {"*": {"": ["ast"]}}},
    }
    done = subprocess.run(  # noqa: S603 - a fixed list, no shell
        ["node", str(root / "verifier_contracts" / "tools" / "solc.cjs"), "--standard-json"],  # noqa: S607
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    answer = json.loads(done.stdout[done.stdout.index("{") :])
    if errors := [one["formattedMessage"] for one in answer.get("errors", []) if one["severity"] == "error"]:
        raise SystemExit("solc refused the contracts:\n" + "\n".join(errors))
    return {
        node["name"]: _Contract(name, sources[name].encode(), node)
        for name, unit in answer["sources"].items()
        for node in unit["ast"]["nodes"]
        if node["nodeType"] == "ContractDefinition"
    }


def _page(parts: list[_Contract]) -> str:
    """Return the page of a contract: what its interface documents, then what it documents itself."""
    first, last = parts[0], parts[-1]
    text = f"# `{last.name}`\n\n"
    for part, shown in ((first, ("title", "notice", "dev")), (last, ("dev",) if last is not first else ())):
        text += _texts(part.tags(part.node), shown)
    links = ", ".join(f"[{part.path}](../../../{part.path})" for part in parts)
    text += f"Source: {links}\n"
    for kind, title in _KINDS.items():
        members = [
            (first, one) for one in first.node["nodes"] if one["nodeType"] == kind and _is_shown(one, first)
        ]
        if last is not first:
            members += [
                (last, one)
                for one in last.node["nodes"]
                if one["nodeType"] == kind
                and one.get("documentation")
                and last.tags(one).keys() != {"inheritdoc"}
            ]
        if members:
            text += f"\n## {title}\n\n" + "\n".join(_member(*member) for member in members)
    return text


def _is_shown(node: dict[str, Any], contract: _Contract) -> bool:
    return contract.node["contractKind"] == "interface" or bool(node.get("documentation"))


def _member(contract: _Contract, node: dict[str, Any]) -> str:
    tags = contract.tags(node)
    name = node["name"] or node.get("kind", "")
    text = f"### `{name}`\n\n```solidity\n{contract.declaration(node)}\n```\n\n"
    text += _texts(tags, ("notice", "dev"))
    text += _named("Parameter" if "parameters" in node else "Member", tags.get("param", []))
    returned = tags.get("return", [])
    names = [one["name"] for one in node.get("returnParameters", {}).get("parameters", [])]
    if len(returned) == 1 and not names[0]:
        return text + f"Returns: {linked(' '.join(returned[0].split()))}\n\n"
    return text + _named("Returns", returned)


def _texts(tags: dict[str, list[str]], wanted: Iterable[str]) -> str:
    return "".join(f"{value}\n\n" for tag in wanted for value in tags.get(tag, []))


def _named(title: str, values: Iterable[str]) -> str:
    rows = ""
    for value in values:
        name, _, meaning = value.partition(" ")
        rows += f"| `{name}` | {cell(meaning)} |\n"
    return f"| {title} | |\n|---|---|\n{rows}\n" if rows else ""
