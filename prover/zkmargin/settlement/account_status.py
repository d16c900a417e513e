"""Where an account stands: its record, waiting funds, notices and calls, and whether a book knows its opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.contracts.guardian import PauseGroup
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.contracts.house_values import HouseAccount, Times, Waiting

    from .book import Book
    from .market import Market

__all__ = ["AccountStatus", "account_status"]


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """Where an account stands on the chain.

    Attributes
    ----------
    number : int
    record : HouseAccount
    times : Times
    waiting : mapping of str to Waiting
        The funds that wait for its owner, by asset; assets without such funds are left out.
    known : bool
        Whether the book has the opening of its present state.
    key_requested : bool
        Whether its owner has requested another trading key that no batch has granted yet.
    owes_proof : bool
        Whether it has traded and owes a proof of health.
    answer_left : int or None
        Of a called account: the live seconds until its answer is late; negative once it is. None if it is not called.
    cash_factor : int
        The worth of a credit of cash, in 1e-18 of the quote token.
    frozen : bool
        Whether the market is frozen, because of any account.
    ended : bool
        Whether the market has ended.
    """

    number: int
    record: HouseAccount
    times: Times
    waiting: Mapping[str, Waiting]
    known: bool
    key_requested: bool
    owes_proof: bool
    answer_left: int | None
    cash_factor: int
    frozen: bool
    ended: bool

    @property
    def noticed(self) -> bool:
        """Whether there is a notice of a withdrawal, which may have lapsed."""
        return AccountFlag.NOTICED in self.record.flags

    @property
    def exposed(self) -> bool:
        """Whether its opening was published, so that it takes no fills before it has new keys."""
        return AccountFlag.EXPOSED in self.record.flags


def account_status(market: Market, book: Book, number: int) -> AccountStatus:
    """Return where an account stands.

    Parameters
    ----------
    market : Market
    book : Book
    number : int
        The account's number.

    Raises
    ------
    InputError
        If the market has no such account.
    ChainError
        If the node is out of reach.
    """
    house = market.house
    record = house.account(number)
    if record.state == HouseState.NONE:
        raise InputError("the market has no such account", source=f"account {number}")
    times, standing = house.times(number), house.standing()
    found = house.waiting_of([number], [one.slot for one in market.deployment.assets])
    waiting = {market.asset_name(slot): one for (_, slot), one in found.items() if one.amount}
    return AccountStatus(
        number=number,
        record=record,
        times=times,
        waiting=waiting,
        known=book.opening(record.commitment) is not None,
        key_requested=house.key_request(number) != 0,
        owes_proof=house.is_overdue(number),
        answer_left=_answer_left(market, times) if house.is_called(number) else None,
        cash_factor=house.cash_factor(),
        frozen=standing.frozen != 0,
        ended=standing.ended,
    )


def _answer_left(market: Market, times: Times) -> int:
    elapsed = market.feed.live_time() - times.called_live
    return times.grace + market.guardian.paused_seconds(PauseGroup.LIQUIDATE, times.called_at) - elapsed
