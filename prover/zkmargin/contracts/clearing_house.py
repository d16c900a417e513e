"""A client of the contract ClearingHouse: open, fund, trade and attest accounts.

Amounts are in micro, 1e-6 of the asset. Assets have the vault's slot numbers; 8 is cash, counted in credits.
The connection's account sends each transaction: the account's owner, or for `trade` the venue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from zkmargin.chain.node import connection
from zkmargin.errors import ChainError

from .clearing_house_events import Opened, house_event
from .clearing_house_views import HouseViews
from .client import address_of, fitting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3 import Web3

    from .market_values import HouseParameters, MarketContracts
    from .proof_arguments import Health, Next
    from .token import Permit

__all__ = ["ClearingHouse"]


class ClearingHouse(HouseViews):
    """A client of a deployed ClearingHouse.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.
    """

    # A withdrawal takes about 620 000 and a token may need more; a fixed limit avoids
    # gas estimates.
    GAS = 2_000_000

    @classmethod
    def deploy(
        cls, node: str | Web3, contracts: MarketContracts, venue: str, parameters: HouseParameters
    ) -> Self:
        """Deploy a clearing house; its engine must then be set.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        contracts : MarketContracts
        venue : str
            The address that may trade.
        parameters : HouseParameters

        Raises
        ------
        InputError
            If an address is invalid, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract rejects an argument: ``NotAContract``,
            ``OtherRegistry``, ``OtherQuoteToken``, ``NoticeTooShort``, ``ParameterOutOfRange``.
        """
        web3 = connection(node)
        arguments = contracts.arguments(), address_of("venue", venue), parameters.arguments()
        return cls._deploy(web3, *arguments)

    def set_engine(self, engine: str) -> int:
        """Set the liquidation engine, once; only the deployer can. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NotDeployer``, ``EngineAlreadySet``, ``NotAContract``.
        """
        return self._send("setEngine", address_of("engine", engine))

    def open(self, asset: int, amount: int, next_state: Next) -> tuple[int, int]:
        """Open an account for the connection's account.

        Parameters
        ----------
        asset : int
            The slot of the first deposit.
        amount : int
            The amount of the first deposit, approved to the vault; may be 0.
        next_state : Next
            The first state.

        Returns
        -------
        account : int
            The account's number.
        gas : int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If a number does not fit its type.
        ChainError
            If the node or a contract reverts: ``InvalidTransition``, ``NoFreshSnapshot``, ``Paused``,
            ``CapExceeded``.
        """
        receipt = self._transact("open", *_funds(asset, amount), next_state.arguments())
        for data in self._logged(receipt["logs"]):
            if isinstance(event := house_event(data), Opened):
                return event.account, int(receipt["gasUsed"])
        raise ChainError("open: the receipt has no event Opened")

    def deposit(self, account: int, asset: int, amount: int, next_state: Next) -> int:
        """Deposit one asset, approved to the vault; otherwise like `deposits`."""
        return self._send("deposit", *_deposit(account, asset, amount, next_state))

    def deposit_with_permit(
        self, account: int, asset: int, amount: int, next_state: Next, permit: Permit
    ) -> int:
        """Deposit one asset with a permit for the exact value; otherwise like `deposits`."""
        parts = _deposit(account, asset, amount, next_state)
        return self._send("depositWithPermit", *parts, permit.arguments())

    def deposits(self, account: int, parts: Sequence[tuple[int, int, Next]]) -> int:
        """Deposit several assets in one transaction.

        Parameters
        ----------
        account : int
            The account's number.
        parts : sequence of (int, int, Next)
            Asset, amount and next state of each deposit, in order.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If a number does not fit its type.
        ChainError
            If the node or a contract reverts: ``NotOwner``, ``WrongState``, ``InvalidTransition``,
            ``DepositTooSoon``, ``NothingMoved``, ``CapExceeded``.
        """
        return self._several([self._encoded("deposit", *_deposit(account, *part)) for part in parts])

    def withdraw(  # noqa: PLR0913, PLR0917  # the arguments of the contract
        self, account: int, asset: int, amount: int, to: str, next_state: Next, health: Health
    ) -> int:
        """Withdraw an asset.

        Parameters
        ----------
        account : int
            The account's number.
        asset, amount : int
            The slot and the amount to withdraw.
        to : str
            The receiver. If the token rejects the transfer, the receiver gets a claim on the vault.
        next_state : Next
            The state after the withdrawal.
        health : Health
            A proof that the next state meets initial margin under the latest snapshot.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If a value is out of range, or the proof discloses equity and requirement.
        ChainError
            If the node or a contract reverts: ``NotOwner``, ``Paused``, ``NotCalm``, ``CashExceeded``,
            ``InvalidTransition``, ``NotTheLatestSnapshot``, ``RequirementTooLow``, ``NotHealthy``.
        """
        moved = fitting("account", account, 256), *_funds(asset, amount), address_of("to", to)
        return self._send("withdraw", *moved, next_state.arguments(), health.arguments())

    def trade(self, account: int, next_state: Next, health: Health, signature: bytes) -> int:
        """Change positions and cash of one account, as the venue; otherwise like `match`."""
        return self._send("trade", *_trade(account, next_state, health, signature))

    def match(self, sides: Sequence[tuple[int, Next, Health, bytes]]) -> int:
        """Trade between accounts in one transaction, as the venue.

        Parameters
        ----------
        sides : sequence of (int, Next, Health, bytes)
            Account, next state, proof of initial margin, and the owner's signature (`sign_trade`).

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            As `withdraw`.
        ChainError
            If the node or a contract reverts: ``NotVenue``, ``InvalidSignature``, and as `withdraw`.
        """
        return self._several([self._encoded("trade", *_trade(*side)) for side in sides])

    def attest(self, account: int, health: Health) -> int:
        """Submit a proof of health at maintenance margin; anybody can. Returns the gas used.

        Raises
        ------
        InputError
            As `withdraw`.
        ChainError
            If the node or a contract reverts: ``NothingNewer``, ``WrongState``, ``StaleSnapshot``,
            ``NotHealthy``.
        """
        return self._send("attest", fitting("account", account, 256), health.arguments())

    def margin_call(self, account: int) -> int:
        """Call an account that owes a proof of health for margin; anybody can. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NotOverdue``, ``AlreadyCalled``, ``NoFreshSnapshot``.
        """
        return self._send("marginCall", fitting("account", account, 256))

    def set_venue_call(self, venue: str) -> bytes:
        """Return the calldata of a change of the venue, for the timelock to schedule.

        Raises
        ------
        InputError
            If the address is invalid.
        """
        return self._encoded("setVenue", address_of("venue", venue))

    def set_parameters_call(self, parameters: HouseParameters) -> bytes:
        """Return the calldata of a change of parameters, for the timelock to schedule.

        Raises
        ------
        InputError
            If a number does not fit its type.
        """
        return self._encoded("setParameters", parameters.arguments())

    def _several(self, calls: list[bytes]) -> int:
        """Send several calls as one transaction, which succeeds or fails as a whole."""
        return self._send("multicall", calls, gas=self.GAS * len(calls))


def _funds(asset: int, amount: int) -> tuple[int, int]:
    return fitting("asset", asset, 256), fitting("amount", amount, 64)


def _deposit(account: int, asset: int, amount: int, next_state: Next) -> tuple[Any, ...]:
    return fitting("account", account, 256), *_funds(asset, amount), next_state.arguments()


def _trade(account: int, next_state: Next, health: Health, signature: bytes) -> tuple[Any, ...]:
    return fitting("account", account, 256), next_state.arguments(), health.arguments(), signature
