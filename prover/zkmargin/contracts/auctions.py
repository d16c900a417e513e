"""A client of the contract Auctions: start auctions, bid, and end them.

Positive prices are in micro of the quote token. Negative prices are paid into the account, in micro-credits of cash, as
equity is; see `House.cash_factor`.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from zkmargin.chain.node import connection
from zkmargin.chain.verifier import calldata
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import circuit_id

from .batches import health_of_one
from .client import Client, address_of, fitting, logs_of, word
from .house import new_keys
from .place import Place, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web3 import Web3
    from web3.types import LogReceipt

    from zkmargin.clearing import Attestation
    from zkmargin.proofs.margin_proof import MarginProof
    from zkmargin.proofs.owner_proofs import OwnerProof

__all__ = ["Auction", "AuctionEvent", "AuctionParameters", "Auctions", "Bought", "Started"]


@dataclass(frozen=True, slots=True)
class AuctionParameters:
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
        The length of each of the four stages of an auction, in live seconds.
    """

    discount_bps: int
    gain_bps: int
    fee_bps: int
    fall_time: int

    def arguments(self) -> tuple[int, ...]:
        """Return IAuctions' struct ``Parameters``.

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
    """An auction.

    Attributes
    ----------
    equity, requirement : int
        Of the account at the start, in micro-quote; the equity with waiting cash.
    started_at, started_live : int
        The block time and the live time of the start.
    started_in : int
        The number of its block.
    parameters : AuctionParameters
        Those in force at the start.
    """

    equity: int
    requirement: int
    started_at: int
    started_live: int
    started_in: int
    parameters: AuctionParameters


@dataclass(frozen=True, slots=True)
class Started:
    """An auction has started, and the opening of the account is public.

    Attributes
    ----------
    account : int
    in_default : bool
        Whether equity and waiting cash are below the requirement; otherwise the account was late.
    equity, requirement : int
        In micro-quote.
    snapshot_root : int
    opening : tuple of int
        The elements of the opening: `zkmargin.spec.account_of`.
    place : Place
    """

    account: int
    in_default: bool
    equity: int
    requirement: int
    snapshot_root: int
    opening: tuple[int, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Bought:
    """A bid has bought an account; the fee is the insurance fund's part of a positive price."""

    account: int
    winner: str
    price: int
    fee: int
    place: Place


AuctionEvent: TypeAlias = Started | Bought


class Auctions(Client):
    """A client of a deployed Auctions.

    For the parameters see `Client`.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    house : str
        The house.
    """

    SOURCE = "clearing/Auctions.sol"
    CALLED = (
        "clearing/House.sol",
        "clearing/HouseDesk.sol",
        "clearing/Batches.sol",
        "BatchVerifier.sol",
        "CollateralVault.sol",
        "InsuranceFund.sol",
        "clearing/FirstLoss.sol",
        "demo/DemoToken.sol",
    )
    GAS = 4_000_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        self.house = str(self._ask("house"))

    @classmethod
    def deploy(
        cls, node: str | Web3, house: str, circuits: Iterable[str], parameters: AuctionParameters
    ) -> Self:
        """Deploy the contract.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        house : str
            The house, which names the other contracts of the market.
        circuits : iterable of str
            The names of the disclosing circuits that the market's verifier has keys of.
        parameters : AuctionParameters

        Raises
        ------
        InputError
            If an address is invalid, or a number does not fit its type.
        ToolchainError
            If the compiler is missing.
        ChainError
            If the node is out of reach, or the contract rejects an argument: ``ParameterOutOfRange``.
        """
        named = [circuit_id(one) for one in circuits]
        return cls._deploy(connection(node), address_of("house", house), named, parameters.arguments())

    def start(self, account: int, proof: MarginProof, opening: Sequence[int]) -> int:
        """Seize an account and start its auction, or restart the auction of a seized account.

        Parameters
        ----------
        account : int
            The account's number.
        proof : MarginProof
            A disclosure under the latest snapshot, with the context of `context`.
        opening : sequence of int
            The elements of the opening, which are published.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If the proof does not disclose.
        ChainError
            If the node or a contract reverts: ``NotLiquidatable``, ``NothingAtStake``, ``NothingNewer``,
            ``AuctionRunning``, ``StillHealthy``, ``NotARecentSnapshot``, ``Paused``.
        """
        return self._send("start", fitting("account", account, 256), _disclosure(proof, opening))

    def bid(self, account: int, limit: int, proof: OwnerProof) -> int:
        """Buy an account at its present price, as the connection's account.

        Parameters
        ----------
        account : int
            The account's number.
        limit : int
            The highest price to pay; if negative, the least payment to receive.
        proof : OwnerProof
            Of the circuit ``take_over``, with the house's context.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        ChainError
            If the node or a contract reverts: ``NoAuction``, ``TooEarly``, ``AuctionOver``, ``PriceAboveLimit``,
            ``InvalidBatch``, ``Paused``.
        """
        return self._send("bid", fitting("account", account, 256), limit, new_keys(proof))

    def give_back(self, account: int, health: Attestation) -> int:
        """End an auction by a proof of health at initial margin; anybody can. Returns the gas used."""
        root, proven = health_of_one(health)
        return self._send("giveBack", fitting("account", account, 256), root, proven)

    def give_back_disclosed(self, account: int, proof: MarginProof, opening: Sequence[int]) -> int:
        """End an auction by a disclosure that shows initial margin with waiting cash; otherwise like `start`."""
        return self._send("giveBackDisclosed", fitting("account", account, 256), _disclosure(proof, opening))

    def record_unsaleable(self, account: int) -> int:
        """Record that an account in default could not be sold; anybody can. Returns the gas used."""
        return self._send("recordUnsaleable", fitting("account", account, 256))

    def price(self, account: int) -> int:
        """Return the present price of an account.

        Raises
        ------
        ChainError
            If there is no auction (``NoAuction``), it is over (``AuctionOver``), or the node is out of reach.
        """
        return int(self._ask("priceOf", fitting("account", account, 256)))

    def auction(self, account: int) -> Auction | None:
        """Return the auction of an account, or None if there is none."""
        found = self._ask("auctionOf", fitting("account", account, 256))
        equity, requirement, started_at, started_live, started_in, *parameters = found
        if not started_at:
            return None
        times = started_at, started_live, started_in
        return Auction(equity, requirement, *times, AuctionParameters(*parameters))

    def is_over(self, account: int) -> bool:
        """Return whether an auction accepts no more bids; like `price`."""
        return bool(self._ask("isOver", fitting("account", account, 256)))

    def unsaleable_since(self, account: int) -> int:
        """Return the block time since which an account is recorded as unsaleable; 0 if it is not."""
        return int(self._ask("unsaleableSince", fitting("account", account, 256))[0])

    def elapsed(self, account: int) -> int:
        """Return the live seconds that an auction has run, pauses excluded; like `price`."""
        return int(self._ask("elapsedOf", fitting("account", account, 256)))

    def missing(self, account: int) -> int:
        """Return what the last price of an account lacks, in micro-credits; like `price`."""
        return int(self._ask("missingOf", fitting("account", account, 256)))

    def parameters(self) -> AuctionParameters:
        """Return the parameters of later auctions."""
        return AuctionParameters(*self._ask("parameters"))

    def context(self, account: int) -> int:
        """Return the context of a disclosure."""
        return int(self._ask("contextOf", fitting("account", account, 256)))

    def set_parameters_call(self, parameters: AuctionParameters) -> bytes:
        """Return the calldata of a change of parameters, for the timelock to schedule."""
        return self._encoded("setParameters", parameters.arguments())

    def changes(self, from_block: int, to_block: int) -> list[AuctionEvent]:
        """Return the events of auctions in a range of blocks, both ends included, in order."""
        return self.events_of(logs_of([self], from_block, to_block))

    def events_of(self, logs: Iterable[LogReceipt]) -> list[AuctionEvent]:
        """Return the events of auctions among logs, in order."""
        found: list[AuctionEvent] = []
        for data in self._logged(logs):
            a, place = data["args"], place_of(data)
            if data["event"] == "AuctionStarted":
                root = int.from_bytes(a["snapshotRoot"], "big")
                numbers = a["equity"], a["requirement"], root, tuple(a["opening"])
                found.append(Started(a["account"], a["inDefault"], *numbers, place))
            elif data["event"] == "AuctionWon":
                found.append(Bought(a["account"], a["winner"], a["price"], a["fee"], place))
        return found


def _disclosure(proof: MarginProof, opening: Sequence[int]) -> tuple[Any, ...]:
    """Return IAuctions' struct ``Disclosure``."""
    if proof.disclosed is None:
        raise InputError("must disclose equity, requirement and opening", source="proof")
    _, root, equity, requirement, *_ = proof.public
    circuit = circuit_id(proof.instance.name)
    return (
        circuit,
        word("snapshot_root", root),
        equity,
        requirement,
        list(opening),
        calldata(proof.proof, ())[:3],
    )
