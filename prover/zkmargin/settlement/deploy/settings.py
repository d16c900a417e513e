"""The settings of a market to deploy: the file ``market.toml`` (docs/formats/market-settings.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.documents.toml import load_toml
from zkmargin.errors import InputError
from zkmargin.proofs.instances import find_instance
from zkmargin.snapshot.collateral_list import collateral_names
from zkmargin.spec import CASH

from .fields import address_of, items_of, party_of, word_of
from .parts import OracleSettings, TimelockSettings, read_assets, read_engine, read_house

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.contracts.liquidation_engine import EngineParameters
    from zkmargin.contracts.market_values import HouseParameters
    from zkmargin.documents.fields import Field
    from zkmargin.proofs.instances import Instance
    from zkmargin.snapshot.snapshot import Snapshot

    from .parts import ListedAsset

__all__ = ["MarketSettings", "check_circuits"]

_TABLES = ("venue", "guardian", "circuits", "timelock", "oracle", "house", "engine", "cash", "collateral")


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """A market that is to be deployed.

    Attributes
    ----------
    venue : str
        The address that may match trades.
    sealing_key : bytes
        The venue's public key, 32 bytes, to which openings are sealed.
    guardian : str
        The address that may pause.
    timelock : TimelockSettings
    oracle : OracleSettings
    house : HouseParameters
    engine : EngineParameters
    assets : tuple of ListedAsset
        Assets by slot, ascending; the last one is cash.
    circuits : tuple of Instance
        The circuits whose proofs are accepted, disclosures among them.
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If an asset of the vault has another place in the collateral of snapshots.
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

    def __post_init__(self) -> None:
        """Check that slots are places in snapshots; otherwise one token would be taken for another."""
        places = dict(enumerate(self.oracle.collateral))
        for one in self.assets:
            if one.slot != CASH and places.get(one.slot) != one.name:
                reason = (
                    f"oracle.collateral has {places.get(one.slot, 'nothing')} in this place, not {one.name}"
                )
                raise InputError(reason, source=self.source, key=f"collateral, slot {one.slot}")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a ``market.toml``.

        Raises
        ------
        InputError
            With file and key path, if it is not one, or a contract would refuse a value.
        """
        return cls.from_fields(load_toml(Path(path)))

    @classmethod
    def from_fields(cls, field: Field) -> Self:
        """Read the document of a ``market.toml``; raise `InputError` as `load`."""
        members = field.members(_TABLES)
        venue = members["venue"].members(("address", "sealing_key"))
        oracle = OracleSettings.from_fields(members["oracle"])
        return cls(
            venue=party_of(venue["address"]),
            sealing_key=word_of(venue["sealing_key"]),
            guardian=address_of(members["guardian"]),
            timelock=TimelockSettings.from_fields(members["timelock"]),
            oracle=oracle,
            house=read_house(members["house"], oracle.breaker_period),
            engine=read_engine(members["engine"]),
            assets=read_assets(members["cash"], members["collateral"]),
            circuits=_read_circuits(members["circuits"]),
            source=field.source,
        )

    def check_snapshot(self, snapshot: Snapshot) -> None:
        """Check that a snapshot fits this market: its assets, underlyings and quote currency.

        Raises
        ------
        InputError
            With file and key path, if it does not.
        """
        names, quote = collateral_names(snapshot), snapshot.parts.quote
        if names != self.oracle.collateral:
            reason = f"the snapshot has {', '.join(names)}, in this order"
            raise InputError(reason, source=self.source, key="oracle.collateral")
        if quote != self.assets[-1].name:
            reason = f"the snapshot has {quote} here, not {self.assets[-1].name}"
            raise InputError(reason, source=self.source, key="cash")
        if tuple(snapshot.parts.underlyings) != self.oracle.underlyings:
            reason = f"the snapshot has {', '.join(snapshot.parts.underlyings)}"
            raise InputError(reason, source=self.source, key="oracle.limits")


def check_circuits(circuits: Sequence[Instance], source: str) -> None:
    """Check that every account that one circuit proves healthy can be auctioned off with another.

    Parameters
    ----------
    circuits : sequence of Instance
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If a circuit is not for markets, or its accounts are too large for every disclosure.
    """
    disclosures = [one.shape for one in circuits if one.shape.disclosed]
    margins = [one for one in circuits if not one.shape.disclosed]
    if not margins:
        reason = "expected a circuit that shows health alone, such as margin_13"
        raise InputError(reason, source=source, key="circuits")
    for one in margins:
        shape = one.shape
        if shape.limited:
            reason = f"{one.name} also proves limits on Greeks, which markets do not use"
            raise InputError(reason, source=source, key="circuits")
        if not any(
            wide.layout == shape.layout and wide.lanes >= shape.lanes and wide.positions >= shape.positions
            for wide in disclosures
        ):
            reason = f"no disclosure holds the accounts of {one.name}: they could not be auctioned off"
            raise InputError(reason, source=source, key="circuits")


def _read_circuits(field: Field) -> tuple[Instance, ...]:
    found: list[Instance] = []
    for item in items_of(field):
        try:
            one = find_instance(item.text())
        except InputError as error:
            item.refuse(error.reason)
        if one in found:
            item.refuse("duplicate circuit")
        found.append(one)
    check_circuits(found, field.source)
    return tuple(sorted(found, key=lambda one: one.number))
