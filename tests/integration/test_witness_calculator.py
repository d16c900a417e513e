from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from support.circuits import QUICK_AND_LARGEST, calculator, compiled, inputs_and_public
from zkmargin.documents.files import sha256
from zkmargin.errors import InputError, StatementError
from zkmargin.proving import wasm_engine, wtns
from zkmargin.proving.bn254 import SCALAR_MODULUS
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.witness import WitnessCalculator
from zkmargin.toolchain import node_script, run

pytestmark = pytest.mark.usefixtures("calculators_of_users")


def as_json(value):
    """Return inputs with decimal strings, as node's calculators take them."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list) else str(value)


@pytest.mark.parametrize("name", QUICK_AND_LARGEST)
def test_the_witness_is_byte_for_byte_snarkjs_s(name, tmp_path):
    inputs, public = inputs_and_public(name, seed=7)
    (tmp_path / "input.json").write_text(json.dumps(as_json(inputs)))
    command = [*node_script("snarkjs", "build/cli.cjs"), "wtns", "calculate", compiled(name).wasm]
    run([*command, "input.json", "witness.wtns"], cwd=tmp_path, timeout=60)
    content = calculator(name).calculate(inputs)
    assert content == (tmp_path / "witness.wtns").read_bytes()
    assert wtns.public_signals(content, len(public)) == public


def test_buses_log_and_arrays(tmp_path):
    source = tmp_path / "bus.circom"
    source.write_text("""pragma circom 2.2.0;
bus Point() { signal x; signal y[2]; }
template Main() {
    input Point() p[2];
    signal input q[2][2];
    signal output c;
    log("secret", p[0].x);
    c <== p[0].x * p[1].y[1] + q[1][0];
}
component main = Main();
""")
    made = WitnessCalculator(compile_circuit(source, tmp_path).wasm)
    point = {"x": 3, "y": [4, 5]}
    content = made.calculate({"p": [point, {**point, "y": [6, 7]}], "q": [[1, 2], [100, 4]]})
    assert wtns.public_signals(content, 1) == (121,)


GOOD = {"factor": 3, "cofactor": 7}


@pytest.mark.parametrize(
    ("inputs", "key", "reason"),
    [
        ({**GOOD, "other": 4711}, "other", "the circuit has no such input"),
        ({"factor": 4711}, "", "wrong number of input values: expected 2, got 1"),
        ({}, "", "wrong number of input values: expected 2, got 0"),
        ({**GOOD, "factor": [3, 4711]}, "factor", "wrong size: expected 1, got 2"),
        ({**GOOD, "factor": []}, "factor", "wrong size: expected 1, got 0"),
        ({**GOOD, "factor": SCALAR_MODULUS}, "factor", "must be in [0, r)"),
        ({**GOOD, "factor": -4711}, "factor", "must be in [0, r)"),
    ],
)
def test_bad_inputs_are_refused_by_name(inputs, key, reason):
    with pytest.raises(InputError) as caught:
        calculator("multiplier").calculate(inputs)
    assert caught.value.key == key
    assert reason in str(caught.value)
    assert "4711" not in str(caught.value)


def test_the_ends_of_the_field_are_inputs():
    content = calculator("multiplier").calculate({"factor": 0, "cofactor": SCALAR_MODULUS - 1})
    assert wtns.parse(content)[1:3] == (0, SCALAR_MODULUS - 1)


def test_circom_s_own_error_says_template_and_line():
    with pytest.raises(StatementError) as caught:
        calculator("multiplier").calculate({**GOOD, "factor": 1})
    assert "assert failed / Error in template Multiplier_0 line: 16" in str(caught.value)


def test_a_refused_calculation_leaves_nothing_behind():
    for _ in range(3):
        with pytest.raises(StatementError):
            calculator("multiplier").calculate({**GOOD, "factor": 1})
        assert wtns.public_signals(calculator("multiplier").calculate(GOOD), 2) == (21, 7)


def test_threads_do_not_disturb_each_other():
    def work(seed):
        if seed % 5 == 0:
            with pytest.raises(StatementError):
                calculator("multiplier").calculate({**GOOD, "factor": 1})
        inputs, public = inputs_and_public("multiplier", seed)
        return wtns.public_signals(calculator("multiplier").calculate(inputs), 2) == public

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


def module(tmp_path, text, *, timeout=0.3, max_memory=1 << 26):
    path = tmp_path / "made.wasm"
    path.write_bytes(bytes(wasmtime.wat2wasm(text)))
    return WitnessCalculator(path, timeout=timeout, max_memory=max_memory)


PRIME_WORDS = [SCALAR_MODULUS >> 32 * word & 0xFFFFFFFF for word in range(8)]


def fake(
    tmp_path,
    *,
    start="",
    size="1",
    wires="1",
    prime=PRIME_WORDS,
    set_input="",
    words="8",
    memory="1",
    **options,
):
    """Return a calculator around a module with circom's exports and whatever misbehaviour is asked for."""
    data = "".join(f"\\{byte:02x}" for word in prime for byte in word.to_bytes(4, "little"))
    return module(
        tmp_path,
        f"""(module
  (import "runtime" "exceptionHandler" (func $exception (param i32)))
  (import "runtime" "printErrorMessage" (func $print))
  (memory (export "memory") {memory})
  (data (i32.const 0) "{data}")
  (func (export "init") (param i32) {start})
  (func (export "getFieldNumLen32") (result i32) (i32.const {words}))
  (func (export "getRawPrime"))
  (func (export "readSharedRWMemory") (param i32) (result i32)
    (i32.load (i32.shl (local.get 0) (i32.const 2))))
  (func (export "writeSharedRWMemory") (param i32 i32))
  (func (export "getInputSize") (result i32) (i32.const {size}))
  (func (export "getInputSignalSize") (param i32 i32) (result i32) (i32.const {size}))
  (func (export "setInputSignal") (param i32 i32 i32) {set_input})
  (func (export "getWitnessSize") (result i32) (i32.const {wires}))
  (func (export "getWitness") (param i32))
  (func (export "getMessageChar") (result i32) (i32.const 65)))""",
        **options,
    )


def test_the_fake_itself_works(tmp_path):
    assert len(fake(tmp_path).calculate({"a": 1})) == 76 + 32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": "(loop (br 0))"}, "took too long"),
        ({"set_input": "(loop (br 0))"}, "took too long"),
        ({"set_input": "(call $print)"}, "took too long"),
        ({"start": "unreachable"}, "crashed"),
        ({"start": "(i32.store (i32.const -4) (i32.const 0))"}, "crashed"),
        ({"set_input": "(call $exception (i32.const 3))"}, "signal already set"),
        ({"set_input": "(call $exception (i32.const 99))"}, "unknown error"),
        ({"prime": [PRIME_WORDS[0] ^ 2, *PRIME_WORDS[1:]]}, "a prime other than"),
        ({"words": "12"}, "a prime other than"),
        ({"words": "-1"}, "a prime other than"),
        ({"wires": "0"}, "number of wires"),
        ({"wires": "-1"}, "number of wires"),
        ({"wires": "33554433"}, "number of wires"),
        ({"wires": "16777216"}, "exceeds its memory limit"),
        ({"size": "0"}, "no such input"),
        ({"size": "-1"}, "no such input"),
        ({"size": "2147483647"}, "wrong size: expected 2147483647, got 1"),
        ({"memory": "60000"}, "too large"),
    ],
)
def test_a_hostile_module_is_refused_in_time_and_memory(tmp_path, options, message):
    began = time.monotonic()
    with pytest.raises(InputError, match=message) as caught:
        fake(tmp_path, **options).calculate({"a": 1})
    assert time.monotonic() - began < 4
    assert caught.value.source == ("inputs" if "size" in options else str(tmp_path / "made.wasm"))


@pytest.mark.parametrize(
    "text",
    [
        "(module)",
        '(module (memory (export "memory") 1))',
        '(module (import "wasi" "exit" (func)))',
        '(module (import "runtime" "exceptionHandler" (func (param i64))))',
        '(module (func (export "getFieldNumLen32") (result f64) (f64.const inf)))',
        '(module (func (export "getFieldNumLen32") (param i32)))',
        '(module (func (export "getFieldNumLen32") (result i32 i32) (i32.const 8) (i32.const 8)))',
        '(module (global (export "getFieldNumLen32") i32 (i32.const 8)))',
        "(module (table 4000000000 funcref))",
        "(module (func $loop (loop (br 0))) (start $loop))",
        "(module (func $deep (call $deep)) (start $deep))",
    ],
)
def test_a_module_that_is_no_calculator_is_refused(tmp_path, text):
    with pytest.raises(InputError):
        module(tmp_path, text, timeout=0.3).calculate(GOOD)


def test_what_is_no_module_is_refused(tmp_path):
    path = tmp_path / "a.wasm"
    good = compiled("multiplier").wasm.read_bytes()
    for content in (b"", b"\0asm", b"(module)", good[:-1], good[: len(good) // 2], b"x" + good):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"a\.wasm: not a WebAssembly module"):
            WitnessCalculator(path)
    with pytest.raises(InputError, match="no such file"):
        WitnessCalculator(tmp_path / "b.wasm")


@given(st.lists(st.integers(0, 8 * 34_000), min_size=1, max_size=3))
def test_flipped_bits_in_a_module_end_in_an_error_or_a_witness(tmp_path_factory, bits):
    content = bytearray(compiled("multiplier").wasm.read_bytes())
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
    path = tmp_path_factory.mktemp("flipped") / "a.wasm"
    path.write_bytes(content)
    with suppress(InputError, StatementError):
        WitnessCalculator(path, timeout=0.3, max_memory=1 << 26).calculate(GOOD)


def test_the_deadline_is_not_shortened_by_other_calculations(tmp_path):
    slow = fake(tmp_path, start="(loop (br 0))", timeout=1.0)

    def ends(_):
        began = time.monotonic()
        with pytest.raises(InputError, match="took too long"):
            slow.calculate({"a": 1})
        return time.monotonic() - began

    with ThreadPoolExecutor(3) as pool:
        assert all(0.9 < seconds < 3 for seconds in pool.map(ends, range(3)))


def test_the_cache_is_private_or_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c d"))
    settings_file = wasm_engine._cache_settings()
    folder = tmp_path / "c d" / "zkmargin" / "wasm"
    assert settings_file == folder / "wasmtime.toml"
    assert folder.stat().st_mode & 0o777 == 0o700
    config = wasmtime.Config()
    config.cache = str(settings_file)
    wasmtime.Module(wasmtime.Engine(config), "(module)")
    folder.chmod(0o755)
    assert wasm_engine._cache_settings() is None
    folder.chmod(0o700)
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    assert wasm_engine._cache_settings() is None
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert wasm_engine._cache_settings() is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "it's"))
    assert wasm_engine._cache_settings() is None


def test_compiled_code_is_kept_for_the_last_circuits(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    # A circuit's, and the two of this package.
    monkeypatch.setattr(wasm_engine, "_KEPT_MODULES", 3)
    wasm, folder = compiled("multiplier").wasm, tmp_path / "zkmargin" / "wasm"
    witness = WitnessCalculator(wasm).calculate(GOOD)
    kept = folder / f"{sha256(wasm)}.code"
    assert len(list(folder.glob("*.code"))) == 3
    assert kept.stat().st_mode & 0o777 == 0o600
    code = kept.read_bytes()
    assert WitnessCalculator(wasm).calculate(GOOD) == witness

    # A tool's module without exports, in its place, shows that the kept code runs.
    other = wasmtime.Module(wasm_engine.engine(), "(module)")
    kept.write_bytes(other.serialize())
    with pytest.raises(InputError, match="not a witness calculator"):
        WitnessCalculator(wasm).calculate(GOOD)
    kept.write_bytes(b"damaged")
    assert WitnessCalculator(wasm).calculate(GOOD) == witness
    assert kept.read_bytes() == code

    empty = tmp_path / "empty.wasm"
    empty.write_bytes(b"\0asm\1\0\0\0")
    WitnessCalculator(empty)
    assert not kept.exists()
    assert len(list(folder.glob("*.code"))) == 3
