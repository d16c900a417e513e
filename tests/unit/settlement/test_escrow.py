"""Sealed openings: their bytes, and everything that is none."""

from __future__ import annotations

import hashlib
import json
import stat
import struct
from dataclasses import replace

import pytest
from Crypto.Cipher import Salsa20
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.poly1305 import Poly1305
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from zkmargin import InputError, spec
from zkmargin.settlement.escrow import SEALED_BYTES, SealingKey, escrow_hash, seal, unseal
from zkmargin.spec.constants import CASH_BITS, FIELD, ORDER_PLACES

# Bob's in RFC 7748, section 6.1.
VENUE = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
ONCE = bytes(range(32))
KEY = SealingKey(VENUE)

OPENING = spec.Account(
    owner=0x1234,
    number=2**39 + 1,
    key=spec.TradingKey(FIELD - 1, 9),
    view_key=2**247 + 5,
    nonce=3,
    cash=-1_000_001,
    amounts=(500_000, 0, 2**64 - 1, 0, 0, 0, 0, 7),
    positions=(spec.Position(1, -400), spec.EMPTY, spec.Position(4096, 3)),
    orders=(*spec.NO_ORDERS[:2], spec.OrderFill(2**39 + 2, 2**30), *spec.NO_ORDERS[3:]),
)


def numbers(bits):
    return st.one_of(st.integers(0, 2**bits - 1), st.sampled_from([0, 2**bits - 1]))


fields = st.one_of(st.integers(0, FIELD - 1), st.sampled_from([0, FIELD - 1]))
positions = st.builds(
    spec.Position,
    st.integers(0, 2**15 - 1),
    st.integers(-(2**31) + 1, 2**31 - 1).filter(lambda lots: lots != 0),
)
entries = st.one_of(st.just(spec.OrderFill(0, 0)), st.builds(spec.OrderFill, numbers(40), numbers(31)))
openings = st.builds(
    spec.Account,
    owner=numbers(160),
    number=numbers(40),
    key=st.builds(spec.TradingKey, fields, fields),
    view_key=numbers(248),
    nonce=numbers(64),
    cash=st.one_of(
        st.integers(-(2**CASH_BITS), 2**CASH_BITS - 1), st.sampled_from([-(2**CASH_BITS), 2**CASH_BITS - 1])
    ),
    amounts=st.tuples(*[st.integers(0, 2**64 - 1)] * 8),
    positions=st.lists(st.just(spec.EMPTY) | positions, max_size=128).map(
        lambda slots: (
            tuple(slots) if not slots or slots[-1] != spec.EMPTY else (*slots[:-1], spec.Position(7, 1))
        )
    ),
    orders=st.tuples(*[entries] * ORDER_PLACES),
)


def plain_of(opening):
    """Lay an opening out by hand, as docs/formats/escrow.md says."""
    parts = [b"\x02", opening.owner.to_bytes(20, "big"), opening.number.to_bytes(5, "big")]
    parts += [opening.key.x.to_bytes(32, "big"), opening.key.y.to_bytes(32, "big")]
    parts += [opening.view_key.to_bytes(31, "big"), opening.nonce.to_bytes(8, "big")]
    parts += [(opening.cash % 2**128).to_bytes(16, "big")]
    parts += [amount.to_bytes(8, "big") for amount in opening.amounts]
    for sequence, filled in opening.orders:
        parts += [sequence.to_bytes(5, "big"), filled.to_bytes(4, "big")]
    parts += [bytes([len(opening.positions)])]
    parts += [struct.pack(">Hi", one.instrument, one.lots) for one in opening.positions]
    return b"".join(parts).ljust(1194, b"\0")


def hsalsa20(key, block=bytes(16)):
    """Return HSalsa20, from the paper on XSalsa20: Salsa20's rounds without the addition at the end."""
    words = struct.unpack("<8I", key), struct.unpack("<4I", block), struct.unpack("<4I", b"expand 32-byte k")
    (k, n, c), mask = words, 2**32 - 1
    x = [c[0], *k[:4], c[1], *n, c[2], *k[4:], c[3]]
    columns = [(0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)]
    rows = [(0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)]
    for _ in range(10):
        for a, b, c_, d in (*columns, *rows):
            for target, one, other, bits in ((b, a, d, 7), (c_, b, a, 9), (d, c_, b, 13), (a, d, c_, 18)):
                total = (x[one] + x[other]) & mask
                x[target] ^= (total << bits | total >> 32 - bits) & mask
    return struct.pack("<8I", *(x[place] for place in (0, 5, 10, 15, 6, 7, 8, 9)))


def box(plain, public):
    """Seal by libsodium's description of sealed boxes, without libsodium."""
    once = X25519PrivateKey.from_private_bytes(ONCE)
    ours = once.public_key().public_bytes_raw()
    nonce = hashlib.blake2b(ours + public, digest_size=24).digest()
    shared = hsalsa20(once.exchange(X25519PublicKey.from_public_bytes(public)))
    stream = Salsa20.new(hsalsa20(shared, nonce[:16]), nonce[16:])
    one_time = stream.encrypt(bytes(32))
    hidden = stream.encrypt(plain)
    return ours + Poly1305.generate_tag(one_time, hidden) + hidden


def test_the_public_key_is_that_of_the_standard():
    assert KEY.public.hex() == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"


def test_what_others_seal_by_the_documented_bytes_is_opened():
    assert SEALED_BYTES == 1242
    sealed = box(plain_of(OPENING), KEY.public)
    assert len(sealed) == SEALED_BYTES
    assert unseal(sealed, KEY) == OPENING


def test_what_is_sealed_here_holds_the_documented_bytes():
    assert KEY.decrypt(seal(OPENING, KEY.public)) == plain_of(OPENING)


@given(openings)
def test_every_opening_comes_back(opening):
    sealed = seal(opening, KEY.public)
    assert len(sealed) == SEALED_BYTES
    assert unseal(sealed, KEY) == opening


def test_the_length_says_nothing_of_the_account():
    empty = spec.Account(0, 0, spec.NO_KEY, 0, 0, 0, (0,) * 8, ())
    full = replace(empty, positions=tuple(spec.Position(n, -1) for n in range(128)))
    assert len(seal(empty, KEY.public)) == len(seal(full, KEY.public)) == SEALED_BYTES
    assert seal(empty, KEY.public) != seal(empty, KEY.public)


def test_any_changed_bit_is_noticed():
    sealed = seal(OPENING, KEY.public)
    for place in range(SEALED_BYTES * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(InputError, match=r"^escrow: does not open with this key$"):
            unseal(bytes(changed), KEY)


@given(st.one_of(st.binary(max_size=2 * SEALED_BYTES), st.binary(min_size=1242, max_size=1242)))
def test_garbage_is_an_input_error(content):
    with pytest.raises(InputError, match=r"^escrow: "):
        unseal(content, KEY)


@pytest.mark.parametrize("length", [0, 31, 47, 48, SEALED_BYTES - 1, SEALED_BYTES + 1])
def test_another_length_is_an_input_error(length):
    sealed = (seal(OPENING, KEY.public) + b"\0")[:length]
    with pytest.raises(InputError, match="escrow: expected 1242 bytes, got "):
        unseal(sealed, KEY)


def test_another_key_does_not_open_it():
    with pytest.raises(InputError, match="does not open with this key"):
        unseal(seal(OPENING, SealingKey.new().public), KEY)


def changed(place, value):
    plain = bytearray(plain_of(OPENING))
    plain[place : place + len(value)] = value
    return bytes(plain)


ORDERS, COUNT, FIRST = 209, 425, 426


@pytest.mark.parametrize(
    "plain",
    [
        changed(0, b"\x00"),
        changed(0, b"\x01"),
        changed(26, FIELD.to_bytes(32, "big")),
        changed(58, b"\xff" * 32),
        changed(129, (2**CASH_BITS).to_bytes(16, "big")),
        changed(129, (-(2**CASH_BITS) - 1).to_bytes(16, "big", signed=True)),
        changed(ORDERS + 2 * 9 + 5, b"\x80"),
        changed(COUNT, b"\x01"),
        changed(COUNT, b"\x02"),
        changed(COUNT, b"\x04"),
        changed(COUNT, b"\x81"),
        changed(COUNT, b"\xff"),
        changed(FIRST, b"\x80"),
        changed(FIRST + 2, b"\0\0\0\0"),
        changed(FIRST + 2, b"\x80\0\0\0"),
        changed(FIRST + 6, b"\0\1"),
        changed(FIRST + 18, b"\0\0\0\0\0\1"),
        changed(1193, b"\x01"),
    ],
)
def test_sealed_bytes_without_an_opening_are_refused_and_not_shown(plain):
    with pytest.raises(InputError) as caught:
        unseal(box(plain, KEY.public), KEY)
    assert str(caught.value) == "escrow: the sealed bytes are not an opening"
    assert caught.value.__cause__ is None


@given(st.integers(0, 1193), st.integers(1, 255))
def test_any_other_plain_text_is_another_opening_or_none(place, difference):
    plain = bytearray(plain_of(OPENING))
    plain[place] ^= difference
    try:
        found = unseal(box(bytes(plain), KEY.public), KEY)
    except InputError:
        return
    assert found != OPENING
    assert plain_of(found) == bytes(plain)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), bytes(32), b"\x01" + bytes(31)])
def test_a_malformed_public_key_is_refused(public):
    with pytest.raises(InputError, match="sealing key: expected an X25519 public key of 32 bytes"):
        seal(OPENING, public)


def test_the_hash_is_keccak():
    sealed = seal(OPENING, KEY.public)
    assert escrow_hash(sealed) == keccak(sealed)
    # Of nothing: the well-known one.
    assert escrow_hash(b"").hex().startswith("c5d2460186f7233c927e7db2dcc703c0")


def test_a_key_is_saved_for_its_owner_alone(tmp_path):
    path = tmp_path / "key.json"
    KEY.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SealingKey.load(path).public == KEY.public
    assert repr(KEY) == "<SealingKey>"
    assert [*tmp_path.iterdir()] == [path]
    with pytest.raises(InputError, match="exists already"):
        KEY.save(path)
    with pytest.raises(InputError, match="no such folder"):
        KEY.save(tmp_path / "none" / "key.json")


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("format", "zkmargin-sealing-key/2", "format: expected "),
        ("secret", "0x12", "secret: expected 0x and 64 digits"),
        ("secret", "0x" + "11" * 32, "public: not the public part"),
        ("public", "0x" + "11" * 32, "public: not the public part"),
        ("more", "", "more: unknown key"),
    ],
)
def test_a_malformed_key_file_is_refused_and_not_shown(tmp_path, member, value, reason):
    path = tmp_path / "key.json"
    KEY.save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), member: value}))
    with pytest.raises(InputError, match=reason) as caught:
        SealingKey.load(path)
    assert VENUE.hex() not in str(caught.value)


def test_a_key_has_32_bytes():
    with pytest.raises(InputError, match="sealing key: expected 32 bytes, got 31"):
        SealingKey(bytes(31))
