"""Statements of account: values, files and signatures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from zkmargin import InputError, StatementError
from zkmargin.proofs.account_statement import NOBODY, AccountStatement, SignedStatement, account_id
from zkmargin.proofs.statement_signer import require_statement, sign_statement, statement_data
from zkmargin.snapshot.signatures import Domain

NOW = 1_700_000_000
VENUE = EthAccount.from_key(keccak(b"venue"))
ON_CHAIN = Domain(31337, "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")
STATEMENT = AccountStatement(b"\x0a" * 32, NOBODY, 12, 34, NOW, NOW + 60, "venue.example")


def test_a_statement_holds_for_its_venue_domain_and_period():
    for domain in (Domain(), ON_CHAIN):
        signed = sign_statement(STATEMENT, VENUE, domain)
        for time in (NOW, NOW + 60):
            assert require_statement(signed, VENUE.address, time, domain=domain) == STATEMENT
    assert require_statement(sign_statement(STATEMENT, VENUE), None, NOW) == STATEMENT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": NOW - 1}, "is valid from 2023-11-14 22:13:20 UTC only"),
        ({"time": NOW + 61}, "expired at 2023-11-14 22:14:20 UTC"),
        ({"venue": "0x" + "1" * 40}, f"signed by {VENUE.address}, not by 0x1111"),
        ({"domain": Domain()}, "is for: chain 31337, contract 0xCcCC.*; expected: off chain"),
        ({"domain": Domain(1, ON_CHAIN.verifying_contract)}, "expected: chain 1"),
    ],
)
def test_what_is_refused(change, reason):
    asked = {"venue": VENUE.address, "time": NOW, "domain": ON_CHAIN} | change
    with pytest.raises(StatementError, match=reason):
        require_statement(sign_statement(STATEMENT, VENUE, ON_CHAIN), **asked)


@pytest.mark.parametrize(
    "change",
    [
        {"account": b"\x0b" * 32},
        {"holder": VENUE.address},
        {"commitment": 13},
        {"snapshot_root": 35},
        {"issued_at": NOW - 1},
        {"valid_until": NOW + 61},
        {"source": "venue.exampl"},
    ],
)
def test_the_signature_covers_every_value(change):
    signed = sign_statement(STATEMENT, VENUE)
    with pytest.raises(StatementError, match="not a signature of this statement"):
        require_statement(replace(signed, statement=replace(STATEMENT, **change)), None, NOW)


def test_the_file_gives_the_same_statement(tmp_path):
    for domain in (Domain(), ON_CHAIN):
        signed = sign_statement(STATEMENT, VENUE, domain)
        signed.save(tmp_path / "s.json")
        assert SignedStatement.load(tmp_path / "s.json") == signed


def test_the_message_has_the_contracts_types():
    members = statement_data(STATEMENT)["types"]["AccountStatement"]
    written = ",".join(f"{one['type']} {one['name']}" for one in members)
    assert written == (
        "bytes32 account,address holder,uint256 commitment,uint256 snapshotRoot,"
        "uint64 issuedAt,uint64 validUntil,string source"
    )


def test_an_account_has_an_id_of_32_bytes():
    assert account_id("0x" + "0a" * 32) == b"\x0a" * 32
    assert account_id("desk 7") == bytes(keccak(b"desk 7"))
    for text in ("", "0x12", "0x" + "A" * 64, "é", " a", "x" * 201):
        with pytest.raises(InputError, match="account id: expected"):
            account_id(text)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"account": b""}, "account"),
        ({"commitment": 2**254}, "commitment"),
        ({"snapshot_root": -1}, "snapshotRoot"),
        ({"issued_at": 0}, "issuedAt"),
        ({"valid_until": NOW - 1}, "validUntil"),
        ({"valid_until": 2**64}, "validUntil"),
        ({"source": "a\nb"}, "source"),
        ({"source": ""}, "source"),
    ],
)
def test_values_out_of_range_are_refused(change, key):
    with pytest.raises(InputError) as caught:
        replace(STATEMENT, **change)
    assert caught.value.key == key
