"""What the venue of a market does: it opens what is sealed to it, and matches trades."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.transition import Change

from ..account_state import AccountState
from ..escrow import escrow_hash, unseal
from ..market import address_text
from ..next_state import latest_state
from ..openings import account_of
from .liquidator import Liquidator
from .participant import Entry

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
    """Acts for the venue, which is the connection's account; and calls and starts auctions, as anybody may.

    Parameters
    ----------
    market : SettlementMarket
    provers : Provers
    key : SealingKey
        The venue's, whose public part the market's deployment names.
    keep : callable
        Takes each new state that it is going to make; see `Participant`.

    Raises
    ------
    InputError
        If the key is another one.
    """

    def __init__(self, market: SettlementMarket, provers: Provers, key: SealingKey, *, keep: Keep) -> None:
        super().__init__(market, provers, keep=keep)
        if key.public != market.deployment.sealing_key:
            raise InputError("not the one of this market", source="sealing key")
        self._key = key

    def opening(self, number: int, sealed: bytes, snapshot: Snapshot) -> AccountState:
        """Open what a holder has sealed, and see to it that it is the account's present state.

        Parameters
        ----------
        number : int
            The account's number.
        sealed : bytes
            From the holder.
        snapshot : Snapshot
            Gives ids their names.

        Raises
        ------
        StatementError
            If it is not what the chain has the hash of, or not an opening of the account's commitment.
        InputError
            If no opening is sealed in it.
        ChainError
            If the node is out of reach.
        """
        state = self.market.house.account(number)
        _require(
            escrow_hash(sealed) == state.escrow, f"account {number}: not the escrow whose hash is on chain"
        )
        opening = unseal(sealed, self._key)
        committed = spec.commitment(opening, fast_hasher()) == state.commitment
        named = (opening.owner, opening.nonce) == (int(state.owner, 16), state.nonce)
        _require(committed and named, f"account {number}: the escrow is not of its commitment")
        return AccountState(number, account_of(opening, snapshot), sealed)

    def follow(self, held: AccountState, events: Iterable[HouseEvent], snapshot: Snapshot) -> AccountState:
        """Return the state after deposits, withdrawals and takeovers; see `latest_state`.

        So whoever has opened the escrow of one state needs no other until the account trades again, whatever
        a holder seals meanwhile.
        """
        return latest_state(held, events, snapshot)

    def trade(
        self, sides: Sequence[tuple[AccountState, SignedTrade]], snapshot: Snapshot
    ) -> tuple[AccountState, ...]:
        """Trade between accounts, in one transaction.

        Parameters
        ----------
        sides : sequence of (AccountState, SignedTrade)
            For each account its present state, and what its owner agrees to.
        snapshot : Snapshot
            The feed's latest.

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
            If a consent is of another account, no opening is sealed in it, or it is not a trade.
        ChainError
            If the node or a contract refuses: ``NotVenue``, ``InvalidSignature``, ``NotTheLatestSnapshot``,
            ``InvalidTransition`` where an account has changed meanwhile, ``Paused``, ``NotCalm``.
        """
        new = [self._agreed(held, signed, snapshot) for held, signed in sides]
        _check_sum([held for held, _ in sides], new, snapshot)
        bps = self.market.initial_bps()
        parts: list[tuple[int, Next, Health, bytes]] = []
        for (held, signed), following in zip(sides, new, strict=True):
            entry = Entry("trade", held.number, address_text(held.account.owner))
            proven = self._next(entry, held.account, following, snapshot, Change())
            health = self._health(entry, following.account, snapshot, bps, signed.deadline)
            parts.append((held.number, proven, health, signed.signature))
        for following in new:
            self._keep(following)
        self.market.house.match(parts)
        return tuple(new)

    def _agreed(self, held: AccountState, signed: SignedTrade, snapshot: Snapshot) -> AccountState:
        """Return what the owner agrees to; the escrow is opened before anything is matched."""
        if signed.number != held.number:
            raise InputError("of another account", source="trade", key="number")
        self._present(held, snapshot)
        account = account_of(unseal(signed.sealed, self._key), snapshot)
        return replace(held, account=account, sealed=signed.sealed)


def _check_sum(old: list[AccountState], new: list[AccountState], snapshot: Snapshot) -> None:
    """Require that what some gain others lose: the contracts cannot see it, and trust the venue with it."""
    total: Counter[str] = Counter()
    for sign, states in ((-1, old), (1, new)):
        for state in states:
            opening = state.account.opening(snapshot)
            total["cash"] += sign * opening.cash
            for position in opening.positions:
                total[str(position.instrument)] += sign * position.lots
    _require(not any(total.values()), "the sides of the trade do not add up")


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise StatementError(reason)
