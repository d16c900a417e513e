"""Records that call development keys a ceremony's, for tests of what comes after a ceremony.

A ceremony of all circuits of a market takes too long for tests. Keys of the cache stay what they are: the records are
in a folder of their own, which a test must ask for.
"""

from __future__ import annotations

from zkmargin.proofs import own_compilations
from zkmargin.proofs.circuit_keys import circuit_folder, load_circuit
from zkmargin.proofs.own_compilations import remember_constraints
from zkmargin.proving.contributions import Contribution, ContributionKind, Contributions
from zkmargin.proving.verified_keys import Phase1, Records, VerifiedKey

PEOPLE = ("Ada", "Grace\nHopper\x1b[2J")
"""Names of contributors are a stranger's text."""


def own_records(monkeypatch, folder):
    """Let this test keep records, and hashes of compiled constraints, in a folder of its own; return the records."""
    verified, constraints = folder / "verified", folder / "constraints"
    for one in (verified, constraints):
        one.mkdir(mode=0o700, parents=True)
    monkeypatch.setattr(Records, "of_user", classmethod(lambda _: Records(verified)))
    monkeypatch.setattr(own_compilations, "private_cache", lambda name: folder / name)
    return Records(verified)


def record_ceremony(records, circuits, keys, people=PEOPLE, *, compiled_here=True):
    """Record that the keys of circuits in a folder come from a ceremony whose phase 2 had these contributors.

    Unless `compiled_here` is false, their constraints count as compiled here, as they were for the tests' keys.
    """
    for circuit in circuits:
        compiled, found = load_circuit(circuit, keys)
        if compiled_here:
            remember_constraints(circuit_folder(circuit, keys).name, compiled.r1cs)
        files = found.manifest.files
        both, made = (
            tuple(
                Contribution(name, ContributionKind.CONTRIBUTION, f"{number:02x}" * 64)
                for number, name in enumerate(names, 1)
            )
            for names in (PEOPLE, people)
        )
        beacon = Contribution("", ContributionKind.BEACON, "bb" * 64, "0123", 10)
        records.save(
            VerifiedKey(
                zkey_sha256=files[f"{circuit.name}.zkey"],
                r1cs_sha256=files[f"{circuit.name}.r1cs"],
                fingerprint=found.fingerprint,
                phase1=Phase1("own.ptau", "aa" * 64, "transcript", both),
                contributions=Contributions("cc" * 64, (*made, beacon)),
                tools="tests",
                time="2026-12-01T08:00:00Z",
            )
        )
