"""The program: its commands, and the exit code of each kind of error."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from click.shell_completion import shell_complete

from zkmargin import __version__
from zkmargin.errors import InputError, MissingInstrumentError, ZkmarginError
from zkmargin.toolchain import Terminated, ending_on_signals

from .commands import COMMANDS
from .lazy import LazyGroup
from .output import escape_unprintable, print_error, print_line, printable

__all__ = ["app", "run"]

_NAME = "zkmargin"
_COMPLETION = "_ZKMARGIN_COMPLETE"
_INTERNAL_ERROR = 70
_SIGNALLED = 128
_INTERRUPTED = 130
_HELP_WIDTH = 110


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        print_line(f"{_NAME} {__version__}")
        context.exit()


app = LazyGroup(
    _NAME,
    COMMANDS,
    help="Zero-knowledge margin proofs for derivatives accounts.",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help="Show the version.",
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _HELP_WIDTH},
)


def run() -> int:  # noqa: PLR0911  # one way out for each kind of error
    """Run the command line and return its exit code. No message contains the value of a variable."""
    as_json = "--json" in sys.argv
    escape_unprintable()
    try:
        with ending_on_signals():
            return _run_command()
    except click.UsageError as error:
        if as_json:
            print_error("UsageError", error.format_message(), error.exit_code, as_json=True)
        else:
            error.show()
        return error.exit_code
    except MissingInstrumentError as error:
        print_error("InputError", str(error), error.exit_code, as_json=as_json)
        if sys.stderr.isatty():
            # A log keeps no position.
            sys.stderr.write(f"the instrument is {printable(error.instrument)}\n")
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


def _run_command() -> int:
    """Run the command that the process was started for, or complete it for a shell."""
    if _COMPLETION in os.environ:
        return shell_complete(app, {}, _NAME, _COMPLETION, os.environ[_COMPLETION])
    # Not click's own main: it answers interrupts and failed writes by exit code 1.
    try:
        with app.make_context(_NAME, sys.argv[1:]) as context:
            app.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def _place(error: BaseException) -> str:
    """Return the kind of an unexpected exception and where it was raised, without its message."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"internal error: {type(error).__name__}{where}; please report it"
