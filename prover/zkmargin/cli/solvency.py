"""``zkmargin solvency``."""

from __future__ import annotations

from pathlib import Path  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.account.requirement import requirement_bps
from zkmargin.documents.files import make_folder
from zkmargin.errors import InputError
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .options import AccountFile, Json, Requirement, SnapshotFile, load_account, parse_requirement
from .output import print_json, print_line, progress
from .solvency_text import inclusion_to_json, report_to_json, show_report, step_lines
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.proving.keys import Keys

__all__ = ["solvency_app"]

solvency_app = typed.Group()

ProofFolder = Annotated[Path, typed.Argument(help="The folder that zkmargin solvency prove wrote.")]


@solvency_app.command()
def prove(  # noqa: PLR0913, PLR0917  # the options of a command
    accounts: Annotated[Path, typed.Argument(help="The folder of all account files, *.json.")],
    snapshot: SnapshotFile,
    out: Annotated[
        Path,
        typed.Option("-o", "--out", help="The folder to write to. Publish it without the folder private."),
    ],
    requirement: Requirement = "maintenance",
    count_unhealthy: Annotated[
        bool,
        typed.Option("--count-unhealthy", help="Count unhealthy accounts in the report, with their deficit."),
    ] = False,
    restart: Annotated[
        bool, typed.Option("--restart", help="Remove an earlier proof in the folder, and begin anew.")
    ] = False,
    workers: Annotated[int, typed.Option("--workers", min=1, help="The number of processes.")] = 1,
    prover: Annotated[
        str | None,
        typed.Option("--prover", help="The prover: native, snarkjs or rapidsnark; the fastest if left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove what all accounts of a venue add up to, and that every one is healthy.

    Exit code 1, and no proof, if an account is unhealthy or the lots of an instrument do not add up to 0. An
    interrupted proof is continued by the same command.
    """
    from zkmargin.solvency import account_files, prove_solvency  # noqa: PLC0415

    risk = Snapshot.load(snapshot)
    bps = requirement_bps(parse_requirement(requirement), risk.parts.model.initial_bps)
    paths = account_files(accounts)
    with progress(lines=False) as bar, step_lines(bar) as report:
        proven = prove_solvency(
            paths,
            risk,
            out,
            requirement_bps=bps,
            count_unhealthy=count_unhealthy,
            restart=restart,
            workers=workers,
            prover=prover,
            progress=report,
        )
    if as_json:
        print_json({"folder": str(out), "report": report_to_json(proven, risk)})
        return
    print_line(f"{out}: proof of solvency in {proven.chunks} chunks; keep {out / 'private'} to yourself")
    show_report(proven, risk)


@solvency_app.command()
def verify(
    folder: ProofFolder,
    snapshot: SnapshotFile,
    requirement: Annotated[
        str,
        typed.Option(
            "--requirement", help="The least requirement to accept: as for zkmargin solvency prove."
        ),
    ] = "maintenance",
    allow_unhealthy: Annotated[
        bool, typed.Option("--allow-unhealthy", help="Accept a proof with unhealthy accounts.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Verify a proof of solvency with the keys of this machine.

    Exit code 1 if anything does not hold, or an account is unhealthy. The report is what the accounts add up to;
    compare it with what the venue holds.
    """
    from zkmargin.solvency import verify_solvency  # noqa: PLC0415

    risk = Snapshot.load(snapshot)
    bps = requirement_bps(parse_requirement(requirement), risk.parts.model.initial_bps)
    keys = _keys()
    with progress(lines=False) as bar, step_lines(bar) as report:
        proven = verify_solvency(
            folder,
            risk.root,
            {name: one.key for name, one in keys.items()},
            requirement_bps=bps,
            allow_unhealthy=allow_unhealthy,
            progress=report,
        )
    if as_json:
        kinds = {name: {"kind": str(one.kind), "fingerprint": one.fingerprint} for name, one in keys.items()}
        print_json({"valid": True, "report": report_to_json(proven, risk), "keys": kinds})
        return
    print_line("valid")
    print_table(((name, f"{one.kind} key {one.fingerprint}") for name, one in keys.items()), indent=2)
    show_report(proven, risk)


@solvency_app.command()
def include(folder: ProofFolder, account: AccountFile, snapshot: SnapshotFile, as_json: Json = False) -> None:
    """Check that an account is in a proof of solvency.

    Exit code 1 if it is not. Run zkmargin solvency verify too: this command does not verify the proof itself.
    """
    from zkmargin.solvency import find_inclusion  # noqa: PLC0415

    risk = Snapshot.load(snapshot)
    holder = load_account(account)
    found = find_inclusion(folder, holder.commitment(risk), risk.root)
    if as_json:
        print_json({"included": True, **inclusion_to_json(found)})
        return
    print_line(f"included: the account is leaf {found.place} under the root")
    print_table(
        (("commitment", str(found.commitment)), ("root", str(found.root))),
        indent=2,
    )
    print_line(f"owner {holder.owner}, account {holder.number}: check that both are yours alone")


@solvency_app.command()
def example(
    snapshot: SnapshotFile,
    out: Annotated[Path, typed.Option("-o", "--out", help="The folder to write account files to.")],
    accounts: Annotated[int, typed.Option("--accounts", min=2, help="The number of accounts.")] = 100,
    positions: Annotated[
        int, typed.Option("--positions", min=1, help="The most positions of an account.")
    ] = 13,
    as_json: Json = False,
) -> None:
    """Write the accounts of an imaginary venue: healthy, and with lots that add up to 0."""
    from zkmargin.solvency import generate_accounts  # noqa: PLC0415

    risk = Snapshot.load(snapshot)
    folder = make_folder(out)
    if any(folder.glob("*.json")):
        raise InputError("has account files already; give another folder", source=str(out))
    count = 0
    with progress() as report:
        for count, account in enumerate(generate_accounts(risk, accounts, positions=positions), 1):
            account.save(folder / f"account-{account.number:06}.json")
            report("writing accounts", count, accounts)
    if as_json:
        print_json({"folder": str(out), "accounts": str(count)})
        return
    print_line(f"{out}: {count} accounts; only you can read them")


def _keys() -> dict[str, Keys]:
    """Return the keys of this machine, by circuit; those that are not a ceremony's give a warning."""
    from zkmargin.proofs.circuit_keys import load_circuit  # noqa: PLC0415
    from zkmargin.proofs.solvency_instances import solvency_circuits  # noqa: PLC0415

    from .prove import warn_of_development_keys  # noqa: PLC0415

    found = {}
    for circuit in solvency_circuits():
        if loaded := load_circuit(circuit):
            warn_of_development_keys(loaded[1])
            found[circuit.name] = loaded[1]
    return found
