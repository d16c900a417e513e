"""Opened accounts are not opened again."""

from __future__ import annotations

from dataclasses import replace

from support.margin_values import account, snapshot
from zkmargin.account.opened import OpenedAccount, opening_of
from zkmargin.account.report import margin_report


def test_an_opened_account_is_not_opened_again(monkeypatch):
    held, taken = account(), snapshot()
    opened = OpenedAccount.of(held, taken)
    assert (opened.opening, opened.commitment) == (held.opening(taken), held.commitment(taken))
    report = margin_report(held, taken)
    monkeypatch.setattr(type(held), "opening", None)
    assert opening_of(opened, taken) == (held, opened.opening)
    assert margin_report(opened, taken) == report


def test_an_account_is_opened_again_under_another_snapshot():
    held, first, other = account(), snapshot(), snapshot(timestamp=1_800_000_000)
    stale = replace(OpenedAccount.of(held, first), opening=None)
    assert opening_of(stale, first) == (held, None)
    assert opening_of(stale, other) == (held, held.opening(other))


def test_an_opened_account_has_no_repr():
    opened = OpenedAccount.of(account(), snapshot())
    assert str(opened.account.view_key) not in repr(opened)
