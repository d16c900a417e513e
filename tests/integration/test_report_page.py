"""The report page: its numbers, its isolation, and its liquidation distances."""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from support import margin_values
from support.circuits import ROOT, margin_instance
from support.report_accounts import few_legs, thirty_legs
from zkmargin import InputError, Requirement, Snapshot, load_collateral, load_model
from zkmargin.account.report import margin_of, margin_report
from zkmargin.analysis.by_venue_data import ByVenueData
from zkmargin.analysis.greeks import units_of
from zkmargin.analysis.historical import stress_tests
from zkmargin.analysis.revaluation import ByScenarios
from zkmargin.analysis.reverse import distance
from zkmargin.analysis.trades import with_trades
from zkmargin.analysis.what_if import WhatIf
from zkmargin.documents.fields import decimal_text
from zkmargin.pages.report import render_report
from zkmargin.pages.report.heat import heat_map, total_heat_map
from zkmargin.pages.text import amount, move, percent, quantity, signed
from zkmargin.risk import black76
from zkmargin.risk.model import MODELS
from zkmargin.risk.named_stresses import StressMove, load_stresses
from zkmargin.risk.stress import stressed
from zkmargin.venue_data import Option
from zkmargin.venues import import_deribit

CHAIN = ROOT / "examples" / "chain"
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def ether():
    """Return venue data, snapshot and account of 30 legs in ETH."""
    market = import_deribit(CHAIN / "ETH.json")
    return (
        market,
        Snapshot.build(market, load_model("span"), collateral=load_collateral()),
        thirty_legs(market),
    )


@pytest.fixture(scope="module")
def three():
    """Return venue data, wide snapshot and account in three underlyings."""
    market = import_deribit(*sorted(CHAIN.glob("*.json")))
    return (
        market,
        Snapshot.build(market, load_model("deribit"), collateral=load_collateral()),
        few_legs(market),
    )


@pytest.fixture
def cli(cli, monkeypatch, tmp_path):
    """Return a function that runs the command line in a folder of its own: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    return cli


_rendered = {}


def page_of(account, snapshot, requirement=Requirement.MAINTENANCE, venue_data=None):
    """Return the page of a module's fixtures, rendered once: with venue data it takes seconds."""
    arguments = (account, snapshot, requirement, venue_data)
    # Keeping the arguments keeps their identities from being used again.
    kept = _rendered.setdefault(tuple(map(id, arguments)), [arguments, None])
    kept[1] = kept[1] or render_report(*arguments)
    return kept[1]


class _Text(HTMLParser):
    """A parser of the cells of all tables, row by row."""

    def __init__(self, page):
        super().__init__()
        self.rows, self._open = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        self._open = tag in {"td", "th"} or (self._open and tag == "span")
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._open = self._open and tag not in {"td", "th"}

    def handle_data(self, data):
        if self._open:
            self.rows[-1][-1] += data


def rows(page, first, section=""):
    """Return the rows of a section, or of all, whose first cell is `first`."""
    page = page.split(f"<h2>{section}")[1].split("<h2>")[0] if section else page
    return [[cell.strip() for cell in row] for row in _Text(page).rows if row and row[0].strip() == first]


def test_the_numbers_are_those_of_the_margin_report(ether):
    market, snapshot, account = ether
    page = page_of(account, snapshot, Requirement.INITIAL, market)
    report = margin_report(account, snapshot, Requirement.INITIAL)
    (one,) = report.underlyings
    for number in (report.equity, report.maintenance, report.required, report.cushion):
        assert f"<dd>{amount(number)}</dd>" in page or f'<dd class="good">{amount(number)}</dd>' in page
    assert f"<dd>{percent(report.cushion / report.equity)}</dd>" in page
    risk = [
        amount(one.scan),
        amount(one.floor),
        amount(one.add_on),
        amount(one.risk + one.add_on),
        "100\N{NO-BREAK SPACE}%",
    ]
    assert rows(page, "ETH")[0][1:6] == risk
    assert [row[1] for row in rows(page, "equity")] == [amount(report.equity)]
    assert [row[1] for row in rows(page, "positions at their marks")] == [amount(report.mark)]
    total = rows(page, "ETH: 30 positions")[0]
    assert total[5:8] == [
        amount(one.mark),
        amount(one.risk + one.add_on),
        signed(one.scenarios[one.binding_scenario]),
    ]
    assert rows(page, "ETH", "Greeks")[0][3] == signed(one.delta)


def test_every_position_has_a_line_that_adds_up(ether):
    market, snapshot, account = ether
    page = page_of(account, snapshot, venue_data=market)
    instruments = {one.name: one for one in market.underlyings[0].instruments}
    for name, held in account.positions.items():
        line, greeks = rows(page, name)
        row, lot, one = snapshot.row(name), snapshot.listing(name).lot, instruments[name]
        value = row.slots[16] * held / lot / 10**6
        assert line[3:6] == [quantity(held), amount(value / held), amount(value)]
        assert greeks[1] == signed(row.slots[17] * held / lot / 10**6)
        if isinstance(one, Option):
            assert line[1:3] == [amount((one.expiry - market.time) / 86400, 1), percent(one.volatility)]
        worse = one.mark - one.bid if held > 0 else one.ask - one.mark
        assert line[-1] == amount(abs(held) * max(worse, Decimal(0)))


def test_an_assumed_half_spread_is_marked_and_named(ether):
    market, snapshot, account = ether
    assert "assumed half spread" not in page_of(account, snapshot, venue_data=market)
    bare = tuple(replace(one, bid=None, ask=None) for one in market.underlyings[0].instruments)
    page = render_report(
        account,
        snapshot,
        venue_data=replace(market, underlyings=(replace(market.underlyings[0], instruments=bare),)),
    )
    held, mark = account.positions["ETH-PERPETUAL"], bare[0].mark
    assert rows(page, "ETH-PERPETUAL")[0][-1] == f"{amount(abs(held) * mark / 1000)} *"
    assert (
        "* marks an assumed half spread where the venue data have none: 0.1\N{NO-BREAK SPACE}% of the mark"
        in page
    )


def test_the_margin_of_a_position_is_the_requirement_without_it(ether):
    _, snapshot, account = ether
    page = page_of(account, snapshot)
    whole = margin_report(account, snapshot).maintenance
    for name in list(account.positions)[::7]:
        without = account.holding({one: size for one, size in account.positions.items() if one != name})
        assert rows(page, name)[0][4] == signed(whole - margin_report(without, snapshot).maintenance)


def test_a_historical_stress_is_the_margin_report_of_a_market_after_it(ether):
    market, snapshot, account = ether
    page = page_of(account, snapshot, Requirement.INITIAL, market)
    opening = account.opening(snapshot)
    own = (replace(load_stresses()[0], moves={"ETH": StressMove(Decimal(4), Decimal(3), Decimal(15))}),)
    ways = ByVenueData(opening, snapshot, market)
    (found,) = stress_tests(ways, own)
    after = stressed(
        market, market.time, moves={"ETH": Decimal("-0.25")}, volatility={"ETH": Decimal("0.15")}
    )
    report = margin_report(account, Snapshot.build(after, load_model("span"), collateral=load_collateral()))
    # Today's difference between marks and prices at rounded volatilities is kept.
    assert found.equity == pytest.approx(float(report.equity), abs=5)
    assert found.maintenance == pytest.approx(float(report.maintenance), rel=1e-4)
    assert found.change == pytest.approx(
        found.equity - float(margin_report(account, snapshot).equity), abs=1e-6
    )
    assert (found.moved, found.unmoved) == (("ETH",), ())
    for one in stress_tests(ways, load_stresses()):
        (line,) = [row for row in rows(page, f"{one.stress.name} {one.stress.what}") if len(row) == 6]
        assert line[2:5] == [signed(one.change), amount(one.equity), amount(one.maintenance)]


def test_what_if_compares_the_account_with_itself_after_trades(ether, cli, tmp_path):
    _, snapshot, account = ether
    trades = {"ETH-PERPETUAL": Decimal(-5)}
    page = render_report(account, snapshot, Requirement.INITIAL, trades=trades)
    before = margin_report(account, snapshot, Requirement.INITIAL)
    after = margin_report(with_trades(account, snapshot, trades), snapshot, Requirement.INITIAL)
    assert before.equity == after.equity
    for name in ("maintenance", "required"):
        label = "maintenance margin" if name == "maintenance" else name
        pair = [getattr(one, name) for one in (before, after)]
        assert rows(page, label, "What if")[0][1:] == [*map(amount, pair), signed(pair[1] - pair[0])]
    assert "What if" not in page_of(account, snapshot)
    snapshot.save("snapshot.json")
    account.save("account.json")
    command = ("report", "account.json", "--snapshot", "snapshot.json", "-o", "page.html", "--trade")
    assert cli(*command, "ETH-PERPETUAL=-5", "--requirement", "initial")[0] == 0
    assert (tmp_path / "page.html").read_text() == page
    out = cli(*command, "ETH-PERPETUAL=-5", "--requirement", "initial", "--json", "--force")[1]
    compared = WhatIf.of(account, snapshot, trades, Requirement.INITIAL).to_json()
    assert json.loads(out) == {"file": "page.html", "healthy": before.healthy, "what_if": compared}
    assert compared["maintenance"]["after"] == decimal_text(after.maintenance)
    for wrong, message in (
        ("ETH-PERPETUA=1", "error: trades: no instrument ETH-PERPETUA in the snapshot; did you mean"),
        ("ETH-PERPETUAL", "error: --trade: expected INSTRUMENT=QTY, such as ETH-PERPETUAL=-2"),
        ("ETH-PERPETUAL=x", "error: --trade: ETH-PERPETUAL: expected a number as a decimal string"),
    ):
        code, _, err = cli(*command, wrong, "--force")
        assert (code, message in err) == (2, True)


def test_collateral_shows_its_haircut(ether):
    _, snapshot, account = ether
    page = page_of(account, snapshot)
    price = snapshot.parts.index_prices[0]
    counted = account.collateral["ETH"] * snapshot.spec.prices[2] / 10**6
    value = account.collateral["ETH"] * price
    expected = [
        "12.5",
        amount(price),
        amount(value),
        "18\N{NO-BREAK SPACE}%",
        amount(counted),
        amount(value - counted),
    ]
    assert rows(page, "ETH", "Collateral")[0][1:] == expected


def test_a_shortfall_shows_the_deposits_that_meet_each_level(ether):
    _, snapshot, account = ether
    poor = replace(account, cash=Decimal(-30000))
    report = margin_report(poor, snapshot, Requirement.INITIAL)
    page = render_report(poor, snapshot, Requirement.INITIAL)
    assert "not healthy" in page
    (line,) = rows(page, "initial (this page)")
    assert line[4:] == ["no"]
    for asset, needed in {"USD": report.cash_needed, **report.collateral_needed}.items():
        assert rows(page, asset, "Margin levels")[-1][-1] == quantity(needed)
    assert rows(page, "maintenance")[0][4] == "no"
    assert "already below" in page
    assert "No deposit is needed" in render_report(account, snapshot)


def test_the_levels_have_the_claim_among_them(ether):
    _, snapshot, account = ether
    page = render_report(account, snapshot, 15_000)
    section = page.split("<h2>")[1]
    shown = [row[0] for row in _Text(section).rows[1:]]
    assert shown == ["maintenance", "initial", "claimed (this page)"]
    assert "1.5 times maintenance margin" in page
    assert "initial margin, 1.25 times maintenance" in render_report(account, snapshot, Requirement.INITIAL)


def test_an_account_without_positions_has_a_page(ether):
    _, snapshot, account = ether
    for empty in (
        account.holding({}),
        replace(account.holding({}), collateral={}, cash=Decimal(0)),
    ):
        page = render_report(empty, snapshot, venue_data=ether[0])
        assert "the requirement is 0" in page
        assert "Liquidation" not in page


def test_every_scenario_is_in_its_place(ether, three):
    for _, snapshot, account in (ether, three):
        model = snapshot.parts.model
        for one in margin_report(account, snapshot).underlyings:
            made = heat_map(one, model)
            cells = [cell for _, line in made.rows for cell in line if cell] + [
                other.cell for other in made.others
            ]
            assert sorted(cell.number for cell in cells) == list(range(len(model.scenarios)))
            assert all(cell.profit == one.scenarios[cell.number] for cell in cells)
            assert [cell.number for cell in cells if cell.binds] == [one.binding_scenario]
            ranges = model.ranges(one.underlying)
            for label, line in made.rows:
                for column, cell in zip(made.columns, line, strict=True):
                    scenario = model.scenarios[cell.number]
                    assert column == move(scenario.move(ranges))
                    assert label == {1: "up", 0: "unchanged", -1: "down"}[int(scenario.volatility)]


def test_a_grid_may_have_gaps_and_repeated_scenarios(ether):
    _, snapshot, account = ether
    model = snapshot.parts.model
    (one,) = margin_report(account, snapshot).underlyings
    double = replace(model, scenarios=(*model.scenarios[:2], model.scenarios[0], *model.scenarios[3:]))
    made = heat_map(one, double)
    assert len(made.others) == 3
    assert [cell for _, line in made.rows for cell in line].count(None) == 1
    steps = replace(model, scenarios=(replace(model.scenarios[0], volatility=Fraction(-1, 2)),))
    assert heat_map(one, steps).rows[0][0] == f"{MINUS}1/2 range"


def test_shades_follow_the_size(ether):
    _, snapshot, account = ether
    (one,) = margin_report(account, snapshot).underlyings
    cells = [cell for _, line in heat_map(one, snapshot.parts.model).rows for cell in line]
    for a in cells:
        assert (a.shade > 0, a.shade < 0) == (a.profit > 0, a.profit < 0)
        assert all(a.shade <= b.shade for b in cells if a.profit <= b.profit)
    assert min(cell.shade for cell in cells) >= -5


def test_the_total_adds_up_the_underlyings(three):
    _, snapshot, account = three
    reports = margin_report(account, snapshot).underlyings
    made = total_heat_map(reports, snapshot.parts.model)
    assert made.columns[0] == f"{MINUS}1 range"
    for _, line in made.rows:
        for cell in line:
            assert cell.profit == sum(one.scenarios[cell.number] for one in reports)
            assert not cell.binds
    page = page_of(account, snapshot)
    assert "All underlyings in the same scenario" in page
    assert "all together" in page


def test_a_model_of_charges_alone_has_a_page(ether):
    market, _, account = ether
    snapshot = Snapshot.build(market, load_model("derive_standard"), collateral=load_collateral())
    page = page_of(account, snapshot, venue_data=market)
    assert "no scenarios" in page
    assert rows(render_report(account, snapshot), "ETH")


@pytest.mark.parametrize("model", ["span", "deribit", "paradex", "derive_standard"])
def test_an_account_is_in_default_beyond_the_repriced_distance(ether, model):
    market, _, account = ether
    snapshot = Snapshot.build(market, load_model(model), collateral=load_collateral())
    report = margin_report(account, snapshot)
    # A tenth of the maintenance margin above it.
    poor = replace(account, cash=round(account.cash - report.equity + report.maintenance * Decimal("1.1"), 6))
    ways = ByVenueData(poor.opening(snapshot), snapshot, market)
    found = [distance(ways, (0,), upwards=upwards) for upwards in (False, True)]
    assert any(one.move is not None for one in found)
    for one in found:
        reached = one.searched if one.move is None else one.move
        for part in (0.5, 0.999):
            assert margin_report(poor, moved_snapshot(market, snapshot, reached * part)).healthy
        if one.move is not None:
            assert not margin_report(poor, moved_snapshot(market, snapshot, reached * 1.001)).healthy


def moved_snapshot(market, snapshot, part):
    """Rebuild a snapshot with all prices of its one underlying moved by the same fraction."""
    scale = 1 + Decimal(repr(float(part)))
    (one,) = market.underlyings

    def moved(instrument):
        if not isinstance(instrument, Option):
            return replace(instrument, mark=instrument.mark * scale)
        years = (instrument.expiry - market.time) / (365 * 86400)
        forward = instrument.forward * scale
        value = black76.price(
            float(forward),
            float(instrument.strike),
            float(instrument.volatility) * years**0.5,
            instrument.right == "call",
        )
        return replace(instrument, forward=forward, mark=Decimal(repr(float(value))))

    instruments = tuple(moved(instrument) for instrument in one.instruments)
    changed = replace(market, underlyings=(replace(one, price=one.price * scale, instruments=instruments),))
    return Snapshot.build(changed, snapshot.parts.model, collateral=snapshot.parts.collateral)


def test_without_venue_data_the_distance_of_a_future_is_exact_for_todays_requirement(ether):
    _, snapshot, account = ether
    long = replace(account.holding({"ETH-PERPETUAL": Decimal(20)}), collateral={}, cash=Decimal(-45000))
    opening = long.opening(snapshot)
    margin = margin_of(opening, snapshot)
    ways = ByScenarios(opening, margin, snapshot)
    report = margin_report(long, snapshot)
    found = distance(ways, (0,), upwards=False)
    assert found.move == pytest.approx(-float(report.cushion / report.mark), rel=1e-6)
    assert distance(ways, (0,), upwards=True).move is None
    assert distance(ways, (0,), upwards=True).searched == pytest.approx(0.54)


def test_without_venue_data_profits_are_interpolated_between_scenarios(ether):
    _, snapshot, account = ether
    opening = account.opening(snapshot)
    margin = margin_of(opening, snapshot)
    ways = ByScenarios(opening, margin, snapshot)
    report = margin_report(account, snapshot)
    (one,) = report.underlyings
    ether_price = float(account.collateral["ETH"] * snapshot.spec.prices[2] / 10**6)
    for part, profit in (
        (0.0, 0),
        (0.06, (one.scenarios[2] + one.scenarios[3]) / 2),
        (-0.18, (one.scenarios[12] + one.scenarios[13]) / 2),
        (-0.54, one.scenarios[15] / Decimal("0.33")),
        (-0.09, (sum(one.scenarios[4:6]) + sum(one.scenarios[8:10])) / 4),
    ):
        equity, maintenance = ways.at((0,), part)
        assert equity == pytest.approx(float(report.equity + profit) + part * ether_price, abs=1e-3)
        assert maintenance == float(report.maintenance)


def test_scenarios_with_unchanged_volatility_are_preferred(three):
    _, snapshot, account = three
    bare = replace(account, collateral={})
    opening, report = bare.opening(snapshot), margin_report(bare, snapshot)
    ways = ByScenarios(opening, margin_of(opening, snapshot), snapshot)
    one, scenarios = report.underlyings[0], snapshot.parts.model.scenarios
    number = next(n for n, x in enumerate(scenarios) if (x.is_range, x.price, x.volatility) == (True, -1, 0))
    profit = one.scenarios[number] / Decimal("0.8")
    assert ways.at((0,), -0.16)[0] == pytest.approx(float(report.equity + profit), abs=1e-3)


def test_revaluation_from_venue_data_starts_at_the_reports_numbers(three):
    market, snapshot, account = three
    report = margin_report(account, snapshot)
    ways = ByVenueData(account.opening(snapshot), snapshot, market)
    for moved in ((0,), (0, 1, 2)):
        equity, maintenance = ways.at(moved, 0.0)
        assert equity == pytest.approx(float(report.equity), abs=1e-6)
        assert maintenance == pytest.approx(float(report.maintenance), rel=1e-4)


def test_the_distance_of_all_underlyings_together_is_at_most_that_of_one(three):
    market, snapshot, account = three
    poor = replace(account, cash=Decimal(-20000))
    assert margin_report(poor, snapshot).healthy
    ways = ByVenueData(poor.opening(snapshot), snapshot, market)
    alone = [distance(ways, (number,), upwards=False).move for number in range(3)]
    together = distance(ways, (0, 1, 2), upwards=False).move
    assert together is not None
    assert all(one is None or one < together for one in alone)


def test_greeks_are_numerical_derivatives_of_the_price(ether):
    market, _, _ = ether
    (one,) = market.underlyings
    options = [x for x in one.instruments if isinstance(x, Option)]

    def value(option, forward=1.0, points=0.0, days=0.0):
        years = (option.expiry - market.time) / (365 * 86400) - days / 365
        volatility = float(option.volatility) + points / 100
        return float(
            black76.price(
                float(option.forward) * forward,
                float(option.strike),
                volatility * years**0.5,
                option.right == "call",
            )
        )

    for option, greeks in zip(options, units_of(options, market.time), strict=True):
        h = 1e-4
        up, now, down = (value(option, forward=1 + k * h) for k in (1, 0, -1))
        assert greeks.delta == pytest.approx((up - down) / (2 * h), rel=1e-4, abs=1e-2)
        assert greeks.gamma == pytest.approx((up - 2 * now + down) / h**2 / 100, rel=1e-3, abs=1e-2)
        assert greeks.vega == pytest.approx(
            (value(option, points=h) - value(option, points=-h)) / (2 * h), rel=1e-4, abs=1e-5
        )
        assert greeks.theta == pytest.approx(
            (value(option, days=h) - value(option, days=-h)) / (2 * h), rel=1e-4, abs=1e-5
        )
    (future,) = units_of([one.instruments[0]], market.time)
    assert (future.delta, future.gamma) == (float(one.instruments[0].mark), 0.0)


def test_gamma_and_vega_of_a_wide_table_equal_those_from_venue_data(three):
    market, snapshot, account = three
    with_market, without = (page_of(account, snapshot, venue_data=one) for one in (market, None))
    for name in snapshot.parts.underlyings:
        # With venue data, the last number of a row is theta.
        (ours,), (theirs,) = (rows(page, name, "Greeks") for page in (without, with_market))
        assert ours[1:] == theirs[1:-1]


@pytest.mark.parametrize(
    "change",
    [
        lambda market: replace(market, time=market.time + 1),
        lambda market: replace(market, quote="EUR"),
        lambda market: replace(market, underlyings=(replace(market.underlyings[0], name="ETC"),)),
        lambda market: replace(market, underlyings=(replace(market.underlyings[0], instruments=()),)),
        lambda market: replace(market, underlyings=(replace(market.underlyings[0], price=Decimal(1)),)),
    ],
)
def test_other_venue_data_are_refused(ether, change):
    market, snapshot, account = ether
    with pytest.raises(InputError, match=r"^venue data: "):
        render_report(account, snapshot, venue_data=change(market))


def test_a_page_loads_nothing_and_runs_nothing(three):
    market, snapshot, account = three
    page = page_of(account, snapshot, venue_data=market)
    for forbidden in (
        "http:",
        "https:",
        "//",
        "src=",
        "href=",
        "@import",
        "url(",
        "<script",
        "<link",
        "<iframe",
    ):
        assert forbidden not in page.lower()
    assert "default-src 'none'" in page
    assert "Private: this page shows positions" in page
    assert str(account.view_key) not in page


def test_equal_inputs_give_equal_pages(ether):
    market, snapshot, account = ether
    assert render_report(account, snapshot, venue_data=market) == page_of(
        account, snapshot, venue_data=market
    )


def test_the_command_writes_the_page(ether, cli, tmp_path):
    market, snapshot, account = ether
    market.save("market.json")
    snapshot.save("snapshot.json")
    account.save("account.json")
    files = ("account.json", "--snapshot", "snapshot.json", "-o", "report.html")
    assert cli("report", *files, "--data", "market.json", "--requirement", "initial")[:2] == (
        0,
        "report.html: healthy. The page shows positions: keep it private.\n",
    )
    written = (tmp_path / "report.html").read_text()
    assert written == page_of(account, snapshot, Requirement.INITIAL, market)
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o600
    replace(account, cash=Decimal(-30000)).save("account.json")
    code, out, _ = cli("report", *files, "--force", "--json")
    assert (code, json.loads(out)) == (0, {"file": "report.html", "healthy": False})


def test_without_jinja_the_command_says_what_to_install(ether, cli, monkeypatch):
    _, snapshot, account = ether
    snapshot.save("snapshot.json")
    account.save("account.json")
    for name in [name for name in sys.modules if name.startswith("zkmargin.pages")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    code, _, err = cli("report", "account.json", "--snapshot", "snapshot.json", "-o", "report.html")
    assert (code, err) == (3, "error: jinja2 is missing: pip install 'zkmargin[report]'\n")


def test_an_error_names_no_instrument_of_the_account(ether):
    market, snapshot, account = ether
    (one,) = market.underlyings
    wrong = tuple(
        replace(x, volatility=x.volatility * 3) if isinstance(x, Option) else x for x in one.instruments
    )
    with pytest.raises(InputError) as caught:
        render_report(
            account, snapshot, venue_data=replace(market, underlyings=(replace(one, instruments=wrong),))
        )
    assert str(caught.value) == "venue data: its volatility does not give its mark"


@pytest.mark.parametrize("repriced", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "model", sorted({path.stem for path in MODELS.glob("*.toml")} - {"adjustment", "collateral"})
)
def test_every_model_of_the_package_has_a_page(ether, model, repriced):
    market, _, account = ether
    snapshot = Snapshot.build(market, load_model(model), collateral=load_collateral())
    page = render_report(account, snapshot, venue_data=market if repriced else None)
    assert rows(page, "ETH", "Requirement")


def test_the_page_of_a_small_table_shows_numbers_computed_by_hand():
    page = render_report(margin_values.account(), margin_values.snapshot(), Requirement.INITIAL)
    assert "short option minimum" in rows(page, "ETH")[0][-1]
    assert rows(page, "BTC")[0][1:5] == ["24.00", "0.00", "6.00", "30.00"]
    assert rows(page, "ETH-CALL")[0][1:5] == [f"{MINUS}0.4", "300.00", f"{MINUS}120.00", "+4.00"]


def test_the_page_names_the_key_of_a_proof(cli, monkeypatch, tmp_path):
    margin_values.account().save("account.json")
    margin_values.snapshot().save("snapshot.json")
    command = ("report", "account.json", "--snapshot", "snapshot.json", "-o")
    monkeypatch.setenv("ZKMARGIN_KEYS", str(tmp_path / "none"))
    assert cli(*command, "none.html")[0] == 0
    assert "verifies under" not in (tmp_path / "none.html").read_text()
    keys = margin_instance("margin_13")[1]
    monkeypatch.setenv("ZKMARGIN_KEYS", str(margin_values.KEYS))
    assert cli(*command, "page.html")[0] == 0
    page = (tmp_path / "page.html").read_text()
    assert (
        f"a proof by margin_13 verifies under the development key {keys.fingerprint}. Development key: "
        in page
    )
