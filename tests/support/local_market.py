"""A small market on a local chain, with real circuits, for the snapshot of `margin_values`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.circuits import locked
from support.margin_values import KEYS, snapshot
from zkmargin import Snapshot
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts.token import DemoToken
from zkmargin.proofs.circuit_keys import build_circuit
from zkmargin.settlement.deploy.circuit_list import MarketCircuits
from zkmargin.settlement.deploy.deploy import deploy_market
from zkmargin.settlement.deploy.deployment import Deployment
from zkmargin.settlement.deploy.settings import MarketSettings
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot
from zkmargin.spec.eddsa import trading_key

DAY = 86_400
VENUE_SECRET = keccak(b"venue's key for view keys")
"""The secret of the venue's key, which view keys are sealed to."""
VENUE, ALICE, BOB, CAROL = (EthAccount.from_key(keccak(name)) for name in (b"venue", b"a", b"b", b"c"))
INITIAL_BPS = 12_500
CIRCUITS = ("match_1", "upkeep_1", "health_1x12", "claim_13", "disclosure_13")
"""The smallest circuits that make a market."""
ORACLES = sorted(
    (EthAccount.from_key(keccak(b"oracle" + bytes([n]))) for n in range(3)),
    key=lambda one: int(one.address, 16),
)
SETTINGS = Template("""\
guardian = "$guardian"
circuits = [$circuits]

[venue]
address = "$venue"
key = ["$venue_x", "$venue_y"]

[timelock]
min_delay = "172800"
proposers = ["$proposer"]
executors = ["0x0000000000000000000000000000000000000000"]

[oracle]
signers = [$signers]
threshold = "2"
delay = "172800"
max_age = "3600"
max_gap = "600"
breaker_period = "3600"
collateral = ["USDC", "DOGE", "ETH"]
limits = [
    { underlying = "ETH", min_price = "1", max_price = "1000000", max_move_bps = "2000" },
    { underlying = "BTC", min_price = "100", max_price = "10000000", max_move_bps = "2000" },
]

[house]
initial_bps = "12500"
max_snapshot_age = "3600"
heartbeat = "86400"
grace = "1800"
cooldown = "600"
bond = "0"

[auctions]
discount_bps = "500"
gain_bps = "10000"
fee_bps = "200"
fall_time = "900"

[cash]
asset = "USD"
token = "$usd"
cap = "10000000"

[[collateral]]
slot = "2"
asset = "ETH"
token = "$eth"
cap = "5000.5"
""")


def settings_text(accounts, usd, eth, circuits=CIRCUITS) -> str:
    """Return the settings of the market: its venue is the second account, its guardian the third."""
    venue_key = trading_key(VENUE_SECRET)
    return SETTINGS.substitute(
        guardian=accounts[2],
        venue=accounts[1],
        proposer=accounts[3],
        venue_x=venue_key.x,
        venue_y=venue_key.y,
        signers=", ".join(f'"{one.address}"' for one in ORACLES),
        circuits=", ".join(f'"{name}"' for name in circuits),
        usd=usd,
        eth=eth,
    )


@cache
def require_keys():
    """Build the keys of the market's circuits if they do not exist."""
    for one in MarketCircuits.of(CIRCUITS).all:
        build_circuit(one, KEYS)


def market_of(url, folder):
    """Give a new chain the market with funded participants, and return the market's deployment.

    The first process that needs it deploys it, and leaves the chain's state in the folder for the others.
    """
    state, deployment = folder / "state", folder / "deployment.json"
    with locked(folder):
        if not deployment.is_file():
            folder.mkdir(exist_ok=True)
            with run_anvil() as first:
                made = _deploy(first)
                state.write_text(saved(connect(first)))
            made.save(deployment)
    restore(connect(url), state.read_text())
    return Deployment.load(deployment)


def _deploy(url):
    # The node's first account is the guardian and the timelock's proposer.
    require_keys()
    web3 = connect(url)
    tokens = DemoToken.deploy(web3, "USD", 6), DemoToken.deploy(web3, "ETH", 18)
    for key in (VENUE, ALICE, BOB, CAROL):
        web3.provider.make_request("anvil_setBalance", [key.address, hex(10**20)])
        for token in tokens:
            token.mint(10**6 * 10**token.decimals, key.address)
    admin = web3.eth.accounts[0]
    parties = admin, VENUE.address, admin, admin
    with TemporaryDirectory() as folder:
        path = Path(folder) / "market.toml"
        path.write_text(settings_text(parties, *(one.address for one in tokens)))
        settings = MarketSettings.load(path)
    return deploy_market(web3, settings, keys=KEYS)


def saved(web3):
    """Return a chain's state, with its blocks and transactions, for `restore`."""
    return web3.provider.make_request("anvil_dumpState", [])["result"]


def restore(web3, state):
    """Put a chain into a state that follows its present one, or that of a new chain."""
    assert web3.provider.make_request("anvil_loadState", [state])["result"] is True


@contextmanager
def put_back(node):
    """Yield a connection to the chain, and restore the chain's state afterwards."""
    web3 = connect(node)
    before = web3.provider.make_request("evm_snapshot", [])["result"]
    yield web3
    assert web3.provider.make_request("evm_revert", [before])["result"] is True


def now(web3):
    return web3.eth.get_block("latest")["timestamp"]


def wait(web3, seconds):
    web3.provider.make_request("evm_increaseTime", [seconds])
    web3.provider.make_request("evm_mine", [])


def published(market, eth="2000"):
    """Publish a snapshot of the present time with a price of ETH, as collateral and index, and the usual rows."""
    parts = snapshot(timestamp=now(market.web3)).parts
    prices = (*parts.prices[:2], Decimal(eth))
    index = (Decimal(eth), parts.index_prices[1])
    asked = Snapshot.commit(replace(parts, index_prices=index, prices=prices))
    publish(market.feed, asked)
    return asked


def publish(feed, asked):
    """Publish a snapshot with the signatures of two oracles."""
    domain = Domain(feed.web3.eth.chain_id, feed.address)
    signatures = Signatures(domain, SnapshotMessage.of(asked), ())
    for one in ORACLES[:2]:
        signatures = signatures.with_signature(sign_snapshot(asked, one, domain))
    feed.publish(asked, signatures)


def gas_of_latest(web3):
    return sum(
        web3.eth.get_transaction_receipt(one)["gasUsed"]
        for one in web3.eth.get_block("latest")["transactions"]
    )
