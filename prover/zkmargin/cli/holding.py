"""Options that the commands of holders share, and the holder that they act as."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from . import typed
from .market_snapshots import snapshot_folder
from .output import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.settlement.book import Book
    from zkmargin.settlement.market import Market
    from zkmargin.settlement.roles import Holder
    from zkmargin.spec import TradingKey

__all__ = [
    "AccountNumber",
    "BookFile",
    "Places",
    "Prover",
    "Proving",
    "Receiver",
    "SnapshotPath",
    "SnapshotsFolder",
    "acting",
    "followed",
    "public_key",
]

AccountNumber = Annotated[int, typed.Option("--account", min=1, help="The account's number.")]
BookFile = Annotated[
    Path,
    typed.Option("--book", help="Your file of openings: docs/formats/book.md. Created if it is missing."),
]
SnapshotPath = Annotated[
    Path, typed.Option("--snapshot", help="The snapshot, or a folder of snapshots that contains it.")
]
SnapshotsFolder = Annotated[
    Path | None,
    typed.Option("--snapshots", help="A folder of past snapshots, needed to follow expired positions."),
]
Receiver = Annotated[
    str | None, typed.Option("--to", help="The address that receives it; your own if left out.")
]
Prover = Annotated[
    str | None,
    typed.Option("--prover", help="The prover: native, snarkjs or rapidsnark; the fastest if left out."),
]
Places = Annotated[
    int,
    typed.Option(
        "--places",
        min=0,
        help="Use a circuit with at least so many places for positions, which hides how large the account is.",
    ),
]


class Proving(NamedTuple):
    """How a command proves: the prover, and the least places for positions."""

    prover: str | None = None
    places: int = 0


@contextmanager
def acting(
    market: Market, book: Path, snapshots: Path | None = None, proving: Proving | None = None
) -> Iterator[Holder]:
    """Yield a holder whose book has followed the chain, with progress on standard error.

    Parameters
    ----------
    market : Market
    book : Path
        Created if it does not exist.
    snapshots : Path, optional
        A folder, or a file, of which nothing is read here.
    proving : Proving, optional
        How it proves.
    """
    from zkmargin.settlement.roles import Holder  # noqa: PLC0415  # needs an extra

    how = proving or Proving()
    with followed(market, book, snapshots) as opened, progress() as report:
        yield Holder(market, opened, backend=how.prover, progress=report, places=how.places)


@contextmanager
def followed(market: Market, book: Path, snapshots: Path | None = None) -> Iterator[Book]:
    """Yield a book that has followed the chain; the parameters are those of `acting`."""
    from zkmargin.settlement.book import Book  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.following import follow  # noqa: PLC0415

    with Book(book) as opened:
        with progress() as report:
            follow(
                market,
                opened,
                snapshots=snapshot_folder(snapshots),
                progress=lambda done, last: report("following the chain", done, last),
            )
        yield opened


def public_key(path: Path) -> TradingKey:
    """Return the public part of a trading key's file."""
    from zkmargin.orders.key_file import load_public_key  # noqa: PLC0415  # needs an extra

    return load_public_key(path)
