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

from zkmargin.pages.backtest import render_page, write_page

OURS = load_adjustment()
RULES = replace(OURS, default=replace(OURS.default, warm_up=2), underlyings=MappingProxyType({}))
MOVES = [0.01, -0.01] * 10 + [-0.2, 0.01] + [0.01, -0.01] * 10


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
    assert page.count('<div class="plot"') == 3 + 5 + 1 + 1 + 5
    text = " ".join(found.text)
    for words in (
        "BTC under span",
        "BTC under paradex",
        "BTC under paradex, losses over 2 days",
        "Losses over more than a day",
        "ETH under paradex",
        "stressed",
        "fixed",
        "buffer: breaches 1 long, 0 short",
    ):
        assert words in text


def test_it_loads_nothing_and_runs_nothing(page):
    found = _Page(page)
    assert not found.tags.keys() & {"script", "img", "link", "iframe", "object", "embed"}
    assert not re.search(r"https?:|//", page)
    assert not found.references
    assert "default-src 'none'" in page


def test_a_legend_shows_the_styles_of_the_plot_and_only_buffers_in_it(page):
    styles = page.split("</style>", 1)[0]
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 3
    for figure in figures:
        legend, plot = figure.split("</figcaption>")
        shown = re.findall(r'class="line (\w+)" d="M0 5h32"/></svg>\s+(\w+)<', legend)
        assert all(style == label for style, label in shown)
        assert [style for style, _ in shown] == re.findall(r'class="line (\w+)"', plot)
        assert all(f"svg .{style} {{ stroke: " in styles for style, _ in shown)


def test_the_explanation_of_fixed_gives_the_models_range_and_no_parameters(results, page):
    assert "16.0\N{NO-BREAK SPACE}% under span" in page
    history, tests = results[0]
    alone = render_page([(history, tests[:1])], RULES, "maintenance")
    assert "<b>none</b>" in alone
    assert not any(f"<b>{name}</b>" in alone for name in ("buffer", "stressed", "floor", "fixed"))
    assert "25 %" not in page


def test_the_written_page_is_equal_for_equal_backtests(results, page, tmp_path):
    write_page(tmp_path / "backtest.html", results, RULES, "maintenance")
    assert (tmp_path / "backtest.html").read_text() == page
    assert [path.name for path in tmp_path.iterdir()] == ["backtest.html"]


def test_names_are_escaped(results):
    history, tests = results[0]
    text = render_page([(replace(history, name="<b>"), tests)], RULES, "<i>")
    assert "<i>" not in text
    assert "<h2>&lt;b&gt;</h2>" in text
