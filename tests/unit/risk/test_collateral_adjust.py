"""Haircuts from the volatility of prices, and the command that writes them."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from zkmargin.cli.app import app
from zkmargin.errors import InputError
from zkmargin.risk import CollateralAsset, load_collateral
from zkmargin.risk.adjustment import load_adjustment
from zkmargin.risk.collateral_adjust import adjust_haircuts, collateral_text
from zkmargin.risk.haircuts import HaircutTier
from zkmargin.risk.history import History
from zkmargin.risk.scan_range import scan_range_now

ADJUSTMENT = load_adjustment()
ONE, FOUR = Decimal(1), Decimal(4)


def _history(name: str, move: float, days: int = 500) -> History:
    """Return prices that alternately rise and fall by a log return."""
    closes = [Decimal(repr(round(100 * math.exp(move * (day % 2)), 6))) for day in range(days)]
    dates = [date(2024, 1, 1) + timedelta(days=day) for day in range(days)]
    return History(name, tuple(dates), tuple(closes))


def _coin(haircut: str = "0.1") -> CollateralAsset:
    return CollateralAsset("ETH", Decimal(haircut))


def test_a_haircut_is_the_range_of_the_days_it_takes_to_sell():
    history = _history("ETH", 0.04)
    (one,) = adjust_haircuts([_coin()], {"ETH": history}, ADJUSTMENT, ONE)
    (four,) = adjust_haircuts([_coin()], {"ETH": history}, ADJUSTMENT, FOUR)
    assert one.haircut == scan_range_now(history, ADJUSTMENT, ONE) > Decimal("0.1")
    assert float(four.haircut) == pytest.approx(2 * float(one.haircut), abs=2e-4)


def test_haircuts_are_never_lowered():
    (calm,) = adjust_haircuts([_coin("0.9")], {"ETH": _history("ETH", 0.001)}, ADJUSTMENT, ONE)
    assert calm == _coin("0.9")


def test_no_haircut_is_above_the_whole_price():
    (wild,) = adjust_haircuts([_coin()], {"ETH": _history("ETH", 0.9)}, ADJUSTMENT, FOUR)
    assert wild.haircut == 1
    assert wild.effective_haircut == 1


def test_every_tier_is_raised_and_assets_without_a_history_are_unchanged():
    history = _history("ETH", 0.04)
    least = scan_range_now(history, ADJUSTMENT, ONE)
    tiers = (HaircutTier(Decimal(10), Decimal("0.01")), HaircutTier(Decimal(20), Decimal("0.99")))
    tiered = CollateralAsset("ETH", Decimal("0.01"), tiers=tiers, limit=Decimal(20))
    other = CollateralAsset("BTC", Decimal("0.01"))
    raised, left = adjust_haircuts([tiered, other], {"ETH": history}, ADJUSTMENT, ONE)
    assert [one.haircut for one in raised.tiers] == [least, Decimal("0.99")]
    assert raised.haircut == least
    assert left == other


def test_a_history_of_another_asset_and_zero_days_are_refused():
    with pytest.raises(InputError, match="DOGE: a history for an asset that is not in the collateral file"):
        adjust_haircuts([_coin()], {"DOGE": _history("DOGE", 0.04)}, ADJUSTMENT, ONE)
    with pytest.raises(InputError, match="days: must be positive"):
        adjust_haircuts([_coin()], {}, ADJUSTMENT, Decimal(0))


def test_written_collateral_is_read_again(tmp_path):
    tiers = (HaircutTier(Decimal(10), Decimal("0.01")), HaircutTier(Decimal(20), Decimal("0.99")))
    assets = (*load_collateral(), CollateralAsset("X", Decimal("0.01"), tiers=tiers, limit=Decimal(15)))
    path = tmp_path / "collateral.toml"
    path.write_text(collateral_text(assets, 'two\nlines = "of comment"'))
    assert load_collateral(path) == assets


def _written(folder: Path) -> tuple[Path, Path]:
    prices, base = folder / "eth.csv", folder / "base.toml"
    history = _history("ETH", 0.08)
    rows = [f"{day},{close}" for day, close in zip(history.dates, history.closes, strict=True)]
    prices.write_text("\n".join(["date,close", *rows]) + "\n")
    base.write_text('[[assets]]\nasset = "ETH"\nhaircut = "0.1"\n')
    return prices, base


def test_the_command_writes_the_raised_haircuts(tmp_path):
    prices, base = _written(tmp_path)
    out = tmp_path / "mine.toml"
    arguments = [
        "collateral",
        "adjust",
        str(base),
        "--history",
        f"ETH={prices}",
        "--days",
        "2",
        "-o",
        str(out),
    ]
    finished = CliRunner().invoke(app, [*arguments, "--json"])
    assert finished.exit_code == 0, finished.output
    (asset,) = load_collateral(out)
    assert asset.haircut == scan_range_now(_history("ETH", 0.08), ADJUSTMENT, Decimal(2))
    shown = json.loads(finished.output)
    assert shown["haircuts"] == [{"asset": "ETH", "before": "0.1000", "after": str(asset.haircut)}]
    assert "ETH: 500 daily closes, 2024-01-01 to 2025-05-14; none missing" in out.read_text()
    assert str(tmp_path) not in out.read_text()
    assert f"ETH    0.1000  {asset.haircut}\n" in CliRunner().invoke(app, [*arguments, "--force"]).output


@pytest.mark.parametrize("pair", ["ETH", "=x.csv", "ETH=nothing.csv"])
def test_the_command_writes_nothing_when_a_history_is_wrong(tmp_path, pair):
    _, base = _written(tmp_path)
    out = tmp_path / "mine.toml"
    finished = CliRunner().invoke(app, ["collateral", "adjust", str(base), "--history", pair, "-o", str(out)])
    assert isinstance(finished.exception, InputError)
    assert not out.exists()
