"""A market in batches on a local chain, with as many owners as wanted: the place of ``market_gas.py``."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from eth_account import Account as EthAccount
from eth_hash.auto import keccak

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.margin_values import snapshot  # noqa: E402  # the tests' snapshot
from zkmargin import Snapshot, spec  # noqa: E402
from zkmargin.chain import connect  # noqa: E402
from zkmargin.clearing import Ledger, SignedOrder  # noqa: E402
from zkmargin.contracts import Batches, BatchVerifier  # noqa: E402
from zkmargin.contracts.auctions import Auctions  # noqa: E402
from zkmargin.contracts.collateral_vault import CASH, CollateralVault, Listing  # noqa: E402
from zkmargin.contracts.first_loss import FirstLoss  # noqa: E402
from zkmargin.contracts.guardian import Guardian  # noqa: E402
from zkmargin.contracts.house import House  # noqa: E402
from zkmargin.contracts.house_events import SealedViewKey  # noqa: E402
from zkmargin.contracts.house_values import HouseContracts, HouseParameters  # noqa: E402
from zkmargin.contracts.insurance_fund import InsuranceFund  # noqa: E402
from zkmargin.contracts.oracle_feed import FeedSettings, OracleFeed, PriceLimits  # noqa: E402
from zkmargin.contracts.timelock import Timelock  # noqa: E402
from zkmargin.contracts.token import DemoToken, Token  # noqa: E402
from zkmargin.native_hash import fast_hasher  # noqa: E402
from zkmargin.proofs.batch_instances import (  # noqa: E402
    OPEN,
    TAKE_OVER,
    WITHDRAW,
    BatchCircuits,
    batch_circuits,
    claim_circuits,
)
from zkmargin.proofs.circuit_keys import PublishedCircuit, build_circuit  # noqa: E402
from zkmargin.proofs.circuit_prover import CircuitProver  # noqa: E402
from zkmargin.proofs.instances import Instance, find_instance  # noqa: E402
from zkmargin.proofs.margin_proof import MarginProof  # noqa: E402
from zkmargin.proofs.opening import opening_point  # noqa: E402
from zkmargin.proofs.owner_proofs import OwnerProver  # noqa: E402
from zkmargin.proofs.statement import Statement  # noqa: E402
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage  # noqa: E402
from zkmargin.snapshot.signer import sign_snapshot  # noqa: E402
from zkmargin.spec import owner_steps  # noqa: E402
from zkmargin.spec.eddsa import trading_key  # noqa: E402
from zkmargin.spec.orders import Holder, order_message  # noqa: E402

MICRO = 10**6
BTC, MARK = 4096, 45 * MICRO
NOBODY = "0x" + "00" * 20
VENUE = EthAccount.from_key(keccak(b"venue"))
VENUE_SECRET = keccak(b"venue's key for view keys")
ORACLES = sorted(
    (EthAccount.from_key(keccak(b"oracle" + bytes([n]))) for n in range(3)),
    key=lambda one: int(one.address, 16),
)
BATCHES = ("match_1", "match_15", "upkeep_1", "upkeep_10", "health_1x12", "health_4x13", "health_24x13")
"""The circuits of batches that the market deploys."""
CLAIM, DISCLOSURE = "claim_13", "disclosure_13"
CASH_OF_EACH, BOND = 5000 * MICRO, 10 * MICRO

AnyClient = TypeVar("AnyClient", bound=Any)


@dataclass(frozen=True)
class AuctionTerms:
    """Discount, gain and fee in 1/10 000, and the seconds of each stage."""

    terms: tuple[int, int, int, int] = (500, 10_000, 200, 900)

    def arguments(self) -> tuple[int, ...]:
        return self.terms


@dataclass
class Owner:
    """An owner with a chain key and an account."""

    chain: Any
    number: int
    secret: bytes
    sequence: int = 0


@dataclass
class Market:
    """A deployed market. Any key pays for transactions, as balances are set."""

    url: str
    keys: Path
    names: dict[str, str]
    usd: DemoToken
    vault: CollateralVault
    feed: OracleFeed
    house: House
    auctions: Auctions
    ledger: Ledger
    owners: OwnerProver
    circuits: CircuitProver
    asked: Snapshot = field(init=False)

    @property
    def web3(self) -> Any:
        return self.house.web3

    def acting(self, client: AnyClient, key: Any) -> AnyClient:
        """Return a client of the same contract whose transactions a key signs."""
        return type(client)(connect(self.url, key=key), client.address)

    @property
    def now(self) -> int:
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def wait(self, seconds: int) -> None:
        self.web3.provider.make_request("evm_setNextBlockTimestamp", [self.now + seconds])
        self.web3.provider.make_request("evm_mine", [])

    def publish(self, mark: int = MARK) -> None:
        """Publish a snapshot of the present time, a second at least after the last one."""
        self.wait(1)
        parts = snapshot(timestamp=self.now).parts
        row = parts.rows[BTC]
        rows = {**parts.rows, BTC: replace(row, slots=(*row.slots[:16], mark, *row.slots[17:]))}
        self.asked = Snapshot.commit(replace(parts, rows=rows))
        domain = Domain(self.web3.eth.chain_id, self.feed.address)
        signatures = Signatures(domain, SnapshotMessage.of(self.asked), ())
        for one in ORACLES[:2]:
            signatures = signatures.with_signature(sign_snapshot(self.asked, one, domain))
        self.feed.publish(self.asked, signatures)

    def join(self, name: bytes) -> Owner:
        """Register, open and fund an account and leave its bond; its cash waits."""
        chain = EthAccount.from_key(keccak(name))
        fund(self.web3, self.usd, chain)
        Token(connect(self.url, key=chain), self.usd.address).approve(self.vault.address, 2**255)
        house = self.acting(self.house, chain)
        number, secret = house.register(), keccak(name + b"trading")
        key, owner = trading_key(secret), int(chain.address, 16)
        view_key = int.from_bytes(keccak(name + b"view")[1:], "big")
        new = spec.Account(owner, number, key, view_key, 0, 0, spec.NO_AMOUNTS, ())
        proof = self.owners.open(new, house.context("open", number, chain.address))
        ephemeral, sealed = owner_steps.seal_view_key(view_key, trading_key(VENUE_SECRET), 5, fast_hasher())
        house.open(number, proof, key, SealedViewKey(sealed, ephemeral))
        house.post_bond(number)
        house.deposit(number, CASH, CASH_OF_EACH)
        self.ledger.add(new)
        return Owner(chain, number, secret)

    def order(self, owner: Owner, side: spec.Side, lots: int) -> SignedOrder:
        """Sign an order with the owner's next sequence, at the mark."""
        owner.sequence = max(owner.sequence + 1, 24 * (self.now // 24))
        terms = spec.Order(BTC, side, lots, MARK, owner.sequence, self.now + 3600, 10)
        holder = Holder(self.house.domain, int(owner.chain.address, 16), owner.number)
        message = order_message(terms, holder, fast_hasher())
        return SignedOrder(owner.number, terms, spec.sign(owner.secret, message, fast_hasher()))

    def disclosed(self, account: spec.Account) -> tuple[MarginProof, tuple[int, ...]]:
        """Return a disclosure of an account for the start of its auction, and the elements of its opening."""
        instance, hasher = find_instance(DISCLOSURE), fast_hasher()
        context = self.auctions.context(account.number)
        elements = spec.opening_elements(account, instance.shape.positions)
        point = opening_point(spec.commitment(account, hasher), elements)
        inputs = spec.disclosure_inputs(
            account, self.asked.spec, instance.shape, context, point, hasher=hasher
        )
        commitment, root, shown, _ = inputs.public
        signals = spec.PublicSignals(int(shown.healthy(10_000)), commitment, root, 10_000, context)
        statement = Statement(instance, signals, None, disclosed=shown)
        proof, keys = self.circuits.prove(instance, inputs.signals, statement.public)
        return MarginProof(statement, proof, keys.key), elements


def of_batches() -> BatchCircuits:
    """Return the market's circuits of batches."""
    every = batch_circuits()
    kinds = ("match", "quote", "upkeep", "health")
    return BatchCircuits(
        **{kind: tuple(one for one in getattr(every, kind) if one.name in BATCHES) for kind in kinds}
    )


def deployed_circuits() -> list[PublishedCircuit | Instance]:
    """Return all circuits whose keys the market's verifier has."""
    claims = [one for one in claim_circuits() if one.name == CLAIM]
    return [*of_batches().all, OPEN, WITHDRAW, TAKE_OVER, *claims, find_instance(DISCLOSURE)]


def fund(web3: Any, usd: DemoToken, key: Any) -> None:
    web3.provider.make_request("anvil_setBalance", [key.address, hex(10**20)])
    usd.mint(10**6 * 10**usd.decimals, key.address)


def deploy(url: str, keys: Path) -> Market:
    """Deploy a market; missing keys are built first. The node's first account is its guardian.

    A block comes a second after the last one, however long proofs take, and values that are random in a real market are
    not: so one run makes the same batches as another.
    """
    known = {one.name: build_circuit(one, keys)[1].key for one in deployed_circuits()}
    web3 = connect(url)
    web3.provider.make_request("anvil_setBlockTimestampInterval", [1])  # type: ignore[arg-type]  # not web3's
    admin = web3.eth.accounts[0]
    usd, eth = DemoToken.deploy(web3, "USD", 6), DemoToken.deploy(web3, "ETH", 18)
    fund(web3, usd, VENUE)
    timelock = Timelock.deploy(web3, 2 * 86_400, [admin], [NOBODY])
    guardian = Guardian.deploy(web3, timelock.address, admin)
    limits = [PriceLimits(1, 2**63, 5000)] * 2
    settings = FeedSettings(timelock.address, guardian.address, 2 * 86_400, 3600, 600, 3600)
    signers = [one.address for one in ORACLES]
    feed = OracleFeed.deploy(web3, settings, signers, 2, limits, ["USDC", "DOGE", "ETH"])
    listings = [Listing(CASH, usd.address, 10**13), Listing(2, eth.address, 10**13)]
    vault = CollateralVault.deploy(web3, timelock.address, listings)
    insurance, tranche = InsuranceFund.deploy(web3, usd.address), FirstLoss.deploy(web3, usd.address)
    verifier = BatchVerifier.deploy(web3, known)
    batches = Batches.deploy(web3, verifier.address, of_batches().all)
    parts = (vault, feed, batches, guardian, insurance, tranche, timelock)
    contracts = HouseContracts(*(one.address for one in parts))
    parameters = HouseParameters(12_500, 3600, 86_400, 1800, 600, BOND)
    house = House.deploy(web3, contracts, VENUE.address, trading_key(VENUE_SECRET), parameters)
    vault.set_operator(house.address)
    tranche.set_house(house.address)
    auctions = Auctions.deploy(web3, house.address, [DISCLOSURE], AuctionTerms())  # type: ignore[arg-type]
    house.set_engine(auctions.address)
    names = {verifier.address: "verifier", batches.address: "batches", house.address: "house"}
    prover = CircuitProver(keys=keys)
    named = {address.lower(): name for address, name in names.items()}
    claims = tuple(one for one in claim_circuits() if one.name == CLAIM)
    owners = OwnerProver(prover, claims=claims)
    return Market(url, keys, named, usd, vault, feed, house, auctions, Ledger(house.domain), owners, prover)
