"""What the events of a market say about its accounts, read in order."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Protocol

from zkmargin import clearing, spec
from zkmargin.contracts.auctions import Started
from zkmargin.contracts.house_events import (
    AccountOpened,
    AccountRegistered,
    AccountTaken,
    BatchSettled,
    CashWithdrawn,
    KeyRequested,
    KeysRenewed,
)
from zkmargin.contracts.settled import settled_content
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec import owner_steps
from zkmargin.spec.batch import REKEY_TAG

from .book import HeadRow, OwnerRow, Read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zkmargin.contracts.auctions import AuctionEvent
    from zkmargin.contracts.house_events import MarketEvent, SealedViewKey
    from zkmargin.contracts.place import Place
    from zkmargin.contracts.settled import SettledContent
    from zkmargin.proofs.batch_instances import BatchCircuits
    from zkmargin.snapshot.snapshot import Snapshot

    from .book import Book

__all__ = ["EventReader", "Snapshots"]


class Snapshots(Protocol):
    """Snapshots by root, as `SnapshotFolder`."""

    def find(self, root: int) -> Snapshot | None:
        """Return the snapshot of a root, or None."""


class EventReader:
    """Collects what the events of a range of blocks say.

    An event may follow others of the range, so what they say is looked up before the book.

    Parameters
    ----------
    book : Book
        What all earlier blocks say.
    circuits : BatchCircuits
        Those of the market.
    secret : bytes or None
        That of the key which view keys are sealed to.
    snapshots : Snapshots or None
    """

    def __init__(
        self, book: Book, circuits: BatchCircuits, secret: bytes | None, snapshots: Snapshots | None
    ) -> None:
        self._book, self._circuits, self._secret, self._snapshots = book, circuits, secret, snapshots
        self._last: dict[int, int] = {}
        self._last_owner: dict[int, str] = {}
        self._heads: list[HeadRow] = []
        self._owners: list[OwnerRow] = []
        self._openings: dict[int, spec.Account] = {}
        self._requests: dict[tuple[int, int], spec.TradingKey] = {}
        self._untried = False
        self._hasher = fast_hasher()

    def read(self, event: MarketEvent | AuctionEvent) -> None:
        """Take the next event.

        Raises
        ------
        InputError
            If the snapshot of an expired position is missing, or a batch is malformed.
        """
        match event:
            case AccountRegistered(account, owner, place) | AccountTaken(account, _, owner, _, _, place):
                self._owners.append(OwnerRow(account, place.block, place.index, owner))
                self._last_owner[account] = owner
            case AccountOpened(account, commitment, _, _, place):
                self._step(account, commitment, place, "opened", partial(self._opened, event))
            case KeysRenewed(account, commitment, _, _, place):
                self._step(account, commitment, place, "renewed", partial(self._renewed, event))
            case CashWithdrawn(account, asset, _, amount, _, commitment, place):
                opening = partial(self._withdrawn, account, asset, amount)
                self._step(account, commitment, place, "withdrawn", opening)
            case KeyRequested(account, key, value):
                self._request(account, value, key)
            case BatchSettled():
                self._settle(event)
            case Started(opening=elements):
                self._learn(partial(spec.account_of, elements))
            case _:
                pass

    def result(self, block: tuple[int, bytes]) -> Read:
        """Return what the events up to a block say."""
        requests = [(account, value, key) for (account, value), key in self._requests.items()]
        return Read(block, self._heads, self._owners, self._openings, requests, self._untried)

    # --- states

    def _step(
        self,
        account: int,
        commitment: int,
        place: Place,
        name: str,
        opening: Callable[[], spec.Account | None],
    ) -> None:
        """Take the next commitment of an account, and its opening if it can be told."""
        if self._opening(commitment) is None:
            self._learn(opening)
        self._heads.append(HeadRow(account, place.block, place.index, commitment, name))
        self._last[account] = commitment

    def _learn(self, opening: Callable[[], spec.Account | None]) -> None:
        """Keep an opening if it can be told, under its own commitment: a wrong one is of no account's state."""
        try:
            found = opening()
        except (spec.SpecError, StatementError):
            # Made by others: the account stays unknown.
            return
        if found is not None:
            self._openings[spec.commitment(found, self._hasher)] = found

    def _opened(self, event: AccountOpened) -> spec.Account | None:
        owner, view_key = self._owner(event.account), self._unsealed(event.view_key)
        if owner is None or view_key is None:
            return None
        key = spec.TradingKey(*event.key)
        return spec.Account(int(owner, 16), event.account, key, view_key, 0, 0, spec.NO_AMOUNTS, ())

    def _renewed(self, event: KeysRenewed) -> spec.Account | None:
        before, owner = self._present(event.account), self._owner(event.account)
        view_key = self._unsealed(event.view_key)
        if before is None or owner is None or view_key is None:
            return None
        return owner_steps.taken_over(before, int(owner, 16), spec.TradingKey(*event.key), view_key)

    def _withdrawn(self, account: int, asset: int, amount: int) -> spec.Account | None:
        before = self._present(account)
        return None if before is None else owner_steps.withdrawn(before, asset, amount)

    def _unsealed(self, sealed: SealedViewKey) -> int | None:
        if self._secret is None:
            self._untried = True
            return None
        return owner_steps.unseal_view_key(self._secret, sealed.ephemeral, sealed.sealed, self._hasher)

    # --- batches

    def _settle(self, event: BatchSettled) -> None:
        content = settled_content(event.content, self._circuits)
        keys = {
            one.account: key
            for one in content.requests
            if one.tag == REKEY_TAG and (key := self._requested(one.account, one.value)) is not None
        }
        # Reads the file once for all accounts of the batch.
        snapshot = cache(partial(self._snapshot, event))
        for account, last in content.accounts.items():
            opening = partial(self._settled, account, content, keys, snapshot)
            self._step(account, last, event.place, "settled", opening)

    def _settled(
        self,
        account: int,
        content: SettledContent,
        keys: Mapping[int, spec.TradingKey],
        snapshot: Callable[[], spec.Snapshot],
    ) -> spec.Account | None:
        before, last = self._present(account), content.accounts[account]
        if before is None:
            return None
        return clearing.follow(before, last, content.operations, snapshot=snapshot, key=keys.get(account))

    def _snapshot(self, event: BatchSettled) -> spec.Snapshot:
        found = None if self._snapshots is None else self._snapshots.find(event.snapshot_root)
        if found is None:
            reason = (
                f"no snapshot with the root {event.snapshot_root}, under which a position expired in batch "
            )
            raise InputError(f"{reason}{event.number}", source="snapshots")
        return found.spec

    def _request(self, account: int, value: int, key: tuple[int, int]) -> None:
        # The contract does not compare the key with its hash.
        if max(key) < spec.FIELD and self._hasher(key) == value:
            self._requests[account, value] = spec.TradingKey(*key)

    # --- what is known

    def _opening(self, commitment: int) -> spec.Account | None:
        return self._openings.get(commitment) or self._book.opening(commitment)

    def _present(self, account: int) -> spec.Account | None:
        head = self._last.get(account) or self._book.head(account)
        return None if head is None else self._opening(head)

    def _owner(self, account: int) -> str | None:
        return self._last_owner.get(account) or self._book.owner(account)

    def _requested(self, account: int, value: int) -> spec.TradingKey | None:
        return self._requests.get((account, value)) or self._book.requested_key(account, value)
