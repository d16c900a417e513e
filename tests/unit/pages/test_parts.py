"""Parts of the report page: texts, charts, tables and the file."""

from __future__ import annotations

import re
import stat
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from support import margin_values
from zkmargin import InputError
from zkmargin.account.report import margin_report
from zkmargin.pages.report import write_page
from zkmargin.pages.report.chart import line_chart
from zkmargin.pages.report.heat import heat_map
from zkmargin.pages.report.liquidation import Curve
from zkmargin.pages.report.page import _environment
from zkmargin.pages.report.text import amount, decimals_for, move, percent, quantity, signed

MINUS = "\N{MINUS SIGN}"


def test_names_are_escaped():
    hostile = '<script>alert("x")</script>'
    shown = _environment().from_string("{{ name }} {{ name | quantity if false }}").render(name=hostile)
    assert "<script" not in shown
    report = margin_report(margin_values.account(), margin_values.snapshot()).underlyings[0]
    template = _environment().get_template("macros.html.j2").module.heat_table
    model = margin_values.snapshot().parts.model
    assert "<script" not in template(heat_map(report, model), hostile)


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
    assert re.fullmatch(r"(-?[\d.]+,-?[\d.]+ ?){3}", made.equity)
    assert np.isfinite([float(x) for point in made.equity.split() for x in point.split(",")]).all()
