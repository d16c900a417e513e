"""``zkmargin account``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AccountFile, Json, SnapshotFile, integer, load_account
from .output import print_json, print_line
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.account.account import Account

__all__ = ["account_app"]

account_app = typer.Typer(no_args_is_help=True, help="Make, show and commit to accounts.")


@account_app.command()
def new(
    file: AccountFile,
    owner: Annotated[
        str, typer.Option("--owner", help="A field element or an address, decimal or with 0x.")
    ] = "0",
    as_json: Json = False,
) -> None:
    """Write an empty account with a new salt, to be filled in.

    What it holds has no place on a command line, which other users of the machine can read.
    """
    from zkmargin.account.account import Account  # noqa: PLC0415  # imports are left to the commands: --help stays quick
    from zkmargin.errors import InputError  # noqa: PLC0415

    if file.exists():
        raise InputError("is there already; its salt could not be recovered", source=str(file))
    Account.new(owner=integer(owner, "--owner")).save(file)
    if as_json:
        print_json({"file": str(file)})
    else:
        print_line(f"{file}: only you can read it. Fill in cash, collateral and positions:")
        print_line('  "collateral": [{"asset": "ETH", "amount": "1.5"}]')
        print_line('  "positions": [{"instrument": "ETH-PERPETUAL", "quantity": "-0.5"}]')


@account_app.command()
def commit(file: AccountFile, snapshot: SnapshotFile, as_json: Json = False) -> None:
    """Compute the commitment, which may be published."""
    from zkmargin.snapshot.snapshot import Snapshot  # noqa: PLC0415  # imports are left to the commands: --help stays quick

    commitment = load_account(file).commitment(Snapshot.load(snapshot))
    if as_json:
        print_json({"commitment": str(commitment)})
    else:
        print_line(str(commitment))


@account_app.command()
def show(file: AccountFile, as_json: Json = False) -> None:
    """Show what an account holds, without its salt. Private."""
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
    from zkmargin.documents.fields import decimal_text  # noqa: PLC0415  # imports are left to the commands

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
