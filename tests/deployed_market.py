"""A market on a local chain, for the snapshot of `margin_values`: tokens, settings, deployment."""

from __future__ import annotations

from pathlib import Path
from string import Template

from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from margin_values import KEYS
from support import margin_instance
from zkmargin.chain.token import DemoToken
from zkmargin.settlement.deploy import deploy_market
from zkmargin.settlement.settings import MarketSettings

CIRCUITS = ("margin_13", "disclosure_13")
ORACLES = sorted(
    (EthAccount.from_key(keccak(b"oracle" + bytes([n]))) for n in range(3)),
    key=lambda one: int(one.address, 16),
)
SETTINGS = Template("""\
guardian = "$guardian"
circuits = [$circuits]

[venue]
address = "$venue"
sealing_key = "$sealing_key"

[timelock]
min_delay = "172800"
proposers = ["$proposer"]
executors = ["0x0000000000000000000000000000000000000000"]

[oracle]
signers = [$signers]
threshold = "2"
delay = "172800"
max_age = "3600"
breaker_period = "3600"
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

[engine]
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


def settings_text(accounts, usd, eth, sealing_key=bytes(range(32)), circuits=CIRCUITS) -> str:
    """Return the settings of the market; of the accounts the second is the venue."""
    return SETTINGS.substitute(
        guardian=accounts[2],
        venue=accounts[1],
        proposer=accounts[3],
        sealing_key="0x" + sealing_key.hex(),
        signers=", ".join(f'"{one.address}"' for one in ORACLES),
        circuits=", ".join(f'"{name}"' for name in circuits),
        usd=usd,
        eth=eth,
    )


def deployed(web3, folder: Path, **changes):
    """Deploy tokens and a market from the first account: (deployment, dollars, ether)."""
    for name in ("transition", *CIRCUITS):
        margin_instance(name)
    usd, eth = DemoToken.deploy(web3, "USD", 6), DemoToken.deploy(web3, "ETH", 18)
    path = folder / "market.toml"
    path.write_text(settings_text(web3.eth.accounts, usd.address, eth.address, **changes))
    return deploy_market(web3, MarketSettings.load(path), keys=KEYS), usd, eth
