"""Writes batches.json: batches and attestations with the points and signals that zkmargin.clearing says they have.

python tests/vectors/generate_batches.py            write the file
python tests/vectors/generate_batches.py --check    exit 1 when the file differs from what would be written

Proofs are made up: the eight words of proof i of a batch are 8 i + 1 to 8 i + 8.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from eth_abi.abi import encode

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.clearing_values import (
    BPS,
    CIRCUITS,
    DOMAIN,
    LIVE,
    TIME,
    fill,
    house,
    random_day,
    snapshot,
)
from zkmargin import spec
from zkmargin.clearing import Attestation, Batch, BatchContent, Draft, Ledger, plan_attestation, plan_batch
from zkmargin.contracts.batches import batch_arguments, health_arguments
from zkmargin.proving.artifacts import Proof

TARGET = Path(__file__).with_name("batches.json")
PROOF = "(uint256[2],uint256[2][2],uint256[2])"
OPERATIONS = f"(bytes32,uint256,uint256,uint256,uint256[],{PROOF})[]"
HEALTH = f"(bytes32,uint256,uint256[],{PROOF})[]"
TOUCHED, REQUESTS = "(uint256,uint256)[]", "(uint256,uint256,uint256)[]"
BATCH = f"(uint256,bool,bytes32,{TOUCHED},{OPERATIONS},{OPERATIONS},{REQUESTS},{HEALTH})"
FIXED_Z = 2**200 + 7
"""The point of a batch whose checks are tested one by one."""


def made_up(count: int) -> list[Proof]:
    """Return proofs whose encodings are consecutive numbers."""
    firsts = [8 * place + 1 for place in range(count)]
    return [Proof((i, i + 1), ((i + 3, i + 2), (i + 5, i + 4)), (i + 6, i + 7)) for i in firsts]


def draft_of(ledger: Ledger, **setting: bool) -> Draft:
    """Begin a batch on a ledger's accounts."""
    return ledger.draft(snapshot(), TIME, **setting)


def busy() -> Draft:
    """Return fills, sheets, expiries, credits and a new key of many accounts."""
    ledger = house(*range(1, 8))
    draft = draft_of(ledger)
    random_day(random.Random(3), ledger, 36, draft)  # noqa: S311  # reproducible, not secret
    draft.rekey(3, spec.trading_key(bytes(31) + b"\x01"))
    return draft


def pair() -> Draft:
    """Return one match of two accounts."""
    draft = draft_of(house(5, 900))
    fill(draft, 900, 5, buyer_rate=2, seller_rate=1)
    return draft


def upkeep() -> Draft:
    """Return credits and a new key, without fills."""
    draft = draft_of(house(4, 6))
    draft.credit(4, spec.CASH, 10**12)
    draft.credit(4, 0, 7)
    draft.rekey(6, spec.NO_KEY)
    return draft


def reducing() -> Draft:
    """Return a match that reduces the positions of both accounts."""
    ledger = house(1)
    ledger.add(house(2, positions=((LIVE[0], 5),)).accounts[2])
    ledger.add(house(3, positions=((LIVE[0], -5),)).accounts[3])
    draft = draft_of(ledger, reduce_only=True)
    fill(draft, 3, 2, 4)
    return draft


def alone() -> Draft:
    """Return a credit and a match of two accounts."""
    draft = draft_of(house(1, 2))
    draft.credit(1, 3, 50)
    fill(draft, 1, 2, lots=5)
    return draft


def batch_vector(name: str, draft: Draft) -> dict[str, Any]:
    """Return a batch as IBatches takes it, and its point, fees and signals."""
    plan = plan_batch(draft, BPS, CIRCUITS)
    content = plan.content
    batch = Batch(content, plan.proven(made_up(len(plan.tasks))))
    return {
        "name": name,
        "domain": content.domain,
        "requirementBps": content.requirement_bps,
        "batch": "0x" + encode([BATCH], [batch_arguments(batch)]).hex(),
        "firsts": [touched.first for touched in content.accounts],
        "z": content.challenge(),
        "fees": batch.fees,
        "parts": [{"circuit": one.circuit.name, "signals": list(one.public)} for one in plan.tasks],
    }


def attestation_vector(name: str, ledger: Ledger) -> dict[str, Any]:
    """Return an attestation as IBatches takes it, and its point and signals."""
    accounts = ledger.accounts.values()
    plan = plan_attestation(accounts, snapshot(), 10_000, domain=DOMAIN, circuits=CIRCUITS)
    content = plan.content
    attestation = Attestation(content, tuple(made_up(len(plan.tasks))))
    numbers = [one.number for one in content.accounts]
    return {
        "name": name,
        "domain": content.domain,
        "requirementBps": content.requirement_bps,
        "snapshotRoot": content.snapshot_root,
        "accounts": numbers,
        "commitments": [one.commitment for one in content.accounts],
        "health": "0x"
        + encode([HEALTH], [health_arguments(content.health, attestation.proofs, numbers)]).hex(),
        "z": content.challenge(),
        "parts": [{"circuit": one.circuit.name, "signals": list(one.public)} for one in plan.tasks],
    }


def digits(value: Any) -> Any:
    """Return a structure with its numbers as decimal strings."""
    if isinstance(value, dict):
        return {key: digits(one) for key, one in value.items()}
    if isinstance(value, list):
        return [digits(one) for one in value]
    return str(value) if isinstance(value, int) else value


def vectors() -> str:
    """Return the content of the file."""
    batches = [batch_vector(one.__name__, one()) for one in (busy, pair, upkeep, reducing)]
    with patch.object(BatchContent, "challenge", lambda _: FIXED_Z):
        batches.append(batch_vector("fixed", alone()))
        batches.append(batch_vector("fixedBusy", busy()))
    attestations = [attestation_vector("six", house(*range(2, 8))), attestation_vector("one", house(9))]
    circuits = [
        {"name": one.name, "accounts": one.shape.accounts if one in CIRCUITS.health else 0}
        for one in CIRCUITS.all
    ]
    content = {
        "source": "zkmargin.clearing",
        "circuits": circuits,
        "batches": batches,
        "attestations": attestations,
    }
    return json.dumps(digits(content), indent=1) + "\n"


def main() -> None:
    """Write or check the file."""
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text(encoding="utf-8") != vectors():
            sys.exit(f"{TARGET} differs from what zkmargin.clearing says; see tests/vectors/README.md")
        return
    temporary = TARGET.with_suffix(".tmp")
    temporary.write_text(vectors(), encoding="utf-8")
    temporary.replace(TARGET)


if __name__ == "__main__":
    main()
