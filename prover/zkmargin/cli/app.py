"""The commands, and how errors leave."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from .. import __version__
from ..errors import InputError, ZkmarginError
from .keys import keys_app
from .output import print_error, print_json, print_line

__all__ = ["app", "run"]

_INTERNAL_ERROR = 70
_INTERRUPTED = 130
_BROKEN_PIPE = 141

app = typer.Typer(
    name="zkmargin",
    no_args_is_help=True,
    add_completion=False,
    # Pretty tracebacks show local variables: witnesses, salts, keys.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(keys_app, name="keys")


def _show_version(wanted: bool) -> None:
    if wanted:
        print_line(f"zkmargin {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # its callback acts
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Zero-knowledge margin proofs for derivatives accounts."""


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Show what is installed, what is missing, and what that costs."""
    from .doctor import examine, render  # noqa: PLC0415  # only this command needs it

    parts = examine()
    if as_json:
        print_json({"parts": [part.to_json() for part in parts]})
    else:
        render(parts)
    if any(part.required and not part.found for part in parts):
        raise typer.Exit(3)


@app.command()
def verify(
    key: Annotated[Path, typer.Option("--key", help="verification_key.json")],
    public: Annotated[Path, typer.Option("--public", help="public.json")],
    proof: Annotated[Path, typer.Option("--proof", help="proof.json")],
    engine: Annotated[
        str,
        typer.Option("--engine", help="native, snarkjs, py-ecc or all; the fastest installed if left out."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Verify a proof: exit code 0 when it holds, 1 when it does not."""
    from .verify import verify_files  # noqa: PLC0415  # only this command needs it

    answers = verify_files(key, public, proof, engine)
    if as_json:
        print_json({"valid": all(answers.values()), "engines": answers})
    else:
        for name, valid in answers.items():
            print_line(f"{name}: {'valid' if valid else 'INVALID'}")
    if not all(answers.values()):
        raise typer.Exit(1)


def run() -> int:  # noqa: PLR0911  # one way out for each kind of error
    """Run the command line and return its exit code. No message shows a value of a variable."""
    as_json = "--json" in sys.argv
    try:
        app()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except ZkmarginError as error:
        print_error(type(error).__name__, str(error), error.exit_code, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print_error("Interrupted", "interrupted", _INTERRUPTED, as_json=as_json)
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; nothing can be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except OSError as error:
        print_error(
            "InputError", f"{error.filename}: {error.strerror}", InputError.exit_code, as_json=as_json
        )
        return InputError.exit_code
    except Exception as error:  # noqa: BLE001  # the last resort: where, but not what, which could be a secret
        print_error("InternalError", _place(error), _INTERNAL_ERROR, as_json=as_json)
        return _INTERNAL_ERROR
    return 0


def _place(error: BaseException) -> str:
    """Return the kind of an unexpected exception and where it was raised, without its message."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"internal error: {type(error).__name__}{where}; please report it"
