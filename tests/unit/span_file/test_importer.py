"""SPAN risk parameter files as snapshots: rows, marks, charges, ids, and the model."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from support.span_lines import (
    CALL,
    FUTURE,
    REAL_81_ES,
    REAL_82_ES,
    REAL_B_ES,
    REAL_P_ES,
    definitions,
    pair,
    record,
    scan_range,
    write,
)
from zkmargin import Account, spec
from zkmargin.account.report import margin_report
from zkmargin.cli.app import run
from zkmargin.errors import InputError
from zkmargin.risk import load_collateral, load_model
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.span_file import import_span

MICRO = 10**6
LOSSES = (0, 0, -2000, -2000, 2000, 2000, -4000, -4000, 4000, 4000, -6000, -6000, 6000, 6000, -5940, 5940)
# L. McMillan, Options as a Strategic Investment, ch. 34: an S&P 500 future and a call on it, as losses.
MCMILLAN = (
    0, 0, -3330, -3330, 3330, 3330, -6670, -6670, 6670, 6670, -10000, -10000, 10000, 10000, -7000, 7000,
)  # fmt: skip
CALL_LOSSES = (
    -460, 610, -2640, -1730, 1270, 2340, -5210, -4540, 2540, 3430, -8060, -7640, 3380, 3990, -3130, 1500,
)  # fmt: skip
PRODUCT = ["CME:ES"]


def _file(folder: Path, *lines: str, name: str = "cme.pa2", future: tuple[int, ...] = LOSSES) -> Path:
    return write(folder, *definitions("FUT", "OOF"), *pair(FUTURE, future), *lines, name=name)


def _option(**fields: str) -> list[str]:
    return pair(CALL, CALL_LOSSES, **({"delta": "05000", "price": "0002500"} | fields))


def test_the_row_of_a_real_future_follows_its_array(tmp_path: Path):
    link = record("2 ", exchange="CME", code="ES", currency="USD", product0="ES", kind0="FUT")
    path = write(tmp_path, REAL_P_ES, link, REAL_B_ES, REAL_81_ES, REAL_82_ES)
    snapshot = import_span(path, PRODUCT)
    row = snapshot.row("CME-ES-FUT-201903")
    profits = [0, 0, 2, 2, -2, -2, 4, 4, -4, -4, 6, 6, -6, -6, Fraction("5.94"), Fraction("-5.94")]
    assert list(row.slots[:16]) == [value * 1000 * MICRO for value in profits]
    # $50 a point, at 2511.00; the gain per doubling of a future's price is its value.
    assert row.slots[16:] == (125_550 * MICRO, 125_550 * MICRO)
    assert (row.short_floor, row.add_on) == (0, 1)
    assert snapshot.listing("CME-ES-FUT-201903").lot == 1
    assert snapshot.timestamp == 1_546_387_200  # 2019-01-02T00:00:00Z


def test_the_array_of_mcmillan_is_imported_unchanged(tmp_path: Path):
    path = _file(tmp_path, *pair(CALL, CALL_LOSSES), future=MCMILLAN)
    snapshot = import_span(path, PRODUCT)
    rows = [snapshot.row(name) for name in ("CME-ES-FUT-201903", "CME-ES-OOF-201903-201902-C-2500")]
    assert [value // MICRO for value in rows[0].slots[:16]] == [-loss for loss in MCMILLAN]
    assert max(-value for value in rows[0].slots[:16]) == 10_000 * MICRO
    covered = [(one - other) // MICRO for one, other in zip(rows[0].slots, rows[1].slots, strict=True)][:16]
    assert covered == [
        -460, 610, 690, 1600, -2060, -990, 1460, 2130, -4130, -3240, 1940, 2360, -6620, -6010, 3870, -5500,
    ]  # fmt: skip


def test_the_order_of_the_scenarios_is_that_of_the_model_span(tmp_path: Path):
    model = import_span(_file(tmp_path), PRODUCT).parts.model
    # A future that moves by a range gains in each scenario what price and cover of the model say.
    gains = [one.price * (one.cover or 0) for one in model.scenarios]
    assert [round(6000 * gain) for gain in gains] == [-loss for loss in LOSSES]
    assert model.scenarios[:14] == load_model("span").scenarios[:14]


def test_the_model_has_the_parameters_of_the_file(tmp_path: Path):
    model = import_span(_file(tmp_path), PRODUCT).parts.model
    assert model.name == "span_file"
    assert model.initial_bps == 11_000
    ranges = model.ranges("CME-ES")
    assert ranges.price_scan_range == Decimal("0.047790")  # 6000 / 125 550, rounded up
    assert ranges.volatility_scan_range == Decimal("0.35")
    assert (model.scenarios[15].price, model.scenarios[15].cover) == (-3, Fraction(33, 100))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"price_range": "00500", "price_method": "P"}, ("0.05", "0.35", "0")),
        ({"volatility_range": "00050000", "volatility_method": "A"}, ("0.04779", "0", "0.05")),
        (
            {"price_range": "00006", "price_exponent": "03", "price_exponent_sign": "+"},
            ("0.04779", "0.35", "0"),
        ),
        (
            {"price_range": "60000", "price_exponent": "01", "price_exponent_sign": "-"},
            ("0.04779", "0.35", "0"),
        ),
        # 1200 of 2511: three of them are more than there is of a price; the model stops the fall.
        ({"price_range": "60000"}, ("0.477898", "0.35", "0")),
    ],
)
def test_ranges_in_every_notation(fields: dict[str, str], expected: tuple[str, ...], tmp_path: Path):
    if fields.get("price_method") == "P":
        fields = fields | {"price_range": "00005"}
    lines = [*definitions("FUT")[:-1], scan_range(**fields), *pair(FUTURE, LOSSES)]
    ranges = import_span(write(tmp_path, *lines), PRODUCT).parts.model.ranges("CME-ES")
    numbers = (ranges.price_scan_range, ranges.volatility_scan_range, ranges.volatility_scan_minimum)
    assert numbers == tuple(map(Decimal, expected))


def test_a_file_without_extreme_moves_has_none(tmp_path: Path):
    lines = [*definitions("FUT")[:-1], scan_range(multiple="00000", cover="00000"), *pair(FUTURE, LOSSES)]
    snapshot = import_span(write(tmp_path, *lines), PRODUCT)
    assert [one.price for one in snapshot.parts.model.scenarios[14:]] == [0, 0]
    snapshot.save(tmp_path / "snapshot.json")
    assert Snapshot.load(tmp_path / "snapshot.json") == snapshot


def test_an_option_is_marked_at_its_premium_and_charged_when_short(tmp_path: Path):
    snapshot = import_span(_file(tmp_path, *_option()), PRODUCT)
    row = snapshot.row("CME-ES-OOF-201903-201902-C-2500")
    assert row.slots[0] == 460 * MICRO
    assert row.slots[16] == 25 * 50 * MICRO
    # The delta is of the future: half of it, at the future's price.
    assert row.slots[17] == 125_550 * MICRO // 2
    assert row.short_floor == 150 * MICRO


def test_an_account_counts_contracts(tmp_path: Path):
    # McMillan's covered write loses 6 620 at worst, and is marked at one future less one premium.
    snapshot = import_span(_file(tmp_path, *_option(), future=MCMILLAN), PRODUCT)
    positions = {"CME-ES-FUT-201903": Decimal(1), "CME-ES-OOF-201903-201902-C-2500": Decimal(-1)}
    report = margin_report(Account.new(cash=Decimal(0), positions=positions), snapshot)
    (underlying,) = report.underlyings
    assert (underlying.scan, underlying.floor) == (6620, 150)
    assert report.mark == 125_550 - 1250


def test_value_factors_of_a_contract_override_those_of_a_series_and_of_a_family(tmp_path: Path):
    series = scan_range(
        kind="OOF", option_month="201902", factor="00000300000000", factor_exponent="01", factor_sign="-"
    )
    plain = _file(tmp_path, series, *_option(), name="series.pa2")
    own = _file(tmp_path, series, *_option(factor="00000200000000"), name="own.pa2")
    name = "CME-ES-OOF-201903-201902-C-2500"
    assert import_span(plain, PRODUCT).row(name).slots[16] == 25 * 3 * MICRO
    assert import_span(own, PRODUCT).row(name).slots[16] == 25 * 20 * MICRO


def test_negative_prices_are_imported(tmp_path: Path):
    # Crude oil, 20 April 2020: -37.63. The reference is the next future, with a price above 0.
    path = _file(
        tmp_path,
        *pair(FUTURE | {"month": "201901"}, LOSSES, price="0003763", price_sign="-"),
        scan_range(month="201901"),
    )
    snapshot = import_span(path, PRODUCT)
    assert snapshot.row("CME-ES-FUT-201901").slots[16] == -37_630_000 * 50
    assert snapshot.parts.index_prices == (Decimal("2511.00"),)


def test_contracts_without_a_row_are_excluded_with_the_reason(tmp_path: Path):
    lines = [
        *_option(price="9999999"),
        *pair(CALL | {"strike": "0260000", "underlying": "NQ"}, CALL_LOSSES),
        *pair(FUTURE | {"month": "202003"}, LOSSES),
        *pair(FUTURE | {"month": "202006"}, LOSSES),
    ]
    snapshot = import_span(_file(tmp_path, *lines), PRODUCT, until="201912")
    reasons = {one.name: one.reason for one in snapshot.parts.exclusions if one.underlying}
    assert reasons == {
        "CME-ES-FUT": "2 contracts after 201912",
        "CME-ES-OOF-201903-201902-C-2500": "no settlement price",
        "CME-ES-OOF-201903-201902-C-2600": "no price of the option's underlying",
    }
    assert [one.name for one in snapshot.parts.listings] == ["CME-ES-FUT-201903"]


def test_contracts_that_cannot_be_held_have_no_row(tmp_path: Path):
    form = record("P ", exchange="CME", product="EX", kind="CMB", decimals="002", currency="USD",
                  factor="00000500000000", factor_exponent="00", positionable="N")  # fmt: skip
    link = record("2 ", exchange="CME", code="ES", currency="USD", product0="EX", kind0="CMB")
    lines = pair(FUTURE | {"product": "EX", "kind": "CMB"}, LOSSES)
    snapshot = import_span(
        write(tmp_path, form, link, *definitions("FUT"), *pair(FUTURE, LOSSES), *lines), PRODUCT
    )
    assert snapshot.parts.exclusions[0].name == "CME-EX-CMB"
    assert snapshot.parts.exclusions[0].reason == "1 contracts that cannot be held"


def test_contracts_keep_their_numbers(tmp_path: Path):
    months = {
        month: pair(FUTURE | {"month": month}, LOSSES) for month in ("201812", "201903", "201906", "201909")
    }

    def _import(name: str, *listed: str, previous: Snapshot | None = None) -> Snapshot:
        lines = [line for month in listed for line in months[month]]
        path = write(tmp_path, *definitions("FUT"), *lines, name=name)
        return import_span(path, PRODUCT, previous=previous)

    def _ids(snapshot: Snapshot) -> dict[str, int]:
        return {one.name[-6:]: one.id for one in snapshot.parts.listings}

    first = _import("1", "201906", "201903", "201812")
    assert _ids(first) == {"201906": 0, "201903": 1, "201812": 2}
    # The file is of January 2019. June is alive and keeps its number; December is not, but had the highest.
    second = _import("2", "201903", "201909", previous=first)
    assert _ids(second) == {"201903": 1, "201909": 3}
    kept = {
        one.name[-6:]: (one.index, one.reason) for one in second.parts.exclusions if one.index is not None
    }
    reason = "not in the file, but listed before"
    assert kept == {"201906": (0, reason), "201812": (2, reason)}
    second.save(tmp_path / "second.json")
    third = _import("3", "201909", "201906", "201903", previous=Snapshot.load(tmp_path / "second.json"))
    assert _ids(third) == {"201906": 0, "201903": 1, "201909": 3}
    assert not [one for one in third.parts.exclusions if one.index is not None]


def test_underlyings_keep_their_numbers(tmp_path: Path):
    nasdaq = [line.replace("ES ", "NQ ") for line in (*definitions("FUT"), *pair(FUTURE, LOSSES))]
    path = _file(tmp_path, *nasdaq)
    both = import_span(path, ["CME:NQ", "CME:ES"])
    assert both.parts.underlyings == ("CME-NQ", "CME-ES")
    assert [one.id for one in both.parts.listings] == [0, 4096]
    again = import_span(path, ["CME:ES", "CME:NQ"], previous=both)
    assert again.root == both.root
    with pytest.raises(InputError, match="CME-NQ is in the previous snapshot: import it too"):
        import_span(path, PRODUCT, previous=both)


def test_an_imported_snapshot_can_be_used_like_any_other(tmp_path: Path):
    snapshot = import_span(_file(tmp_path, *_option()), PRODUCT)
    assert snapshot.parts.layout == spec.STANDARD
    assert snapshot.parts.quote == "USD"
    snapshot.save(tmp_path / "snapshot.json")
    assert Snapshot.load(tmp_path / "snapshot.json") == snapshot
    assert import_span(tmp_path / "cme.pa2", PRODUCT).root == snapshot.root


def test_a_value_beyond_its_slot_is_refused_with_the_contract(tmp_path: Path):
    with pytest.raises(
        InputError, match=r"CME-ES-FUT-201906: slots\[16\] of one contract in micro-quote: must"
    ):
        import_span(
            _file(
                tmp_path,
                *pair(FUTURE | {"month": "201906"}, LOSSES, price="9999998", factor="99999990000000"),
            ),
            PRODUCT,
        )


REFUSED = {
    "no format": ([*definitions("FUT")[1:], *pair(FUTURE, LOSSES)], "line 6: no type P record of CME-ES-FUT"),
    "no parameters": ([*definitions("FUT")[:-1], *pair(FUTURE, LOSSES)], "no future of CME:ES with a price"),
    "no short option minimum": (
        [*(line for line in definitions("FUT", "OOF") if line[0] != "4"), *pair(FUTURE, LOSSES), *_option()],
        "no short option minimum of CME:ES in the file",
    ),
    "another currency": (
        [definitions("FUT")[0].replace("USD", "EUR"), *definitions("FUT")[1:], *pair(FUTURE, LOSSES)],
        "expected one currency, found EUR, USD",
    ),
    "euros": (
        [line.replace("USD", "EUR") for line in (*definitions("FUT"), *pair(FUTURE, LOSSES))],
        "the bundled collateral is for dollars, but prices are in EUR: pass a collateral file",
    ),
    "two of a name": (
        [*definitions("FUT", "OOF"), *pair(FUTURE, LOSSES), *_option(),
         *pair(CALL | {"underlying": "EX"}, LOSSES)],
        "line 12: duplicate contract CME-ES-OOF-201903-201902-C-2500",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_features_that_rows_cannot_represent_are_refused(case: str, tmp_path: Path):
    lines, message = REFUSED[case]
    path = write(tmp_path, *lines)
    with pytest.raises(InputError) as refused:
        import_span(path, PRODUCT)
    assert message in str(refused.value)
    assert refused.value.source == str(path)


def test_different_extreme_moves_are_refused(tmp_path: Path):
    nasdaq = [line.replace("ES ", "NQ ") for line in (*definitions("FUT"), *pair(FUTURE, LOSSES))]
    nasdaq[4] = nasdaq[4].replace("0300003300", "0200003500")
    with pytest.raises(InputError, match="the extreme moves of the products differ"):
        import_span(_file(tmp_path, *nasdaq), ["CME:NQ", "CME:ES"])


@pytest.mark.parametrize(
    ("products", "message"),
    [
        ([], "expected 1 to 8 different products"),
        (["CME:ES", "CME:ES"], "expected 1 to 8 different products"),
        ([f"CME:{n}" for n in range(9)], "expected 1 to 8 different products"),
        (["ES"], "ES: expected a product"),
    ],
)
def test_products_are_one_to_eight(products: list[str], message: str, tmp_path: Path):
    with pytest.raises(InputError, match=message):
        import_span(_file(tmp_path), products)


def test_more_contracts_than_indices_are_refused(tmp_path: Path):
    lines = [line for n in range(4097) for line in pair(CALL | {"strike": f"{n:07}"}, CALL_LOSSES)]
    with pytest.raises(InputError, match="4098 contracts of CME-ES, more than 4096: set a last month"):
        import_span(_file(tmp_path, *lines), PRODUCT)


def test_custom_collateral_and_a_wrong_date(tmp_path: Path):
    path, assets = _file(tmp_path), (replace(load_collateral()[0], haircut=Decimal("0.5")),)
    snapshot = import_span(path, PRODUCT, collateral=assets, business_date=date(2019, 1, 2))
    assert snapshot.parts.prices == (1,)
    with pytest.raises(InputError, match="expected the business date 2019-01-03, found 2019-01-02"):
        import_span(path, PRODUCT, business_date=date(2019, 1, 3))
    with pytest.raises(InputError, match="until: expected a month"):
        import_span(path, PRODUCT, until="201913")


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["zkmargin", *arguments])
    return run()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    path, out = _file(tmp_path, *_option(price="9999999")), tmp_path / "snapshot.json"
    arguments = ["snapshot", "import-span", str(path), "--product", "CME:ES", "-o", str(out)]
    assert _run(monkeypatch, *arguments, "--date", "2019-01-02") == 0
    root = Snapshot.load(out).root
    shown = capsys.readouterr().out
    assert f"{out}: 1 contracts of CME-ES" in shown
    assert f"root {root}" in shown
    assert "no settlement price" in shown
    assert _run(monkeypatch, *arguments, "--previous", str(out), "--force", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["root"], answer["underlyings"], answer["instruments"]) == (str(root), ["CME-ES"], 1)
    assert _run(monkeypatch, *arguments, "--force", "--date", "yesterday") == 2
    assert "--date: expected a date" in capsys.readouterr().err
    assert _run(monkeypatch, *arguments[:3], "--product", "CME:NQ", "-o", str(out), "--force") == 2
    assert "no combined commodity CME:NQ" in capsys.readouterr().err


TINY = {"factor": "00000000000001", "factor_exponent": "09", "factor_sign": "-"}


def _future(price: str, ranges: dict[str, str], **form: str) -> list[str]:
    """Write a file's lines with a future of another price, parameters and price format."""
    usual = {"exchange": "CME", "product": "ES", "kind": "FUT", "decimals": "002", "currency": "USD"}
    usual |= {"factor": "00000500000000", "factor_exponent": "00"} | form
    _, *others, _ = definitions("FUT")
    return [record("P ", **usual), *others, scan_range(**ranges), *pair(FUTURE, LOSSES, price=price)]


@pytest.mark.parametrize(
    ("price", "ranges", "form"),
    [
        ("0251101", {}, {"decimals": "018"}),
        ("0000001", {"price_range": "99999", "price_exponent": "09"}, TINY | {"decimals": "018"}),
        ("0251100", {"multiple": "99999", "cover": "10000"}, {}),
        ("0251100", {"volatility_range": "00000001", "volatility_exponent": "09"}, {}),
    ],
)
def test_an_imported_snapshot_survives_its_file(tmp_path: Path, price, ranges, form):
    made = import_span(write(tmp_path, *_future(price, ranges, **form)), PRODUCT)
    made.save(tmp_path / "snapshot.json")
    assert Snapshot.load(tmp_path / "snapshot.json") == made
    assert made.parts.model.default.price_scan_range <= 1


@pytest.mark.parametrize(
    ("ranges", "form", "day", "reason"),
    [
        ({"cover": "10001"}, {}, "20190102", "type B record: the cover of extreme moves must be at most 1"),
        ({}, {"decimals": "019"}, "20190102", "columns 34 to 36: expected a decimal locator"),
        ({}, {}, "19700101", "line 1, columns 9 to 16: must be after 1970-01-01"),
        ({}, {}, "00010101", "line 1, columns 9 to 16: must be after 1970-01-01"),
    ],
)
def test_values_that_no_snapshot_can_represent_are_refused_with_their_line(
    tmp_path: Path, ranges, form, day, reason
):
    path = write(tmp_path, *_future("0251100", ranges, **form))
    path.write_bytes(path.read_bytes().replace(b"20190102SF", f"{day}SF".encode(), 1))
    with pytest.raises(InputError, match=reason):
        import_span(path, PRODUCT)
