"""A holder's account and its private reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .account import Account
    from .difference import AccountDiff, diff_account
    from .entries import Imported, cash_warning, import_positions
    from .greek_limits import GreekLimits
    from .opened import OpenedAccount
    from .report import MarginReport, UnderlyingReport, margin_report
    from .requirement import Requirement
    from .upgrade import upgraded
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        account="Account",
        difference="AccountDiff diff_account",
        entries="Imported cash_warning import_positions",
        greek_limits="GreekLimits",
        opened="OpenedAccount",
        report="MarginReport UnderlyingReport margin_report",
        requirement="Requirement",
        upgrade="upgraded",
    )

__all__ = [
    "Account",
    "AccountDiff",
    "GreekLimits",
    "Imported",
    "MarginReport",
    "OpenedAccount",
    "Requirement",
    "UnderlyingReport",
    "cash_warning",
    "diff_account",
    "import_positions",
    "margin_report",
    "upgraded",
]
