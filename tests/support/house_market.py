"""A market of the new contracts on a local chain, with real circuits and its participants' steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.local_market import ORACLES, now, publish, wait
from support.margin_values import KEYS, snapshot
from zkmargin import Snapshot, spec
from zkmargin.account.account import new_view_key
from zkmargin.chain import connect
from zkmargin.clearing import (
    Ledger,
    follow,
    plan_attestation,
    plan_batch,
    prove_attestation,
    prove_plan,
)
from zkmargin.clearing.draft import SignedOrder
from zkmargin.contracts import Batches, BatchVerifier
from zkmargin.contracts.auctions import AuctionParameters, Auctions, Started
from zkmargin.contracts.collateral_vault import CASH, CollateralVault, Listing
from zkmargin.contracts.first_loss import FirstLoss
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.house import House
from zkmargin.contracts.house_events import BatchSettled, SealedViewKey
from zkmargin.contracts.house_values import HouseContracts, HouseParameters
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.oracle_feed import FeedSettings, OracleFeed, PriceLimits
from zkmargin.contracts.settled import settled_content
from zkmargin.contracts.timelock import Timelock
from zkmargin.contracts.token import DemoToken, Token
from zkmargin.contracts.wind_down import WindDown
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.batch_instances import (
    OPEN,
    TAKE_OVER,
    WITHDRAW,
    BatchCircuits,
    batch_circuits,
    claim_circuits,
)
from zkmargin.proofs.circuit_keys import build_circuit
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proofs.instances import find_circuit
from zkmargin.proofs.margin_prover import MarginProver
from zkmargin.proofs.owner_proofs import OwnerProver
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.settlement.deploy.deployment import Addresses, DeployedAsset, DeployedCircuit, Deployment
from zkmargin.settlement.market import Market
from zkmargin.settlement.openings import account_of
from zkmargin.spec import owner_steps
from zkmargin.spec.eddsa import trading_key
from zkmargin.spec.orders import Holder, order_message

MICRO = 10**6
NOBODY = "0x" + "00" * 20
VENUE_SECRET = keccak(b"venue's key for view keys")
PEOPLE = tuple(EthAccount.from_key(keccak(b"house" + bytes([n]))) for n in range(6))
VENUE, ALICE, BOB, CAROL, DAVE, ERIN = PEOPLE
SMALL = ("match_1", "upkeep_1", "health_1x12")
CLAIM, DISCLOSURE = "claim_13", "disclosure_13"
INITIAL_BPS, MAINTENANCE_BPS = 12_500, 10_000
NOTICE = 601


def small_circuits() -> BatchCircuits:
    """Return the smallest circuits of batches."""
    every = batch_circuits()
    kinds = ("match", "quote", "upkeep", "health")
    return BatchCircuits(
        **{kind: tuple(one for one in getattr(every, kind) if one.name in SMALL) for kind in kinds}
    )


@cache
def keys():
    """Return the verification keys of the market's circuits by name; missing ones are built."""
    claims = [one for one in claim_circuits() if one.name == CLAIM]
    wanted = [*small_circuits().all, OPEN, WITHDRAW, TAKE_OVER, *claims, find_circuit(DISCLOSURE)]
    return {one.name: build_circuit(one, KEYS)[1].key for one in wanted}


@dataclass
class Owner:
    """An owner with a chain key, a trading key and the opening of its account."""

    chain: EthAccount
    account: spec.Account
    secret: bytes

    @property
    def number(self) -> int:
        return self.account.number


@dataclass
class HouseMarket:
    """A deployed market; the node's first account deploys it and is its guardian."""

    url: str
    usd: DemoToken
    eth: DemoToken
    vault: CollateralVault
    feed: OracleFeed
    house: House
    auctions: Auctions
    first_loss: FirstLoss
    fund: InsuranceFund
    wind_down: WindDown
    ledger: Ledger
    prover: OwnerProver
    asked: Snapshot = field(init=False)
    opened: dict[int, spec.Account] = field(default_factory=dict)

    @property
    def web3(self):
        return self.house.web3

    @property
    def market(self) -> Market:
        """The market as participants connect to it."""
        contracts = self.house.contracts
        addresses = Addresses(
            timelock=contracts.timelock,
            guardian=contracts.guardian,
            feed=contracts.feed,
            vault=contracts.vault,
            insurance_fund=contracts.insurance_fund,
            first_loss=contracts.first_loss,
            batch_verifier=Batches(self.web3, contracts.batches).verifier,
            batches=contracts.batches,
            house=self.house.address,
            auctions=self.auctions.address,
            wind_down=self.wind_down.address,
        )
        assets = DeployedAsset(2, "ETH", self.eth.address), DeployedAsset(CASH, "USD", self.usd.address)
        circuits = {name: DeployedCircuit("0" * 64, fingerprint(key)) for name, key in keys().items()}
        chain, venue_key = self.web3.eth.chain_id, trading_key(VENUE_SECRET)
        return Market(self.web3, Deployment(chain, 0, addresses, assets, circuits, venue_key, {}))

    def acting(self, client, key):
        """Return a client of the same contract whose transactions a key signs."""
        return type(client)(connect(self.url, key=key), client.address)

    def publish(self, eth: str = "2000", **marks: int) -> spec.Snapshot:
        """Publish a snapshot of the present time; marks by instrument, in micro-quote per lot."""
        latest = self.feed.latest()
        if latest is not None and latest[1] >= now(self.web3):
            wait(self.web3, 1)
        parts = snapshot(timestamp=now(self.web3)).parts
        prices = (*parts.prices[:2], Decimal(eth))
        index = (Decimal(eth), parts.index_prices[1])
        rows = {
            number: replace(row, slots=(*row.slots[:16], marks[f"mark_{number}"], *row.slots[17:]))
            if f"mark_{number}" in marks
            else row
            for number, row in parts.rows.items()
        }
        self.asked = Snapshot.commit(replace(parts, rows=rows, index_prices=index, prices=prices))
        publish(self.feed, self.asked)
        return self.asked.spec

    # --- steps of owners

    def join(self, key, *, cash: int = 0, eth: int = 0) -> Owner:
        """Register, open and fund an account; its funds wait."""
        house = self.acting(self.house, key)
        number = house.register()
        secret = keccak(key.key + b"trading")
        new = spec.Account(
            int(key.address, 16), number, trading_key(secret), new_view_key(), 0, 0, spec.NO_AMOUNTS, ()
        )
        proof = self.prover.open(new, self.house.context("open", number, key.address))
        ephemeral, sealed = owner_steps.seal_view_key(
            new.view_key, trading_key(VENUE_SECRET), 5, fast_hasher()
        )
        house.open(number, proof, new.key, SealedViewKey(sealed, ephemeral))
        self.ledger.add(new)
        self.opened[number] = new
        owner = Owner(key, new, secret)
        for asset, amount in ((CASH, cash), (2, eth)):
            if amount:
                self.deposit(owner, asset, amount)
        return owner

    def deposit(self, owner: Owner, asset: int, amount: int) -> int:
        self.approve(owner.chain, self.vault.address)
        return self.acting(self.house, owner.chain).deposit(owner.number, asset, amount)

    def approve(self, key, spender: str) -> None:
        for token in (self.usd, self.eth):
            Token(connect(self.url, key=key), token.address).approve(spender, 2**255)

    def order(self, owner: Owner, side, instrument: int, limit: int, *, most: int = 100) -> SignedOrder:
        time = now(self.web3)
        terms = spec.Order(instrument, side, most, limit, 24 * (time // 24), time + 3600, 10)
        holder = Holder(self.house.domain, owner.account.owner, owner.number)
        message = order_message(terms, holder, fast_hasher())
        return SignedOrder(owner.number, terms, spec.sign(owner.secret, message, fast_hasher()))

    def holdings(self, *owners: Owner) -> dict[int, tuple[int, int]]:
        """Return what owners have outside of the market by account number: micro-quote and micro-ETH."""
        return {
            one.number: (
                self.usd.balance_of(one.chain.address),
                self.eth.balance_of(one.chain.address) // 10**12,
            )
            for one in owners
        }

    # --- the venue

    def commitments(self, *owners: Owner) -> dict[int, int]:
        """Return the commitments on the chain by account number."""
        numbers = [one.number for one in owners]
        records = self.house.accounts(numbers)
        return {number: record.commitment for number, record in zip(numbers, records, strict=True)}

    def draft(self, *, reduce_only: bool = False):
        return self.ledger.draft(self.asked.spec, now(self.web3), reduce_only=reduce_only)

    def prove(self, draft):
        return prove_plan(plan_batch(draft, self.house.requirement_bps(draft), small_circuits()), keys=KEYS)

    def settle(self, draft) -> int:
        """Prove and settle a batch; returns the gas used."""
        batch = self.prove(draft)
        gas = self.acting(self.house, VENUE).settle(batch)
        self.ledger.settle(draft)
        return gas

    def follow(self, owner: Owner, since: int) -> None:
        """Let an owner rebuild its account from the house's events alone."""
        for event in self.house.changes(since, self.web3.eth.block_number):
            if isinstance(event, BatchSettled):
                content = settled_content(event.content)
                last = content.accounts.get(owner.number)
                if last is not None:
                    owner.account = follow(owner.account, last, content.operations, snapshot=self.asked.spec)

    # --- anybody

    def start(self, account: spec.Account) -> None:
        """Disclose an account and start its auction."""
        proof = MarginProver(keys=KEYS).prove(
            account_of(account, self.asked),
            self.asked,
            context=self.auctions.context(account.number),
            disclose=True,
            instance=DISCLOSURE,
            allow_unhealthy=True,
        )
        elements = spec.opening_elements(account, proof.instance.shape.positions)
        self.auctions.start(account.number, proof, elements)

    def bid(self, key, started: Started, limit: int) -> Owner:
        """Buy an account as a bidder who knows its opening from the chain alone."""
        opening = spec.account_of(started.opening)
        secret = keccak(key.key + b"another trading key")
        context = self.house.context("takeOver", opening.number, key.address)
        taken, proof = self.prover.take_over(
            opening, int(key.address, 16), trading_key(secret), trading_key(VENUE_SECRET), context
        )
        self.approve(key, self.vault.address)
        self.acting(self.auctions, key).bid(opening.number, limit, proof)
        return Owner(key, taken, secret)

    def mine(self, blocks: int) -> None:
        self.web3.provider.make_request("anvil_mine", [hex(blocks)])

    def live(self, seconds: int, **values) -> None:
        """Let live time pass, with a snapshot at the end of each gap that counts in full."""
        gap = self.feed.settings.max_gap
        for _ in range(-(-seconds // gap)):
            wait(self.web3, gap)
            self.publish(**values)

    def attestation(self, *accounts: spec.Account, bps: int = MAINTENANCE_BPS):
        plan = plan_attestation(
            accounts, self.asked.spec, bps, domain=self.house.domain, circuits=small_circuits()
        )
        return prove_attestation(plan, keys=KEYS)


def deploy(url: str, *, max_gap: int = 600) -> HouseMarket:
    """Deploy a market and give its participants tokens.

    The live clock counts a gap between snapshots up to `max_gap` seconds.
    """
    web3 = connect(url)
    admin = web3.eth.accounts[0]
    usd, eth = DemoToken.deploy(web3, "USD", 6), DemoToken.deploy(web3, "ETH", 18)
    for key in PEOPLE:
        web3.provider.make_request("anvil_setBalance", [key.address, hex(10**20)])
        for token in (usd, eth):
            token.mint(10**6 * 10**token.decimals, key.address)
    timelock = Timelock.deploy(web3, 2 * 86_400, [admin], [NOBODY])
    guardian = Guardian.deploy(web3, timelock.address, admin)
    feed = OracleFeed.deploy(
        web3,
        FeedSettings(timelock.address, guardian.address, 2 * 86_400, 3600, max_gap, 3600),
        [one.address for one in ORACLES],
        2,
        [PriceLimits(1, 2**63, 5000), PriceLimits(1, 2**63, 5000)],
        ["USDC", "DOGE", "ETH"],
    )
    listings = [Listing(CASH, usd.address, 10**13), Listing(2, eth.address, 10**13)]
    vault = CollateralVault.deploy(web3, timelock.address, listings)
    fund, first_loss = InsuranceFund.deploy(web3, usd.address), FirstLoss.deploy(web3, usd.address)
    verifier = BatchVerifier.deploy(web3, keys())
    batches = Batches.deploy(web3, verifier.address, small_circuits().all)
    house = House.deploy(
        web3,
        HouseContracts(
            vault.address,
            feed.address,
            batches.address,
            guardian.address,
            fund.address,
            first_loss.address,
            timelock.address,
        ),
        VENUE.address,
        trading_key(VENUE_SECRET),
        HouseParameters(INITIAL_BPS, 3600, 86_400, 1800, 600, 0),
    )
    vault.set_operator(house.address)
    first_loss.set_house(house.address)
    auctions = Auctions.deploy(web3, house.address, [DISCLOSURE], AuctionParameters(500, 10_000, 200, 900))
    wind_down = WindDown.deploy(web3, house.address, auctions.address, [CLAIM])
    house.set_engine(auctions.address)
    house.set_wind_down(wind_down.address)
    claims = tuple(one for one in claim_circuits() if one.name == CLAIM)
    prover = OwnerProver(CircuitProver(keys=KEYS), claims=claims)
    return HouseMarket(
        url, usd, eth, vault, feed, house, auctions, first_loss, fund, wind_down, Ledger(house.domain), prover
    )


__all__ = ["NOTICE", "HouseMarket", "Owner", "deploy", "now", "wait"]
