"""Phase 1 in the native core, as Python sees it; `prover/native/tests/phase1_forgeries.rs` has the forged files."""

from __future__ import annotations

import pytest

native = pytest.importorskip("zkmargin_native")

VALUE = bytes(range(1, 33))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phase1")
    native.phase1_new(folder / "0.ptau", 1)
    hashes = [native.phase1_contribute(folder / "0.ptau", str(folder / "1.ptau"), "Zoë", b"dice")]
    hashes.append(native.phase1_beacon(str(folder / "1.ptau"), folder / "2.ptau", "beacon", VALUE, 10))
    native.phase1_prepare(folder / "2.ptau", folder / "3.ptau")
    return folder, hashes


def test_a_phase_1_is_verified_and_its_contributions_are_listed(files):
    folder, hashes = files
    verified = native.phase1_verify(folder / "3.ptau")
    assert verified == {
        "power": 1,
        "prepared": True,
        "contributions": [
            {"name": "Zoë", "kind": "contribution", "hash": hashes[0], "beacon": "", "iterations_exp": 0},
            {
                "name": "beacon",
                "kind": "beacon",
                "hash": hashes[1],
                "beacon": VALUE.hex(),
                "iterations_exp": 10,
            },
        ],
    }
    assert native.phase1_verify(folder / "1.ptau")["prepared"] is False


def test_a_changed_byte_and_a_file_without_contributions_are_refused(files, tmp_path):
    folder, _ = files
    with pytest.raises(native.FormatError, match=r"0\.ptau: no contribution: tau, alpha and beta are one"):
        native.phase1_verify(folder / "0.ptau")
    content = bytearray((folder / "3.ptau").read_bytes())
    content[-1] ^= 1
    (tmp_path / "changed.ptau").write_bytes(content)
    with pytest.raises(native.FormatError, match=r"changed\.ptau: section 15"):
        native.phase1_verify(tmp_path / "changed.ptau")
    with pytest.raises(FileNotFoundError):
        native.phase1_verify(folder / "missing.ptau")


def test_arguments_that_do_not_fit_are_refused(files, tmp_path):
    folder, _ = files
    out = tmp_path / "out.ptau"
    with pytest.raises(ValueError, match=r"power 28 is not in 1\.\.=27"):
        native.phase1_new(out, 28)
    with pytest.raises(ValueError, match="control or formatting character"):
        native.phase1_contribute(folder / "0.ptau", out, "a\x1b", b"")
    with pytest.raises(ValueError, match="a beacon of 0 bytes"):
        native.phase1_beacon(folder / "0.ptau", out, "beacon", b"", 10)
    with pytest.raises(ValueError, match=r"a beacon of 2\^9 hashes"):
        native.phase1_beacon(folder / "0.ptau", out, "beacon", VALUE, 9)
    with pytest.raises(ValueError, match="the output would replace the input"):
        native.phase1_prepare(folder / "0.ptau", folder / "0.ptau")
    assert not list(tmp_path.iterdir())


def test_an_exception_of_the_callback_leaves_what_was_there(files, tmp_path):
    folder, _ = files
    out = tmp_path / "out.ptau"
    out.write_bytes(b"before")

    def stop(stage: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        native.phase1_contribute(folder / "0.ptau", out, "", b"", stop)
    with pytest.raises(KeyboardInterrupt):
        native.phase1_prepare(folder / "2.ptau", out, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["out.ptau"]
    assert out.read_bytes() == b"before"
