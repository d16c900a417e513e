"""Verification of a proof of solvency, from its public files alone."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.proving.setup import no_progress
from zkmargin.proving.verify import find_invalid
from zkmargin.spec.constants import BPS_UNIT
from zkmargin.spec.solvency import MOST_ACCOUNTS, check_point

from .chunk import SolvencyChunk, chunk_path, chunks_folder
from .report import REPORT, SolvencyReport, lots_point

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zkmargin.proving.artifacts import VerificationKey
    from zkmargin.proving.setup import Progress

__all__ = ["load_chunks", "verify_solvency"]

_TOGETHER = 64
"""The proofs that are verified together, and in memory."""


def verify_solvency(  # noqa: PLR0913  # everything that a verifier expects
    folder: Path,
    snapshot_root: int,
    keys: Mapping[str, VerificationKey],
    *,
    requirement_bps: int = BPS_UNIT,
    allow_unhealthy: bool = False,
    progress: Progress | None = None,
) -> SolvencyReport:
    """Verify a proof of solvency, and return its report.

    The chunks are read twice, a few at a time: for the tree and the chain of sums, and for the proofs.

    Parameters
    ----------
    folder : Path
        With ``report.json`` and ``chunks``.
    snapshot_root : int
        The root of the snapshot that you expect.
    keys : mapping of str to VerificationKey
        The keys that you trust, by the circuits' names; never from the folder.
    requirement_bps : int
        The least requirement to accept, in 1/10000 of maintenance margin.
    allow_unhealthy : bool
        Whether accounts may be unhealthy. The report has their number and deficit.
    progress : callable, optional
        Called with a stage, the work done in it and the total work.

    Returns
    -------
    SolvencyReport

    Raises
    ------
    StatementError
        With the first fault, by name.
    InputError
        If a file is malformed, or a key is missing.
    """
    report = SolvencyReport.load(folder / REPORT)
    _require(report.snapshot_root == snapshot_root, "the proof is for another snapshot")
    _require(
        report.requirement_bps >= requirement_bps,
        f"the requirement of the proof, {report.requirement_bps}/10000, is below {requirement_bps}/10000",
    )
    x = _check_chain(folder, report)
    tell = progress or no_progress
    chunks, done = load_chunks(folder, report), 0
    tell("verifying", done, report.chunks)
    while together := list(islice(chunks, _TOGETHER)):
        for chunk in together:
            if chunk.circuit not in keys:
                raise InputError(f"no verification key of {chunk.circuit}", source="keys")
        claims = [
            (
                keys[chunk.circuit],
                chunk.public(report.snapshot_root, report.requirement_bps, x).all,
                chunk.proof,
            )
            for chunk in together
        ]
        for place in find_invalid(claims):
            _require(False, f"the proof of chunk {done + place} is not valid")
        done += len(together)
        tell("verifying", done, report.chunks)
    _require(
        allow_unhealthy or report.unhealthy == 0,
        f"{report.unhealthy} of {report.accounts} accounts are not healthy",
    )
    return report


def load_chunks(folder: Path, report: SolvencyReport) -> Iterator[SolvencyChunk]:
    """Yield the chunks of a proof in order; one at a time is in memory.

    Raises
    ------
    StatementError
        If a chunk is missing, or there are more than the report says.
    InputError
        If a file is malformed.
    """
    found = {path.name for path in chunks_folder(folder).glob("*.json")}
    # Not a set of the expected names: a report may claim billions of chunks.
    for number in range(report.chunks):
        name = chunk_path(folder, number).name
        _require(name in found, f"chunk {number} is missing")
        found.remove(name)
    for name in sorted(found):
        _require(False, f"chunks/{name} is none of the {report.chunks} chunks of the report")
    for number in range(report.chunks):
        yield SolvencyChunk.load(chunk_path(folder, number))


def _check_chain(folder: Path, report: SolvencyReport) -> int:
    """Check tree, counts and chain of sums, and return x."""
    hasher = fast_hasher()
    last = spec.sums_hash(spec.NO_SUMS, 0, hasher)
    nodes: list[int] = []
    accounts = places = 0
    for number, chunk in enumerate(load_chunks(folder, report)):
        start = "empty sums" if number == 0 else f"the sums after chunk {number - 1}"
        _require(chunk.before == last, f"chunk {number} does not begin with {start}")
        nodes += spec.first_level(chunk.commitments, hasher)
        accounts, places = accounts + chunk.accounts, places + len(chunk.commitments)
        last = chunk.after
    _require(last == report.last, "the totals of the report are not the sums after the last chunk")
    _require(report.lots == 0, "the lots of some instrument do not add up to 0")
    root = spec.upper_levels(nodes, hasher)[-1][0]
    _require(root == report.root, "the root of the report is not that of the accounts in the chunks")
    _require(places <= MOST_ACCOUNTS, f"more than {MOST_ACCOUNTS} places: sums could wrap")
    _require(accounts == report.accounts, "the number of accounts in the report is not that of the chunks")
    x = lots_point(root, places, report.snapshot_root)
    check_point(x)
    return x


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise StatementError(reason)
