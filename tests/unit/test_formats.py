"""The published JSON schemas against the readers, field by field.

Every value of a document that fits is replaced in turn. Schema and reader must both accept the result or both refuse
it. A schema cannot express agreement between fields, nor the range of a number beyond its digits.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from support.formats import BY_HAND, FORMATS
from support.json_schemas import Pattern, Place, Schema, replaced, schema_names
from zkmargin import InputError
from zkmargin.spec.constants import FIELD

_HASHES = re.compile(
    "the price less its haircut|the hash of model, collateral and listings|does not hash to signals.context"
    "|(rows do|snapshot does) not hash to it"
)
"""Reasons that a reader gives after it has accepted every value by itself."""

_AGREEMENT = re.compile(
    # Ranges that no pattern expresses; _bounds has the others.
    "248 random bits|an address"
    "|must be below 2.64 / 10.6|must be from 0 to 2.83 - 2 millionths|must be above 0 and at most 1"
    "|r is out of range|in the lower half|EIP-55|not in canonical form, expected '-?[0-9]+/[0-9]+"
    # Other values of the document.
    "|duplicate|must not be above the ask|must ascend|ascending slots|previous (tier|term)|within the last tier"
    "|after the time of the venue data|not an instrument of these venue data|underlying that does not exist"
    "|a range needs a move other than 0|a move must be above -100 %|expected (18|42) items, got (18|42)"
    "|a row without risk needs|nothing but a mark|not be after the time of the snapshot|from the expiry to the time"
    "|7 days after the instrument was settled|must be the delta less the mark|a whole number of micro-quote per lot"
    "|must be the index price"
    "|a scenario that the model does not have|more than the 16 of the layout"
    "|must not be before issuedAt|the highest must not be below the lowest"
    "|contradicts equity and requirement|its accountCommitment differs"
    "|the circuit .* has|no such circuit|not a point of the curve"
)
"""Reasons that a schema cannot express."""

_TEXTS = (
    *("", " ", "a b", " 1", "1 ", "é", "\uff11", "\x1b[0m"),
    *("x", "_x", "-x", "NaN", "range", "0", "-0", "0.0", "-0.0", "1", "-1", "+1", "01", "1.", "1_0", "1e3"),
    *(".5", "0.5", "0.50", "-0.5", "1.0", "1.5", "2", "0.0000001", "0.0000010", "10.0000000"),
    *("1/3", "-1/3", "2/4", "3/2", "0/1", "1/1", "1/0", "1/03"),
    *("1 range", "1/2 range", "0 range", "0.5 range"),
    *("x" * length for length in (64, 65, 200, 201)),
    *("1" + "0" * zeros for zeros in (18, 19, 29, 30, 47, 48, 77, 78)),
    *("-1" + "0" * zeros for zeros in (29, 30)),
    *("0." + "0" * zeros + "1" for zeros in (17, 18)),
    *("1" + "0" * zeros + "1/3" for zeros in (46, 47)),
    *("1/1" + "0" * zeros for zeros in (18, 19)),
    *("0x" + digit * count for digit in "aA" for count in (0, 39, 40, 41, 63, 64, 65)),
    *(digit * count for digit in "aA" for count in (63, 64, 65)),
    *("0x" + "1" * 128 + end for end in ("", "1a", "1b", "1c", "1d", "1B", "1b0")),
)
"""Among them the longest and the shortest of each pattern, and one character more or less."""


class Case:
    """A format: its schema, its reader, and documents that fit."""

    def __init__(self, name: str, patch: pytest.MonkeyPatch) -> None:
        self.schema, self.documents, self.places = _read(name)
        self._read = type(FORMATS[name][0]).from_content
        patch.setattr("zkmargin.documents.json_file.parse_json", lambda *_, **__: self._document)
        # Hashing is the slow part, and other tests compare the hashes.
        patch.setattr("zkmargin.snapshot.snapshot.hasher_of", lambda _: lambda inputs: sum(inputs) % FIELD)

    def refusal(self, document: Any) -> InputError | None:
        """Return why the reader refuses a document; None if it accepts all but the hashes."""
        self._document = document
        try:
            self._read(b"", "document.json")
        except InputError as error:
            return None if _HASHES.search(error.reason) else error
        return None

    def compare(self, document: Any, key: str) -> bool:
        """Return whether schema and reader accept a document that is changed at a key; fail if they differ."""
        accepted = self.schema.accepts(document)
        self.check(document, key, accepted=accepted)
        return accepted

    def check(self, document: Any, key: str, *, accepted: bool) -> None:
        refusal = self.refusal(document)
        if refusal is None:
            assert accepted, key
        elif not _AGREEMENT.search(refusal.reason):
            assert not accepted, (key, refusal)
            assert refusal.source == "document.json", (key, refusal)
            assert _is_in(refusal.key, key) or (refusal.key and _is_in(key, refusal.key)), (key, refusal)


@cache
def _read(name: str) -> tuple[Schema, list[Any], list[tuple[Any, Place]]]:
    """Return a schema, documents, and a place for each pattern: not an empty list if possible."""
    schema, documents = Schema(name), [*map(_document, FORMATS[name]), *BY_HAND.get(name, ())]
    found: dict[Pattern, tuple[Any, Place]] = {}
    for document in documents:
        for place in schema.places(document):
            if place.pattern not in found or not found[place.pattern][1].value:
                found[place.pattern] = document, place
    return schema, documents, list(found.values())


def _document(value: Any) -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "document.json"
        value.save(path)
        return json.loads(path.read_text())


@pytest.fixture(params=sorted(FORMATS))
def case(request, monkeypatch):
    return Case(request.param, monkeypatch)


def test_every_schema_is_compared():
    assert schema_names() == sorted(FORMATS)


def test_the_documents_have_every_field_of_the_schema(case):
    assert {place.pattern for _, place in case.places} == case.schema.patterns()
    for document in case.documents:
        assert case.schema.accepts(document)
        assert case.refusal(document) is None


def test_a_value_of_another_type_is_refused(case):
    for document, place in case.places:
        for wrong in (None, True, 1, [[]], {"x": "y"}):
            assert not case.compare(replaced(document, place.path, wrong), place.key), place.key


def test_an_object_of_another_place_is_accepted_or_refused_alike(case):
    objects = [(document, place) for document, place in case.places if isinstance(place.value, dict)]
    for document, place in objects:
        for _, other in objects:
            case.compare(replaced(document, place.path, other.value), place.key)


def test_schema_and_reader_accept_the_same_texts(case):
    seen: set[str] = set()
    for number, (document, place) in enumerate(case.places):
        if isinstance(place.value, str):
            # All texts at the first place of each kind, a quarter of them at the others.
            texts = _TEXTS[number % 4 :: 4] if str(place.schema) in seen else _TEXTS
            seen.add(str(place.schema))
            bounds = _bounds(case.refusal(replaced(document, place.path, "9" * 78)))
            for text in (*texts, *_about(*bounds)):
                changed = replaced(document, place.path, text)
                accepted = case.schema.accepts_at(place, text)
                if accepted and _bounds(case.refusal(changed)):
                    assert _has_digits(text, *bounds), (place.key, text)
                else:
                    case.check(changed, place.key, accepted=accepted)


def _is_in(key: str, other: str) -> bool:
    """Return whether a key path is another one, or leads on from it."""
    return not other or key == other or key.startswith((f"{other}.", f"{other}["))


def _bounds(refusal: InputError | None) -> tuple[int, ...]:
    """Return the range that the reader of an integer names, or nothing."""
    found = re.fullmatch(r"must be from (-?\d+) to (\d+)", refusal.reason) if refusal else None
    return tuple(map(int, found.groups())) if found else ()


def _about(*bounds: int) -> list[str]:
    if not bounds:
        return []
    low, high = bounds
    return [str(number) for number in (low - 1, low, high, high + 1, 10 ** len(str(high)))]


def _has_digits(text: str, low: int, high: int) -> bool:
    """Return whether an integer has the sign and at most the digits of those in a range."""
    return (low < 0 or int(text) >= low) and len(text.removeprefix("-")) <= len(str(high))


def test_unknown_members_are_refused(case):
    for document, place in case.places:
        if isinstance(place.value, dict) and place.schema["additionalProperties"] is False:
            assert not case.compare(replaced(document, (*place.path, "colour"), "red"), place.key)


def test_the_same_members_are_required(case):
    for document, place in case.places:
        if isinstance(place.value, dict):
            case.compare(replaced(document, place.path, {}), place.key)
            for key in place.value:
                without = {one: place.value[one] for one in place.value if one != key}
                accepted = case.compare(replaced(document, place.path, without), place.key)
                assert not (accepted and key in place.schema.get("required", ()))


def test_the_same_names_of_members_are_accepted(case):
    for document, place in case.places:
        if isinstance(place.value, dict) and place.schema["additionalProperties"] is not False:
            value = next(iter(place.value.values()))
            for name in _TEXTS:
                case.compare(replaced(document, (*place.path, name), value), place.key)


def test_lists_of_the_same_length_are_accepted(case):
    for document, place in case.places:
        if isinstance(place.value, list):
            for size in _sizes(place.schema):
                items = [_renamed(place.value[n % len(place.value)], n) for n in range(size)]
                case.compare(replaced(document, place.path, items), place.key)


def _sizes(schema: dict[str, Any]) -> set[int]:
    """Return 0 and the lengths about each limit of a list, without thousands; more than most if none is named."""
    limits = {
        one[key]
        for one in (schema, *schema.get("oneOf", ()))
        for key in ("minItems", "maxItems")
        if one.get(key, 1000) < 1000
    }
    return {0} | {limit + more for limit in limits or {150} for more in (-1, 0, 1)}


def _renamed(item: Any, number: int) -> Any:
    """Return an item with a name that no other item has."""
    names = {"name", "asset", "instrument"}
    if isinstance(item, dict):
        return {
            key: f"{value}{number}" if key in names else _renamed(value, number)
            for key, value in item.items()
        }
    return item
