"""The generated verifier on a local chain, against a small ceremony of snarkjs's own."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

from zkmargin import toolchain
from zkmargin.chain import Groth16Verifier, connect, deploy_verifier, export_verifier, run_anvil
from zkmargin.chain.verifier import calldata
from zkmargin.errors import ChainError, InputError, ToolchainError
from zkmargin.proving.artifacts import Proof, public_from_json
from zkmargin.proving.bn254 import BASE_MODULUS, SCALAR_MODULUS

CIRCUIT = """
pragma circom 2.2.0;

template Product() {
    signal input left;
    signal input right;
    signal input tag;
    signal output product;
    product <== left * right;
    signal tagSquared <== tag * tag;
}

component main {public [tag]} = Product();
"""


@pytest.fixture(scope="module")
def ceremony(tmp_path_factory):
    """Return a folder with snarkjs's own keys, before and after a contribution, and one proof."""
    folder = tmp_path_factory.mktemp("ceremony")
    (folder / "product.circom").write_text(CIRCUIT)
    (folder / "input.json").write_text('{"left": "3", "right": "11", "tag": "5"}')

    def run(script: list[str], arguments: str) -> None:
        toolchain.run([*script, *arguments.split()], cwd=folder, timeout=120)

    snarkjs = toolchain.node_script("snarkjs", "build/cli.cjs")
    run(toolchain.node_script("circom2", "cli.js"), "product.circom --r1cs --wasm -o .")
    run(snarkjs, "powersoftau new bn128 4 new.ptau")
    run(snarkjs, "powersoftau contribute new.ptau contributed.ptau -e=test --name=test")
    run(snarkjs, "powersoftau prepare phase2 contributed.ptau final.ptau")
    run(snarkjs, "groth16 setup product.r1cs final.ptau no_contribution.zkey")
    run(snarkjs, "zkey contribute no_contribution.zkey product.zkey -e=test --name=test")
    run(snarkjs, "groth16 fullprove input.json product_js/product.wasm product.zkey proof.json public.json")
    return folder


@pytest.fixture(scope="module")
def proof(ceremony):
    return Proof.from_json(json.loads((ceremony / "proof.json").read_text()))


@pytest.fixture(scope="module")
def public(ceremony):
    return public_from_json(json.loads((ceremony / "public.json").read_text()))


@pytest.fixture(scope="module")
def source(ceremony):
    return export_verifier(ceremony / "product.zkey")


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def verifier(node, source):
    return deploy_verifier(node, source)


def negated(point):
    x, y = point
    minus = (-y % BASE_MODULUS) if isinstance(y, int) else tuple(-part % BASE_MODULUS for part in y)
    return x, minus


def test_a_valid_proof_is_accepted(verifier, proof, public):
    assert public == (33, 5)
    assert verifier.n_public == 2
    assert verifier.verify(proof, public) is True


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("change", [1, -1, SCALAR_MODULUS])
def test_every_changed_signal_is_rejected(verifier, proof, public, index, change):
    # The last change is the same field element under another name.
    changed = [signal + change * (place == index) for place, signal in enumerate(public)]
    assert verifier.verify(proof, changed) is False


@pytest.mark.parametrize("point", ["a", "b", "c"])
@pytest.mark.parametrize("place", range(4))
def test_every_changed_coordinate_is_rejected(verifier, proof, public, point, place):
    words = [getattr(proof, point)[0], getattr(proof, point)[1]]
    if point == "b":
        pair = list(words[place // 2])
        pair[place % 2] += 1
        words[place // 2] = tuple(pair)
    elif place < 2:
        words[place] += 1
    else:
        # The same coordinate, not reduced.
        words[place - 2] += BASE_MODULUS
    changed = dataclasses.replace(proof, **{point: tuple(words)})
    assert verifier.verify(changed, public) is False


@pytest.mark.parametrize("point", ["a", "b", "c"])
def test_other_points_of_the_curve_are_rejected(verifier, proof, public, point):
    assert (
        verifier.verify(dataclasses.replace(proof, **{point: negated(getattr(proof, point))}), public)
        is False
    )
    assert verifier.verify(dataclasses.replace(proof, **{point: None}), public) is False


def test_swapped_g1_points_are_rejected(verifier, proof, public):
    assert verifier.verify(Proof(a=proof.c, b=proof.b, c=proof.a), public) is False


def test_without_the_swap_of_limbs_the_proof_is_rejected(verifier, proof, public):
    unswapped = tuple((real, imaginary) for imaginary, real in proof.b)
    assert verifier.verify(dataclasses.replace(proof, b=unswapped), public) is False


def test_a_malleated_proof_is_accepted_so_a_proofs_hash_identifies_nothing(verifier, proof, public):
    assert verifier.verify(Proof(a=negated(proof.a), b=negated(proof.b), c=proof.c), public) is True


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_signals_is_refused(verifier, proof, public, count):
    with pytest.raises(InputError, match="expected 2 public signals"):
        verifier.verify(proof, [*public, 0][:count])


def test_gas_is_measured_on_the_accepting_path(verifier, proof, public):
    gas = verifier.measure_gas(proof, public)
    assert 200_000 < gas < 250_000
    # What an estimate settles on, and a call with less than enough, answer false for the same proof.
    call = verifier._contract.functions.verifyProof(*calldata(proof, public))
    assert call.estimate_gas() < gas
    assert call.call({"gas": gas - 30_000}) is False
    assert call.call({"gas": gas + 30_000}) is True


def test_no_contract_at_the_address_is_a_chain_error(verifier, node, proof, public):
    with pytest.raises(ChainError, match="call of the verifier"):
        Groth16Verifier(connect(node), "0x" + "11" * 20, 2).verify(proof, public)


def test_another_contract_at_the_address_is_a_chain_error(verifier, node, proof, public):
    with pytest.raises(ChainError, match="reverted"):
        Groth16Verifier(connect(node), verifier.address, 1).verify(proof, public[:1])


def test_a_node_that_has_gone_is_a_chain_error(source, proof, public):
    with run_anvil() as url:
        gone = deploy_verifier(url, source)
    with pytest.raises(ChainError, match="no answer"):
        gone.verify(proof, public)
    with pytest.raises(ChainError, match="no answer"):
        deploy_verifier(url, source)


def test_a_key_without_contribution_is_refused_at_export(ceremony):
    with pytest.raises(InputError, match=r"no_contribution\.zkey: vk_delta_2: .*forge"):
        export_verifier(ceremony / "no_contribution.zkey")


def test_a_verifier_of_such_a_key_is_refused_before_it_is_deployed(source):
    gamma = dict(re.findall(r"constant gamma(\w\d)\s*=\s*(\d+)", source))
    forgeable = re.sub(r"(constant delta(\w\d)\s*=\s*)\d+", lambda found: found[1] + gamma[found[2]], source)
    assert forgeable != source
    # Nobody listens there, so the refusal comes first.
    with pytest.raises(InputError, match="forge"):
        deploy_verifier("http://127.0.0.1:9", forgeable)


def test_a_malformed_key_is_an_input_error(tmp_path):
    broken = tmp_path / "broken.zkey"
    broken.write_bytes(b"zkey" + bytes(40))
    with pytest.raises(InputError, match="broken"):
        export_verifier(broken)


@pytest.fixture
def fake_snarkjs(tmp_path, monkeypatch):
    """Put a script in the place of snarkjs."""
    package = tmp_path / "node_modules" / "snarkjs"
    (package / "build").mkdir(parents=True)
    (package / "package.json").write_text("{}")
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(package.parent))
    return (package / "build" / "cli.cjs").write_text


def test_an_exporter_that_fails_and_exits_0_is_a_toolchain_error(ceremony, fake_snarkjs):
    fake_snarkjs("console.log('[ERROR] snarkJS: no room')")
    with pytest.raises(ToolchainError, match=r"no verifier for .*\n.*no room"):
        export_verifier(ceremony / "product.zkey")


def test_the_verifier_of_another_key_is_a_toolchain_error(ceremony, fake_snarkjs, source):
    alpha = re.search(r"alphax\s*=\s*(\d+)", source)[1]
    fake_snarkjs(
        f"require('fs').writeFileSync(process.argv.at(-1), {json.dumps(source.replace(alpha, '1'))})"
    )
    with pytest.raises(ToolchainError, match="another key"):
        export_verifier(ceremony / "product.zkey")


def test_a_missing_key_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        export_verifier(tmp_path / "missing.zkey")
