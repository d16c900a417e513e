"""The file of a ceremony: strict, stored, and the same for the same content."""

from __future__ import annotations

import json
import zipfile

import pytest

from zkmargin.ceremony.description import CeremonyCircuit, Description, PhaseOne
from zkmargin.ceremony.sitting import Sitting, write_sitting
from zkmargin.errors import InputError

DESCRIPTION = Description(PhaseOne("own.ptau", "ab" * 64), 2, (CeremonyCircuit("one", "12" * 32, "34" * 64),))


@pytest.fixture
def sitting(tmp_path):
    (tmp_path / "one.zkey").write_bytes(b"key" * 1000)
    write_sitting(tmp_path / "a.ceremony", DESCRIPTION, {"one": tmp_path / "one.zkey"})
    return tmp_path / "a.ceremony"


def packed(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_a_sitting_is_read_as_it_was_written(sitting, tmp_path):
    found = Sitting.load(sitting)
    assert found.description == DESCRIPTION
    assert found.extract("one", tmp_path / "copy").read_bytes() == b"key" * 1000
    write_sitting(tmp_path / "b.ceremony", DESCRIPTION, {"one": tmp_path / "one.zkey"})
    assert (tmp_path / "b.ceremony").read_bytes() == sitting.read_bytes()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([("one.zkey", b"")], "no ceremony.json in it"),
        ([("ceremony.json", None)], "expected exactly ceremony.json, one.zkey"),
        ([("ceremony.json", None), ("one.zkey", b""), ("two.zkey", b"")], "expected exactly"),
        ([("ceremony.json", None), ("one.zkey", b""), ("one.zkey", b"")], "expected exactly"),
        ([("ceremony.json", None), ("../one.zkey", b"")], "expected exactly"),
        ([("ceremony.json", b"{"), ("one.zkey", b"")], "ceremony.json: not JSON"),
        ([("ceremony.json", b" " * (1 << 21)), ("one.zkey", b"")], "ceremony.json: larger than"),
    ],
)
def test_other_contents_are_refused(tmp_path, members, reason):
    text = json.dumps(DESCRIPTION.to_json()).encode()
    path = packed(tmp_path / "a.ceremony", [(name, text if one is None else one) for name, one in members])
    with pytest.raises(InputError, match=reason):
        Sitting.load(path)


def test_compressed_files_are_refused(tmp_path):
    members = [("ceremony.json", json.dumps(DESCRIPTION.to_json())), ("one.zkey", b"0" * 1000)]
    path = packed(tmp_path / "a.ceremony", members, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match=r"compressed or encrypted"):
        Sitting.load(path)


def test_a_damaged_file_is_refused(sitting, tmp_path):
    content = sitting.read_bytes()
    at = content.index(b"keykey")
    sitting.write_bytes(content[:at] + b"K" + content[at + 1 :])
    with pytest.raises(InputError, match=r"damaged"):
        Sitting.load(sitting).extract("one", tmp_path / "copy")
    for part in (content[:-1], b"", content[:100]):
        sitting.write_bytes(part)
        with pytest.raises(InputError, match=r"damaged"):
            Sitting.load(sitting)
    with pytest.raises(InputError, match=r"no such file"):
        Sitting.load(tmp_path / "nothing")


@pytest.mark.parametrize("names", [(), ("one", "one"), ("one", "ONE")])
def test_circuits_have_different_names(names):
    with pytest.raises(InputError, match=r"duplicate name|at least one circuit"):
        Description(DESCRIPTION.phase1, 0, tuple(CeremonyCircuit(name, "", "") for name in names))
