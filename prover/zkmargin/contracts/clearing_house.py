"""A client of the contract ClearingHouse: accounts are opened, funded, traded and attested.

Amounts are in micro, 1e-6 of the asset; assets are numbered as in the vault, 8 is cash, counted in credits.
Each transaction is sent by the connection's account: the owner, for `trade` the venue.
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

    The parameters are those of `zkmargin.contracts.client.Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.
    """

    # A withdrawal takes about 620 000 and a token may want more; with a fixed limit nothing depends on an
    # estimate.
    GAS = 2_000_000

    @classmethod
    def deploy(
        cls, node: str | Web3, contracts: MarketContracts, venue: str, parameters: HouseParameters
    ) -> Self:
        """Deploy a clearing house; its engine is still to be set.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        contracts : MarketContracts
        venue : str
            Who may trade.
        parameters : HouseParameters

        Raises
        ------
        InputError
            If an address is none, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract refuses what it is given: ``NotAContract``,
            ``OtherRegistry``, ``OtherQuoteToken``, ``NoticeTooShort``, ``ParameterOutOfRange``.
        """
        web3 = connection(node)
        arguments = contracts.arguments(), address_of("venue", venue), parameters.arguments()
        return cls._deploy(web3, *arguments)

    def set_engine(self, engine: str) -> int:
        """Set the liquidation engine, once. For who deployed the contract; returns the gas used, all in.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``NotDeployer``, ``EngineAlreadySet``, ``NotAContract``.
        """
        return self._send("setEngine", address_of("engine", engine))

    def open(self, asset: int, amount: int, following: Next) -> tuple[int, int]:
        """Open an account for the connection's account.

        Parameters
        ----------
        asset : int
            Of what it is funded.
        amount : int
            How much, 0 for nothing. The vault has to be allowed to take it.
        following : Next
            Its first state.

        Returns
        -------
        account : int
            Its number.
        gas : int
            Gas used, all in.

        Raises
        ------
        InputError
            If a number does not fit its type.
        ChainError
            If the node or a contract refuses: ``InvalidTransition``, ``NoFreshSnapshot``, ``Paused``,
            ``CapExceeded``.
        """
        receipt = self._transact("open", *_funds(asset, amount), following.arguments())
        for data in self._logged(receipt["logs"]):
            if isinstance(event := house_event(data), Opened):
                return event.account, int(receipt["gasUsed"])
        raise ChainError("open: the contract does not say which account")

    def deposit(self, account: int, asset: int, amount: int, following: Next) -> int:
        """Add funds, which the vault has to be allowed to take; otherwise like `deposits`."""
        return self._send("deposit", *_deposit(account, asset, amount, following))

    def deposit_with_permit(
        self, account: int, asset: int, amount: int, following: Next, permit: Permit
    ) -> int:
        """Add funds with a permit for exactly what the vault takes; otherwise like `deposits`."""
        parts = _deposit(account, asset, amount, following)
        return self._send("depositWithPermit", *parts, permit.arguments())

    def deposits(self, account: int, parts: Sequence[tuple[int, int, Next]]) -> int:
        """Add funds of several assets in one transaction.

        Parameters
        ----------
        account : int
            The account's number.
        parts : sequence of (int, int, Next)
            Asset, amount, and the state that follows from the one before.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            If a number does not fit its type.
        ChainError
            If the node or a contract refuses: ``NotOwner``, ``WrongState``, ``InvalidTransition``,
            ``DepositTooSoon``, ``NothingMoved``, ``CapExceeded``.
        """
        return self._several([self._encoded("deposit", *_deposit(account, *part)) for part in parts])

    def withdraw(  # noqa: PLR0913, PLR0917  # the arguments of the contract
        self, account: int, asset: int, amount: int, to: str, following: Next, health: Health
    ) -> int:
        """Take funds out.

        Parameters
        ----------
        account : int
            The account's number.
        asset, amount : int
            What goes.
        to : str
            Who gets it, or a claim on the vault where the token refuses.
        following : Next
            The state after it.
        health : Health
            That the next state meets initial margin, with the latest snapshot.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            If a value does not have its type's range, or the proof shows more than health.
        ChainError
            If the node or a contract refuses: ``NotOwner``, ``Paused``, ``NotCalm``, ``CashExceeded``,
            ``InvalidTransition``, ``NotTheLatestSnapshot``, ``RequirementTooLow``, ``NotHealthy``.
        """
        moved = fitting("account", account, 256), *_funds(asset, amount), address_of("to", to)
        return self._send("withdraw", *moved, following.arguments(), health.arguments())

    def trade(self, account: int, following: Next, health: Health, signature: bytes) -> int:
        """Exchange positions and cash of one account, as the venue; otherwise like `match`."""
        return self._send("trade", *_trade(account, following, health, signature))

    def match(self, sides: Sequence[tuple[int, Next, Health, bytes]]) -> int:
        """Trade between accounts in one transaction, as the venue.

        Parameters
        ----------
        sides : sequence of (int, Next, Health, bytes)
            Account, its next state, that it meets initial margin, and the owner's signature (`sign_trade`).

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            As `withdraw`.
        ChainError
            If the node or a contract refuses: ``NotVenue``, ``InvalidSignature``, and as `withdraw`.
        """
        return self._several([self._encoded("trade", *_trade(*side)) for side in sides])

    def attest(self, account: int, health: Health) -> int:
        """Bring a proof of health at maintenance margin. Anybody may; returns the gas used, all in.

        Raises
        ------
        InputError
            As `withdraw`.
        ChainError
            If the node or a contract refuses: ``NothingNewer``, ``WrongState``, ``StaleSnapshot``,
            ``NotHealthy``.
        """
        return self._send("attest", fitting("account", account, 256), health.arguments())

    def margin_call(self, account: int) -> int:
        """Call an account that owes a proof of health. Anybody may; returns the gas used, all in.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``NotOverdue``, ``AlreadyCalled``, ``NoFreshSnapshot``.
        """
        return self._send("marginCall", fitting("account", account, 256))

    def set_venue_call(self, venue: str) -> bytes:
        """Return the calldata that lets another venue trade, for the timelock to schedule.

        Raises
        ------
        InputError
            If the address is none.
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
        """Send calls as one transaction: all of them succeed, or none."""
        return self._send("multicall", calls, gas=self.GAS * len(calls))


def _funds(asset: int, amount: int) -> tuple[int, int]:
    return fitting("asset", asset, 256), fitting("amount", amount, 64)


def _deposit(account: int, asset: int, amount: int, following: Next) -> tuple[Any, ...]:
    return fitting("account", account, 256), *_funds(asset, amount), following.arguments()


def _trade(account: int, following: Next, health: Health, signature: bytes) -> tuple[Any, ...]:
    return fitting("account", account, 256), following.arguments(), health.arguments(), signature
