"""``pip install zkmargin`` without extras verifies, is small, and says which extra another command needs."""

from __future__ import annotations

import sys

import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.circuits import margin_instance
from support.light_install import light_install, run_light
from support.margin_values import KEYS, account, snapshot
from support.outside import needs_wheels, run_outside
from zkmargin import MarginProver, Requirement
from zkmargin.proofs.account_statement import NOBODY, AccountStatement
from zkmargin.proofs.bundle import write_bundle
from zkmargin.proofs.statement_signer import sign_statement
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot

SNAPSHOT = snapshot()
SIGNER, VENUE = (EthAccount.from_key(keccak(name)) for name in (b"oracle", b"venue"))
VERIFY = (
    *("verify", "proof.zip", "--key", "key.json", "--context", "1", "--requirement", "initial"),
    *("--signer", SIGNER.address, "--venue", VENUE.address),
)
MAIN = "from zkmargin.cli import main; main()"
HEAVY = ("numpy", "scipy", "wasmtime", "py_ecc", "web3", "eth_account", "Crypto", "ccxt", "jinja2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with what a prover sends: a bundle, and the key that its receiver trusts."""
    folder = tmp_path_factory.mktemp("light")
    margin_instance("margin_13")
    holder = account()
    proof = MarginProver(keys=KEYS).prove(holder, SNAPSHOT, Requirement.INITIAL, context=1)
    proof.save(folder / "proof")
    said = AccountStatement(
        bytes(32), NOBODY, holder.commitment(SNAPSHOT), SNAPSHOT.root, 1, 2**40, "venue.example"
    )
    sign_statement(said, VENUE).save(folder / "proof" / "account-statement.json")
    SNAPSHOT.save(folder / "snapshot.json")
    holder.save(folder / "account.json")
    signatures = Signatures(Domain(), SnapshotMessage.of(SNAPSHOT), (sign_snapshot(SNAPSHOT, SIGNER),))
    signatures.save(folder / "signatures.json")
    write_bundle(folder / "proof.zip", folder / "proof", folder / "snapshot.json", folder / "signatures.json")
    (folder / "key.json").write_bytes((folder / "proof" / "verification_key.json").read_bytes())
    return folder


@pytest.fixture(scope="module")
def installed(folder):
    """Return the installed folder, with the sizes of its distributions."""
    target = folder / "site-packages"
    return target, light_install(target)


def test_it_is_small_and_has_no_dependency_of_an_extra(installed):
    target, sizes = installed
    assert set(sizes) == {"zkmargin", "zkmargin-native", "click", "filelock", "tomli-w"}
    assert sum(sizes.values()) < 20_000_000
    assert not [name for name in HEAVY if (target / name).exists()]


def test_it_verifies_a_bundle_with_its_signatures_and_statement(folder, installed):
    done = run_light(installed[0], MAIN, *VERIFY, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("native: valid\n")
    assert f"{VENUE.address} vouches for the account until " in done.stdout
    assert "trusted signers: 1, needed: 1\n" in done.stdout
    other = (*VERIFY[:-3], "0x" + "11" * 20, *VERIFY[-2:])
    assert run_light(installed[0], MAIN, *other, cwd=folder).returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (
            "snapshot",
            "verify",
            "snapshot.json",
            "--signatures",
            "signatures.json",
            "--signer",
            SIGNER.address,
        ),
        ("statement", "verify", "proof/account-statement.json", "--venue", VENUE.address),
        ("keys", "fingerprint", "key.json"),
    ],
)
def test_it_verifies_signatures_and_names_keys(folder, installed, arguments):
    done = run_light(installed[0], MAIN, *arguments, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (("prove", "account.json", "--snapshot", "snapshot.json", "-o", "b"), "prove"),
        (("verify", "proof.zip", "--key", "key.json", "--engine", "py-ecc"), "prove"),
        (("backtest", "BTC=prices.csv", "-o", "c.html"), "risk"),
        (("keystore", "new", "-o", "d"), "chain"),
    ],
)
def test_another_command_names_its_extra_and_shows_its_help(folder, installed, arguments, extra):
    done = run_light(installed[0], MAIN, *arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert done.stderr.endswith(f" is missing: pip install 'zkmargin[{extra}]'\n")
    assert run_light(installed[0], MAIN, arguments[0], "--help", cwd=folder).returncode == 0


@needs_wheels
def test_the_wheels_verify_a_bundle(folder):
    lines = (
        f"{sys.executable} -m venv venv",
        'venv/bin/pip install --quiet --find-links "$WHEELS" zkmargin',
        f"venv/bin/zkmargin {' '.join(VERIFY)}",
        "venv/bin/zkmargin --help",
    )
    done = run_outside("\n".join(lines), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("native: valid\n")
