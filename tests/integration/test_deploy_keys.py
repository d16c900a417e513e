"""Keys of a market off local chains: only a ceremony's, verified here, are deployed and pass a check."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from support.ceremony_records import PEOPLE, own_records, record_ceremony
from support.deploy_values import failures, write_market
from support.local_market import CIRCUITS, put_back, require_keys
from support.margin_values import KEYS
from zkmargin.chain import connect, run_anvil
from zkmargin.cli.markets import open_market
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import circuit_folder
from zkmargin.proofs.instances import find_circuit
from zkmargin.proofs.own_compilations import remember_constraints
from zkmargin.settlement.deploy import Deployment, MarketSettings, check_deployment, deploy, deploy_market
from zkmargin.settlement.deploy.circuit_list import MarketCircuits
from zkmargin.settlement.deploy.circuits import unverified_circuits

ALL = MarketCircuits.of(CIRCUITS).all
NAMES = [one.name for one in ALL]


@pytest.fixture(scope="module")
def node():
    require_keys()
    with run_anvil(chain_id=1) as url:
        yield url


@pytest.fixture(scope="module")
def settings(node, tmp_path_factory):
    folder = write_market(tmp_path_factory.mktemp("market"), connect(node))
    return MarketSettings.load(folder / "market.toml")


@pytest.fixture(autouse=True)
def keys_folder(monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))


@pytest.fixture
def records(monkeypatch, tmp_path):
    """Return this machine's records of verified keys; there are none yet."""
    return own_records(monkeypatch, tmp_path / "cache")


@pytest.fixture
def web3(node):
    with put_back(node) as web3:
        yield web3


@pytest.fixture(scope="module")
def forced(node, settings):
    """Return a market with development keys, deployed by somebody who has removed the gate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deploy, "require_ceremony", lambda *_: None)
        return deploy_market(connect(node), settings, keys=KEYS)


@pytest.mark.usefixtures("records")
def test_attack_a_market_with_the_keys_of_one_maker_is_not_deployed(node, web3, settings, cli, tmp_path):
    """The maker of the keys withdraws everything by forged proofs, though contracts and wiring are in order."""
    before, out = web3.eth.block_number, tmp_path / "deployment.json"
    code, _, error = cli("deploy", settings.source, "--rpc", node, "-o", out)
    assert code == 2
    assert (
        "keys of circuits: not a ceremony's that was verified on this machine: open (development), " in error
    )
    assert all(f"{name} (development)" in error for name in NAMES)
    assert web3.eth.block_number == before
    assert not list(tmp_path.glob("deployment.json*"))


@pytest.mark.usefixtures("records")
def test_attack_a_market_with_the_keys_of_one_maker_passes_no_check(node, settings, forced, cli, tmp_path):
    out = tmp_path / "deployment.json"
    forced.save(out)
    code, shown, _ = cli("deploy", settings.source, "--check", out, "--rpc", node)
    assert code == 1
    wrong = re.findall(
        r"^FAIL  (\w+): its key is a ceremony's, verified on this machine; found (.*)$", shown, re.M
    )
    assert wrong == [(name, "development key") for name in NAMES]
    assert shown.count("FAIL") == len(NAMES)
    code, shown, _ = cli("deploy", "--check", out, "--rpc", node, "--json")
    assert (code, json.loads(shown)["valid"]) == (1, False)


@pytest.mark.usefixtures("web3")
def test_a_ceremony_that_was_verified_here_is_deployed_and_shown(node, settings, records, cli, tmp_path):
    out = tmp_path / "deployment.json"
    record_ceremony(records, ALL, KEYS)
    code, _, error = cli("deploy", settings.source, "--rpc", node, "-o", out)
    assert code == 0, error
    made = Deployment.load(out)
    code, shown, _ = cli("deploy", settings.source, "--check", out, "--rpc", node)
    assert (code, "FAIL" in shown) == (0, False)
    for name, one in made.circuits.items():
        assert f"{name}: {one.fingerprint} on the chain; ceremony key\n" in shown
    assert len(re.findall(rf"^  phase 1 +own.ptau, transcript +BLAKE2b {'aa' * 64}$", shown, re.M)) == len(
        NAMES
    )
    rows = re.findall(r"^  (phase \d), (\w+) (\d) +(.*?) +([0-9a-f]{128})$", shown, re.M)
    people = ["Ada", "Grace\\nHopper\\x1b[2J"]
    phase2 = [("phase 2", "contribution", "1", people[0], "01" * 64)]
    phase2 += [("phase 2", "contribution", "2", people[1], "02" * 64)]
    phase2 += [("phase 2", "beacon", "3", "0123, 2^10 iterations", "bb" * 64)]
    assert [one for one in rows if one[0] == "phase 2"] == phase2 * len(NAMES)
    assert len([one for one in rows if one[0] == "phase 1"]) == 2 * len(NAMES)

    code, shown, _ = cli("deploy", "--check", out, "--rpc", node, "--json")
    answer = json.loads(shown)["keys"]["match_1"]
    assert answer["fingerprint"] == answer["here"]["fingerprint"] == made.circuits["match_1"].fingerprint
    assert answer["here"]["kind"] == "ceremony"
    assert [one["name"] for one in answer["here"]["contributions"]] == [*PEOPLE, ""]
    assert answer["here"]["phase1"]["how"] == "transcript"


def test_too_few_contributions_to_one_circuit_are_named(web3, settings, forced, records):
    record_ceremony(records, ALL[1:], KEYS)
    record_ceremony(records, ALL[:1], KEYS, PEOPLE[:1])
    kind = "single contribution"
    with pytest.raises(InputError, match=rf"verified on this machine: open \({kind}\); proofs"):
        deploy_market(web3, settings)
    (failed,) = failures(check_deployment(web3, forced))
    assert (failed.what, failed.found) == (
        "open: its key is a ceremony's, verified on this machine",
        f"{kind} key",
    )


def test_attack_a_ceremony_for_another_circuit_under_a_bundled_name(
    web3, settings, forced, records, tmp_path
):
    """A true ceremony of a circuit without its cash constraint makes true keys, of another circuit."""
    record_ceremony(records, ALL, KEYS)
    assert check_deployment(web3, forced).holds
    other = tmp_path / "withdraw.r1cs"
    other.write_bytes(b"what this machine compiles from the sources of withdraw")
    remember_constraints(circuit_folder(find_circuit("withdraw"), KEYS).name, other)
    with pytest.raises(InputError, match=r"verified on this machine: withdraw \(development\); proofs"):
        deploy_market(web3, settings)
    (failed,) = failures(check_deployment(web3, forced))
    assert failed.what == "withdraw: its key is a ceremony's, verified on this machine"
    assert unverified_circuits(forced) == ("withdraw",)


def test_participants_are_warned_of_keys_that_they_have_not_verified(node, forced, records, capsys, tmp_path):
    out = tmp_path / "deployment.json"
    forced.save(out)
    assert unverified_circuits(forced) == tuple(NAMES)
    open_market(out, node)
    assert f"not verified here to have a ceremony's keys: {', '.join(NAMES)};" in capsys.readouterr().err
    record_ceremony(records, ALL, KEYS)
    assert unverified_circuits(forced) == ()
    open_market(out, node)
    assert capsys.readouterr().err == ""
    # Verified keys that are not the market's count for nothing, and neither do keys that are gone.
    circuits = {**forced.circuits, "open": forced.circuits["match_1"]}
    assert unverified_circuits(replace(forced, circuits=circuits)) == ("open",)
    assert unverified_circuits(forced, tmp_path) == tuple(NAMES)
    assert unverified_circuits(replace(forced, chain_id=31337), tmp_path) == ()
