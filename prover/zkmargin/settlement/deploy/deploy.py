"""Deploying a market: all contracts, in the order of their dependencies."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.chain.contract import our_contract, sender_of
from zkmargin.chain.node import node_errors
from zkmargin.contracts.auctions import Auctions
from zkmargin.contracts.batch_verifier import BatchVerifier
from zkmargin.contracts.batches import Batches
from zkmargin.contracts.collateral_vault import CollateralVault, Listing
from zkmargin.contracts.first_loss import FirstLoss
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.house import House
from zkmargin.contracts.house_values import HouseContracts
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.oracle_feed import FeedSettings, OracleFeed
from zkmargin.contracts.timelock import Timelock
from zkmargin.contracts.token import Token
from zkmargin.contracts.wind_down import WindDown
from zkmargin.errors import ChainError, InputError
from zkmargin.spec import CASH

from .check import check_deployment
from .circuits import load_market_keys, require_ceremony
from .creation import CLIENTS
from .deployment import Addresses, DeployedAsset, Deployment
from .journal import Begun, Journal
from .steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from web3 import Web3

    from zkmargin.contracts.client import Client
    from zkmargin.proving.setup import Progress

    from .circuits import CircuitKeys
    from .settings import MarketSettings

    Maker: TypeAlias = Callable[[Mapping[str, str]], Client]

__all__ = ["deploy_market"]

_REFERENCES = 4


def deploy_market(
    web3: Web3,
    settings: MarketSettings,
    *,
    keys: Path | None = None,
    progress: Progress | None = None,
    unfinished: Path | None = None,
) -> Deployment:
    """Deploy a market. The connection's account pays, and has no role in the market afterwards.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`.
    settings : MarketSettings
    keys : Path, optional
        The folder of the circuits' keys, `keys_folder` by default.
    progress : callable, optional
        Called with the present step's name, the number of finished steps, and the number of all steps.
    unfinished : Path, optional
        A file for the contracts that stand. If it exists, the deployment in it goes on, and is compared with the chain
        at its end. The caller deletes it when the deployment has been saved.

    Returns
    -------
    Deployment

    Raises
    ------
    InputError
        If a circuit's keys are missing, or the chain is not a local one and they are not a ceremony's that was verified
        on this machine; if a token does not have 6 to 18 decimals, or `unfinished` holds another deployment. Nothing
        has been deployed then.
    ToolchainError
        If the compiler or a library is missing. Nothing has been deployed then.
    ChainError
        If the node is out of reach, a deployment fails, or a contract of `unfinished` is not there or another one.
    """
    with node_errors("the node"):
        chain_id, block = web3.eth.chain_id, web3.eth.block_number
    found = load_market_keys(settings.circuits, keys)
    require_ceremony(found, chain_id)
    _require_tokens(web3, settings)
    hashes = settings.sha256(), _sha256(one.key_sha256 for one in found), _code_sha256()
    journal = Journal(Begun(chain_id, block, sender_of(web3), *hashes, {}), unfinished)
    steps = Steps(web3, journal, len(CLIENTS) + _REFERENCES, progress)
    if journal.resumed:
        steps.settle_pending()
    makers = _makers(web3, settings, found)
    for name in CLIENTS:
        steps.create(name, partial(makers[name], steps.addresses))
    _connect(web3, steps)
    begun = journal.begun
    made = Deployment(
        chain_id=chain_id,
        block=begun.block,
        addresses=Addresses(**steps.addresses),
        assets=tuple(DeployedAsset(one.slot, one.name, one.token) for one in settings.assets),
        circuits={one.circuit.name: one.deployed for one in found},
        venue_key=settings.venue_key,
        transactions={name: begun.contracts[name].transaction for name in Addresses.keys().values()},
    )
    if journal.resumed:
        _require_sound(web3, made, settings, keys, journal.name)
    return made


def _require_sound(
    web3: Web3, made: Deployment, settings: MarketSettings, keys: Path | None, journal: str
) -> None:
    """Require that contracts which a file has named are those of this market: somebody may have changed the file."""
    for one in check_deployment(web3, made, settings=settings, keys=keys).findings:
        if not one.holds:
            reason = f"{one.what}; found {one.found}"
            raise ChainError(
                f"{journal}: names contracts of another market; delete it to begin again: {reason}"
            )


def _require_tokens(web3: Web3, settings: MarketSettings) -> None:
    for one in settings.assets:
        key = "cash.token" if one.slot == CASH else f"collateral, slot {one.slot}: token"
        try:
            decimals = Token(web3, one.token).decimals
        except ChainError:
            raise InputError(
                "the address is not a token with decimals on this chain", source=settings.source, key=key
            ) from None
        if not 6 <= decimals <= 18:
            reason = f"expected a token with 6 to 18 decimals, got {decimals}"
            raise InputError(reason, source=settings.source, key=key)


def _makers(web3: Web3, settings: MarketSettings, found: Sequence[CircuitKeys]) -> dict[str, Maker]:
    """Return what deploys each contract, given the addresses of those before it."""
    circuits, lock, oracle = settings.circuits, settings.timelock, settings.oracle
    cash = settings.assets[-1].token
    listings = [Listing(one.slot, one.token, one.cap) for one in settings.assets]
    times = oracle.delay, oracle.max_age, oracle.max_gap, oracle.breaker_period
    accepted = oracle.signers, oracle.threshold, oracle.limits, oracle.collateral
    disclosures = [one.name for one in circuits.disclosures]
    claims = [one.name for one in circuits.claims]
    return {
        "batch_verifier": lambda _: BatchVerifier.deploy(
            web3, {one.circuit.name: one.keys.key for one in found}
        ),
        "batches": lambda at: Batches.deploy(web3, at["batch_verifier"], circuits.batches.all),
        "timelock": lambda _: Timelock.deploy(web3, lock.min_delay, lock.proposers, lock.executors),
        "guardian": lambda at: Guardian.deploy(web3, at["timelock"], settings.guardian),
        "feed": lambda at: OracleFeed.deploy(
            web3, FeedSettings(at["timelock"], at["guardian"], *times), *accepted
        ),
        "vault": lambda at: CollateralVault.deploy(web3, at["timelock"], listings),
        "insurance_fund": lambda _: InsuranceFund.deploy(web3, cash),
        "first_loss": lambda _: FirstLoss.deploy(web3, cash),
        "house": lambda at: House.deploy(
            web3,
            HouseContracts(**{name: at[name] for name in HouseContracts.__slots__}),
            settings.venue,
            settings.venue_key,
            settings.house,
        ),
        "auctions": lambda at: Auctions.deploy(web3, at["house"], disclosures, settings.auctions),
        "wind_down": lambda at: WindDown.deploy(web3, at["house"], at["auctions"], claims),
    }


def _connect(web3: Web3, steps: Steps) -> None:
    """Set the references that can be set once, by the deployer."""
    at = steps.addresses
    vault, first_loss = CollateralVault(web3, at["vault"]), FirstLoss(web3, at["first_loss"])
    house = House(web3, at["house"])
    for what, found, wanted, act in (
        ("the vault's operator", vault.operator, "house", vault.set_operator),
        ("the first-loss tranche's house", first_loss.house, "house", first_loss.set_house),
        ("the house's engine", house.engine, "auctions", house.set_engine),
        ("the house's wind-down", house.wind_down, "wind_down", house.set_wind_down),
    ):
        steps.set_once(what, found(), at[wanted], act)


def _code_sha256() -> str:
    """Compile the contracts, and return a hash of their bytecode."""
    return _sha256(our_contract(client.SOURCE).bytecode.hex() for client in CLIENTS.values())


def _sha256(texts: Iterable[str]) -> str:
    return hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()
