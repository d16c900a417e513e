"""A client of the contract LiquidationEngine: auctions are started, bid for and ended.

Positive prices are in micro of the quote token. A negative one is paid to the winner, and in micro-credits of
cash, as equity is; see `zkmargin.contracts.clearing_house.ClearingHouse.cash_factor`.
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
    """What the timelock may change, within the contract's constants, for auctions that begin later.

    Attributes
    ----------
    discount_bps : int
        What the first price is below the equity, in 1/10 000 of it.
    gain_bps : int
        What the last price is below the equity at most, in 1/10 000 of the requirement.
    fee_bps : int
        What of a positive price goes to the insurance fund, in 1/10 000 of it.
    fall_time : int
        How long each of the auction's four stages takes, in seconds.
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
    """An auction, with the parameters of its beginning.

    Attributes
    ----------
    equity, requirement : int
        What the account was worth when the auction began, and its margin requirement then.
    started_at : int
        When that was, in seconds since 1970.
    parameters : EngineParameters
    """

    equity: int
    requirement: int
    started_at: int
    parameters: EngineParameters


@dataclass(frozen=True, slots=True)
class AuctionStarted:
    """An auction began, for default or, if not `in_default`, for silence."""

    account: int
    in_default: bool
    equity: int
    requirement: int
    place: Place


@dataclass(frozen=True, slots=True)
class AuctionWon:
    """The first bid won; of a positive price the fee goes to the insurance fund."""

    account: int
    winner: str
    price: int
    fee: int
    place: Place


EngineEvent: TypeAlias = AuctionStarted | AuctionWon


class LiquidationEngine(Client):
    """A client of a deployed LiquidationEngine.

    The parameters are those of `zkmargin.contracts.client.Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    house, verifier : str
        Whose accounts these are, and who checks disclosures.
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
    # A bid takes about 720 000; with a fixed limit nothing depends on an estimate.
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
            If an address is none, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract refuses what it is given: ``NotAContract``,
            ``OtherRegistry``, ``ParameterOutOfRange``.
        """
        web3 = connection(node)
        parties = address_of("house", house), address_of("verifier", verifier)
        return cls._deploy(web3, *parties, parameters.arguments())

    def start(self, account: int, health: Health) -> int:
        """Seize an account and auction it off, or auction a seized one again.

        Parameters
        ----------
        account : int
            The account's number.
        health : Health
            A disclosure at maintenance margin, with the latest snapshot and `disclosure_action`.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            If the proof does not show equity and requirement.
        ChainError
            If the node or a contract refuses: ``NotLiquidatable``, ``NothingNewer``, ``NothingAtStake``,
            ``StillHealthy``, ``AuctionRunning``, ``NotTheLatestSnapshot``, ``Paused``.
        """
        return self._send("start", fitting("account", account, 256), *health.disclosure())

    def give_back(self, account: int, health: Health) -> int:
        """Give an account that nobody bought back to its owner, if it is healthy; otherwise like `start`."""
        return self._send("giveBack", fitting("account", account, 256), *health.disclosure())

    def bid(  # noqa: PLR0913, PLR0917  # the arguments of the contract
        self, account: int, limit: int, asset: int, amount: int, following: Next, health: Health
    ) -> int:
        """Take an account over for the present price, as the connection's account.

        Parameters
        ----------
        account : int
            The account's number.
        limit : int
            The highest price that the bidder agrees to.
        asset, amount : int
            Of what the bidder adds funds, and how much; 0 for nothing.
        following : Next
            The state after it, which the bidder owns.
        health : Health
            That it meets initial margin, with the latest snapshot.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            If a value does not have its type's range, or the proof shows more than health.
        ChainError
            If the node or a contract refuses: ``NoAuction``, ``AuctionOver``, ``PriceAboveLimit``,
            ``InvalidTransition``, ``NotHealthy``, ``ERC20InsufficientAllowance``.
        """
        moved = fitting("asset", asset, 256), fitting("amount", amount, 64)
        numbers = fitting("account", account, 256), limit, *moved
        return self._send("bid", *numbers, following.arguments(), health.arguments())

    def price(self, account: int) -> int:
        """Return the present price of an account.

        Raises
        ------
        ChainError
            If there is no auction (``NoAuction``), it is over (``AuctionOver``), or the node is out of reach.
        """
        return int(self._ask("priceOf", fitting("account", account, 256)))

    def elapsed(self, account: int) -> int:
        """Return for how long an auction has been running, in seconds without pauses; like `price`."""
        return int(self._ask("elapsedOf", fitting("account", account, 256)))

    def auction(self, account: int) -> Auction | None:
        """Return the auction of an account, or None if there is none."""
        equity, requirement, started_at, *terms = self._ask("auctionOf", fitting("account", account, 256))
        return Auction(equity, requirement, started_at, EngineParameters(*terms)) if started_at else None

    def parameters(self) -> EngineParameters:
        """Return the parameters for auctions that begin now."""
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
        """Return what became of auctions in some blocks, the first and the last among them, in order.

        Raises
        ------
        ChainError
            If the node is out of reach, or does not look through so many blocks at once.
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
