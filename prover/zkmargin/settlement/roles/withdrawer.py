"""Withdrawals: the notice, and the withdrawal with proofs of the step and of initial margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.guardian import PauseGroup
from zkmargin.contracts.house_values import AccountFlag
from zkmargin.errors import InputError
from zkmargin.spec import owner_steps

from .participant import Participant
from .sender import amounts_of, require, value_down

if TYPE_CHECKING:
    from zkmargin.account.funds import Funds
    from zkmargin.contracts.house_values import HouseAccount, Times
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["Withdrawer"]

# For longer than this, a run of breaker trips stops no withdrawal: HouseRecords.UNREST_BOUND.
_LONGEST_UNREST = 86_400


class Withdrawer(Participant):
    """Withdraws from accounts of the connection's account."""

    def withdraw(self, number: int, funds: Funds, snapshot: Snapshot, to: str | None = None) -> spec.Account:
        """Withdraw an asset, once the notice is over.

        Parameters
        ----------
        number : int
            The account's number.
        funds : Funds
            Of cash, a number of credits, each worth `House.cash_factor`.
        snapshot : Snapshot
            The feed's latest.
        to : str, optional
            The receiver, by default the owner. If the token rejects the transfer, the receiver gets a claim on the
            vault.

        Returns
        -------
        spec.Account
            The new opening, which is in the book.

        Raises
        ------
        StatementError
            If the account would not meet initial margin, its state or the market's does not allow a withdrawal now, or
            the book lacks its present opening. Nothing is sent then.
        InputError
            If the market or the account has no such amount, the amount is not positive, the receiver cannot get
            payments, the snapshot is not the latest, keys are not those of the market, or the connection's account does
            not own the account.
        ChainError
            If the node or a contract refuses: ``NotARecentSnapshot`` after a publication meanwhile,
            ``NoFreshSnapshot``, ``NotBacked``, and those of `House.withdraw`.
        """
        ((slot, micro),) = amounts_of(self.market, [funds]).items()
        receiver, house = self._receiver(to), self.market.house
        record = self._own_open(number)
        self._require_running()
        self._require_notice(number, record, house.times(number))
        self._require_withdrawals(number)
        self._require_latest(snapshot)
        before = self._present(number, record)
        try:
            after = owner_steps.withdrawn(before, slot, micro)
        except spec.SpecError:
            raise InputError("has less of it", source=f"account {number}", key=funds.asset) from None
        plan = self._plan([after], snapshot, house.parameters().initial_bps)
        self._require_backing(slot, micro)
        health = self._attestation(plan)
        context = house.context("withdraw", number, receiver)
        after, step = self._owner_prover.withdraw(before, slot, micro, context)
        self.book.learn(after)
        house.withdraw(number, slot, micro, receiver, step, health)
        return after

    # --- conditions

    def _require_notice(self, number: int, record: HouseAccount, times: Times) -> None:
        now = self._time()
        stands = AccountFlag.NOTICED in record.flags and now < times.withdraws_until
        require(stands, f"account {number}: there is no notice of a withdrawal, or it has lapsed")
        left = times.withdraws_from - now
        require(left <= 0, f"account {number}: the notice of a withdrawal runs for {left} s more")

    def _require_withdrawals(self, number: int) -> None:
        """Require that the market and the account's call allow withdrawals now."""
        house, feed = self.market.house, self.market.feed
        require(not self.market.guardian.is_paused(PauseGroup.WITHDRAW), "withdrawals are paused")
        require(
            house.standing().frozen == 0, "the market is frozen: an account is late, and nobody liquidates it"
        )
        calm = feed.calm_for(house.parameters().cooldown)
        require(
            calm or self._time() - feed.unrest_since() > _LONGEST_UNREST,
            "no withdrawals in the cool-down after a jump of prices",
        )
        late = house.late_for(number)
        require(late == 0, f"account {number}: called, and late by {late} s; prove its health first")

    def _require_latest(self, snapshot: Snapshot) -> None:
        latest = self.market.feed.latest()
        if latest is None or latest[0] != snapshot.root:
            raise InputError("not the latest of this market's feed", source="snapshot")
        age = self._time() - latest[1]
        fresh = age <= self.market.house.parameters().max_snapshot_age
        require(fresh, f"the latest snapshot is {age} s old: wait for a fresh one")
        self.market.require_slots(snapshot)

    def _require_backing(self, slot: int, micro: int) -> None:
        house, listed = self.market.house, self.market.vault.asset(slot)
        value = value_down(micro, house.cash_factor()) if slot == CASH else micro
        backed = listed is not None and value <= listed.total - house.waiting_total(slot)
        require(backed, "the vault cannot pay so much before others have paid in what they owe")
