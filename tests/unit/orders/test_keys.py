"""Trading keys: their secrets, their files and their signatures, with the native core and without."""

from __future__ import annotations

import json
import stat
import sys

import pytest

from support.order_values import LOW_ORDER, forge, secret
from zkmargin import InputError
from zkmargin.orders import SigningKey
from zkmargin.orders.key_file import TRADING, VENUE, load_key, load_public_key, save_key
from zkmargin.orders.signing_key import is_signature
from zkmargin.spec import NO_KEY, Signature, SpecError, TradingKey
from zkmargin.spec.eddsa import SUBGROUP_ORDER

SECRET = secret("a")
PASSWORD = "correct horse"  # noqa: S105
MESSAGE = 12345


@pytest.fixture(params=["native", "spec"])
def core(request, monkeypatch):
    """Run a test with the native core, and without it."""
    if request.param == "spec":
        monkeypatch.setitem(sys.modules, "zkmargin_native", None)


@pytest.fixture
def saved(tmp_path, quick_keystores):
    """Return a file of the key of SECRET."""
    path = tmp_path / "trading.json"
    save_key(SigningKey(SECRET), path, PASSWORD)
    return path


@pytest.mark.usefixtures("core")
class TestSignatures:
    def test_a_signature_is_valid_for_its_key_and_message(self):
        key = SigningKey(SECRET)
        signature = key.sign(MESSAGE)
        assert isinstance(signature, Signature)
        assert isinstance(key.key, TradingKey)
        assert is_signature(key.key, MESSAGE, signature)
        assert not is_signature(key.key, MESSAGE + 1, signature)
        assert not is_signature(SigningKey(secret("b")).key, MESSAGE, signature)

    def test_clearing_attack_s_not_reduced(self):
        key = SigningKey(SECRET)
        r8, s = key.sign(MESSAGE)
        assert not is_signature(key.key, MESSAGE, Signature(r8, s + SUBGROUP_ORDER))

    @pytest.mark.parametrize("point", [NO_KEY, (0, 5), (1, 1), *LOW_ORDER])
    def test_clearing_attack_keys_that_anybody_signs_for(self, point):
        key = TradingKey(*point)
        assert not is_signature(key, MESSAGE, forge(0, key, MESSAGE))

    @pytest.mark.parametrize("point", [NO_KEY, (0, 5)])
    def test_clearing_attack_r8_off_the_curve(self, point):
        key = SigningKey(SECRET)
        assert not is_signature(key.key, MESSAGE, Signature(tuple(point), key.sign(MESSAGE).s))

    @pytest.mark.parametrize("message", [-1, 2**254, 1.0])
    def test_a_message_is_a_field_element(self, message):
        with pytest.raises(SpecError, match=r"^message: "):
            SigningKey(SECRET).sign(message)

    def test_every_key_is_new(self):
        assert SigningKey.new().key != SigningKey.new().key


def test_both_cores_derive_and_sign_alike(monkeypatch):
    native = SigningKey(SECRET)
    signed = native.sign(MESSAGE)
    monkeypatch.setitem(sys.modules, "zkmargin_native", None)
    spec = SigningKey(SECRET)
    assert (spec.key, spec.sign(MESSAGE)) == (native.key, signed)


def test_a_native_core_from_before_is_not_used(monkeypatch):
    native = pytest.importorskip("zkmargin_native")
    expected = SigningKey(SECRET).sign(MESSAGE)
    monkeypatch.delattr(native, "eddsa_sign", raising=False)
    assert SigningKey(SECRET).sign(MESSAGE) == expected


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33), "x" * 32, bytearray(32)])
def test_a_secret_has_32_bytes(wrong):
    with pytest.raises(InputError, match="secret: expected 32 bytes"):
        SigningKey(wrong)


def test_the_repr_shows_nothing():
    key = SigningKey(SECRET)
    assert repr(key) == "<SigningKey>"
    assert not hasattr(key, "__dict__")


class TestFile:
    @pytest.mark.usefixtures("quick_keystores")
    def test_a_key_is_private_and_opens_with_its_password(self, tmp_path):
        saved = tmp_path / "key.json"
        save_key(SigningKey(SECRET), saved, PASSWORD)
        assert [one.name for one in tmp_path.iterdir()] == ["key.json"]
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        key = load_key(saved, PASSWORD)
        assert (key.secret, key.key) == (SECRET, SigningKey(SECRET).key)
        assert load_public_key(saved) == key.key
        text = saved.read_text()
        assert SECRET.hex() not in text
        assert list(json.loads(text)) == ["format", "key", "crypto"]
        # An address would link the key to an Ethereum key of the same secret.
        assert "address" not in text

    @pytest.mark.usefixtures("quick_keystores")
    def test_a_venues_key_is_no_trading_key(self, saved, tmp_path):
        venues = tmp_path / "venue.key"
        save_key(SigningKey(SECRET), venues, PASSWORD, VENUE)
        assert load_key(venues, PASSWORD, VENUE).secret == SECRET
        assert load_public_key(venues, VENUE) == SigningKey(SECRET).key
        for path, kind in ((venues, TRADING), (saved, VENUE)):
            with pytest.raises(InputError, match=f"format: expected '{kind}'"):
                load_key(path, PASSWORD, kind)

    def test_a_wrong_password_shows_nothing(self, saved):
        with pytest.raises(InputError) as caught:
            load_key(saved, "battery staple")
        assert str(caught.value) == f"{saved}: the password is wrong"
        assert caught.value.__context__ is None

    def test_an_existing_file_is_kept(self, saved):
        before = saved.read_bytes()
        with pytest.raises(InputError, match="exists already; overwriting it would lose its key"):
            save_key(SigningKey(secret("b")), saved, PASSWORD)
        assert saved.read_bytes() == before

    def test_no_password_and_no_folder(self, tmp_path):
        with pytest.raises(InputError, match="password: must not be empty"):
            save_key(SigningKey(SECRET), tmp_path / "key.json", "")
        with pytest.raises(InputError, match="no such folder"):
            save_key(SigningKey(SECRET), tmp_path / "none" / "key.json", PASSWORD)
        assert not list(tmp_path.iterdir())

    def test_another_public_key_than_the_secrets_is_refused(self, saved, tmp_path):
        """Otherwise an exchanged file would show the account of its holder, and sign with another key."""
        document = json.loads(saved.read_text())
        x, y = SigningKey(secret("b")).key
        path = tmp_path / "key.json"
        path.write_text(json.dumps({**document, "key": {"x": str(x), "y": str(y)}}))
        with pytest.raises(InputError, match=r"key\.json: key: does not belong to the secret"):
            load_key(path, PASSWORD)

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"format": "zkmargin-trading-key/2"}, "format"),
            ({"key": {"x": "1"}}, "key.y"),
            ({"key": {"x": "1", "y": "-1"}}, "key.y"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_a_malformed_file_names_its_key(self, saved, tmp_path, change, key):
        path = tmp_path / "key.json"
        path.write_text(json.dumps({**json.loads(saved.read_text()), **change}))
        for load in (load_public_key, lambda one: load_key(one, PASSWORD)):
            with pytest.raises(InputError) as caught:
                load(path)
            assert (caught.value.source, caught.value.key) == (str(path), key)

    @pytest.mark.parametrize("wrong", [None, {}, "x", {"cipher": 1}])
    def test_a_malformed_secret_shows_nothing(self, saved, tmp_path, wrong):
        path = tmp_path / "key.json"
        path.write_text(json.dumps({**json.loads(saved.read_text()), "crypto": wrong}))
        with pytest.raises(InputError) as caught:
            load_key(path, PASSWORD)
        assert str(caught.value).startswith(f"{path}: crypto")

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1}'])
    def test_what_is_no_key_file_is_refused(self, tmp_path, text):
        path = tmp_path / "key.json"
        path.write_text(text)
        with pytest.raises(InputError, match=r"key\.json: "):
            load_public_key(path)
