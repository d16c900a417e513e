"""Views of ClearingHouse, and the contexts and messages that proofs and signatures for it are bound to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.chain.contract import contract_errors

from .clearing_house_events import house_event
from .clearing_house_messages import (
    health_action,
    sign_trade,
    trade_digest,
    trade_message,
    transition_context,
)
from .client import NOBODY, Client, fitting
from .market_values import AccountRecord, HouseParameters, MarketContracts, State

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

    from .clearing_house_events import HouseEvent

__all__ = ["HouseViews"]

_NEVER = 2**256 - 1


class HouseViews(Client):
    """The views of `ClearingHouse`.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    chain_id : int
        The chain's id.
    contracts : MarketContracts
        The immutable contracts of the clearing house.
    """

    SOURCE = "ClearingHouse.sol"
    CALLED = ("MarginVerifier.sol", "CollateralVault.sol", "InsuranceFund.sol", "demo/DemoToken.sol")

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        names = ("vault", "feed", "marginVerifier", "transitionVerifier", "guardian", "insuranceFund")
        self.contracts = MarketContracts(*(self._ask(name) for name in (*names, "timelock")))
        with contract_errors("the chain's id", self._abi):
            self.chain_id: int = web3.eth.chain_id

    def account(self, number: int) -> AccountRecord:
        """Return the record of an account; its state is ``State.NONE`` if the account does not exist."""
        found = self._ask("accountOf", fitting("account", number, 256))
        owner, nonce, last, state, commitment, escrow = found
        value = int.from_bytes(commitment, "big")
        return AccountRecord(owner, nonce, last, State(state), value, bytes(escrow))

    def accounts(self) -> int:
        """Return the number of accounts; they are numbered from 1."""
        return int(self._ask("accounts"))

    def is_overdue(self, account: int) -> bool:
        """Return whether an account owes a proof of health, so that anybody can call it for margin."""
        return bool(self._ask("isOverdue", fitting("account", account, 256)))

    def is_called(self, account: int) -> bool:
        """Return whether an account is called for margin and has not proven health since."""
        return bool(self._ask("isCalled", fitting("account", account, 256)))

    def deadline(self, account: int) -> int | None:
        """Return the current deadline of a margin call in Unix time; None if there is no call."""
        found = int(self._ask("deadlineOf", fitting("account", account, 256)))
        return None if found == _NEVER else found

    def cash_factor(self) -> int:
        """Return the value of one credit of cash, in 1e-18 of the quote token."""
        return int(self._ask("cashFactor"))

    def socialisable(self) -> int:
        """Return the loss that can still be socialised today, in micro of the quote token."""
        return int(self._ask("socialisable"))

    def parameters(self) -> HouseParameters:
        """Return the parameters."""
        return HouseParameters(*self._ask("parameters"))

    def engine(self) -> str | None:
        """Return the liquidation engine, or None before it is set."""
        found = str(self._ask("engine"))
        return None if found == NOBODY else found

    def venue(self) -> str:
        """Return the venue's address."""
        return str(self._ask("venue"))

    def silence(self) -> int:
        """Return how many seconds the feed must be silent before the escape opens."""
        return int(self._ask("silence"))

    def changes(self, from_block: int, to_block: int) -> list[HouseEvent]:
        """Return the events of accounts in a range of blocks, both ends included, in order.

        Raises
        ------
        ChainError
            If the node is out of reach, or refuses so large a range.
        """
        found = map(house_event, self._logs(from_block, to_block))
        return [event for event in found if event is not None]

    def transition_context(self, name: str, account: int, receiver: str) -> int:
        """Return the context of a transition proof."""
        return transition_context(self.chain_id, self.address, name, account, receiver)

    def health_action(self, name: str, account: int, receiver: str) -> bytes:
        """Return the action of a margin proof."""
        return health_action(name, account, receiver)

    def trade_message(self, **parts: Any) -> dict[str, Any]:
        """Return the typed data that an owner's wallet signs for a trade."""
        return trade_message(self.chain_id, self.address, **parts)

    def trade_digest(self, **parts: Any) -> bytes:
        """Return the hash that an owner signs for a trade; for the parts see `trade_message`."""
        return trade_digest(self.trade_message(**parts))

    def sign_trade(  # noqa: PLR0913, PLR0917  # the members of the message
        self,
        key: LocalAccount,
        account: int,
        new_commitment: int,
        escrow: bytes,
        nonce: int,
        deadline: int,
    ) -> bytes:
        """Sign a trade as the owner of an account.

        Parameters
        ----------
        key : LocalAccount
            The owner's key.
        account : int
            The account's number.
        new_commitment : int
            The commitment after the trade.
        escrow : bytes
            The hash of the sealed opening after the trade; 32 bytes.
        nonce : int
            The nonce of the current state.
        deadline : int
            The deadline in Unix time, the same as the margin proof's.

        Returns
        -------
        bytes
            65 bytes: r, s, v.

        Raises
        ------
        InputError
            If a value is out of range.
        """
        message = self.trade_message(
            account=account, new_commitment=new_commitment, escrow=escrow, nonce=nonce, deadline=deadline
        )
        return sign_trade(key, message)
