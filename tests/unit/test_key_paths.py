"""Every reader names the file and the place of a value that is wrong.

Each value of a document that fits is replaced in turn, by another type and by texts that fit nowhere, and each member
is left out. ``test_formats`` does the same for formats with a published schema.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.golden_proof import GOLDEN
from support.json_schemas import replaced
from support.local_market import settings_text
from zkmargin.account.upgrade import upgraded
from zkmargin.chain.keystore import load_keystore
from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.keeper.settings import KeeperSettings
from zkmargin.orders.key_file import load_key
from zkmargin.proving.artifacts import Proof, VerificationKey, public_from_json
from zkmargin.proving.manifest import Manifest
from zkmargin.proving.verified_keys import VerifiedKey
from zkmargin.risk.adjustment import load_adjustment
from zkmargin.risk.collateral import load_collateral
from zkmargin.risk.history import load_history
from zkmargin.risk.model import MODELS, load_model
from zkmargin.settlement.administration.demo_chain import DemoTokens
from zkmargin.settlement.deploy.journal import Begun
from zkmargin.settlement.deploy.settings import MarketSettings
from zkmargin.spec.eddsa import trading_key
from zkmargin.venues import import_deribit
from zkmargin.venues.plain_csv import import_csv
from zkmargin.venues.positions import PositionFormat, read_positions

Keys = tuple[str | int, ...]
NOBODYS = "not this one"
ADDRESS = "0x" + "10" * 20
WORD = "0x" + "ab" * 32
SHA256 = "a" * 64
BLAKE2B = "b" * 128
POINT = dict(zip("xy", map(str, trading_key(b"\x01" * 32)), strict=True))
CRYPTO = {
    "cipher": "aes-128-ctr",
    "cipherparams": {"iv": "11" * 16},
    "ciphertext": "22" * 32,
    "kdf": "pbkdf2",
    "kdfparams": {"c": 10, "dklen": 32, "prf": "hmac-sha256", "salt": "33" * 16},
    "mac": "44" * 32,
}
CONTRIBUTION = {
    "name": "someone",
    "kind": "contribution",
    "hash": BLAKE2B,
    "beacon": "",
    "iterations_exp": "0",
}
KEEPER = """
chain = { rpc = "http://127.0.0.1:8545", deployment = "d.json", max_fee_gwei = "50", interval = "12", places = "13" }
key = { keystore = "k.json", password_file = "p" }
files = { state = "k.db", book = "b.db", snapshots = "s", keys = "keys" }
venue = { key = "v.json", password_file = "p" }
metrics = { listen = "127.0.0.1:9464" }
holder = { accounts = ["1"], at = "1/2", warn_at = "2", show_shortage = true }
caller = { freeze = false }
starter = {}
[bidder]
min_discount = "0.1"
min_gain = "0.1"
fixed_cost = "25"
max_requirement = "100000"
max_funds = "10000"
max_spend_per_day = "50000.5"
instruments = ["ETH-*"]
key = "t.json"
"""


class Format(NamedTuple):
    """A file: its reader, and a document that fits.

    `free` are places that hold any value: what other programs wrote, or what is not needed.
    """

    read: Callable[[Path], object]
    document: Any
    free: tuple[str, ...] = ()


def by_json(reader: Callable[[Any, str], object]) -> Callable[[Path], object]:
    return lambda path: reader(load_json(path), str(path))


JSON = {
    "account of format 1": Format(
        upgraded,
        {
            "format": "zkmargin-account/1",
            "owner": "7",
            "nonce": "1",
            "salt": "5",
            "cash": "1.5",
            "collateral": [{"asset": "ETH", "amount": "0.5"}],
            "positions": [{"instrument": "ETH-PERPETUAL", "quantity": "-2"}],
        },
    ),
    "keystore": Format(
        partial(load_keystore, password=NOBODYS),
        {"version": 3, "id": "1", "address": "10" * 20, "crypto": CRYPTO},
        free=("id", "address"),
    ),
    "trading key": Format(
        partial(load_key, password=NOBODYS),
        {"format": "zkmargin-trading-key/1", "key": POINT, "crypto": CRYPTO},
    ),
    "begun deployment": Format(
        Begun.load,
        {
            "format": "zkmargin-partial-deployment/1",
            "chainId": "1",
            "block": "2",
            "deployer": ADDRESS,
            "settings": SHA256,
            "keys": SHA256,
            "code": SHA256,
            "addresses": {"timelock": ADDRESS, "firstLoss": ADDRESS},
            "transactions": {"timelock": WORD, "firstLoss": WORD},
            "sending": {"name": "feed", "nonce": "1", "block": "2", "data": SHA256},
        },
    ),
    "demo tokens": Format(DemoTokens.load, {"format": "zkmargin-demo-tokens/1", "tokens": {"ETH": ADDRESS}}),
    "record of a key": Format(
        VerifiedKey.load,
        {
            "format": "zkmargin-verified-key/1",
            "zkey_sha256": SHA256,
            "r1cs_sha256": SHA256,
            "fingerprint": "k7f3-9xq2-mh4d-w8tz",
            "phase1": {
                "name": "p",
                "blake2b": BLAKE2B,
                "how": "transcript",
                "contributions": [CONTRIBUTION],
            },
            "circuit_hash": BLAKE2B,
            "contributions": [CONTRIBUTION],
            "tools": "zkmargin 1",
            "time": "2026-12-01T08:00:00Z",
        },
    ),
    "manifest": Format(
        by_json(Manifest.from_json),
        {
            "format": "zkmargin-keys/2",
            "circuit": "c",
            "created": "2026",
            "files": {
                **{f"c.{end}": SHA256 for end in ("r1cs", "wasm", "zkey")},
                "verification_key.json": SHA256,
            },
            "phase1": {"name": "p"},
            "tools": {"circom2": "1"},
        },
    ),
    "verification key": Format(by_json(VerificationKey.from_json), GOLDEN["key"], free=("vk_alphabeta_12",)),
    "proof": Format(by_json(Proof.from_json), GOLDEN["proof"]),
    "public signals": Format(by_json(public_from_json), ["1", "2"]),
}
TOML = {
    # With scenarios, with moves, with tiers.
    **{
        f"model {name}": Format(load_model, tomllib.loads((MODELS / f"{name}.toml").read_text()))
        for name in ("span", "deribit", "perp")
    },
    "adjustment": Format(load_adjustment, tomllib.loads((MODELS / "adjustment.toml").read_text())),
    "collateral": Format(load_collateral, tomllib.loads((MODELS / "collateral.toml").read_text())),
    "market settings": Format(
        MarketSettings.load, tomllib.loads(settings_text([ADDRESS] * 5, ADDRESS, "0x" + "20" * 20))
    ),
    "keeper settings": Format(KeeperSettings.load, tomllib.loads(KEEPER)),
}


def steps(document: Any, at: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Yield the path of each value: of lists, those of the first and the last item."""
    yield at, document
    if isinstance(document, dict):
        for key, value in document.items():
            yield from steps(value, (*at, key))
    elif isinstance(document, list):
        for number in sorted({0, len(document) - 1}) if document else ():
            yield from steps(document[number], (*at, number))


def refusal(read: Callable[[Path], object], path: Path) -> InputError | None:
    try:
        read(path)
    except InputError as error:
        return error
    return None


def key_path(path: Keys) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def is_in(key: str, other: str) -> bool:
    """Return whether a key path is another one, or leads on from it."""
    return not other or key == other or key.startswith((f"{other}.", f"{other}["))


READERS = {
    "read_bounded": ("documents.json_file",),
    "parse_json": ("documents.json_file",),
    "load_json": (
        "account.upgrade",
        "chain.keystore",
        "orders.key_file",
    ),
    "load_toml": (
        "risk.model",
        "risk.adjustment",
        "risk.collateral",
        "settlement.deploy.settings",
        "keeper.settings",
    ),
}
WRONG = (["x"], {"x": ["y"]}, True, "", "\x00", "-9" * 60, "9" * 78)
AGREEMENT = re.compile(
    "the password is wrong|does not belong to the key|expected exactly c?.*verification_key.json"
)
"""Reasons that a reader gives after it has accepted every value by itself."""


class Case:
    def __init__(self, form: Format, patch: pytest.MonkeyPatch, path: Path) -> None:
        self.form, self._path = form, path
        for name, modules in READERS.items():
            for module in modules:
                patch.setattr(f"zkmargin.{module}.{name}", getattr(self, name))
        patch.setitem(globals(), "load_json", self.load_json)

    def read_bounded(self, *_):
        return b""

    def parse_json(self, *_):
        return self._document

    def load_json(self, path, **_):
        return self._document

    def load_toml(self, path):
        return Field(self._document, str(path))

    def refusal(self, document: Any) -> InputError | None:
        self._document = document
        error = refusal(self.form.read, self._path)
        assert error is None or error.source == str(self._path), error
        return None if error is None or AGREEMENT.match(error.reason) else error

    def broken(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield the key path of each value, a wrong value, and the document with it."""
        for path, value in steps(self.form.document):
            for wrong in WRONG:
                if type(wrong) is not type(value) or isinstance(value, str):
                    yield key_path(path), wrong, replaced(self.form.document, path, wrong)


@pytest.fixture(params=[*JSON, *TOML])
def case(request, monkeypatch, tmp_path):
    return Case({**JSON, **TOML}[request.param], monkeypatch, tmp_path / "file")


def test_a_wrong_value_is_refused_with_its_key_path(case):
    failed = []
    for key, wrong, document in case.broken():
        found = case.refusal(document)
        if found is None:
            # A text may be any text; a value of another type never is.
            if not isinstance(wrong, str) and not any(is_in(key, one) for one in case.form.free):
                failed.append((key, wrong, "accepted"))
        elif not is_in(found.key, key):
            failed.append((key, wrong, str(found)))
    assert not failed


def test_a_missing_member_is_named_or_its_object(case):
    failed = []
    for path, value in steps(case.form.document):
        for key in value if isinstance(value, dict) else ():
            without = {one: value[one] for one in value if one != key}
            found = case.refusal(replaced(case.form.document, path, without))
            named = found is None or found.key.endswith(key)
            if not named and (not is_in(key_path((*path, key)), found.key) or (path and not found.key)):
                failed.append(((*path, key), str(found)))
    assert not failed


def test_an_unknown_member_is_refused_with_its_key_path(case):
    failed = []
    for path, value in steps(case.form.document):
        if isinstance(value, dict):
            found = case.refusal(replaced(case.form.document, (*path, "colour"), "red"))
            if found is not None and found.key != key_path((*path, "colour")):
                failed.append(((*path, "colour"), str(found)))
    assert not failed


POSITIONS = {
    "deribit": [{"instrument_name": "ETH-PERPETUAL", "size": 3, "direction": "buy", "average_price": 2500}],
    "ccxt": [
        {"symbol": "ETH/USD:ETH", "side": "long", "contracts": 3, "entryPrice": 2000, "contractSize": 1}
    ],
}


@pytest.mark.parametrize("form", POSITIONS)
def test_a_wrong_value_of_positions_is_refused_with_its_key_path(tmp_path, form):
    path, (right,) = tmp_path / "positions.json", POSITIONS[form]
    for key in right:
        for wrong in (["x"], {"x": 1}, "x" * 300):
            path.write_text(json.dumps([right, {**right, key: wrong}]))
            found = refusal(partial(read_positions, form=PositionFormat(form)), path)
            assert found is not None, (key, wrong)
            assert (found.source, found.key) == (str(path), f"[1].{key}"), wrong


ANSWER = {
    "instrument_name": "ETH-27MAR26-3000-C",
    "quote_currency": "ETH",
    "mark_price": 0.05,
    "mark_iv": 60,
    "underlying_price": 2500,
    "estimated_delivery_price": 2490,
    "bid_price": 0.04,
    "ask_price": 0.06,
    "creation_timestamp": 1_772_442_001_000,
}


@pytest.mark.parametrize("whole", [False, True])
def test_a_wrong_value_of_a_venues_answer_is_refused_with_its_key_path(tmp_path, whole):
    path, other = tmp_path / "answer.json", {**ANSWER, "instrument_name": "ETH-27MAR26-3000-P"}
    for key in ANSWER:
        # Deribit's prices do not depend on the name of the currency.
        for wrong in (["x"], {"x": 1}, *(() if key == "quote_currency" else ("x y",))):
            rows = [other, {**ANSWER, key: wrong}]
            path.write_text(json.dumps({"result": rows} if whole else rows))
            error = refusal(import_deribit, path)
            assert error is not None, (key, wrong)
            assert (error.source, error.key) == (str(path), f"{'result' if whole else ''}[1].{key}"), wrong


CSV = {
    "venue data": (
        import_csv,
        "underlying,index_price,kind,name,lot,quote,mark,funding,expiry,strike,right,forward,volatility,bid,ask,time",
        "ETH,2000,option,ETH-CALL,0.1,USD,50,,2026-06-26T08:00:00Z,2100,call,2010,0.5,49,51,2026-03-02T09:00:00Z",
    ),
    "history": (load_history, "date,close", "2026-01-02,2000.5"),
    "positions": (
        partial(read_positions, form=PositionFormat.CSV),
        "instrument,quantity,entry_price",
        "ETH-PERPETUAL,3,2000",
    ),
}


@pytest.mark.parametrize("form", CSV)
def test_a_wrong_cell_is_refused_with_file_line_and_column(tmp_path, form):
    read, head, row = CSV[form]
    path, cells = tmp_path / "file.csv", row.split(",")
    for number, column in enumerate(head.split(",")):
        # Any text is the name of some venue's instrument.
        for wrong in ("9" * 400, *(() if column == "instrument" else ("x y", "-1e99"))):
            path.write_text("\n".join((head, ",".join((*cells[:number], wrong, *cells[number + 1 :])))))
            found = refusal(read, path)
            assert found is not None, (column, wrong)
            assert (found.source, found.key) == (str(path), f"line 2.{column}"), wrong
