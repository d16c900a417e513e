from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace

import pytest

from support.circuits import ROOT
from zkmargin.proving.artifacts import VerificationKey
from zkmargin.proving.fingerprints import FINGERPRINT, fingerprint

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
KEY = VerificationKey.from_json(GOLDEN["key"])

# RFC 4648's alphabet and Crockford's.
CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghjkmnpqrstvwxyz")


def flat(value):
    return [number for item in value for number in flat(item)] if isinstance(value, list) else [value]


def test_it_is_the_hash_of_all_coordinates():
    text = GOLDEN["key"]
    numbers = flat(
        [text["vk_alpha_1"][:2], *(text[f"vk_{name}_2"][:2] for name in ("beta", "gamma", "delta"))]
    )
    numbers += flat([point[:2] for point in text["IC"]])
    encoded = b"zkmargin verification key 1\n" + (2).to_bytes(4, "big")
    encoded += b"".join(int(number).to_bytes(32, "big") for number in numbers)
    digits = base64.b32encode(hashlib.sha256(encoded).digest()[:10]).decode().translate(CROCKFORD)
    assert fingerprint(KEY) == f"{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}"
    assert FINGERPRINT.fullmatch(fingerprint(KEY))


@pytest.mark.parametrize(
    "changes",
    [
        {"alpha": KEY.ic[0]},
        {"beta": KEY.gamma},
        {"gamma": KEY.beta},
        {"delta": KEY.beta},
        {"ic": KEY.ic[:-1]},
        {"ic": (*KEY.ic, None)},
        {"ic": (None, *KEY.ic[1:])},
        {"ic": (KEY.ic[1], KEY.ic[0], *KEY.ic[2:])},
    ],
)
def test_it_depends_on_every_part(changes):
    assert fingerprint(replace(KEY, **changes)) != fingerprint(KEY)
