"""An account's margin, proven to a contract, and a market that settles by such proofs, on local chains.

Run it with ``make demo``. The result goes to standard output, progress to standard error.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from demo_tables import progress, show, show_progress, show_timeline, step
from eth_account import Account as SigningKey
from settlement import Story
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
from zkmargin.proofs.context import action_id
from zkmargin.proofs.transition import TransitionProver
from zkmargin.proving.verify import ENGINES
from zkmargin.settlement.roles.participant import Provers
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import require_quorum, sign_snapshot
from zkmargin.snapshot.verify import verify_snapshot
from zkmargin.venues import import_deribit

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkmargin import MarginProof

ROOT = Path(__file__).resolve().parent.parent
CHAIN = ROOT / "examples" / "chain"
BUILD = ROOT / "build" / "demo"

POSITIONS = {
    # an iron condor: out-of-the-money put and call sold, farther ones bought
    "ETH-27MAR26-2400-P": "10",
    "ETH-27MAR26-2600-P": "-10",
    "ETH-27MAR26-3400-C": "-10",
    "ETH-27MAR26-3600-C": "10",
    # a calendar: the near call sold, the far one bought
    "BTC-27MAR26-90000-C": "-0.5",
    "BTC-26JUN26-90000-C": "0.5",
    # a perpetual, hedged with a future
    "SOL_USDC-PERPETUAL": "200",
    "SOL_USDC-24APR26": "-200",
}


def main() -> None:
    """Do everything once, and print what happened."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with step("market data") as result:
        market = import_deribit(*sorted(CHAIN.glob("*.json")))
        result.append(f"{sum(1 for _ in market.instruments())} instruments")
    snapshot = publish_snapshot(market)
    account = open_account()
    with step("report page") as result:
        page = BUILD / "report.html"
        write_page(render_report(account, snapshot, Requirement.INITIAL, market), page)
        result.append("private: mode 0600")
    prover = MarginProver(progress=show_progress)
    with step("circuit and development keys") as result:
        # Nobody has to choose: the smallest circuit that holds the account. Built once, then kept.
        prover.prove(account, snapshot, Requirement.MAINTENANCE, context=0)
        result.append("ready, and a first proof made")
    with ExitStack() as stack:
        with step("local chain") as result:
            url = stack.enter_context(run_anvil())
            result.append("anvil")
        proof = prove_to_contract(url, prover, account, snapshot)
    show(margin_report(account, snapshot, Requirement.INITIAL), proof, page)
    settle(market, Provers(prover, TransitionProver(progress=show_progress)))


def publish_snapshot(market: VenueData) -> Snapshot:
    """Reprice the market under 16 scenarios, commit to the table, and let oracle signers vouch for it."""
    with step("risk snapshot: SPAN, 16 scenarios") as result:
        snapshot = Snapshot.build(market, load_model("span"), collateral=load_collateral())
        snapshot.save(BUILD / "snapshot.json")
        result.append(f"root {snapshot.root:#066x}"[:21] + "...")
    with step("snapshot derived again") as result:
        # What every signer does, from market data of its own, before it signs.
        found = verify_snapshot(snapshot, market)
        if not found.holds:
            raise StatementError("the snapshot is not what market and model give")
        result.append(f"{found.rows} rows, {found.values:,} values: as published")
    # A real signer keeps its key in a keystore: zkmargin snapshot signer new
    keys = [SigningKey.create() for _ in range(3)]
    with step("snapshot signed") as result:
        signatures = Signatures(Domain(), SnapshotMessage.of(snapshot), ())
        for key in keys[:2]:
            signatures = signatures.with_signature(sign_snapshot(snapshot, key))
        signatures.save(BUILD / "snapshot.signatures.json")
        signers = require_quorum(snapshot, signatures, [key.address for key in keys], threshold=2)
        result.append(f"by {len(signers)} of {len(keys)} oracles; 2 needed")
    return snapshot


def open_account() -> Account:
    """Make up an account of eight positions over three underlyings, with ETH as collateral."""
    positions = {name: Decimal(quantity) for name, quantity in POSITIONS.items()}
    account = Account.new(
        owner=7, cash=Decimal("4500"), collateral={"ETH": Decimal("6.5")}, positions=positions
    )
    account.save(BUILD / "account.json")
    return account


def prove_to_contract(url: str, prover: MarginProver, account: Account, snapshot: Snapshot) -> MarginProof:
    """Deploy the contracts, prove initial margin to them, and try to cheat."""
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
    refused("a tampered proof", lambda: check(claim, tampered))
    refused("the proof, for another purpose", lambda: check(other))
    with step("verification, on chain") as result:
        result.append(f"accepted for {check(claim):,} gas")
    refused("the same proof, a second time", lambda: check(claim))
    return proof


def settle(market: VenueData, provers: Provers) -> None:
    """Deploy a whole market and let a day pass on it: trades, a crash, a margin call, a cure, an auction."""
    progress.print("circuits of the settlement layer", style="dim")
    for name in CIRCUITS:
        provers.margin.keys(name)
    provers.transition.keys()
    with run_anvil(timestamp=market.time) as url:
        progress.print("a market deployed: oracle, vault, clearing house, liquidation engine", style="dim")
        story = Story(url, market, provers)
        for part in story.parts():
            progress.print(part.__name__.replace("_", " "), style="dim")
            part()
    show_timeline(story.timeline)


def refused(name: str, attempt: Callable[[], object]) -> None:
    """Try something that the contract has to refuse."""
    with step(name) as result:
        try:
            attempt()
        except ChainError as error:
            result.append("refused: " + str(error).rpartition("reverted: ")[2].partition("(")[0])
        else:
            raise StatementError(f"the contract has accepted {name}")


if __name__ == "__main__":
    os.environ.setdefault("ZKMARGIN_KEYS", str(ROOT / "build" / "keys"))
    try:
        main()
    except ZkmarginError as error:
        progress.print(f"error: {error}", style="red", markup=False, highlight=False)
        sys.exit(error.exit_code)
