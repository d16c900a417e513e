from __future__ import annotations

import json
from dataclasses import replace

import pytest

from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.proving import verified_keys
from zkmargin.proving.contributions import Contribution, ContributionKind, Contributions
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.verified_keys import Phase1, Records, VerifiedKey, kind_of

ONE = Contribution("someone", ContributionKind.CONTRIBUTION, "1" * 128)
OTHER = Contribution("other", ContributionKind.CONTRIBUTION, "2" * 128)
BEACON = Contribution("beacon", ContributionKind.BEACON, "3" * 128, "abcd", 10)
PUBLISHED = "4" * 128
PINNED = Phase1("final_01.ptau", PUBLISHED, "pinned")
SHARED = Phase1("own.ptau", "5" * 128, "transcript", (ONE, OTHER))
RECORD = VerifiedKey(
    "a" * 64,
    "b" * 64,
    "k7f3-9xq2-mh4d-w8tz",
    SHARED,
    Contributions("6" * 128, (ONE, OTHER, BEACON)),
    "zkmargin 1",
    "2026-12-01T08:00:00Z",
)
POOR = replace(RECORD, phase1=None)


@pytest.fixture(autouse=True)
def _published(monkeypatch):
    monkeypatch.setattr(verified_keys, "known_ceremonies", lambda: {PUBLISHED: "final_01.ptau"})


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path)


@pytest.mark.parametrize(
    ("phase1", "items", "kind"),
    [
        (PINNED, (ONE, OTHER), KeyKind.CEREMONY),
        (SHARED, (ONE, OTHER), KeyKind.CEREMONY),
        (SHARED, (ONE, OTHER, BEACON), KeyKind.CEREMONY),
        # A beacon is no contributor, neither in phase 2 nor in phase 1.
        (PINNED, (ONE, BEACON), KeyKind.SINGLE),
        (PINNED, (BEACON, BEACON), KeyKind.DEVELOPMENT),
        (PINNED, (), KeyKind.DEVELOPMENT),
        (replace(SHARED, contributions=(ONE, BEACON)), (ONE, OTHER), KeyKind.DEVELOPMENT),
        # The secrets of phase 1 suffice to forge, however many contribute to phase 2.
        (replace(SHARED, contributions=(ONE,)), (ONE, OTHER), KeyKind.DEVELOPMENT),
        (replace(SHARED, contributions=()), (ONE, OTHER), KeyKind.DEVELOPMENT),
        # A hash that the user pins is not a published one.
        (replace(PINNED, blake2b="7" * 128), (ONE, OTHER), KeyKind.DEVELOPMENT),
        (None, (ONE, OTHER), KeyKind.DEVELOPMENT),
    ],
)
def test_kinds(phase1, items, kind):
    contributions = Contributions("6" * 128, items)
    assert kind_of(phase1, contributions) is kind
    assert replace(RECORD, phase1=phase1, contributions=contributions).kind is kind


def test_each_kind_has_a_note():
    assert len({kind.note for kind in KeyKind}) == 3
    assert "forge" in KeyKind.DEVELOPMENT.note


@pytest.mark.parametrize("record", [RECORD, POOR, replace(RECORD, phase1=PINNED)])
def test_a_record_is_found_again(records, record):
    assert records.find("a" * 64, "b" * 64) is None
    records.save(record)
    assert records.find("a" * 64, "b" * 64) == record
    (path,) = records.folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    # It is a record of these files only.
    assert records.find("a" * 64, "c" * 64) is None
    assert records.find("c" * 64, "b" * 64) is None


def test_a_record_under_the_name_of_another_key_is_none(records):
    records.save(RECORD)
    (path,) = records.folder.iterdir()
    path.rename(path.with_name(f"{'c' * 64}-{'b' * 64}.json"))
    assert records.find("c" * 64, "b" * 64) is None


def test_a_verified_transcript_is_not_forgotten(records):
    records.save(POOR)
    records.save(RECORD)
    records.save(POOR)
    assert records.find("a" * 64, "b" * 64) == RECORD


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"format": "zkmargin-verified-key/2"}, "format"),
        ({"kind": "ceremony"}, "kind"),
        ({"zkey_sha256": "A" * 64}, "zkey_sha256"),
        ({"fingerprint": "k7f3-9xq2-mh4d-w8tu"}, "fingerprint"),
        ({"phase1": {}}, "phase1.name"),
        ({"phase1": {**SHARED.to_json(), "how": "believed"}}, "phase1.how"),
        ({"phase1": {**SHARED.to_json(), "blake2b": ""}}, "phase1.blake2b"),
        ({"circuit_hash": ""}, "circuit_hash"),
        ({"contributions": [{}]}, "contributions[0].name"),
        ({"time": "now"}, "time"),
    ],
)
def test_a_malformed_record_is_none(records, changes, key):
    with pytest.raises(InputError) as caught:
        VerifiedKey.from_json(Field({**RECORD.to_json(), **changes}, "a"))
    assert caught.value.key == key
    records.save(RECORD)
    (path,) = records.folder.iterdir()
    path.write_text(json.dumps({**RECORD.to_json(), **changes}))
    assert records.find("a" * 64, "b" * 64) is None


def test_the_records_are_in_a_folder_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    records = Records.of_user()
    assert records.folder == tmp_path / "zkmargin" / "verified"
    records.save(RECORD)
    # Others could have written to it.
    records.folder.chmod(0o777)
    assert Records.of_user().find("a" * 64, "b" * 64) is None
    with pytest.raises(InputError, match="no folder in the cache that only this user can access"):
        Records.of_user().save(RECORD)
