"""``zkmargin account``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zkmargin.account.account import Account
from zkmargin.documents.fields import decimal_text
from zkmargin.errors import InputError
from zkmargin.snapshot.snapshot import Snapshot

from .options import AccountFile, Json, SnapshotFile, integer, load_account
from .output import print_json, print_line
from .tables import print_table

__all__ = ["account_app"]

account_app = typer.Typer(no_args_is_help=True)


@account_app.command()
def new(
    file: AccountFile,
    owner: Annotated[
        str, typer.Option("--owner", help="The owner: a field element or an address, decimal or with 0x.")
    ] = "0",
    as_json: Json = False,
) -> None:
    """Create an empty account with a random salt.

    Fill in the holdings in the file: other users of the machine can read command lines.
    """
    if file.exists():
        raise InputError("exists already; overwriting it would lose its salt", source=str(file))
    Account.new(owner=integer(owner, "--owner")).save(file)
    if as_json:
        print_json({"file": str(file)})
    else:
        print_line(
            f"{file}: an empty account that only you can read. Fill in cash, collateral and positions:"
        )
        print_line('  "collateral": [{"asset": "ETH", "amount": "1.5"}]')
        print_line('  "positions": [{"instrument": "ETH-PERPETUAL", "quantity": "-0.5"}]')


@account_app.command()
def commit(file: AccountFile, snapshot: SnapshotFile, as_json: Json = False) -> None:
    """Compute the commitment of an account. You may publish it."""
    commitment = load_account(file).commitment(Snapshot.load(snapshot))
    if as_json:
        print_json({"commitment": str(commitment)})
    else:
        print_line(str(commitment))


@account_app.command()
def show(file: AccountFile, as_json: Json = False) -> None:
    """Show the holdings of an account, without its salt. Private."""
    shown = _contents(load_account(file))
    if as_json:
        print_json(shown)
        return
    print_table([(name, shown[name]) for name in ("owner", "nonce", "cash")])
    for title, headings in (("collateral", ("asset", "amount")), ("positions", ("instrument", "quantity"))):
        if shown[title]:
            print_line()
            print_table([[*one.values()] for one in shown[title]], headings=headings, right={1})


def _contents(account: Account) -> dict[str, Any]:
    return {
        "owner": str(account.owner),
        "nonce": str(account.nonce),
        "cash": decimal_text(account.cash),
        "collateral": [
            {"asset": asset, "amount": decimal_text(amount)} for asset, amount in account.collateral.items()
        ],
        "positions": [
            {"instrument": name, "quantity": decimal_text(quantity)}
            for name, quantity in account.positions.items()
        ],
    }
