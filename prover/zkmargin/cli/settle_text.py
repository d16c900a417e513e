"""Amounts and states of accounts for ``zkmargin settle``, read from and written as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.account.funds import CASH, Funds
from zkmargin.documents.fields import Field
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.settlement.account_status import AccountStatus

__all__ = ["amount_text", "parse_funds", "print_status", "status_to_json"]

_UNIT = 10**18


def parse_funds(text: str, *, zero: bool = False) -> Funds:
    """Read an asset and amount, such as ``cash=100``.

    Parameters
    ----------
    text : str
    zero : bool
        Whether the amount may be 0.

    Raises
    ------
    InputError
        If the text is malformed, or the amount is not positive or has more than 6 decimals.
    """
    asset, equals, amount = text.partition("=")
    if not asset or not equals:
        raise InputError("expected ASSET=AMOUNT, e.g. cash=100", source=text)
    number = Field(amount, text).decimal()
    if number < 0 or (number == 0 and not zero):
        raise InputError("amount must be positive", source=text)
    funds = Funds(CASH if asset.lower() == CASH else asset, number)
    _ = funds.micro
    return funds


def status_to_json(status: AccountStatus, now: int) -> dict[str, Any]:
    """Return where an account stands as an object without secrets; amounts are decimal strings, times Unix times.

    Parameters
    ----------
    status : AccountStatus
    now : int
        The present time, for notices that have lapsed.
    """
    record, times = status.record, status.times
    waiting = {
        asset: {
            "amount": amount_text(one.amount),
            "counted": amount_text(one.counted),
            "leaving": amount_text(one.leaving),
            "leavesAt": one.leaves_at if one.leaving else None,
        }
        for asset, one in status.waiting.items()
    }
    noticed = status.noticed and now < times.withdraws_until
    return {
        "account": status.number,
        "owner": record.owner,
        "state": record.state.name.lower(),
        "flags": [one.name.lower() for one in record.flags if one.name],
        "known": status.known,
        "waiting": waiting,
        "withdrawal": {"from": times.withdraws_from, "until": times.withdraws_until} if noticed else None,
        "healthyAt": record.last_healthy_at or None,
        "owesProof": status.owes_proof,
        "called": None
        if status.answer_left is None
        else {"since": times.called_since, "secondsLeft": status.answer_left},
        "keyRequested": status.key_requested,
        "bond": amount_text(times.bond),
        "creditWorth": _worth(status.cash_factor),
        "marketFrozen": status.frozen,
        "marketEnded": status.ended,
    }


def print_status(status: AccountStatus, now: int) -> None:
    """Show where an account stands, and what to do about it."""
    shown, times = status_to_json(status, now), status.times
    print_line(f"account {status.number}: {shown['state']}")
    rows = [
        ("owner", shown["owner"]),
        ("flags", ", ".join(shown["flags"]) or "none"),
        ("opening", "known" if status.known else _unknown(status)),
        ("last proof of health", utc_text(shown["healthyAt"]) if shown["healthyAt"] else "none"),
        ("bond", shown["bond"]),
        ("a credit of cash is worth", shown["creditWorth"]),
    ]
    if shown["withdrawal"]:
        rows.append(("withdrawal", f"{utc_text(times.withdraws_from)} to {utc_text(times.withdraws_until)}"))
    if status.key_requested:
        rows.append(("trading key", "another one is requested"))
    rows += [(f"waiting {asset}", _waiting(one)) for asset, one in shown["waiting"].items()]
    print_table(rows, indent=2)
    for line in _advice(status):
        print_line(f"  {line}")


def _advice(status: AccountStatus) -> list[str]:
    lines, left = [], status.answer_left
    if status.ended:
        lines.append("THE MARKET HAS ENDED: zkmargin wind-down status")
    if status.record.state.name == "SEIZED":
        lines.append("SEIZED: in an auction. A proof of health at initial margin ends it")
    elif left is not None:
        when = f"within {left} s of live time" if left >= 0 else f"LATE by {-left} s; it can be seized"
        lines.append(f"CALLED: prove health {when}: zkmargin settle attest")
    elif status.owes_proof:
        lines.append("a proof of health is due, a margin call can follow: zkmargin settle attest")
    if status.exposed:
        lines.append("its opening was published; no fills before new keys: zkmargin settle renew-keys")
    if status.frozen:
        lines.append("the market is frozen: no fills and no withdrawals")
    return lines


def _unknown(status: AccountStatus) -> str:
    return "none yet" if status.record.state.name == "REGISTERED" else "NOT KNOWN to this book"


def _waiting(one: dict[str, Any]) -> str:
    parts = [one["amount"]]
    if one["counted"] != "0":
        parts.append(f"{one['counted']} counted")
    if one["leavesAt"]:
        parts.append(f"{one['leaving']} may leave from {utc_text(one['leavesAt'])}")
    return ", ".join(parts)


def amount_text(micro: int) -> str:
    """Return an amount in micro as a decimal string."""
    return Funds.of_micro("", micro).text


def _worth(factor: int) -> str:
    whole, part = divmod(factor, _UNIT)
    return f"{whole}.{part:018}".rstrip("0").rstrip(".")
