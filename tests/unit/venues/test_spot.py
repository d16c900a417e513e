"""Underlyings that are listed as instruments themselves, and positions in them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.circuits import ROOT
from zkmargin import Account, InputError, Snapshot, load_model
from zkmargin.account.entries import cash_warning
from zkmargin.account.report import margin_report
from zkmargin.rebalance import Terms, advise
from zkmargin.venue_data import Perpetual, Spot, VenueData
from zkmargin.venues import import_csv, import_deribit

CHAIN = ROOT / "examples" / "chain" / "BTC.json"
HEADER = "underlying,index_price,kind,name,lot,quote,mark\n"


@pytest.fixture(scope="module")
def venue_data() -> VenueData:
    return import_deribit(CHAIN, spot=("BTC",))


@pytest.fixture(scope="module")
def snapshot(venue_data: VenueData) -> Snapshot:
    return Snapshot.build(venue_data, load_model("span"))


def _account(cash: int, coins: str = "0", **positions: int) -> Account:
    held = {name.replace("_", "-"): Decimal(lots) for name, lots in positions.items()}
    return Account.new(cash=Decimal(cash), collateral={"BTC": Decimal(coins)}, positions=held)


def test_the_underlying_is_listed_last_at_its_index_price(venue_data):
    (bitcoin,) = venue_data.underlyings
    spot = bitcoin.instruments[-1]
    assert spot == Spot("BTC-SPOT", len(bitcoin.instruments) - 1, Decimal("0.001"), bitcoin.price)
    without = import_deribit(CHAIN).underlyings[0]
    assert bitcoin.instruments[:-1] == without.instruments


def test_it_stays_listed_and_keeps_its_id(venue_data):
    again = import_deribit(CHAIN, previous=venue_data)
    assert again == venue_data
    later = import_deribit(CHAIN, previous=import_deribit(CHAIN), spot=("BTC",))
    assert later.underlyings[0].instruments[-1].name == "BTC-SPOT"


def test_a_file_of_venue_data_has_it(venue_data, tmp_path):
    venue_data.save(tmp_path / "venue.json")
    assert VenueData.load(tmp_path / "venue.json") == venue_data


def test_an_underlying_that_is_not_there_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match="spot: no instruments of BTG; did you mean BTC"):
        import_deribit(CHAIN, spot=("BTG",))


def _csv(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def test_another_instrument_of_its_name_is_refused(tmp_path):
    rows = _csv(tmp_path / "venue.csv", "BTC,40000,perpetual,BTC-SPOT,0.001,USD,40001")
    plain = import_csv(rows, time=1_704_712_781)
    with pytest.raises(InputError, match="BTC-SPOT: the venue lists another instrument of this name"):
        import_csv(rows, time=1_704_712_781, spot=("BTC",))
    other = _csv(tmp_path / "other.csv", "BTC,40000,perpetual,BTC-PERP,0.001,USD,40001")
    with pytest.raises(InputError, match="BTC-SPOT: another kind than in the previous venue data"):
        import_csv(other, time=1_704_712_781, previous=plain, spot=("BTC",))
    listed = import_csv(other, time=1_704_712_781, spot=("BTC",))
    with pytest.raises(InputError, match="BTC-SPOT: the venue lists another instrument of this name"):
        import_csv(rows, time=1_704_712_781, previous=listed)


def test_a_mark_other_than_the_index_price_is_refused(venue_data):
    (bitcoin,) = venue_data.underlyings
    spot = replace(bitcoin.instruments[-1], mark=bitcoin.price + 1)
    wrong = replace(bitcoin, instruments=(*bitcoin.instruments[:-1], spot))
    with pytest.raises(InputError, match=r"instruments\[\d+\].mark: must be the index price"):
        replace(venue_data, underlyings=(wrong,))


def test_its_row_moves_with_the_price_and_is_charged_as_a_perpetual(venue_data):
    (bitcoin,) = venue_data.underlyings
    spot = bitcoin.instruments[-1]
    twin = Perpetual("BTC-TWIN", spot.index + 1, spot.lot, spot.mark)
    both = replace(bitcoin, next_index=twin.index + 1, instruments=(spot, twin))
    for name in ("span", "deribit", "perp"):
        risk = Snapshot.build(
            replace(venue_data, underlyings=(both,), estimates=(), exclusions=()), load_model(name)
        )
        assert risk.row("BTC-SPOT") == risk.row("BTC-TWIN")
        assert risk.row("BTC-SPOT").has_risk


def test_coins_lose_with_short_puts_only_as_a_position(venue_data, snapshot):
    price = venue_data.underlyings[0].price
    as_collateral = margin_report(_account(10**6, "3", BTC_6MAR26_80000_P=-20), snapshot)
    as_position = margin_report(_account(10**6, BTC_6MAR26_80000_P=-20, BTC_SPOT=3), snapshot)
    puts = margin_report(_account(10**6, BTC_6MAR26_80000_P=-20), snapshot)
    assert as_collateral.maintenance == puts.maintenance
    # The puts lose most where the price falls; there the coins lose 16 % or 48 % of their value times its cover.
    lost = as_position.maintenance - puts.maintenance
    assert Decimal("0.15") * 3 * price < lost < Decimal("0.17") * 3 * price
    # And they count in full.
    assert as_position.equity - puts.equity == 3 * price
    assert as_collateral.equity < as_position.equity


def test_coins_cover_short_calls_and_perpetuals(venue_data, snapshot):
    price = venue_data.underlyings[0].price
    coins = margin_report(_account(0, BTC_SPOT=2), snapshot)
    # SPAN with a range of 16 %, and three ranges at 33 %.
    assert coins.maintenance == pytest.approx(2 * Decimal("0.16") * price, abs=Decimal("0.01"))
    perpetual = margin_report(_account(10**6, BTC_PERPETUAL=-2), snapshot)
    hedged = margin_report(_account(10**6, BTC_PERPETUAL=-2, BTC_SPOT=2), snapshot)
    assert hedged.maintenance < perpetual.maintenance / 100
    covered = margin_report(_account(10**6, BTC_6MAR26_88000_C=-2, BTC_SPOT=2), snapshot)
    assert covered.maintenance < coins.maintenance


def test_coins_need_no_entry_in_the_cash(snapshot):
    assert cash_warning(_account(0, BTC_SPOT=2), snapshot) is None
    assert cash_warning(_account(0, BTC_PERPETUAL=2), snapshot) is not None


def test_a_rebalancing_borrows_no_coins(snapshot):
    account = _account(-60_000, BTC_PERPETUAL=10, BTC_SPOT=1)
    terms = Terms(trades={"BTC-PERPETUAL": Decimal(0)})
    sold = {one.instrument: one.quantity for one in advise(account, snapshot, terms=terms).trades_only.trades}
    assert sold.get("BTC-SPOT", Decimal(0)) >= -1
