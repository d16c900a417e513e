"""A holder's account, and the private reports on it."""

from __future__ import annotations

from .account import Account
from .difference import AccountDiff, diff_account
from .greek_limits import GreekLimits
from .opened import OpenedAccount
from .report import MarginReport, UnderlyingReport, margin_report
from .requirement import Requirement

__all__ = [
    "Account",
    "AccountDiff",
    "GreekLimits",
    "MarginReport",
    "OpenedAccount",
    "Requirement",
    "UnderlyingReport",
    "diff_account",
    "margin_report",
]
