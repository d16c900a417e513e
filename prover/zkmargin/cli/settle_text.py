"""What ``zkmargin settle`` reads and shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import Field
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.proofs.transition import Change
    from zkmargin.settlement.account_folder import AccountFolder
    from zkmargin.settlement.account_state import AccountState
    from zkmargin.settlement.market import SettlementMarket

__all__ = ["parse_change", "show_state", "show_status", "state_to_json", "status_of"]


def parse_change(text: str, sign: int = 1) -> Change:
    """Read an asset and how much of it, such as ``cash=100``.

    Parameters
    ----------
    text : str
    sign : int
        -1 for what goes.

    Raises
    ------
    InputError
        If it is not one, or not more than nothing.
    """
    from zkmargin.proofs.transition import CASH, Change  # noqa: PLC0415  # it loads provers: imports are left to the commands

    asset, equals, amount = text.partition("=")
    if not asset or not equals:
        raise InputError("an asset and how much of it, such as cash=100", source=text)
    number = Field(amount, text).decimal()
    if number <= 0:
        raise InputError("not more than nothing", source=text)
    return Change(CASH if asset.lower() == CASH else asset, sign * number)


def state_to_json(folder: AccountFolder, held: AccountState) -> dict[str, Any]:
    """Return where a state is, and what the venue gets of it. Nothing in it is secret."""
    account, sealed = folder.files(held.escrow)
    return {
        "account": held.number,
        "nonce": held.account.nonce,
        "escrow": f"0x{held.escrow.hex()}",
        "file": str(account),
        "sealed": str(sealed),
    }


def show_state(folder: AccountFolder, held: AccountState) -> None:
    """Show a new state, and what is to be done with it."""
    shown = state_to_json(folder, held)
    print_line(f"account {held.number}, state {shown['nonce']}: {shown['file']}")
    print_line(f"give the venue {shown['sealed']}, or it cannot match for you")


def status_of(market: SettlementMarket, folder: AccountFolder, held: AccountState) -> dict[str, Any]:
    """Return what the chain knows of an account."""
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
    """Show what `status_of` returned."""
    print_line(f"account {status['account']}, state {status['nonce']}, {status['state']}")
    rows = (
        ("owner", status["owner"]),
        ("present file", status["file"]),
        ("healthy at", utc_text(status["healthyAt"])),
    )
    print_table(rows, indent=2)
    if status["state"] == "seized":
        print_line("  SEIZED: its auction has begun; who bids first has it, the owner like anybody else")
    elif status["calledUntil"] is not None:
        print_line(f"  CALLED: prove health until {utc_text(status['calledUntil'])}: zkmargin settle attest")
    elif status["owesProof"]:
        print_line("  owes a proof of health, and can be called: zkmargin settle attest")
    if int(status["cashFactor"]) != 10**18:
        print_line(f"  a credit of cash is worth {int(status['cashFactor']) / 10**18:.9f}")
