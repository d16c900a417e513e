"""Parts of the report page: texts, charts, tables and the file."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from support import margin_values
from zkmargin import InputError
from zkmargin.account.report import margin_report
from zkmargin.analysis.reverse import Curve
from zkmargin.pages import plots
from zkmargin.pages.rendering import environment
from zkmargin.pages.report import write_page
from zkmargin.pages.report.chart import line_chart
from zkmargin.pages.report.heat import heat_map
from zkmargin.pages.text import amount, decimals_for, move, percent, quantity, signed

MINUS = "\N{MINUS SIGN}"


def test_names_are_escaped():
    hostile = '<script>alert("x")</script>'
    shown = (
        environment("report").from_string("{{ name }} {{ name | quantity if false }}").render(name=hostile)
    )
    assert "<script" not in shown
    report = margin_report(margin_values.account(), margin_values.snapshot()).underlyings[0]
    template = environment("report").get_template("macros.html.j2").module.heat_table
    model = margin_values.snapshot().parts.model
    assert "<script" not in template(heat_map(report, model), hostile)


def test_scenarios_in_points_stand_beside_the_grid():
    # They have the same price and step as those of ranges.
    report = margin_report(margin_values.account(), margin_values.snapshot()).underlyings[0]
    model = margin_values.snapshot().parts.model
    points = replace(model.scenarios[0], is_points=True)
    found = heat_map(report, replace(model, scenarios=(points, *model.scenarios[1:])))
    (first, *_) = found.others
    assert first.volatility.endswith(" in points")
    assert first.cell.profit == report.scenarios[0]
    assert len(found.others) == 1 + len(heat_map(report, model).others)


def test_a_page_is_private_and_written_atomically(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o644)
    write_page("new", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InputError, match="no such folder"):
        write_page("new", tmp_path / "none" / "report.html")


def test_numbers_are_formatted_for_display():
    assert amount(Decimal("-1234.567")) == f"{MINUS}1,234.57"
    assert (amount(-0.001), signed(0.0), signed(-1.5), signed(2)) == ("0.00", "0.00", f"{MINUS}1.50", "+2.00")
    assert (percent(Fraction(1, 3)), percent(Decimal("0.5"))) == (
        "33.3\N{NO-BREAK SPACE}%",
        "50\N{NO-BREAK SPACE}%",
    )
    assert (move(Fraction(-1, 16)), move(0.1), move(0)) == (
        f"{MINUS}6.25\N{NO-BREAK SPACE}%",
        "+10\N{NO-BREAK SPACE}%",
        "0\N{NO-BREAK SPACE}%",
    )
    assert (quantity(Decimal("-0.50")), quantity(Decimal("1E+4")), quantity(Decimal(100))) == (
        f"{MINUS}0.5",
        "10,000",
        "100",
    )
    assert (decimals_for([1, -1000]), decimals_for([999.9])) == (0, 2)


def test_a_chart_has_round_ticks_and_its_marks_on_the_line():
    curve = Curve((-0.5, 0.0, 0.5), (-10.0, 90.0, 190.0), (20.0, 20.0, 20.0))
    made = line_chart(curve, [type("", (), {"move": -0.35})()])
    assert [tick.label for tick in made.y_ticks] == ["0", "50", "100", "150"]
    places = [tick.place for tick in made.y_ticks]
    steps = {round(a - b, 1) for a, b in pairwise(places)}
    assert max(steps) - min(steps) <= 0.2
    (mark,) = made.marks
    assert mark.y == pytest.approx(places[0] - 20 / 50 * (places[0] - places[1]), abs=0.2)
    assert [path.style for path in made.paths] == ["line maintenance", "line equity"]
    assert made.paths[1].data == "M0 1000l500-500 500-500"


def test_a_line_keeps_its_extremes_and_drops_what_nobody_sees():
    across, up = plots.Axis(0, 100_000), plots.Axis(0, 10, upwards=True)
    values = [5.0] * 100_001
    values[40_000], values[70_000] = 10.0, 0.0
    data = plots.line(across, up, range(100_001), values)
    assert len(data) < 100
    places = np.cumsum([[int(x) for x in re.findall(r"-?\d+", data)][i::2] for i in (0, 1)], axis=1)
    assert (places[:, 0].tolist(), places[:, -1].tolist()) == ([0, 500], [1000, 500])
    assert (places[1].min(), places[1].max()) == (0, 1000)
    assert places[0][places[1].argmin()] == pytest.approx(400, abs=3)


def test_an_area_lies_between_its_lines_and_stems_at_their_points():
    across, up = plots.Axis(0, 2), plots.Axis(1, 100, upwards=True, is_log=True)
    assert (
        plots.area(across, up, [0, 1, 2], [1, 1, 1], [10, 100, 10]) == "M0 500l500-500 500 500 0 500-1000 0z"
    )
    assert plots.stems(across, up, [1, 2], [10, 1], -70) == "M500 500v-70M1000 1000v-70"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (11_000, 90_000, [20_000, 50_000]),
        (0.0004, 0.3, [0.001, 0.01, 0.1]),
        (41.0, 43.0, [41.0, 41.5, 42.0, 42.5, 43.0]),
        (1e-6, 1e9, [1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9]),
    ],
)
def test_logarithmic_ticks_are_round_and_leave_room_for_labels(low, high, expected):
    assert plots.log_ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ((2024, 1, 30), (2024, 2, 9), ["01-30", "02-01", "02-03", "02-05", "02-07", "02-09"]),
        ((2024, 1, 1), (2024, 1, 2), ["01-01", "01-02"]),
        ((2021, 4, 23), (2022, 2, 1), ["2021-05", "2021-07", "2021-09", "2021-11", "2022"]),
        ((2014, 9, 17), (2023, 12, 30), ["2016", "2018", "2020", "2022"]),
    ],
)
def test_days_are_labelled_at_starts_of_months(first, last, expected):
    assert [label for _, label in plots.date_ticks(date(*first), date(*last))] == expected
