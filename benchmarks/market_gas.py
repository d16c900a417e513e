"""Gas of whole transactions of a market in batches, with real proofs, by what it pays for.

A market of 130 accounts on a local chain settles batches, attests, withdraws and auctions an account off; each measured
transaction is traced. Writes ``benchmarks/market_gas.json`` and the table of ``docs/performance.md``. Proofs of batches
stay in the folder of the keys, so that a run after a change of the contracts takes minutes; the first one builds the
keys of twelve circuits and makes 94 proofs of the largest ones. All keys must be of one phase 1: do not take a folder
with keys of an earlier version.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gas_market import (
    CASH_OF_EACH,
    MARK,
    MICRO,
    ROOT,
    VENUE,
    VENUE_SECRET,
    Market,
    Owner,
    deploy,
    of_batches,
)
from gas_parts import split

from support import gas_figures
from zkmargin import spec
from zkmargin.chain import run_anvil
from zkmargin.clearing import (
    Attestation,
    Batch,
    plan_attestation,
    plan_batch,
    prove_attestation,
    prove_plan,
)
from zkmargin.contracts.auctions import Started
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.proving.artifacts import Proof
from zkmargin.spec import Side
from zkmargin.spec.eddsa import trading_key

if TYPE_CHECKING:
    from zkmargin.clearing.draft import Draft

BEGIN = 1_800_000_000
MANY, SOME = 128, 32


class Story:
    """The transactions, in order, and what they cost."""

    def __init__(self, market: Market, workers: int) -> None:
        self.market, self.workers = market, workers
        self.owners: list[Owner] = []
        self.figures: dict[str, dict[str, Any]] = {}

    def tell(self, many: int) -> None:
        """Run all; `many` is the number of accounts of the largest batches."""
        market = self.market
        market.publish()
        self.owners = [market.join(b"owner" + bytes([n])) for n in range(many + 2)]
        self.credit("settle, 2 credits", self.owners[:2])
        self.credit("", self.owners[2:])
        loser, winner = self.owners[-2:]
        self.trade("", [(loser, winner)], lots=300)
        self.trade("settle, 1 match of 2 accounts", [(self.owners[0], self.owners[1])])
        self.trade(f"settle, {SOME} accounts with 5 fills each", rounds(self.owners[:SOME], 5))
        self.trade(f"settle, {many} accounts with 20 fills each", rounds(self.owners[:many], 20))
        for count in (1, SOME, many):
            self.attest(count)
        self.withdraw(self.owners[0])
        self.auction(loser)

    # --- parts

    def credit(self, name: str, owners: list[Owner]) -> None:
        draft = self.draft()
        for one in owners:
            draft.credit(one.number, CASH, CASH_OF_EACH)
        self.settle(name, draft)

    def trade(self, name: str, pairs: list[tuple[Owner, Owner]], lots: int = 1) -> None:
        self.market.publish()
        draft = self.draft()
        for buyer, seller in pairs:
            buy = self.market.order(buyer, Side.BUY, lots)
            sell = self.market.order(seller, Side.SELL, lots)
            draft.match(buy, sell, lots=lots, price=MARK, buyer_rate=1, seller_rate=1)
        self.settle(name, draft)

    def draft(self) -> Draft:
        return self.market.ledger.draft(self.market.asked.spec, self.market.now)

    def settle(self, name: str, draft: Draft) -> None:
        house = self.market.house
        plan = plan_batch(draft, house.requirement_bps(draft), of_batches())
        batch = Batch(plan.content, plan.proven(self.proven(plan, prove_plan)))
        self.market.acting(house, VENUE).settle(batch)
        self.market.ledger.settle(draft)
        self.measure(name, Counter(task.circuit.name for task in plan.tasks))

    def attestation(self, accounts: list[spec.Account], bps: int) -> tuple[Attestation, Counter[str]]:
        market = self.market
        plan = plan_attestation(
            accounts, market.asked.spec, bps, domain=market.house.domain, circuits=of_batches()
        )
        proofs = self.proven(plan, prove_attestation)
        return Attestation(plan.content, tuple(proofs)), Counter(task.circuit.name for task in plan.tasks)

    def attest(self, count: int) -> None:
        self.market.publish()
        numbers = [one.number for one in self.owners[:count]]
        made, circuits = self.attestation([self.market.ledger.accounts[one] for one in numbers], 10_000)
        self.market.house.attest(made)
        self.measure(f"attest, {count} account{'s' if count > 1 else ''}", circuits)

    def withdraw(self, owner: Owner) -> None:
        market, address = self.market, owner.chain.address
        house = market.acting(market.house, owner.chain)
        house.announce_withdrawal(owner.number)
        market.wait(601)
        market.publish()
        context = house.context("withdraw", owner.number, address)
        opening = market.ledger.accounts[owner.number]
        after, step = market.owners.withdraw(opening, CASH, 500 * MICRO, context)
        health, circuits = self.attestation([after], 12_500)
        house.withdraw(owner.number, CASH, 500 * MICRO, address, step, health)
        self.measure("withdraw", Counter(withdraw=1) + circuits)

    def auction(self, loser: Owner) -> None:
        market, bidder = self.market, self.owners[0].chain
        market.publish(mark=37 * MICRO)
        begun = market.web3.eth.block_number
        proof, elements = market.disclosed(market.ledger.accounts[loser.number])
        market.auctions.start(loser.number, proof, elements)
        self.measure("start", Counter({proof.instance.name: 1}))
        (started,) = market.auctions.changes(begun, market.web3.eth.block_number)
        assert isinstance(started, Started)
        market.web3.provider.make_request("anvil_mine", [hex(5)])
        opening = spec.account_of(started.opening)
        context = market.house.context("takeOver", loser.number, bidder.address)
        to, venue = int(bidder.address, 16), trading_key(VENUE_SECRET)
        _, step = market.owners.take_over(opening, to, trading_key(b"\1" * 32), venue, context)
        market.acting(market.auctions, bidder).bid(loser.number, CASH_OF_EACH, step)
        self.measure("bid", Counter(take_over=1))

    # --- proofs and figures

    def proven(self, plan: Any, prove: Any) -> list[Proof]:
        """Return the proofs of a plan, which are kept: the point of a plan is a hash of all that is public in it."""
        kept = self.market.keys / "proofs" / f"{plan.content.challenge():064x}.json"
        if kept.is_file():
            return [Proof.from_json(one) for one in json.loads(kept.read_text())]
        print(f"proving {len(plan.tasks)}", file=sys.stderr, flush=True)
        made = prove(plan, workers=min(self.workers, len(plan.tasks)), keys=self.market.keys)
        proofs = [getattr(one, "proof", one) for one in made.proofs]
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps([one.to_json() for one in proofs]))
        return proofs

    def measure(self, name: str, circuits: Counter[str]) -> None:
        """Measure the latest transaction, unless its name is empty."""
        if not name:
            return
        web3 = self.market.web3
        (sent,) = web3.eth.get_block("latest", full_transactions=True)["transactions"]
        used, parts = split(self.market.url, sent["hash"].to_0x_hex(), self.market.names)
        self.figures[name] = {
            "gas": used,
            "calldata bytes": len(sent["input"]),
            "proofs": dict(circuits),
            "parts": parts,
        }
        print(f"{name}: {json.dumps(self.figures[name])}", flush=True)


def rounds(owners: list[Owner], count: int) -> list[tuple[Owner, Owner]]:
    """Return pairs in which each owner is `count` times, as in a tournament, and buys as often as it can sell."""
    first, others = owners[0], owners[1:]
    pairs = []
    for number in range(count):
        turned = [first, *others[number:], *others[:number]]
        half = len(turned) // 2
        of_round = list(zip(turned[:half], reversed(turned[half:]), strict=True))
        pairs += of_round if number % 2 else [(seller, buyer) for buyer, seller in of_round]
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--keys", type=Path, default=ROOT / "build" / "gas-keys", help="folder of circuits, keys and proofs"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes that prove")
    parser.add_argument("--many", type=int, default=MANY, help="accounts of the largest batches; for a trial")
    parser.add_argument("--table", action="store_true", help="write the table anew without measuring")
    arguments = parser.parse_args()
    if not arguments.table:
        with run_anvil(timestamp=BEGIN) as url:
            story = Story(deploy(url, arguments.keys), arguments.workers)
            story.tell(arguments.many)
        if arguments.many != MANY:
            return
        gas_figures.save(story.figures)
    gas_figures.write_table()
    print(gas_figures.table())


if __name__ == "__main__":
    main()
