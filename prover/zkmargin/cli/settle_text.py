"""Amounts and states for ``zkmargin settle``, read from and written as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import Field
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError
from zkmargin.proofs.transition import CASH, Change

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.settlement.account_folder import AccountFolder
    from zkmargin.settlement.account_state import AccountState
    from zkmargin.settlement.market import SettlementMarket

__all__ = ["parse_change", "show_state", "show_status", "state_to_json", "status_of"]


def parse_change(text: str, sign: int = 1) -> Change:
    """Read an asset and amount, such as ``cash=100``.

    Parameters
    ----------
    text : str
    sign : int
        -1 for a withdrawal.

    Raises
    ------
    InputError
        If the text is malformed, or the amount is not positive.
    """
    asset, equals, amount = text.partition("=")
    if not asset or not equals:
        raise InputError("expected ASSET=AMOUNT, e.g. cash=100", source=text)
    number = Field(amount, text).decimal()
    if number <= 0:
        raise InputError("amount must be positive", source=text)
    return Change(CASH if asset.lower() == CASH else asset, sign * number)


def state_to_json(folder: AccountFolder, held: AccountState) -> dict[str, Any]:
    """Return the files of a state as an object without secrets."""
    account, sealed = folder.files(held.escrow)
    return {
        "account": held.number,
        "nonce": held.account.nonce,
        "escrow": f"0x{held.escrow.hex()}",
        "file": str(account),
        "sealed": str(sealed),
    }


def show_state(folder: AccountFolder, held: AccountState) -> None:
    """Show a new state, and the file that the venue needs."""
    shown = state_to_json(folder, held)
    print_line(f"account {held.number}, state {shown['nonce']}: {shown['file']}")
    print_line(f"give {shown['sealed']} to the venue: it needs the file to match your orders")


def status_of(market: SettlementMarket, folder: AccountFolder, held: AccountState) -> dict[str, Any]:
    """Return the state of an account on the chain."""
    house = market.house
    state = house.account(held.number)
    return {
        **state_to_json(folder, held),
        "owner": state.owner,
        "state": state.state.name.lower(),
        "healthyAt": state.last_healthy_at,
        "owesProof": house.is_overdue(held.number),
        "calledUntil": house.deadline(held.number),
        "cashFactor": str(house.cash_factor()),
    }


def show_status(status: dict[str, Any]) -> None:
    """Show the result of `status_of`."""
    print_line(f"account {status['account']}, state {status['nonce']}, {status['state']}")
    rows = (
        ("owner", status["owner"]),
        ("account file", status["file"]),
        ("healthy at", utc_text(status["healthyAt"])),
    )
    print_table(rows, indent=2)
    if status["state"] == "seized":
        print_line(
            "  SEIZED: the auction is open; the first bidder takes the account over, the owner included"
        )
    elif status["calledUntil"] is not None:
        print_line(f"  CALLED: prove health by {utc_text(status['calledUntil'])}: zkmargin settle attest")
    elif status["owesProof"]:
        print_line("  a proof of health is due, a margin call can follow: zkmargin settle attest")
    if int(status["cashFactor"]) != 10**18:
        print_line(f"  1 of credited cash is worth {int(status['cashFactor']) / 10**18:.9f}")
