"""A client of the contract OracleFeed: snapshots published with the signatures of a quorum, and read.

The feed's admin is meant to be a timelock, which does not call from here: the functions ``..._call`` return
what it schedules. Publishing, and applying a change that is due, is for anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.chain.contract import contract_errors
from zkmargin.chain.node import connection
from zkmargin.snapshot.signatures import Domain, SnapshotMessage, read_address
from zkmargin.snapshot.signer import require_quorum

from .client import Client, fitting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3 import Web3

    from zkmargin.snapshot.signatures import Signatures
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["FeedSettings", "OracleFeed", "PriceLimits"]


@dataclass(frozen=True, slots=True)
class PriceLimits:
    """What a feed accepts of one underlying's index price.

    Attributes
    ----------
    min_price, max_price : int
        Lowest and highest price in micro-quote per unit; the lowest is at least 1, the highest below 2^64.
    max_move_bps : int
        The largest move that does not trip the breaker, in 1/10 000 of the earlier price; at least 1.
    """

    min_price: int
    max_price: int
    max_move_bps: int


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """What is fixed when a feed is deployed; all times are in seconds.

    Attributes
    ----------
    admin : str
        Who schedules changes.
    delay : int
        Between the schedule of a change and its effect; from 1 to 30 days.
    max_age : int
        How old a snapshot may be when it is published; up to a day.
    breaker_period : int
        For how long a price is what later ones are compared with; up to a day.
    """

    admin: str
    delay: int
    max_age: int
    breaker_period: int


class OracleFeed(Client):
    """A client of a deployed OracleFeed.

    The parameters are those of `zkmargin.contracts.client.Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    domain : Domain
        What the signers sign for.
    settings : FeedSettings
        What is fixed.
    """

    SOURCE = "OracleFeed.sol"
    # The first snapshot of eight underlyings with 32 signatures takes about 1 200 000, later ones a fifth.
    GAS = 2_500_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        fixed = (self._ask(name) for name in ("admin", "delay", "maxAge", "breakerPeriod"))
        self.settings = FeedSettings(*fixed)
        with contract_errors("the chain's id", self._abi):
            self.domain = Domain(web3.eth.chain_id, self.address)

    @classmethod
    def deploy(
        cls,
        node: str | Web3,
        settings: FeedSettings,
        signers: Sequence[str],
        threshold: int,
        limits: Sequence[PriceLimits],
    ) -> Self:
        """Deploy a feed.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        settings : FeedSettings
        signers : sequence of str
            In any order.
        threshold : int
            How many of them have to sign, at least 2.
        limits : sequence of PriceLimits
            By underlying number: as many as a snapshot has underlyings.

        Raises
        ------
        InputError
            If an address is none, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract refuses what it is given.
        """
        times = (("delay", settings.delay), ("max_age", settings.max_age))
        fixed = (
            read_address(settings.admin, "admin"),
            *(fitting(name, value, 256) for name, value in times),
            fitting("breaker_period", settings.breaker_period, 256),
        )
        web3 = connection(node)
        arguments = (fixed, *_signer_arguments(signers, threshold), _limit_arguments(limits))
        return cls._deploy(web3, *arguments)

    def publish(self, snapshot: Snapshot, signatures: Signatures) -> int:
        """Publish a snapshot.

        Parameters
        ----------
        snapshot : Snapshot
        signatures : Signatures
            Of this snapshot, for this chain and contract: see `domain`. Those of others than the feed's
            signers are left out, and so are those beyond the threshold.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        StatementError
            If the signatures are of something else or for somewhere else, or too few. Nothing is sent then.
        ChainError
            If the node or the contract refuses: ``SnapshotTooOld``, ``FutureSnapshot``,
            ``SnapshotOutOfOrder``, ``AlreadyPublished``, ``WrongNumberOfPrices``, ``PriceOutOfBounds``.
        """
        threshold = self.threshold()
        signed = require_quorum(snapshot, signatures, self.signers(), threshold, domain=self.domain)
        counted = signed[:threshold]
        values = [one.value for one in signatures.signatures if one.signer in counted]
        message = SnapshotMessage.of(snapshot)
        parts = (message.root, message.timestamp, message.params_hash, list(message.index_prices))
        return self._send("publish", parts, values)

    def latest(self) -> tuple[int, int] | None:
        """Return root and timestamp of the freshest snapshot, or None before the first.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        root, timestamp = self._ask("latest")
        return (int.from_bytes(root, "big"), int(timestamp)) if timestamp else None

    def published_at(self, root: int) -> int:
        """Return the timestamp of a published snapshot, in seconds since 1970; 0 for any other root.

        Raises
        ------
        InputError
            If the root does not fit its type.
        ChainError
            If the node is out of reach.
        """
        return int(self._ask("publishedAt", fitting("root", root, 256).to_bytes(32, "big")))

    def params_hash(self) -> int:
        """Return the parameters' hash of the freshest snapshot; 0 before the first."""
        return int(self._ask("paramsHash"))

    def index_price(self, underlying: int) -> int:
        """Return the index price of the freshest snapshot, in micro-quote per unit.

        Raises
        ------
        InputError
            If the number does not fit its type.
        ChainError
            If there is none (``NoPrice``), or the node is out of reach.
        """
        return int(self._ask("indexPrice", fitting("underlying", underlying, 256)))

    def average_price(self, underlying: int, window: int) -> int:
        """Return the time-weighted average of an index price from `window` seconds ago until now.

        Parameters
        ----------
        underlying : int
            Its number.
        window : int
            In seconds.

        Returns
        -------
        int
            Micro-quote per unit, rounded down.

        Raises
        ------
        InputError
            If a number does not fit its type.
        ChainError
            If the feed does not know that much (``HistoryTooShort``), or the node is out of reach.
        """
        numbers = (fitting("underlying", underlying, 256), fitting("window", window, 256))
        return int(self._ask("averagePrice", *numbers))

    def breaker_tripped_at(self) -> int:
        """Return the time of the block in which the breaker tripped last; 0 for never."""
        return int(self._ask("breakerTrippedAt"))

    def breaker_snapshot_time(self) -> int:
        """Return the timestamp of the snapshot that tripped the breaker last; 0 for never."""
        return int(self._ask("breakerSnapshotTime"))

    def unrest_since(self) -> int:
        """Return when the last run of trips began, each within the breaker's period of the one before."""
        return int(self._ask("unrestSince"))

    def calm_for(self, duration: int) -> bool:
        """Return whether the breaker has not tripped for some seconds."""
        return bool(self._ask("calmFor", fitting("duration", duration, 256)))

    def signers(self) -> tuple[str, ...]:
        """Return the signers, in rising order of their addresses."""
        return tuple(self._ask("signers"))

    def threshold(self) -> int:
        """Return how many signers have to sign."""
        return int(self._ask("threshold"))

    def limits(self) -> tuple[PriceLimits, ...]:
        """Return what is accepted of each underlying's index price."""
        return tuple(
            PriceLimits(*self._ask("limitsOf", number)) for number in range(int(self._ask("underlyings")))
        )

    def schedule_signers_call(self, signers: Sequence[str], threshold: int) -> bytes:
        """Return the calldata that schedules new signers, for the admin.

        Raises
        ------
        InputError
            If an address is none, or the threshold does not fit its type.
        """
        return self._encoded("scheduleSigners", *_signer_arguments(signers, threshold))

    def cancel_signers_call(self) -> bytes:
        """Return the calldata that cancels the scheduled signers, for the admin."""
        return self._encoded("cancelSigners")

    def apply_signers(self, signers: Sequence[str], threshold: int) -> int:
        """Let the scheduled signers take effect.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            As `schedule_signers_call`.
        ChainError
            If the node or the contract refuses: ``NotScheduled``, ``TooEarly``.
        """
        return self._send("applySigners", *_signer_arguments(signers, threshold))

    def schedule_limits_call(self, limits: Sequence[PriceLimits]) -> bytes:
        """Return the calldata that schedules new limits of all underlyings, for the admin.

        Raises
        ------
        InputError
            If a number does not fit its type.
        """
        return self._encoded("scheduleLimits", _limit_arguments(limits))

    def cancel_limits_call(self) -> bytes:
        """Return the calldata that cancels the scheduled limits, for the admin."""
        return self._encoded("cancelLimits")

    def apply_limits(self, limits: Sequence[PriceLimits]) -> int:
        """Let the scheduled limits take effect; otherwise like `apply_signers`."""
        return self._send("applyLimits", _limit_arguments(limits))


def _signer_arguments(signers: Sequence[str], threshold: int) -> tuple[list[str], int]:
    addresses = [read_address(one, "signers") for one in signers]
    return sorted(addresses, key=lambda one: int(one, 16)), fitting("threshold", threshold, 256)


def _limit_arguments(limits: Sequence[PriceLimits]) -> list[tuple[int, int, int]]:
    return [
        (
            fitting("min_price", one.min_price, 64),
            fitting("max_price", one.max_price, 64),
            fitting("max_move_bps", one.max_move_bps, 16),
        )
        for one in limits
    ]
