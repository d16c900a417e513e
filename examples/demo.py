"""An account's margin, proven to a contract: from market data to a local chain.

Run it with ``make demo``. The result goes to standard output, progress to standard error.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from zkmargin import Account, Context, MarginProver, Requirement, Snapshot, load_collateral, load_model
from zkmargin.chain import connect, export_verifier, run_anvil
from zkmargin.chain.margin_verifier import Claim, DemoSnapshotRegistry, MarginVerifier
from zkmargin.context import action_id
from zkmargin.errors import ChainError, StatementError, ZkmarginError
from zkmargin.market import import_deribit
from zkmargin.proving.verify import ENGINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkmargin import MarginProof, MarginReport

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

progress = Console(stderr=True)
steps = Table(
    "step", Column("result", overflow="fold"), Column("time", justify="right"), title="What was done"
)


def main() -> None:
    """Do everything once, and print what happened."""
    BUILD.mkdir(parents=True, exist_ok=True)
    snapshot = publish_snapshot()
    account = open_account()
    report = snapshot.margin(account, Requirement.INITIAL)
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
    show(report, proof)


def publish_snapshot() -> Snapshot:
    """Import the bundled option chain, reprice it under 16 scenarios, commit to the table."""
    with step("market data") as result:
        market = import_deribit(*sorted(CHAIN.glob("*.json")))
        result.append(f"{sum(1 for _ in market.instruments())} instruments")
    with step("risk snapshot: SPAN, 16 scenarios") as result:
        snapshot = Snapshot.build(market, load_model("span"), collateral=load_collateral())
        snapshot.save(BUILD / "snapshot.json")
        result.append(f"root {snapshot.root:#066x}"[:21] + "...")
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


def refused(name: str, attempt: Callable[[], object]) -> None:
    """Try something that the contract has to refuse."""
    with step(name) as result:
        try:
            attempt()
        except ChainError as error:
            result.append("refused: " + str(error).rpartition("reverted: ")[2].partition("(")[0])
        else:
            raise StatementError(f"the contract has accepted {name}")


def show(report: MarginReport, proof: MarginProof) -> None:
    """Print the private report, what was done, and what was seen of it."""
    margin = Table(
        "underlying",
        "positions",
        *(Column(title, justify="right") for title in ("scanning risk", "short option minimum", "add-on")),
        title=f"Private: the account's margin, in {report.quote}",
    )
    for one in report.underlyings:
        amounts = (f"{value:,.2f}" for value in (one.scan, one.floor, one.add_on))
        margin.add_row(one.underlying, str(one.positions), *amounts)
    totals = Table("", Column(report.quote, justify="right"))
    for title, value in (
        ("cash", report.cash),
        ("positions at their marks", report.mark),
        ("collateral after haircuts", report.collateral),
        ("equity", report.equity),
        ("maintenance margin", report.maintenance),
        ("initial margin", report.required),
        ("cushion above it", report.cushion),
    ):
        totals.add_row(title, f"{value:,.2f}")
    seen = Table("signal", Column("value", overflow="fold"), title="What everybody sees")
    for name, value in zip(proof.signals._fields, proof.signals, strict=True):
        seen.add_row(name, str(value) if value < 10**6 else f"{value:#066x}")
    hidden = "which instruments, how much, long or short; cash, collateral, equity, requirement"
    output = Console(width=None if sys.stdout.isatty() else 100)
    output.print(margin, totals, steps, seen, sep="\n")
    output.print(f"What stays private: {hidden}.")
    output.print("Development keys: whoever made them could forge proofs. See docs/keys.md.")


def show_progress(stage: str, done: int, total: int) -> None:
    """Show what a long step is at."""
    progress.print(f"  {stage} ({done}/{total})", style="dim")


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Time one step for the table; the block appends what came of it."""
    progress.print(name, style="dim")
    result: list[str] = []
    started = time.perf_counter()
    yield result
    seconds = time.perf_counter() - started
    steps.add_row(name, " ".join(result), f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms")


if __name__ == "__main__":
    os.environ.setdefault("ZKMARGIN_KEYS", str(ROOT / "build" / "keys"))
    try:
        main()
    except ZkmarginError as error:
        progress.print(f"error: {error}", style="red", markup=False, highlight=False)
        sys.exit(error.exit_code)
