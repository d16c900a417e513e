"""``zkmargin rebalance``."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .options import AccountFile, Json, Requirement, SnapshotFile, load_account, parse_requirement
from .output import print_json, print_line
from .rebalance_text import advice_to_json, show_advice

if TYPE_CHECKING:
    from zkmargin.rebalance import Terms

__all__ = ["rebalance"]

_Amounts = list[str] | None


def rebalance(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountFile,
    snapshot: SnapshotFile,
    cushion: Annotated[
        str, typed.Option("--cushion", help="The target cushion, as a fraction of the requirement.")
    ] = "0.25",
    requirement: Requirement = "maintenance",
    trade: Annotated[
        _Amounts,
        typed.Option("--trade", help="The most of an instrument to buy or sell: NAME=MAX. Repeatable."),
    ] = None,
    allow: Annotated[
        _Amounts,
        typed.Option(
            "--allow", help="A pattern of instruments that may be traded, e.g. ETH-*-P. Repeatable."
        ),
    ] = None,
    deposit: Annotated[
        _Amounts,
        typed.Option("--deposit", help="The most to deposit: ASSET=MAX or cash=MAX. Repeatable."),
    ] = None,
    cost: Annotated[
        _Amounts,
        typed.Option(
            "--cost",
            help="The cost of deposits, as a fraction of their price: 0.01, or ASSET=0.01. Repeatable; 1 if left out.",
        ),
    ] = None,
    trade_cost_bps: Annotated[
        str, typed.Option("--trade-cost-bps", help="The cost of trades, in 1/10000 of their notional.")
    ] = "5",
    trade_fee: Annotated[
        str, typed.Option("--trade-fee", help="The fixed cost of each trade, in the quote currency.")
    ] = "1",
    min_lots: Annotated[
        int, typed.Option("--min-lots", help="The smallest trade in lots, unless it closes a position.")
    ] = 1,
    out: Annotated[
        Path | None,
        typed.Option("-o", "--out", help="Write the account after the cheapest plan to a new file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Find the cheapest deposits and trades that bring an account to its target. Private.

    The target is the requirement plus a cushion. Exit code 1 if no allowed plan reaches it.
    """
    from zkmargin.rebalance import advise  # noqa: PLC0415

    terms = replace(
        _terms(trade, allow, deposit, cost),
        trade_cost_bps=_number(trade_cost_bps, "--trade-cost-bps"),
        trade_fee=_number(trade_fee, "--trade-fee"),
        min_lots=min_lots,
    )
    asked, risk = parse_requirement(requirement), Snapshot.load(snapshot)
    holder = load_account(account, risk)
    advice = advise(holder, risk, asked, cushion=_number(cushion, "--cushion"), terms=terms)
    is_written = out is not None and advice.cheapest.reaches_target and not advice.is_within_target
    if out is not None and is_written:
        advice.cheapest.account.save(out)
    if as_json:
        print_json(advice_to_json(advice) | ({"file": str(out)} if is_written else {}))
    else:
        show_advice(advice)
        if is_written:
            print_line(f"\n{out}: the account after the cheapest plan; only you can read it")
    if not advice.cheapest.reaches_target:
        raise typed.Exit(1)


def _terms(trade: _Amounts, allow: _Amounts, deposit: _Amounts, cost: _Amounts) -> Terms:
    from zkmargin.rebalance import Terms  # noqa: PLC0415

    costs = _amounts(cost, "--cost")
    return Terms(
        deposit_cost=costs.pop("", Decimal(1)),
        deposit_costs=costs,
        deposits=None if deposit is None else _amounts(deposit, "--deposit"),
        trades=_amounts(trade, "--trade"),
        allow=tuple(allow or ()),
    )


def _amounts(texts: _Amounts, option: str) -> dict[str, Decimal]:
    """Read numbers by name; one of the costs may have no name."""
    pairs = [text.rpartition("=") for text in texts or ()]
    if option != "--cost" and any(not name for name, _, _ in pairs):
        raise InputError("expected NAME=NUMBER", source=option)
    found = {name: _number(value, option) for name, _, value in pairs}
    if len(found) < len(pairs):
        raise InputError("duplicate name", source=option)
    return found


def _number(text: str, option: str) -> Decimal:
    return Field(text, option).decimal()
