"""``zkmargin venue``: the commands of a market's venue."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from zkmargin.errors import InputError

from . import typed
from .market_snapshots import latest_snapshot, snapshot_folder
from .markets import DeploymentFile, Keystore, open_market
from .options import LOCAL_NODE, Json, Rpc, warn_of_readers
from .output import print_json, print_line, progress
from .passwords import PasswordFile, ask_password
from .venue_text import dropped_to_json, print_dropped, print_sent, print_status, sent_to_json, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.orders import Fills, SigningKey
    from zkmargin.settlement.event_reader import Snapshots
    from zkmargin.settlement.market import Market
    from zkmargin.settlement.roles.drafts import Filled
    from zkmargin.settlement.roles.venue import Sent, Venue

__all__ = ["venue_app"]

venue_app = typed.Group()

_Book = Annotated[Path, typed.Option("--book", help="The venue's file of openings: docs/formats/book.md.")]
_Key = Annotated[Path, typed.Option("--venue-key", help="The venue's key, from zkmargin venue key.")]
_KeyPassword = Annotated[
    Path | None,
    typed.Option(
        "--venue-password-file",
        help="A file with the password of --venue-key; if left out, the terminal asks for it.",
    ),
]
_Snapshot = Annotated[
    Path,
    typed.Option("--snapshot", help="A snapshot, or a folder that contains the feed's latest snapshot."),
]
_Snapshots = Annotated[
    Path | None,
    typed.Option("--snapshots", help="A folder of past snapshots, needed to follow expired positions."),
]
_Workers = Annotated[int, typed.Option("--workers", min=1, help="The number of processes that prove.")]
_Prover = Annotated[
    str | None,
    typed.Option("--prover", help="The prover: native, snarkjs or rapidsnark; the fastest if left out."),
]


@venue_app.command("key")
def new_key(
    out: Annotated[Path, typed.Option("-o", "--out", help="The key file to write.")],
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Create the venue's key, encrypted with a password, in a file that only you can read.

    Holders seal their accounts' view keys to its public part, which belongs into the market's settings.
    """
    from zkmargin.orders import SigningKey  # noqa: PLC0415
    from zkmargin.orders.key_file import VENUE, save_key  # noqa: PLC0415  # needs an extra

    key = SigningKey.new()
    save_key(key, out, ask_password(password_file, twice=True), VENUE)
    public = [str(coordinate) for coordinate in key.key]
    if as_json:
        print_json({"file": str(out), "key": public})
        return
    print_line(f"{out}: the venue's key. Keep it: without it you cannot read the accounts")
    print_line("Put its public part into the market's settings, in the table [venue]:")
    print_line(f'key = ["{public[0]}", "{public[1]}"]')


@venue_app.command()
def sync(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    book: _Book,
    key: _Key,
    snapshots: _Snapshots = None,
    rpc: Rpc = LOCAL_NODE,
    venue_password_file: _KeyPassword = None,
    as_json: Json = False,
) -> None:
    """Read all accounts from the chain into the book."""
    secret = _load_key(key, venue_password_file)
    market = open_market(deployment, rpc)
    with _venue(market, book, secret, snapshot_folder(snapshots)) as venue:
        head = venue.sync()
        known, unknown = len(venue.book.accounts()), venue.book.unknown()
    if as_json:
        print_json({"block": head.number, "known": known, "unknown": sorted(unknown)})
        return
    print_line(f"block {head.number}: {known} accounts known")
    for number, event in sorted(unknown.items()):
        print_line(f"account {number}: state not known since it was {event}")


@venue_app.command()
def settle(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    book: _Book,
    key: _Key,
    snapshot: _Snapshot,
    fills: Annotated[
        Path | None, typed.Argument(help="The fills of your matching engine: docs/formats/fills.md.")
    ] = None,
    reduce_only: Annotated[
        bool,
        typed.Option(
            "--reduce-only",
            help="Settle only fills that reduce positions; they go on in a pause, at maintenance margin.",
        ),
    ] = False,
    no_upkeep: Annotated[
        bool, typed.Option("--no-upkeep", help="Credit, expire and rekey nothing before the fills.")
    ] = False,
    leaving: Annotated[
        bool, typed.Option("--leaving", help="Credit also funds whose owner has announced a refund.")
    ] = False,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    venue_password_file: _KeyPassword = None,
    workers: _Workers = 1,
    prover: _Prover = None,
    as_json: Json = False,
) -> None:
    """Credit deposits, expire settled positions, give requested keys, and settle fills, in batches.

    Upkeep comes first, in batches of its own. Fills that break a rule, or whose account would miss its requirement, are
    left out and named; the others are settled, and the exit code is 1.
    """
    listed = None if fills is None else _load_fills(fills)
    secret = _load_key(key, venue_password_file)
    market = open_market(deployment, rpc, keystore, password_file)
    sent: list[Sent] = []
    filled: Filled | None = None
    with _venue(market, book, secret, snapshot_folder(snapshot), workers, prover) as venue:
        venue.sync()
        venue.wake()
        risk = latest_snapshot(snapshot, market)
        if not no_upkeep:
            for one in venue.settle_upkeep(risk, leaving=leaving):
                _note(sent, one, as_json=as_json)
        # Asked after the upkeep: another process may have settled the list meanwhile.
        done = listed is not None and venue.has_settled(listed.name)
        if listed is not None and not done:
            filled, last = venue.settle_fills(listed, risk, reduce_only=reduce_only)
            if last is not None:
                _note(sent, last, as_json=as_json)
    dropped = () if filled is None else filled.dropped
    if as_json:
        batches = [sent_to_json(one) for one in sent]
        print_json({"batches": batches, "dropped": dropped_to_json(dropped), "settledBefore": done})
    else:
        if done:
            print_line(f"{fills}: settled before, nothing sent")
        elif not sent:
            print_line("nothing to settle")
        print_dropped(dropped)
    if dropped:
        raise typed.Exit(1)


@venue_app.command()
def attest(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    book: _Book,
    key: _Key,
    snapshot: _Snapshot,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    venue_password_file: _KeyPassword = None,
    prover: _Prover = None,
    as_json: Json = False,
) -> None:
    """Prove the health of all accounts that have traded, in batches.

    Accounts that miss maintenance margin are left out and named; the exit code is then 1.
    """
    secret = _load_key(key, venue_password_file)
    market = open_market(deployment, rpc, keystore, password_file)
    with _venue(market, book, secret, snapshot_folder(snapshot), prover=prover) as venue:
        venue.sync()
        found = venue.attest_all(latest_snapshot(snapshot, market))
    if as_json:
        failing = [{"account": number, "reason": reason} for number, reason in found.failing.items()]
        print_json({"attestations": [sent_to_json(one) for one in found.sent], "failing": failing})
    else:
        for one in found.sent:
            print_sent(one)
        for number, reason in found.failing.items():
            print_line(f"account {number}: {reason}")
        if not found.sent and not found.failing:
            print_line("no account owes a proof with this snapshot")
    if found.failing:
        raise typed.Exit(1)


@venue_app.command()
def alive(
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Give a sign of life. After three days without one, and without a batch, anybody may end the market."""
    gas = open_market(deployment, rpc, keystore, password_file).house.alive()
    _print_gas(gas, as_json=as_json)


@venue_app.command()
def fees(
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Pay the fees of all batches into the venue's first-loss tranche."""
    market = open_market(deployment, rpc, keystore, password_file)
    unpaid = market.house.unpaid_fees()
    if not unpaid:
        raise InputError("no fees are unpaid", source="fees")
    _print_gas(market.house.collect_fees(), as_json=as_json)


@venue_app.command()
def status(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    book: _Book,
    positions: Annotated[
        bool, typed.Option("--positions", help="Show what the accounts hold too. Private; needs --snapshot.")
    ] = False,
    snapshot: Annotated[
        Path | None, typed.Option("--snapshot", help="The snapshot, for names and lots of instruments.")
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    as_json: Json = False,
) -> None:
    """Show the accounts' states on the chain, and which of them the book knows."""
    from zkmargin.settlement.book import Book  # noqa: PLC0415  # needs an extra

    if positions and snapshot is None:
        raise InputError("needed to show what accounts hold", source="--snapshot")
    market = open_market(deployment, rpc)
    risk = latest_snapshot(snapshot, market) if positions and snapshot is not None else None
    with Book(_existing(book)) as opened:
        found = status_of(market, opened, risk)
    if as_json:
        print_json(found)
    else:
        print_status(found)


@contextmanager
def _venue(  # noqa: PLR0913, PLR0917  # what the role needs
    market: Market,
    book: Path,
    key: SigningKey,
    snapshots: Snapshots | None,
    workers: int = 1,
    prover: str | None = None,
) -> Iterator[Venue]:
    """Yield the role, with its book open and its progress on standard error."""
    from zkmargin.settlement.book import Book  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.roles.venue import Venue  # noqa: PLC0415

    with Book(book) as opened, progress() as report:
        yield Venue(
            market, opened, key, backend=prover, progress=report, workers=workers, snapshots=snapshots
        )


def _load_key(path: Path, password_file: Path | None) -> SigningKey:
    from zkmargin.orders.key_file import VENUE, load_key, load_public_key  # noqa: PLC0415  # needs an extra

    warn_of_readers(path)
    load_public_key(path, VENUE)
    return load_key(path, ask_password(password_file, otherwise="--venue-password-file"), VENUE)


def _load_fills(path: Path) -> Fills:
    from zkmargin.orders import Fills  # noqa: PLC0415

    warn_of_readers(path)
    return Fills.load(path)


def _existing(book: Path) -> Path:
    if not book.is_file():
        raise InputError("no such file: zkmargin venue sync writes it", source=str(book))
    return book


def _note(sent: list[Sent], one: Sent, *, as_json: bool) -> None:
    """Keep a batch for JSON; print it at once otherwise, as a later one may fail."""
    sent.append(one)
    if not as_json:
        print_sent(one)


def _print_gas(gas: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"gas": gas})
    else:
        print_line(f"{gas} gas")
