"""Write a small bundle with everything in it, which pages and packages for browsers verify: tests/vectors/bundle.

The proof is of margin_13 under a development key of this machine. Each run makes another one, so the bundle is written
once, and again only if a format changes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from eth_account import Account as EthAccount
from web3 import Web3

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.margin_values import account, snapshot
from zkmargin import MarginProver, Requirement
from zkmargin.proofs.account_statement import AccountStatement
from zkmargin.proofs.bundle import write_bundle
from zkmargin.proofs.statement_signer import sign_statement
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot

FOLDER = Path(__file__).parent / "bundle"
CONTEXT = 17


def main() -> None:
    """Write the bundle and what it contains."""
    oracle, venue = (EthAccount.from_key(Web3.keccak(text=name)) for name in ("oracle", "venue"))
    risk, held = snapshot(), account()
    proof = MarginProver().prove(held, risk, Requirement.INITIAL, context=CONTEXT)
    statement = AccountStatement(
        account=bytes(range(32)),
        holder="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        commitment=held.commitment(risk),
        snapshot_root=risk.root,
        issued_at=1_700_000_000,
        valid_until=4_000_000_000,
        source="https://venue.example/zkmargin",
    )
    keys = {"margin_13": proof.fingerprint}
    signatures = Signatures(Domain(), SnapshotMessage.of(risk), (sign_snapshot(risk, oracle, keys=keys),))
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as name:
        scratch = Path(name)
        proof.save(scratch)
        sign_statement(statement, venue).save(scratch / "account-statement.json")
        risk.save(scratch / "snapshot.json")
        signatures.save(scratch / "snapshot.signatures.json")
        bundle, signed = FOLDER / "proof.zip", scratch / "snapshot.signatures.json"
        write_bundle(bundle, scratch, scratch / "snapshot.json", signed)
    expected = {
        "key": proof.fingerprint,
        "commitment": str(held.commitment(risk)),
        "context": str(CONTEXT),
        "root": str(risk.root),
        "venue": venue.address,
        "signer": oracle.address,
    }
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
