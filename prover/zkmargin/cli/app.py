"""The commands, and how errors leave."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from zkmargin import __version__
from zkmargin.errors import InputError, ZkmarginError

from .accounts import account_app
from .backtest import backtest
from .chains import chain_app, export_app
from .collateral import collateral_app
from .data import data_app
from .deploy import deploy
from .example import example
from .keeper import keeper
from .keys import keys_app
from .keystores import keystore_app
from .margin import margin, prove, public_signals
from .model import model_app
from .options import Json, Limit, integer, parse_limits, parse_requirement
from .output import escape_unprintable, print_error, print_json, print_line
from .rebalance import rebalance
from .report import report
from .settle import settle_app
from .snapshots import snapshot_app
from .span_import import import_span
from .toolchain import toolchain_app

__all__ = ["app", "run"]

_INTERNAL_ERROR = 70
_INTERRUPTED = 130
_BROKEN_PIPE = 141

app = typer.Typer(
    name="zkmargin",
    no_args_is_help=True,
    # Pretty tracebacks show local variables: witnesses, salts, keys.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _commands in {
    "data": data_app,
    "model": model_app,
    "collateral": collateral_app,
    "snapshot": snapshot_app,
    "account": account_app,
    "chain": chain_app,
    "export": export_app,
    "keys": keys_app,
    "keystore": keystore_app,
    "settle": settle_app,
    "toolchain": toolchain_app,
}.items():
    app.add_typer(_commands, name=_name)
app.command()(example)
app.command()(backtest)
snapshot_app.command("import-span")(import_span)
app.command()(margin)
app.command()(prove)
app.command()(report)
app.command()(rebalance)
app.command()(deploy)
app.command()(keeper)


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
def doctor(as_json: Json = False) -> None:
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
def config(as_json: Json = False) -> None:
    """Show where circuits, keys and programs are, and which setting says so."""
    from .config import settings  # noqa: PLC0415  # only this command needs it

    found = settings()
    if as_json:
        print_json({"settings": found})
        return
    width = max(len(one["name"]) for one in found)
    for one in found:
        print_line(f"{one['name']:<{width}}  {one['value'] or '-'}  ({one['from']})")


@app.command()
def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    folder: Annotated[
        Path | None, typer.Argument(help="What zkmargin prove has written; nothing for any other proof.")
    ] = None,
    snapshot: Annotated[
        Path | None, typer.Option("--snapshot", help="The snapshot it has to be made with.")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="The account commitment it has to be about.")
    ] = None,
    requirement: Annotated[
        str | None, typer.Option("--requirement", help="The least it has to claim: as for zkmargin prove.")
    ] = None,
    context: Annotated[
        str | None, typer.Option("--context", help="The context it has to be for, as a number.")
    ] = None,
    limit: Limit = None,
    allow_unhealthy: Annotated[
        bool, typer.Option("--allow-unhealthy", help="Let a proof of default pass too.")
    ] = False,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The verification key that you trust; your own if left out."),
    ] = None,
    public: Annotated[Path | None, typer.Option("--public", help="Of any other proof: public.json")] = None,
    proof: Annotated[Path | None, typer.Option("--proof", help="Of any other proof: proof.json")] = None,
    engine: Annotated[
        str,
        typer.Option("--engine", help="native, snarkjs, py-ecc or all; the fastest installed if left out."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Verify a proof: exit code 0 when it holds and says what is expected, 1 when not.

    A margin proof is a folder; for a proof of another circuit give --key, --public and --proof.
    """
    from .verify import verify_files, verify_margin_proof  # noqa: PLC0415  # only this command needs it

    if folder is None:
        if key is None or public is None or proof is None:
            raise InputError("a folder, or --key, --public and --proof", source="verify")
        answers = verify_files(key, public, proof, engine)
        _show_answers(answers, {}, "", as_json=as_json)
        return
    if public is not None or proof is not None:
        raise InputError("the folder has them", source="--public, --proof")
    from zkmargin.snapshot.snapshot import Snapshot  # noqa: PLC0415

    expected = {
        "snapshot": None if snapshot is None else Snapshot.load(snapshot),
        "commitment": None if account is None else integer(account, "--account"),
        "requirement": None if requirement is None else parse_requirement(requirement),
        "context": None if context is None else integer(context, "--context"),
        "limits": parse_limits(limit),
        "allow_unhealthy": allow_unhealthy,
    }
    found, answers, reason = verify_margin_proof(folder, key, engine, expected)
    _show_answers(answers, {} if found is None else public_signals(found), reason, as_json=as_json)
    # A proof that claims no limits has none to compare.
    optional = {"limits"} if found is None or found.limits is None else set()
    unasked = [name for name, value in expected.items() if value is None and name not in optional]
    if unasked and not as_json:
        print_line(f"not compared with what you expect: {', '.join(unasked)}")


def _show_answers(answers: dict[str, bool], signals: dict[str, str], reason: str, *, as_json: bool) -> None:
    """Show what the engines say and exit with 1 unless all agree that it holds."""
    valid = all(answers.values())
    if as_json:
        parts = {"signals": signals, "reason": reason}
        print_json({"valid": valid, "engines": answers, **{key: part for key, part in parts.items() if part}})
    else:
        for name, holds in answers.items():
            print_line(f"{name}: {'valid' if holds else 'INVALID'}")
        for name, value in signals.items():
            print_line(f"  {name:<18}{value}")
        if reason:
            print_line(reason)
    if not valid:
        raise typer.Exit(1)


def run() -> int:  # noqa: PLR0911  # one way out for each kind of error
    """Run the command line and return its exit code. No message shows a value of a variable."""
    as_json = "--json" in sys.argv
    escape_unprintable()
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
