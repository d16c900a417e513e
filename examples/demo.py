"""Prove an account's margin to a contract, then run a day of a market that settles by proofs.

Run it with ``make demo``. Results go to standard output, progress to standard error.
"""

from __future__ import annotations

import dataclasses
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from demo_tables import progress, show, show_progress, show_timeline, step
from eth_account import Account as SigningKey
from settlement import Event, Story
from settlement_market import CIRCUITS

from zkmargin import (
    Account,
    Context,
    MarginProver,
    Requirement,
    Snapshot,
    VenueData,
    load_collateral,
    load_model,
)
from zkmargin.account.report import margin_report
from zkmargin.chain import connect, export_verifier, run_anvil
from zkmargin.contracts.margin_verifier import Claim, DemoSnapshotRegistry, MarginVerifier
from zkmargin.errors import ChainError, StatementError, ZkmarginError
from zkmargin.pages.report import render_report, write_page
from zkmargin.proofs.circuit_keys import build_circuit
from zkmargin.proofs.context import action_id
from zkmargin.proofs.instances import find_instance
from zkmargin.proving.verify import ENGINES
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import require_quorum, sign_snapshot
from zkmargin.snapshot.verify import verify_snapshot
from zkmargin.venues import import_deribit

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkmargin import MarginProof
    from zkmargin.proofs.circuit_keys import PublishedCircuit

ROOT = Path(__file__).resolve().parent.parent
CHAIN = ROOT / "examples" / "chain"
BUILD = ROOT / "build" / "demo"

POSITIONS = {
    # iron condor: short an out-of-the-money put and call, long a put and call further out
    "ETH-27MAR26-2400-P": "10",
    "ETH-27MAR26-2600-P": "-10",
    "ETH-27MAR26-3400-C": "-10",
    "ETH-27MAR26-3600-C": "10",
    # calendar spread: short the near call, long the far call
    "BTC-27MAR26-90000-C": "-0.5",
    "BTC-26JUN26-90000-C": "0.5",
    # long a perpetual, hedged with a future
    "SOL_USDC-PERPETUAL": "200",
    "SOL_USDC-24APR26": "-200",
}


def main() -> None:
    """Run every step once and print the results."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with step("venue data imported") as result:
        venue_data = import_deribit(*sorted(CHAIN.glob("*.json")))
        result.append(f"{sum(1 for _ in venue_data.instruments())} instruments")
    snapshot = sign_and_verify_snapshot(venue_data)
    account = open_account()
    with step("report page") as result:
        page = write_report(account, snapshot, venue_data)
        result.append("private: mode 0600")
    with step("circuits and development keys") as result:
        # They are built once and cached; two at a time, as circom uses one core.
        circuits = find_instance("margin_13"), *CIRCUITS.all
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(build, circuits))
        result.append(f"{len(circuits)} circuits ready")
    prover = MarginProver(progress=show_progress)
    with ExitStack() as stack:
        with step("local chain") as result:
            url = stack.enter_context(run_anvil())
            result.append("anvil")
        proof = prove_to_contract(url, prover, account, snapshot)
    show(margin_report(account, snapshot, Requirement.INITIAL), proof, page)
    show_timeline(run_market(venue_data))


def build(circuit: PublishedCircuit) -> None:
    """Compile a circuit and make its development keys, if they are missing."""
    build_circuit(circuit, progress=show_progress)


def sign_and_verify_snapshot(venue_data: VenueData) -> Snapshot:
    """Reprice the instruments under 16 scenarios, commit to the table, verify it and have oracles sign it."""
    with step("risk snapshot: SPAN, 16 scenarios") as result:
        snapshot = Snapshot.build(venue_data, load_model("span"), collateral=load_collateral())
        snapshot.save(BUILD / "snapshot.json")
        result.append(f"root {snapshot.root:#066x}"[:21] + "...")
    with step("risk snapshot verified") as result:
        # Every signer derives the snapshot again from its own venue data before it signs.
        found = verify_snapshot(snapshot, venue_data)
        if not found.holds:
            raise StatementError("the snapshot does not follow from venue data and model")
        result.append(f"{found.rows} rows, {found.values:,} values: all equal")
    # A real signer keeps its key in a keystore: zkmargin keystore new
    keys = [SigningKey.create() for _ in range(3)]
    with step("risk snapshot signed") as result:
        signatures = Signatures(Domain(), SnapshotMessage.of(snapshot), ())
        for key in keys[:2]:
            signatures = signatures.with_signature(sign_snapshot(snapshot, key))
        signatures.save(BUILD / "snapshot.signatures.json")
        signers = require_quorum(snapshot, signatures, [key.address for key in keys], threshold=2)
        result.append(f"by {len(signers)} of {len(keys)} oracles (quorum 2)")
    return snapshot


def open_account() -> Account:
    """Return an account with eight positions in three underlyings, and ETH as collateral."""
    positions = {name: Decimal(quantity) for name, quantity in POSITIONS.items()}
    account = Account.new(
        owner=7, cash=Decimal("4500"), collateral={"ETH": Decimal("6.5")}, positions=positions
    )
    account.save(BUILD / "account.json")
    return account


def write_report(account: Account, snapshot: Snapshot, venue_data: VenueData) -> Path:
    """Write the account's margin report as a page."""
    page = BUILD / "report.html"
    write_page(render_report(account, snapshot, Requirement.INITIAL, venue_data), page)
    return page


def prove_to_contract(url: str, prover: MarginProver, account: Account, snapshot: Snapshot) -> MarginProof:
    """Deploy the contracts, prove initial margin to them, and show which proofs they reject."""
    web3 = connect(url)
    with step("contracts deployed") as result:
        registry = DemoSnapshotRegistry.deploy(url)
        registry.publish(snapshot.root)
        keys = prover.keys("margin_13")
        verifier = MarginVerifier.deploy(url, registry.address, {0: export_verifier(keys.zkey)})
        result.append(f"MarginVerifier at {verifier.address}")
    now = int(web3.eth.get_block("latest")["timestamp"])
    bps = snapshot.parts.model.initial_bps
    claim = Claim(account.commitment(snapshot), action_id("open a position"), now + 600, bps, 3600)
    context = Context(
        web3.eth.chain_id, web3.eth.accounts[0], claim.account_commitment, claim.action, claim.deadline
    )
    with step("proof of initial margin") as result:
        proof = prover.prove(account, snapshot, Requirement.INITIAL, context=context)
        result.append(f"{proof.instance.name}, verified before it was returned")
    proof.save(BUILD / "proof")
    for engine in ENGINES:
        with step(f"verification, {engine}") as result:
            proof.verify(snapshot, requirement=Requirement.INITIAL, context=context, engine=engine)
            result.append("accepted")
    number = proof.instance.number

    def check(claimed: Claim, shown: MarginProof = proof) -> int:
        return verifier.consume_health(claimed, number, shown.proof, shown.signals)

    tampered = dataclasses.replace(proof, proof=dataclasses.replace(proof.proof, c=proof.proof.a))
    other = dataclasses.replace(claim, action=action_id("withdraw"))
    rejected("tampered proof", lambda: check(claim, tampered))
    rejected("proof replayed for another action", lambda: check(other))
    with step("verification, on chain") as result:
        result.append(f"accepted for {check(claim):,} gas")
    rejected("proof replayed for the same action", lambda: check(claim))
    return proof


def run_market(venue_data: VenueData) -> list[Event]:
    """Deploy a market and run it: a batch of fills, a crash, margin calls, a cure, a freeze, an auction, an expiry."""
    with run_anvil(timestamp=venue_data.time) as url:
        progress.print("market deployed: oracle feed, vault, house, auctions, wind-down", style="dim")
        story = Story(url, venue_data)
        try:
            for part in story.parts():
                progress.print(part.__name__.replace("_", " "), style="dim")
                part()
        finally:
            story.close()
    return story.timeline


def rejected(name: str, attempt: Callable[[], object]) -> None:
    """Make an attempt that the contract must reject."""
    with step(name) as result:
        try:
            attempt()
        except ChainError as error:
            result.append("rejected: " + str(error).rpartition("reverted: ")[2].partition("(")[0])
        else:
            raise StatementError(f"the contract accepted a {name}")


if __name__ == "__main__":
    try:
        main()
    except ZkmarginError as error:
        progress.print(f"error: {error}", style="red", markup=False, highlight=False)
        sys.exit(error.exit_code)
