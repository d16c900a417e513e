"""The pages in a real browser: everything is readable at each width, in both colour schemes and on paper.

Without a browser of the Chromium family these tests are skipped; the project installs none. GitHub's runners have one.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import pytest

from support.browser import SWITCHES, found_browser, running_browser
from support.circuits import ROOT
from support.histories import history_of_returns
from support.market_days import BOOK, market_on
from support.printed import pages_of
from support.report_accounts import few_legs, thirty_legs
from zkmargin import Requirement, Snapshot, load_collateral, load_model
from zkmargin.pages import backtest as backtest_page
from zkmargin.pages.report import render_report
from zkmargin.risk.adjustment import Buffer, load_adjustment
from zkmargin.risk.backtest import backtest
from zkmargin.risk.book_backtest import backtest_book
from zkmargin.risk.market_day import market_day
from zkmargin.venues import import_deribit

CHAIN = ROOT / "examples" / "chain"
WIDTHS = (390, 768, 1280, 1400)
PAPER = 688
"""The width of the pages' A4 paper between its margins."""
LONG = "LONG_USDC-27MAR26-144d5-C-" + 38 * "X"
PAGES = ("thirty", "estimated", "three", "large", "charges", "empty", "backtest", "book")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return the pages of various accounts and of a backtest by name, as files."""
    folder, collateral = tmp_path_factory.mktemp("pages"), load_collateral()
    ether, all_of_them = import_deribit(CHAIN / "ETH.json"), import_deribit(*sorted(CHAIN.glob("*.json")))
    span = Snapshot.build(ether, load_model("span"), collateral=collateral)
    wide = Snapshot.build(all_of_them, load_model("deribit"), collateral=collateral)
    charges = Snapshot.build(ether, load_model("derive_standard"), collateral=collateral)
    thirty, few = thirty_legs(ether), few_legs(all_of_them)
    renamed, large = long_names(ether, thirty)
    made = {
        "thirty": render_report(thirty, span, Requirement.INITIAL, ether),
        "estimated": render_report(thirty, span, 15_000),
        "three": render_report(few, wide, venue_data=all_of_them, trades={"ETH-PERPETUAL": Decimal(-20)}),
        "large": render_report(large, Snapshot.build(renamed, load_model("span"), collateral=collateral)),
        "charges": render_report(thirty, charges),
        "empty": render_report(thirty.holding({}), span),
        "backtest": backtest_page.render_page(backtests(), RULES, "maintenance"),
        "book": book_page(),
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text)
    return {name: folder / f"{name}.html" for name in made}


RULES = replace(load_adjustment(), underlyings=MappingProxyType({}))
RULES = replace(RULES, default=replace(RULES.default, warm_up=2))


def long_names(market, account):
    """Return venue data with a long name without a place to break it, and an account with a shortfall of millions."""
    (one,) = market.underlyings
    instruments = tuple(
        replace(each, name=LONG) if each.name == min(account.positions) else each for each in one.instruments
    )
    sizes = {
        LONG if name == min(account.positions) else name: size * 1000
        for name, size in account.positions.items()
    }
    renamed = replace(market, underlyings=(replace(one, instruments=instruments),))
    return renamed, replace(account.holding(sizes), cash=Decimal("-123456789.123456"))


def backtests():
    """Return backtests of two histories with breaches, under two models."""
    moves = np.random.default_rng(1).standard_t(3, 400) * 0.03
    found = []
    for name, models, start in (("BTC", ("span", "perp"), 60_000), ("ETH-PERPETUAL", ("span",), 0.001)):
        history = history_of_returns(moves, start=start, name=name)
        tests = [
            backtest(history, load_model(one), RULES, option) for one in models for option in (*Buffer, None)
        ]
        found.append((history, tests))
    return found


def book_page():
    """Return the page of a large book with breaches, a missing and two expired positions, over two close-outs."""
    book = {name: quantity * 10_000 for name, quantity in BOOK.items()}
    markets = [
        market_on(day, price, without=("LATE",) if day == 1 else ())
        for day, price in enumerate((2000, 2050, 2900, 1500, 1700, 1650, 1660))
    ]
    days = [market_day(one, book, [load_model("span")], "day.json") for one in markets]
    tests = [backtest_book(book, days, "span", close_out=close_out) for close_out in (1, 2)]
    assert tests[0].maintenance.breaches.any()
    assert tests[0].left_out
    return backtest_page.render_book_page(days, tests, book)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with running_browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.mark.parametrize("name", PAGES)
def test_nothing_leaves_its_box_or_the_window(browser, pages, name):
    browser.open(pages[name])
    for width in WIDTHS:
        browser.show(width)
        assert (width, browser.faults(smallest=11)) == (width, [])
    browser.show(PAPER, media="print")
    assert browser.faults(smallest=8.5) == []


@pytest.mark.parametrize("name", PAGES)
def test_paper_is_used_and_its_pages_are_not_made_smaller(browser, pages, name):
    browser.open(pages[name])
    browser.show(1280)
    printed = pages_of(browser.paper())
    assert all(page.scale == pytest.approx(1, abs=1e-3) for page in printed)
    assert all(page.filled > 0.7 for page in printed[:-1])


@pytest.mark.parametrize("name", ["three", "backtest"])
def test_colours_are_readable_in_both_schemes(browser, pages, name):
    browser.open(pages[name])
    papers = {}
    for scheme in ("light", "dark"):
        browser.show(1280, scheme=scheme)
        papers[scheme] = browser.run("getComputedStyle(document.body).backgroundColor")
        assert (scheme, browser.faint()) == (scheme, [])
    assert papers["light"] != papers["dark"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ('<p style="white-space:nowrap">' + "wide " * 200, "wider than the window"),
        ('<div style="width:9rem;overflow:hidden">' + "cut" * 99, "overflows: div"),
        ('<p style="margin-left:-9rem">left</p>', "outside: p"),
        ('<p style="font-size:5px">small</p>', "too small: p"),
        (
            '<div class="x-axis" style="position:relative"><i>one</i><i style="margin-left:-1rem">two',
            "labels overlap",
        ),
    ],
)
def test_a_fault_would_be_found(browser, tmp_path, fault, words):
    page = tmp_path / "fault.html"
    page.write_text(f"<!DOCTYPE html><title>x</title><body>{fault}</body>")
    browser.open(page)
    browser.show(1280)
    assert any(words in one for one in browser.faults(smallest=11))


def test_a_faint_text_and_an_empty_or_shrunken_paper_would_be_found(browser, tmp_path):
    page = tmp_path / "fault.html"
    empty = '<p style="break-after:page">a<p style="width:3000px">b'
    page.write_text(
        f'<!DOCTYPE html><title>x</title><body><p style="color:#bbb;background:#fff">faint</p>{empty}</body>'
    )
    browser.open(page)
    browser.show(1280)
    assert ["faint" in one for one in browser.faint()] == [True]
    first, _ = pages_of(browser.paper())
    assert first.scale < 0.9
    assert first.filled < 0.3


@pytest.mark.parametrize("name", PAGES)
def test_a_screen_reader_gets_names_for_everything(pages, name):
    page = pages[name].read_text()
    assert page.count("<h1") == 1
    for tag in re.findall(r"<svg[^>]*>", page):
        assert 'aria-hidden="true"' in tag
    for tag in re.findall(r'<div class="plot"[^>]*>', page):
        assert re.search(r'role="img" aria-label="[^"]{20,}"', tag)
    assert not re.search(r"<th(?![^>]*scope=)[ >]", page)
    # In a narrow window the numbers of a wide table stand below each other, each with the name of its column.
    for table in re.findall(r'<table class="[^"]*stack[^"]*">(.*?)</table>', page, re.DOTALL):
        cells = re.findall(r"<td([^>]*)>(?!</td>)", table)
        assert cells
        assert all("data-label=" in one or "aria-hidden" in one for one in cells)


def test_the_page_of_a_backtest_is_small(pages):
    """Three plots of requirements and fifteen of prices, of 400 days."""
    assert pages["backtest"].stat().st_size < 200_000


OPTIONS = [*(one for one in SWITCHES if "pipe" not in one), "--enable-logging=stderr", "--v=0", "--dump-dom"]


def visit(page, folder):
    """Open a page: the document as the browser has it, and what the console says."""
    command = [found_browser(), *OPTIONS, f"--user-data-dir={folder / 'profile'}", page.as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    return run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("name", ["thirty", "backtest"])
def test_a_page_renders_without_a_word_on_the_console(pages, tmp_path, name):
    document, console = visit(pages[name], tmp_path)
    assert console == []
    assert document.count("<svg") == pages[name].read_text().count("<svg")


@pytest.mark.parametrize("fault", ["<script>missing()</script>", "<script>console.warn(1)</script>"])
def test_the_console_would_be_heard(tmp_path, fault):
    page = tmp_path / "broken.html"
    page.write_text(f"<!DOCTYPE html><title>x</title><body>{fault}</body>")
    assert visit(page, tmp_path)[1]


def test_the_page_forbids_what_it_does_not_have(pages, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(
        pages["empty"].read_text().replace("</main>", "<script>document.title = 'ran'</script></main>")
    )
    document, console = visit(path, tmp_path)
    assert "<title>ran" not in document
    assert any("Content Security Policy" in line for line in console)
