"""The program: its commands, and the exit code of each kind of error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from zkmargin import __version__
from zkmargin.errors import InputError, ZkmarginError
from zkmargin.toolchain import Terminated, ending_on_signals

from .commands import COMMANDS
from .lazy import LazyGroup
from .output import escape_unprintable, print_error, print_line

__all__ = ["app", "run"]

_USAGE_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])
"""The errors of the parser, which typer does not export."""
_INTERNAL_ERROR = 70
_SIGNALLED = 128
_INTERRUPTED = 130


class _Program(LazyGroup):
    entries = COMMANDS


app = typer.Typer(
    name="zkmargin",
    cls=_Program,
    no_args_is_help=True,
    # Pretty tracebacks show local variables: witnesses, keys.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print_line(f"zkmargin {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Zero-knowledge margin proofs for derivatives accounts."""


def run() -> int:  # noqa: PLR0911  # one way out for each kind of error
    """Run the command line and return its exit code. No message contains the value of a variable."""
    as_json = "--json" in sys.argv
    escape_unprintable()
    try:
        with ending_on_signals():
            # Without --json, wrong usage is shown by typer, with the command's usage.
            code = app(standalone_mode=not as_json)
            return code if isinstance(code, int) else 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except _USAGE_ERROR as error:
        print_error("UsageError", error.format_message(), error.exit_code, as_json=as_json)
        return error.exit_code
    except ZkmarginError as error:
        print_error(type(error).__name__, str(error), error.exit_code, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print_error("Interrupted", "interrupted", _INTERRUPTED, as_json=as_json)
        return _INTERRUPTED
    except Terminated as signal:
        code = _SIGNALLED + signal.number
        print_error("Terminated", str(signal), code, as_json=as_json)
        return code
    except OSError as error:
        reason = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
        print_error("InputError", reason, InputError.exit_code, as_json=as_json)
        return InputError.exit_code
    except Exception as error:  # noqa: BLE001  # the last resort; the message could contain a secret
        print_error("InternalError", _place(error), _INTERNAL_ERROR, as_json=as_json)
        return _INTERNAL_ERROR


def _place(error: BaseException) -> str:
    """Return the kind of an unexpected exception and where it was raised, without its message."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"internal error: {type(error).__name__}{where}; please report it"
