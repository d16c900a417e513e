"""Forged transcripts of ceremonies, each refused by the command line with exit code 1."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

import zkmargin_native as native
from support.ceremonies import NAMES, Ceremony, command, development_phase1, done, own_phase1, published
from support.zkey_sections import (
    BETA1,
    CONTRIBUTIONS,
    DELTA1,
    END,
    HEADER,
    hashed_points,
    read_records,
    read_sections,
    write_records,
    write_sections,
)
from zkmargin.ceremony.description import CeremonyCircuit, PhaseOne
from zkmargin.ceremony.initial import start
from zkmargin.ceremony.phase1 import identify
from zkmargin.ceremony.sitting import Sitting, write_sitting
from zkmargin.documents.files import sha256
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.contributions import Contributions

# In a record of a contribution: delta after it, the public key of three points, the transcript.
DELTA_AFTER, COMMITMENT, TRANSCRIPT = 64, 128, 64 * 3 + 128


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """Return a ceremony of alice, bob and a beacon on a phase 1 that counts as published."""
    folder = tmp_path_factory.mktemp("honest")
    ptau = development_phase1(folder / "p.ptau")
    with published(ptau):
        found = Ceremony(folder, ptau)
        found.contribute(0, "alice")
        found.contribute("alice", "bob")
        found.beacon("bob", "final")
        yield found


class Forgery:
    """The final file of an honest ceremony, to be forged."""

    def __init__(self, ceremony, folder):
        self.ceremony, self.sitting = ceremony, Sitting.load(ceremony.file("final"))
        self.description = self.sitting.description
        self.keys = {name: self.sitting.extract(name, folder / f"{name}.zkey") for name in NAMES}
        self.sections = read_sections(self.keys["multiplier"])
        self.circuit_hash, self.records = read_records(self.sections[CONTRIBUTIONS])

    def refused(self, *words):
        """Verify the forgery, which must be refused as false, and return why."""
        if self.keys["multiplier"].exists() and self.sections != read_sections(self.keys["multiplier"]):
            write_sections(self.keys["multiplier"], self.sections)
        write_sitting(self.ceremony.file("forged"), self.description, self.keys)
        code, out, err = self.ceremony.verify("forged", *words)
        assert (code, out) == (1, "")
        return err.partition("error: ")[2]

    def set_header(self, at, content):
        header = self.sections[HEADER]
        assert len(header) == END
        self.sections[HEADER] = header[:at] + content + header[at + len(content) :]

    def set_records(self, *records):
        self.sections[CONTRIBUTIONS] = write_records(self.circuit_hash, list(records))


@pytest.fixture
def forgery(honest, tmp_path):
    return Forgery(honest, tmp_path)


def test_the_honest_transcript_is_accepted(honest):
    assert honest.verify("final", "--attestations", honest.attestations("alice", "bob"))[0] == 0


def test_attack_skipped_contribution(honest):
    for before, name in ((0, "eve"), ("eve", "mallory")):
        if not honest.file(name).exists():
            honest.contribute(before, name)
    code, _, err = honest.verify("mallory", "--attestations", honest.attestations("alice"))
    assert code == 1
    assert "contribution 1 of alice is not in the key of multiplier" in err


def test_attack_foreign_circuit(forgery, honest, tmp_path):
    # The key of a circuit without one of the constraints, with contributions of its own, and its claims in the file.
    weak = tmp_path / "multiplier.circom"
    text = honest.circuits[0].read_text()
    weak.write_text(text.replace("(factor - 1) * factorInverse === 1;", ""))
    assert weak.read_text() != text
    compiled = compile_circuit(weak, tmp_path / "weak")
    keys = [tmp_path / f"{number}.zkey" for number in range(4)]
    native.initial_key(compiled.r1cs, honest.ptau, keys[0])
    native.contribute(keys[0], keys[1], "alice", b"")
    native.contribute(keys[1], keys[2], "bob", b"")
    native.beacon(keys[2], keys[3], "beacon", bytes(range(1, 9)), 10)
    forgery.sections = read_sections(keys[3])
    circuit_hash = Contributions.read(keys[3]).circuit_hash
    own, square = forgery.description.circuits
    # Once with the hash of its constraints, once with those of the honest circuit.
    for r1cs, reason in (
        (sha256(compiled.r1cs), "others than those of the ceremony"),
        (own.r1cs, "multiplier.zkey"),
    ):
        forged = CeremonyCircuit("multiplier", r1cs, circuit_hash)
        forgery.description = replace(forgery.description, circuits=(forged, square))
        assert reason in forgery.refused()


def test_attack_replaced_delta(forgery, tmp_path):
    # The secret of another contribution, which the section of contributions does not list.
    native.contribute(forgery.keys["multiplier"], tmp_path / "more.zkey", "eve", b"")
    honest_records = forgery.sections[CONTRIBUTIONS]
    forgery.sections = {**read_sections(tmp_path / "more.zkey"), CONTRIBUTIONS: honest_records}
    assert "delta of the header is not that after its 3 contributions" in forgery.refused()


def test_attack_replayed_proof_of_knowledge(forgery):
    # The second contributor repeats the first one's public key and proof, with the transcript that fits.
    first, second, beacon = forgery.records
    replayed = second[:DELTA_AFTER] + first[DELTA_AFTER:TRANSCRIPT]
    committed = hashed_points(first)[DELTA_AFTER : DELTA_AFTER + COMMITMENT]
    history = forgery.circuit_hash + hashed_points(first) + first[TRANSCRIPT : TRANSCRIPT + 64]
    transcript = hashlib.blake2b(history + committed).digest()
    forgery.set_records(first, replayed + transcript + second[TRANSCRIPT + 64 :], beacon)
    assert "contribution 2: its proof of knowledge is not valid" in forgery.refused()
    # Without the change of the transcript.
    forgery.set_records(
        first, replayed + first[TRANSCRIPT : TRANSCRIPT + 64] + second[TRANSCRIPT + 64 :], beacon
    )
    assert "contribution 2: its transcript is not that of this circuit" in forgery.refused()


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        (HEADER, "beta differs between the groups"),
        (3, "section 3: the points IC"),
        (4, "its coefficients of"),
        (5, "section 5: the points A"),
        (6, "sections 6 and 7"),
        (7, "sections 6 and 7"),
        (8, "section 8: the points C"),
        (9, "section 9: the points H"),
    ],
)
def test_attack_altered_part_of_the_key(forgery, section, reason):
    # Each part of the key that the contributions do not cover: points of the right group in another order.
    content = forgery.sections[section]
    if section == HEADER:
        forgery.set_header(BETA1, content[BETA1 - 64 : BETA1])
    elif section == 4:
        forgery.sections[4] = content[:-32] + bytes(31) + b"\1"
    else:
        size = 128 if section == 7 else 64
        points = [content[at : at + size] for at in range(0, len(content), size)]
        forgery.sections[section] = b"".join(points[::-1])
        assert forgery.sections[section] != content
    assert reason in forgery.refused()


def test_attack_delta_of_the_header_alone(forgery):
    header = forgery.sections[HEADER]
    forgery.set_header(DELTA1, header[BETA1 : BETA1 + 64])
    assert "delta of the header is not that after its 3 contributions" in forgery.refused()


def test_attack_wrong_beacon(forgery):
    first, second, beacon = forgery.records
    value = bytes(range(1, 9))
    assert beacon.endswith(value)
    forgery.set_records(first, second, beacon.removesuffix(value) + bytes(8))
    assert "contribution 3: it is not that of its beacon" in forgery.refused()


def test_attack_own_phase_1_labelled_as_published(forgery, honest):
    name = "powersOfTau28_hez_final_08.ptau"
    digest = forgery.description.phase1.blake2b
    forgery.description = replace(forgery.description, phase1=PhaseOne(name, digest))
    assert f"{name} is the name of a published file, which has another BLAKE2b-512" in forgery.refused()
    # Nor is it started.
    labelled = honest.folder / name
    labelled.write_bytes(own_phase1(honest.folder, "x", "y").read_bytes())
    words = ("--phase1", labelled, "-o", honest.folder / "labelled.ceremony")
    code, _, err = command("init", honest.circuits[0], *words)
    assert code == 1
    assert "is the name of a published file" in err


def test_attack_single_party_phase_1_under_an_honest_phase_2(tmp_path):
    ptau = own_phase1(tmp_path, "eve")
    compiled = [compile_circuit(source, tmp_path / "circuits") for source in Ceremony.sources_in(tmp_path)]
    # Past the check of ``init``.
    start(compiled, ptau, identify(ptau), tmp_path / "0.ceremony", progress=lambda *_: None)
    ceremony = Ceremony.continued(tmp_path, ptau)
    ceremony.contribute(0, "alice")
    ceremony.contribute("alice", "bob")
    code, _, err = ceremony.verify("bob")
    assert code == 1
    assert "its maker can forge proofs, whoever contributes to phase 2" in err
    words = (ceremony.file("bob"), "--phase1", ptau, *ceremony.sources, "--out", tmp_path / "keys")
    assert command("finalize", *words)[0] == 1
    assert not any((tmp_path / "keys").iterdir())
    code, _, err = command("init", *ceremony.circuits, "--phase1", ptau, "-o", tmp_path / "new.ceremony")
    assert code == 1


def test_attack_another_phase_1_than_the_ceremony_s(honest, tmp_path):
    other = development_phase1(tmp_path / "other.ptau")
    with published(honest.ptau, other):
        words = (honest.file("final"), "--phase1", other, *honest.sources)
        code, _, err = command("verify", *words)
    assert code == 1
    assert "another phase-1 file" in err


@pytest.mark.parametrize("cut", [10, 200, 2000])
def test_malformed_keys_exit_2(honest, tmp_path, cut):
    forged = Forgery(honest, tmp_path)
    content = forged.keys["square"].read_bytes()
    forged.keys["square"].write_bytes(content[:-cut])
    write_sitting(tmp_path / "cut.ceremony", forged.description, forged.keys)
    code, out, err = command("verify", tmp_path / "cut.ceremony", "--phase1", honest.ptau, *honest.sources)
    assert (code, out) == (2, "")
    assert "square.zkey" in err
    code, _, _ = command(
        "contribute", tmp_path / "cut.ceremony", "-o", tmp_path / "n.ceremony", "--name", "x"
    )
    assert code == 2
    assert done("show", honest.file("final"))
