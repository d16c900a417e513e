"""The commands around margin proofs, from a market to a contract."""

from __future__ import annotations

import json
import re
import shutil
import stat
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak

import zkmargin_native as native
from support.ceremony_records import own_records, record_ceremony
from support.circuits import ROOT, margin_instance
from support.margin_values import KEYS, VIEW_KEY, account, snapshot
from zkmargin import Account, MarginProof, Snapshot
from zkmargin.account import entries
from zkmargin.proofs.account_statement import NOBODY, AccountStatement
from zkmargin.proofs.circuit_keys import circuit_folder
from zkmargin.proofs.context import action_id
from zkmargin.proofs.instances import find_circuit, find_instance
from zkmargin.proofs.statement_signer import sign_statement
from zkmargin.proving.artifacts import VerificationKey
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot
from zkmargin.toolchain import node_script, run

CONSUMER = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
ON_CHAIN = ("--chain-id", "1", "--consumer", CONSUMER, "--action", "withdraw", "--deadline", str(2**40))
SNAPSHOT = snapshot()
GIVEN = "The key was given; its origin was not verified."


@pytest.fixture
def cli(cli, monkeypatch, tmp_path):
    """Return a function that runs the command line in this process: (exit code, stdout, stderr)."""
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(ROOT / "node_modules"))
    monkeypatch.chdir(tmp_path)
    # These accounts have not paid for their positions.
    monkeypatch.setattr(entries, "cash_warning", lambda *_: None)
    SNAPSHOT.save("snapshot.json")
    account().save("account.json")
    account("-1300").save("poor.json")

    return cli


@pytest.fixture
def prove(cli):
    """Return a function that proves for a file, into ``proof``."""
    margin_instance("margin_13")

    def call(*options, file="account.json"):
        return cli("prove", file, "--snapshot", "snapshot.json", "-o", "proof", "--force", *options)

    return call


def test_a_new_account_is_private_empty_and_never_overwritten(cli, tmp_path):
    code, _, err = cli("account", "new", "new.json", "--owner", "0x10")
    assert (code, err) == (0, "")
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o600
    made = Account.load("new.json")
    assert (made.owner, made.cash, dict(made.positions)) == (16, 0, {})
    code, _, err = cli("account", "new", "new.json")
    assert (code, err) == (2, "error: new.json: exists already; overwriting it would lose its view key\n")
    assert Account.load("new.json") == made
    assert cli("account", "new", "other.json", "--owner", "me")[0] == 2


def test_commit_and_show(cli):
    code, out, _ = cli("account", "commit", "account.json", "--snapshot", "snapshot.json")
    assert (code, out) == (0, f"{account().commitment(SNAPSHOT)}\n")
    for options in ((), ("--json",)):
        code, out, _ = cli("account", "show", "account.json", *options)
        assert code == 0
        assert "1000.25" in out
        assert "ETH-CALL" in out
        assert str(VIEW_KEY) not in out


def test_an_account_that_others_can_read_is_pointed_out(cli, tmp_path):
    (tmp_path / "account.json").chmod(0o640)
    _, _, err = cli("account", "show", "account.json")
    assert err == "warning: other users can read account.json: run `chmod 600` on it\n"


def test_the_report_says_what_binds(cli):
    code, out, err = cli("margin", "account.json", "--snapshot", "snapshot.json")
    assert (code, err) == (0, "")
    assert re.search(r"short option minimum +100\.00  <- binds", out)
    assert "-24.00  <- binds" in out
    assert "cushion" in out
    assert out.endswith("healthy: you can prove this\n")


def test_the_report_shows_reverse_stress_and_the_margin_of_each_position(cli):
    _, out, _ = cli("margin", "account.json", "--snapshot", "snapshot.json")
    assert "reverse stress: the price moves at which equity falls below it (linear between scenarios" in out
    assert re.search(r"\n +BTC +none to -48% +none to \+48% +none to -48% +none to \+48%\n", out)
    assert re.search(r"BTC-PERPETUAL +\+30\.00\n +ETH-CALL +\+4\.00\n +ETH-PERPETUAL +\+0\.00\n", out)
    report = json.loads(cli("margin", "poor.json", "--snapshot", "snapshot.json", "--json")[1])
    assert report["margin_by_position"] == {"ETH-PERPETUAL": "0", "ETH-CALL": "4", "BTC-PERPETUAL": "30"}
    moves = {tuple(one["underlyings"]): one for one in report["reverse_stress"]["moves"]}
    assert report["reverse_stress"]["method"] == "scenarios"
    assert list(moves) == [("ETH",), ("BTC",), ("ETH", "BTC")]
    assert moves["ETH",]["maintenance_down"] == {"move": None, "searched": 0.0}


def test_a_shortfall_exits_1_and_says_what_would_cure_it(cli):
    # Equity -1300 + 455 + 900 = 55; maintenance 134; so 79, or 79 / 1800 ETH rounded up.
    code, out, _ = cli("margin", "poor.json", "--snapshot", "snapshot.json")
    assert code == 1
    assert "largest part of the requirement: ETH, where the short option minimum binds" in out
    assert "any one of these deposits restores it: 79 USD in cash, 79 USDC, 0.043889 ETH" in out


def test_the_report_as_json(cli):
    code, out, _ = cli(
        "margin", "poor.json", "--snapshot", "snapshot.json", "--requirement", "20000", "--json"
    )
    report = json.loads(out)
    assert code == 1
    assert (report["healthy"], report["requirement_bps"], report["required"]) == (False, 20_000, "268")
    assert (report["equity"], report["cushion"], report["cash_needed"]) == ("55", "-213", "213")
    assert report["underlyings"][1]["binding_scenario"] == 1
    assert len(report["underlyings"][0]["scenarios"]) == len(report["scenarios"]) == 16


def test_a_proof_is_made_and_verified_by_every_engine(cli, prove):
    code, out, err = prove("--requirement", "initial", "--json")
    assert code == 0
    made = json.loads(out)
    assert (made["instance"], made["healthy"], made["signals"]["requirementBps"]) == (
        "margin_13",
        True,
        "12500",
    )
    assert "warning: margin_13: Development key" in err
    commitment = str(account().commitment(SNAPSHOT))
    expected = ("--snapshot", "snapshot.json", "--account", commitment, "--requirement", "initial")
    code, out, _ = cli("verify", "proof", *expected, "--context", "0", "--engine", "all", "--json")
    assert code == 0
    assert json.loads(out) == {
        "folder": "proof",
        "valid": True,
        "engines": {"native": True, "snarkjs": True, "py-ecc": True},
        "reason": "",
        "mismatch": "",
        "not_compared": ["venue"],
        "statement": None,
        "snapshot": {"time": "2023-11-14T22:13:20Z", "model": "span"},
        "key": {"fingerprint": made["key"]["fingerprint"], "kind": "development"},
        "signals": made["signals"],
    }
    code, out, _ = cli("verify", "proof")
    assert code == 0
    key = (
        f"development key {made['key']['fingerprint']}\n  Development key: it was not verified here [^\n]*\n"
    )
    assert re.match(rf"native: valid\n{key}  healthy +1\n", out)
    assert out.endswith(
        "no venue vouches for the account: anybody can commit to an invented one\n"
        "not compared, as no expected value was given: snapshot, commitment, requirement, context, venue\n"
    )


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        (("--snapshot", "other.json"), "another snapshot"),
        (("--account", "1"), "another account"),
        (("--requirement", "10001"), "a requirement of 10000 / 10000"),
        (("--context", "0x1"), "another context"),
    ],
)
def test_a_proof_of_something_else_exits_1(cli, prove, expected, reason):
    snapshot(timestamp=5).save("other.json")
    prove()
    code, out, _ = cli("verify", "proof", *expected, "--json")
    assert code == 1
    assert json.loads(out)["valid"] is False
    # The proof itself holds: only what it states is not as expected.
    assert json.loads(out)["engines"] == {"native": True}
    assert reason in json.loads(out)["mismatch"]
    assert cli("verify", "proof", *expected)[1].startswith(
        "native: valid\nNOT AS EXPECTED: the proof is rejected"
    )


def test_a_changed_proof_and_one_for_another_key_exit_1(cli, prove, tmp_path):
    prove()
    for file in ("public.json", "statement.json"):
        path = tmp_path / "proof" / file
        path.write_text(path.read_text().replace('"10000"', '"9999"'))
    code, out, _ = cli("verify", "proof")
    assert code == 1
    assert "the proof does not hold for its public signals" in out
    golden = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
    (tmp_path / "key.json").write_text(json.dumps(golden["key"]))
    code, out, _ = cli("verify", "proof", "--key", "key.json", "--json")
    assert code == 1
    reason = json.loads(out)["reason"]
    mine = json.loads((tmp_path / "proof" / "statement.json").read_text())["key"]
    theirs = fingerprint(VerificationKey.from_json(golden["key"]))
    assert f"has the fingerprint {mine} and differs from the verification key you trust, {theirs}" in reason


def test_default_has_to_be_asked_for_twice(cli, prove, tmp_path):
    code, out, err = prove(file="poor.json")
    assert (code, out) == (1, "")
    assert err == "error: the account is not healthy at 10000 / 10000 of its requirement\n"
    assert not (tmp_path / "proof").exists()
    assert prove("--allow-unhealthy", file="poor.json")[0] == 0
    assert cli("verify", "proof", "--snapshot", "snapshot.json")[0] == 1
    assert cli("verify", "proof", "--snapshot", "snapshot.json", "--allow-unhealthy")[0] == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--requirement", "most"), "--requirement: expected maintenance, initial or a whole number"),
        (("--requirement", "1048576"), "requirement: must be from 0 to 1048575"),
        (("--context", "1.5"), "--context: expected a whole number"),
        (("--context", "1", *ON_CHAIN), "--context: cannot be combined with"),
        (ON_CHAIN[:4], "--action, --deadline: missing"),
        (("--consumer", "0x1", *ON_CHAIN[:2], *ON_CHAIN[4:]), "consumer: expected an address"),
        (("--instance", "margin_1"), "instance: no such circuit"),
        (("--prover", "fast"), "backend: no such prover"),
    ],
)
def test_wrong_options_exit_2_and_write_nothing(prove, tmp_path, options, reason):
    code, _, err = prove(*options)
    assert code == 2
    assert err.startswith(f"error: {reason}")
    assert not (tmp_path / "proof").exists()


def test_attack_29_an_account_that_does_not_fit_exits_2_and_shows_nothing(prove, tmp_path):
    path = tmp_path / "account.json"
    path.write_text(path.read_text().replace("ETH-CALL", "ETH-GONE"))
    code, out, err = prove("--json")
    assert code == 2
    message = "account.json: positions[1].instrument: the snapshot has no such instrument: check its name"
    found = json.loads(out)["error"]
    assert (found["kind"], found["exit_code"]) == ("InputError", 2)
    assert found["message"].startswith(message)
    assert "GONE" not in err
    assert not (tmp_path / "proof").exists()


def test_verify_needs_a_folder_or_three_files(cli, prove):
    prove()
    assert cli("verify")[2] == "error: verify: expected a folder, or --key, --public and --proof\n"
    assert cli("verify", "proof", "--public", "proof/public.json")[0] == 2
    files = [f"--{name}=proof/{name}.json" for name in ("public", "proof")]
    code, out, _ = cli("verify", "--key", "proof/verification_key.json", *files)
    key = json.loads(Path("proof/statement.json").read_text())["key"]
    assert (code, out) == (0, f"native: valid\ngiven key {key}\n  {GIVEN}\n")
    # The same for a margin proof: a key from elsewhere has no kind here.
    code, out, _ = cli("verify", "proof", "--key", "proof/verification_key.json", "--json")
    assert (code, json.loads(out)["key"]) == (0, {"fingerprint": key, "kind": None})


def test_a_ceremonys_key_is_called_one_only_with_a_record_of_its_verification(
    cli, prove, monkeypatch, tmp_path
):
    records = own_records(monkeypatch, tmp_path / "cache")
    code, out, err = prove("--json")
    key = json.loads(out)["key"]
    assert (code, key["kind"]) == (0, "development")
    assert "warning: margin_13: Development key: " in err
    record_ceremony(records, [find_circuit("margin_13")], KEYS)
    code, out, _ = cli("verify", "proof")
    assert (code, f"ceremony key {key['fingerprint']}\n" in out) == (0, True)
    code, out, err = prove("--json")
    assert (code, json.loads(out)["key"]) == (0, {**key, "kind": "ceremony"})
    assert "warning: margin_13" not in err


def test_several_proofs_are_verified_together_and_the_invalid_ones_are_named(cli, prove):
    for name, context in (("first", 1), ("second", 2), ("third", 3)):
        assert prove("--context", str(context))[0] == 0
        Path("proof").rename(name)
    names = ("first", "second", "third")
    code, out, _ = cli("verify", *names, "--snapshot", "snapshot.json")
    nobody = "no venue vouches for the account: anybody can commit to an invented one"
    lines = [line for name in names for line in (f"{name}: native: valid", f"{name}: {nobody}")]
    assert (code, out.splitlines()[:6]) == (0, lines)
    # The second is made invalid, the third is for another context.
    shutil.copy("first/proof.json", "second/proof.json")
    code, out, _ = cli("verify", *names, "--json")
    shown = json.loads(out)
    assert (code, shown["valid"]) == (1, False)
    assert [(one["folder"], one["valid"]) for one in shown["proofs"]] == [
        ("first", True),
        ("second", False),
        ("third", True),
    ]
    code, out, _ = cli("verify", *names, "--context", "1")
    assert code == 1
    assert out.splitlines() == [
        "first: native: valid",
        f"first: {nobody}",
        "second: native: INVALID",
        "second: the proof does not hold for its public signals",
        "second: NOT AS EXPECTED: the proof is rejected: it is for another context",
        f"second: {nobody}",
        "third: native: valid",
        "third: NOT AS EXPECTED: the proof is rejected: it is for another context",
        f"third: {nobody}",
        f"margin_13: development key {json.loads(Path('first/statement.json').read_text())['key']}",
        f"  {KeyKind.DEVELOPMENT.note}",
        "not compared, as no expected value was given: snapshot, commitment, requirement, venue",
    ]
    code, out, _ = cli("verify", "first", "second")
    assert "second: the proof does not hold for its public signals" in out


def test_the_inputs_alone_serve_another_witness_calculator_and_prover(cli, prove, tmp_path):
    code, out, _ = prove("--inputs-only", "--context", "1", "--json")
    assert (code, json.loads(out)["instance"]) == (0, "margin_13")
    assert sorted(path.name for path in (tmp_path / "proof").iterdir()) == ["input.json", "public.json"]
    assert stat.S_IMODE((tmp_path / "proof" / "input.json").stat().st_mode) == 0o600
    circuit, keys = margin_instance("margin_13")
    command = [
        *node_script("snarkjs", "build/cli.cjs"),
        "wtns",
        "calculate",
        circuit.wasm,
        "input.json",
        "own.wtns",
    ]
    run(command, cwd=tmp_path / "proof", timeout=120)
    _, public = native.Prover(keys.zkey).prove(tmp_path / "proof" / "own.wtns")
    # A proof is public, so it never goes into a folder with inputs.
    assert prove()[0] == 2
    assert public == json.loads((tmp_path / "proof" / "public.json").read_text())


def test_a_bundle_is_verified_with_its_snapshot_and_signatures(cli, prove):
    signer = EthAccount.from_key(keccak(b"oracle"))
    signed = Signatures(Domain(), SnapshotMessage.of(SNAPSHOT), (sign_snapshot(SNAPSHOT, signer),))
    signed.save("signed.json")
    prove("--context", "1", "--requirement", "initial")
    make = ("bundle", "proof", "--snapshot", "snapshot.json")
    assert cli(*make, "--signatures", "signed.json", "-o", "proof.zip")[0] == 0
    code, out, _ = cli("verify", "proof.zip", "--context", "1", "--signer", signer.address)
    assert code == 0
    assert "snapshot of 2023-11-14 22:13:20 UTC under the model span; requirement: initial margin\n" in out
    assert f"  {signer.address}\n  trusted signers: 1, needed: 1\n" in out
    assert out.endswith("given: commitment, requirement, venue\n")
    code, out, _ = cli("verify", "proof.zip", "--signer", "0x" + "11" * 20, "--json")
    shown = json.loads(out)
    assert (code, shown["valid"], shown["engines"]) == (1, False, {"native": True})
    assert (shown["folder"], shown["snapshot"]["model"]) == ("proof.zip", "span")
    assert shown["signatures"]["reason"].startswith("signed by 0 of the 1 trusted signers")
    assert cli(*make, "-o", "unsigned.zip")[0] == 0
    code, out, _ = cli("verify", "unsigned.zip", "--signer", signer.address)
    assert (code, "the bundle has no signatures of its snapshot" in out) == (1, True)
    snapshot(timestamp=5, initial_bps=10_001).save("other.json")
    code, _, err = cli("bundle", "proof", "--snapshot", "other.json", "-o", "other.zip")
    assert (code, err) == (2, "error: other.json: not the snapshot of the proof\n")
    assert cli("verify", "proof", "--signer", signer.address)[0] == 2
    # A milder model under the name of a bundled one.
    assert cli("prove", "account.json", "--snapshot", "other.json", "--context", "1", "-o", "mild")[0] == 0
    assert cli("bundle", "mild", "--snapshot", "other.json", "-o", "mild.zip")[0] == 0
    assert "under the model span (not a bundled model);" in cli("verify", "mild.zip")[1]


def test_weak_claims_are_warned_of(prove):
    _, _, err = prove("--requirement", "0")
    assert "warning: without --context the proof serves anybody" in err
    assert "warning: a requirement of 0 shows only that the equity is not negative" in err
    assert "context" not in prove("--context", "7")[2]


def test_a_statement_of_account_goes_with_the_proof(cli, prove):
    venue = EthAccount.from_key(keccak(b"venue"))
    now = int(time.time())
    said = AccountStatement(
        bytes(32), NOBODY, account().commitment(SNAPSHOT), SNAPSHOT.root, now, now + 900, "venue.example"
    )
    sign_statement(said, venue).save("word.json")
    assert prove("--statement", "word.json")[0] == 0
    code, out, _ = cli("verify", "proof", "--venue", venue.address)
    assert code == 0
    assert f"{venue.address} vouches for the account until " in out
    code, out, _ = cli("verify", "proof", "--venue", "0x" + "11" * 20, "--json")
    shown = json.loads(out)
    assert (code, shown["engines"], shown["statement"]["holds"]) == (1, {"native": True}, False)
    assert "is signed by" in shown["mismatch"]
    # The statement of another account.
    sign_statement(replace(said, commitment=5), venue).save("proof/account-statement.json")
    code, out, _ = cli("verify", "proof", "--venue", venue.address)
    assert (code, "NOT AS EXPECTED: it is about another commitment" in out) == (1, True)
    # A new proof without a statement does not keep the one of the old proof.
    assert prove()[0] == 0
    code, out, _ = cli("verify", "proof", "--venue", venue.address)
    assert (code, "NOT AS EXPECTED: there is no statement of account" in out) == (1, True)


def test_a_contract_on_a_new_chain_verifies(cli, prove):
    prove()
    code, out, _ = cli("chain", "verify", "proof", "--json")
    shown = json.loads(out)
    assert code == 0
    assert shown["checked"] == "by Groth16Verifier alone: the context names no contract"
    assert 200_000 < shown["gas"] < 350_000
    assert cli("chain", "verify", "proof", "--rpc", "http://127.0.0.1:1")[0] == 2


def test_the_consumers_contract_verifies_health_and_default(cli, prove):
    for file, options in (("account.json", ()), ("poor.json", ("--allow-unhealthy",))):
        assert prove(*ON_CHAIN, *options, file=file)[0] == 0
        context = MarginProof.load("proof").context
        assert (context.consumer, context.action, context.chain_id) == (CONSUMER, action_id("withdraw"), 1)
        code, out, err = cli("chain", "verify", "proof")
        assert (code, err) == (0, "")
        assert "by MarginVerifier" in out


def test_a_contract_rejects_a_proof_after_its_deadline(cli, prove):
    prove(*ON_CHAIN[:-1], str(int(time.time()) - 60))
    code, _, err = cli("chain", "verify", "proof")
    assert code == 4
    assert "DeadlinePassed" in err


def test_exports(cli, prove, tmp_path):
    prove()
    assert cli("export", "verifier", "margin_13", "-o", "Verifier.sol")[0] == 0
    assert "contract Groth16Verifier" in (tmp_path / "Verifier.sol").read_text()
    _, out, _ = cli("export", "calldata", "proof")
    # The selector and 13 words of 32 bytes.
    assert out.startswith("0x")
    assert len(out.strip()) == 2 + 2 * (4 + 13 * 32)
    arguments = json.loads(cli("export", "calldata", "proof", "--json")[1])
    words = [int(one, 16) for one in arguments["signals"]]
    assert words == list(MarginProof.load("proof").signals)
    assert out.strip().endswith("".join(f"{word:064x}" for word in words))


def test_keys_of_the_instances(cli):
    margin_instance("margin_13")
    folder = circuit_folder(find_instance("margin_13"), KEYS)
    built = json.loads(cli("keys", "build", "margin_13", "--json")[1])
    assert built["zkey"] == str(folder / "margin_13.zkey")
    listed = json.loads(cli("keys", "list", "--json")[1])
    assert "margin_13" in [keys["circuit"] for keys in listed["keys"]]
    for wrong in (("margin_9",), ("margin_13", "-o", "x"), ("x.circom",)):
        assert cli("keys", "build", *wrong)[0] == 2


def test_config(cli):
    code, out, _ = cli("config", "--json")
    found = {one["name"]: one for one in json.loads(out)["settings"]}
    assert code == 0
    assert found["keys"] == {"name": "keys", "value": str(KEYS), "from": "ZKMARGIN_KEYS"}
    assert found["circuits"]["value"] == str(ROOT / "circuits")
    assert found["margin_64"]["value"] == "64 positions over 5 underlyings"
    assert "ZKMARGIN_KEYS" in cli("config")[1]


def test_a_market_becomes_a_snapshot(cli):
    chain = ROOT / "examples" / "chain" / "ETH.json"
    code, out, _ = cli("data", "import", "deribit", chain, "-o", "market.json", "--json")
    assert code == 0
    assert json.loads(out)["underlyings"] == ["ETH"]
    code, out, _ = cli("data", "import", "deribit", chain, "-o", "again.json", "--previous", "market.json")
    assert code == 0
    assert Path("again.json").read_text() == Path("market.json").read_text()
    code, out, _ = cli("snapshot", "build", "market.json", "-o", "built.json", "--json")
    assert code == 0
    assert json.loads(out)["root"] == str(Snapshot.load("built.json").root)
    code, out, _ = cli("snapshot", "build", "market.json", "-o", "built.json", "--force")
    assert "instruments under span" in out
    code, _, err = cli("snapshot", "build", "market.json", "-o", "none.json", "--model", "nothing")
    assert (code, err) == (2, "error: nothing: no such model\n")


@pytest.mark.parametrize("command", ["margin", "prove", "account", "data", "snapshot", "chain", "export"])
def test_help(cli, command):
    code, out, _ = cli(command, "--help")
    assert code == 0
    assert "Usage" in out


def test_a_shell_can_complete_commands():
    env = {"_ZKMARGIN_COMPLETE": "bash_complete", "COMP_WORDS": "zkmargin pro", "COMP_CWORD": "1"}
    code = "from zkmargin.cli import main; import sys; sys.argv[0] = 'zkmargin'; main()"
    done = run([sys.executable, "-c", code], cwd=ROOT, timeout=60, env=env, check=False)
    assert done.stdout.split() == ["plain,prove", "plain,prove-batch"]


def test_no_command_line_takes_a_holding_or_a_view_key(cli):
    shown = cli("account", "new", "--help")[1] + cli("prove", "--help")[1]
    for name in ("view-key", "cash", "position", "collateral"):
        assert f"--{name}" not in shown


def test_proving_loads_neither_numpy_nor_web3():
    code = "import sys; from zkmargin.proofs.margin_prover import MarginProver; print(*sys.modules)"
    loaded = set(run([sys.executable, "-c", code], cwd=ROOT, timeout=60).stdout.split())
    assert not loaded & {"numpy", "scipy", "web3", "py_ecc", "rich"}
