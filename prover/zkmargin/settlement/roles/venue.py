"""The venue of a market: it credits deposits, settles fills and proves the health of all accounts, in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.errors import ChainError
from zkmargin.native_hash import fast_hasher

from ..admission import FillRules
from .drafts import MOST_ACCOUNTS, parts
from .participant import MAINTENANCE_BPS
from .settler import Sent, Settler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zkmargin.clearing import Draft
    from zkmargin.orders import Fills
    from zkmargin.snapshot.snapshot import Snapshot

    from .drafts import Filled

__all__ = ["Attested", "Sent", "Venue"]


@dataclass(frozen=True, slots=True)
class Attested:
    """The attestations of all accounts that have traded.

    Attributes
    ----------
    sent : tuple of Sent
    failing : mapping of int to str
        The accounts that are not healthy, with the reason, by number.
    """

    sent: tuple[Sent, ...]
    failing: Mapping[int, str]


class Venue(Settler):
    """Acts for the venue, whatever owners do meanwhile; parameters and errors are those of `Settler`."""

    def settle_upkeep(self, snapshot: Snapshot, *, leaving: bool = False) -> Iterator[Sent]:
        """Settle what waits, in batches, each account in one of them.

        An owner can change what waits while a batch is proven, so that the house refuses the whole batch. Its account
        is left out then, and the others' batch is proven again. What comes to wait meanwhile is left for the next call.

        Parameters
        ----------
        snapshot : Snapshot
            The feed's latest.
        leaving : bool
            See `Drafter.upkeep`.

        Yields
        ------
        Sent
            Each batch, once the chain has it.

        Raises
        ------
        InputError, ChainError
            As `Drafter.upkeep` and `settle`, if no owner is the reason.
        """
        left = set(self.book.accounts())
        while (draft := self.upkeep(snapshot, leaving=leaving, among=left)).operations:
            try:
                sent = self.settle(draft)
            except ChainError:
                self.sync()
                again = self.upkeep(snapshot, leaving=leaving, among=draft.before)
                changed = {one for one in draft.before if _steps_of(one, draft) != _steps_of(one, again)}
                if not changed or self._is_present(draft):
                    raise
                left -= changed
                continue
            left -= set(sent.accounts)
            yield sent

    def settle_fills(
        self, fills: Fills, snapshot: Snapshot, *, reduce_only: bool = False
    ) -> tuple[Filled, Sent | None]:
        """Settle a list of fills, in one batch with the list's name.

        An owner can make the house refuse a batch while it is proven, such as by a proof of health with a newer
        snapshot. The fills of its account are dropped then, and the others are proven again.

        Parameters
        ----------
        fills : Fills
        snapshot : Snapshot
            The feed's latest.
        reduce_only : bool
            See `Drafter.fill`.

        Returns
        -------
        Filled
            The draft, and the fills that were left out.
        Sent or None
            None if every fill was dropped.

        Raises
        ------
        InputError, StatementError, ChainError
            As `Drafter.fill` and `settle`, if no owner is the reason.
        """
        barred: dict[int, str] = {}
        while True:
            filled = self.fill(fills, snapshot, reduce_only=reduce_only, barred=barred)
            if not filled.draft.operations:
                return filled, None
            try:
                return filled, self.settle(filled.draft, fills.name)
            except ChainError:
                self.sync()
                changed = self._changed(filled.draft, snapshot)
                if not changed or self.has_settled(fills.name):
                    raise
                barred |= changed

    def attest_all(self, snapshot: Snapshot) -> Attested:
        """Prove the health of all accounts that have traded and have no proof with this snapshot yet.

        Accounts that are not healthy are left out, and named. An account whose owner proves its health meanwhile is
        left out too.

        Parameters
        ----------
        snapshot : Snapshot
            The feed's latest.

        Raises
        ------
        ChainError
            If the node or a contract reverts; see `House.attest`. What was sent before counts.
        """
        openings = self._owing(self.book.accounts(), snapshot)
        failing = self._unprovable(openings, snapshot, MAINTENANCE_BPS)
        healthy = [one for number, one in openings.items() if number not in failing]
        sent = (self._attest_owing(part, snapshot) for part in parts(healthy, MOST_ACCOUNTS))
        return Attested(tuple(one for one in sent if one is not None), failing)

    # --- parts

    def _changed(self, draft: Draft, snapshot: Snapshot) -> dict[int, str]:
        """Return the accounts of a draft of fills that the house would refuse now, with the reason, by number."""
        rules = FillRules(self.market.house.parameters().bond, snapshot.timestamp)
        refused = self.refused(draft.before, rules)
        moved = [number for number, one in draft.before.items() if self.book.present(number) != one]
        return dict.fromkeys(moved, "has changed while the batch was proven") | refused

    def _is_present(self, draft: Draft) -> bool:
        """Return whether the states after a draft are those of the chain, by the last `sync`."""
        return all(self.book.present(number) == one for number, one in draft.after.items())

    def _owing(self, openings: Mapping[int, spec.Account], snapshot: Snapshot) -> dict[int, spec.Account]:
        """Return the accounts that owe a proof with a snapshot in the states that are given."""
        hasher = fast_hasher()
        return {
            number: openings[number]
            for number, record in ((number, record.account) for number, record in self.records(openings))
            if record.state == HouseState.OPEN
            and AccountFlag.TRADED in record.flags
            and record.last_healthy_at < snapshot.timestamp
            and record.commitment == spec.commitment(openings[number], hasher)
        }

    def _attest_owing(self, openings: list[spec.Account], snapshot: Snapshot) -> Sent | None:
        """Attest accounts; without those that others have attested or changed meanwhile, which stop the others."""
        while openings:
            try:
                return self._attest(openings, snapshot)
            except ChainError:
                left = list(self._owing({one.number: one for one in openings}, snapshot).values())
                if len(left) == len(openings):
                    raise
                openings = left
        return None


def _steps_of(number: int, draft: Draft) -> list[object]:
    """Return the state of an account before a draft, and the draft's operations on it."""
    own = [
        done.operation for done in draft.operations if any(one.after.number == number for one in done.steps)
    ]
    return [draft.before.get(number), *own]
