"""What ``zkmargin margin`` says about the venue's own formula."""

from __future__ import annotations

from decimal import Decimal

import pytest

from support.margin_values import account, snapshot
from zkmargin.account.report import margin_report
from zkmargin.account.venue_formula import VenueFormula
from zkmargin.cli.margin_text import report_to_json, venue_text

SNAPSHOT = snapshot()
REPORT = margin_report(account(), SNAPSHOT)
POOR = margin_report(account("-1400"), SNAPSHOT)


@pytest.mark.parametrize(
    ("least", "report", "end"),
    [
        ("100.50", REPORT, "of 134.00 is at most 33.50 USD (33%) above it"),
        ("200", REPORT, "of 134.00 is at least 66.00 USD (33%) below it"),
        ("-1.50", REPORT, "of 134.00 is at most 135.50 USD above it"),
        ("100.50", POOR, "is at most 33.50 USD (33%) above it; the equity is below both"),
    ],
)
def test_the_bound_for_the_account_at_hand(least, report, end):
    formula = VenueFormula("Derive's margin", "maintenance", Decimal(least), Decimal(134))
    line = venue_text(formula, report)
    assert line.startswith(f"Derive's margin, maintenance: at least {Decimal(least):,.2f} USD\nthe model's")
    assert line.endswith(end)
    shown = report_to_json(report, SNAPSHOT.parts.model, formula)["venue_formula"]
    assert Decimal(shown["at_most_above"]) == 134 - Decimal(least)
    assert (shown["requirement"], shown["reason"]) == ("134", "")


def test_an_unknown_formula_says_why():
    formula = VenueFormula("Derive's margin", "initial", None, Decimal(134), "the name X does not tell it")
    assert venue_text(formula, REPORT) == "Derive's margin: unknown, the name X does not tell it"
    shown = report_to_json(REPORT, SNAPSHOT.parts.model, formula)["venue_formula"]
    assert (shown["at_least"], shown["at_most_above"]) == (None, None)
    assert "venue_formula" not in report_to_json(REPORT, SNAPSHOT.parts.model)
