"""The venue of a market: it opens what is sealed to its key, and matches trades."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.opened import OpenedAccount
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.transition import Change

from ..account_state import AccountState
from ..escrow import escrow_hash, unseal
from ..market import address_text
from ..next_state import latest_state
from ..openings import account_of
from .liquidator import Liquidator
from .participant import Entry, NextState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.contracts.clearing_house_events import HouseEvent
    from zkmargin.contracts.proof_arguments import Health, Next
    from zkmargin.snapshot.snapshot import Snapshot

    from ..account_state import Keep
    from ..escrow import SealingKey
    from ..market import SettlementMarket
    from .participant import Provers, SignedTrade

__all__ = ["Venue"]


class Venue(Liquidator):
    """Acts for the venue, which is the connection's account. As a liquidator it also calls and auctions.

    Parameters
    ----------
    market : SettlementMarket
    provers : Provers
    key : SealingKey
        The venue's key, whose public part the deployment names.
    keep : callable
        Stores each new state before it is sent; see `Participant`.

    Raises
    ------
    InputError
        If the key is not the market's.
    """

    def __init__(self, market: SettlementMarket, provers: Provers, key: SealingKey, *, keep: Keep) -> None:
        super().__init__(market, provers, keep=keep)
        if key.public != market.deployment.sealing_key:
            raise InputError("not the key of this market", source="sealing key")
        self._key = key

    def opening(self, number: int, sealed: bytes, snapshot: Snapshot) -> AccountState:
        """Open a sealed opening, and require that it is the account's present state.

        Parameters
        ----------
        number : int
            The account's number.
        sealed : bytes
            The sealed opening, from the holder.
        snapshot : Snapshot
            Gives ids their names.

        Raises
        ------
        StatementError
            If the chain has another hash for it, or it does not open the account's commitment.
        InputError
            If it does not hold an opening, or is sealed to another key.
        ChainError
            If the node is out of reach.
        """
        record = self.market.house.account(number)
        is_escrow = escrow_hash(sealed) == record.escrow
        _require(is_escrow, f"account {number}: the chain has the hash of another escrow")
        opening = unseal(sealed, self._key)
        is_committed = spec.commitment(opening, fast_hasher()) == record.commitment
        is_named = (opening.owner, opening.nonce) == (int(record.owner, 16), record.nonce)
        _require(is_committed and is_named, f"account {number}: the escrow does not open its commitment")
        return AccountState(number, account_of(opening, snapshot), sealed)

    def follow(self, state: AccountState, events: Iterable[HouseEvent], snapshot: Snapshot) -> AccountState:
        """Return the state after deposits, withdrawals and takeovers; see `latest_state`.

        After one opened escrow, the venue needs no other until the account trades again, whatever the holder
        seals meanwhile.
        """
        return latest_state(state, events, snapshot)

    def trade(
        self, sides: Sequence[tuple[AccountState, SignedTrade]], snapshot: Snapshot
    ) -> tuple[AccountState, ...]:
        """Execute a trade between accounts, in one transaction.

        Parameters
        ----------
        sides : sequence of (AccountState, SignedTrade)
            The present state of each account, and its owner's consent.
        snapshot : Snapshot
            The feed's latest snapshot.

        Returns
        -------
        tuple of AccountState
            The new states, in the order of the sides.

        Raises
        ------
        StatementError
            If a state is not the present one, the sides do not add up, or an account would not meet initial
            margin. Nothing is sent then.
        InputError
            If a consent is another account's, does not hold an opening, or does not agree to a trade.
        ChainError
            If the node or a contract refuses: ``NotVenue``, ``InvalidSignature``, ``NotTheLatestSnapshot``,
            ``InvalidTransition`` if an account has changed meanwhile, ``Paused``, ``NotCalm``.
        """
        opened = [self._open_side(state, signed, snapshot) for state, signed in sides]
        _check_sum(opened)
        bps = self.market.initial_bps()
        parts: list[tuple[int, Next, Health, bytes]] = []
        for (state, signed), (old, new) in zip(sides, opened, strict=True):
            entry = Entry("trade", state.number, address_text(state.account.owner))
            next_ = self._prove_next(entry, old, new, snapshot, Change())
            health = self._prove_health(entry, new.opened, snapshot, bps, signed.deadline)
            parts.append((state.number, next_, health, signed.signature))
        for _, new in opened:
            self._keep(new.state)
        self.market.house.match(parts)
        return tuple(new.state for _, new in opened)

    def _open_side(
        self, state: AccountState, signed: SignedTrade, snapshot: Snapshot
    ) -> tuple[OpenedAccount, NextState]:
        """Open the present state of a side and the one that its owner agrees to."""
        if signed.number != state.number:
            raise InputError("expected the number of this side's account", source="trade", key="number")
        old = self._open_present(state, snapshot)
        account = account_of(unseal(signed.sealed, self._key), snapshot)
        agreed = replace(state, account=account, sealed=signed.sealed)
        return old, NextState(agreed, OpenedAccount.of(account, snapshot))


def _check_sum(sides: Sequence[tuple[OpenedAccount, NextState]]) -> None:
    """Require that gains equal losses: the contracts cannot see amounts, and trust the venue with this."""
    total: Counter[str] = Counter()
    for old, new in sides:
        for sign, opening in ((-1, old.opening), (1, new.opened.opening)):
            total["cash"] += sign * opening.cash
            for position in opening.held:
                total[str(position.instrument)] += sign * position.lots
    _require(not any(total.values()), "the sides of the trade do not add up")


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise StatementError(reason)
