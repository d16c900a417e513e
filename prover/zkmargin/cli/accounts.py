"""``zkmargin account``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import Annotated

from zkmargin.account.account import Account
from zkmargin.account.entries import import_positions
from zkmargin.account.upgrade import upgraded
from zkmargin.errors import InputError
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venues.positions import PositionFormat, read_positions

from . import typed
from .options import AccountFile, Json, SnapshotFile, integer, load_account
from .output import print_json, print_line
from .passwords import PasswordFile, ask_password
from .tables import print_table

__all__ = ["account_app"]

account_app = typed.Group()


@account_app.command()
def new(
    file: AccountFile,
    owner: Annotated[str, typed.Option("--owner", help="The owner's address, decimal or with 0x.")] = "0",
    as_json: Json = False,
) -> None:
    """Create an empty account with a random view key.

    Fill in the holdings in the file: other users of the machine can read command lines.
    """
    if file.exists():
        raise InputError("exists already; overwriting it would lose its view key", source=str(file))
    Account.new(owner=integer(owner, "--owner")).save(file)
    if as_json:
        print_json({"file": str(file)})
    else:
        print_line(
            f"{file}: an empty account that only you can read. Fill in cash, collateral and positions:"
        )
        print_line('  "collateral": [{"asset": "ETH", "amount": "1.5"}]')
        print_line('  "positions": [{"instrument": "ETH-PERPETUAL", "quantity": "-0.5"}]')


@account_app.command("import")
def import_(  # noqa: PLR0913, PLR0917  # the options of a command
    form: Annotated[
        PositionFormat,
        typed.Argument(metavar="deribit|ccxt|csv", help="The format of the positions."),
    ],
    positions: Annotated[
        Path,
        typed.Argument(
            help="An answer of Deribit's private/get_positions, what ccxt's fetch_positions returns as JSON, or a CSV "
            "with instrument, quantity and entry_price."
        ),
    ],
    snapshot: SnapshotFile,
    out: Annotated[Path, typed.Option("-o", "--out", help="The account file to write.")],
    funds: Annotated[
        Path | None,
        typed.Option(
            "--funds",
            help="An account file without positions, whose cash and collateral are the balance at the venue. "
            "Without it, the account has none.",
        ),
    ] = None,
    owner: Annotated[
        str | None, typed.Option("--owner", help="The owner's address, if there is no --funds.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an account of the positions that a venue shows; cash follows from their entry prices.

    The balance is what was paid in, realised profit and option premiums, without the unrealised profit of futures and
    perpetuals.
    """
    if funds is not None and owner is not None:
        raise InputError("cannot be combined with --funds", source="--owner")
    base = Account.new(owner=integer(owner or "0", "--owner")) if funds is None else load_account(funds)
    found = import_positions(
        read_positions(positions, form), Snapshot.load(snapshot), base, source=str(positions)
    )
    found.account.save(out)
    held = len(found.account.positions)
    if as_json:
        shown = {"file": str(out), "positions": held, "priced": found.priced, "rounded": [*found.rounded]}
        print_json(shown)
        return
    print_line(f"{out}: an account with {held} positions that only you can read.")
    print_line(f"Its cash follows from the entry prices of {found.priced} of them.")
    for place in found.rounded:
        print_line(f"{positions}: {place}: rounded to whole lots, toward the short side")
    if funds is None:
        print_line(
            "It has no funds yet: add your balance, option premiums included, to cash and collateral in the file."
        )


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
    """Show the contents of an account, without its view key. Private."""
    account = load_account(file)
    shown = {key: value for key, value in account.to_json().items() if key not in {"format", "viewKey"}}
    if as_json:
        print_json(shown)
        return
    names = {"owner": "owner", "account": "account", "nonce": "nonce", "cash": "cash"}
    rows = [(label, shown[key]) for key, label in names.items() if key in shown]
    rows += [(f"trading key {name}", value) for name, value in shown.get("tradingKey", {}).items()]
    print_table(rows)
    for position, slot in zip(shown["positions"], account.slots, strict=True):
        position["slot"] = str(slot)
    tables = {
        "collateral": ("asset", "amount"),
        "positions": ("instrument", "quantity", "slot"),
        "orders": ("sequence", "filled"),
    }
    for key, headings in tables.items():
        if shown.get(key):
            print_line()
            print_table([[*one.values()] for one in shown[key]], headings=headings, right={1, 2})


@account_app.command()
def upgrade(
    file: AccountFile,
    out: Annotated[
        Path | None,
        typed.Option(
            "-o", "--out", help="The file to write; by default beside the old one, as account-2.json."
        ),
    ] = None,
    replace: Annotated[
        bool,
        typed.Option("--replace", help="Replace the file. The old commitment can then no longer be opened."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the account of a file of format 1 as a file of format 2, with a new view key.

    The commitment is a new one: proofs and markets of the old commitment need the old file.
    """
    if replace and out is not None:
        raise InputError("cannot be combined with --out", source="--replace")
    target = file if replace else out or file.with_stem(f"{file.stem}-2")
    if target.exists() and not replace:
        raise InputError("exists already; give a new file, or --replace", source=str(target))
    upgraded(file).save(target)
    if as_json:
        print_json({"file": str(target)})
    else:
        print_line(f"{target}: the account in format 2, with a new view key; only you can read it.")
        print_line("Its commitment is a new one.")


@account_app.command()
def encrypt(
    file: AccountFile,
    out: Annotated[Path, typed.Option("-o", "--out", help="The encrypted file to write.")],
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Encrypt an account file by a password, for a backup or a wallet in a browser."""
    from zkmargin.chain.encrypted_account import save_encrypted_account  # noqa: PLC0415  # needs an extra

    save_encrypted_account(load_account(file), out, ask_password(password_file, twice=True))
    if as_json:
        print_json({"file": str(out)})
    else:
        print_line(f"{out}: the account, encrypted. Without the password it cannot be read.")


@account_app.command()
def decrypt(
    file: Annotated[Path, typed.Argument(help="The file, from zkmargin account encrypt or a wallet.")],
    out: Annotated[Path, typed.Option("-o", "--out", help="The account file to write.")],
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Decrypt an account file into a new one that only you can read."""
    from zkmargin.chain.encrypted_account import load_encrypted_account  # noqa: PLC0415  # needs an extra

    if out.exists():
        raise InputError("exists already; overwriting it would lose its view key", source=str(out))
    load_encrypted_account(file, ask_password(password_file)).save(out)
    if as_json:
        print_json({"file": str(out)})
    else:
        print_line(f"{out}: the account, that only you can read")
