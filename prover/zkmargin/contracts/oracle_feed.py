"""A client of the contract OracleFeed: publish snapshots signed by a quorum, and read them.

The feed's admin is meant to be a timelock, so functions ``..._call`` return the calldata that it schedules.
Anybody can publish a signed snapshot and apply a change that is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.chain.contract import contract_errors
from zkmargin.chain.node import connection
from zkmargin.errors import StatementError
from zkmargin.snapshot.collateral_list import require_collateral
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
    guardian : str
        The contract that names the guardian (`zkmargin.contracts.guardian`), who may remove signers.
    delay : int
        The time from scheduling a change to its effect; 1 to 30 days.
    max_age : int
        The largest age of a snapshot at publication; at most a day.
    max_gap : int
        The most that the live clock counts of the time between two snapshots; a minute to an hour.
    breaker_period : int
        The time for which later prices are compared with a price; at most a day.
    """

    admin: str
    guardian: str
    delay: int
    max_age: int
    max_gap: int
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
        names = ("admin", "guardian", "delay", "maxAge", "maxGap", "breakerPeriod")
        self.settings = FeedSettings(*(self._ask(name) for name in names))
        with contract_errors("the chain's id", self._abi):
            self.domain = Domain(web3.eth.chain_id, self.address)

    @classmethod
    def deploy(  # noqa: PLR0913, PLR0917  # the arguments of the contract
        cls,
        node: str | Web3,
        settings: FeedSettings,
        signers: Sequence[str],
        threshold: int,
        limits: Sequence[PriceLimits],
        collateral: Sequence[str],
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
        collateral : sequence of str
            The names of the collateral assets that a snapshot must have, by place.

        Raises
        ------
        InputError
            If an address is invalid, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract rejects an argument.
        """
        times = ("delay", "max_age", "max_gap", "breaker_period")
        fixed = (
            read_address(settings.admin, "admin"),
            read_address(settings.guardian, "guardian"),
            *(fitting(name, getattr(settings, name), 256) for name in times),
        )
        web3 = connection(node)
        arguments = (fixed, *_signer_arguments(signers, threshold), _limit_arguments(limits))
        return cls._deploy(web3, *arguments, list(collateral))

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
            If the collateral assets are not those of the feed in their order; if the signatures are for
            another snapshot or domain, or too few. No transaction is sent.
        ChainError
            If the node or the contract rejects the call: ``SnapshotTooOld``, ``FutureSnapshot``,
            ``SnapshotOutOfOrder``, ``AlreadyPublished``, ``WrongNumberOfPrices``, ``PriceOutOfBounds``.
        """
        self.require_collateral(snapshot)
        signers, threshold = self.signers(), self.threshold()
        if len(signers) < threshold:
            left = f"{len(signers)} signers are left, the threshold is {threshold}"
            raise StatementError(f"the feed accepts no snapshot until signers are added: {left}")
        signed = require_quorum(snapshot, signatures, signers, threshold, domain=self.domain)
        counted = signed[:threshold]
        values = [one.value for one in signatures.signatures if one.signer in counted]
        message = SnapshotMessage.of(snapshot)
        head = (message.root, message.timestamp, message.params_hash, message.collateral_hash)
        return self._send("publish", (*head, list(message.index_prices)), values)

    def require_collateral(self, snapshot: Snapshot) -> None:
        """Require that a snapshot has the feed's collateral assets in their order.

        Raises
        ------
        StatementError
            If assets or order differ; the message has both lists.
        ChainError
            If the node is out of reach.
        """
        require_collateral(snapshot, self.collateral(), f"the feed {self.address}")

    def latest(self) -> tuple[int, int] | None:
        """Return root and timestamp of the freshest snapshot, or None before the first.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        root, timestamp = self._ask("latest")
        return (int.from_bytes(root, "big"), int(timestamp)) if timestamp else None

    def previous(self) -> tuple[int, int] | None:
        """Return root and timestamp of the snapshot before the freshest, or None before the second.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        root, timestamp, _ = self._ask("previous")
        return (int.from_bytes(root, "big"), int(timestamp)) if timestamp else None

    def latest_published_at(self) -> int:
        """Return the block time of the freshest snapshot's publication; 0 before the first."""
        return int(self._ask("previous")[2])

    def live_time(self) -> int:
        """Return the live clock, in seconds: it counts a gap between snapshots up to `max_gap` alone."""
        return int(self._ask("liveTime"))

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

    def collateral(self) -> tuple[str, ...]:
        """Return the names of the collateral assets that a snapshot must have, by place."""
        return tuple(self._ask("collateral"))

    def limits(self) -> tuple[PriceLimits, ...]:
        """Return the limits on each underlying's index price."""
        return tuple(
            PriceLimits(*self._ask("limitsOf", number)) for number in range(int(self._ask("underlyings")))
        )

    def pending_changes(self) -> dict[str, int]:
        """Return the scheduled changes of the feed: when each can be applied, in Unix time.

        Returns
        -------
        dict of str to int
            By ``signers``, ``price-limits`` and ``collateral``; without those of which nothing is scheduled.
        """
        names = {"signers": "Signers", "price-limits": "Limits", "collateral": "Collateral"}
        ready = {name: int(self._ask(f"pending{kind}")[1]) for name, kind in names.items()}
        return {name: time for name, time in ready.items() if time}

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

    def remove_signer(self, signer: str) -> int:
        """Remove a signer at once, as the guardian or the admin.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If the address is invalid.
        ChainError
            If the node or the contract rejects the call: ``NotGuardianNorAdmin``, ``NotASigner``.
        """
        return self._send("removeSigner", read_address(signer, "signer"))

    def remove_signer_call(self, signer: str) -> bytes:
        """Return the calldata that removes a signer, for the guardian's wallet; raise as `remove_signer`."""
        return self._encoded("removeSigner", read_address(signer, "signer"))

    def schedule_collateral_call(self, collateral: Sequence[str]) -> bytes:
        """Return the calldata that schedules another list of collateral assets, by place, for the admin."""
        return self._encoded("scheduleCollateral", list(collateral))

    def cancel_collateral_call(self) -> bytes:
        """Return the calldata that cancels the scheduled list, for the admin."""
        return self._encoded("cancelCollateral")

    def apply_collateral(self, collateral: Sequence[str]) -> int:
        """Apply the scheduled list of collateral assets; otherwise like `apply_signers`."""
        return self._send("applyCollateral", list(collateral))

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
