"""Changes between two snapshots, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.utc import utc_text

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.account.difference import AccountDiff
    from zkmargin.account.report import MarginReport
    from zkmargin.documents.difference import Change
    from zkmargin.snapshot.difference import PriceChange, RowChange, SnapshotDiff

__all__ = ["diff_to_json", "show_diff"]

_SHOWN = 10
_AMOUNTS = ("required", "equity", "cushion")
_ROW_HEADINGS = (
    "instrument",
    "mark\nbefore",
    "\nafter",
    "largest loss\nbefore",
    "\nafter",
    "charges\nbefore",
    "\nafter",
)


def diff_to_json(moved: SnapshotDiff, accounts: Sequence[AccountDiff]) -> dict[str, Any]:
    """Return the changes as an object; numbers are decimal strings."""
    return {**_texts(asdict(moved)), "accounts": [_account_to_json(one) for one in accounts]}


def show_diff(moved: SnapshotDiff, accounts: Sequence[AccountDiff], quote: str) -> None:
    """Write the changes; of long lists the first ten."""
    for text in moved.alarms[:_SHOWN]:
        print_line(f"ALARM: {text}")
    if len(moved.alarms) > _SHOWN:
        print_line(f"ALARM: and {len(moved.alarms) - _SHOWN} more (--json lists all of them)")
    if not moved.heads:
        print_line("same root" if moved.index_prices else "same root: nothing changed")
    for one in moved.heads:
        _show_head(one)
    if moved.renumbered:
        print_line(f"ids, lots or places changed: {len(moved.renumbered)}")
        _show_changes(moved.renumbered)
    for title, found in (("model parameters", moved.model), ("collateral parameters", moved.collateral)):
        if found:
            print_line(f"{title} changed: {len(found)}")
            _show_changes(found[:_SHOWN])
            if len(found) > _SHOWN:
                print_line("  ... (--json lists all of them)")
    _show_prices("index prices", moved.index_prices)
    _show_prices("collateral after haircuts", moved.haircut_prices)
    _show_names("new instruments", moved.new)
    _show_names("instruments removed", [_with_reason(*pair) for pair in moved.gone.items()])
    _show_rows(moved.rows, quote)
    for each in accounts:
        _show_account(each, quote)


def _show_head(one: Change) -> None:
    if one.key == "timestamp":
        print_line(f"time: {_time(one.before)} -> {_time(one.after)}")
        return
    if one.key == "root":
        print_line(f"root: {one.before}\n   -> {one.after}")
        return
    print_line(f"{one.key}: {one.before} -> {one.after}")
    if one.key == "quote":
        print_line("  the quote currencies differ: amounts are not compared")
    if one.key == "layout":
        print_line("  the layouts differ: their proofs need different circuits")


def _show_changes(found: Sequence[Change]) -> None:
    for one in found:
        values = ("none" if value is None else value for value in (one.before, one.after))
        print_line(f"  {one.key}: {' -> '.join(values)}")


def _show_prices(title: str, found: Sequence[PriceChange]) -> None:
    if not found:
        return
    rows = []
    for one in found:
        prices = ("none" if price is None else decimal_text(price) for price in (one.before, one.after))
        rows.append((one.name, *prices, _percent(one.before, one.after)))
    print_table(rows, headings=(title, "before", "after", "change"), right={1, 2, 3})


def _show_names(title: str, names: Sequence[str]) -> None:
    if names:
        print_line(f"{title}: {len(names)}")
        print_line(
            "  " + ", ".join(names[:_SHOWN]) + (" ... (--json lists all of them)" * (len(names) > _SHOWN))
        )


def _with_reason(name: str, reason: str) -> str:
    return f"{name} ({reason})" if reason else name


def _show_rows(rows: Sequence[RowChange], quote: str) -> None:
    if not rows:
        return
    print_line(f"rows changed: {len(rows)}; largest changes of the mark, in {quote} per lot")
    cells = []
    for one in rows[:_SHOWN]:
        marks, losses = (one.mark_before, one.mark_after), (one.scan_before, one.scan_after)
        amounts = (*marks, *losses, one.charges_before, one.charges_after)
        cells.append((one.name, *(f"{amount:,.2f}" for amount in amounts)))
    print_table(cells, headings=_ROW_HEADINGS, right=range(1, 7), indent=2)


def _show_account(one: AccountDiff, quote: str) -> None:
    print_line(f"\naccount {one.source}, {quote}")
    for which, names in (("earlier", one.missing_before), ("later", one.missing_after)):
        if names:
            print_line(f"  missing in the {which} snapshot, so ignored in both: {', '.join(names)}")
    for requirement, before in one.before.items():
        after = one.after[requirement]
        amounts = [(name, *(f"{getattr(each, name):,.2f}" for each in (before, after))) for name in _AMOUNTS]
        health = ["healthy" if each.healthy else "NOT healthy" for each in (before, after)]
        headings = (f"{requirement} margin", "before", "after")
        print_table([*amounts, ("health", *health)], headings=headings, right={1, 2}, indent=2)


def _account_to_json(one: AccountDiff) -> dict[str, Any]:
    requirements = {
        str(requirement): {"before": _report(before), "after": _report(one.after[requirement])}
        for requirement, before in one.before.items()
    }
    missing = {"missing_before": list(one.missing_before), "missing_after": list(one.missing_after)}
    return {"account": one.source, **missing, **requirements}


def _report(report: MarginReport) -> dict[str, Any]:
    amounts = {name: decimal_text(getattr(report, name)) for name in _AMOUNTS}
    return {"requirement_bps": report.requirement_bps, **amounts, "healthy": report.healthy}


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(one) for one in value]
    return decimal_text(value) if isinstance(value, Decimal) else value


def _percent(before: Decimal | None, after: Decimal | None) -> str:
    if not before or after is None:
        return ""
    return f"{float(after / before - 1):+.2%}"


def _time(text: str | None) -> str:
    return utc_text(int(text or 0))
