"""``zkmargin fund``: the insurance fund and the venue's first-loss tranche, which pay for defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.errors import InputError

from . import typed
from .markets import DeploymentFile, Keystore, open_market
from .options import LOCAL_NODE, Json, Rpc  # typed reads the annotations
from .output import print_json, print_line
from .passwords import PasswordFile  # noqa: TC001
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.settlement.market import Market

__all__ = ["fund_app"]

fund_app = typed.Group()

_Amount = Annotated[str, typed.Argument(help="The amount of the quote token, in whole units.")]


@fund_app.command()
def status(deployment: DeploymentFile, rpc: Rpc = LOCAL_NODE, as_json: Json = False) -> None:
    """Show both balances, the notice of a withdrawal, and whether defaults stand in its way."""
    from zkmargin.settlement.administration.values import span_text  # noqa: PLC0415

    market = open_market(deployment, rpc)
    found = _status(market)
    if as_json:
        print_json(found)
        return
    quote, notice = market.deployment.assets[-1].name, found["notice"]
    rows = [
        ("insurance fund", f"{found['insuranceFund']} {quote}"),
        ("first-loss tranche", f"{found['firstLoss']} {quote}"),
        ("unpaid fees", f"{found['unpaidFees']} {quote}: zkmargin venue fees pays them into the tranche"),
        ("seized accounts", str(found["seized"])),
        ("frozen accounts", str(found["frozen"])),
    ]
    if notice is not None:
        left = notice["liveSecondsLeft"]
        when = f"in {span_text(left)} of live time" if left else "now"
        rows.append(("announced withdrawal", f"{notice['amount']} {quote}, {when}"))
    print_table(rows)


@fund_app.command()
def deposit(  # noqa: PLR0913, PLR0917  # the options of a command
    amount: _Amount,
    deployment: DeploymentFile,
    first_loss: Annotated[
        bool, typed.Option("--first-loss", help="Into the venue's tranche, which pays before the fund.")
    ] = False,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Pay into the insurance fund of this market, or into the first-loss tranche.

    The fund has no withdrawals. The tranche pays the venue after a notice of 16 days. Approves the contract for the
    amount first, if its allowance is lower.
    """
    from zkmargin.contracts.collateral_vault import CASH  # noqa: PLC0415  # needs an extra

    micro = _positive(amount)
    market = open_market(deployment, rpc, keystore, password_file)
    receiver = market.first_loss if first_loss else market.fund
    before = _balances(market)
    market.allow({CASH: micro}, receiver.address)
    gas = market.first_loss.deposit(micro) if first_loss else market.fund.deposit(market.house.address, micro)
    _show(market, before, gas, as_json=as_json)


@fund_app.command()
def announce(  # noqa: PLR0913, PLR0917  # the options of a command
    amount: _Amount,
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Announce, as the venue, that a part of the first-loss tranche leaves.

    Replaces an earlier notice; 0 withdraws it. The notice runs in live time, so not while the oracle is silent.
    """
    from zkmargin.settlement.administration.values import micro_in  # noqa: PLC0415

    micro = micro_in(amount, "AMOUNT")
    market = open_market(deployment, rpc, keystore, password_file)
    gas = market.first_loss.announce_withdrawal(micro)
    _show_notice(market, gas, as_json=as_json)


@fund_app.command()
def dispute(  # noqa: PLR0913, PLR0917  # the options of a command
    account: Annotated[int, typed.Argument(min=1, help="The number of an account that is late.")],
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Start the notice of the tranche's withdrawal again, because an account is late."""
    market = open_market(deployment, rpc, keystore, password_file)
    gas = market.first_loss.dispute(account)
    _show_notice(market, gas, as_json=as_json)


@fund_app.command()
def withdraw(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    to: Annotated[
        str | None, typed.Option("--to", help="The address that receives it; the venue's if left out.")
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Withdraw the announced part of the first-loss tranche, as the venue, once the notice is over.

    Refused while an account is seized or frozen.
    """
    market = open_market(deployment, rpc, keystore, password_file)
    before = _balances(market)
    gas = market.first_loss.withdraw(market.sender if to is None else to)
    _show(market, before, gas, as_json=as_json)


def _positive(amount: str) -> int:
    from zkmargin.settlement.administration.values import micro_in  # noqa: PLC0415

    micro = micro_in(amount, "AMOUNT")
    if micro == 0:
        raise InputError("must be positive", source="AMOUNT")
    return micro


def _balances(market: Market) -> dict[str, int]:
    return {
        "insuranceFund": market.fund.balance_of(market.house.address),
        "firstLoss": market.first_loss.balance(),
    }


def _notice(market: Market) -> dict[str, Any] | None:
    from zkmargin.settlement.administration.values import units_text  # noqa: PLC0415

    amount, from_ = market.first_loss.notice()
    if not amount:
        return None
    left = max(0, from_ - market.feed.live_time())
    return {"amount": units_text(amount), "liveSecondsLeft": left}


def _status(market: Market) -> dict[str, Any]:
    from zkmargin.settlement.administration.values import units_text  # noqa: PLC0415

    standing = market.house.standing()
    return {
        **{name: units_text(micro) for name, micro in _balances(market).items()},
        "notice": _notice(market),
        "unpaidFees": units_text(market.house.unpaid_fees()),
        "seized": standing.seized,
        "frozen": standing.frozen,
        "ended": standing.ended,
    }


def _show(market: Market, before: dict[str, int], gas: int, *, as_json: bool) -> None:
    from zkmargin.settlement.administration.values import units_text  # noqa: PLC0415

    after = _balances(market)
    if as_json:
        print_json({**{name: units_text(micro) for name, micro in after.items()}, "gas": gas})
        return
    names = {"insuranceFund": "insurance fund", "firstLoss": "first-loss tranche"}
    quote = market.deployment.assets[-1].name
    for name, micro in after.items():
        if micro != before[name]:
            print_line(f"{names[name]}: {units_text(before[name])} -> {units_text(micro)} {quote}; {gas} gas")


def _show_notice(market: Market, gas: int, *, as_json: bool) -> None:
    from zkmargin.settlement.administration.values import span_text  # noqa: PLC0415

    notice = _notice(market)
    if as_json:
        print_json({"notice": notice, "gas": gas})
    elif notice is None:
        print_line(f"no notice; {gas} gas")
    else:
        quote, left = market.deployment.assets[-1].name, span_text(notice["liveSecondsLeft"])
        print_line(f"{notice['amount']} {quote} can leave in {left} of live time; {gas} gas")
