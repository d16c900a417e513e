"""Deploying a market: all contracts, in the order of their dependencies."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING

from zkmargin.chain.contract import our_contract, sender_of
from zkmargin.chain.node import node_errors
from zkmargin.chain.verifier import deploy_verifier
from zkmargin.contracts.clearing_house import ClearingHouse
from zkmargin.contracts.collateral_vault import CollateralVault, Listing
from zkmargin.contracts.disclosure_verifier import DisclosureVerifier
from zkmargin.contracts.greeks import Greeks
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.liquidation_engine import LiquidationEngine
from zkmargin.contracts.margin_verifier import MarginVerifier
from zkmargin.contracts.market_values import MarketContracts
from zkmargin.contracts.oracle_feed import FeedSettings, OracleFeed
from zkmargin.contracts.timelock import Timelock
from zkmargin.contracts.token import Token
from zkmargin.errors import ChainError, InputError
from zkmargin.proofs.instances import TRANSITION, Instance
from zkmargin.spec import CASH

from .circuits import load_market_keys, require_ceremony
from .deployment import Addresses, DeployedAsset, DeployedCircuit, Deployment
from .steps import Steps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from web3 import Web3

    from zkmargin.contracts.client import Client
    from zkmargin.proving.setup import Progress

    from .circuits import CircuitKeys
    from .settings import MarketSettings
    from .steps import Journal

__all__ = ["CLIENTS", "deploy_market"]

CLIENTS = {
    "timelock": Timelock,
    "guardian": Guardian,
    "feed": OracleFeed,
    "margin_verifier": MarginVerifier,
    "disclosure_verifier": DisclosureVerifier,
    "insurance_fund": InsuranceFund,
    "vault": CollateralVault,
    "house": ClearingHouse,
    "engine": LiquidationEngine,
    "greeks": Greeks,
}
"""The clients of a market's contracts, by the names of `zkmargin.settlement.deploy.deployment.Addresses`."""


def deploy_market(  # noqa: PLR0913  # callbacks, and one permission
    web3: Web3,
    settings: MarketSettings,
    *,
    keys: Path | None = None,
    progress: Progress | None = None,
    journal: Journal | None = None,
    allow_development: bool = False,
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
    journal : callable, optional
        Called after each contract with the addresses so far, by name, so that they are known if a later step
        fails.
    allow_development : bool
        Whether development keys are allowed on a chain that is not a local one.

    Returns
    -------
    Deployment

    Raises
    ------
    InputError
        If a circuit's keys are missing, or are development keys on a chain that is not a local one, or a token
        does not have 6 to 18 decimals. Nothing has been deployed then.
    ToolchainError
        If the compiler, a library or snarkjs is missing. Nothing has been deployed then.
    ChainError
        If the node is out of reach or a deployment fails.
    """
    with node_errors("the node"):
        chain_id, block = web3.eth.chain_id, web3.eth.block_number
    sender_of(web3)
    found = load_market_keys(settings.circuits, keys)
    require_ceremony(found, chain_id, allow_development=allow_development)
    _require_tokens(web3, settings)
    steps = Steps(web3, len(CLIENTS) * 2 + len(found) * 2 + 1, progress, journal)
    for name, client in CLIENTS.items():
        steps.report(f"compiling {name}")
        our_contract(client.SOURCE)
    circuits = _deploy_circuits(steps, found)
    made = _deploy_contracts(steps, settings, circuits)
    return Deployment(
        chain_id=chain_id,
        block=block,
        addresses=Addresses(
            **{name: one.address for name, one in made.items()},
            transition_verifier=circuits[TRANSITION.name].verifier,
        ),
        assets=tuple(DeployedAsset(one.slot, one.name, one.token) for one in settings.assets),
        circuits=circuits,
        sealing_key=settings.sealing_key,
        transactions={name: one.transaction or b"" for name, one in made.items()},
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


def _deploy_circuits(steps: Steps, found: Sequence[CircuitKeys]) -> dict[str, DeployedCircuit]:
    sources: list[str] = []
    for one in found:
        steps.report(f"exporting the verifier of {one.circuit.name}")
        sources.append(one.source())
    circuits: dict[str, DeployedCircuit] = {}
    for one, source in zip(found, sources, strict=True):
        made = steps.deploy(one.circuit.name, partial(deploy_verifier, steps.web3, source))
        circuits[one.circuit.name] = DeployedCircuit(
            number=one.circuit.number if isinstance(one.circuit, Instance) else None,
            verifier=made.address,
            transaction=made.transaction or b"",
            key_sha256=one.key_sha256,
            kind=one.keys.manifest.kind,
        )
    return circuits


def _deploy_contracts(
    steps: Steps, settings: MarketSettings, circuits: dict[str, DeployedCircuit]
) -> dict[str, Client]:
    """Deploy all contracts except the circuits' verifiers, and connect them."""
    made = _deploy_foundations(steps, settings, circuits)
    contracts = MarketContracts(
        **{one.name: made[one.name].address for one in fields(MarketContracts) if one.name in made},
        transition_verifier=circuits[TRANSITION.name].verifier,
    )
    web3, (house, engine) = steps.web3, (settings.house, settings.engine)
    clearing = steps.deploy("house", lambda: ClearingHouse.deploy(web3, contracts, settings.venue, house))
    disclosure = made["disclosure_verifier"].address
    liquidation = steps.deploy(
        "engine", lambda: LiquidationEngine.deploy(web3, clearing.address, disclosure, engine)
    )
    steps.report("connecting the contracts")
    CollateralVault(web3, contracts.vault).set_operator(clearing.address)
    clearing.set_engine(liquidation.address)
    greeks = steps.deploy("greeks", lambda: Greeks.deploy(web3))
    return {**made, "house": clearing, "engine": liquidation, "greeks": greeks}


def _deploy_foundations(
    steps: Steps, settings: MarketSettings, circuits: dict[str, DeployedCircuit]
) -> dict[str, Client]:
    """Deploy the contracts that the clearing house depends on."""
    web3, lock, oracle = steps.web3, settings.timelock, settings.oracle
    parties = lock.min_delay, lock.proposers, lock.executors
    timelock = steps.deploy("timelock", lambda: Timelock.deploy(web3, *parties))
    admin = timelock.address
    guardian = steps.deploy("guardian", lambda: Guardian.deploy(web3, admin, settings.guardian))
    times = oracle.delay, oracle.max_age, oracle.max_gap, oracle.breaker_period
    fixed = FeedSettings(admin, guardian.address, *times)
    accepted = oracle.signers, oracle.threshold, oracle.limits, oracle.collateral
    feed = steps.deploy("feed", lambda: OracleFeed.deploy(web3, fixed, *accepted))
    shown: dict[bool, dict[int, str]] = {True: {}, False: {}}
    for one in settings.circuits:
        shown[one.shape.disclosed][one.number] = circuits[one.name].verifier
    made = {
        "timelock": timelock,
        "guardian": guardian,
        "feed": feed,
        "margin_verifier": steps.deploy(
            "margin_verifier", lambda: MarginVerifier.deploy_over(web3, feed.address, shown[False])
        ),
        "disclosure_verifier": steps.deploy(
            "disclosure_verifier", lambda: DisclosureVerifier.deploy_over(web3, feed.address, shown[True])
        ),
        "insurance_fund": steps.deploy(
            "insurance_fund", lambda: InsuranceFund.deploy(web3, settings.assets[-1].token)
        ),
    }
    listings = [Listing(one.slot, one.token, one.cap) for one in settings.assets]
    return {**made, "vault": steps.deploy("vault", lambda: CollateralVault.deploy(web3, admin, listings))}
