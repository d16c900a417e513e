"""Collateral files: haircuts, tiers, limits, pegs and errors."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.circuits import ROOT
from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.risk import CollateralAsset, load_collateral, load_model
from zkmargin.risk.collateral import check_limits, haircut_price, market_price, missing_price, read_collateral
from zkmargin.risk.haircuts import HaircutTier, counted
from zkmargin.risk.model import MODELS

COLLATERAL = (MODELS / "collateral.toml").read_text()
TIERED = """
[[assets]]
asset = "ETH"
tiers = [{ up_to = "1000", haircut = "0.10" }, { up_to = "5000", haircut = "0.30" }]
limit = "2000"
"""
USDC = CollateralAsset("USDC", Decimal(0), peg=Decimal(1), peg_loss=Decimal("0.13"))


def _load(folder: Path, text: str) -> tuple[CollateralAsset, ...]:
    path = folder / "collateral.toml"
    path.write_text(text)
    return load_collateral(path)


def _read(assets: list[CollateralAsset]) -> tuple[CollateralAsset, ...]:
    document = Field([one.to_json() for one in assets], "x")
    return read_collateral(document, document.items())


def _venue_data(**prices: str) -> Any:
    """Return a stand-in for venue data with index prices."""
    underlyings = [SimpleNamespace(name=name, price=Decimal(price)) for name, price in prices.items()]
    return SimpleNamespace(underlyings=underlyings)


def _amounts(places: int = 6) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value="0.000001", max_value=10**9, places=places)


HAIRCUTS = st.decimals(min_value=0, max_value=1, places=4)


@st.composite
def tiered_assets(draw: st.DrawFn) -> CollateralAsset:
    ends = sorted(draw(st.lists(_amounts(), min_size=1, max_size=5, unique=True)))
    haircuts = sorted(draw(st.lists(HAIRCUTS, min_size=len(ends), max_size=len(ends))))
    tiers = tuple(HaircutTier(end, haircut) for end, haircut in zip(ends, haircuts, strict=True))
    limit = draw(st.decimals(min_value="0.000001", max_value=ends[-1], places=6))
    peg = draw(st.none() | st.just(Decimal(1)))
    loss = Decimal(0) if peg is None else draw(HAIRCUTS)
    return CollateralAsset("A", haircuts[0], peg, loss, tiers, limit)


def _schedule(asset: CollateralAsset, amount: Decimal) -> Fraction:
    """Return the counted value of an amount at a price of 1, after the peg loss."""
    return counted(asset.tiers, amount) * (1 - Fraction(asset.peg_loss))


def test_the_bundled_collateral():
    assets = load_collateral()
    assert [(one.asset, one.effective_haircut) for one in assets] == [
        ("USDC", Fraction(13, 100)),
        ("BTC", Fraction(16, 100)),
        ("ETH", Fraction(18, 100)),
        ("SOL", Fraction(25, 100)),
    ]
    assert [one.peg for one in assets] == [1, None, None, None]
    model = load_model("span")
    assert all(one.haircut == model.ranges(one.asset).price_scan_range for one in assets[1:])


def test_the_tiers_of_a_venues_example():
    # MEXC, Multi-Asset Margin: at 90 % up to 1 BTC and 80 % beyond, 2 BTC count for 0.9 + 0.8 = 1.7 BTC.
    tiers = (HaircutTier(Decimal(1), Decimal("0.1")), HaircutTier(Decimal(2), Decimal("0.2")))
    assert counted(tiers, Decimal(2)) == Fraction("1.7")
    assert counted(tiers, Decimal("1.5")) == Fraction("1.3")
    asset = CollateralAsset("BTC", Decimal("0.1"), tiers=tiers, limit=Decimal(2))
    assert asset.effective_haircut == Fraction("0.15")
    assert haircut_price(Decimal(84215), asset.effective_haircut) == 71_582_750_000


def test_a_limit_below_the_last_tier_makes_the_haircut_smaller(tmp_path):
    (asset,) = _load(tmp_path, TIERED)
    assert asset.effective_haircut == Fraction("0.2")  # 900 + 700 of 2000
    (whole,) = _load(tmp_path, TIERED.replace('limit = "2000"', ""))
    assert whole.limit == 5000
    assert whole.effective_haircut == Fraction("0.26")  # 900 + 2800 of 5000


def test_the_examples_of_the_documentation(tmp_path):
    examples = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "collateral.md").read_text(), re.DOTALL)
    ((ether,), (stablecoin,)) = (_load(tmp_path, example) for example in examples)
    assert ether.effective_haircut == Fraction("0.2")
    assert counted(ether.tiers, Decimal(5000)) == Fraction("0.74") * 5000
    assert haircut_price(Decimal("0.95"), stablecoin.effective_haircut) == 826_500


@given(tiered_assets(), st.data())
def test_no_amount_up_to_the_limit_counts_for_more_than_by_the_schedule(asset, data):
    amount = data.draw(st.decimals(min_value=0, max_value=asset.limit, places=6))
    linear = Fraction(amount) * (1 - asset.effective_haircut)
    assert linear <= _schedule(asset, amount)
    price = data.draw(st.decimals(min_value="0.01", max_value=10**6, places=2))
    proven = Fraction(haircut_price(price, asset.effective_haircut), 10**6)
    assert Fraction(amount) * proven <= _schedule(asset, amount) * Fraction(price)


@given(tiered_assets())
def test_the_limit_itself_counts_as_by_the_schedule(asset):
    assert Fraction(asset.limit) * (1 - asset.effective_haircut) == _schedule(asset, asset.limit)


@given(tiered_assets(), st.data())
def test_a_higher_limit_never_lowers_the_haircut(asset, data):
    higher = data.draw(st.decimals(min_value=asset.limit, max_value=asset.tiers[-1].up_to, places=6))
    assert replace(asset, limit=higher).effective_haircut >= asset.effective_haircut


@given(tiered_assets(), _amounts(), _amounts())
def test_more_of_an_asset_never_counts_for_less(asset, one, other):
    assert counted(asset.tiers, min(one, other)) <= counted(asset.tiers, max(one, other))


@given(tiered_assets())
def test_the_effective_haircut_lies_between_those_of_the_tiers(asset):
    bare = replace(asset, peg_loss=Decimal(0)).effective_haircut
    assert asset.tiers[0].haircut <= bare <= asset.tiers[-1].haircut
    assert bare <= asset.effective_haircut <= 1


@given(tiered_assets())
def test_an_asset_survives_its_json(asset):
    assert _read([asset]) == (asset,)


def test_the_json_of_an_asset_has_its_whole_definition():
    assert USDC.to_json() == {"asset": "USDC", "haircut": "0", "peg": "1", "peg_loss": "0.13"}
    limited = CollateralAsset("A", Decimal("0.50"), limit=Decimal("7.0"))
    assert limited.to_json() == {"asset": "A", "haircut": "0.5", "limit": "7"}
    assert _read([limited]) == (limited,)


def test_a_coin_has_the_markets_price_or_none():
    asset = CollateralAsset("ETH", Decimal("0.18"))
    assert market_price(asset, _venue_data(BTC="9", ETH="2000.5")) == Decimal("2000.5")
    assert market_price(asset, _venue_data(BTC="9")) is None
    assert missing_price(asset) == "collateral without a price counts for nothing"
    assert haircut_price(None, asset.effective_haircut) == 0


@pytest.mark.parametrize(
    ("prices", "price"),
    [
        ({}, "1"),
        ({"USDC": "1.02"}, "1"),
        ({"USDC": "0.95"}, "0.95"),
        ({"USDC": "0.87"}, "0.87"),
        ({"USDC": "0.869999"}, None),
    ],
)
def test_a_stablecoin_counts_at_its_peg_or_below_and_not_at_all_when_the_peg_is_lost(prices, price):
    found = market_price(USDC, _venue_data(**prices))
    assert found == (None if price is None else Decimal(price))
    if found is None:
        assert "below its peg" in missing_price(USDC)


def test_haircut_and_peg_loss_apply_one_after_the_other():
    asset = replace(USDC, haircut=Decimal("0.1"))
    assert asset.effective_haircut == 1 - Fraction(9, 10) * Fraction(87, 100)
    assert haircut_price(Decimal("0.95"), asset.effective_haircut) == 743_850


def test_a_haircut_price_is_rounded_down():
    assert haircut_price(Decimal("0.000003"), Fraction(1, 2)) == 1
    assert haircut_price(Decimal(1), Fraction(2, 3)) == 333_333


def test_an_amount_beyond_the_limit_is_refused_without_telling_it(tmp_path):
    assets = (*load_collateral(), replace(_load(tmp_path, TIERED)[0], asset="WETH"))
    check_limits({"USDC": Decimal(10**9), "WETH": Decimal(2000), "other": Decimal(10**9)}, assets)
    with pytest.raises(InputError) as caught:
        check_limits({"USDC": Decimal(1), "WETH": Decimal("2000.000001")}, assets, source="my.json")
    text = "my.json: collateral[1].amount: more than the snapshot's limit for this asset"
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('haircut = "0.16"', 'haircut = "1.01"', "assets[1].haircut", "must be from 0 to 1"),
        ('haircut = "0.16"', 'haircut = "-0.01"', "assets[1].haircut", "must be from 0 to 1"),
        ('haircut = "0.16"', "haircut = 0.16", "assets[1].haircut", "as a decimal string"),
        ('haircut = "0.16"', "", "assets[1]", "expected either haircut or tiers"),
        ('haircut = "0.16"', 'haircut = "0.16"\nprice = "9"', "assets[1].price", "unknown key"),
        ('haircut = "0.16"', 'haircut = "0.16"\nlimit = "0"', "assets[1].limit", "must be positive"),
        ('haircut = "0.16"', "tiers = []", "assets[1].tiers", "expected at least one tier"),
        ('peg = "1"', 'peg = "0"', "assets[0].peg", "must be positive"),
        ('peg = "1"', "", "assets[0]", "must be given together"),
        ('peg_loss = "0.13"', "", "assets[0]", "must be given together"),
        ('peg_loss = "0.13"', 'peg_loss = "1.1"', "assets[0].peg_loss", "must be from 0 to 1"),
        ('asset = "BTC"', 'asset = "ETH"', "assets", "duplicate asset"),
        ('asset = "BTC"', 'asset = ""', "assets[1].asset", "expected the name of an asset"),
        ("[[assets]]", "[[asset]]", "asset", "unknown key"),
        (
            "[[assets]]",
            '[[assets]]\nasset = "A"\nhaircut = "0"\n' * 5 + "[[assets]]",
            "assets",
            "more than 8",
        ),
    ],
)
def test_malformed_collateral_is_refused_with_its_key(tmp_path, old, new, key, reason):
    _refused(tmp_path, COLLATERAL, old, new, key, reason)


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('"1000", haircut', '"5000", haircut', "tiers[1].up_to", "must be above the previous tier"),
        ('"1000", haircut', '"0", haircut', "tiers[0].up_to", "must be positive"),
        ('"0.30"', '"0.09"', "tiers[1].haircut", "must not be below the previous tier"),
        ('"0.30"', '"1.01"', "tiers[1].haircut", "must be from 0 to 1"),
        ('"0.10"', '"-0.01"', "tiers[0].haircut", "must be from 0 to 1"),
        ('limit = "2000"', 'limit = "5001"', "limit", "must be within the last tier"),
        ('up_to = "1000", ', "", "tiers[0].up_to", "missing"),
        ("tiers =", 'haircut = "0.1"\ntiers =', "", "expected either haircut or tiers"),
    ],
)
def test_malformed_tiers_are_refused_with_their_key(tmp_path, old, new, key, reason):
    _refused(tmp_path, TIERED, old, new, f"assets[0].{key}".rstrip("."), reason)


def _refused(folder: Path, text: str, old: str, new: str, key: str, reason: str) -> None:  # noqa: PLR0917
    assert old in text
    with pytest.raises(InputError, match=reason) as caught:
        _load(folder, text.replace(old, new, 1))
    assert (caught.value.source, caught.value.key) == (str(folder / "collateral.toml"), key)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"haircut": Decimal("0.2")}, "haircut"),
        ({"limit": None}, "limit"),
        ({"tiers": (), "peg_loss": Decimal("0.1")}, "peg_loss"),
    ],
)
def test_contradictory_parts_are_refused(tmp_path, changes, key):
    (asset,) = _load(tmp_path, TIERED)
    with pytest.raises(InputError) as caught:
        replace(asset, **changes)
    assert caught.value.key == key
