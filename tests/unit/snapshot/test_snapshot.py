"""Snapshots: the root, the file, and refusals of changed files."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.circuits import ROOT
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.risk import CollateralAsset, load_model
from zkmargin.snapshot.snapshot import Snapshot, parameters_hash
from zkmargin.spec.constants import FIELD
from zkmargin.spec.poseidon import poseidon
from zkmargin.spec.table import leaf
from zkmargin.spec.tree import is_path
from zkmargin.venue_data import Exclusion, Future, Option, Perpetual, Right, Underlying, VenueData
from zkmargin.venues import import_deribit

NOW = 1_704_712_781
ETH = Underlying(
    "ETH",
    Decimal("2222.19"),
    3,
    (
        Perpetual("ETH-PERPETUAL", 0, Decimal("0.01"), Decimal("2222.9")),
        Future("ETH-26JAN24", 1, Decimal("0.01"), 1_706_256_000, Decimal("2241.65")),
    ),
)
VENUE_DATA = VenueData(NOW, "USD", (ETH,), (Exclusion("ETH-26JAN24-9-C", "no mark", "ETH", 2),))
SPAN = load_model("span")
SNAPSHOT = Snapshot.build(VENUE_DATA, SPAN)


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    SNAPSHOT.save(tmp_path / "snapshot.json")
    return json.loads((tmp_path / "snapshot.json").read_text())


def _load(folder: Path, document: Any) -> Snapshot:
    path = folder / "changed.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return Snapshot.load(path)


def test_the_root_follows_the_statement():
    spec = SNAPSHOT.spec
    prices = poseidon(spec.prices)
    assert SNAPSHOT.root == poseidon((spec.table.tree.root, prices, spec.params_hash, NOW))
    for listing in SNAPSHOT.parts.listings:
        row = SNAPSHOT.row(listing.id)
        children = [spec.table.tree.children(level + 1, listing.id // 8 ** (level + 1)) for level in range(5)]
        assert is_path(leaf(row), listing.id, children, spec.table.tree.root)


def test_the_root_depends_on_every_part():
    parts = SNAPSHOT.parts
    row = parts.rows[0]
    changed = [
        replace(parts, timestamp=NOW + 1),
        replace(parts, rows={**parts.rows, 0: replace(row, add_on=row.add_on + 1)}),
        replace(parts, rows={**parts.rows, 0: replace(row, short_floor=1)}),
        replace(parts, rows={**parts.rows, 0: replace(row, slots=(row.slots[0] + 1, *row.slots[1:]))}),
        replace(parts, model=replace(SPAN, initial_bps=12_501)),
        replace(parts, prices=(Decimal("0.99"), *parts.prices[1:])),
        replace(
            parts, collateral=(replace(parts.collateral[0], haircut=Decimal("0.14")), *parts.collateral[1:])
        ),
        replace(parts, listings=parts.listings[:1], rows={0: row}),
    ]
    roots = {Snapshot.commit(one).root for one in [parts, *changed]}
    assert len(roots) == 1 + len(changed)
    assert SNAPSHOT.root in roots


def test_haircut_prices_are_rounded_down_in_the_order_of_the_assets():
    # ETH: 2222.19 less 18 % is 1822.1958; BTC and SOL have no price in these venue data.
    assert SNAPSHOT.spec.prices == (870_000, 0, 1_822_195_800, 0, 0, 0, 0, 0)
    odd = (CollateralAsset("X", Decimal("0.5"), Decimal("0.000003")),)
    assert Snapshot.build(VENUE_DATA, SPAN, collateral=odd).spec.prices[0] == 1


def test_an_asset_without_a_price_is_reported():
    reported = [one.name for one in SNAPSHOT.parts.exclusions if "counts for nothing" in one.reason]
    assert reported == ["BTC", "SOL"]
    assert Exclusion("ETH-26JAN24-9-C", "no mark", "ETH", 2) in SNAPSHOT.parts.exclusions


def test_the_hash_of_the_parameters_is_as_documented():
    option = {"short": [{"index": "0.03"}], "add_on": []}
    linear = {"short": [], "add_on": []}
    ranges = {
        "price_scan_range": "0.25",
        "volatility_scan_range": "0.25",
        "volatility_scan_range_down": "0.25",
        "volatility_scan_minimum": "0.1",
        "volatility_floor": "0",
        "volatility_term_powers": ["0.3", "0"],
        "charges": {"call": option, "put": option, "future": linear, "perpetual": linear},
    }
    scenarios = [
        *(
            [price, volatility, "1"]
            for price in ("0", "1/3", "-1/3", "2/3", "-2/3", "1", "-1")
            for volatility in "+-"
        ),
        *(["3", "0", "33/100"], ["-3", "0", "33/100"]),
    ]
    text = json.dumps(
        {
            "format": "zkmargin-parameters/2",
            "layout": "standard",
            "model": {
                "name": "span",
                "look_ahead_days": "1",
                "initial_bps": "12500",
                "scenarios": [
                    {"price": price, "volatility": {"+": "1", "-": "-1"}.get(move, move), "cover": cover}
                    for price, move, cover in scenarios
                ],
                "default": ranges,
                "underlyings": {
                    "BTC": ranges | {"price_scan_range": "0.16"},
                    "ETH": ranges | {"price_scan_range": "0.18"},
                },
            },
            "collateral": [
                {"asset": "USDC", "haircut": "0", "peg": "1", "peg_loss": "0.13"},
                {"asset": "BTC", "haircut": "0.16"},
                {"asset": "ETH", "haircut": "0.18"},
                {"asset": "SOL", "haircut": "0.25"},
            ],
            "quote": "USD",
            "underlyings": ["ETH"],
            "listings": [["0", "ETH-PERPETUAL", "0.01"], ["1", "ETH-26JAN24", "0.01"]],
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert parameters_hash(SNAPSHOT.parts) == SNAPSHOT.spec.params_hash == int(digest[:62], 16) < FIELD


def test_native_and_python_hash_alike(monkeypatch):
    assert fast_hasher() is not poseidon
    monkeypatch.setitem(sys.modules, "zkmargin_native", None)
    assert fast_hasher() is poseidon
    assert Snapshot.build(VENUE_DATA, SPAN).root == SNAPSHOT.root


def test_rows_are_found_by_name_and_by_id():
    assert SNAPSHOT.listing("ETH-26JAN24") == SNAPSHOT.listing(1)
    assert SNAPSHOT.row("ETH-26JAN24") == SNAPSHOT.spec.table.rows[1]
    with pytest.raises(InputError, match="the snapshot excludes ETH-26JAN24-9-C: no mark"):
        SNAPSHOT.listing("ETH-26JAN24-9-C")
    for unknown in ("ETH", 2, -1, 4096, "1"):
        with pytest.raises(InputError, match=f"^no instrument {unknown} in the snapshot$"):
            SNAPSHOT.row(unknown)
    with pytest.raises(InputError, match=r"snapshot; did you mean ETH-PERPETUAL\?"):
        SNAPSHOT.listing("ETH-PERPETUL")


def test_snapshots_are_frozen():
    with pytest.raises(FrozenInstanceError):
        SNAPSHOT.root = 1  # type: ignore[misc]


def test_a_snapshot_survives_its_file(tmp_path, document):
    assert Snapshot.load(str(tmp_path / "snapshot.json")) == SNAPSHOT
    Snapshot.load(tmp_path / "snapshot.json").save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "snapshot.json").read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_custom_model_survives_the_file(tmp_path):
    model = replace(SPAN, name="own", underlyings=MappingProxyType({}), look_ahead_days=Decimal("2.50"))
    own = Snapshot.build(VENUE_DATA, model, collateral=())
    own.save(tmp_path / "own.json")
    assert Snapshot.load(tmp_path / "own.json") == own


ROW = ["rows", 0]


@pytest.mark.parametrize(
    ("place", "value", "key", "reason"),
    [
        (["format"], "zkmargin-snapshot/1", "format", "expected 'zkmargin-snapshot/2'"),
        (["layout"], "wide", "rows[0].slots", "expected 42 items, got 18"),
        (["layout"], "narrow", "layout", "expected one of standard, wide"),
        (["root"], "1", "root", "the snapshot does not hash to it"),
        (["root"], str(FIELD), "root", "must be from 0"),
        (["tableRoot"], "1", "tableRoot", "the rows do not hash to it"),
        (["paramsHash"], "1", "paramsHash", "must be the hash of model, collateral and listings"),
        (["timestamp"], "1", "root", "the snapshot does not hash to it"),
        (["timestamp"], 1, "timestamp", "an integer as a decimal string"),
        (["timestamp"], str(2**64), "timestamp", "must be from 1"),
        (["quote"], 1, "quote", "expected a name"),
        (["quote"], "EUR", "paramsHash", "must be the hash"),
        (["underlyings"], [{"name": "BTC", "price": "1"}], "paramsHash", "must be the hash"),
        (["underlyings", 0, "price"], "0", "underlyings[0].price", "must be positive"),
        (["underlyings"], [], "rows", "id of an underlying that does not exist"),
        (["underlyings"], [{"name": "ETH", "price": "1"}] * 2, "underlyings", "duplicate name"),
        (["underlyings"], [{"name": f"U{n}", "price": "1"} for n in range(9)], "underlyings", "more than 8"),
        (["model", "initial_bps"], "12501", "paramsHash", "must be the hash"),
        (["model", "default", "price_scan_range"], "0.3", "paramsHash", "must be the hash"),
        (["model", "default", "price_scan_range"], "1e9", "model.default.price_scan_range", "as a decimal"),
        (["model", "scenarios"], [], "rows", "a scenario that the model does not have"),
        (["collateral", 0, "definition", "haircut"], "0.14", "collateral[0].haircutPrice", "rounded down"),
        (
            ["collateral", 0, "definition", "haircut"],
            "2",
            "collateral[0].definition.haircut",
            "must be from 0 to 1",
        ),
        (["collateral", 0, "price"], "2", "collateral[0].haircutPrice", "rounded down"),
        (["collateral", 0, "price"], "0", "collateral[0].price", "must be positive"),
        (["collateral", 0, "haircutPrice"], "870001", "collateral[0].haircutPrice", "rounded down"),
        (["collateral", 0, "haircutPrice"], "-1", "collateral[0].haircutPrice", "must be from 0"),
        (["collateral", 1, "price"], "9", "collateral[1].haircutPrice", "rounded down"),
        ([*ROW, "id"], "1", "rows", "ids must ascend"),
        ([*ROW, "id"], "32768", "rows[0].id", "must be from 0 to 32767"),
        ([*ROW, "name"], "ETH-26JAN24", "rows", "duplicate name"),
        ([*ROW, "name"], "ETH-29MAR24", "paramsHash", "must be the hash"),
        ([*ROW, "lot"], "0.1", "paramsHash", "must be the hash"),
        ([*ROW, "lot"], "0", "rows[0].lot", "must be positive"),
        ([*ROW, "addOn"], "2", "tableRoot", "the rows do not hash to it"),
        ([*ROW, "addOn"], "-1", "rows[0].addOn", "must be from 0"),
        ([*ROW, "shortFloor"], "1", "tableRoot", "the rows do not hash to it"),
        ([*ROW, "shortFloor"], str(2**44), "rows[0].shortFloor", "must be from 0"),
        ([*ROW, "slots", 3], "0", "tableRoot", "the rows do not hash to it"),
        ([*ROW, "slots", 3], "-0", "rows[0].slots[3]", "as a decimal string"),
        ([*ROW, "slots", 3], "00", "rows[0].slots[3]", "as a decimal string"),
        ([*ROW, "slots", 3], "1.0", "rows[0].slots[3]", "as a decimal string"),
        ([*ROW, "slots", 3], 1, "rows[0].slots[3]", "as a decimal string"),
        ([*ROW, "slots", 3], str(2**44), "rows[0].slots[3]", "must be from"),
        ([*ROW, "slots", 3], str(-(2**44)), "rows[0].slots[3]", "must be from"),
        ([*ROW, "slots"], ["0"] * 17, "rows[0].slots", "expected 18 items, got 17"),
        ([*ROW, "colour"], "red", "rows[0].colour", "unknown key"),
        (["rows"], [], "paramsHash", "must be the hash"),
        (["colour"], "red", "colour", "unknown key"),
    ],
)
def test_a_changed_file_is_refused_with_its_key(tmp_path, document, *, place, value, key, reason):
    target = document
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    with pytest.raises(InputError, match=reason) as caught:
        _load(tmp_path, document)
    assert (caught.value.source, caught.value.key) == (str(tmp_path / "changed.json"), key)


def test_swapped_rows_are_refused(tmp_path, document):
    first, second = document["rows"]
    first["slots"], second["slots"] = second["slots"], first["slots"]
    with pytest.raises(InputError, match="the rows do not hash to it"):
        _load(tmp_path, document)


def test_swapped_names_are_refused(tmp_path, document):
    first, second = document["rows"]
    first["name"], second["name"] = second["name"], first["name"]
    with pytest.raises(InputError, match="must be the hash of model, collateral and listings"):
        _load(tmp_path, document)


@pytest.mark.parametrize("key", ["root", "rows", "model", "exclusions", "collateral", "quote"])
def test_a_missing_member_is_refused(tmp_path, document, key):
    del document[key]
    with pytest.raises(InputError, match="missing") as caught:
        _load(tmp_path, document)
    assert caught.value.key == key


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '{"root": "1", "root": "1"}', '{"root": 1.5}', '{"root": NaN}']
)
def test_files_that_are_no_snapshot_are_refused(tmp_path, text):
    with pytest.raises(InputError):
        _load(tmp_path, text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_truncated_or_changed_byte_passes_for_another_snapshot(tmp_path, data):
    path = tmp_path / "snapshot.json"
    SNAPSHOT.save(path)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] = data.draw(st.integers(0, 255))
    else:
        del content[place:]
    path.write_bytes(content)
    try:
        loaded = Snapshot.load(path)
    except InputError:
        return
    assert loaded == replace(SNAPSHOT, parts=replace(SNAPSHOT.parts, exclusions=loaded.parts.exclusions))


def test_parts_that_do_not_fit_each_other_are_refused():
    parts = SNAPSHOT.parts
    wrong = [
        (replace(parts, listings=parts.listings[:1]), "expected one row for each listing"),
        (replace(parts, prices=parts.prices[:1]), "expected one price for each asset"),
        (replace(parts, collateral=parts.collateral * 3, prices=parts.prices * 3), "more than 8 assets"),
        (replace(parts, timestamp=2**64), "must be from 0 to 2^64"),
        (replace(parts, prices=(Decimal(10) ** 20, *parts.prices[1:])), "must be below 2^64 / 10^6"),
    ]
    for one, reason in wrong:
        with pytest.raises(InputError, match=reason.replace("^", r"\^")):
            Snapshot.commit(one)


def test_a_short_call_spread_is_a_row_combination(tmp_path):
    """From the venue's file to the requirement: scenario losses of a portfolio are sums over rows."""
    chain = ROOT / "examples" / "chain"
    venue_data = import_deribit(*(chain / name for name in ("BTC.json", "ETH.json", "USDC.json")))
    snapshot = Snapshot.build(venue_data, SPAN)
    calls = [
        one
        for _, _, one in venue_data.instruments()
        if isinstance(one, Option) and one.name.startswith("ETH-27MAR26") and one.right == Right.CALL
    ]
    low, high = (snapshot.row(one.name) for one in (calls[6], calls[8]))
    width = (calls[8].strike - calls[6].strike) * calls[6].lot * 10**6
    for scenario in range(14):
        at_end = (
            sum(row.slots[16] + row.slots[scenario] for row in (low,)) - high.slots[16] - high.slots[scenario]
        )
        assert -4 <= at_end <= width + 4


@pytest.mark.parametrize("quote", ["BTC", "EUR", "usd"])
def test_the_bundled_collateral_is_for_dollars(quote):
    # If the quote currency were bitcoin, one USDC would count as one bitcoin.
    with pytest.raises(InputError, match=f"collateral: .* for dollars, .* in {quote}"):
        Snapshot.build(replace(VENUE_DATA, quote=quote), SPAN)
    own = (CollateralAsset("USDC", Decimal("0.1"), peg=Decimal("0.00001"), peg_loss=Decimal("0.2")),)
    assert Snapshot.build(replace(VENUE_DATA, quote=quote), SPAN, collateral=own).spec.prices[0] == 7


@pytest.mark.parametrize("quote", ["USD", "USDC", "USDT"])
def test_both_kinds_of_dollars_are_dollars(quote):
    assert Snapshot.build(replace(VENUE_DATA, quote=quote), SPAN).spec.prices[0] == 870_000
