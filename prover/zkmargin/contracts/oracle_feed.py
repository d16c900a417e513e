"""A client of the contract OracleFeed: publish snapshots signed by a quorum, and read them.

The feed's admin is meant to be a timelock, so functions ``..._call`` return the calldata that it schedules.
Anybody can publish a signed snapshot and apply a change that is due.
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
    """The limits on one underlying's index price.

    Attributes
    ----------
    min_price, max_price : int
        The lowest (at least 1) and highest (below 2^64) price, in micro-quote per unit.
    max_move_bps : int
        The largest move that does not trip the breaker, in 1/10 000 of the earlier price; at least 1.
    """

    min_price: int
    max_price: int
    max_move_bps: int


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """The immutable settings of a feed; all times are in seconds.

    Attributes
    ----------
    admin : str
        The address that schedules changes.
    delay : int
        The time from scheduling a change to its effect; 1 to 30 days.
    max_age : int
        The largest age of a snapshot at publication; at most a day.
    breaker_period : int
        The time for which later prices are compared with a price; at most a day.
    """

    admin: str
    delay: int
    max_age: int
    breaker_period: int


class OracleFeed(Client):
    """A client of a deployed OracleFeed.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    domain : Domain
        The EIP-712 domain of the signatures.
    settings : FeedSettings
        The immutable settings.
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
            The signers' addresses, in any order.
        threshold : int
            The number of signatures needed, at least 2.
        limits : sequence of PriceLimits
            The limits of each underlying, by number; as many as a snapshot has underlyings.

        Raises
        ------
        InputError
            If an address is invalid, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract rejects an argument.
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
            Signatures of this snapshot for this chain and contract (`domain`). Signatures by others than the
            feed's signers, and signatures beyond the threshold, are not sent.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        StatementError
            If the signatures are for another snapshot or domain, or too few. No transaction is sent.
        ChainError
            If the node or the contract rejects the call: ``SnapshotTooOld``, ``FutureSnapshot``,
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
        """Return the timestamp of a published snapshot, in seconds in Unix time; 0 for any other root.

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
        """Return the start of the latest run of trips, each within the breaker period of the one before."""
        return int(self._ask("unrestSince"))

    def calm_for(self, duration: int) -> bool:
        """Return whether the breaker has not tripped for a number of seconds."""
        return bool(self._ask("calmFor", fitting("duration", duration, 256)))

    def signers(self) -> tuple[str, ...]:
        """Return the signers, by ascending address."""
        return tuple(self._ask("signers"))

    def threshold(self) -> int:
        """Return the number of signatures needed."""
        return int(self._ask("threshold"))

    def limits(self) -> tuple[PriceLimits, ...]:
        """Return the limits on each underlying's index price."""
        return tuple(
            PriceLimits(*self._ask("limitsOf", number)) for number in range(int(self._ask("underlyings")))
        )

    def schedule_signers_call(self, signers: Sequence[str], threshold: int) -> bytes:
        """Return the calldata that schedules new signers, for the admin.

        Raises
        ------
        InputError
            If an address is invalid, or the threshold does not fit its type.
        """
        return self._encoded("scheduleSigners", *_signer_arguments(signers, threshold))

    def cancel_signers_call(self) -> bytes:
        """Return the calldata that cancels the scheduled signers, for the admin."""
        return self._encoded("cancelSigners")

    def apply_signers(self, signers: Sequence[str], threshold: int) -> int:
        """Apply the scheduled signers.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            As `schedule_signers_call`.
        ChainError
            If the node or the contract rejects the call: ``NotScheduled``, ``TooEarly``.
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
        """Apply the scheduled limits; otherwise like `apply_signers`."""
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
