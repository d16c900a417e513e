"""SPAN risk parameter files in XML, plain and zipped: rows, prices, limits and refusals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from support.span_lines import FUTURE as ES
from support.span_lines import definitions, pair, write
from support.span_xml import (
    BANK,
    CALL,
    COMMODITY,
    EXCHANGE,
    FILE,
    FUTURE,
    FUTURES,
    LINKS,
    OPTIONS,
    PHYSICAL,
    POINTS,
    PUT,
    SCAN,
    UNDERLYING,
    array,
    write_xml,
    zipped,
)
from zkmargin.errors import InputError
from zkmargin.risk.collateral import CollateralAsset
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.span_file import import_span, read_span_file, stream, xml_stream

MICRO = 10**6
PRODUCT = ["NSE:NIFTY"]
RUPEE = (CollateralAsset("INR", Decimal(0), Decimal(1), Decimal(0)),)


def _import(path: Path, **options) -> Snapshot:
    return import_span(path, PRODUCT, collateral=RUPEE, **options)


def test_the_rows_follow_the_arrays(tmp_path):
    snapshot = _import(write_xml(tmp_path))
    future = snapshot.row("NSE-NIFTY-FUT-20260630")
    assert list(future.slots[:16]) == [-Fraction(one) * MICRO for one in FUTURE]
    assert future.slots[16:] == (24_051_800_000, 24_051_800_000)
    assert (future.short_floor, future.add_on) == (0, 1)
    call = snapshot.row("NSE-NIFTY-OOP-20260630-C-24000")
    assert list(call.slots[:16]) == [-int(one) * MICRO for one in CALL]
    # Premium; composite delta times the index, 24050.35.
    assert call.slots[16:] == (260_050_000, 12_025_175_000)
    assert call.short_floor == 12_500_000
    put = snapshot.row("NSE-NIFTY-OOP-20260630-P-24000.5")
    assert list(put.slots[:16]) == [-int(one) * MICRO for one in PUT]
    assert put.slots[17] == -9_620_140_000
    assert (snapshot.parts.quote, snapshot.timestamp) == ("INR", 1_782_345_600)


def test_the_model_has_the_parameters_of_the_file(tmp_path):
    model = _import(write_xml(tmp_path)).parts.model
    ranges = model.ranges("NSE-NIFTY")
    assert ranges.price_scan_range == Decimal("0.092884")  # 2234.01 / 24051.80, rounded up
    assert (ranges.volatility_scan_range, ranges.volatility_scan_minimum) == (0, Decimal("0.04"))
    assert (model.scenarios[14].price, model.scenarios[14].cover) == (2, Fraction(35, 100))
    assert model.initial_bps == 11_000


def test_what_has_no_row_is_listed_by_name(tmp_path):
    exclusions = _import(write_xml(tmp_path)).parts.exclusions
    assert [(one.name, one.reason) for one in exclusions] == [
        ("NSE-NIFTY", "parts of the file that no row carries: 2 dSpread, 1 intraTiers"),
        ("NSE-NIFTY-PHY", "1 contracts that cannot be held"),
        ("NSE-NIFTY-FUT-20260730", "no settlement price"),
    ]


def test_a_file_without_scenarios_links_and_currency(tmp_path):
    changes = (
        (f"<pointDef><r>1</r>{POINTS}</pointDef>", ""),
        (LINKS, ""),
        ("<currency>INR</currency>", ""),
        ("<cvf>1.00</cvf>", ""),
    )
    path = write_xml(tmp_path, *changes)
    with pytest.raises(
        InputError, match=r"line 2\.ccDef: no currency of NSE:NIFTY in the file: give it \(--currency\)"
    ):
        _import(path)
    snapshot = _import(path, currency="INR")
    assert snapshot.row("NSE-NIFTY-FUT-20260630") == _import(write_xml(tmp_path, name="2.spn")).row(
        "NSE-NIFTY-FUT-20260630"
    )
    # Of a future's array: 1561.89 / 2234.01.
    assert snapshot.parts.model.scenarios[14].price == Fraction(6991, 10_000)


def test_contracts_and_definitions_may_be_in_another_order(tmp_path):
    usual = _import(write_xml(tmp_path))
    moved = write_xml(
        tmp_path,
        (EXCHANGE, ""),
        (COMMODITY, f"<exchange><exch>NSE</exch>{OPTIONS}{PHYSICAL}{FUTURES}</exchange>{COMMODITY}"),
        name="moved.spn",
    )
    rows = {one.name: _import(moved).row(one.name) for one in usual.parts.listings}
    assert rows == {one.name: usual.row(one.name) for one in usual.parts.listings}


def test_options_on_futures_have_the_price_of_theirs(tmp_path):
    on_future = OPTIONS.replace("oopPf", "oofPf").replace(
        "<pfId>490</pfId><cId>1</cId>", "<pfId>491</pfId><cId>1</cId>"
    )
    snapshot = _import(write_xml(tmp_path, (OPTIONS, on_future)))
    call = snapshot.row("NSE-NIFTY-OOF-20260630-20260630-C-24000")
    assert call.slots[17] == 12_025_900_000  # 0.5 * 24051.80


def test_a_zip_of_one_file_is_read_without_unpacking(tmp_path):
    path = write_xml(tmp_path)
    assert _import(zipped(path)).root == _import(path).root
    lines = write(tmp_path, *definitions("FUT"), *pair(ES, [int(float(one)) for one in FUTURE]))
    assert import_span(zipped(lines), ["CME:ES"]).root == import_span(lines, ["CME:ES"]).root
    assert sorted(one.name for one in tmp_path.iterdir()) == ["cme.pa2", "cme.zip", "nsccl.spn", "nsccl.zip"]


def _bad_zip(folder: Path, case: str) -> Path:
    path = write_xml(folder)
    if case == "two":
        return zipped(path, "a.spn", "b.spn")
    if case == "name":
        return zipped(path, "../../etc/passwd")
    archive = zipped(path)
    content = bytearray(archive.read_bytes())
    central = content.rindex(b"PK\x01\x02")
    if case == "encrypted":
        content[central + 8] |= 1
    elif case == "method":
        content[central + 10] = 12
    elif case == "size":
        content[central + 24 : central + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    elif case == "damaged":
        content[central // 2] ^= 0xFF
    else:
        del content[central:]
    archive.write_bytes(content)
    return archive


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("two", "expected a zip archive of one file, found 2"),
        ("name", r"expected a member named \*\.spn, \*\.xml, \*\.pa2"),
        ("encrypted", "the member is encrypted"),
        ("method", "packed by another method than deflate"),
        ("size", "the member has more than 1073741824 bytes"),
        ("damaged", "not a zip archive: |not XML: "),
        ("cut", "not a zip archive: File is not a zip file"),
    ],
)
def test_other_zips_are_refused(tmp_path, case, reason):
    path = _bad_zip(tmp_path, case)
    with pytest.raises(InputError, match=reason) as caught:
        _import(path)
    assert caught.value.source == str(path)


def test_a_zip_is_not_read_beyond_its_declared_size(tmp_path, monkeypatch):
    archive = zipped(write_xml(tmp_path))
    content = bytearray(archive.read_bytes())
    central = content.rindex(b"PK\x01\x02")
    content[central + 24 : central + 28] = (500).to_bytes(4, "little")
    archive.write_bytes(content)
    with pytest.raises(InputError, match=r"not XML|not a zip archive"):
        _import(archive)
    monkeypatch.setattr(stream, "MAX_BYTES", 100)
    with pytest.raises(InputError, match=r"the member has more than 100 bytes"):
        _import(zipped(write_xml(tmp_path)))


LAUGHS = '<!DOCTYPE spanFile [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("<spanFile>", f"{LAUGHS}<spanFile>"), "line 2: a document type declaration is not allowed"),
        (("<spanFile>", '<!DOCTYPE spanFile SYSTEM "file:///etc/passwd"><spanFile>'), "declaration is not allowed"),
        (("<name>NIFTY</name><currency>", "<name>&b;</name><currency>"), "not XML: undefined entity"),
        (("<definitions/>", "<a>" * 40), "nested more than 32 deep"),
        (("NSE \xe9", "x" * 1001), "a text of more than 1000 characters"),
        (("</spanFile>", ""), "not XML: no element found"),
        (("</ccDef><ccDef>", "</cc><ccDef>"), "not XML: mismatched tag"),
        (("<date>20260625", "<date>20260231"), "line 2.pointInTime.date: expected a date after 1970-01-01"),
        (("<date>20260625</date>", "<date>1</date>"), "pointInTime.date: expected a date"),
        (("pointInTime", "pointOfTime"), "no pointInTime: not a SPAN risk parameter file"),
        (("<ec>NSCCL</ec>", ""), "clearingOrg.ec: expected a code"),
        (("<cc>NIFTY</cc>", "<cc>NIFTYX</cc>"), "no combined commodity NSE:NIFTY in the file; did you mean NSE:NIFTYX"),
        (("<pe>20260630</pe><p>", "<pe>20261330</pe><p>"), "fut.pe: expected an expiry, CCYYMM or CCYYMMDD"),
        (("<k>24000.00</k>", ""), "opt.k: missing"),
        (("<o>C</o>", "<o>X</o>"), "opt.o: expected C or P"),
        (("<k>24000.00</k>", "<k>1e5</k>"), "opt.k: expected a number"),
        (("<p>24051.80</p>", "<p>24051.80</p><p>1</p>"), "fut.p: duplicate"),
        (("<a>8.72</a><a>-736.49", "<a>-736.49"), "ra.a: expected 16 values, got 15"),
        (("<a>8.72</a>", "<a>nan</a>"), "ra.a: expected a number"),
        ((array(FUTURE, "1.00000"), ""), "fut.ra: missing"),
        ((f"{array(CALL, '0.5')}", array(CALL, "0.5") + array(PUT, "0.5")), "risk arrays that differ by rate"),
        (("<riskExponent>0", "<riskExponent>2"), "ccDef.riskExponent: risk exponents are not supported"),
        (("<scanTiers>", "<scanTiers><tier/>"), "scanTiers: scanning by tiers of expiries is not supported"),
        (("<val>12.500</val></rate>", "<val>1</val></rate><rate><val>2</val></rate>"), "by tier or by rate"),
        (("<val>12.500</val>", "<val>-1</val>"), "ccDef.somTiers: must not be negative"),
        (("<val>12.500</val>", "<val>x</val>"), "rate.val: expected a number"),
        (("<numerator>2</numerator><denominator>3", "<numerator>1</numerator><denominator>2"), "not SPAN's 16 in CME"),
        (("oopPf", "ooePf"), "ooePf: equities, debt and options on them are not supported"),
        (("<cvf>1.00</cvf><fut>", "<cvf>0</cvf><fut>"), "futPf.cvf: must be positive"),
        (("<p>24051.80</p><d>1.0</d><cvf>1.00", "<p>24051.80</p><d>1.0</d><cvf>-1"), "fut.cvf: must be positive"),
        (("<pe>20260730</pe>", "<pe>20260630</pe>"), "fut: duplicate of the contract in line 2"),
        ((FUTURES, FUTURES + FUTURES), "futPf: duplicate portfolio NSE-NIFTY-FUT"),
        (("</pointInTime>", "</pointInTime><pointInTime/>"), "pointInTime: a second point in time"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_with_their_place(tmp_path, change, reason):
    path = write_xml(tmp_path, change)
    with pytest.raises(InputError) as caught:
        _import(path)
    assert reason in str(caught.value)
    assert caught.value.source == str(path)


def test_portfolios_that_may_not_be_held_and_options_without_an_underlying(tmp_path):
    closed = ("<name>NIFTY</name><currency>INR</currency><cvf>1.00</cvf><fut>", "<currency>INR</currency>"
              "<positionsAllowed>0</positionsAllowed><fut>")  # fmt: skip
    with pytest.raises(InputError, match="no future of NSE:NIFTY with a price above 0 and scan ranges"):
        _import(write_xml(tmp_path, closed))
    lost = (UNDERLYING, "<undC><exch>NSE</exch><pfId>1</pfId><cId>1</cId></undC>")
    snapshot = _import(write_xml(tmp_path, lost, ("<p>24050.35</p>", ""), name="lost.spn"))
    reasons = [one.reason for one in snapshot.parts.exclusions if one.name.startswith("NSE-NIFTY-OOP")]
    assert reasons == ["no price of the option's underlying"] * 2


def test_ranges_in_percent(tmp_path):
    percent = "<scanRate><priceScanPct>9.3</priceScanPct><volScanPct>25</volScanPct></scanRate>"
    ranges = _import(write_xml(tmp_path, (SCAN, percent))).parts.model.ranges("NSE-NIFTY")
    assert (ranges.price_scan_range, ranges.volatility_scan_range) == (Decimal("0.093"), Decimal("0.25"))


def test_contents_are_read_with_progress_over_both_passes(tmp_path):
    path, seen = write_xml(tmp_path), []
    file = read_span_file(path, PRODUCT, lambda *step: seen.append(step))
    size = path.stat().st_size
    assert seen == [("reading", size, 2 * size), ("reading", 2 * size, 2 * size)]
    assert file.header.business_date == date(2026, 6, 25)
    assert (file.header.clearing, len(file.contracts), file.ignored) == (
        "NSCCL",
        5,
        {"dSpread": 2, "intraTiers": 1},
    )
    assert [str(one) for one in file.commodities["NSE:NIFTY"].families] == [
        "NSE-NIFTY-PHY",
        "NSE-NIFTY-FUT",
        "NSE-NIFTY-OOP",
    ]


def test_a_file_beyond_the_size_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xml_stream, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="larger than 1000 bytes"):
        _import(write_xml(tmp_path))


def test_ids_are_kept_from_day_to_day(tmp_path):
    first = _import(write_xml(tmp_path))
    first.save(tmp_path / "first.json")
    more = (
        "<opt><cId>1</cId>",
        f"<opt><cId>9</cId><o>C</o><k>23000</k><p>1</p>{array(CALL, '0.5')}</opt><opt><cId>1</cId>",
    )
    second = _import(write_xml(tmp_path, more, name="2.spn"), previous=Snapshot.load(tmp_path / "first.json"))
    known = {one.name: one.id for one in first.parts.listings}
    ids = {one.name: one.id for one in second.parts.listings}
    assert {name: ids[name] for name in known} == known
    assert ids["NSE-NIFTY-OOP-20260630-C-23000"] == max(known.values()) + 1


def test_all_commodities_of_a_sound_file(tmp_path):
    file = read_span_file(write_xml(tmp_path, (BANK, "")))
    assert list(file.commodities) == ["NSE:NIFTY"]
    assert FILE.count("<ccDef>") == 3
