"""Attestations: their text, and their comparison with the keys."""

from __future__ import annotations

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct

from zkmargin.ceremony.attestation import Attestation
from zkmargin.ceremony.attested import compare_attestations
from zkmargin.ceremony.description import PhaseOne
from zkmargin.ceremony.rounds import Addition, short_code
from zkmargin.errors import InputError, StatementError

ATTESTATION = Attestation(
    "alice of Example Ltd",
    3,
    PhaseOne("own.ptau", "ab" * 64),
    (Addition("one", "12" * 64, "34" * 64), Addition("two", "56" * 64, "78" * 64)),
)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "alice.txt").write_text(ATTESTATION.text())
    return tmp_path / "alice.txt"


def test_an_attestation_is_read_as_it_was_written(path):
    assert Attestation.load(path) == ATTESTATION
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert Attestation.load(path) == ATTESTATION


def test_the_short_code_depends_on_every_hash():
    first, second = ATTESTATION.additions
    codes = [
        short_code(additions)
        for additions in (
            (first, second),
            (first,),
            (second, first),
            (first, Addition("two", "56" * 64, "79" + "78" * 63)),
            (first, Addition("two", "57" + "56" * 63, "78" * 64)),
        )
    ]
    assert f"short: {codes[0]}\n" in ATTESTATION.text()
    assert len(set(codes)) == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alice", "bob\nname: alice"),
        ("name: alice of Example Ltd", "name: "),
        ("contribution: 3", "contribution: 03"),
        ("randomness", "memory"),
        ("short: ", "short: x"),
        ("34" * 64, "34" * 63 + "35"),
        ("  circuit hash", " circuit hash"),
        ("circuit: two", "circuit: ../two"),
        ("one", "one\u2028"),
        ("attestation/1", "attestation/2"),
    ],
)
def test_another_text_is_refused(path, old, new):
    path.write_text(ATTESTATION.text().replace(old, new))
    with pytest.raises(InputError, match=r"alice.txt"):
        Attestation.load(path)


def test_what_is_no_text_is_refused(path):
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"not UTF-8"):
        Attestation.load(path)
    path.unlink()
    with pytest.raises(InputError, match=r"cannot be read"):
        Attestation.load(path)


@pytest.fixture
def attested(room):
    """Return a room, its final turn, and the folder with the attestations of alice and bob."""
    room.start()
    room.contribute("0.ceremony", "1.ceremony", "alice")
    turn = room.contribute("1.ceremony", "2.ceremony", "bob")
    folder = room.folder / "attestations"
    folder.mkdir()
    for number in (1, 2):
        (room.folder / f"{number}.attestation.txt").rename(folder / f"{number}.txt")
    return room, turn, folder


def compared(folder, turn):
    return compare_attestations(folder, turn.description, turn.chains)


def test_attestations_of_all_contributions(attested):
    _, turn, folder = attested
    found = compared(folder, turn)
    assert [(one.path.name, one.attestation.name, one.signatures) for one in found] == [
        ("1.txt", "alice", ()),
        ("2.txt", "bob", ()),
    ]


def test_a_contribution_that_was_left_out_is_noticed(attested):
    room, _, folder = attested
    turn = room.contribute("0.ceremony", "3.ceremony", "bob")
    with pytest.raises(StatementError, match=r"1.txt: contribution 1 of alice is not in the key of one"):
        compared(folder, turn)
    (folder / "1.txt").unlink()
    with pytest.raises(StatementError, match=r"2.txt: contribution 2 of bob is not in the key of one"):
        compared(folder, turn)


def test_a_contribution_of_another_name_is_noticed(attested):
    _, turn, folder = attested
    text = (folder / "1.txt").read_text().replace("name: alice", "name: eve")
    (folder / "1.txt").write_text(text)
    with pytest.raises(StatementError, match=r"contribution 1 of eve has the name 'alice'"):
        compared(folder, turn)


def test_attestations_of_other_ceremonies_are_refused(attested):
    room, _, folder = attested
    room.circuits[1].r1cs.write_text("other constraints")
    room.start("other.ceremony")
    other = room.contribute("other.ceremony", "other-1.ceremony", "alice")
    with pytest.raises(StatementError, match=r"1.txt: of another initial key of two"):
        compared(folder, other)
    room.ptau.write_bytes(b"another phase 1")
    room.start("third.ceremony")
    third = room.contribute("third.ceremony", "third-1.ceremony", "alice")
    with pytest.raises(StatementError, match=r"1.txt: of a ceremony with another phase 1"):
        compared(folder, third)
    del room.circuits[1]
    room.ptau.write_bytes(b"phase 1")
    room.start("fourth.ceremony")
    fourth = room.contribute("fourth.ceremony", "fourth-1.ceremony", "alice")
    with pytest.raises(StatementError, match=r"1.txt: of a ceremony of other circuits"):
        compared(folder, fourth)


def test_a_folder_without_attestations_is_refused(attested):
    _, turn, folder = attested
    (folder / "copy.txt").write_bytes((folder / "2.txt").read_bytes())
    with pytest.raises(StatementError, match=r"copy.txt: about the same|2.txt: about the same"):
        compared(folder, turn)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(InputError, match=r"no attestation"):
        compared(folder, turn)
    with pytest.raises(InputError, match=r"no such folder"):
        compared(folder / "x", turn)


def test_signatures_by_ethereum_keys_are_checked_and_others_listed(attested):
    _, turn, folder = attested
    signer = EthAccount.from_key(bytes(31) + b"\1")
    signature = signer.sign_message(
        encode_defunct(text=(folder / "1.txt").read_text().removesuffix("\n"))
    ).signature
    (folder / "1.txt.eip191").write_text(f"0x{bytes(signature).hex()}\n")
    (folder / "2.txt.sig").write_text("ssh")
    (folder / "2.txt.asc").write_text("gpg")
    first, second = compared(folder, turn)
    assert [(one.kind, one.address) for one in first.signatures] == [("EIP-191", signer.address)]
    assert [(one.kind, one.address) for one in second.signatures] == [("ssh", ""), ("gpg", "")]
    (folder / "1.txt.eip191").write_text("0x" + "00" * 65)
    with pytest.raises(StatementError, match=r"1.txt.eip191: not a signature of 1.txt"):
        compared(folder, turn)
    (folder / "1.txt.eip191").write_text("0x00")
    with pytest.raises(InputError, match=r"65 bytes"):
        compared(folder, turn)
