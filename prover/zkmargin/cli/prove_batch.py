"""``zkmargin prove-batch``."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import click

from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .claims import (
    Action,
    AllowUnhealthy,
    CircuitName,
    Consumer,
    ContextChain,
    Deadline,
    Disclose,
    ProofContext,
    ProverName,
    chosen_context,
)
from .options import (
    Json,
    Limit,
    Requirement,
    SnapshotFile,
    integer,
    parse_limits,
    parse_requirement,
    warn_of_readers,
)
from .output import print_json, print_line, printable, progress
from .prove import warn_of_weak_claims
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from zkmargin.proofs.cluster import Cluster
    from zkmargin.proofs.context import Context
    from zkmargin.proofs.proof_batch import BatchReport

__all__ = ["prove_batch"]

_STEPS = 10
_LEFT_OUT = {"file", "snapshotRoot", "proof"}
"""Members of a journal's line that `--json` does not repeat."""


_TlsAuthority = Annotated[
    Path | None,
    typed.Option("--tls-ca", help="The cluster's certificate authority, PEM; dask's setting if left out."),
]
_TlsCertificate = Annotated[
    Path | None, typed.Option("--tls-cert", help="Your certificate, PEM; dask's setting if left out.")
]
_TlsKey = Annotated[
    Path | None, typed.Option("--tls-key", help="Your certificate's key, PEM; dask's setting if left out.")
]


def prove_batch(  # noqa: PLR0913, PLR0917  # the options of a command
    accounts: Annotated[Path, typed.Argument(help="The folder of account files, *.json.")],
    snapshot: SnapshotFile,
    out: Annotated[
        Path, typed.Option("-o", "--out", help="The folder to write to: a new one, or one to continue.")
    ],
    requirement: Requirement = "maintenance",
    context: ProofContext = None,
    contexts: Annotated[
        Path | None,
        typed.Option(
            "--contexts", help="A JSON file with a context off chain for each account file, by its name."
        ),
    ] = None,
    chain_id: ContextChain = None,
    consumer: Consumer = None,
    action: Action = None,
    deadline: Deadline = None,
    limit: Limit = None,
    disclose: Disclose = False,
    instance: CircuitName = None,
    allow_unhealthy: AllowUnhealthy = False,
    prover: ProverName = None,
    statements: Annotated[
        Path | None,
        typed.Option(
            "--statement",
            help="The folder of statements of account, each under the name of its account's file.",
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typed.Option("--processes", min=1, help="The number of processes; that of the cores if left out."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typed.Option(
            "--scheduler",
            help="Prove on a cluster of dask instead: tls://host:port, or tcp:// on this machine.",
        ),
    ] = None,
    tls_ca: _TlsAuthority = None,
    tls_cert: _TlsCertificate = None,
    tls_key: _TlsKey = None,
    as_json: Json = False,
) -> None:
    """Prove each account of a folder, in several processes or on several machines.

    Every account gets a proof as by zkmargin prove, in OUT/proofs, or a reason. Exit code 1 if an account does not meet
    the requirement, 2 if an account file is bad, 3 if a program failed; the highest one counts. The same command
    continues an interrupted batch: it keeps proofs, and tries all other accounts again.
    """
    limits, asked = parse_limits(limit), parse_requirement(requirement)
    cluster = _cluster(scheduler, processes, tls_ca, tls_cert, tls_key)
    purpose: Context | int | Mapping[str, Context | int] | None
    purpose = chosen_context(context, chain_id, consumer, action, deadline)
    if contexts is not None:
        if purpose is not None:
            raise InputError("cannot be combined with options of one context for all", source="--contexts")
        entries = Field(load_json(contexts), str(contexts)).entries()
        purpose = {name: integer(one.text(), f"{contexts}: {name}") for name, one in entries.items()}
    # These need an extra; the options above, and their help, do not.
    from zkmargin.proofs.batch_worker import BatchClaim  # noqa: PLC0415
    from zkmargin.proofs.proof_batch import prove_batch as prove_accounts  # noqa: PLC0415
    from zkmargin.solvency import account_files  # noqa: PLC0415

    paths, risk = account_files(accounts), Snapshot.load(snapshot)
    _warn_of_readers(paths)
    with progress() as bar, _rate(bar) as report:
        proven = prove_accounts(
            paths,
            risk,
            out,
            BatchClaim(asked, limits, disclose, instance, allow_unhealthy),
            context=0 if purpose is None else purpose,
            statements=statements,
            processes=processes,
            cluster=cluster,
            prover=prover,
            progress=report,
        )
    if contexts is None:
        warn_of_weak_claims(asked, 0 if purpose is None else 1)
    _show(proven, out, as_json=as_json)
    if proven.exit_code:
        raise click.exceptions.Exit(proven.exit_code)


def _cluster(
    scheduler: str | None, processes: int | None, ca: Path | None, certificate: Path | None, key: Path | None
) -> Cluster | None:
    if scheduler is None:
        if ca or certificate or key:
            raise InputError("missing, and needed by certificates", source="--scheduler")
        return None
    if processes is not None:
        raise InputError(
            "cannot be combined with --processes: each thread of a worker proves", source="--scheduler"
        )
    from zkmargin.proofs.cluster import Cluster  # noqa: PLC0415

    if key is not None:
        warn_of_readers(key)
    return Cluster(scheduler, ca, certificate, key)


def _show(report: BatchReport, out: Path, *, as_json: bool) -> None:
    from zkmargin.proofs.proof_journal import State  # noqa: PLC0415

    for _, warning in sorted(report.warnings.items()):
        sys.stderr.write(f"warning: {printable(warning)}\n")
    for circuit, kind in report.kinds.items():
        if kind is not None and kind != KeyKind.CEREMONY:
            sys.stderr.write(f"warning: {circuit}: {kind.note}\n")
    counts = {str(state): report.count(state) for state in State}
    if as_json:
        shown: dict[str, Any] = {name: str(count) for name, count in counts.items()}
        lines = [
            {key: value for key, value in one.to_json().items() if key not in _LEFT_OUT and value}
            for one in report.entries
        ]
        print_json({"folder": str(out), **shown, "kept": str(report.kept), "accounts": lines})
        return
    print_table(
        [
            (one.account, str(one.state), one.reason or f"{one.circuit}, key {one.key}")
            for one in report.entries
        ]
    )
    text = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    kept = f"; {report.kept} of the proofs were there already" if report.kept else ""
    print_line(f"{out}: {text}{kept}")


@contextmanager
def _rate(bar: Callable[[str, int, int], None]) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback for progress with rate and time left: a bar on a terminal, else a line for each tenth."""
    from zkmargin.proofs.proof_batch import PROVING  # noqa: PLC0415

    start, first, last = 0.0, 0, -1

    def report(stage: str, done: int, total: int) -> None:
        nonlocal start, first, last
        if stage != PROVING:
            bar(stage, done, total)
            return
        if last < 0:
            start, first = time.monotonic(), done
        text = f"{stage}: {done} of {total}"
        if done > first:
            # The first results come late, as processes load keys: the rate is that of all results of this run.
            rate = (done - first) / max(time.monotonic() - start, 1e-9)
            text += f", {rate:.3g} accounts a second, {_duration((total - done) / rate)} left"
        step = _STEPS * done // total
        if sys.stderr.isatty():
            bar(text, done, total)
        elif step != last:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
        last = step

    yield report


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _warn_of_readers(paths: list[Path]) -> None:
    """Warn once on standard error if other users can read account files."""
    open_files = [path for path in paths if path.is_file() and path.stat().st_mode & 0o077]
    if open_files:
        more = f" and {len(open_files) - 1} more files" if len(open_files) > 1 else ""
        sys.stderr.write(f"warning: other users can read {open_files[0]}{more}: run `chmod 600` on them\n")
