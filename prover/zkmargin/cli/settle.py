"""``zkmargin settle``: the commands of an account's holder in a market on a chain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError
from zkmargin.proofs.margin_prover import MarginProver
from zkmargin.proofs.transition import TransitionProver
from zkmargin.snapshot.snapshot import Snapshot

from .options import LOCAL_NODE, Json, Rpc, warn_of_readers
from .output import print_json, print_line
from .passwords import PasswordFile, ask_password
from .settle_text import parse_change, show_state, show_status, state_to_json, status_of

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from zkmargin.settlement.account_folder import AccountFolder
    from zkmargin.settlement.account_state import AccountState
    from zkmargin.settlement.market import SettlementMarket
    from zkmargin.settlement.roles.holder import Holder

__all__ = ["settle_app"]

settle_app = typer.Typer(no_args_is_help=True)

_Account = Annotated[Path, typer.Option("--account", help="The account's folder: docs/formats/escrow.md.")]
_Deployment = Annotated[Path, typer.Option("--deployment", help="The market's deployment file.")]
_Keystore = Annotated[Path, typer.Option("--keystore", help="The owner's keystore.")]
_Snapshot = Annotated[
    Path,
    typer.Option("--snapshot", help="A snapshot, or a folder that contains the feed's latest snapshot."),
]
_Prover = Annotated[
    str | None,
    typer.Option("--prover", help="The prover: native, snarkjs or rapidsnark; the fastest if left out."),
]


@settle_app.command("sealing-key")
def sealing_key(
    out: Annotated[Path, typer.Option("-o", "--out", help="The key file to write.")], as_json: Json = False
) -> None:
    """Create a venue's sealing key, in a file that only you can read.

    Holders seal their accounts to its public key.
    """
    from zkmargin.settlement.escrow import SealingKey  # noqa: PLC0415  # needs an extra

    key = SealingKey.new()
    key.save(out)
    public = f"0x{key.public.hex()}"
    if as_json:
        print_json({"file": str(out), "public": public})
    else:
        print_line(f"{out}: only you can read it. Keep it: without it you cannot liquidate accounts")
        print_line(f"public key {public}")


@settle_app.command("open")
def open_account(  # noqa: PLR0913, PLR0917  # the options of a command
    account: _Account,
    deployment: _Deployment,
    keystore: _Keystore,
    snapshot: _Snapshot,
    funds: Annotated[
        str | None, typer.Argument(help="An asset and amount to deposit, e.g. cash=100.")
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    password_file: PasswordFile = None,
    prover: _Prover = None,
    as_json: Json = False,
) -> None:
    """Open an account, with or without a first deposit."""
    change = None if funds is None else parse_change(funds)
    if account.is_dir() and any(account.iterdir()):
        # It may contain a state whose transaction is still pending.
        reason = "not empty: give a new folder; zkmargin settle status shows the account of this one"
        raise InputError(reason, source=str(account))
    folder, holder = _holder(account, deployment, rpc, (keystore, password_file), prover)
    _show(folder, holder.open(_risk(snapshot, holder.market), change), as_json=as_json)


@settle_app.command()
def deposit(  # noqa: PLR0913, PLR0917  # the options of a command
    funds: Annotated[
        list[str], typer.Argument(help="Assets to deposit in one transaction, e.g. cash=100 ETH=0.5.")
    ],
    account: _Account,
    deployment: _Deployment,
    keystore: _Keystore,
    snapshot: _Snapshot,
    rpc: Rpc = LOCAL_NODE,
    password_file: PasswordFile = None,
    prover: _Prover = None,
    as_json: Json = False,
) -> None:
    """Deposit assets.

    Approves the vault for the amounts first, where its allowance is lower.
    """
    changes = [parse_change(one) for one in funds]
    _require_folder(account)
    folder, holder = _holder(account, deployment, rpc, (keystore, password_file), prover)
    held = folder.present(holder.market.house)
    new = holder.deposit(held, _risk(snapshot, holder.market), *changes)
    _show(folder, new, as_json=as_json)


@settle_app.command()
def withdraw(  # noqa: PLR0913, PLR0917  # the options of a command
    funds: Annotated[str, typer.Argument(help="The asset and amount to withdraw, e.g. cash=100.")],
    account: _Account,
    deployment: _Deployment,
    keystore: _Keystore,
    snapshot: _Snapshot,
    to: Annotated[
        str | None, typer.Option("--to", help="The address that receives it; the owner's if left out.")
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    password_file: PasswordFile = None,
    prover: _Prover = None,
    as_json: Json = False,
) -> None:
    """Withdraw an asset.

    Exit code 1, and nothing is sent, if the account would not meet initial margin.
    """
    change = parse_change(funds, sign=-1)
    _require_folder(account)
    folder, holder = _holder(account, deployment, rpc, (keystore, password_file), prover)
    held = folder.present(holder.market.house)
    new = holder.withdraw(held, _risk(snapshot, holder.market), change, to)
    _show(folder, new, as_json=as_json)


@settle_app.command()
def attest(  # noqa: PLR0913, PLR0917  # the options of a command
    account: _Account,
    deployment: _Deployment,
    keystore: _Keystore,
    snapshot: _Snapshot,
    rpc: Rpc = LOCAL_NODE,
    password_file: PasswordFile = None,
    prover: _Prover = None,
    as_json: Json = False,
) -> None:
    """Prove on the chain that the account meets maintenance margin.

    Exit code 1, and nothing is sent, if it does not.
    """
    _require_folder(account)
    folder, holder = _holder(account, deployment, rpc, (keystore, password_file), prover)
    held = folder.present(holder.market.house)
    risk = _risk(snapshot, holder.market)
    gas = holder.attest(held, risk)
    if as_json:
        print_json({"account": held.number, "healthyAt": risk.timestamp, "gas": gas})
    else:
        print_line(f"account {held.number}: healthy by the snapshot of {utc_text(risk.timestamp)}; {gas} gas")


@settle_app.command()
def status(account: _Account, deployment: _Deployment, rpc: Rpc = LOCAL_NODE, as_json: Json = False) -> None:
    """Show the account's state on the chain, and the file with its opening."""
    from zkmargin.settlement.account_folder import AccountFolder  # noqa: PLC0415  # needs an extra

    _require_folder(account)
    market, folder = _market(deployment, rpc, None), AccountFolder(account)
    found = status_of(market, folder, folder.present(market.house))
    if as_json:
        print_json(found)
    else:
        show_status(found)


def _holder(
    account: Path, deployment: Path, rpc: str, key: tuple[Path, Path | None], prover: str | None
) -> tuple[AccountFolder, Holder]:
    """Return the account's folder, and a holder that keeps its states there."""
    from zkmargin.chain.keystore import load_keystore  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.account_folder import AccountFolder  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.roles.holder import Holder  # noqa: PLC0415
    from zkmargin.settlement.roles.participant import Provers  # noqa: PLC0415

    keystore, password_file = key
    warn_of_readers(keystore)
    signer = load_keystore(keystore, ask_password(password_file))
    market, folder = _market(deployment, rpc, signer), AccountFolder(account)
    provers = Provers(MarginProver(prover), TransitionProver(prover))
    return folder, Holder(market, provers, keep=folder.keep)


def _market(deployment: Path, rpc: str, key: LocalAccount | None) -> SettlementMarket:
    from zkmargin.settlement.deploy.deployment import Deployment  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.market import connect_market  # noqa: PLC0415

    found = Deployment.load(deployment)
    if found.development:
        sys.stderr.write("warning: the market has development keys: their maker can take its funds\n")
    return connect_market(rpc, found, key)


def _risk(path: Path, market: SettlementMarket) -> Snapshot:
    """Return the snapshot of a file, or the feed's latest from a folder."""
    from zkmargin.settlement.snapshots import SnapshotFolder  # noqa: PLC0415

    if not path.is_dir():
        return Snapshot.load(path)
    latest = market.feed.latest()
    found = None if latest is None else SnapshotFolder(path).find(latest[0])
    if found is None:
        raise InputError("does not contain the feed's latest snapshot", source=str(path))
    return found


def _require_folder(account: Path) -> None:
    if not account.is_dir():
        raise InputError("no such folder", source=str(account))


def _show(folder: AccountFolder, held: AccountState, *, as_json: bool) -> None:
    if as_json:
        print_json(state_to_json(folder, held))
    else:
        show_state(folder, held)
