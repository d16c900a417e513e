"""Drafts of a venue: what waits, and the fills of its matching engine, without what would make a batch revert."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from zkmargin import spec
from zkmargin.clearing import Ledger, unhealthy_accounts
from zkmargin.clearing.health_groups import group_accounts
from zkmargin.errors import ChainError, InputError, StatementError, ZkmarginError

from ..admission import FillRules, refusal
from ..fills import FillReader
from .participant import MAINTENANCE_BPS, Participant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from zkmargin.clearing import Draft
    from zkmargin.contracts.house_values import HouseRecord
    from zkmargin.orders import Fills
    from zkmargin.snapshot.snapshot import Snapshot

    from ..book import Book

__all__ = ["MOST_ACCOUNTS", "Drafter", "Dropped", "Filled", "parts"]

MOST_ACCOUNTS = 128
"""The most accounts of a batch of upkeep, and of an attestation."""
_MOST_UPKEEP = 440
_UPKEEP_GAS = 14_000_000
"""What a batch of upkeep may take; Ethereum allows a transaction 2^24 (EIP-7825)."""
_OPERATION_GAS, _PROOF_GAS = 25_000, 60_000
"""What a credit and a proof take at most. A market may have the smallest circuit of upkeep alone."""
_PAGE = 200
_FACTOR = 10**18
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A fill that the venue does not settle.

    Attributes
    ----------
    place : int
        Its place in the list, from 0.
    reason : str
        Names the account or the file; contains no value of an account.
    """

    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A draft of fills, and what was left out of it.

    Attributes
    ----------
    draft : Draft
        Without operations if every fill was dropped.
    dropped : tuple of Dropped
    """

    draft: Draft
    dropped: tuple[Dropped, ...]


class Drafter(Participant):
    """Makes the drafts of a venue, from the present openings of its book."""

    book: Book

    def ledger(self) -> Ledger:
        """Return a ledger of the present openings that the venue knows."""
        return Ledger(self.market.house.domain, self.book.accounts().values())

    def upkeep(
        self, snapshot: Snapshot, *, leaving: bool = False, among: Collection[int] | None = None
    ) -> Draft:
        """Return a draft of what waits: credits, expiries of settled positions and requested keys.

        It is bounded; call it again after it has been settled, until it has no operation. Accounts that a batch cannot
        contain now are left out.

        Parameters
        ----------
        snapshot : Snapshot
            The feed's latest.
        leaving : bool
            Whether to credit also what an owner has given notice for. A refund meanwhile would stop the whole batch.
        among : collection of int, optional
            The accounts to look at; all that the book knows by default.

        Raises
        ------
        InputError
            If the snapshot's assets are not the market's.
        """
        self.market.require_slots(snapshot)
        openings = {
            number: one for number, one in self.book.accounts().items() if among is None or number in among
        }
        most = self._most_upkeep(snapshot)
        draft = Ledger(self.market.house.domain, openings.values()).draft(snapshot.spec, self.market.time())
        refused = self.refused(openings)
        settled = {one.id for one in snapshot.parts.listings if one.settled is not None}
        numbers = [number for number in openings if number not in refused]
        waiting = self._waiting(numbers, leaving=leaving)
        requested = self.market.house.key_requests(numbers)
        for number in numbers:
            steps = [partial(draft.credit, number, *one) for one in waiting.get(number, {}).items()]
            held = (one.instrument for one in openings[number].held)
            steps += [
                partial(draft.expire, number, instrument) for instrument in held if instrument in settled
            ]
            key = self.book.requested_key(number, requested[number]) if requested[number] else None
            if key is not None:
                steps.append(partial(draft.rekey, number, key))
            if len(draft.before) >= MOST_ACCOUNTS or len(draft.operations) + len(steps) > most:
                break
            for step in steps:
                # An amount beyond the range of an account must not stop the others.
                with suppress(StatementError):
                    step()
        return draft

    def fill(
        self,
        fills: Fills,
        snapshot: Snapshot,
        *,
        reduce_only: bool = False,
        barred: Mapping[int, str] | None = None,
    ) -> Filled:
        """Return a draft of fills, without those that break a rule or leave an account short of its requirement.

        Parameters
        ----------
        fills : Fills
        snapshot : Snapshot
            The feed's latest.
        reduce_only : bool
            Whether fills may only reduce positions, which needs maintenance margin alone.
        barred : mapping of int to str, optional
            Further accounts to leave out, with the reason.

        Raises
        ------
        InputError
            If the snapshot's assets are not the market's.
        """
        self.market.require_slots(snapshot)
        house, openings = self.market.house, self.book.accounts()
        ledger, parameters = Ledger(house.domain, openings.values()), house.parameters()
        rules = FillRules(parameters.bond, snapshot.timestamp)
        refused = {**self.refused(openings, rules), **(barred or {})}
        bps = MAINTENANCE_BPS if reduce_only else parameters.initial_bps
        reader, time = FillReader(fills, snapshot, house.domain, openings), self.market.time()
        dropped = [] if self.market.circuits.quote else _quotes_of(fills)
        places = [place for place in range(len(fills.fills)) if place not in {one.place for one in dropped}]
        while True:
            draft = ledger.draft(snapshot.spec, time, reduce_only=reduce_only)
            reasons = _add_fills(draft, reader, places, refused)
            failing = self._unprovable(draft.after, snapshot, bps)
            for place in places:
                if place not in reasons:
                    named = [one for one in reader.accounts(place) if one in failing]
                    if named:
                        reasons[place] = "; ".join(f"account {one}: {failing[one]}" for one in named)
            dropped += [Dropped(place, reason) for place, reason in reasons.items()]
            if not failing:
                return Filled(draft, tuple(sorted(dropped, key=lambda one: one.place)))
            # A counterparty may have been healthy only by a fill that is gone.
            places = [place for place in places if place not in reasons]

    def refused(self, numbers: Collection[int], fills: FillRules | None = None) -> dict[int, str]:
        """Return the accounts that a batch cannot contain now, with the reason, by number.

        Parameters
        ----------
        numbers : collection of int
        fills : FillRules, optional
            For a batch with fills.
        """
        now, found = self.market.time(), {}
        for number, record in self.records(numbers):
            reason = refusal(record.account, record.times, now, fills)
            if reason is not None:
                found[number] = reason
        return found

    def records(self, numbers: Iterable[int]) -> Iterator[tuple[int, HouseRecord]]:
        """Return the public records of accounts, with their numbers."""
        for part in parts(list(numbers), _PAGE):
            yield from zip(part, self.market.house.records(part), strict=True)

    def _unprovable(
        self, openings: Mapping[int, spec.Account], snapshot: Snapshot, bps: int
    ) -> dict[int, str]:
        """Return the accounts whose health cannot be proven in this market, with the reason, by number."""
        found = unhealthy_accounts(openings.values(), snapshot.spec, bps)
        layout, circuits = snapshot.spec.table.layout, self.market.circuits.health
        for number, opening in openings.items():
            if number not in found:
                try:
                    group_accounts([opening], layout, circuits)
                except InputError:
                    found[number] = "fits no circuit of health of this market"
        return found

    def _most_upkeep(self, snapshot: Snapshot) -> int:
        """Return the most operations of a batch of upkeep. Those of one account, fewer than 140, fit into every one."""
        layout = snapshot.spec.table.layout
        largest = max(
            (one.operations for one in self.market.circuits.upkeep if one.layout == layout), default=1
        )
        return min(_MOST_UPKEEP, _UPKEEP_GAS // (_OPERATION_GAS + -(-_PROOF_GAS // largest)))

    def _waiting(self, numbers: list[int], *, leaving: bool) -> dict[int, dict[int, int]]:
        """Return what can be credited, by account and asset: of cash in credits."""
        house = self.market.house
        slots = [one.slot for one in self.market.deployment.assets if house.waiting_total(one.slot)]
        factor = house.cash_factor()
        found: dict[int, dict[int, int]] = {}
        for (number, slot), waiting in house.waiting_of(numbers, slots).items():
            tokens = waiting.amount if leaving else waiting.amount - waiting.leaving
            # A credit costs its value by the factor, rounded up.
            amount = tokens * _FACTOR // factor if slot == spec.CASH else tokens
            if amount:
                found.setdefault(number, {})[slot] = min(amount, 2**64 - 1)
        return found


def _quotes_of(fills: Fills) -> list[Dropped]:
    """Return the fills of quote sheets, for a market without circuits of them."""
    reason = "the market has no circuit of fills against quote sheets"
    return [Dropped(place, reason) for place, one in enumerate(fills.fills) if one.entry is not None]


def _add_fills(
    draft: Draft, reader: FillReader, places: Iterable[int], refused: Mapping[int, str]
) -> dict[int, str]:
    """Add fills to a draft; return those that cannot be added, with the reason."""
    reasons = {}
    for place in places:
        try:
            barred = [one for one in reader.accounts(place) if one in refused]
            if barred:
                reasons[place] = "; ".join(f"account {one}: {refused[one]}" for one in barred)
            else:
                reader.add(draft, place)
        except ChainError:
            raise
        except ZkmarginError as error:
            reasons[place] = str(error)
    return reasons


def parts(items: list[_Item], size: int) -> Iterator[list[_Item]]:
    """Return a list in parts of at most a size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
