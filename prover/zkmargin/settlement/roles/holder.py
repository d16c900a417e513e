"""The holder of an account: opens it, withdraws, proves its health, renews its keys, and claims when a market ends."""

from __future__ import annotations

import secrets

from zkmargin import spec
from zkmargin.account.account import new_view_key
from zkmargin.contracts.house_events import SealedViewKey
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec import owner_steps

from .claimant import Claimant
from .owner import Owner, require_key
from .sender import require
from .withdrawer import Withdrawer

__all__ = ["Holder"]

_PAGE = 1000


class Holder(Owner, Withdrawer, Claimant):
    """Acts for accounts that the connection's account owns.

    The parameters are those of `Participant`. Each method checks first, without a transaction, all that it can. A
    method that needs an account's present opening finds it in the book; follow the chain before.
    """

    # --- opening, keys

    def open(self, key: spec.TradingKey) -> int:
        """Open an account, with a view key that is sealed to the venue.

        The number of a process that died before the account was open is used again.

        Parameters
        ----------
        key : spec.TradingKey
            The key that signs the account's orders; `spec.NO_KEY` if it takes none.

        Returns
        -------
        int
            The account's number.

        Raises
        ------
        StatementError
            If the market has ended.
        InputError
            If the key is not a point of the curve, keys of the circuit are not those of the market, or the venue's key
            on the chain is not the deployment's: nobody else may read the account.
        ChainError
            If the node or a contract refuses: ``WrongState`` if another process has opened the account meanwhile.
        """
        require_key(key)
        self._require_running()
        house, sender, hasher = self.market.house, self.market.sender, fast_hasher()
        venue = self.market.deployment.venue_key
        if house.venue_key() != venue:
            # No proof says whom the view key is sealed to, so a node could name a key of its own.
            reason = "another one than in the deployment; ask for a new file, and check it by zkmargin deploy --check"
            raise InputError(reason, source="venue key")
        number = self._registered() or house.register()
        new = spec.Account(int(sender, 16), number, key, new_view_key(), 0, 0, spec.NO_AMOUNTS, ())
        proof = self._owner_prover.open(new, house.context("open", number, sender))
        scalar = secrets.randbits(owner_steps.SCALAR_BITS)
        ephemeral, sealed = owner_steps.seal_view_key(new.view_key, venue, scalar, hasher)
        self.book.learn(new)
        house.open(number, proof, key, SealedViewKey(sealed, ephemeral))
        return number

    def renew_keys(self, number: int, key: spec.TradingKey) -> spec.Account:
        """Give an account whose opening was published another trading key and view key.

        Parameters
        ----------
        number : int
            The account's number.
        key : spec.TradingKey

        Returns
        -------
        spec.Account
            The new opening, which is in the book.

        Raises
        ------
        StatementError
            If the market has ended, the account is not open, its opening was not published, or the book lacks it.
        InputError
            If the key is not a point of the curve, keys of the circuit are not those of the market, or the connection's
            account does not own the account.
        ChainError
            If the node or a contract refuses: ``KeysNotExposed``, ``InvalidBatch`` if the account has changed
            meanwhile.
        """
        require_key(key)
        record = self._own_open(number)
        self._require_running()
        require(
            AccountFlag.EXPOSED in record.flags,
            f"account {number}: its opening was not published; ask the venue for another key instead",
        )
        house, before = self.market.house, self._present(number, record)
        context = house.context("takeOver", number, record.owner)
        after, proof = self._owner_prover.take_over(before, before.owner, key, house.venue_key(), context)
        self.book.learn(after)
        house.renew_keys(number, proof)
        return after

    # --- conditions

    def _registered(self) -> int | None:
        """Return an account that the connection's account has registered and not opened."""
        house, sender = self.market.house, self.market.sender
        for last in range(house.count(), 0, -_PAGE):
            numbers = range(max(1, last - _PAGE + 1), last + 1)
            for number, record in zip(numbers, house.accounts(numbers), strict=True):
                if record.owner == sender and record.state == HouseState.REGISTERED:
                    return number
        return None
