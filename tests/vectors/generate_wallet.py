"""Write the encrypted files that the wallet in JavaScript must read, with their contents.

Each run draws other salts, so the files are written once, and again only if a format changes. The wallet writes its own
files, which Python must read, by ``node web/wallet/test/write_vectors.mjs``.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from eth_account import Account as EthAccount
from web3 import Web3

from zkmargin import Account
from zkmargin.account.members import key_to_json
from zkmargin.chain import calldata
from zkmargin.chain.encrypted_account import save_encrypted_account
from zkmargin.contracts.house import House
from zkmargin.contracts.margin_verifier import Claim, MarginVerifier
from zkmargin.orders import SigningKey
from zkmargin.orders.key_file import TRADING, VENUE, save_key
from zkmargin.proofs.context import action_id
from zkmargin.proving.artifacts import Proof

FOLDER = Path(__file__).parent / "wallet"
PASSWORD = "correct h\u00f6rse"  # noqa: S105
SECRETS = {TRADING: bytes(range(32)), VENUE: bytes(range(100, 132))}


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.python.json"):
        path.unlink()
    expected: dict[str, Any] = {"password": PASSWORD}
    for kind, name in ((TRADING, "trading"), (VENUE, "venue")):
        key = SigningKey(SECRETS[kind])
        save_key(key, FOLDER / f"{name}.python.json", PASSWORD, kind)
        expected[name] = {"secret": key.secret.hex(), "key": key_to_json(key.key)}
    # Few rounds, for tests of what is refused.
    _write(
        "trading.quick.json",
        {
            **json.loads((FOLDER / "trading.python.json").read_text(encoding="utf-8")),
            "crypto": EthAccount.encrypt(SECRETS[TRADING], "a", kdf="scrypt", iterations=2)["crypto"],
        },
    )
    account = Account.new(
        owner=0x70997970C51812DC3A010C7D01B50E0D17DC79C8,
        cash=Decimal(20_000),
        positions={"ETH-27MAR26-3000-C": Decimal(-2), "ETH-PERPETUAL": Decimal(1)},
    )
    save_encrypted_account(account, FOLDER / "account.python.json", PASSWORD)
    expected["account"] = account.to_json()
    _write("expected.json", expected)
    _write("calldata.json", _calldata())
    for path in FOLDER.glob("*.json"):
        path.chmod(0o644)


def _calldata() -> dict[str, Any]:
    """Return calldata as the Python clients encode it, with the numbers 1, 2, 3 ... as the proof's coordinates."""
    proof = Proof((1, 2), ((3, 4), (5, 6)), (7, 8))
    house, verifier = (Web3().eth.contract(abi=one._interface()) for one in (House, MarginVerifier))
    step = (11, calldata(proof, ())[:3])
    claim = Claim(12, action_id("withdraw"), 1_772_442_000, 13_000, 600).arguments()
    margin = (2, *calldata(proof, [1, 12, 14, 13_000, 15]))
    return {
        "proof": proof.to_json(),
        "open": house.encode_abi("open", args=[9, step, [16, 17], (18, [19, 20])]),
        "consumeHealth": verifier.encode_abi("consumeHealth", args=[claim, margin]),
    }


def _write(name: str, document: dict[str, Any]) -> None:
    (FOLDER / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
