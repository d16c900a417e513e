"""The settings of a market to deploy: the file ``market.toml`` (docs/formats/market-settings.md)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.documents.toml import load_toml
from zkmargin.errors import InputError
from zkmargin.snapshot.collateral_list import collateral_names
from zkmargin.spec import CASH

from .circuit_list import MarketCircuits, find_market_circuit
from .fields import address_of, items_of, party_of, point_of
from .parts import OracleSettings, TimelockSettings, read_assets, read_auctions, read_house

if TYPE_CHECKING:
    from zkmargin.contracts.auctions import AuctionParameters
    from zkmargin.contracts.house_values import HouseParameters
    from zkmargin.documents.fields import Field
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec import TradingKey

    from .parts import ListedAsset

__all__ = ["MarketSettings"]

_TABLES = ("venue", "guardian", "circuits", "timelock", "oracle", "house", "auctions", "cash", "collateral")


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """A market that is to be deployed.

    Attributes
    ----------
    venue : str
        The address that settles batches.
    venue_key : spec.TradingKey
        The venue's public key, which view keys are sealed to.
    guardian : str
        The address that may pause.
    timelock : TimelockSettings
    oracle : OracleSettings
    house : HouseParameters
    auctions : AuctionParameters
    assets : tuple of ListedAsset
        Assets by slot, ascending; the last one is cash.
    circuits : MarketCircuits
        The circuits whose proofs are accepted.
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If an asset of the vault has another place in the collateral of snapshots.
    """

    venue: str
    venue_key: TradingKey
    guardian: str
    timelock: TimelockSettings
    oracle: OracleSettings
    house: HouseParameters
    auctions: AuctionParameters
    assets: tuple[ListedAsset, ...]
    circuits: MarketCircuits
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
        venue = members["venue"].members(("address", "key"))
        oracle = OracleSettings.from_fields(members["oracle"])
        return cls(
            venue=party_of(venue["address"]),
            venue_key=point_of(venue["key"]),
            guardian=address_of(members["guardian"]),
            timelock=TimelockSettings.from_fields(members["timelock"]),
            oracle=oracle,
            house=read_house(members["house"], oracle.breaker_period),
            auctions=read_auctions(members["auctions"]),
            assets=read_assets(members["cash"], members["collateral"]),
            circuits=_read_circuits(members["circuits"]),
            source=field.source,
        )

    def sha256(self) -> str:
        """Return a hash of all values, in hex; comments and the file's name do not count."""
        document = {**asdict(self), "circuits": self.circuits.names, "source": ""}
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

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


def _read_circuits(field: Field) -> MarketCircuits:
    names: list[str] = []
    for item in items_of(field):
        name = item.text()
        try:
            find_market_circuit(name)
        except InputError as error:
            item.refuse(error.reason)
        if name in names:
            item.refuse("duplicate circuit")
        names.append(name)
    found = MarketCircuits.of(names)
    for flaw in found.flaws():
        field.refuse(flaw)
    return found
