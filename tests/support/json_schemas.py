"""The JSON schemas of `docs/formats`, walked together with documents that fit them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from support.circuits import ROOT

_FOLDER = ROOT / "docs" / "formats"
_ANY = "*"

Path = tuple[str | int, ...]
Pattern = tuple[str, ...]


def schema_names() -> list[str]:
    return sorted(path.name.removesuffix(".schema.json") for path in _FOLDER.glob("*.schema.json"))


class Place(NamedTuple):
    """A value of a document, with the part of the schema that it fits.

    `pattern` is the place in the schema: names of members, ``*`` for items, ``|0`` for the first alternative. It
    begins anew at each object that has a name in the schema.
    """

    pattern: Pattern
    path: Path
    schema: dict[str, Any]
    value: Any

    @property
    def key(self) -> str:
        """The key path in error messages."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return text.removeprefix(".")


class Schema:
    """A published schema."""

    def __init__(self, name: str) -> None:
        self._root = json.loads((_FOLDER / f"{name}.schema.json").read_text())
        Draft202012Validator.check_schema(self._root)
        self._validator = extend(Draft202012Validator, {"$ref": self._validate_reference})(self._root)
        self._accepted: dict[tuple[str, int], Any] = {}

    def _validate_reference(self, validator: Any, ref: str, value: Any, schema: Any) -> Iterator[Any]:
        """Validate by a named part of the schema, once: changed documents share most of their values."""
        key = ref, id(value)
        if key not in self._accepted:
            errors = list(Draft202012Validator.VALIDATORS["$ref"](validator, ref, value, schema))
            yield from errors
            if not errors:
                self._accepted[key] = value  # kept, so that no other value gets its id

    def accepts(self, document: Any) -> bool:
        return self._validator.is_valid(document)

    def accepts_at(self, place: Place, value: Any) -> bool:
        """Return whether a value fits in the place of another."""
        return self._validator.evolve(schema=place.schema).is_valid(value)

    def patterns(self) -> set[Pattern]:
        """Return every place in the schema."""
        found: set[Pattern] = set()
        self._collect((), self._root, found)
        return found

    def places(self, document: Any) -> Iterator[Place]:
        """Yield the place of every value of a document that fits."""
        return self._places(Place((), (), self._root, document))

    def _collect(self, at: Pattern, schema: dict[str, Any], found: set[Pattern]) -> None:
        for pattern, one in self._alternatives(at, schema):
            if pattern not in found:
                found.add(pattern)
                for key, inner in one.get("properties", {}).items():
                    self._collect((*pattern, key), inner, found)
                for inner in (one.get("items"), one.get("additionalProperties")):
                    if inner:
                        self._collect((*pattern, _ANY), inner, found)

    def _places(self, place: Place) -> Iterator[Place]:
        ((pattern, schema),) = (
            (pattern, one)
            for pattern, one in self._alternatives(place.pattern, place.schema)
            if self._validator.evolve(schema=one).is_valid(place.value)
        )
        yield place._replace(pattern=pattern, schema=schema)
        inner: list[tuple[str | int, str, dict[str, Any]]] = []
        if isinstance(place.value, list):
            inner = [(number, _ANY, schema["items"]) for number in range(len(place.value))]
        elif isinstance(place.value, dict):
            known, others = schema.get("properties", {}), schema["additionalProperties"]
            inner = [(key, key, known[key]) if key in known else (key, _ANY, others) for key in place.value]
        for step, name, one in inner:
            yield from self._places(Place((*pattern, name), (*place.path, step), one, place.value[step]))

    def _alternatives(self, at: Pattern, schema: dict[str, Any]) -> list[tuple[Pattern, dict[str, Any]]]:
        """Return the alternatives of a schema with their places; usually one."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            schema = self._root["$defs"][name]
            if schema.get("type") != "string":
                at = (f"#{name}",)
        if "oneOf" not in schema or "type" in schema:
            return [(at, schema)]
        return [
            found
            for number, one in enumerate(schema["oneOf"])
            for found in self._alternatives((*at, f"|{number}"), one)
        ]


def replaced(document: Any, path: Path, value: Any) -> Any:
    """Return a document with another value at a path."""
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = replaced(document[path[0]], path[1:], value) if path[1:] else value
    return copy
