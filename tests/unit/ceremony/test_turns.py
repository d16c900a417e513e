"""Contributions and beacons from one sitting to the next, and what an interruption leaves."""

from __future__ import annotations

import stat

import pytest

from support import fake_core
from support.full_disk import full_disk
from zkmargin.ceremony import turns
from zkmargin.ceremony.attestation import Attestation
from zkmargin.ceremony.core import Beacon
from zkmargin.ceremony.sitting import Sitting
from zkmargin.ceremony.unfinished import partial_folder
from zkmargin.errors import InputError, StatementError

INPUTS = ["one.r1cs", "own.ptau", "two.r1cs"]


@pytest.fixture
def two(room):
    """Return a room whose ceremony has been started."""
    room.start()
    return room


def test_a_ceremony_of_three(two, tmp_path):
    two.contribute("0.ceremony", "1.ceremony", "alice")
    two.contribute("1.ceremony", "2.ceremony", "bob")
    turn = two.beacon("2.ceremony", "3.ceremony")
    assert [[one.name for one in items.items] for items in turn.chains.values()] == [
        ["alice", "bob", "beacon"]
    ] * 2
    assert turn.chains["one"].items[2].beacon == "0a0b"
    assert turn.chains["one"].items[2].iterations_exp == 10
    assert Sitting.load(tmp_path / "3.ceremony").description == turn.description
    assert turn.description.contributions == 3
    written = [f"{n}.ceremony" for n in range(4)] + [f"{n}.attestation.txt" for n in (1, 2)]
    assert two.names() == sorted([*INPUTS, *written])


def test_the_attestation_lies_beside_the_sitting(two, tmp_path):
    turn = two.contribute("0.ceremony", "1.ceremony", "alice")
    attestation = Attestation.load(tmp_path / "1.attestation.txt")
    assert attestation == turn.attestation
    assert (attestation.name, attestation.number) == ("alice", 1)
    hashes = [turn.chains[name].items[0].hash for name in ("one", "two")]
    assert [one.contribution_hash for one in attestation.additions] == hashes


def test_no_file_is_replaced(two, tmp_path):
    two.contribute("0.ceremony", "1.ceremony", "alice")
    before = (tmp_path / "1.ceremony").read_bytes()
    with pytest.raises(InputError, match=r"1.ceremony: exists already"):
        two.contribute("0.ceremony", "1.ceremony", "bob")
    with pytest.raises(InputError, match=r"0.ceremony: exists already"):
        two.start()
    assert (tmp_path / "1.ceremony").read_bytes() == before
    (tmp_path / "1.ceremony").unlink()
    with pytest.raises(InputError, match=r"1.attestation.txt: exists already; an attestation"):
        two.contribute("0.ceremony", "1.ceremony", "bob")
    with pytest.raises(InputError, match=r"no such folder"):
        two.contribute("0.ceremony", "nowhere/1.ceremony", "bob")


def stops_at(circuit, error):
    def progress(stage, done, total):
        if stage == f"{circuit}: contribute":
            raise error

    return progress


def test_an_interrupted_contribution_continues(two, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        two.contribute("0.ceremony", "1.ceremony", "alice", stops_at("two", KeyboardInterrupt))
    partial = partial_folder(tmp_path / "1.ceremony")
    assert stat.S_IMODE(partial.stat().st_mode) == 0o700
    assert two.names() == sorted([*INPUTS, "0.ceremony", partial.name])
    # Only the circuit that is missing is contributed to.
    two.contribute("0.ceremony", "1.ceremony", "alice", stops_at("one", AssertionError))
    assert two.names() == sorted([*INPUTS, "0.ceremony", "1.ceremony", "1.attestation.txt"])


def test_an_interrupted_contribution_is_not_mixed_with_another(two, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        two.contribute("0.ceremony", "2.ceremony", "alice", stops_at("two", KeyboardInterrupt))
    two.contribute("0.ceremony", "1.ceremony", "alice")
    for before, name in (("0.ceremony", "bob"), ("1.ceremony", "alice")):
        with pytest.raises(InputError, match=r"2.ceremony.partial: holds another contribution"):
            two.contribute(before, "2.ceremony", name)
    partial_folder(tmp_path / "2.ceremony").chmod(0o755)
    with pytest.raises(InputError, match=r"only you can enter"):
        two.contribute("0.ceremony", "2.ceremony", "alice")


def test_a_failure_before_the_first_key_leaves_nothing(two):
    with pytest.raises(KeyboardInterrupt):
        two.contribute("0.ceremony", "1.ceremony", "alice", stops_at("one", KeyboardInterrupt))
    assert two.names() == sorted([*INPUTS, "0.ceremony"])


def test_a_full_disk_leaves_the_previous_file_and_the_finished_keys(two, tmp_path):
    before = (tmp_path / "0.ceremony").read_bytes()
    with full_disk(len(before)), pytest.raises(InputError, match=r"cannot be written: File too large"):
        two.contribute("0.ceremony", "1.ceremony", "alice")
    assert (tmp_path / "0.ceremony").read_bytes() == before
    assert not (tmp_path / "1.ceremony").exists()
    two.contribute("0.ceremony", "1.ceremony", "alice", stops_at("one", AssertionError))
    with full_disk(10), pytest.raises(InputError, match=r"written: File too large"):
        two.start("other.ceremony")
    assert not (tmp_path / "other.ceremony").exists()


@pytest.mark.parametrize("name", ["", " alice", "a\nb", "a\x1b[1m", "é" * 33])
def test_a_name_that_is_no_line_is_refused(two, name):
    with pytest.raises(InputError, match=r"--name: expected one line"):
        two.contribute("0.ceremony", "1.ceremony", name)


@pytest.mark.parametrize(
    ("beacon", "iterations", "reason"),
    [
        ("", 10, "beacon"),
        ("0", 10, "beacon"),
        ("0 1", 10, "beacon"),
        ("zz", 10, "beacon"),
        ("00" * 256, 10, "beacon"),
        ("00", 9, "iterations"),
        ("00", 41, "iterations"),
    ],
)
def test_a_beacon_out_of_range_is_refused(beacon, iterations, reason):
    with pytest.raises(InputError, match=reason):
        Beacon.of(beacon, iterations)
    assert Beacon.of("0x0102", 40) == Beacon(b"\1\2", 40)


def test_keys_of_another_program_are_packed(two, tmp_path):
    turns.unpack(tmp_path / "0.ceremony", tmp_path / "keys")
    (tmp_path / "new").mkdir()
    for name in ("one", "two"):
        fake_core.contribute(tmp_path / f"keys/{name}.zkey", tmp_path / f"new/{name}.zkey", "carol", b"")
    turn = turns.pack(
        tmp_path / "0.ceremony", tmp_path / "new", tmp_path / "1.ceremony", progress=lambda *_: None
    )
    assert turn.attestation.name == "carol"
    assert Attestation.load(tmp_path / "1.attestation.txt") == turn.attestation
    two.contribute("1.ceremony", "2.ceremony", "alice")
    with pytest.raises(InputError, match=r"keys: exists already"):
        turns.unpack(tmp_path / "0.ceremony", tmp_path / "keys")


def made_by(tmp_path, name, make):
    """Make the new key of a circuit, those of others by an honest contribution."""
    if not (tmp_path / "keys").exists():
        turns.unpack(tmp_path / "0.ceremony", tmp_path / "keys")
        (tmp_path / "new").mkdir()
        for one in ("one", "two"):
            fake_core.contribute(tmp_path / f"keys/{one}.zkey", tmp_path / f"new/{one}.zkey", "carol", b"")
    make(tmp_path / f"keys/{name}.zkey", tmp_path / f"new/{name}.zkey")


@pytest.mark.parametrize(
    ("make", "error", "reason"),
    [
        (lambda old, new: new.unlink(), InputError, "no such file"),
        (lambda old, new: new.write_bytes(b"zkey"), InputError, "truncated"),
        (lambda old, new: new.write_bytes(old.read_bytes()), StatementError, "does not continue"),
        (lambda old, new: fake_core.contribute(new, new, "dave", b""), StatementError, "further one, got 2"),
        (
            lambda old, new: fake_core.contribute(old, new, "dave", b""),
            StatementError,
            "another name in the key of two",
        ),
        (lambda old, new: fake_core.beacon(old, new, "carol", b"1", 10), StatementError, "another kind"),
    ],
)
def test_keys_that_are_no_contribution_are_not_packed(two, tmp_path, make, error, reason):
    made_by(tmp_path, "two", make)
    with pytest.raises(error, match=reason):
        turns.pack(
            tmp_path / "0.ceremony", tmp_path / "new", tmp_path / "1.ceremony", progress=lambda *_: None
        )
    assert two.names() == sorted([*INPUTS, "0.ceremony", "keys", "new"])


def test_a_contribution_to_false_keys_is_refused(two, tmp_path):
    sitting = Sitting.load(tmp_path / "0.ceremony")
    keys = {name: sitting.extract(name, tmp_path / f"{name}.zkey") for name in ("one", "two")}
    digest, _ = fake_core.read(keys["one"])
    fake_core.contribute(keys["two"], keys["two"], "mallory", b"")
    false = fake_core.record(digest, [b"others"], 0, b"\1\1x")
    fake_core.write(keys["one"], digest, [false])
    turns.write_sitting(tmp_path / "1.ceremony", sitting.description.continued(), keys)
    # Before anything is contributed.
    with pytest.raises(StatementError, match=r"1.ceremony: one.zkey: contribution 1 is false"):
        two.contribute("1.ceremony", "2.ceremony", "alice", stops_at("one", AssertionError))
    keys["one"].write_bytes(keys["two"].read_bytes())
    turns.write_sitting(tmp_path / "1.ceremony", sitting.description.continued(), keys)
    with pytest.raises(StatementError, match=r"one: the key is of another circuit"):
        two.contribute("1.ceremony", "2.ceremony", "alice")
    turns.write_sitting(tmp_path / "1.ceremony", sitting.description, {**keys, "one": keys["two"]})
    assert not (tmp_path / "2.ceremony").exists()
