"""The backtest page: complete, self-contained and reproducible."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from types import MappingProxyType

import pytest

from support.histories import history_of_returns
from zkmargin.risk import load_model
from zkmargin.risk.adjustment import Buffer, load_adjustment
from zkmargin.risk.backtest import backtest

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")

from zkmargin.pages.backtest import render_page, write_page

OURS = load_adjustment()
RULES = replace(OURS, default=replace(OURS.default, warm_up=2), underlyings=MappingProxyType({}))
MOVES = [0.01, -0.01] * 10 + [-0.2, 0.01] + [0.01, -0.01] * 10
ADDRESSES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


class _Page(HTMLParser):
    """A parser of a page's tags, ids, references and text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.references, self.text = Counter(), [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        for key, value in attrs:
            if key == "id":
                self.ids.append(value)
            if key in {"href", "xlink:href", "src"}:
                self.references.add(value)
            self.references |= set(re.findall(r"url\(([^)]*)\)", value or ""))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def results():
    asked = (("BTC", "span"), ("ETH", "paradex"))
    histories = {name: history_of_returns(MOVES, name=name) for name, _ in asked}
    tests = {
        name: [backtest(histories[name], load_model(model), RULES, option) for option in (*Buffer, None)]
        for name, model in asked
    }
    tests["BTC"].append(backtest(histories["BTC"], load_model("paradex"), RULES, None))
    tests["BTC"].append(backtest(histories["BTC"], load_model("paradex"), RULES, None, close_out=2))
    return [(histories[name], tests[name]) for name, _ in asked]


@pytest.fixture(scope="module")
def page(results):
    return render_page(results, RULES, "maintenance")


def test_it_shows_every_history_model_and_buffer(page):
    found = _Page(page)
    # The requirement is drawn once for both close-outs.
    assert found.tags["svg"] == 3 * 2 + 1
    text = " ".join(found.text)
    for words in (
        "BTC under span",
        "BTC under paradex",
        "BTC under paradex, losses over 2 days",
        "Losses over more than a day",
        "ETH under paradex",
        "stressed",
        "fixed",
        "breaches ▼ long 1, ▲ short 0",
    ):
        assert words in text


def test_it_loads_nothing_and_runs_nothing(page):
    found = _Page(page)
    assert not found.tags.keys() & {"script", "img", "link", "iframe", "object", "embed"}
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= ADDRESSES
    assert all(reference.startswith("#") for reference in found.references)
    assert "default-src 'none'" in page


def test_ids_are_unique_and_references_resolve(page):
    found = _Page(page)
    assert len(found.ids) == len(set(found.ids))
    assert {reference[1:] for reference in found.references} <= set(found.ids)


def test_colours_come_from_the_style_sheet(page):
    styles, body = page.split("</style>", 1)
    used = set(re.findall(r"var\(--([a-z0-9]+)\)", body))
    assert {"ink", "quiet", "loss", "c1", "c2", "c3", "c4", "c5"} <= used
    assert all(f"--{name}:" in styles for name in used)
    assert not re.search(r"#0[0-9]0[0-9]0[0-9]", body)


def test_the_written_page_is_equal_for_equal_backtests(results, page, tmp_path):
    write_page(tmp_path / "backtest.html", results, RULES, "maintenance")
    assert (tmp_path / "backtest.html").read_text() == page
    assert [path.name for path in tmp_path.iterdir()] == ["backtest.html"]


def test_names_are_escaped(results):
    history, tests = results[0]
    text = render_page([(replace(history, name="<b>"), tests)], RULES, "<i>")
    assert "<i>" not in text
    assert "<h2>&lt;b&gt;</h2>" in text
