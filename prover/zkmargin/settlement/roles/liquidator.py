"""The liquidator: calls accounts, freezes the market for a shielded one, starts auctions, and ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.contracts.house_values import HouseState
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.margin_prover import MarginProver
from zkmargin.spec import CASH
from zkmargin.spec.constants import BPS_UNIT, PICO_PER_MICRO

from ..openings import opened_of
from .participant import Participant
from .sender import require, require_open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.proofs.instances import Instance
    from zkmargin.proofs.margin_proof import MarginProof
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["Liquidator"]

_WAD = 10**18


class Liquidator(Participant):
    """Acts against accounts that are in default or fail to prove; parameters are those of `Participant`."""

    def call(self, numbers: Sequence[int]) -> int:
        """Call accounts that have traded and owe a proof of health, all or none.

        Parameters
        ----------
        numbers : sequence of int
            At least one; each account once.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``NotOverdue``, ``AlreadyCalled``, ``NotTraded``, ``NothingNewer``,
            ``NoFreshSnapshot``, ``Paused``.
        """
        return self.market.house.call(numbers)

    def freeze(self, number: int) -> int:
        """Freeze fills and withdrawals of the market: the account is late by an hour, or nobody bought it.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``NotFreezable``, ``AlreadyFrozen``.
        """
        return self.market.house.freeze(number)

    def start(self, number: int, snapshot: Snapshot) -> int:
        """Seize an account and start its auction, or start it again when nobody bought. Publishes the opening.

        Parameters
        ----------
        number : int
            The account's number; the book has the opening of its present state.
        snapshot : Snapshot
            The feed's latest.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        StatementError
            If the present opening is unknown, or the market has ended.
        InputError
            If the account does not fit the snapshot or any disclosing circuit of the market.
        ChainError
            If the node or a contract refuses: ``NotLiquidatable``, ``NothingAtStake``, ``NothingNewer``,
            ``AuctionRunning``, ``StillHealthy``, ``NotARecentSnapshot``, ``Paused``.
        """
        record = self._record(number)
        self._require_running()
        if record.state != HouseState.SEIZED:
            require_open(number, record)
        opening = self._present(number, record)
        return self.market.auctions.start(number, *self._disclosed(opening, snapshot))

    def give_back(self, number: int, snapshot: Snapshot) -> int:
        """Return a seized account to its owner: it reaches initial margin, alone or with its waiting cash.

        Parameters
        ----------
        number, snapshot
            As in `start`.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        StatementError
            If the account is not seized, does not reach initial margin, or its present opening is unknown.
        InputError
            If the account does not fit the snapshot or any circuit of the market.
        ChainError
            If the node or a contract refuses: ``NoAuction``, ``NotARecentSnapshot``, ``StillInDefault``.
        """
        house, auctions = self.market.house, self.market.auctions
        record = self._record(number)
        require(record.state == HouseState.SEIZED, f"account {number}: not seized")
        opening, bps = self._present(number, record), house.parameters().initial_bps
        try:
            return auctions.give_back(number, self._attestation(self._plan([opening], snapshot, bps)))
        except StatementError:
            waiting = house.waiting(number, CASH).amount * _WAD // house.cash_factor()
            margin = spec.margin(opening, snapshot.spec)
            equity = margin.equity // PICO_PER_MICRO + waiting
            reached = equity * BPS_UNIT >= margin.requirement * bps
            require(reached, f"account {number}: below initial margin, its waiting cash included")
        return auctions.give_back_disclosed(number, *self._disclosed(opening, snapshot))

    def record_unsaleable(self, number: int) -> int:
        """Record that nobody could buy an account in default, which is a cause of wind-down.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``AuctionRunning``, ``NothingToRecord``.
        """
        return self.market.auctions.record_unsaleable(number)

    def _disclosed(self, opening: spec.Account, snapshot: Snapshot) -> tuple[MarginProof, tuple[int, ...]]:
        """Return a disclosure of an account, and the elements of its opening."""
        instance = self._disclosing(opening, snapshot)
        proof = MarginProver(self._prover).prove(
            opened_of(opening, snapshot),
            snapshot,
            context=self.market.auctions.context(opening.number),
            disclose=True,
            instance=instance.name,
            allow_unhealthy=True,
        )
        shown = proof.statement.signals.account_commitment
        require(
            shown == spec.commitment(opening, fast_hasher()),
            f"account {opening.number}: its opening does not fit the snapshot's assets",
        )
        return proof, spec.opening_elements(opening, instance.shape.positions)

    def _disclosing(self, opening: spec.Account, snapshot: Snapshot) -> Instance:
        layout = snapshot.parts.layout
        for one in self.market.disclosures:
            if one.shape.positions >= self._places and one.holds(opening, layout, disclosed=True):
                return one
        raise InputError(
            "no disclosing circuit of the market holds it",
            source=f"account {opening.number}",
            key="positions",
        )
