"""``zkmargin snapshot sign`` and ``zkmargin snapshot signer``."""

from __future__ import annotations

import getpass
import json
import re
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from eth_account import Account as EthAccount

from zkmargin.cli import chain_verify
from zkmargin.cli.passwords import ask_password
from zkmargin.proofs import circuit_keys
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.risk import load_model
from zkmargin.snapshot.signatures import Domain, Signatures
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venue_data import Perpetual, Underlying, VenueData

CONTRACT = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
SECRET = "correct horse"  # noqa: S105
_KEY, _OTHER_KEY = "k7f3-9xq2-mh4d-w8tz", "0123-4567-89ab-cdef"
KEYS = sorted((EthAccount.from_key(bytes([n] * 32)) for n in (1, 2)), key=lambda one: int(one.address, 16))


def _snapshot(price: str) -> Snapshot:
    perpetuals = (Perpetual("ETH-PERPETUAL", 0, Decimal("0.01"), Decimal(price)),)
    market = VenueData(1_704_712_781, "USD", (Underlying("ETH", Decimal(price), 1, perpetuals),))
    return Snapshot.build(market, load_model("span"))


@pytest.fixture
def cli(cli, monkeypatch, tmp_path):
    """Return a function that runs the command line in this process: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    _snapshot("2200").save("snapshot.json")
    _snapshot("2300").save("other.json")
    for number, one in enumerate(KEYS):
        keystore = one.encrypt(SECRET, kdf="pbkdf2", iterations=10)
        Path(f"key{number}.json").write_text(json.dumps(keystore))
    for name, text in {"password": f"{SECRET}\n", "wrong": "battery staple"}.items():
        Path(name).write_text(text)
    for path in tmp_path.iterdir():
        path.chmod(0o600)

    return lambda *arguments: cli(*arguments) if arguments[0] == "keystore" else cli("snapshot", *arguments)


def _sign(cli, key="key0.json", *options, snapshot="snapshot.json", opened_by="password"):
    options = ("--keystore", key, "--password-file", opened_by, "-o", "signatures.json", *options)
    return cli("sign", snapshot, *options)


def test_signers_add_their_signatures_one_after_another(cli):
    code, out, err = _sign(cli, "key1.json")
    assert (code, err) == (0, "")
    assert f"signed by {KEYS[1].address}, off chain" in out
    code, out, _ = _sign(cli, "key0.json", "--json")
    assert json.loads(out)["signers"] == [one.address for one in KEYS]
    before = Path("signatures.json").read_bytes()
    assert _sign(cli, "key1.json")[0] == 0
    assert Path("signatures.json").read_bytes() == before
    assert len(Signatures.load("signatures.json").signatures) == 2


def test_signatures_for_a_chain_and_for_use_off_chain_do_not_mix(cli):
    _sign(cli)
    signed = Signatures.load("signatures.json")
    replace(signed, domain=Domain(1, CONTRACT)).save("signatures.json")
    code, _, err = _sign(cli, "key1.json")
    assert (code, err) == (
        2,
        f"error: signatures.json: domain: the signatures are for another domain: chain 1, contract {CONTRACT}\n",
    )


def test_a_signature_for_a_chain_needs_the_chain(cli):
    assert _sign(cli, "key1.json", "--chain-id", 1)[0] == 2
    chain = ("--chain-id", 1, "--verifying-contract", CONTRACT, "--rpc", "http://127.0.0.1:9")
    code, _, _ = _sign(cli, "key1.json", *chain)
    assert (code, Path("signatures.json").exists()) == (4, False)


def test_attack_a_snapshot_that_drops_a_row_is_not_signed(cli):
    market = _snapshot("2200").parts
    rows, listings = {1: market.rows[0]}, (replace(market.listings[0], id=1, name="ETH-OTHER"),)
    Snapshot.commit(replace(market, rows=rows, listings=listings)).save("dropped.json")
    code, _, err = _sign(cli, "key0.json", "--previous", "snapshot.json", snapshot="dropped.json")
    shown = "error: rows must not follow the previous snapshot's: ETH-PERPETUAL: no row, but it was never settled\n"
    assert (code, err, Path("signatures.json").exists()) == (1, shown, False)
    assert _sign(cli, "key0.json", "--previous", "snapshot.json", snapshot="other.json")[0] == 0


@pytest.fixture
def own_keys(monkeypatch):
    """Give this machine keys of two circuits, and return their fingerprints."""
    found = {"margin_13": (_KEY, KeyKind.CEREMONY), "wide_8": (_OTHER_KEY, KeyKind.DEVELOPMENT)}

    def load(circuit):
        if circuit.name not in found:
            return None
        text, kind = found[circuit.name]
        return None, SimpleNamespace(
            fingerprint=text, kind=kind, manifest=SimpleNamespace(circuit=circuit.name)
        )

    monkeypatch.setattr(circuit_keys, "load_circuit", load)
    monkeypatch.setattr(chain_verify, "load_circuit", load)
    return found


def test_a_signer_names_the_keys_of_this_machine(cli, own_keys):
    code, out, err = _sign(cli, "key0.json", "--keys", "margin_13, wide_8")
    assert code == 0
    assert re.search(rf"margin_13 +{_KEY}\n +wide_8 +{_OTHER_KEY}\n", out)
    assert err.startswith("warning: wide_8: Development key: ")
    assert "margin_13" not in err
    code, out, _ = _sign(cli, "key1.json", "--keys", "margin_13", "--json")
    assert json.loads(out)["keys"] == {"margin_13": _KEY}

    own_keys["wide_8"] = _KEY, KeyKind.SINGLE
    code, out, _ = cli("verify", "snapshot.json", "--signatures", "signatures.json")
    assert code == 0
    assert re.search(rf"margin_13 +{_KEY} +this machine's ceremony key\n", out)
    assert re.search(rf"wide_8 +{_OTHER_KEY} +NOT this machine's {_KEY}\n", out)
    del own_keys["wide_8"]
    code, out, _ = cli("verify", "snapshot.json", "--signatures", "signatures.json", "--json")
    keys = json.loads(out)["signatures"]["keys"]
    assert keys[KEYS[0].address][1] == {
        "circuit": "wide_8",
        "fingerprint": _OTHER_KEY,
        "here": None,
        "kind": None,
    }
    assert [one["kind"] for one in keys[KEYS[1].address]] == ["ceremony"]

    document = json.loads(Path("signatures.json").read_text())
    document["signatures"][0]["keys"]["fingerprints"]["margin_13"] = _OTHER_KEY
    Path("signatures.json").write_text(json.dumps(document))
    code, out, _ = cli("verify", "snapshot.json", "--signatures", "signatures.json")
    assert (code, "INVALID: not a signature of the named keys by" in out) == (1, True)
    assert _OTHER_KEY not in out


def test_keys_that_this_machine_does_not_have_are_not_named(cli, own_keys):
    code, _, err = _sign(cli, "key0.json", "--keys", "margin_13,match_1")
    assert (code, "keys of match_1: none on this machine" in err) == (2, True)
    code, _, err = _sign(cli, "key0.json", "--keys", "margin_12")
    assert (code, "no such circuit" in err) == (2, True)
    assert not Path("signatures.json").exists()


def test_signatures_of_another_snapshot_stay_as_they_are(cli):
    _sign(cli)
    before = Path("signatures.json").read_bytes()
    code, _, err = _sign(cli, "key1.json", snapshot="other.json")
    assert (code, err) == (2, "error: signatures.json: message: the signatures are of another snapshot\n")
    assert Path("signatures.json").read_bytes() == before


def test_a_signature_that_does_not_hold_gets_no_company(cli):
    _sign(cli)
    document = json.loads(Path("signatures.json").read_text())
    document["signatures"][0]["signer"] = CONTRACT
    Path("signatures.json").write_text(json.dumps(document))
    code, _, err = _sign(cli, "key1.json")
    assert (code, err) == (1, f"error: not a signature of this snapshot by {CONTRACT}\n")


def test_a_wrong_password_shows_nothing(cli):
    code, out, err = _sign(cli, opened_by="wrong")
    assert (code, out, err) == (2, "", "error: key0.json: the password is wrong\n")
    assert not Path("signatures.json").exists()


def test_a_file_that_others_can_read_is_warned_of(cli):
    Path("key0.json").chmod(0o644)
    Path("password").chmod(0o640)
    code, _, err = _sign(cli)
    assert code == 0
    for name in ("key0.json", "password"):
        assert f"warning: other users can read {name}" in err


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\xff", "not UTF-8"), (b"x" * 4097, "larger than 4096 bytes")]
)
def test_a_password_file_that_is_none_is_refused(cli, content, reason):
    Path("odd").write_bytes(content)
    Path("odd").chmod(0o600)
    assert _sign(cli, opened_by="odd") == (2, "", f"error: odd: {reason}\n")


def test_a_missing_file_exits_2(cli):
    assert _sign(cli, opened_by="nothing")[0] == 2
    assert _sign(cli, "nothing.json")[0] == 2
    assert _sign(cli, snapshot="nothing.json")[0] == 2


def test_the_password_is_asked_for_without_an_echo(cli, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: SECRET)
    assert cli("sign", "snapshot.json", "--keystore", "key0.json", "-o", "signatures.json")[0] == 0


def test_without_a_terminal_a_password_file_is_needed(cli, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    code, _, err = cli("sign", "snapshot.json", "--keystore", "key0.json", "-o", "signatures.json")
    assert code == 2
    assert "give --password-file" in err


def test_no_password_is_none(cli, monkeypatch):
    def refuse(_):
        raise EOFError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", refuse)
    code, _, err = cli("sign", "snapshot.json", "--keystore", "key0.json", "-o", "signatures.json")
    assert (code, err) == (2, "error: password: no password entered\n")


@pytest.mark.usefixtures("quick_keystores")
def test_a_new_signer_can_sign(cli):
    code, out, _ = cli("keystore", "new", "-o", "new.json", "--password-file", "password", "--json")
    assert code == 0
    address = json.loads(out)["address"]
    _sign(cli, "new.json")
    assert Signatures.load("signatures.json").signatures[0].signer == address
    before = Path("new.json").read_bytes()
    code, _, err = cli("keystore", "new", "-o", "new.json", "--password-file", "password")
    assert (code, err) == (2, "error: new.json: exists already; overwriting it would lose its key\n")
    assert Path("new.json").read_bytes() == before


def test_a_new_password_is_asked_for_twice(cli, monkeypatch):
    answers = iter(["one", "two"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(answers))
    code, _, err = cli("keystore", "new", "-o", "new.json")
    assert (code, err) == (2, "error: password: the two entries differ\n")
    assert not Path("new.json").exists()


def test_a_password_is_the_same_from_every_keyboard(tmp_path):
    """The letter e with an acute accent, as one code point and as two."""
    for name, text in (("one", "caf\u00e9"), ("two", "cafe\u0301")):
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    assert ask_password(tmp_path / "one") == ask_password(tmp_path / "two") == "caf\u00e9"
