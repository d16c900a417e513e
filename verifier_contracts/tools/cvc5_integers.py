"""Answer a query of halmos by cvc5: ``python cvc5_integers.py QUERY.smt2``, in the environment of halmos.

cvc5 translates bit vectors to integers, because solvers of bit vectors cannot multiply 64-bit numbers in time. The
query has the commands that print the answer and the model. cvc5's package has no command-line program, hence this one.
"""

from __future__ import annotations

import sys

import cvc5  # type: ignore[import-not-found, unused-ignore]  # only the environment of halmos has it


def main() -> None:
    """Execute the query's commands and print what they answer."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("solve-bv-as-int", "sum")
    solver.setOption("produce-models", "true")
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.argv[1])
    while not (command := parser.nextCommand()).isNull():
        sys.stdout.write(command.invoke(solver, parser.getSymbolManager()) or "")


if __name__ == "__main__":
    main()
