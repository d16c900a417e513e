"""Claims: what an account is worth when its market ends, and payments that a token refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house_values import HouseState
from zkmargin.contracts.wind_down import Stage
from zkmargin.errors import InputError
from zkmargin.spec.constants import FIELD

from .participant import Participant
from .sender import require, value_down

if TYPE_CHECKING:
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["Claimant"]


class Claimant(Participant):
    """Claims for accounts of the connection's account, and for that account itself."""

    def claim(self, number: int, snapshot: Snapshot, to: str | None = None) -> int:
        """Claim what an account is worth when the market winds down; coins are paid at once.

        Negative funds are paid in: the vault is approved for them.

        Parameters
        ----------
        number : int
            The account's number.
        snapshot : Snapshot
            The one that values the market.
        to : str, optional
            The receiver of coins and of the payment, by default the owner.

        Returns
        -------
        int
            The claim in micro of the quote token; a negative one has been paid.

        Raises
        ------
        StatementError
            If it is not the time of claims, the account has claimed or was never opened, or the book lacks its
            present opening.
        InputError
            If the snapshot does not value the market, the account fits no circuit of claims, the receiver cannot get
            payments, the connection's account does not own the account, or has less than its debt.
        ChainError
            If the node, a contract or a token refuses: ``WrongStage``, ``AlreadyClaimed``.
        """
        wind_down, receiver = self.market.wind_down, self._receiver(to)
        record = self._own(number)
        stage = wind_down.stage()
        require(
            stage in {Stage.CLAIMING, Stage.PAYING},
            f"claims are not possible at the stage {stage.name.lower()}",
        )
        require(record.state != HouseState.REGISTERED, f"account {number}: was never opened")
        require(not wind_down.entry(number).claimed, f"account {number}: has claimed already")
        if wind_down.valuation() != snapshot.root:
            raise InputError("not the snapshot that values the market", source="snapshot")
        opening = self._present(number, record)
        context = wind_down.context(number, receiver)
        proof = self._owner_prover.claim(opening, snapshot.spec, context, positions=self._places)
        value = self._claimed(number, proof.public[2])
        if value < 0:
            self._require_balance({CASH: -value})
            self.market.allow({CASH: -value})
        wind_down.claim(number, receiver, proof)
        return value

    def _claimed(self, number: int, funds: int) -> int:
        """Return the value of proven funds, of counted cash and of the bond, in micro of the quote token."""
        house = self.market.house
        proven = funds - FIELD if funds > FIELD // 2 else funds
        value = value_down(proven, house.cash_factor())
        return value + house.waiting(number, CASH).counted + house.times(number).bond
