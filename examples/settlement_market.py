"""The market of the demo on a local chain: test tokens, three oracle signers, all contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_account import Account as SigningKey
from web3 import Web3

from zkmargin import Snapshot, load_collateral, load_model
from zkmargin.chain import connect
from zkmargin.contracts.auctions import AuctionParameters
from zkmargin.contracts.house_values import HouseParameters
from zkmargin.contracts.oracle_feed import OracleFeed, PriceLimits
from zkmargin.contracts.token import DemoToken
from zkmargin.settlement import connect_market
from zkmargin.settlement.deploy.circuit_list import MarketCircuits
from zkmargin.settlement.deploy.deploy import deploy_market
from zkmargin.settlement.deploy.parts import ListedAsset, OracleSettings, TimelockSettings
from zkmargin.settlement.deploy.settings import MarketSettings
from zkmargin.snapshot.signatures import Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot
from zkmargin.spec import CASH

if TYPE_CHECKING:
    from decimal import Decimal

    from eth_account.signers.local import LocalAccount

    from zkmargin.settlement import Market
    from zkmargin.settlement.deploy import Deployment
    from zkmargin.spec import TradingKey
    from zkmargin.venue_data import VenueData

__all__ = ["CIRCUITS", "DAY", "HOUR", "MINUTE", "Place"]

MINUTE, HOUR, DAY = 60, 3600, 86_400
CIRCUITS = MarketCircuits.of(("match_1", "upkeep_1", "health_1x12", "claim_13", "disclosure_13"))
"""The smallest circuits that make a market; a venue takes larger ones, which cost less gas per account and fill."""
DECIMALS = {"BTC": 8, "ETH": 18, "USD": 6}
NO_CAP = 2**64
ETHER = 10**18


class Place:
    """A local chain with a market, its oracle signers and its clock.

    Parameters
    ----------
    url : str
        A node that funds any account on request, such as anvil.
    venue_data : VenueData
        The prices at the start.
    venue_key : TradingKey
        The key that view keys are sealed to.
    """

    def __init__(self, url: str, venue_data: VenueData, venue_key: TradingKey) -> None:
        self.url, self.web3 = url, connect(url)
        self._oracles = [SigningKey.create() for _ in range(3)]
        self.venue = self.new_key()
        self._published: dict[int, Snapshot] = {}
        self._tokens = {
            name: DemoToken.deploy(self.web3, name, decimals) for name, decimals in DECIMALS.items()
        }
        self.deployment: Deployment = deploy_market(self.web3, self._settings(venue_data, venue_key))

    def new_key(self) -> LocalAccount:
        """Return a new key whose address can pay for transactions."""
        key: LocalAccount = SigningKey.create()
        self.web3.provider.make_request("anvil_setBalance", [key.address, hex(100 * ETHER)])
        return key

    def connect(self, key: LocalAccount) -> Market:
        """Connect to the market with a key."""
        return connect_market(self.url, self.deployment, key)

    def give(self, key: LocalAccount, name: str, amount: Decimal) -> None:
        """Mint tokens for a key's address."""
        token = self._tokens[name]
        token.mint(int(amount * 10**token.decimals), key.address)

    def balance(self, key: LocalAccount, name: str) -> float:
        """Return the token balance of a key's address, in whole tokens."""
        token = self._tokens[name]
        return token.balance_of(key.address) / 10**token.decimals

    def time(self) -> int:
        """Return the chain's time."""
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def gas_of(self, sender: str, since: int) -> int:
        """Return the gas of an address's transactions after a block."""
        eth, gas = self.web3.eth, 0
        for number in range(since + 1, eth.block_number + 1):
            for sent in eth.get_block(number, full_transactions=True)["transactions"]:
                if not isinstance(sent, bytes) and sent["from"] == sender:
                    gas += int(eth.get_transaction_receipt(sent["hash"])["gasUsed"])
        return gas

    def find(self, root: int) -> Snapshot | None:
        """Return a published snapshot, for participants who follow expired positions."""
        return self._published.get(root)

    def wait(self, seconds: int) -> None:
        """Advance the chain's clock."""
        self.web3.provider.make_request("evm_increaseTime", [seconds])
        self.mine(1)

    def mine(self, blocks: int) -> None:
        """Make blocks."""
        self.web3.provider.make_request("anvil_mine", [hex(blocks)])

    def publish(self, venue_data: VenueData) -> Snapshot:
        """Build a snapshot, have two of three oracles sign it, and publish it."""
        snapshot = Snapshot.build(venue_data, load_model("span"), collateral=load_collateral())
        feed = OracleFeed(self.web3, self.deployment.addresses.feed)
        signatures = Signatures(feed.domain, SnapshotMessage.of(snapshot), ())
        for key in self._oracles[:2]:
            signatures = signatures.with_signature(sign_snapshot(snapshot, key, feed.domain))
        feed.publish(snapshot, signatures)
        self._published[snapshot.root] = snapshot
        return snapshot

    def _settings(self, venue_data: VenueData, venue_key: TradingKey) -> MarketSettings:
        collateral = [one.asset for one in load_collateral()]
        slots = {collateral.index("BTC"): "BTC", collateral.index("ETH"): "ETH", CASH: venue_data.quote}
        someone = Web3.to_checksum_address(self.web3.eth.accounts[0])
        limits = tuple(PriceLimits(1, 2**64 - 1, 1000) for _ in venue_data.underlyings)
        return MarketSettings(
            venue=self.venue.address,
            venue_key=venue_key,
            guardian=someone,
            timelock=TimelockSettings(2 * DAY, (someone,), (someone,)),
            oracle=OracleSettings(
                signers=tuple(key.address for key in self._oracles),
                threshold=2,
                delay=2 * DAY,
                max_age=10 * MINUTE,
                max_gap=HOUR,
                breaker_period=2 * HOUR,
                underlyings=tuple(one.name for one in venue_data.underlyings),
                limits=limits,
                collateral=tuple(collateral),
            ),
            house=HouseParameters(
                initial_bps=12_500,
                max_snapshot_age=HOUR,
                heartbeat=DAY,
                grace=30 * MINUTE,
                cooldown=HOUR,
                bond=25 * 10**6,
            ),
            auctions=AuctionParameters(discount_bps=500, gain_bps=10_000, fee_bps=200, fall_time=15 * MINUTE),
            assets=tuple(
                ListedAsset(slot, name, self._tokens[name].address, NO_CAP)
                for slot, name in sorted(slots.items())
            ),
            circuits=CIRCUITS,
        )
