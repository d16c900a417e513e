"""A client of the contract LiquidationEngine: start auctions, bid, and end them.

Positive prices are in micro of the quote token. Negative prices are paid to the winner, in micro-credits of
cash, as equity is; see `ClearingHouse.cash_factor`.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

from zkmargin.chain.node import connection

from .clearing_house_events import Place, place_of
from .clearing_house_messages import disclosure_action
from .client import Client, address_of, fitting

if TYPE_CHECKING:
    from web3 import Web3

    from .proof_arguments import Health, Next

__all__ = ["Auction", "AuctionStarted", "AuctionWon", "EngineEvent", "EngineParameters", "LiquidationEngine"]


@dataclass(frozen=True, slots=True)
class EngineParameters:
    """The parameters of later auctions; the timelock can change them within the contract's limits.

    Attributes
    ----------
    discount_bps : int
        The discount of the first price from the equity, in 1/10 000 of the equity.
    gain_bps : int
        The largest discount of the last price from the equity, in 1/10 000 of the requirement.
    fee_bps : int
        The insurance fund's part of a positive price, in 1/10 000.
    fall_time : int
        The length of each of the four stages of an auction, in seconds.
    """

    discount_bps: int
    gain_bps: int
    fee_bps: int
    fall_time: int

    def arguments(self) -> tuple[int, ...]:
        """Return ILiquidationEngine's struct ``Parameters``.

        Raises
        ------
        InputError
            If a number does not fit its type.
        """
        return tuple(
            fitting(name, value, 32) for name, value in zip(self.__slots__, astuple(self), strict=True)
        )


@dataclass(frozen=True, slots=True)
class Auction:
    """An auction, with the parameters of its start.

    Attributes
    ----------
    equity, requirement : int
        Equity and margin requirement of the account at the start.
    started_at : int
        The start, in Unix time.
    parameters : EngineParameters
    """

    equity: int
    requirement: int
    started_at: int
    parameters: EngineParameters


@dataclass(frozen=True, slots=True)
class AuctionStarted:
    """An auction started because of a default, or of silence if not `in_default`."""

    account: int
    in_default: bool
    equity: int
    requirement: int
    place: Place


@dataclass(frozen=True, slots=True)
class AuctionWon:
    """A bid won; the fee is the insurance fund's part of a positive price."""

    account: int
    winner: str
    price: int
    fee: int
    place: Place


EngineEvent: TypeAlias = AuctionStarted | AuctionWon


class LiquidationEngine(Client):
    """A client of a deployed LiquidationEngine.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    house, verifier : str
        The clearing house, and the contract that verifies disclosures.
    """

    SOURCE = "LiquidationEngine.sol"
    CALLED = (
        "ClearingHouse.sol",
        "DisclosureVerifier.sol",
        "MarginVerifier.sol",
        "CollateralVault.sol",
        "InsuranceFund.sol",
        "demo/DemoToken.sol",
    )
    # A bid takes about 720 000; a fixed limit avoids gas estimates.
    GAS = 3_000_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        self.house, self.verifier = (str(self._ask(one)) for one in ("clearingHouse", "disclosureVerifier"))

    @classmethod
    def deploy(cls, node: str | Web3, house: str, verifier: str, parameters: EngineParameters) -> Self:
        """Deploy an engine.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        house : str
            The clearing house; it names the other contracts of the market.
        verifier : str
            A DisclosureVerifier of the market's feed.
        parameters : EngineParameters

        Raises
        ------
        InputError
            If an address is invalid, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract rejects an argument: ``NotAContract``,
            ``OtherRegistry``, ``ParameterOutOfRange``.
        """
        web3 = connection(node)
        parties = address_of("house", house), address_of("verifier", verifier)
        return cls._deploy(web3, *parties, parameters.arguments())

    def start(self, account: int, health: Health) -> int:
        """Seize an account and start its auction, or restart the auction of a seized account.

        Parameters
        ----------
        account : int
            The account's number.
        health : Health
            A disclosure at maintenance margin under the latest snapshot, with `disclosure_action`.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If the proof does not disclose equity and requirement.
        ChainError
            If the node or a contract reverts: ``NotLiquidatable``, ``NothingNewer``, ``NothingAtStake``,
            ``StillHealthy``, ``AuctionRunning``, ``NotTheLatestSnapshot``, ``Paused``.
        """
        return self._send("start", fitting("account", account, 256), *health.disclosure())

    def give_back(self, account: int, health: Health) -> int:
        """Return an unsold account to its owner if it is healthy; otherwise like `start`."""
        return self._send("giveBack", fitting("account", account, 256), *health.disclosure())

    def bid(  # noqa: PLR0913, PLR0917  # the arguments of the contract
        self, account: int, limit: int, asset: int, amount: int, next_state: Next, health: Health
    ) -> int:
        """Take over an account at the current price, as the connection's account.

        Parameters
        ----------
        account : int
            The account's number.
        limit : int
            The highest price that the bidder agrees to.
        asset, amount : int
            The slot and the amount that the bidder deposits; the amount may be 0.
        next_state : Next
            The state after the takeover, owned by the bidder.
        health : Health
            A proof that this state meets initial margin under the latest snapshot.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If a value is out of range, or the proof discloses equity and requirement.
        ChainError
            If the node or a contract reverts: ``NoAuction``, ``AuctionOver``, ``PriceAboveLimit``,
            ``InvalidTransition``, ``NotHealthy``, ``ERC20InsufficientAllowance``.
        """
        moved = fitting("asset", asset, 256), fitting("amount", amount, 64)
        numbers = fitting("account", account, 256), limit, *moved
        return self._send("bid", *numbers, next_state.arguments(), health.arguments())

    def price(self, account: int) -> int:
        """Return the current price of an account.

        Raises
        ------
        ChainError
            If there is no auction (``NoAuction``), it is over (``AuctionOver``), or the node is out of reach.
        """
        return int(self._ask("priceOf", fitting("account", account, 256)))

    def elapsed(self, account: int) -> int:
        """Return the seconds that an auction has run, pauses excluded; like `price`."""
        return int(self._ask("elapsedOf", fitting("account", account, 256)))

    def auction(self, account: int) -> Auction | None:
        """Return the auction of an account, or None if there is none."""
        equity, requirement, started_at, *terms = self._ask("auctionOf", fitting("account", account, 256))
        return Auction(equity, requirement, started_at, EngineParameters(*terms)) if started_at else None

    def parameters(self) -> EngineParameters:
        """Return the parameters of auctions that start now."""
        return EngineParameters(*self._ask("parameters"))

    def set_parameters_call(self, parameters: EngineParameters) -> bytes:
        """Return the calldata of a change of parameters, for the timelock to schedule.

        Raises
        ------
        InputError
            If a number does not fit its type.
        """
        return self._encoded("setParameters", parameters.arguments())

    def disclosure_action(self, account: int) -> bytes:
        """Return the action of a disclosure for `start` and `give_back`."""
        return disclosure_action(account)

    def changes(self, from_block: int, to_block: int) -> list[EngineEvent]:
        """Return the events of auctions in a range of blocks, both ends included, in order.

        Raises
        ------
        ChainError
            If the node is out of reach, or refuses so large a range.
        """
        found: list[EngineEvent] = []
        for data in self._logs(from_block, to_block):
            a, place = data["args"], place_of(data)
            if data["event"] == "AuctionStarted":
                found.append(
                    AuctionStarted(a["account"], a["inDefault"], a["equity"], a["requirement"], place)
                )
            elif data["event"] == "AuctionWon":
                found.append(AuctionWon(a["account"], a["winner"], a["price"], a["fee"], place))
        return found
