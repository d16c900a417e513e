"""A small market on a local chain, with real circuits, for the tests of those who act in it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from margin_values import KEYS, snapshot
from support import margin_instance
from zkmargin import MarginProver, Snapshot
from zkmargin.chain import connect
from zkmargin.chain.collateral_vault import CASH, NO_CAP
from zkmargin.chain.liquidation_engine import EngineParameters
from zkmargin.chain.market_values import HouseParameters
from zkmargin.chain.oracle_feed import PriceLimits
from zkmargin.chain.token import DemoToken
from zkmargin.instances import find_instance
from zkmargin.settlement.deploy import deploy_market
from zkmargin.settlement.escrow import SealingKey
from zkmargin.settlement.participant import Provers
from zkmargin.settlement.settings import ListedAsset, MarketSettings, OracleSettings, TimelockSettings
from zkmargin.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.signing import sign_snapshot
from zkmargin.transition import TransitionProver

DAY = 86_400
SIGNERS = [EthAccount.from_key(keccak(b"oracle" + bytes([n]))) for n in range(2)]
SEALING = SealingKey(keccak(b"sealing"))
VENUE, ALICE, BOB, CAROL = (EthAccount.from_key(keccak(name)) for name in (b"venue", b"a", b"b", b"c"))
INITIAL_BPS = 12_500
CIRCUITS = ("margin_13", "disclosure_13")


@cache
def provers():
    """Return provers, whose keys are there."""
    for name in (*CIRCUITS, "transition"):
        margin_instance(name)
    return Provers(MarginProver(keys=KEYS), TransitionProver(keys=KEYS))


def market_of(url):
    """Deploy a market, with funds for everybody; return its deployment."""
    web3 = connect(url)
    tokens = {0: DemoToken.deploy(web3, "USDC", 6), 2: DemoToken.deploy(web3, "ETH", 18)}
    tokens[CASH] = DemoToken.deploy(web3, "USD", 6)
    for key in (VENUE, ALICE, BOB, CAROL):
        web3.provider.make_request("anvil_setBalance", [key.address, hex(10**20)])
        for token in tokens.values():
            token.mint(10**6 * 10**token.decimals, key.address)
    admin = web3.eth.accounts[0]
    limits = (PriceLimits(10**6, 10**12, 1000), PriceLimits(10**8, 10**13, 1000))
    signers = tuple(one.address for one in SIGNERS)
    names = {0: "USDC", 2: "ETH", CASH: "USD"}
    settings = MarketSettings(
        venue=VENUE.address,
        sealing_key=SEALING.public,
        guardian=admin,
        timelock=TimelockSettings(2 * DAY, (admin,), (admin,)),
        oracle=OracleSettings(signers, 2, 2 * DAY, 600, 600, ("ETH", "BTC"), limits),
        house=HouseParameters(INITIAL_BPS, 3600, DAY, 3600, 60),
        engine=EngineParameters(500, 10_000, 200, 900),
        assets=tuple(ListedAsset(slot, names[slot], token.address, NO_CAP) for slot, token in tokens.items()),
        circuits=tuple(find_instance(name) for name in CIRCUITS),
    )
    return deploy_market(web3, settings, keys=KEYS)


def now(web3):
    return web3.eth.get_block("latest")["timestamp"]


def wait(web3, seconds):
    web3.provider.make_request("evm_increaseTime", [seconds])
    web3.provider.make_request("evm_mine", [])


def published(market, eth="2000"):
    """Publish a snapshot of now, with a price of ETH as collateral and index; its rows stay what they are."""
    parts = snapshot(timestamp=now(market.web3)).parts
    prices = (*parts.prices[:2], Decimal(eth))
    index = (Decimal(eth), parts.index_prices[1])
    asked = Snapshot.commit(replace(parts, index_prices=index, prices=prices))
    domain = Domain(market.deployment.chain_id, market.feed.address)
    signatures = Signatures(domain, SnapshotMessage.of(asked), ())
    for one in SIGNERS:
        signatures = signatures.with_signature(sign_snapshot(asked, one, domain))
    market.feed.publish(asked, signatures)
    return asked


def gas_of_latest(web3):
    return sum(
        web3.eth.get_transaction_receipt(one)["gasUsed"]
        for one in web3.eth.get_block("latest")["transactions"]
    )
