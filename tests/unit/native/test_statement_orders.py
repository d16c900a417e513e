"""Orders of the native core beside Python's: the same messages, files and errors."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import margin_values as mv
from support.order_values import HOLDER, secret
from support.statement_core import answer_of, read
from zkmargin import spec
from zkmargin.documents.utc import iso_text
from zkmargin.native_hash import fast_hasher
from zkmargin.orders import SignedOrder, SigningKey, sign_order
from zkmargin.spec.eddsa import SUBGROUP_ORDER

native = pytest.importorskip("zkmargin_native")

MARKET = mv.snapshot()
KEY = SigningKey(secret("a"))
SIGNED = {
    "format": "zkmargin-order/1",
    "domain": str(HOLDER.domain),
    "owner": str(HOLDER.owner),
    "account": str(HOLDER.account),
    "instrument": "ETH-PERPETUAL",
    "side": "buy",
    "quantity": "1.5",
    "limit": "2200.25",
    "feeRate": "0.5",
    "sequence": "49",
    "expiry": "2026-12-01T08:00:00Z",
    "signature": {"r8": {"x": "1", "y": "2"}, "s": "3"},
}
JUNK = (
    None,
    7,
    "",
    "-0",
    "0",
    "-1",
    "1.50",
    "0.0000001",
    "x",
    "Buy",
    "ETH-CALL",
    "ETH-OLD",
    str(2**31),
    str(2**40),
    str(2**44),
    str(2**160),
    str(SUBGROUP_ORDER),
    str(2**254 - 2**230),
    "1" + "0" * 29,
    "1969-12-31T23:59:59Z",
    "2024-02-29T23:59:59Z",
    "2100-02-29T00:00:00Z",
    "2023-04-31T00:00:00Z",
    "2026-12-01T24:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-12-01 08:00:00Z",
    {"x": "1"},
)


@pytest.fixture(scope="module")
def core():
    return native.StatementSnapshot(json.dumps(MARKET.to_json()))


@st.composite
def orders(draw):
    """Draw an order that is not signed, most of which fit the snapshot."""
    limit = draw(st.integers(-(2**45), 2**45) | st.integers(-(10**9), 10**9)) * 10
    return SIGNED | {
        "domain": str(draw(st.integers(0, 2**253))),
        "owner": str(draw(st.integers(0, 2**160 - 1))),
        "account": str(draw(st.integers(0, 2**40 - 1))),
        "instrument": draw(st.sampled_from([one.name for one in mv.LISTINGS])),
        "side": draw(st.sampled_from(("buy", "sell"))),
        "quantity": draw(st.sampled_from(("0.1", "1.50", "7", "0.001", "214748364.7", "214748364.8"))),
        "limit": f"{'-' * (limit < 0)}{abs(limit) // 10**6}.{abs(limit) % 10**6:06d}",
        "feeRate": draw(st.sampled_from(("0", "0.5", "0.25", "12.00001", "0.000001", "175921860.4", "1e3"))),
        "sequence": str(draw(st.integers(0, 2**40 - 1))),
        "expiry": iso_text(draw(st.integers(0, 253402300799))),
    }


@st.composite
def changed(draw, document):
    """Replace, remove or add one or two values."""
    found = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        inner = found.get("signature")
        parents = [found, *(one for one in (inner, inner and inner.get("r8")) if isinstance(one, dict))]
        parent = draw(st.sampled_from(parents))
        name = draw(st.sampled_from([*parent, "added"]))
        if draw(st.integers(0, 3)):
            parent[name] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        else:
            parent.pop(name, None)
        if not isinstance(found.get("signature"), dict):
            break
    return found


def unsigned(document):
    return json.dumps({name: value for name, value in document.items() if name != "signature"})


def without_name(answer):
    """Return an answer without the reason of an unknown instrument, which the native core does not name."""
    unknown = isinstance(answer, tuple) and answer[1] == "instrument" and "instrument" in answer[2]
    return answer[:2] if unknown else answer


def signed_by_python(document):
    def sign():
        found = read(SignedOrder, json.dumps(document), "order")
        return sign_order(found.order, found.holder, KEY, MARKET).to_json()

    return without_name(answer_of(sign))


def message_by_python(document):
    found = read(SignedOrder, json.dumps(document), "order")
    return {"message": str(spec.order_message(found.terms(MARKET), found.holder, fast_hasher()))}


def assert_same_signature(core, document):
    request = json.dumps({"order": unsigned(document)})
    answer = answer_of(lambda: json.loads(core.sign_order(request, KEY.secret)))
    assert without_name(answer) == signed_by_python(document)
    message = without_name(answer_of(lambda: json.loads(core.order_message(request))))
    assert message == without_name(answer_of(lambda: message_by_python(document)))
    return answer


def verify(core, document, key=KEY.key):
    request = {"order": json.dumps(document), "key": {"x": str(key.x), "y": str(key.y)}}
    return without_name(answer_of(lambda: json.loads(core.verify_order(json.dumps(request)))))


def verify_by_python(document, key=KEY.key):
    def check():
        read(SignedOrder, json.dumps(document), "order").check(key, MARKET)
        return message_by_python(document)

    return without_name(answer_of(check))


@given(document=orders())
def test_messages_and_signatures_are_those_of_python(document, core):
    made = assert_same_signature(core, document)
    if isinstance(made, dict):
        assert verify(core, made) == verify_by_python(made) == message_by_python(document)


@given(document=changed({name: value for name, value in SIGNED.items() if name != "signature"}))
def test_malformed_orders_have_the_errors_of_python(document, core):
    document.pop("signature", None)
    assert_same_signature(core, document | {"signature": SIGNED["signature"]})


@given(document=changed(SIGNED))
def test_malformed_order_files_have_the_errors_of_python(document, core):
    assert verify(core, document) == verify_by_python(document)


def test_a_signature_counts_for_its_order_and_key_alone(core):
    made = signed_by_python(SIGNED)
    refused = ("statement", "", "order: the signature is not the trading key's")
    assert verify(core, made) == message_by_python(SIGNED)
    for name, value in (("side", "sell"), ("limit", "2200.26"), ("sequence", "50"), ("account", "4")):
        assert verify(core, made | {name: value}) == refused == verify_by_python(made | {name: value})
    assert verify(core, made, SigningKey(secret("b")).key) == refused
    assert verify(core, made, spec.NO_KEY) == refused
    answer = answer_of(lambda: core.order_message(json.dumps({"order": json.dumps(made)})))
    assert answer == ("input", "signature", "unknown key")


@pytest.mark.parametrize(
    "expiry",
    [
        "1970-01-01T00:00:00Z",
        "2000-02-29T23:59:59Z",
        "2023-02-29T00:00:00Z",
        "2023-04-31T00:00:00Z",
        "2100-02-28T12:30:01Z",
        "2100-02-29T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-12-01T23:59:60Z",
    ],
)
def test_times_are_those_of_the_calendar(expiry, core):
    assert_same_signature(core, SIGNED | {"expiry": expiry})


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_has_32_bytes(size, core):
    request = json.dumps({"order": unsigned(SIGNED)})
    with pytest.raises(native.StatementFaultError) as caught:
        core.sign_order(request, bytes(size))
    assert caught.value.args == ("input", "secret", "", "expected 32 bytes")


def test_an_unknown_instrument_is_not_named(core):
    request = json.dumps({"order": unsigned(SIGNED | {"instrument": "ETH-OLD"})})
    with pytest.raises(native.StatementFaultError) as caught:
        core.order_message(request)
    assert caught.value.args[1:3] == ("order", "instrument")
    assert "ETH-OLD" not in caught.value.args[3]
