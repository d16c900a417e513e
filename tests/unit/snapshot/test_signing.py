"""Signatures of snapshots: the digest against one by hand, quorums, and refusals."""

from __future__ import annotations

import builtins
import json
import re
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak
from py_ecc.secp256k1 import ecdsa_raw_recover

from support.circuits import ROOT
from zkmargin import InputError, StatementError, ToolchainError
from zkmargin.risk import load_model
from zkmargin.snapshot.signatures import Domain, Signature, Signatures, SnapshotMessage, read_address
from zkmargin.snapshot.signer import recover_signers, require_quorum, sign_snapshot, typed_data
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venue_data import Perpetual, Underlying, VenueData

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DOCUMENT = (ROOT / "docs" / "formats" / "signatures.md").read_text()
CONTRACT = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
OFF_CHAIN, ON_CHAIN = Domain(), Domain(31337, CONTRACT)
ASSETS = keccak(keccak(b"USDC") + keccak(b"BTC") + keccak(b"ETH"))
EXAMPLE = SnapshotMessage(1234567, 1_704_712_781, 89, ASSETS, (96_431_120_000, 2_222_190_000))


def _snapshot(price: str = "2222.1900009") -> Snapshot:
    perpetuals = (Perpetual("ETH-PERPETUAL", 0, Decimal("0.01"), Decimal("2222.9")),)
    venue_data = VenueData(1_704_712_781, "USD", (Underlying("ETH", Decimal(price), 1, perpetuals),))
    return Snapshot.build(venue_data, load_model("span"))


SNAPSHOT = _snapshot()
COW = EthAccount.from_key(keccak(b"cow"))
KEYS = sorted(
    (EthAccount.from_key(keccak(bytes([n]))) for n in range(3)), key=lambda one: int(one.address, 16)
)
TRUSTED = [one.address for one in KEYS]


def _signed(*accounts: Any, snapshot: Snapshot = SNAPSHOT, domain: Domain = OFF_CHAIN) -> Signatures:
    signatures = Signatures(domain, SnapshotMessage.of(snapshot), ())
    for one in accounts:
        signatures = signatures.with_signature(sign_snapshot(snapshot, one, domain))
    return signatures


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _struct_hash(message: SnapshotMessage) -> bytes:
    kind = keccak(
        b"RiskSnapshot(uint256 root,uint64 timestamp,uint256 paramsHash,bytes32 collateralHash,"
        b"uint256[] indexPrices)"
    )
    numbers = b"".join(map(_word, (message.root, message.timestamp, message.params_hash)))
    prices = keccak(b"".join(map(_word, message.index_prices)))
    return keccak(kind + numbers + message.collateral_hash + prices)


def _separator(domain: Domain) -> bytes:
    head = keccak(b"zkmargin") + keccak(b"1")
    if domain.chain_id is None or domain.verifying_contract is None:
        return keccak(keccak(b"EIP712Domain(string name,string version)") + head)
    kind = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    return keccak(keccak(kind) + head + _word(domain.chain_id) + _word(int(domain.verifying_contract, 16)))


def _digest(message: SnapshotMessage, domain: Domain) -> bytes:
    return keccak(b"\x19\x01" + _separator(domain) + _struct_hash(message))


def _recover(digest: bytes, signature: bytes) -> str:
    """Recover an address with py-ecc, which has not made the signature."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    x, y = ecdsa_raw_recover(digest, (signature[64], r, s))
    return "0x" + keccak(_word(x) + _word(y))[12:].hex()


def test_the_message_has_the_values_of_the_snapshot():
    message = SnapshotMessage.of(SNAPSHOT)
    assert (message.root, message.timestamp) == (SNAPSHOT.root, 1_704_712_781)
    assert message.params_hash == SNAPSHOT.spec.params_hash
    assert message.index_prices == (2_222_190_000,)
    assert message.collateral_hash == keccak(
        b"".join(keccak(one["definition"]["asset"].encode()) for one in SNAPSHOT.to_json()["collateral"])
    )


@pytest.mark.parametrize("domain", [Domain(), ON_CHAIN])
def test_the_digest_equals_one_by_hand(domain):
    signature = sign_snapshot(SNAPSHOT, COW, domain)
    digest = _digest(SnapshotMessage.of(SNAPSHOT), domain)
    assert _recover(digest, signature.value) == COW.address.lower()
    assert signature.signer == COW.address


@pytest.mark.parametrize("domain", [Domain(), ON_CHAIN])
def test_the_example_of_the_document(domain):
    signed = EthAccount.sign_typed_data(COW.key, full_message=typed_data(EXAMPLE, domain))
    assert bytes(signed.message_hash) == _digest(EXAMPLE, domain)
    values = (_struct_hash(EXAMPLE), _separator(domain), _digest(EXAMPLE, domain), bytes(signed.signature))
    document = re.sub(r"\s", "", DOCUMENT)
    for value in values:
        assert value.hex() in document
    assert COW.address in document


def test_every_part_of_the_message_and_the_domain_is_signed():
    changed = [
        (replace(EXAMPLE, root=1), Domain()),
        (replace(EXAMPLE, timestamp=1), Domain()),
        (replace(EXAMPLE, params_hash=1), Domain()),
        (replace(EXAMPLE, collateral_hash=bytes(32)), Domain()),
        (replace(EXAMPLE, index_prices=EXAMPLE.index_prices[:1]), Domain()),
        (EXAMPLE, Domain()),
        (EXAMPLE, ON_CHAIN),
        (EXAMPLE, Domain(1, CONTRACT)),
        (EXAMPLE, Domain(31337, COW.address)),
    ]
    signatures = {
        EthAccount.sign_typed_data(COW.key, full_message=typed_data(*one)).signature for one in changed
    }
    assert len(signatures) == len(changed)


# Named keys.

NAMED = {"margin_13": "k7f3-9xq2-mh4d-w8tz", "health_1x12": "0123-4567-89ab-cdef"}


def _keys_digest(root: int, named: dict[str, str], domain: Domain) -> bytes:
    key = b"CircuitKey(string circuit,string fingerprint)"
    kind = keccak(b"SnapshotKeys(uint256 root,CircuitKey[] keys)" + key)
    texts = ((name.encode(), one.encode()) for name, one in sorted(named.items()))
    keys = b"".join(keccak(keccak(key) + keccak(name) + keccak(one)) for name, one in texts)
    return keccak(b"\x19\x01" + _separator(domain) + keccak(kind + _word(root) + keccak(keys)))


@pytest.mark.parametrize("domain", [Domain(), ON_CHAIN])
def test_the_digest_of_named_keys_equals_one_by_hand(domain):
    signature = sign_snapshot(SNAPSHOT, COW, domain, keys=NAMED)
    assert _recover(_keys_digest(SNAPSHOT.root, NAMED, domain), signature.keys.value) == COW.address.lower()
    assert list(signature.keys.fingerprints) == sorted(NAMED)
    # The signature that contracts count is the same with and without names.
    assert signature.value == sign_snapshot(SNAPSHOT, COW, domain).value
    assert sign_snapshot(SNAPSHOT, COW, domain).keys is None


@pytest.mark.parametrize(
    "named",
    [
        {**NAMED, "margin_13": "k7f3-9xq2-mh4d-w8t0"},
        {"margin_13": NAMED["margin_13"]},
        {"wide_8": NAMED["margin_13"], "health_1x12": NAMED["health_1x12"]},
    ],
)
def test_attack_other_keys_than_the_signer_has_named(named):
    for domain in (Domain(), ON_CHAIN):
        one = sign_snapshot(SNAPSHOT, COW, domain, keys=NAMED)
        signatures = Signatures(domain, SnapshotMessage.of(SNAPSHOT), (one,))
        assert recover_signers(SNAPSHOT, signatures, domain=domain) == (COW.address,)
        forged = replace(one, keys=replace(one.keys, fingerprints=named))
        with pytest.raises(StatementError, match=f"not a signature of the named keys by {COW.address}"):
            require_quorum(
                SNAPSHOT, replace(signatures, signatures=(forged,)), [COW.address], 1, domain=domain
            )


def test_named_keys_of_another_snapshot_or_signer_fail_all():
    one = sign_snapshot(SNAPSHOT, COW, keys=NAMED)
    for other in (
        sign_snapshot(_snapshot("2222.20"), COW, keys=NAMED),
        sign_snapshot(SNAPSHOT, KEYS[0], keys=NAMED),
    ):
        signatures = Signatures(Domain(), SnapshotMessage.of(SNAPSHOT), (replace(one, keys=other.keys),))
        with pytest.raises(StatementError, match="not a signature of the named keys"):
            recover_signers(SNAPSHOT, signatures)


def test_named_keys_survive_their_file(tmp_path):
    signatures = _signed(*KEYS).with_signature(sign_snapshot(SNAPSHOT, KEYS[1], keys=NAMED))
    signatures.save(tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_text())
    assert not list(_validator().iter_errors(document))
    assert Signatures.load(tmp_path / "a.json") == signatures
    for change, reason in (
        ({"fingerprints": {}}, r"keys\.fingerprints: must not be empty"),
        ({"fingerprints": {"../x": NAMED["margin_13"]}}, "expected the name of a circuit"),
        ({"fingerprints": {"margin_13": "K7F3"}}, "expected a fingerprint such as"),
        ({"signature": "0x" + "00" * 65}, r"signatures\[1\]\.keys\.signature: r is out of range"),
    ):
        changed = json.loads(json.dumps(document))
        changed["signatures"][1]["keys"].update(change)
        assert not _validator().is_valid(changed) or "range" in reason
        with pytest.raises(InputError, match=reason):
            _load(tmp_path, changed)


def test_signing_the_same_again_gives_the_same():
    assert _signed(COW) == _signed(COW, COW)


def test_signers_are_recovered_in_rising_order():
    assert recover_signers(SNAPSHOT, _signed(*reversed(KEYS))) == tuple(TRUSTED)


def test_a_quorum_counts_trusted_signers_only():
    both = _signed(*KEYS[:2], COW)
    assert require_quorum(SNAPSHOT, both, TRUSTED, 2) == tuple(TRUSTED[:2])
    assert require_quorum(SNAPSHOT, both, [one.lower() for one in TRUSTED], 1) == tuple(TRUSTED[:2])
    with pytest.raises(StatementError, match="signed by 2 of the 3 trusted signers"):
        require_quorum(SNAPSHOT, both, TRUSTED, 3)
    with pytest.raises(StatementError, match="signed by 0 of the 1"):
        require_quorum(SNAPSHOT, _signed(COW), TRUSTED, 1)


@pytest.mark.parametrize("threshold", [0, -1, 4])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(InputError, match="threshold: must be from 1 to the number of signers, 3"):
        require_quorum(SNAPSHOT, _signed(*KEYS), TRUSTED, threshold)


def test_a_signer_counts_once():
    with pytest.raises(InputError, match="signers: duplicate address"):
        require_quorum(SNAPSHOT, _signed(KEYS[0]), [TRUSTED[0], TRUSTED[0].lower()], 2)
    one = _signed(KEYS[0])
    with pytest.raises(InputError, match="signers must ascend"):
        replace(one, signatures=one.signatures * 2)
    with pytest.raises(InputError, match="signers must ascend"):
        replace(one, signatures=_signed(*KEYS).signatures[::-1])


def test_signatures_of_another_snapshot_do_not_count():
    other = _snapshot("2222.20")
    for signatures in (_signed(*KEYS, snapshot=other), _signed(*KEYS)):
        wrong = SNAPSHOT if signatures.message.root == other.root else other
        with pytest.raises(StatementError, match="of another snapshot"):
            require_quorum(wrong, signatures, TRUSTED, 1)
    forged = replace(_signed(*KEYS), message=SnapshotMessage.of(other))
    with pytest.raises(StatementError, match=f"not a signature of this snapshot by {TRUSTED[0]}"):
        require_quorum(other, forged, TRUSTED, 1)


def test_index_prices_are_signed_although_the_root_does_not_have_them():
    parts = SNAPSHOT.parts
    other = replace(SNAPSHOT, parts=replace(parts, index_prices=(Decimal("2222.18"),)))
    assert other.root == SNAPSHOT.root
    with pytest.raises(StatementError, match="of another snapshot"):
        require_quorum(other, _signed(*KEYS), TRUSTED, 1)


def test_signatures_for_another_chain_do_not_count():
    for made, asked in ((Domain(), ON_CHAIN), (ON_CHAIN, Domain()), (Domain(1, CONTRACT), ON_CHAIN)):
        signatures = _signed(*KEYS, domain=made)
        with pytest.raises(StatementError, match="the signatures are for: "):
            require_quorum(SNAPSHOT, signatures, TRUSTED, 1, domain=asked)
        with pytest.raises(StatementError, match="not a signature of this snapshot"):
            require_quorum(SNAPSHOT, replace(signatures, domain=asked), TRUSTED, 1, domain=asked)
    assert require_quorum(SNAPSHOT, _signed(*KEYS, domain=ON_CHAIN), TRUSTED, 3, domain=ON_CHAIN)


def test_a_signature_under_another_name_fails_all():
    theirs = _signed(COW).signatures[0].value
    signatures = replace(_signed(), signatures=(Signature(TRUSTED[0], theirs),)).with_signature(
        sign_snapshot(SNAPSHOT, KEYS[1])
    )
    with pytest.raises(StatementError, match=f"not a signature of this snapshot by {TRUSTED[0]}"):
        require_quorum(SNAPSHOT, signatures, TRUSTED, 1)


def test_an_r_without_a_point_is_refused():
    # x = 5 is on no point of secp256k1.
    value = _word(5) + _signed(KEYS[0]).signatures[0].value[32:]
    signatures = replace(_signed(), signatures=(Signature(TRUSTED[0], value),))
    with pytest.raises(StatementError, match="not a signature"):
        recover_signers(SNAPSHOT, signatures)


def test_the_higher_s_of_a_signature_is_refused():
    value = _signed(KEYS[0]).signatures[0].value
    other = value[:32] + _word(ORDER - int.from_bytes(value[32:64], "big")) + bytes([27 + 28 - value[64]])
    # It is valid mathematics:
    assert _recover(_digest(SnapshotMessage.of(SNAPSHOT), Domain()), other) == TRUSTED[0].lower()
    with pytest.raises(InputError, match="s is not in the lower half"):
        Signature(TRUSTED[0], other)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "expected 65 bytes, got 0"),
        (_word(1) + _word(1), "expected 65 bytes, got 64"),
        (_word(0) + _word(1) + b"\x1b", "r is out of range"),
        (_word(ORDER) + _word(1) + b"\x1b", "r is out of range"),
        (_word(1) + _word(0) + b"\x1b", "s is not in the lower half"),
        (_word(1) + _word(ORDER // 2 + 1) + b"\x1b", "s is not in the lower half"),
        (_word(1) + _word(1) + b"\x00", "v is neither 27 nor 28"),
        (_word(1) + _word(1) + b"\x1d", "v is neither 27 nor 28"),
    ],
)
def test_malformed_signatures_are_refused(value, reason):
    with pytest.raises(InputError, match=reason):
        Signature(TRUSTED[0], value)
    assert Signature(TRUSTED[0], _word(1) + _word(ORDER // 2) + b"\x1c")


@pytest.mark.parametrize(
    "changed",
    [
        {"root": -1},
        {"root": 2**254},
        {"timestamp": 0},
        {"timestamp": 2**64},
        {"params_hash": 2**254},
        {"index_prices": (-1,)},
        {"index_prices": (2**256,)},
        {"index_prices": (1,) * 9},
    ],
)
def test_messages_out_of_range_are_refused(changed):
    with pytest.raises(InputError):
        replace(EXAMPLE, **changed)


@pytest.mark.parametrize(
    "arguments",
    [(1, None), (None, CONTRACT), (0, CONTRACT), (2**256, CONTRACT), (1, "0x12"), (1, CONTRACT[2:])],
)
def test_malformed_domains_are_refused(arguments):
    with pytest.raises(InputError):
        Domain(*arguments)


def test_addresses():
    assert read_address(COW.address.lower()) == COW.address
    assert read_address("0x" + COW.address[2:].upper()) == COW.address
    assert Domain(1, CONTRACT.lower()) == Domain(1, CONTRACT)
    wrong = COW.address.replace("D", "d", 1)
    with pytest.raises(InputError, match="the checksum"):
        read_address(wrong)
    with pytest.raises(InputError, match="must have its EIP-55 checksum"):
        Signature(COW.address.lower(), b"")


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **named):
        if name.startswith("eth_account"):
            raise ModuleNotFoundError("No module named 'eth_account'", name="eth_account")
        return real(name, *rest, **named)

    signed = sign_snapshot(SNAPSHOT, COW)
    message = SnapshotMessage.of(SNAPSHOT)
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "zkmargin.chain.keystore", raising=False)
        patch.setattr(builtins, "__import__", without)
        for action in (lambda: __import__("zkmargin.chain.keystore"), lambda: sign_snapshot(SNAPSHOT, COW)):
            with pytest.raises(
                ToolchainError, match=r"eth_account is missing: pip install 'zkmargin\[chain\]'"
            ):
                action()
        assert recover_signers(SNAPSHOT, Signatures(Domain(), message, (signed,))) == (COW.address,)


# The file.


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    _signed(*KEYS, domain=ON_CHAIN).save(tmp_path / "signatures.json")
    return json.loads((tmp_path / "signatures.json").read_text())


def _load(folder: Path, document: Any) -> Signatures:
    path = folder / "changed.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return Signatures.load(path)


@pytest.mark.parametrize("domain", [Domain(), ON_CHAIN])
def test_signatures_survive_their_file(tmp_path, domain):
    signatures = _signed(*KEYS, domain=domain)
    signatures.save(tmp_path / "a.json")
    assert Signatures.load(tmp_path / "a.json") == signatures
    Signatures.load(tmp_path / "a.json").save(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "formats" / "signatures.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_file_fits_its_schema(document):
    assert not list(_validator().iter_errors(document))
    assert [one["signer"] for one in document["signatures"]] == TRUSTED


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


def _with(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = _with(document[path[0]], path[1:], value)
    return copy


def test_reader_and_schema_refuse_malformed_values(tmp_path, document):
    validator = _validator()
    for path in _places(document):
        for wrong in (1, None, "", "01", "-1", "0x", [[]], {"x": "y"}):
            changed = _with(document, path, wrong)
            assert not validator.is_valid(changed), (path, wrong)
            with pytest.raises(InputError, match=r"changed\.json"):
                _load(tmp_path, changed)


def test_the_reader_refuses_unknown_missing_and_half_domains(tmp_path, document):
    for path in _places(document):
        value = document
        for key in path:
            value = value[key]
        if isinstance(value, dict):
            for changed in (
                {**value, "colour": "red"},
                *({one: value[one] for one in value if one != key} for key in value),
            ):
                with pytest.raises(InputError, match=r"changed\.json"):
                    _load(tmp_path, _with(document, path, changed))
                assert not _validator().is_valid(_with(document, path, changed))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), "zkmargin-signatures/3", "format: expected 'zkmargin-signatures/2'"),
        (
            ("format",),
            "zkmargin-signatures/1",
            "format: signatures without the collateral's hash: sign the snapshot again",
        ),
        (("domain", "name"), "other", "domain.name: expected 'zkmargin'"),
        (("domain", "verifyingContract"), CONTRACT.lower(), "domain.verifyingContract: must have its EIP-55"),
        (("domain", "chainId"), str(2**256), "domain.chainId: must be from 1"),
        (("message", "root"), str(2**254), "message.root: must be from 0"),
        (("message", "indexPrices"), ["1"] * 9, "message.indexPrices: more than 8"),
        (("signatures", 0, "signer"), TRUSTED[0].lower(), r"signatures\[0\].signer: must have its EIP-55"),
        (("signatures", 1, "signer"), TRUSTED[0], "signatures: signers must ascend"),
        (("signatures", 0, "signature"), "0x" + "ff" * 65, r"signatures\[0\].signature: r is out of range"),
    ],
)
def test_errors_name_file_and_key(tmp_path, document, path, value, message):
    with pytest.raises(InputError, match=rf"changed\.json: {message}"):
        _load(tmp_path, _with(document, path, value))


def test_truncated_files_are_refused(tmp_path, document):
    text = json.dumps(document)
    for length in range(0, len(text), 7):
        with pytest.raises(InputError, match=r"changed\.json"):
            _load(tmp_path, text[:length])
