"""``zkmargin settle``: the commands of an account's holder in a market on a chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from zkmargin.documents.utc import utc_text
from zkmargin.errors import StatementError

from . import typed
from .holding import (
    AccountNumber,
    BookFile,
    Places,
    Prover,
    Proving,
    Receiver,
    SnapshotPath,
    SnapshotsFolder,
    acting,
    followed,
    public_key,
)
from .market_snapshots import latest_snapshot
from .markets import DeploymentFile, Keystore, open_market
from .options import LOCAL_NODE, Json, Rpc
from .output import print_json, print_line
from .passwords import PasswordFile  # noqa: TC001  # typed reads the annotations
from .settle_funds import announce_app, bond, claim, deposit, refund, request_key
from .settle_text import parse_funds, print_status, status_to_json

__all__ = ["settle_app"]

settle_app = typed.Group()

_TradingKey = Annotated[
    Path, typed.Option("--trading-key", help="The file of the trading key, from zkmargin order key.")
]


@settle_app.command("open")
def open_account(  # noqa: PLR0913, PLR0917  # the options of a command
    trading_key: _TradingKey,
    book: BookFile,
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    prover: Prover = None,
    as_json: Json = False,
) -> None:
    """Open an account. Its opening is in your book before the transaction is sent.

    If an earlier call got a number and stopped, this one uses the number.
    """
    key = public_key(trading_key)
    market = open_market(deployment, rpc, keystore, password_file)
    with acting(market, book, proving=Proving(prover)) as holder:
        number = holder.open(key)
    if as_json:
        print_json({"account": number, "owner": market.sender})
    else:
        print_line(f"account {number} of {market.sender} is open; keep {book}: without it its funds are lost")


settle_app.command()(deposit)
settle_app.add_command(announce_app)
settle_app.command()(refund)


@settle_app.command()
def withdraw(  # noqa: PLR0913, PLR0917  # the options of a command
    funds: Annotated[str, typed.Argument(metavar="FUNDS", help="The asset and amount, e.g. cash=100.")],
    account: AccountNumber,
    book: BookFile,
    deployment: DeploymentFile,
    snapshot: SnapshotPath,
    to: Receiver = None,
    places: Places = 0,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    prover: Prover = None,
    as_json: Json = False,
) -> None:
    """Withdraw an asset, once the notice of it is over.

    Exit code 1, and nothing is sent, if the account would not meet initial margin or may not withdraw now.
    """
    part = parse_funds(funds)
    market = open_market(deployment, rpc, keystore, password_file)
    with acting(market, book, snapshot, Proving(prover, places)) as holder:
        after = holder.withdraw(account, part, latest_snapshot(snapshot, market), to)
    if as_json:
        print_json({"account": account, "asset": part.asset, "withdrawn": part.text, "nonce": after.nonce})
    else:
        print_line(f"account {account}: {part.text} {part.asset} withdrawn")


settle_app.command()(bond)
settle_app.command("request-key")(request_key)


@settle_app.command("renew-keys")
def renew_keys(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountNumber,
    trading_key: _TradingKey,
    book: BookFile,
    deployment: DeploymentFile,
    snapshots: SnapshotsFolder = None,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    prover: Prover = None,
    as_json: Json = False,
) -> None:
    """Give an account whose opening was published in an auction another trading key and view key."""
    key = public_key(trading_key)
    market = open_market(deployment, rpc, keystore, password_file)
    with acting(market, book, snapshots, Proving(prover)) as holder:
        after = holder.renew_keys(account, key)
    if as_json:
        print_json({"account": account, "nonce": after.nonce})
    else:
        print_line(f"account {account}: has new keys")


@settle_app.command()
def attest(  # noqa: PLR0913, PLR0917  # the options of a command
    account: Annotated[
        list[int], typed.Option("--account", min=1, help="The number of an account. Repeatable.")
    ],
    book: BookFile,
    deployment: DeploymentFile,
    snapshot: SnapshotPath,
    places: Places = 0,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    prover: Prover = None,
    as_json: Json = False,
) -> None:
    """Prove on the chain that accounts meet maintenance margin, all in one transaction.

    Exit code 1, and nothing is sent, if one does not.
    """
    market = open_market(deployment, rpc, keystore, password_file)
    with acting(market, book, snapshot, Proving(prover, places)) as holder:
        risk = latest_snapshot(snapshot, market)
        gas = holder.attest(account, risk)
    if as_json:
        print_json({"accounts": account, "healthyAt": risk.timestamp, "gas": gas})
    else:
        listed = ", ".join(map(str, account))
        print_line(f"accounts {listed}: healthy by the snapshot of {utc_text(risk.timestamp)}; {gas} gas")


@settle_app.command()
def status(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountNumber,
    book: BookFile,
    deployment: DeploymentFile,
    snapshots: SnapshotsFolder = None,
    rpc: Rpc = LOCAL_NODE,
    as_json: Json = False,
) -> None:
    """Show where an account stands on the chain, and whether your book knows its opening."""
    from zkmargin.settlement.account_status import account_status  # noqa: PLC0415  # needs an extra

    market = open_market(deployment, rpc)
    with followed(market, book, snapshots) as opened:
        found, now = account_status(market, opened, account), market.time()
    if as_json:
        print_json(status_to_json(found, now))
    else:
        print_status(found, now)


@settle_app.command("account")
def write_account(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountNumber,
    out: Annotated[Path, typed.Option("-o", "--out", help="The account file to write. It is private.")],
    book: BookFile,
    deployment: DeploymentFile,
    snapshot: SnapshotPath,
    rpc: Rpc = LOCAL_NODE,
    as_json: Json = False,
) -> None:
    """Write the account's present state as an account file, for zkmargin margin, rebalance and order."""
    from zkmargin.settlement import account_of  # noqa: PLC0415  # needs an extra

    market = open_market(deployment, rpc)
    with followed(market, book, snapshot) as opened:
        opening = opened.present(account)
    if opening is None:
        raise StatementError(f"account {account}: the book does not know its present opening")
    account_of(opening, latest_snapshot(snapshot, market)).save(out)
    if as_json:
        print_json({"account": account, "nonce": opening.nonce, "file": str(out)})
    else:
        print_line(f"{out}: account {account}, state {opening.nonce}; only you can read it")


settle_app.command()(claim)
