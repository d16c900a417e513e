"""Algebra for other tests of circuits: satisfaction over GF(r) in plain integers, and the rank of the Jacobian."""

from __future__ import annotations

import random

import flint
import pytest

import zkmargin_native
from support.algebra.jacobian import derivatives, undetermined
from support.algebra.r1cs import System
from support.circuits import CIRCUITS, QUICK_AND_LARGEST, compiled, inputs_and_public, witness_of
from support.mutation.mutants import mutants
from zkmargin.proving import wtns
from zkmargin.proving.bn254 import SCALAR_MODULUS as R
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.witness import WitnessCalculator

HEAD = "pragma circom 2.2.0;\n"


@pytest.fixture
def made(tmp_path):
    """Compile a template without simplification; return its constraints and a witness for inputs."""

    def make(text, inputs):
        source = tmp_path / "main.circom"
        source.write_text(HEAD + text + "component main = Main();\n")
        circuit = compile_circuit(source, tmp_path / "out", optimization=0)
        return System.of(circuit), wtns.parse(WitnessCalculator(circuit.wasm).calculate(inputs))

    return make


@pytest.mark.parametrize("name", QUICK_AND_LARGEST)
def test_a_witness_satisfies_the_constraints(name):
    system = System.of(compiled(name))
    assert system.violated(wtns.parse(witness_of(name))) == []


@pytest.mark.parametrize("name", ["multiplier", "merkle8"])
def test_a_change_is_found_where_the_native_core_finds_it(name):
    system, witness = System.of(compiled(name)), wtns.parse(witness_of(name))
    rng = random.Random(name)  # noqa: S311
    for wire in rng.sample(range(1, len(witness)), 5):
        changed = [*witness[:wire], (witness[wire] + rng.randrange(1, R)) % R, *witness[wire + 1 :]]
        violated = system.violated(changed)
        with pytest.raises(zkmargin_native.UnsatisfiedError, match=rf"\b{violated[0]}\b"):
            zkmargin_native.check_witness(compiled(name).r1cs, wtns.encode(changed))


def test_what_is_no_witness_of_the_circuit_is_refused():
    system, witness = System.of(compiled("multiplier")), wtns.parse(witness_of("multiplier"))
    for other in (witness[:-1], (*witness, 0), (2, *witness[1:])):
        with pytest.raises(ValueError, match="not a witness"):
            system.violated(other)


def test_names_are_those_of_the_source():
    system = System.of(compiled("multiplier"))
    assert list(system.inputs) == [2, 3]
    assert system.names_of(range(1, 6)) == [
        "product",
        "cofactor",
        "factor",
        "factorInverse",
        "cofactorInverse",
    ]


@pytest.mark.parametrize("optimization", [0, 1, 2])
@pytest.mark.parametrize("name", ["multiplier", "merkle8"])
def test_the_test_circuits_determine_every_signal(name, optimization, tmp_path):
    circuit = compile_circuit(CIRCUITS / f"{name}.circom", tmp_path, optimization=optimization)
    witness = wtns.parse(WitnessCalculator(circuit.wasm).calculate(inputs_and_public(name)[0]))
    assert undetermined(System.of(circuit), witness) == []


@pytest.mark.parametrize(
    ("file", "main"),
    [("multiplier", ""), pytest.param("merkle8_path", "Merkle8Path(1)", marks=pytest.mark.slow)],
)
def test_a_planted_assignment_without_constraint_is_found(file, main, tmp_path):
    """`<--` in place of each `<==` in turn."""
    source = CIRCUITS / f"{file}.circom"
    planted = [mutant for mutant in mutants(CIRCUITS, source.name) if mutant.change == "unconstrained"]
    assert planted
    inputs = inputs_and_public("merkle8" if main else file)[0]
    if main:
        inputs = {name: value if name == "leaf" else value[:1] for name, value in inputs.items()}
    for mutant in planted:
        text = mutant.applied_to(source.read_text()) + (f"component main = {main};\n" if main else "")
        (tmp_path / "main.circom").write_text(text)
        circuit = compile_circuit(tmp_path / "main.circom", tmp_path / "out", optimization=0)
        witness = wtns.parse(WitnessCalculator(circuit.wasm).calculate(inputs))
        free = undetermined(System.of(circuit), witness)
        assert free or mutant.template == "Merkle8Paths", mutant


@pytest.mark.parametrize(
    ("body", "free"),
    [
        ("signal output c <-- a * a;", ["c"]),
        ("signal b <-- a * a; signal output c <== b * a;", ["c", "b"]),
        # Bits without `b * (b - 1) = 0`.
        (
            "signal b[3]; for (var i = 0; i < 3; i++) { b[i] <-- a >> i & 1; }"
            "a === b[0] + 2 * b[1] + 4 * b[2];",
            ["b[0]", "b[1]", "b[2]"],
        ),
        # The inverse of zero may be anything: IsZero leaves it free, here where its input is 0.
        (
            "signal inverse <-- a == 6 ? 0 : 1 / (a - 6); signal isZero <== 1 - (a - 6) * inverse;"
            "(a - 6) * isZero === 0;",
            ["inverse"],
        ),
        # x + y and x + 2y determine both; x + y and 2x + 2y do not.
        ("signal x <-- a; signal y <-- a; x + y === 2 * a; x + 2 * y === 3 * a;", []),
        ("signal x <-- a; signal y <-- a; x + y === 2 * a; 2 * x + 2 * y === 4 * a;", ["x", "y"]),
    ],
)
def test_names_the_signals_that_can_move(made, body, free):
    system, witness = made(f"template Main() {{ signal input a; {body} }}\n", {"a": 6})
    assert system.violated(witness) == []
    assert undetermined(system, witness) == free


def rank(rows):
    return flint.fmpz_mod_mat(flint.fmpz_mat(rows), flint.fmpz_mod_ctx(R)).rank()


@pytest.mark.parametrize("seed", range(20))
def test_the_sparse_rank_is_that_of_flint(made, seed):
    """Random linear systems, some of them short of rank."""
    rng = random.Random(seed)  # noqa: S311
    unknowns = 6
    rows = [[rng.choice([0, 0, rng.randrange(1, 9)]) for _ in range(unknowns)] for _ in range(7)]
    sums = [" + ".join(f"{k} * x[{i}]" for i, k in enumerate(row)) for row in rows]
    equations = " ".join(f"{total} === {sum(row)} * a;" for total, row in zip(sums, rows, strict=True))
    hints = f"signal x[{unknowns}]; for (var i = 0; i < {unknowns}; i++) {{ x[i] <-- a; }}"
    system, witness = made(f"template Main() {{ signal input a; {hints} {equations} }}\n", {"a": 3})
    # A signal can move if leaving out its column does not lower the rank.
    movable = [
        f"x[{i}]" for i in range(unknowns) if rank(rows) == rank([row[:i] + row[i + 1 :] for row in rows])
    ]
    assert undetermined(system, witness) == movable
    assert all(set(row) <= set(range(2, 2 + unknowns)) for row in derivatives(system, witness))


def test_an_input_in_no_constraint_is_named(made):
    text = "template Main() { signal input a; signal input b[2]; signal output c <== a * b[0]; }\n"
    assert made(text, {"a": 1, "b": [2, 3]})[0].unused_inputs == ["b[1]"]
