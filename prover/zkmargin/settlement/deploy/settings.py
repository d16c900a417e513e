"""What a market is to be: the file ``market.toml``, docs/formats/market-settings.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.errors import InputError
from zkmargin.spec import CASH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.contracts.liquidation_engine import EngineParameters
    from zkmargin.contracts.market_values import HouseParameters
    from zkmargin.contracts.oracle_feed import PriceLimits
    from zkmargin.proofs.instances import Instance
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["ListedAsset", "MarketSettings", "OracleSettings", "TimelockSettings", "check_circuits"]


@dataclass(frozen=True, slots=True)
class ListedAsset:
    """What a slot of the vault is to hold.

    Attributes
    ----------
    slot : int
        0 to 7 for the amounts of an account, in the order of the snapshot's collateral; 8 for cash.
    name : str
        As snapshots name the asset; of cash their quote currency.
    token : str
        The token's address.
    cap : int
        The most that may be deposited in all, in micro.
    """

    slot: int
    name: str
    token: str
    cap: int


@dataclass(frozen=True, slots=True)
class TimelockSettings:
    """Who changes parameters, and with how much notice.

    Attributes
    ----------
    min_delay : int
        The least notice, in seconds.
    proposers, executors : tuple of str
        Who may schedule, and who may execute; the zero address among executors stands for anybody.
    """

    min_delay: int
    proposers: tuple[str, ...]
    executors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OracleSettings:
    """Who signs snapshots, and which ones are accepted.

    Attributes
    ----------
    signers : tuple of str
    threshold : int
        How many of them have to sign.
    delay : int
        How long other signers or limits wait, in seconds.
    max_age : int
        How old a snapshot may be when it is published, in seconds.
    breaker_period : int
        For how long a price is what later ones are compared with, in seconds.
    underlyings : tuple of str
        As snapshots name them, by number.
    limits : tuple of PriceLimits
        What is accepted of each underlying's index price.
    """

    signers: tuple[str, ...]
    threshold: int
    delay: int
    max_age: int
    breaker_period: int
    underlyings: tuple[str, ...]
    limits: tuple[PriceLimits, ...]


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """A market that is to be deployed.

    Attributes
    ----------
    venue : str
        Who may trade.
    sealing_key : bytes
        The venue's public key, 32 bytes, to which openings are sealed.
    guardian : str
        Who may pause.
    timelock : TimelockSettings
    oracle : OracleSettings
    house : HouseParameters
    engine : EngineParameters
    assets : tuple of ListedAsset
        By slot, ascending; the last one is cash.
    circuits : tuple of Instance
        Whose proofs are accepted, those of disclosures among them.
    source : str
        The file, for messages.
    """

    venue: str
    sealing_key: bytes
    guardian: str
    timelock: TimelockSettings
    oracle: OracleSettings
    house: HouseParameters
    engine: EngineParameters
    assets: tuple[ListedAsset, ...]
    circuits: tuple[Instance, ...]
    source: str = "market settings"

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a ``market.toml``.

        Raises
        ------
        InputError
            With file and key path, if it is not one, or a contract would refuse a value.
        """
        from .settings_file import read_settings  # noqa: PLC0415  # it imports this module

        return read_settings(cls, Path(path))

    def check_snapshot(self, snapshot: Snapshot) -> None:
        """Check that a snapshot is one for this market: its assets, underlyings and quote currency.

        A slot counts what the snapshot has in its place, so another order would take one token for another.

        Raises
        ------
        InputError
            If it is not, with file and key path.
        """
        names = [one.asset for one in snapshot.parts.collateral]
        for one in self.assets:
            has = snapshot.parts.quote if one.slot == CASH else dict(enumerate(names)).get(one.slot)
            if has != one.name:
                key = "cash" if one.slot == CASH else f"collateral, slot {one.slot}"
                raise InputError(f"the snapshot has {has or 'nothing'} here", source=self.source, key=key)
        if tuple(snapshot.parts.underlyings) != self.oracle.underlyings:
            reason = f"the snapshot has {', '.join(snapshot.parts.underlyings)}"
            raise InputError(reason, source=self.source, key="oracle.limits")


def check_circuits(circuits: Sequence[Instance], source: str) -> None:
    """Check that whoever is proven healthy by one of the circuits can be auctioned off by another.

    Parameters
    ----------
    circuits : sequence of Instance
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If a circuit is none for a market, or its accounts are too large for every disclosure.
    """
    disclosures = [one.shape for one in circuits if one.shape.disclosed]
    margins = [one for one in circuits if not one.shape.disclosed]
    if not margins:
        raise InputError(
            "no circuit that shows health alone, such as margin_13", source=source, key="circuits"
        )
    for one in margins:
        shape = one.shape
        if shape.limited:
            raise InputError(f"{one.name} has limits on Greeks besides", source=source, key="circuits")
        if not any(
            wide.layout == shape.layout and wide.lanes >= shape.lanes and wide.positions >= shape.positions
            for wide in disclosures
        ):
            reason = f"no disclosure holds the accounts of {one.name}: they could not be auctioned off"
            raise InputError(reason, source=source, key="circuits")
