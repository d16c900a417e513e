"""The commands of ``zkmargin settle`` that need no opening: funds, notices and requests."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from . import typed
from .holding import AccountNumber, Receiver, public_key
from .markets import DeploymentFile, Keystore, open_market
from .options import LOCAL_NODE, Json, Rpc
from .output import print_json, print_line
from .passwords import PasswordFile  # noqa: TC001  # typed reads the annotations
from .settle_text import amount_text, parse_funds

if TYPE_CHECKING:
    from zkmargin.settlement.roles import Owner

__all__ = ["announce_app", "bond", "claim", "deposit", "refund", "request_key"]

announce_app = typed.Group("announce", help="Give notice of a refund or of a withdrawal.")

_Funds = Annotated[str, typed.Argument(metavar="FUNDS", help="The asset and amount, e.g. cash=100.")]


def deposit(  # noqa: PLR0913, PLR0917  # the options of a command
    funds: Annotated[
        list[str], typed.Argument(metavar="FUNDS...", help="Assets to deposit, e.g. cash=100 ETH=0.5.")
    ],
    account: AccountNumber,
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Deposit assets, which wait for the venue's credit.

    Approves the vault for the amounts first, where its allowance is lower. Each asset is a transaction.
    """
    parts = [parse_funds(one) for one in funds]
    gas = _owner(deployment, rpc, keystore, password_file).deposit(account, *parts)
    if as_json:
        waits = {one.asset: one.text for one in parts}
        print_json({"account": account, "deposited": waits, "gas": gas})
    else:
        listed = ", ".join(f"{one.text} {one.asset}" for one in parts)
        print_line(f"account {account}: {listed} deposited; it waits for the venue's credit. {gas} gas")


@announce_app.command("refund")
def announce_refund(  # noqa: PLR0913, PLR0917  # the options of a command
    funds: _Funds,
    account: AccountNumber,
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Give notice that waiting funds leave, ten minutes before the refund.

    Replaces the asset's earlier notice; the amount 0 cancels it. The venue may still credit the funds meanwhile.
    """
    part = parse_funds(funds, zero=True)
    waiting = _owner(deployment, rpc, keystore, password_file).announce_refund(account, part)
    if as_json:
        leaving = {"asset": part.asset, "leaving": amount_text(waiting.leaving)}
        print_json({"account": account, **leaving, "leavesAt": waiting.leaves_at})
    elif waiting.leaving:
        when = utc_text(waiting.leaves_at)
        print_line(
            f"account {account}: {part.text} {part.asset} may leave from {when}: zkmargin settle refund"
        )
    else:
        print_line(f"account {account}: no {part.asset} leaves")


@announce_app.command("withdrawal")
def announce_withdrawal(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountNumber,
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Give notice of a withdrawal: ten minutes later you may withdraw once, for an hour.

    In that hour, and until the withdrawal, the account is in no batch: no fill, credit or expiry.
    """
    times = _owner(deployment, rpc, keystore, password_file).announce_withdrawal(account)
    start, end = times.withdraws_from, times.withdraws_until
    if as_json:
        print_json({"account": account, "from": start, "until": end})
    else:
        print_line(f"account {account}: withdraw from {utc_text(start)} to {utc_text(end)}")


def refund(  # noqa: PLR0913, PLR0917  # the options of a command
    funds: _Funds,
    account: AccountNumber,
    deployment: DeploymentFile,
    to: Receiver = None,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Take back waiting funds at par, after a notice; at once when the market has ended."""
    part = parse_funds(funds)
    gas = _owner(deployment, rpc, keystore, password_file).refund(account, part, to)
    if as_json:
        print_json({"account": account, "asset": part.asset, "refunded": part.text, "gas": gas})
    else:
        print_line(f"account {account}: {part.text} {part.asset} refunded; {gas} gas")


def bond(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountNumber,
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Leave the bond that an account needs before its first fill. It goes to the winner of an auction."""
    paid = amount_text(_owner(deployment, rpc, keystore, password_file).post_bond(account))
    if as_json:
        print_json({"account": account, "bond": paid})
    else:
        print_line(f"account {account}: a bond of {paid} left")


def request_key(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountNumber,
    deployment: DeploymentFile,
    trading_key: Annotated[
        Path | None,
        typed.Option("--trading-key", help="The file of the next trading key, from zkmargin order key."),
    ] = None,
    cancel: Annotated[bool, typed.Option("--cancel", help="Withdraw the request that waits.")] = False,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Ask the venue for another trading key; the account has it once a batch has granted it."""
    if (trading_key is None) != cancel:
        raise InputError("give one of them", source="--trading-key, --cancel")
    key = None if trading_key is None else public_key(trading_key)
    gas = _owner(deployment, rpc, keystore, password_file).request_key(account, key)
    if as_json:
        print_json({"account": account, "requested": not cancel, "gas": gas})
    else:
        done = "the request is withdrawn" if cancel else "another trading key is requested"
        print_line(f"account {account}: {done}; {gas} gas")


def claim(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    to: Receiver = None,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Collect payments that a token refused to transfer to you: your claims on the vault."""
    paid = _owner(deployment, rpc, keystore, password_file).claim_payments(to)
    if as_json:
        print_json({"paid": {one.asset: one.text for one in paid}})
        return
    for one in paid:
        print_line(f"{one.text} {one.asset} paid")
    if not paid:
        print_line("nothing to claim")


def _owner(deployment: Path, rpc: str, keystore: Path | None, password_file: Path | None) -> Owner:
    from zkmargin.settlement.roles import Owner  # noqa: PLC0415  # needs an extra

    return Owner(open_market(deployment, rpc, keystore, password_file))
