"""The page of benchmarks and its charts are made of the committed figures, and of nothing else."""

from __future__ import annotations

import importlib
import json
import xml.etree.ElementTree as ET

import pytest

from support.circuits import ROOT


@pytest.fixture(scope="module")
def page():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        yield importlib.import_module("page")


@pytest.fixture
def results(page, tmp_path, monkeypatch):
    """Return a function that changes the committed figures for one test."""
    figures = importlib.import_module("figures")

    def change(edit):
        found = json.loads(figures.RESULTS.read_text(encoding="utf-8"))
        edit(found)
        path = tmp_path / "results.json"
        path.write_text(json.dumps(found), encoding="utf-8")
        monkeypatch.setattr(figures, "RESULTS", path)
        return page.files()

    return change


def test_the_page_is_made_of_the_figures(page):
    """``python benchmarks/run.py --page`` renews it."""
    for path, text in page.files().items():
        assert path.read_text(encoding="utf-8") == text


def test_charts_are_xml_and_the_page_shows_them(page):
    drawn = {path for path in page.files() if path.suffix == ".svg"}
    assert drawn == set(page.IMAGES.glob("benchmarks-*.svg"))
    for path in drawn:
        assert ET.fromstring(path.read_text(encoding="utf-8")).tag.endswith("svg")  # noqa: S314  # our own file
        assert f"images/{path.name})" in page.PAGE.read_text(encoding="utf-8")


def test_another_figure_gives_another_page(page, results):
    def slower(found):
        one = next(one for one in found["figures"] if one["task"] == "keys")
        one["cpu"] = [777.7]

    assert "778, " in results(slower)[page.PAGE]


def test_a_task_without_figures_is_said_not_to_be_measured(page, results):
    def nothing(found):
        found.update(measured={}, figures=[])

    made = results(nothing)
    assert made[page.PAGE].count("## ") == 5
    assert made[page.PAGE].lower().count("not measured") == 7
    assert page.IMAGES / "benchmarks-proofs.svg" not in made


def test_extrapolated_accounts_are_called_so(page):
    text = page.PAGE.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("| 1 000 | "))
    assert line.split(" | ")[1] == "extrapolated"
