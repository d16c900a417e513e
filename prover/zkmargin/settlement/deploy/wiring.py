"""Checks of the references between a market's contracts, and of their parameters."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple

from hexbytes import HexBytes

from zkmargin.chain.contract import our_contract
from zkmargin.chain.node import node_errors
from zkmargin.contracts.clearing_house import ClearingHouse
from zkmargin.contracts.collateral_vault import CollateralVault
from zkmargin.contracts.disclosure_verifier import DisclosureVerifier
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.liquidation_engine import LiquidationEngine
from zkmargin.contracts.margin_verifier import MarginVerifier
from zkmargin.contracts.oracle_feed import OracleFeed
from zkmargin.contracts.timelock import Timelock
from zkmargin.proofs.instances import TRANSITION, instances
from zkmargin.spec import CASH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from web3 import Web3

    from zkmargin.contracts.proof_verifier import ProofVerifier

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


def check_wiring(web3: Web3, deployment: Deployment) -> Iterator[Finding]:
    """Compare the references of each contract to the others.

    Raises
    ------
    ChainError
        If the node is out of reach, or a contract does not answer as expected.
    """
    at = deployment.addresses
    house, engine = ClearingHouse(web3, at.house), LiquidationEngine(web3, at.engine)
    for one in fields(house.contracts):
        yield same(f"house: {one.name}", getattr(at, one.name), getattr(house.contracts, one.name))
    yield same("house: engine", at.engine, house.engine())
    yield same("engine: house", at.house, engine.house)
    yield same("engine: disclosure verifier", at.disclosure_verifier, engine.verifier)
    yield same("guardian: timelock", at.timelock, Guardian(web3, at.guardian).timelock)
    feed = OracleFeed(web3, at.feed)
    yield same("feed: admin", at.timelock, feed.settings.admin)
    yield same("feed: guardian", at.guardian, feed.settings.guardian)
    places = dict(enumerate(feed.collateral()))
    for asset in deployment.assets:
        if asset.slot != CASH:
            yield same(f"feed: collateral in place {asset.slot}", asset.name, places.get(asset.slot))
    yield from _check_funds(web3, deployment)
    yield from _check_verifiers(web3, deployment)
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


def _check_verifiers(web3: Web3, deployment: Deployment) -> Iterator[Finding]:
    at = deployment.addresses
    margin = MarginVerifier(web3, at.margin_verifier)
    disclosure = DisclosureVerifier(web3, at.disclosure_verifier)
    yield same("margin verifier: registry", at.feed, margin.registry)
    yield same("disclosure verifier: registry", at.feed, disclosure.registry)
    for one in instances():
        known = deployment.circuits.get(one.name)
        wanted = {one.shape.disclosed: known.verifier} if known is not None else {}
        yield same(f"margin verifier: {one.name}", wanted.get(False), margin.verifier(one.number))
        yield same(f"disclosure verifier: {one.name}", wanted.get(True), disclosure.verifier(one.number))
    for name, client in (("margin_verifier", margin), ("disclosure_verifier", disclosure)):
        yield same(f"{name}: circuits of other numbers", [], _others(client, deployment.transactions[name]))
    numbers = {one.name: one.number for one in instances()}
    for name, deployed in deployment.circuits.items():
        yield same(f"{name}: number", numbers.get(name), deployed.number)


def _others(client: ProofVerifier, transaction: bytes) -> list[int]:
    """Return the numbers of circuits that this version does not know. Their verifiers may accept anything.

    The constructor takes them as arguments, one word each, which bounds the largest number.
    """
    with node_errors("the node"):
        sent = bytes(client.web3.eth.get_transaction(HexBytes(transaction))["input"])
    room = (len(sent) - len(our_contract(client.SOURCE).bytecode)) // 32
    known = {one.number for one in instances()}
    return [number for number in range(room) if number not in known and client.verifier(number) is not None]


def check_settings(web3: Web3, deployment: Deployment, settings: MarketSettings) -> Iterator[Finding]:
    """Compare a deployment's parameters with its settings.

    Raises
    ------
    ChainError
        If the node is out of reach, or a contract does not answer as expected.
    """
    at = deployment.addresses
    house = ClearingHouse(web3, at.house)
    yield same("house: venue", settings.venue, house.venue())
    yield same("house: parameters", settings.house, house.parameters())
    yield same("engine: parameters", settings.engine, LiquidationEngine(web3, at.engine).parameters())
    yield same("guardian: guardian", settings.guardian, Guardian(web3, at.guardian).guardian())
    yield same("sealing key", settings.sealing_key.hex(), deployment.sealing_key.hex())
    yield same(
        "circuits",
        _sorted((TRANSITION.name, *(one.name for one in settings.circuits))),
        _sorted(deployment.circuits),
    )
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
