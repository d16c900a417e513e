"""Files of fills: what is read, and errors that name file and key."""

from __future__ import annotations

import json
import stat
from decimal import Decimal

import pytest

from support.reprs import shown
from zkmargin import InputError
from zkmargin.orders import Fill, Fills

TERMS = (Decimal("0.7"), Decimal(2200), Decimal("0.5"), Decimal(0))
FILLS = Fills("a.1", (Fill("a.json", "b.json", *TERMS), Fill("a.json", "sheet.json", *TERMS, 3)))


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "fills.json"
    FILLS.save(path)
    return json.loads(path.read_text())


def test_fills_are_private_and_read_as_they_were(tmp_path):
    path = tmp_path / "fills.json"
    FILLS.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = Fills.load(path)
    assert read == FILLS
    assert (read.folder, read.source) == (tmp_path, str(path))
    assert "2200" not in shown(read, read.fills[0])


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"quantity": "0"}, "fills[0].quantity", "must be positive"),
        ({"buyerFee": "-1"}, "fills[0].buyerFee", "must not be negative"),
        ({"sellerFee": "-1"}, "fills[0].sellerFee", "must not be negative"),
        ({"entry": "4096"}, "fills[0].entry", "must be from 0 to 4095"),
        ({"buy": ""}, "fills[0].buy", "expected the path of a file"),
        ({"sell": "a\n"}, "fills[0].sell", "expected the path of a file"),
        ({"rate": "1"}, "fills[0].rate", "unknown key"),
    ],
)
def test_a_malformed_fill_names_file_and_key(tmp_path, document, change, key, reason):
    document["fills"][0].update(change)
    path = tmp_path / "fills.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError) as caught:
        Fills.load(path)
    assert (caught.value.source, caught.value.key) == (str(path), key)
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("change", "key"), [({"name": "a b"}, "name"), ({"fills": []}, "fills"), ({"format": "x"}, "format")]
)
def test_a_malformed_list_names_file_and_key(tmp_path, document, change, key):
    path = tmp_path / "fills.json"
    path.write_text(json.dumps({**document, **change}))
    with pytest.raises(InputError) as caught:
        Fills.load(path)
    assert caught.value.key == key
