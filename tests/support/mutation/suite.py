"""Compilation and checks of mutants."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Queue
from typing import Any

from support.algebra.jacobian import undetermined
from support.algebra.r1cs import System
from zkmargin.errors import InputError, StatementError
from zkmargin.proving import wtns
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.witness import WitnessCalculator

from .mutants import Mutant
from .stub import copy_sources

Inputs = Mapping[str, Any]
STUBS = Path(__file__).parent / "stubs"


@dataclass(frozen=True, slots=True)
class Forgery:
    """A false value for a hint by a cheating prover, and inputs for which it would be profitable.

    Attributes
    ----------
    file : str
        The source with the hint, relative to the circuits' folder.
    hint, forged : str
        The hint and its replacement. Hints (``<--``) are not part of the constraints.
    inputs : mapping
        Inputs for which the circuit must refuse the result.
    """

    file: str
    hint: str
    forged: str
    inputs: Inputs


@dataclass(frozen=True, slots=True)
class Case:
    """A template at small parameters, with accepted and refused inputs.

    Attributes
    ----------
    file : str
        The source, relative to the circuits' folder.
    main : str
        The main component, such as ``Unsigned(4)``.
    honest : sequence of (inputs, outputs)
        Accepted inputs and their output signals in order. The first has a Jacobian of full rank.
    refused : sequence of mapping
        Inputs that violate the template.
    forgeries : sequence of Forgery
        Results of cheating provers, which violate the template.
    free : sequence of str
        Signals that the template's caller determines.
    unread : sequence of str
        Inputs, such as fields of a bus, that the template does not read.
    """

    file: str
    main: str
    honest: Sequence[tuple[Inputs, Sequence[int]]]
    refused: Sequence[Inputs] = ()
    forgeries: Sequence[Forgery] = ()
    free: Sequence[str] = ()
    unread: Sequence[str] = ()


def fault(case: Case, sources: Path, *, include: Sequence[Path] = (STUBS,)) -> str | None:
    """Return the first failed check of the sources, or None if all checks pass.

    Sources that circom refuses fail too.
    """
    try:
        return _fault(case, sources, include) or next(_forged(case, sources, include), None)
    except InputError as error:
        return f"circom: {error.reason.splitlines()[0]}"


def _fault(case: Case, sources: Path, include: Sequence[Path]) -> str | None:
    calculator, system = _compile(case, sources, include)
    if unused := set(system.unused_inputs) ^ set(case.unread):
        return f"in no constraint, or unexpectedly in one: {', '.join(sorted(unused)[:3])}"
    for number, (inputs, outputs) in enumerate(case.honest):
        try:
            witness = wtns.parse(calculator.calculate(inputs))
        except StatementError:
            return f"honest inputs {number} are refused"
        if system.violated(witness):
            return f"the witness of honest inputs {number} violates constraints"
        if list(witness[1 : 1 + system.sizes.outputs]) != list(outputs):
            return f"other outputs for honest inputs {number}"
        if not number and (free := set(undetermined(system, witness)) - set(case.free)):
            return f"undetermined: {', '.join(sorted(free)[:3])}"
    accepted = _first_accepted(calculator, system, case.refused)
    return None if accepted is None else f"forbidden inputs {accepted} are accepted"


def _forged(case: Case, sources: Path, include: Sequence[Path]) -> Iterator[str]:
    for number, forgery in enumerate(case.forgeries):
        path = sources / forgery.file
        original = path.read_text(encoding="utf-8")
        if original.count(forgery.hint) != 1:
            raise ValueError(f"{forgery.file} does not have the hint once: {forgery.hint}")
        path.write_text(original.replace(forgery.hint, forgery.forged), encoding="utf-8")
        try:
            calculator, system = _compile(case, sources, include)
        finally:
            path.write_text(original, encoding="utf-8")
        if _first_accepted(calculator, system, [forgery.inputs]) is not None:
            yield f"forgery {number} is accepted: {forgery.forged}"


def _believed(case: Case, mutant: Mutant, sources: Path) -> bool:
    """Return whether the circuit accepts another value for a statement that no longer constrains anything.

    The Jacobian does not detect this for bits, which cannot move continuously.
    """
    assigned = mutant.code.strip().removesuffix(";")
    name, value = assigned.split(" <-- ", 1)
    inputs = [given for given, _ in case.honest]
    path = sources / mutant.relative
    weakened = path.read_text(encoding="utf-8")
    for change in ("+ 1", "- 1"):
        lie = f"{name} <-- ({value}) {change};"
        path.write_text(replace(mutant, code=lie).applied_to(weakened), encoding="utf-8")
        with suppress(InputError):  # 1 cannot be added to a list
            calculator, system = _compile(case, sources, (STUBS,))
            if _first_accepted(calculator, system, inputs) is not None:
                return True
    return False


def _compile(case: Case, sources: Path, include: Sequence[Path]) -> tuple[WitnessCalculator, System]:
    main = sources / "main.circom"
    main.write_text(
        f'pragma circom 2.2.0;\ninclude "{case.file}";\ncomponent main = {case.main};\n', encoding="utf-8"
    )
    circuit = compile_circuit(main, sources / "build", include=include, optimization=0)
    return WitnessCalculator(circuit.wasm), System.of(circuit)


def _first_accepted(
    calculator: WitnessCalculator, system: System, candidates: Sequence[Inputs]
) -> int | None:
    for number, inputs in enumerate(candidates):
        try:
            witness = wtns.parse(calculator.calculate(inputs))
        except StatementError:
            continue
        if not system.violated(witness):
            return number
    return None


def verdict(case: Case, mutant: Mutant, sources: Path) -> str | None:
    """Return the check that kills a mutant in the sources, or None."""
    found = fault(case, sources)
    if found is None and mutant.change == "unconstrained" and _believed(case, mutant, sources):
        return "another value is believed"
    return found


def survivors(
    candidates: Sequence[Mutant], cases: Mapping[str, Sequence[Case]], circuits: Path, folder: Path
) -> list[str]:
    """Return the mutants that pass all checks of their template, as text.

    Parameters
    ----------
    candidates : sequence of Mutant
        Mutants of sources under `circuits`.
    cases : mapping of str to sequence of Case
        Cases by template.
    circuits, folder : Path
        The original sources, and the folder for changed copies, one for each worker.
    """
    copies: Queue[Path] = Queue()
    workers = os.cpu_count() or 1
    for number in range(workers):
        copies.put(copy_sources(circuits, folder / str(number)))

    def survives(mutant: Mutant) -> bool:
        sources = copies.get()
        changed = sources / mutant.relative
        original = changed.read_text(encoding="utf-8")
        try:
            changed.write_text(mutant.applied_to(original), encoding="utf-8")
            return all(verdict(case, mutant, sources) is None for case in cases[mutant.template])
        finally:
            changed.write_text(original, encoding="utf-8")
            copies.put(sources)

    with ThreadPoolExecutor(workers) as pool:
        verdicts = list(pool.map(survives, candidates))
    return [str(mutant) for mutant, alive in zip(candidates, verdicts, strict=True) if alive]
