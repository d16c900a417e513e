"""A house's ledger: the openings of its accounts, and drafts of batches that change them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher

from .draft import Draft

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Ledger"]


class Ledger:
    """The openings of a house's accounts. Its repr shows nothing of them.

    A ledger is changed in three steps: `draft` collects operations and checks their rules, `plan_batch` and
    `prove_plan` prove them, and `settle` makes the draft's states the ledger's. Until then the ledger is unchanged, so
    that a draft can be dropped. `restore` goes back to the states of the chain after a reorganisation.

    Parameters
    ----------
    domain : int
        A field element of the chain and the house, which orders are signed for.
    accounts : iterable of spec.Account
        Openings of states that are on chain.

    Raises
    ------
    InputError
        If the domain is not a field element, or two openings have the same number.
    """

    def __init__(self, domain: int, accounts: Iterable[spec.Account] = ()) -> None:
        if not 0 <= domain < spec.FIELD:
            raise InputError("expected a field element", source="ledger", key="domain")
        self._domain = domain
        self._accounts: dict[int, spec.Account] = {}
        for account in accounts:
            self.add(account)

    def __repr__(self) -> str:
        """Return a text without any value of an account."""
        return f"<Ledger of {len(self._accounts)} accounts>"

    @property
    def domain(self) -> int:
        """The domain of signed orders."""
        return self._domain

    @property
    def accounts(self) -> Mapping[int, spec.Account]:
        """The last settled openings, by number."""
        return MappingProxyType(self._accounts)

    def add(self, account: spec.Account) -> None:
        """Add the opening of an account.

        Raises
        ------
        InputError
            If the ledger has an account of this number.
        """
        if account.number in self._accounts:
            raise InputError(f"account {account.number} is in the ledger already", source="ledger")
        self._accounts[account.number] = account

    def step(self, account: spec.Account) -> None:
        """Take the state that an owner's own step has made: a withdrawal, a takeover or new keys.

        Parameters
        ----------
        account : spec.Account
            The opening after the step.

        Raises
        ------
        InputError
            If the ledger has no such account, or its state is not the one before.
        """
        known = self._accounts.get(account.number)
        if known is None:
            raise InputError(f"no account {account.number}", source="ledger")
        if account.nonce != known.nonce + 1 or account.positions != known.positions:
            raise InputError(f"account {account.number}: not a step from its last state", source="ledger")
        self._accounts[account.number] = account

    def draft(self, snapshot: spec.Snapshot, time: int, *, reduce_only: bool = False) -> Draft:
        """Begin a batch of operations on the ledger's states.

        Parameters
        ----------
        snapshot : spec.Snapshot
            The risk data for health and expiries.
        time : int
            Unix time in seconds, which decides whether orders are valid.
        reduce_only : bool
            Whether no fill may open or turn a position, as in a pause of trading.
        """
        return Draft(self._accounts, snapshot, spec.Setting(self._domain, time, reduce_only))

    def settle(self, draft: Draft) -> None:
        """Make the states of a draft the ledger's.

        Raises
        ------
        InputError
            If an account of the draft has changed since the draft was begun; nothing is changed then.
        """
        for number, before in draft.before.items():
            if self._accounts.get(number) != before:
                raise InputError(f"account {number} has changed since the draft was begun", source="ledger")
        self._accounts.update(draft.after)

    def restore(self, commitments: Mapping[int, int], openings: Iterable[spec.Account]) -> tuple[int, ...]:
        """Take the states that the chain has, as after a reorganisation that has dropped batches or owners' steps.

        Parameters
        ----------
        commitments : mapping of int to int
            The commitments on the chain, by the accounts' numbers; 0 for an account that is not open any more.
        openings : iterable of spec.Account
            Kept openings of earlier or later states, such as `Draft.before` of the dropped batches; others are ignored.

        Returns
        -------
        tuple of int
            The accounts whose state has changed.

        Raises
        ------
        InputError
            If an account's state is neither the ledger's nor a kept one; nothing is changed then.
        """
        moved = {
            number: commitment
            for number, commitment in commitments.items()
            if commitment != (self.commitment(number) if number in self._accounts else 0)
        }
        kept = {
            (one.number, spec.commitment(one, fast_hasher())): one for one in openings if one.number in moved
        }
        missing = sorted(number for number, one in moved.items() if one and (number, one) not in kept)
        if missing:
            numbers = ", ".join(map(str, missing))
            raise InputError(f"no opening was kept of the state of account {numbers}", source="ledger")
        for number, commitment in moved.items():
            if commitment:
                self._accounts[number] = kept[number, commitment]
            else:
                del self._accounts[number]
        return tuple(sorted(moved))

    def commitment(self, number: int) -> int:
        """Return the commitment of an account's last settled state.

        Raises
        ------
        InputError
            If there is no such account.
        """
        if number not in self._accounts:
            raise InputError(f"no account {number}", source="ledger")
        return spec.commitment(self._accounts[number], fast_hasher())
