"""The values of venue data, their file, and the assignment of indices."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.documents.fields import Field, decimal_text
from zkmargin.errors import InputError
from zkmargin.spec.constants import INSTRUMENTS
from zkmargin.venue_data import Estimate, Exclusion, Future, Option, Perpetual, Right, Underlying, VenueData
from zkmargin.venue_data.listing import assign_indices

NOW = 1_700_000_000

OPTION = Option(
    "ETH-2300-C", 2, Decimal("0.01"), NOW + 1, Decimal(2300), Right.CALL, Decimal("2210.5"), Decimal("1.5"),
    Decimal("0.7"), Decimal("1.4"), Decimal("1.6"),
)  # fmt: skip
FUTURE = Future("ETH-F", 1, Decimal("0.01"), NOW + 9, Decimal("2210.5"))
PERPETUAL = Perpetual("ETH-PERPETUAL", 0, Decimal("0.01"), Decimal(2200), bid=Decimal("2199.5"))
ETH = Underlying("ETH", Decimal("2199.99"), 5, (PERPETUAL, FUTURE, OPTION))
VENUE_DATA = VenueData(
    NOW,
    "USD",
    (ETH,),
    (Exclusion("ETH-9-C", "no mark", "ETH", 3, NOW + 7), Exclusion("X", "not an option")),
    (Estimate("ETH-2300-C", "no mark: volatility of another option"),),
)


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    VENUE_DATA.save(tmp_path / "venue.json")
    return json.loads((tmp_path / "venue.json").read_text())


def _load(folder: Path, document: Any) -> VenueData:
    path = folder / "changed.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return VenueData.load(path)


def test_venue_data_survive_their_file(tmp_path, document):
    assert VenueData.load(tmp_path / "venue.json") == VENUE_DATA
    VENUE_DATA.save(str(tmp_path / "again.json"))
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "venue.json").read_bytes()


def test_numbers_in_the_file_are_decimal_strings(document):
    def leaves(value: Any) -> list[Any]:
        if isinstance(value, dict | list):
            items = value.values() if isinstance(value, dict) else value
            return [leaf for item in items for leaf in leaves(item)]
        return [value]

    assert all(isinstance(leaf, str) for leaf in leaves(document))


def test_ids():
    other = replace(ETH, name="SOL", instruments=(replace(PERPETUAL, name="SOL-P", index=4095),))
    ids = [
        (number, one.name) for number, _, one in replace(VENUE_DATA, underlyings=(ETH, other)).instruments()
    ]
    assert ids == [(0, "ETH-PERPETUAL"), (1, "ETH-F"), (2, "ETH-2300-C"), (8191, "SOL-P")]


def test_marks_outside_of_bid_and_ask():
    assert VENUE_DATA.marks_outside() == []
    low, high = replace(PERPETUAL, bid=Decimal(2201)), replace(OPTION, mark=Decimal("1.61"))
    found = replace(VENUE_DATA, underlyings=(replace(ETH, instruments=(low, FUTURE, high)),))
    assert found.marks_outside() == [low, high]


def test_values_are_frozen():
    with pytest.raises(FrozenInstanceError):
        OPTION.strike = Decimal(1)  # type: ignore[misc]


PLACES = ["underlyings", 0, "instruments", 2]


@pytest.mark.parametrize(
    ("place", "value", "key", "reason"),
    [
        (["format"], "zkmargin-venue-data/2", "format", "expected 'zkmargin-venue-data/1'"),
        (["time"], 1700000000, "time", "an integer as a decimal string"),
        (["time"], "0", "time", "must be from 1"),
        (["time"], "01", "time", "an integer as a decimal string"),
        (["time"], " 1", "time", "an integer as a decimal string"),
        (["time"], "1_0", "time", "an integer as a decimal string"),
        (["time"], "\u0661", "time", "an integer as a decimal string"),
        (["quote"], "", "quote", "expected a name"),
        (["underlyings"], [], "underlyings", "expected 1 to 8 underlyings"),
        (["underlyings"], {}, "underlyings", "expected a list"),
        (["underlyings", 0, "price"], "0", "underlyings[0].price", "must be positive"),
        (["underlyings", 0, "price"], "1e3", "underlyings[0].price", "a number as a decimal string"),
        (["underlyings", 0, "price"], "NaN", "underlyings[0].price", "a number as a decimal string"),
        (["underlyings", 0, "price"], "+1", "underlyings[0].price", "a number as a decimal string"),
        (["underlyings", 0, "price"], ".5", "underlyings[0].price", "a number as a decimal string"),
        (["underlyings", 0, "price"], "1" * 31, "underlyings[0].price", "a number as a decimal string"),
        (["underlyings", 0, "name"], "E TH", "underlyings[0].name", "expected a name"),
        (["underlyings", 0, "nextIndex"], "4096", "underlyings[0].nextIndex", "must be from 0 to 4095"),
        ([*PLACES, "kind"], "swap", "underlyings[0].instruments[2].kind", "expected the kind"),
        ([*PLACES, "kind"], ["option"], "underlyings[0].instruments[2].kind", "expected the kind"),
        ([*PLACES, "kind"], "future", "underlyings[0].instruments[2].strike", "unknown key"),
        ([*PLACES, "right"], "straddle", "underlyings[0].instruments[2].right", "call"),
        ([*PLACES, "index"], "4096", "underlyings[0].instruments[2].index", "must be from 0 to 4095"),
        ([*PLACES, "index"], "1", "underlyings[0].instruments", "must ascend"),
        ([*PLACES, "lot"], "0", "underlyings[0].instruments[2].lot", "must be positive"),
        ([*PLACES, "lot"], 0.01, "underlyings[0].instruments[2].lot", "must be integers"),
        ([*PLACES, "strike"], "-1", "underlyings[0].instruments[2].strike", "must be positive"),
        ([*PLACES, "forward"], "0", "underlyings[0].instruments[2].forward", "must be positive"),
        ([*PLACES, "mark"], "-0.1", "underlyings[0].instruments[2].mark", "negative"),
        ([*PLACES, "bid"], "0", "underlyings[0].instruments[2].bid", "must be positive, or absent"),
        ([*PLACES, "ask"], "-1", "underlyings[0].instruments[2].ask", "must be positive, or absent"),
        ([*PLACES, "ask"], "1.3", "underlyings[0].instruments[2].bid", "must not be above the ask"),
        ([*PLACES, "bid"], 1, "underlyings[0].instruments[2].bid", "a number as a decimal"),
        ([*PLACES, "volatility"], "0", "underlyings[0].instruments[2].volatility", "must be positive"),
        (
            [*PLACES, "expiry"],
            str(NOW),
            "underlyings[0].instruments[2].expiry",
            "must be after the time of the venue data",
        ),
        ([*PLACES, "name"], "ETH-F", "underlyings", "duplicate name"),
        ([*PLACES, "name"], "x" * 65, "underlyings[0].instruments[2].name", "expected a name"),
        ([*PLACES, "colour"], "red", "underlyings[0].instruments[2].colour", "unknown key"),
        (["exclusions", 0, "index"], "-1", "exclusions[0].index", "must be from 0"),
        (["exclusions", 0, "reason"], None, "exclusions[0].reason", "expected text"),
        (["exclusions", 0, "reason"], "no mark\x1b[2J", "exclusions[0].reason", "expected text of 1 to 200"),
        (["exclusions", 0, "name"], "X\nerror: none", "exclusions[0].name", "expected text of 1 to 200"),
        (["exclusions", 0, "name"], "", "exclusions[0].name", "expected text of 1 to 200"),
        (["exclusions", 0, "expiry"], "0", "exclusions[0].expiry", "must be from 1"),
        (["estimates"], {}, "estimates", "expected a list"),
        (["estimates", 0, "name"], "ETH-9-C", "estimates[0].name", "not an instrument of these venue data"),
        (["estimates", 0, "index"], "1", "estimates[0].index", "unknown key"),
        (["estimates", 0, "reason"], None, "estimates[0].reason", "expected text"),
        (["estimates", 0, "reason"], "\u202e", "estimates[0].reason", "expected text of 1 to 200"),
        (["colour"], "red", "colour", "unknown key"),
    ],
)
def test_a_broken_file_is_refused_with_its_key(tmp_path, document, *, place, value, key, reason):
    target = document
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    with pytest.raises(InputError, match=reason) as caught:
        _load(tmp_path, document)
    assert (caught.value.source, caught.value.key) == (str(tmp_path / "changed.json"), key)


@pytest.mark.parametrize("key", ["format", "time", "quote", "underlyings", "exclusions"])
def test_a_missing_member_is_refused(tmp_path, document, key):
    del document[key]
    with pytest.raises(InputError, match="missing") as caught:
        _load(tmp_path, document)
    assert caught.value.key == key


def test_venue_data_without_estimates_do_not_mention_them(tmp_path, document):
    del document["estimates"]
    without = _load(tmp_path, document)
    assert without == replace(VENUE_DATA, estimates=())
    without.save(tmp_path / "venue.json")
    assert "estimates" not in json.loads((tmp_path / "venue.json").read_text())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"time": "1", "time": "2"}', "duplicate key"),
        ("[]", "expected an object"),
        ("", "not JSON"),
        ("{", "not JSON"),
    ],
)
def test_other_files_are_refused(tmp_path, text, reason):
    with pytest.raises(InputError, match=reason):
        _load(tmp_path, text)


def test_a_quote_currency_must_be_a_name():
    with pytest.raises(InputError, match="quote: expected a name"):
        replace(VENUE_DATA, quote="")


def test_nine_underlyings_are_too_many():
    many = tuple(Underlying(f"U{number}", Decimal(1), 0, ()) for number in range(9))
    with pytest.raises(InputError, match="expected 1 to 8 underlyings"):
        VenueData(NOW, "USD", many)
    assert len(VenueData(NOW, "USD", many[:8]).underlyings) == 8


def test_new_instruments_are_numbered_in_order():
    assert assign_indices(["b", "a", "c"], {}, 0) == ({"b": 0, "a": 1, "c": 2}, 3)


def test_an_instrument_keeps_its_index_and_a_free_one_comes_back_last():
    indices, start = assign_indices(["a", "b", "c"], {}, 0)
    indices, start = assign_indices(["b", "c", "d"], indices, start)
    assert indices == {"b": 1, "c": 2, "d": 3}
    assert start == 4
    indices, start = assign_indices(["d", "e"], indices, INSTRUMENTS - 1)
    assert indices == {"d": 3, "e": INSTRUMENTS - 1}
    assert assign_indices(["d", "e", "f"], indices, start) == ({**indices, "f": 0}, 1)


def test_all_indices_can_be_used_but_not_more():
    names = [str(number) for number in range(INSTRUMENTS)]
    indices, start = assign_indices(names, {}, 17)
    assert sorted(indices.values()) == list(range(INSTRUMENTS))
    assert assign_indices(names, indices, start) == (indices, start)
    with pytest.raises(InputError, match="4097 instruments"):
        assign_indices([*names, "more"], indices, start)


NAMES = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(st.lists(st.tuples(NAMES, st.integers(0, 5)), min_size=1))
def test_listed_instruments_keep_their_indices(days):
    indices: dict[str, int] = {}
    for names, start in days:
        before = indices
        indices, _ = assign_indices(names, before, start)
        assert set(indices) == set(names)
        assert len(set(indices.values())) == len(names)
        assert all(indices[name] == before[name] for name in names if name in before)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**9), max_value=10**9))
def test_decimals_survive_their_text(number):
    text = decimal_text(number)
    assert Field(text, "x").decimal() == number
    assert "e" not in text.lower()
    assert decimal_text(Decimal(text)) == text


@given(st.integers(-(10**78), 10**78))
def test_integers_survive_their_text(number):
    assert Field(str(number), "x").integer(-(10**79), 10**79) == number if abs(number) < 10**78 else True


@pytest.mark.parametrize("text", ["", "-", "1.", "1,5", "0x1", "--1", "1/3 ", "1/0", "1/-3", "01/3", "inf"])
def test_malformed_fractions_are_refused(text):
    with pytest.raises(InputError):
        Field(text, "x").fraction()
