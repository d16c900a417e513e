"""The reader of SPAN risk parameter files: real lines, every column, and refusals."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.span_lines import (
    CALL,
    FUTURE,
    REAL_2_TWO_YEAR,
    REAL_3_MEAL,
    REAL_4_YM,
    REAL_81_ES,
    REAL_81_MEAL,
    REAL_82_ES,
    REAL_82_MEAL_CALL,
    REAL_B_ES,
    REAL_B_ZSC,
    REAL_HEADER,
    REAL_P_ES,
    REAL_P_MEAL,
    REAL_P_ZN,
    definitions,
    pair,
    record,
    scan_range,
    write,
)
from zkmargin.errors import InputError
from zkmargin.span_file import Family, SpanFile, read_span_file
from zkmargin.span_file.line import Line
from zkmargin.span_file.records import (
    parse_contract,
    parse_families,
    parse_format,
    parse_initial_ratio,
    parse_range,
    parse_short_option_minimum,
)

LOSSES = (0, 0, -2000, -2000, 2000, 2000, -4000, -4000, 4000, 4000, -6000, -6000, 6000, 6000, -5940, 5940)
OTHER = tuple(range(-7, 9))


def _line(text: str) -> Line:
    return Line(text, 7, "file")


def _read(folder: Path, *lines: str) -> SpanFile:
    return read_span_file(write(folder, *lines))


def test_real_lines_of_a_future_agree_with_published_figures(tmp_path: Path):
    link = record("2 ", exchange="CME", code="ES", currency="USD", product0="ES", kind0="FUT")
    file = _read(tmp_path, REAL_P_ES, link, REAL_B_ES, REAL_81_ES, REAL_82_ES)
    assert file.header.clearing == "CME"
    assert file.header.business_date == date(2019, 1, 2)
    (contract,) = file.contracts
    assert contract.losses == LOSSES
    assert contract.delta == 1
    form = file.formats[contract.family]
    # ES=F closed at 2511.00 on that day (Yahoo); the contract is of $50 a point.
    assert Decimal(contract.settlement or 0).scaleb(-form.decimals) == Decimal("2511.00")
    assert form.value_factor == 50
    assert form.currency == "USD"
    assert form.is_positionable
    ranges = file.ranges[contract.family, contract.expiry]
    assert (ranges.price, ranges.extreme_multiple, ranges.extreme_cover) == (6000, 3, Decimal("0.33"))
    assert ranges.value_factor == 50


def test_other_real_lines():
    family, form = parse_format(_line(REAL_P_MEAL))
    assert family == Family("CBT", "06", "OOF")
    assert (form.decimals, form.value_factor) == (3, 100)
    family, expiry, ranges = parse_range(_line(REAL_B_ZSC))
    assert (str(family), expiry.month, expiry.option_month) == ("CBT-ZSC-OOC", "202507", "202507")
    assert (ranges.price, ranges.volatility, ranges.volatility_is_percentage) == (600, 25, True)
    assert ranges.value_factor == 5000
    assert [str(one) for one in parse_families(_line(REAL_2_TWO_YEAR))] == [
        "CBT-26-FUT", "CBT-26-OOF", "CBT-59-OOF", "CBT-WT1-OOF", "CBT-VT1-OOF", "CBT-GT1-OOF",
    ]  # fmt: skip
    assert parse_initial_ratio(_line(REAL_3_MEAL)) == Decimal("1.1")
    assert parse_short_option_minimum(_line(REAL_4_YM)) == 170


def test_a_real_option_record_has_its_fields_in_the_expected_columns():
    first = "81" + REAL_82_MEAL_CALL[2:54] + REAL_81_MEAL[54:]
    contract = parse_contract(_line(first), _line(REAL_82_MEAL_CALL))
    assert (contract.right, contract.strike, contract.underlying) == ("C", 145, "06")
    assert (contract.expiry.month, contract.expiry.option_month) == ("202507", "202507")
    assert (contract.delta, contract.settlement) == (0, 139100)
    assert contract.losses[:9] == (0, 0, -567, -567, 567, 567, -1133, -1133, 1133)


def test_every_field_of_a_pair_is_read(tmp_path: Path):
    fields = {"delta": "94321", "delta_sign": "-", "price": "9876543", "price_sign": "-", "strike_sign": "-"}
    series = CALL | {"day": "W1", "option_day": "15", "right": "P", "underlying": "ESX", "strike": "9250001"}
    file = _read(tmp_path, *definitions("OOF"), *pair(series, OTHER, factor="00000200000000", **fields))
    (one,) = file.contracts
    assert one.losses == OTHER
    assert (one.right, one.strike, one.underlying) == ("P", -9250001, "ESX")
    assert one.expiry == ("201903", "W1", "201902", "15")
    assert (one.delta, one.settlement, one.value_factor) == (Decimal("-9.4321"), -9876543, 20)
    assert one.line == 7


@pytest.mark.parametrize(("exponent", "factor"), [(" 00", 50), (" 02", 5000), ("-02", 0.5), ("   ", 50)])
def test_a_value_factor_may_have_an_exponent(exponent: str, factor: int):
    assert parse_format(_line(f"{FORMAT[:72]}{exponent}"))[1].value_factor == factor


@pytest.mark.parametrize(("locator", "decimals"), [("007", 7), ("-02", -2), ("   ", 0)])
def test_decimals_may_be_negative(locator: str, decimals: int):
    form = parse_format(_line(f"{FORMAT[:33]}{locator}{FORMAT[36:]}"))[1]
    assert (form.decimals, form.strike_decimals) == (decimals, 2)


def test_every_digit_of_the_parameters_is_read():
    text = scan_range(
        day="W1", option_month="201902", option_day="15", volatility_range="98765432", price_range="98765",
        multiple="98765", cover="98765", factor="98765432109876", factor_exponent="02", factor_sign="-",
        volatility_exponent="03", volatility_exponent_sign="-", volatility_method="P", price_method="P",
        price_exponent="01", price_exponent_sign="-",
    )  # fmt: skip
    family, expiry, ranges = parse_range(_line(text))
    assert (str(family), expiry) == ("CME-ES-FUT", ("201903", "W1", "201902", "15"))
    assert (ranges.price, ranges.price_is_percentage) == (Decimal("9876.5"), True)
    assert (ranges.volatility, ranges.volatility_is_percentage) == (Decimal("0.098765432"), True)
    assert (ranges.extreme_multiple, ranges.extreme_cover) == (Decimal("98.765"), Decimal("9.8765"))
    assert ranges.value_factor == Decimal("98765.432109876")


@pytest.mark.parametrize("name", ["factor_exponent", "volatility_exponent", "price_exponent"])
def test_exponents_have_two_digits(name: str):
    with pytest.raises(InputError, match="expected an exponent of at most 9"):
        parse_range(_line(scan_range(factor="00000500000000", **{name: "10"})))


def test_every_field_of_a_format_is_read():
    text = record(
        "P ", exchange="CME", product="ABCDEFGHIJ", kind="OOF", decimals="017", strike_decimals="018",
        strike_alignment="C", factor="98765432109876", currency="EUR", positionable="N", quotation="EUR",
    )  # fmt: skip
    family, form = parse_format(_line(f"{text[:115]}F{text[116:]}xyz"))
    assert family == Family("CME", "ABCDEFGHIJ", "OOF")
    assert (form.decimals, form.strike_decimals, form.strike_is_plain) == (17, 18, False)
    assert (form.value_factor, form.currency) == (Decimal("9876543.2109876"), "EUR")
    assert not form.is_positionable


@pytest.mark.parametrize("who", ["member", "hedger", "speculator"])
def test_the_largest_ratio_counts(who: str):
    ratios = {"member": "1001", "hedger": "1001", "speculator": "1001", who: "9876"}
    assert parse_initial_ratio(_line(record("3 ", code="ES", **ratios))) == Decimal("9.876")
    assert parse_initial_ratio(_line(record("3 ", code="ES"))) == 1


def test_every_digit_of_a_short_option_minimum_is_read():
    assert parse_short_option_minimum(_line(record("4 ", code="ES", minimum="9876543"))) == 9876543


def test_scanning_without_tiers_and_arrays_without_decimals_are_read(tmp_path: Path):
    methods = [record("S ", code="ES", method=method) for method in ("01", "20")]
    link = record("2 ", **(LINKED | {"product0": "ABCDEFGHIJ"}), decimals0="0", product1="ES", kind1="OOF")
    file = _read(tmp_path, link, *methods)
    assert [str(one) for one in file.commodities["CME:ES"].families] == ["CME-ABCDEFGHIJ-FUT", "CME-ES-OOF"]


def test_longer_values_are_read(tmp_path: Path):
    losses = tuple(value * 10_000 for value in LOSSES)
    file = _read(tmp_path, *definitions("FUT"), *pair(FUTURE, losses, 8, factor="00000300000000", flag="N"))
    assert file.contracts[0].losses == losses
    assert (file.contracts[0].settlement, file.contracts[0].value_factor) == (251100, 30)
    assert file.contracts[0].delta == 1


def test_a_price_may_stand_in_the_longer_field_alone(tmp_path: Path):
    lines = pair(FUTURE, LOSSES, high_price="00123456789012", flag="Y", price="0000000", price_sign="-")
    assert _read(tmp_path, *definitions("FUT"), *lines).contracts[0].settlement == -123456789012


def test_all_nines_are_no_price(tmp_path: Path):
    file = _read(tmp_path, *definitions("FUT"), *pair(FUTURE, LOSSES, price="9999999"))
    assert file.contracts[0].settlement is None


def test_lines_that_are_not_requested_are_counted_and_not_read(tmp_path: Path):
    crude = FUTURE | {"exchange": "NYM", "product": "CL", "underlying": "CL"}
    lines = [
        "T CLPCUSD$0000001063",
        "1 NYM  02",
        record("2 ", exchange="NYM", code="CL", currency="???", product0="CL", kind0="XXX"),
        record("4 ", code="CL", minimum="nothing"),
        REAL_P_ZN,
        *definitions("FUT"),
        *pair(crude, LOSSES),
        *pair(FUTURE, LOSSES),
        "W something new",
    ]
    path = write(tmp_path, *lines)
    file = read_span_file(path, ["CME:ES"])
    assert list(file.commodities) == ["CME:ES"]
    assert len(file.contracts) == 1
    assert file.ignored == {"1": 1, "2": 1, "4": 1, "81": 1, "82": 1, "P": 1, "T": 1, "W": 1}


def test_more_than_six_families_need_two_records(tmp_path: Path):
    first = {f"product{n}": f"A{n}" for n in range(6)} | {f"kind{n}": "OOF" for n in range(6)}
    two = record("2 ", exchange="CME", code="ES", currency="USD", **first)
    more = record("2 ", exchange="CME", code="ES", currency="USD", product0="ES", kind0="FUT")
    file = _read(tmp_path, two, more)
    assert len(file.commodities["CME:ES"].families) == 7


def test_progress_ends_at_the_size(tmp_path: Path):
    path, told = write(tmp_path, *definitions("FUT")), []
    read_span_file(path, [], lambda *step: told.append(step))
    assert told == [("reading", path.stat().st_size, path.stat().st_size)]


def test_an_end_of_file_character_is_no_line(tmp_path: Path):
    path = write(tmp_path)
    path.write_bytes(path.read_bytes() + b"\x1a")
    assert read_span_file(path).contracts == ()


FORMAT, LINK = definitions("FUT")[:2]
LINKED = {"exchange": "CME", "code": "ES", "currency": "USD", "product0": "ES", "kind0": "FUT"}
ES = definitions("FUT")
BAD = {
    "an alignment code": ([f"{FORMAT[:39]}C{FORMAT[40:]}", LINK], "line 2, column 40: prices in fractions"),
    "a factor of nothing": (
        [FORMAT.replace("00000500000000", "0" * 14), LINK], "the contract value factor must be positive",
    ),
    "a locator": ([FORMAT.replace("002002", "0x2002"), LINK], "line 2, columns 34 to 36: expected a decimal"),
    "an exponent": ([f"{FORMAT[:73]}10", LINK], "line 2, columns 74 to 75: expected an exponent of at most 9"),
    "a sign of an exponent": ([f"{FORMAT[:72]}x01", LINK], "line 2, column 73: expected a sign"),
    "another currency of prices": ([f"{FORMAT:<161}EUR", LINK], "the currencies of prices and gains differ"),
    "the same product twice": ([REAL_P_ES, REAL_P_ES], "duplicate of the product in line 2"),
    "a risk exponent": (
        [record("2 ", **LINKED, exponent="1")],
        "risk exponents are not supported",
    ),
    "arrays with decimals": (
        [record("2 ", **LINKED, decimals0="2")],
        "risk arrays with decimals",
    ),
    "an unknown type": (
        [record("2 ", **(LINKED | {"kind0": "FUX"}))], "expected one of FUT",
    ),
    "a family twice": (
        [LINK] * 2, "duplicate link of CME-ES-FUT",
    ),
    "two currencies of one": (
        [record("2 ", exchange="CME", code="ES", currency=one, product0="ES", kind0=kind)
         for one, kind in (("USD", "FUT"), ("EUR", "OOF"))],
        "expected USD as before",
    ),
    "another's charges": ([*ES, record("4 ", code="NQ", minimum="0000001")], "expected ES"),
    "two short option minimums": (
        [*ES, record("4 ", code="ES", minimum="0000001")], "differs from the short option minimum",
    ),
    "a factor on the requirement": (
        [LINK, record("4 ", code="ES", minimum="0000001", hedger="110")], "columns 73 to 75: factors",
    ),
    "tiers": ([LINK, record("S ", code="ES", method="21")], "method 21, scanning by tiers of months,"),
    "tiers of short options": ([LINK, record("S ", code="ES", method="30")], "short option minimums by month"),
    "parameters twice": ([*ES, scan_range()], "duplicate parameters of CME-ES-FUT 201903"),
    "a month": ([*ES, scan_range(month="201913")], "columns 19 to 24: expected a month"),
    "letters": ([*ES, scan_range(month="201906", price_range="06x00")], "columns 53 to 57: expected digits"),
    "a short line": ([*ES, scan_range(month="201906")[:56]], "too short: 56 columns"),
    "a second header": ([REAL_HEADER], "line 2: duplicate header"),
    "no first record": ([REAL_82_ES], "a type 82 record without the first"),
    "no second record": ([REAL_81_ES, REAL_81_ES], "line 3: expected the type 82 record of the contract in"),
    "another's second record": ([REAL_81_ES, REAL_82_MEAL_CALL], "expected the type 82 record"),
    "an end in between": ([REAL_81_ES], "line 2: the file ends before its type 82 record"),
    "a contract twice": ([*ES, *pair(FUTURE, LOSSES) * 2], "duplicate of the contract in line 7"),
    "a link after the arrays": ([REAL_81_ES, REAL_82_ES, *ES], "linked after its arrays"),
    "a sign": ([*ES, pair(FUTURE, LOSSES)[0], pair(FUTURE, LOSSES)[1].replace("-", "?")],
               "line 8, columns 55 to 96: expected 7 values of 5 digits"),
    "the sign of a delta": ([*ES, *pair(FUTURE, LOSSES, delta_sign=" ")], "column 102: expected a sign"),
    "an array cut short": ([*ES, pair(FUTURE, LOSSES)[0][:80], pair(FUTURE, LOSSES)[1]],
                           "line 7, columns 55 to 108: the line is too short: 80"),
    "a right of a future": ([*ES, *pair(FUTURE | {"right": "C"}, LOSSES)], "column 29: expected C or P"),
    "no right of an option": ([*definitions("OOF"), *pair(CALL | {"right": "X"}, LOSSES)], "column 29:"),
    "the longer price of longer values": (
        [*ES, *pair(FUTURE, LOSSES, 8, high_price="0" * 14, flag="Y")], "the longer field alone",
    ),
    "a long line": (["3 " + "x" * 600], "line 2: longer than 512 columns"),
    "an empty line": ([""], "line 2: not a record"),
    "a control character": (["3 \x00"], "line 2: not a record"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_unusable_lines_are_refused_with_their_place(case: str, tmp_path: Path):
    lines, message = BAD[case]
    with pytest.raises(InputError) as refused:
        _read(tmp_path, *lines)
    assert message in str(refused.value)
    assert str(refused.value).startswith(f"{tmp_path / 'cme.pa2'}: line ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (REAL_HEADER.replace("U2", "UP").encode(), "expanded unpacked format"),
        (b"1 CBT  01", "expanded unpacked format"),
        (REAL_HEADER.replace("20190102S", "20190230S").encode(), "columns 9 to 16: expected a date"),
        ("0 CMÉ".encode(), "not a record of printable ASCII"),
        (b"PK\x03\x04 a zip archive", "not a zip archive: File is not a zip file"),
    ],
)
def test_other_files_are_refused(content: bytes, message: str, tmp_path: Path):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_span_file(tmp_path / "other")


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no such file"):
        read_span_file(tmp_path / "none.pa2")


def test_an_unknown_product_is_refused_with_the_nearest_one(tmp_path: Path):
    path = write(tmp_path, *definitions("FUT"))
    with pytest.raises(InputError, match=r"no combined commodity CME:EX in the file; did you mean CME:ES\?"):
        read_span_file(path, ["CME:EX"])


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    text = "\n".join([REAL_HEADER, *definitions("FUT", "OOF"), *pair(FUTURE, LOSSES), *pair(CALL, OTHER)])
    place = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:place] + data.draw(st.sampled_from(["", "\n", "9", "-", "é", "  "])) + text[place + 1 :]
    path = tmp_path_factory.mktemp("damaged") / "cme.pa2"
    path.write_text(damaged, encoding="latin-1")
    with suppress(InputError):
        read_span_file(path)
