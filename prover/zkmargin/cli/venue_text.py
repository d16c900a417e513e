"""What ``zkmargin venue`` shows: batches, fills that were left out, and accounts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.contracts.house_values import HouseAccount
    from zkmargin.settlement.book import Book
    from zkmargin.settlement.market import Market
    from zkmargin.settlement.roles.drafts import Dropped
    from zkmargin.settlement.roles.venue import Sent
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["dropped_to_json", "print_dropped", "print_sent", "print_status", "sent_to_json", "status_of"]

_PAGE = 500
_COLUMNS = ("account", "owner", "state", "flags", "proof of", "called", "known")


def sent_to_json(sent: Sent) -> dict[str, Any]:
    """Return a batch or an attestation as an object."""
    return {
        "operations": sent.operations,
        "accounts": list(sent.accounts),
        "circuits": list(sent.circuits),
        "gas": sent.gas,
        "transaction": f"0x{sent.transaction.hex()}",
    }


def print_sent(sent: Sent) -> None:
    """Show a batch or an attestation in one line."""
    what = f"{_count(sent.operations, 'operation')} on " if sent.operations else "health of "
    circuits = ", ".join(
        name if times == 1 else f"{times} {name}" for name, times in Counter(sent.circuits).items()
    )
    accounts = _count(len(sent.accounts), "account")
    print_line(f"{what}{accounts}; {circuits}; {sent.gas} gas; transaction 0x{sent.transaction.hex()}")


def dropped_to_json(dropped: Sequence[Dropped]) -> list[dict[str, Any]]:
    """Return fills that were left out as objects."""
    return [{"fill": one.place, "reason": one.reason} for one in dropped]


def print_dropped(dropped: Sequence[Dropped]) -> None:
    """Show fills that were left out, one per line."""
    for one in dropped:
        print_line(f"fills[{one.place}]: left out: {one.reason}")


def status_of(market: Market, book: Book, snapshot: Snapshot | None = None) -> dict[str, Any]:
    """Return the accounts of a market, and with a snapshot what they hold.

    Raises
    ------
    InputError
        If the book belongs to another market.
    ChainError
        If the node is out of reach.
    """
    book.require_market(market.deployment.chain_id, market.deployment.addresses.house)
    house, known = market.house, book.accounts()
    numbers = range(1, house.count() + 1)
    found = []
    for start in range(0, len(numbers), _PAGE):
        page = list(numbers[start : start + _PAGE])
        called = house.called(page)
        for number, record in zip(page, house.accounts(page), strict=True):
            shown = _account(number, record)
            found.append({**shown, "called": number in called, "known": number in known})
    if snapshot is not None:
        _add_holdings(found, book, snapshot)
    standing = house.standing()
    return {
        "batches": standing.batches,
        "lastBatchAt": standing.last_batch_at,
        "seized": standing.seized,
        "frozen": standing.frozen,
        "ended": standing.ended,
        "unpaidFees": house.unpaid_fees(),
        "accounts": found,
    }


def print_status(found: dict[str, Any]) -> None:
    """Show what `status_of` returns."""
    last = utc_text(found["lastBatchAt"])
    print_line(f"{found['batches']} batches, the last sign of life of the venue at {last}")
    for name, text in (("seized", "seized accounts"), ("frozen", "accounts that freeze the market")):
        if found[name]:
            print_line(f"{found[name]} {text}")
    if found["ended"]:
        print_line("the market has ended")
    print_line(f"unpaid fees: {found['unpaidFees']} micro-credits")
    if not found["accounts"]:
        print_line("no account yet")
        return
    print_table([_row(one) for one in found["accounts"]], headings=_COLUMNS)
    for one in found["accounts"]:
        if "holdings" in one:
            print_line()
            print_line(f"account {one['account']} (private)")
            print_table(list(one["holdings"].items()), indent=2)
        if "unreadable" in one:
            print_line(f"account {one['account']}: {one['unreadable']}")


def _account(number: int, record: HouseAccount) -> dict[str, Any]:
    return {
        "account": number,
        "owner": record.owner,
        "state": record.state.name.lower(),
        "flags": [flag.name.lower() for flag in type(record.flags) if flag in record.flags and flag.name],
        "lastHealthyAt": record.last_healthy_at,
    }


def _add_holdings(found: list[dict[str, Any]], book: Book, snapshot: Snapshot) -> None:
    from zkmargin.settlement.openings import opened_of  # noqa: PLC0415  # needs an extra

    openings = book.accounts()
    for one in found:
        if one["account"] in openings:
            try:
                held = opened_of(openings[one["account"]], snapshot).account
            except InputError as error:
                # Such as an instrument that a snapshot does not have yet; the others are shown.
                one["unreadable"] = error.reason
                continue
            amounts = {"cash": held.cash, **held.collateral, **held.positions}
            one["holdings"] = {name: format(amount, "f") for name, amount in amounts.items()}


def _row(one: dict[str, Any]) -> list[str]:
    proof = utc_text(one["lastHealthyAt"]) if one["lastHealthyAt"] else "none"
    yes = {True: "yes", False: "no"}
    flags = ",".join(one["flags"]) or "none"
    return [
        str(one["account"]),
        one["owner"],
        one["state"],
        flags,
        proof,
        yes[one["called"]],
        yes[one["known"]],
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
