"""Pages of the JSON schemas: every key of a file with its meaning, then the schema itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from markdown_text import cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INTRODUCTION = """# JSON schemas

One schema for each file that is written. [File formats](../../formats/README.md) has the rules that hold for
all of them.

| Schema | What the file is |
|---|---|
"""


def schema_pages(folder: Path) -> dict[str, str]:
    """Return one page for each schema, and an index of them."""
    pages = {}
    index = _INTRODUCTION
    for path in sorted(folder.glob("*.schema.json")):
        name = path.name.removesuffix(".schema.json")
        text = path.read_text(encoding="utf-8")
        schema = json.loads(text)
        index += f"| [{name}]({name}.md) | {cell(schema.get('description', schema['title']))} |\n"
        keys = "".join(
            f"| `{key}` | {kind} | {meaning} |\n" for key, kind, meaning in _keys(schema, schema, "")
        )
        pages[name] = (
            f"# {schema['title']}\n\n{schema.get('description', '')}\n\n"
            f"The schema as a file: [{path.name}](../../formats/{path.name}).\n\n"
            f"| Key | Type | Meaning |\n|---|---|---|\n{keys}"
        )
    return {"index": index, **pages}


def _keys(schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    """Return path, type and meaning of every key of an object, in the order of the schema."""
    for name, given in schema.get("properties", {}).items():
        note = "" if name in schema.get("required", []) else ", optional"
        yield from _value(given, root, f"{path}.{name}" if path else name, note)


def _value(
    given: dict[str, Any], root: dict[str, Any], path: str, note: str
) -> Iterator[tuple[str, str, str]]:
    """Return path, type and meaning of a value, and of the keys below it."""
    schema = _resolved(given, root)
    yield path, _type(given, schema) + note, cell(given.get("description", schema.get("description", "")))
    yield from _below(schema, root, path)


def _below(schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(schema.get("items"), dict):
        yield from _below(_resolved(schema["items"], root), root, f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _value(schema["additionalProperties"], root, f"{path}.NAME", "")
    for alternative in schema.get("oneOf", []):
        inner = _resolved(alternative, root)
        kind = inner.get("properties", {}).get("kind", {}).get("const")
        yield from _below(inner, root, f"{path}({kind})" if kind else path)
    yield from _keys(schema, root, path)


def _type(given: dict[str, Any], schema: dict[str, Any]) -> str:
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    name = given.get("$ref", "").rpartition("/")[2]
    kind = schema.get("type", "")
    return f"{kind} ({name})" if name and kind == "string" else kind or "one of several"


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    if not reference.startswith("#/"):
        return schema
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(found, root)
