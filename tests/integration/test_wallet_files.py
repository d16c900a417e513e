"""Encrypted files that the wallet in JavaScript wrote (tests/vectors/wallet), read by Python."""

from __future__ import annotations

import json

from support.circuits import ROOT
from zkmargin.chain.encrypted_account import load_encrypted_account
from zkmargin.orders.key_file import load_key

FOLDER = ROOT / "tests" / "vectors" / "wallet"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


def test_a_key_of_the_wallet_is_read():
    key = load_key(FOLDER / "trading.wallet.json", EXPECTED["password"])
    assert key.secret.hex() == EXPECTED["trading"]["secret"]


def test_an_account_of_the_wallet_is_read():
    account = load_encrypted_account(FOLDER / "account.wallet.json", EXPECTED["password"])
    assert account.to_json() == EXPECTED["account"]
