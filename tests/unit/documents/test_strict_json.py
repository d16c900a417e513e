from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.documents.strict_json import load_json, parse_json
from zkmargin.errors import InputError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**90), 10**90) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_reads_what_the_standard_library_writes(value):
    assert parse_json(json.dumps(value).encode(), "x") == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_input_error(content):
    with suppress(InputError):
        parse_json(content, "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": 1, "b": 2, "a": 1}', "x: a: duplicate key"),
        (b'[{"deep": {"z": 1, "z": 2}}]', "x: [0].deep.z: duplicate key"),
        (b'{"a": [{"a": 1, "b": [0, 1.5]}, 2.5]}', "x: a[0].b[1]: numbers must be integers"),
        (b'{"a": {"b": NaN}}', "x: a.b: numbers must be finite"),
        (b'{"a": 1.5, "a": 1}', "x: a: duplicate key"),
        (b"[1.0]", "must be integers"),
        (b"[1e3]", "must be integers"),
        (b"[NaN]", "must be finite"),
        (b"[-Infinity]", "must be finite"),
        (b"[" + b"9" * 101 + b"]", "at most 100 digits"),
        (b"[" + b"9" * 5000 + b"]", "at most 100 digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'["\\"",' + b"[" * 100_000, "nested too deeply"),
        (b"[]" * 50 + b"[" * 100_000, "nested too deeply"),
        (b'["\xff"]', "not UTF-8 at byte 2"),
        (b"\xef\xbb\xbf\xef\xbb\xbf[]", "not JSON"),
        (b"", "not JSON: Expecting value at line 1, column 1"),
        (b"[] []", "not JSON: Extra data"),
    ],
)
def test_refuses(text, message):
    with pytest.raises(InputError) as caught:
        parse_json(text, "x")
    assert message in str(caught.value)


def test_brackets_in_strings_do_not_count_as_nesting():
    text = "[{" * 1000 + '"' + "\\"
    assert parse_json(json.dumps([text]).encode(), "x") == [text]
    assert parse_json(b"[" * 100 + b"]" * 100, "x")


def test_nesting_is_limited_independently_of_the_recursion_limit():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)  # py-ecc does the like
    try:
        with pytest.raises(InputError, match="nested too deeply"):
            parse_json(b"[" * 1_000_000, "x")
    finally:
        sys.setrecursionlimit(limit)


def test_errors_contain_no_value():
    for text in (b'{"salt": 123456789.5}', b'{"salt": 123456789', b'["123456789'):
        with pytest.raises(InputError) as caught:
            parse_json(text, "x")
        assert "123456789" not in str(caught.value)


def test_files(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[1]")
    assert load_json(path) == [1]
    with pytest.raises(InputError, match=r"a\.json: larger than 2 bytes"):
        load_json(path, max_bytes=2)
    with pytest.raises(InputError, match=r"b\.json: cannot be read: No such file"):
        load_json(tmp_path / "b.json")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_json(tmp_path)


def test_an_endless_file_is_refused():
    with pytest.raises(InputError, match="larger than"):
        load_json(Path("/dev/zero"), max_bytes=1000)


def test_a_byte_order_mark_is_understood():
    assert parse_json(b"\xef\xbb\xbf[1]", "file") == [1]
