"""Attack 10: every constraint-bearing line of the circuits' templates, deleted or weakened, is noticed.

The templates run at small parameters and with a cheap stub in Poseidon's place, compiled without
simplification. What notices a mutant: honest inputs that are refused or answered otherwise, forbidden inputs
or a cheating prover's results that are accepted, a signal that the Jacobian shows to be undetermined.
"""

from __future__ import annotations

import re

import pytest

from support.circuits import ROOT
from support.mutation.clearing_cases import CLEARING_CASES
from support.mutation.health_cases import EQUIVALENT, HEALTH_CASES
from support.mutation.lib_cases import LIB_CASES
from support.mutation.margin_cases import MARGIN_CASES
from support.mutation.mutants import Mutant, mutants
from support.mutation.owner_cases import OWNER_CASES
from support.mutation.solvency_cases import SOLVENCY_CASES
from support.mutation.stub import copy_sources
from support.mutation.suite import STUBS, Case, fault, survivors
from zkmargin.errors import InputError
from zkmargin.proving.circuit import compile_circuit

CIRCUITS = ROOT / "circuits"
CASES = {
    **LIB_CASES,
    **MARGIN_CASES,
    **OWNER_CASES,
    **HEALTH_CASES,
    **CLEARING_CASES,
    **SOLVENCY_CASES,
}
SOURCES = sorted(
    path.relative_to(CIRCUITS).as_posix()
    for folder in ("lib", "margin", "account", "health", "clearing", "solvency")
    for path in (CIRCUITS / folder).glob("*.circom")
)
# They put many templates together or have a hundred mutants, and take minutes in all; `make check` takes them.
SLOW = {
    *(f"clearing/{name}.circom" for name in ("fill", "match", "quote", "upkeep")),
    *(f"health/{name}.circom" for name in ("claims", "lookup", "paths")),
    *(f"margin/{name}.circom" for name in ("claim", "disclosure", "margin")),
    "solvency/solvency.circom",
}
MUTATED = [pytest.param(source, marks=pytest.mark.slow if source in SLOW else ()) for source in SOURCES]
BAR = re.compile(r"<==|===")


def quick_and_slow(source: str) -> tuple[list[Mutant], list[Mutant]]:
    """Return the mutants that are always tried, and those for `make check`.

    `make check` takes loops without the first turn, as loops without the last are always tried, and deleted
    assignments, as the same assignments are always tried as mere hints.
    """
    made = list(mutants(CIRCUITS, source))
    hinted = {mutant.line for mutant in made if mutant.change == "unconstrained"}

    def is_slow(mutant: Mutant) -> bool:
        return mutant.change == "first turn left out" or (
            mutant.change == "deleted" and mutant.line in hinted
        )

    return [one for one in made if not is_slow(one)], [one for one in made if is_slow(one)]


@pytest.fixture
def sources(tmp_path):
    return copy_sources(CIRCUITS, tmp_path)


@pytest.mark.parametrize(
    "case",
    [case for cases in CASES.values() for case in cases],
    ids=lambda case: case.main,
)
def test_attack_11_the_template_itself_passes_all_checks_and_has_full_rank(case, sources):
    assert fault(case, sources) is None


@pytest.mark.parametrize("source", MUTATED)
def test_attack_10_no_mutant_survives(source, tmp_path):
    made, _ = quick_and_slow(source)
    alive = survivors(made, CASES, CIRCUITS, tmp_path)
    assert [text for text in alive if not text.endswith(tuple(EQUIVALENT.get(source, ())))] == []
    assert len(alive) == len(EQUIVALENT.get(source, ()))


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_attack_10_no_mutant_of_the_slow_kinds_survives(source, tmp_path):
    _, made = quick_and_slow(source)
    assert survivors(made, CASES, CIRCUITS, tmp_path) == []


@pytest.mark.parametrize("source", SOURCES)
def test_every_constraint_has_a_mutant_and_every_template_a_case(source):
    lines = (CIRCUITS / source).read_text().splitlines()
    bearing = {number for number, line in enumerate(lines, 1) if BAR.search(line.split("//")[0])}
    made = list(mutants(CIRCUITS, source))
    assert bearing <= {mutant.line for mutant in made}
    assert {mutant.template for mutant in made} <= set(CASES)


def test_hints_stand_in_the_library_alone():
    hints = {path.parent.name for path in CIRCUITS.rglob("*.circom") if "<--" in path.read_text()}
    assert hints == {"lib"}


def test_a_mutant_that_nothing_notices_is_reported_with_file_and_line(tmp_path):
    blind = Case(file="lib/range.circom", main="Bit()", honest=[({"value": 1}, ())])
    deletions = [mutant for mutant in mutants(CIRCUITS, "lib/range.circom") if mutant.template == "Bit"]
    alive = survivors(deletions, {"Bit": [Case(blind.file, "Unsigned(4)", blind.honest)]}, CIRCUITS, tmp_path)
    line = deletions[0].line
    assert alive == [f"lib/range.circom:{line}: Bit: deleted: value * (value - 1) === 0;"]


def test_a_constraint_over_two_lines_is_refused_rather_than_skipped(tmp_path):
    (tmp_path / "a.circom").write_text("template A() {\n    x <==\n        y;\n}\n")
    with pytest.raises(ValueError, match="no statement of one line"):
        list(mutants(tmp_path, "a.circom"))


def test_what_is_done_to_a_line(tmp_path):
    text = """template A() {
    for (var i = 0; i < N; i++) {
        total += c * x[i];
    }
    Unsigned(8 * K)(x); // the width
    a === b;
    c <== d * e;
    f <== Num2Bits(3)(g);
}
"""
    (tmp_path / "a.circom").write_text(text)
    made = [(mutant.line, mutant.change, mutant.code.strip()) for mutant in mutants(tmp_path, "a.circom")]
    assert made == [
        (2, "last turn left out", "for (var i = 0; i < N - 1; i++) {"),
        (2, "first turn left out", "for (var i = 0 + 1; i < N; i++) {"),
        (3, "deleted", ""),
        (5, "deleted", ""),
        (5, "widened", "Unsigned(8 * K + 1)(x);"),
        (6, "deleted", ""),
        (7, "deleted", ""),
        (7, "unconstrained", "c <-- d * e;"),
        (8, "deleted", ""),
        (8, "widened", "f <== Num2Bits(3 + 1)(g);"),
    ]
    changed = Mutant("a.circom", "A", 6, "a === b;", "deleted", "").applied_to(text)
    assert changed == text.replace("    a === b;", "")


@pytest.mark.parametrize(
    ("file", "largest", "too_large"),
    [
        ("lib/range.circom", "Unsigned(253)", "Unsigned(254)"),
        ("lib/range.circom", "Signed(253)", "Signed(254)"),
        ("lib/maximum.circom", "Maximum(2, 252)", "Maximum(2, 253)"),
        ("account/commitment.circom", "Chunks(140)", "Chunks(141)"),
        ("margin/lane.circom", "LaneRisk(83, 16, 6)", "LaneRisk(84, 16, 6)"),
        ("margin/lane.circom", "LaneRisk(83, 16, 6)", "LaneRisk(83, 17, 6)"),
        ("margin/margin.circom", "Margin(standard(1, 128))", "Margin(standard(1, 129))"),
        ("margin/margin.circom", "Margin([1, 1, 38, 14, 2])", "Margin([1, 1, 40, 14, 2])"),
    ],
)
def test_parameters_beyond_the_argument_do_not_compile(file, largest, too_large, sources):
    def compiled(component):
        main = sources / "main.circom"
        main.write_text(f'pragma circom 2.2.0;\ninclude "{file}";\ncomponent main = {component};\n')
        return compile_circuit(main, sources / "out", include=[STUBS], optimization=0)

    assert compiled(largest).r1cs.is_file()
    with pytest.raises(InputError, match=r"assert"):
        compiled(too_large)
