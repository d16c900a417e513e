"""The report page in a real browser: it renders, and the console stays silent."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from support.circuits import ROOT
from support.report_accounts import thirty_legs
from zkmargin import Requirement, Snapshot, load_collateral, load_model
from zkmargin.pages.report import render_report, write_page
from zkmargin.venues import import_deribit

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--enable-logging=stderr",
    "--v=0",
    "--dump-dom",
)


@pytest.fixture(scope="module")
def browser():
    """The path of a browser of the Chromium family."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or pytest.skip("no Chromium")


def visit(browser, page, folder):
    """Open a page: the document as the browser has it, and what the console says."""
    command = [browser, *OPTIONS, f"--user-data-dir={folder / 'profile'}", page.as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    return run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("with_market", [True, False])
def test_the_page_of_thirty_legs_renders_without_a_word_on_the_console(browser, tmp_path, with_market):
    market = import_deribit(ROOT / "examples" / "chain" / "ETH.json")
    snapshot = Snapshot.build(market, load_model("span"), collateral=load_collateral())
    account = thirty_legs(market)
    assert len(account.positions) == 30
    page = tmp_path / "report.html"
    write_page(render_report(account, snapshot, Requirement.INITIAL, market if with_market else None), page)
    document, console = visit(browser, page, tmp_path)
    assert console == []
    assert all(name in document for name in account.positions)
    assert document.count("<polyline") == 2


@pytest.mark.parametrize("fault", ["<script>missing()</script>", "<script>console.warn(1)</script>"])
def test_the_console_would_be_heard(browser, tmp_path, fault):
    page = tmp_path / "broken.html"
    page.write_text(f"<!DOCTYPE html><title>x</title><body>{fault}</body>")
    assert visit(browser, page, tmp_path)[1]


def test_the_page_forbids_what_it_does_not_have(browser, tmp_path):
    market = import_deribit(ROOT / "examples" / "chain" / "ETH.json")
    page = render_report(thirty_legs(market), Snapshot.build(market, load_model("span")))
    path = tmp_path / "report.html"
    path.write_text(page.replace("</main>", "<script>document.title = 'ran'</script></main>"))
    document, console = visit(browser, path, tmp_path)
    assert "<title>ran" not in document
    assert any("Content Security Policy" in line for line in console)
