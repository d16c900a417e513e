"""Checks of the references between a market's contracts, and of their parameters."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

from zkmargin.contracts.auctions import Auctions
from zkmargin.contracts.batches import Batches
from zkmargin.contracts.collateral_vault import CollateralVault
from zkmargin.contracts.first_loss import FirstLoss
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.house import House
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.oracle_feed import OracleFeed
from zkmargin.contracts.timelock import Timelock
from zkmargin.spec import CASH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from web3 import Web3

    from .deployment import Deployment
    from .settings import MarketSettings

__all__ = ["Finding", "check_settings", "check_wiring", "same"]


class Finding(NamedTuple):
    """The result of one comparison.

    Attributes
    ----------
    what : str
        The expected fact.
    holds : bool
    found : str
        The value that was found; empty if the fact holds.
    """

    what: str
    holds: bool
    found: str = ""


def same(what: str, wanted: object, found: object) -> Finding:
    """Compare two values."""
    return Finding(f"{what}: {wanted}", wanted == found, "" if wanted == found else str(found))


def check_wiring(
    web3: Web3, deployment: Deployment, arguments: Mapping[str, tuple[Any, ...]]
) -> Iterator[Finding]:
    """Compare the references of each contract to the others.

    Parameters
    ----------
    web3 : Web3
    deployment : Deployment
    arguments : mapping of str to tuple
        By attribute of `Addresses`: the arguments that the contract was created with.

    Raises
    ------
    ChainError
        If the node is out of reach, or a contract does not answer as expected.
    """
    at = deployment.addresses
    house = House(web3, at.house)
    for one in fields(house.contracts):
        yield same(f"house: {one.name}", getattr(at, one.name), getattr(house.contracts, one.name))
    yield same("house: engine", at.auctions, house.engine())
    yield same("house: wind-down", at.wind_down, house.wind_down())
    yield same("house: venue key", tuple(deployment.venue_key), tuple(house.venue_key()))
    yield same("auctions: house", at.house, Auctions(web3, at.auctions).house)
    market, auctions, _ = arguments["wind_down"]
    found = tuple(web3.to_checksum_address(one) for one in (market, auctions))
    yield same("wind_down: house, auctions", (at.house, at.auctions), found)
    yield same("batches: verifier", at.batch_verifier, Batches(web3, at.batches).verifier)
    yield same("guardian: timelock", at.timelock, Guardian(web3, at.guardian).timelock)
    feed = OracleFeed(web3, at.feed)
    yield same("feed: admin", at.timelock, feed.settings.admin)
    yield same("feed: guardian", at.guardian, feed.settings.guardian)
    places = dict(enumerate(feed.collateral()))
    for asset in deployment.assets:
        if asset.slot != CASH:
            yield same(f"feed: collateral in place {asset.slot}", asset.name, places.get(asset.slot))
    yield from _check_funds(web3, deployment)
    roles = Timelock(web3, at.timelock).roles(deployment.block)
    yield same("timelock: no admin but itself", (at.timelock,), _sorted(roles.admins))


def _check_funds(web3: Web3, deployment: Deployment) -> Iterator[Finding]:
    at = deployment.addresses
    vault, fund = CollateralVault(web3, at.vault), InsuranceFund(web3, at.insurance_fund)
    yield same("vault: operator", at.house, vault.operator())
    yield same("vault: owner", at.timelock, vault.owner())
    tokens = {one.slot: one.token for one in deployment.assets}
    for slot in range(CASH + 1):
        asset = vault.asset(slot)
        yield same(f"vault: token in slot {slot}", tokens.get(slot), None if asset is None else asset.token)
    yield same("insurance fund: token", tokens[CASH], fund.token)
    first_loss = FirstLoss(web3, at.first_loss)
    yield same("first-loss tranche: token", tokens[CASH], first_loss.token)
    yield same("first-loss tranche: house", at.house, first_loss.house())


def check_settings(web3: Web3, deployment: Deployment, settings: MarketSettings) -> Iterator[Finding]:
    """Compare a deployment's parameters with its settings.

    Raises
    ------
    ChainError
        If the node is out of reach, or a contract does not answer as expected.
    """
    at = deployment.addresses
    house = House(web3, at.house)
    yield same("house: venue", settings.venue, house.venue())
    yield same("house: venue key of the settings", tuple(settings.venue_key), tuple(house.venue_key()))
    yield same("house: parameters", settings.house, house.parameters())
    yield same("auctions: parameters", settings.auctions, Auctions(web3, at.auctions).parameters())
    yield same("guardian: guardian", settings.guardian, Guardian(web3, at.guardian).guardian())
    circuits = tuple(one.name for one in settings.circuits.all)
    yield same("circuits of the settings", _sorted(circuits), _sorted(deployment.circuits))
    vault = CollateralVault(web3, at.vault)
    for one in settings.assets:
        asset = vault.asset(one.slot)
        found = None if asset is None else (asset.token, asset.cap)
        yield same(f"vault: token and cap in slot {one.slot}", (one.token, one.cap), found)
    yield from _check_feed(OracleFeed(web3, at.feed), settings)
    timelock = Timelock(web3, at.timelock)
    roles = timelock.roles(deployment.block)
    yield same("timelock: minimum delay", settings.timelock.min_delay, timelock.min_delay())
    yield same("timelock: proposers", _sorted(settings.timelock.proposers), _sorted(roles.proposers))
    yield same("timelock: cancellers", _sorted(settings.timelock.proposers), _sorted(roles.cancellers))
    yield same("timelock: executors", _sorted(settings.timelock.executors), _sorted(roles.executors))


def _check_feed(feed: OracleFeed, settings: MarketSettings) -> Iterator[Finding]:
    oracle = settings.oracle
    names = ("delay", "max_age", "max_gap", "breaker_period")
    wanted, found = (tuple(getattr(one, name) for name in names) for one in (oracle, feed.settings))
    yield same("feed: delay, age, gap, breaker", wanted, found)
    yield same("feed: signers", _sorted(oracle.signers), _sorted(feed.signers()))
    yield same("feed: threshold", oracle.threshold, feed.threshold())
    yield same("feed: limits", oracle.limits, feed.limits())
    yield same("feed: collateral", oracle.collateral, feed.collateral())


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
