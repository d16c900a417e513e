"""Values of every format that has a JSON schema: with each of its fields, and without each optional one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.margin_values import account, snapshot
from support.order_values import HOLDER, secret
from zkmargin import Account, Context, GreekLimits, Snapshot
from zkmargin.ceremony.description import CeremonyCircuit, Description, PhaseOne
from zkmargin.documents.fields import Field
from zkmargin.orders import (
    Fill,
    Fills,
    Order,
    Quote,
    Sheet,
    SignedOrder,
    SignedSheet,
    SigningKey,
    sign_order,
    sign_sheet,
)
from zkmargin.proofs.account_statement import NOBODY, AccountStatement, SignedStatement
from zkmargin.proofs.batch_instances import STEPS
from zkmargin.proofs.instances import find_instance
from zkmargin.proofs.statement import Statement
from zkmargin.proofs.statement_signer import sign_statement
from zkmargin.proving.artifacts import Proof
from zkmargin.risk.collateral import CollateralAsset
from zkmargin.risk.haircuts import HaircutTier
from zkmargin.risk.model import Model, read_model
from zkmargin.settlement.deploy.deployment import Addresses, DeployedAsset, DeployedCircuit, Deployment
from zkmargin.snapshot import Listing
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot
from zkmargin.solvency import SolvencyChunk, SolvencyReport
from zkmargin.spec import (
    NO_ORDERS,
    STANDARD,
    WIDE,
    Disclosed,
    OrderFill,
    PublicSignals,
    Row,
    Side,
    TradingKey,
)
from zkmargin.spec.eddsa import trading_key
from zkmargin.venue_data import (
    Estimate,
    Exclusion,
    Expired,
    Future,
    Option,
    Perpetual,
    Right,
    Spot,
    Underlying,
    VenueData,
)

NOW = 1_700_000_000
LATER = NOW + 86_400
ADDRESS = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
FINGERPRINT = "k7f3-9xq2-mh4d-w8tz"


def _model(kinds: tuple[str, str]) -> Model:
    """Return a model with tiers for the first kind of two, and for the second in BTC's own ranges."""
    rates = {"index": "0.5", "mark": "-0.25", "delta": "1", "out_of_the_money": "0.1", "delta_years": "0.2"}
    terms = [rates]
    plain = {"short": terms, "add_on": terms}
    tiers = [{"up_to": "10", "rate": "0"}, {"up_to": "20", "rate": "0.5"}]
    tiered = {"short": terms, "tiers": tiers, "position_limit": "15"}
    ranges = {
        "price_scan_range": "0.25",
        "volatility_scan_range": "0.5",
        "volatility_term_powers": ["0.3", "1"],
        "volatility_terms": [{"days": "0", "range": "1.5", "points": "0"}],
        "volatility_points": "0.2",
    }
    default, own = ({**ranges, "charges": {one: tiered, other: plain}} for one, other in (kinds, kinds[::-1]))
    document = {
        "name": "own",
        "look_ahead_days": "1",
        "initial_bps": "12500",
        "scenarios": [
            {"price": "1/3", "volatility": "-1", "cover": "1/2"},
            {"move": "-1/2", "volatility": "2/3", "cover": "1"},
            {"move": "1/2", "volatility": "0", "cover": "1/2 range"},
            {"price": "1/3", "points": "-1", "cover": "1/2"},
            {"move": "-1/2", "points": "2/3", "cover": "1"},
            {"delta": "-1/4", "cover": "1/2"},
        ],
        "default": default,
        "underlyings": {"BTC": own},
    }
    return read_model(Field(document, "model"))


EXCLUSIONS = (Exclusion("A", "no mark"), Exclusion("B", "no mark", "ETH", 7, LATER))


def _venue_data() -> VenueData:
    two, lot = Decimal(2), Decimal("0.1")
    instruments = (
        Perpetual("P", 0, lot, two, Decimal("-0.5"), two, two),
        Future("F", 1, lot, LATER, two, two, two),
        Option("O", 2, lot, LATER, two, Right.CALL, two, two, two, two, two),
        Expired("E", 3, lot, NOW, two, NOW, NOW + 7 * 86_400),
        Spot("S", 4, lot, two),
    )
    underlyings = (Underlying("ETH", two, 5, instruments),)
    return VenueData(
        NOW,
        "USD",
        underlyings,
        EXCLUSIONS,
        (Estimate("P", "no bid", Decimal("-1.5"), (Decimal(0), Decimal("0.7"))),),
    )


def _snapshots() -> tuple[Snapshot, ...]:
    """Return a small snapshot, and two with every field."""
    parts = snapshot().parts
    model = replace(parts.model, scenarios=(), underlyings={})
    small = replace(
        parts,
        rows={1: replace(parts.rows[1], slots=(0,) * STANDARD.slots)},
        listings=parts.listings[1:2],
        model=model,
        collateral=parts.collateral[1:],
        prices=parts.prices[1:],
    )
    tiers = (HaircutTier(Decimal(10), Decimal("0.1")), HaircutTier(Decimal(20), Decimal("0.2")))
    collateral = (
        CollateralAsset("USDC", Decimal(0), peg=Decimal(1), peg_loss=Decimal("0.5"), limit=Decimal(100)),
        CollateralAsset("DOGE", Decimal("0.1"), tiers=tiers, limit=Decimal(15)),
    )
    full = replace(
        small,
        rows={1: replace(parts.rows[1], slots=(0,) * WIDE.slots), 2: Row((0,) * WIDE.slots, 0, 0)},
        layout=WIDE,
        # The funding is within the rounding of a row whose delta is its mark.
        listings=(
            replace(small.listings[0], funding=Decimal("-0.00001")),
            Listing(2, "ETH-EXPIRED", Decimal("0.1"), settled=NOW),
        ),
        collateral=collateral,
        exclusions=EXCLUSIONS,
        estimates=(Estimate("ETH-CALL", "no bid", Decimal("2.5"), (Decimal("0.6"), Decimal("0.7"))),),
    )
    models = map(_model, (("future", "perpetual"), ("perpetual", "future")))
    return tuple(Snapshot.commit(one) for one in (small, *(replace(full, model=model) for model in models)))


def _deployment() -> Deployment:
    names = Addresses.__slots__
    addresses = Addresses(**{name: f"0x{number:040}" for number, name in enumerate(names, 1)})
    word = bytes(31) + b"\1"
    circuits = {one.name: DeployedCircuit("ab" * 32, FINGERPRINT) for one in STEPS}
    return Deployment(
        chain_id=5,
        block=7,
        addresses=addresses,
        assets=(DeployedAsset(2, "ETH", ADDRESS), DeployedAsset(8, "USD", ADDRESS)),
        circuits={**circuits, "match_1": DeployedCircuit("cd" * 32, "0123-4567-89ab-cdef")},
        venue_key=trading_key(secret("formats")),
        transactions=dict.fromkeys(names, word),
    )


def _statements() -> tuple[Statement, ...]:
    context = Context(1, ADDRESS, 5, bytes(32), 2)
    signals = PublicSignals(1, 5, 3, 10_000, context.value)
    poor = signals._replace(healthy=0)
    limits = GreekLimits(Decimal(5000), Decimal("0.5"))
    return (
        Statement(find_instance("margin_13"), signals, fingerprint=FINGERPRINT),
        Statement(find_instance("limits_8"), signals, context, limits, fingerprint=FINGERPRINT),
        Statement(
            find_instance("disclosure_13"), poor, disclosed=Disclosed(-5, 6, 7, 8), fingerprint=FINGERPRINT
        ),
    )


def _signatures() -> tuple[Signatures, ...]:
    key = EthAccount.from_key(keccak(b"cow"))
    signed = snapshot()
    named = {"margin_13": FINGERPRINT, "health_1x12": "0123-4567-89ab-cdef"}
    cases = (Domain(), {}), (Domain(31337, ADDRESS), named)
    return tuple(
        Signatures(domain, SnapshotMessage.of(signed), (sign_snapshot(signed, key, domain, keys=keys),))
        for domain, keys in cases
    )


def _account_statements() -> tuple[SignedStatement, ...]:
    venue = EthAccount.from_key(keccak(b"venue"))
    said = AccountStatement(bytes(32), NOBODY, 12, 34, NOW, LATER, "https://venue.example")
    return tuple(sign_statement(said, venue, one) for one in (Domain(), Domain(31337, ADDRESS)))


def _accounts() -> tuple[Account, ...]:
    """Return an account with the required members only, and one with every field."""
    table = (OrderFill(48, 5), OrderFill(25, 0), *NO_ORDERS[2:])
    return account(), account(number=5, key=TradingKey(3, 4), slots=(0, 7, 9), orders=table)


def _orders() -> tuple[SignedOrder, ...]:
    terms = Order("ETH-PERPETUAL", Side.SELL, Decimal("0.3"), Decimal("-2000.5"), Decimal("0.25"), 49, LATER)
    return (sign_order(terms, HOLDER, SigningKey(secret("formats")), snapshot()),)


def _sheets() -> tuple[SignedSheet, ...]:
    """Return a sheet of entries with both prices, and without either."""
    prices = ((Decimal(-1), Decimal(2)), (None, Decimal(2)), (Decimal(-1), None))
    quotes = tuple(Quote("ETH-CALL", bid, ask, Decimal("0.5")) for bid, ask in prices)
    terms = Sheet(9, Decimal("0.25"), 49, LATER, quotes)
    return (sign_sheet(terms, HOLDER, SigningKey(secret("formats")), snapshot()),)


def _fills() -> tuple[Fills, ...]:
    """Return a fill of two orders, and one of a quote sheet."""
    terms = Decimal("0.5"), Decimal("-2000.5"), Decimal("0.25"), Decimal(0)
    fills = Fill("buy.json", "orders/sell.json", *terms), Fill("sheet.json", "sell.json", *terms, 7)
    return (Fills("2026-12-01.1", fills),)


def _reports() -> tuple[SolvencyReport, ...]:
    """Return a report with a negative total, and one with lots that are not 0."""
    report = SolvencyReport(5, 10_000, 7, 3, 20, 1, 9, -11, tuple(range(8)))
    return report, replace(report, cash=13, lots=17)


def _chunks() -> tuple[SolvencyChunk, ...]:
    proof = Proof((1, 2), ((3, 4), (5, 6)), (7, 8))
    return (SolvencyChunk("solvency_8x2", tuple(range(8)), 9, 10, proof),)


def _account_with_entry() -> dict[str, Any]:
    document = account().to_json()
    document["positions"][0]["entryPrice"] = "2000.5"
    return document


BY_HAND = {"account": (_account_with_entry(),)}
"""Documents with members that are read and never written, by the schema's name."""


def _ceremony() -> Description:
    circuits = (
        CeremonyCircuit("margin_13", "12" * 32, "34" * 64),
        CeremonyCircuit("open", "56" * 32, "78" * 64),
    )
    return Description(PhaseOne("powersOfTau28_hez_final_16.ptau", "9a" * 64), 3, circuits)


FORMATS: dict[str, tuple[Any, ...]] = {
    "account": _accounts(),
    "account-statement": _account_statements(),
    "ceremony": (_ceremony(),),
    "deployment": (_deployment(),),
    "fills": _fills(),
    "order": _orders(),
    "proof": _statements(),
    "sheet": _sheets(),
    "signatures": _signatures(),
    "snapshot": _snapshots(),
    "solvency": _reports(),
    "solvency-chunk": _chunks(),
    "venue-data": (_venue_data(),),
}
"""By the schema's name; every value has `save`, and its class `load`."""
