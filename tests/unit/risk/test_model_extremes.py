"""Snapshots at the limits of their format can be read again and shown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.circuits import ROOT
from support.report_accounts import thirty_legs
from support.venues import market, option, perpetual
from zkmargin import Snapshot
from zkmargin.documents.fields import Field
from zkmargin.pages.report import render_report
from zkmargin.risk import Model, load_model
from zkmargin.risk.model import read_model
from zkmargin.risk.scenarios import read_scenario, write_scenario
from zkmargin.risk.table import risk_rows
from zkmargin.spec import WIDE
from zkmargin.venue_data import Right
from zkmargin.venues import import_deribit

SMALL = market(perpetual(), option(2000, Right.CALL))


def _with_scenario(model: str, **changed: str) -> Model:
    document = load_model(model).to_json()
    document["scenarios"][0] |= changed
    return read_model(Field(document, "model"))


@pytest.mark.parametrize("number", ["0.000000000000000001", "0.12345678", "0.999999999999999999"])
@pytest.mark.parametrize("key", ["price", "volatility", "cover"])
def test_a_snapshot_with_a_number_of_many_decimals_can_be_read_again(tmp_path, number, key):
    made = Snapshot.build(SMALL, _with_scenario("span", **{key: number}))
    made.save(tmp_path / "snapshot.json")
    assert Snapshot.load(tmp_path / "snapshot.json") == made


@given(st.decimals(places=18, min_value=-(10**29), max_value=10**29))
def test_scenarios_survive_their_text(number):
    field = Field({"price": format(number, "f"), "volatility": "0"}, "x")
    one = read_scenario(field)
    assert one.price == Fraction(number)
    assert read_scenario(replace(field, value=write_scenario(one))) == one


def test_a_linear_move_may_exceed_the_price():
    scenarios = load_model("paradex").scenarios
    place = next(number for number, one in enumerate(scenarios) if one.is_linear)
    moved = {
        size: risk_rows(
            SMALL,
            replace(
                load_model("paradex"), scenarios=(*scenarios[:place], replace(scenarios[place], price=size))
            ),
            WIDE,
        )[1].slots[place]
        for size in (Fraction(-3), Fraction(-1), Fraction(1))
    }
    assert moved[Fraction(-3)] == pytest.approx(3 * moved[Fraction(-1)], abs=3)
    assert moved[Fraction(-1)] == -moved[Fraction(1)] != 0


def test_a_page_of_a_model_without_a_range():
    chain = import_deribit(ROOT / "examples" / "chain" / "ETH.json")
    model = load_model("deribit").with_range("ETH", Decimal(0))
    assert any(one.is_damped for one in model.scenarios)
    page = render_report(thirty_legs(chain), Snapshot.build(chain, model))
    assert "Liquidation distance" in page


def test_a_page_of_a_time_beyond_the_calendar():
    chain = import_deribit(ROOT / "examples" / "chain" / "ETH.json")
    made = Snapshot.build(chain, load_model("span"))
    late = Snapshot.commit(replace(made.parts, timestamp=2**64 - 1))
    assert f"Snapshot of {2**64 - 1}. Model span" in render_report(thirty_legs(chain), late)
    assert "<title>Margin report, 2026-03-02 09:00:00 UTC</title>" in render_report(thirty_legs(chain), made)
