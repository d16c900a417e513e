"""Answer a query of halmos: ``python halmos_solver.py QUERY.smt2``, in the environment of halmos.

Yices decides most queries about sums and bits within seconds. It cannot multiply two unknown numbers of 64 bits in
time: such queries go to cvc5, which translates bit vectors to integers. So do queries that Yices can satisfy, as halmos
does not read its models. The query has the commands that print the answer and the model. cvc5's package has no
command-line program, hence this one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cvc5  # type: ignore[import-not-found, unused-ignore]  # only the environment of halmos has it

YICES = Path(sys.executable).parent / "yices-smt2"
YICES_SECONDS = 5


def refuted_by_yices(query: str) -> bool:
    """Whether Yices finds within a few seconds that nothing satisfies the query."""
    argv = [str(YICES), f"--timeout={YICES_SECONDS}", query]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    return done.stdout.startswith("unsat")


def by_cvc5(query: str) -> None:
    """Print what cvc5 answers over the integers."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("solve-bv-as-int", "sum")
    solver.setOption("produce-models", "true")
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, query)
    while not (command := parser.nextCommand()).isNull():
        sys.stdout.write(command.invoke(solver, parser.getSymbolManager()) or "")


def main() -> None:
    """Print the answer."""
    if refuted_by_yices(sys.argv[1]):
        sys.stdout.write("unsat\n")
    else:
        by_cvc5(sys.argv[1])


if __name__ == "__main__":
    main()
