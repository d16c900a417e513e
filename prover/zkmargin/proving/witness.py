"""Witness calculation by circom's WebAssembly, run in this process.

circom's calculator is linked with two small modules: ``witness_runtime.wat`` provides its imports, and
``witness_driver.wat`` loops over inputs and witness. Python copies all inputs in and the whole witness out at once,
and WebAssembly never calls Python. Each calculation has its own instance and memory, which is unmapped at its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.documents.files import existing_file
from zkmargin.errors import InputError, StatementError
from zkmargin.exports import needs_extra

from . import wtns
from .bn254 import SCALAR_MODULUS
from .inputs import Signal, flatten
from .wasm_engine import bundled_module, compiled_module, deadline, engine, store_limits

with needs_extra("prove"):
    import wasmtime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["WitnessCalculator"]

_PAGE = 1 << 16
_MAX_WASM_BYTES = 256 << 20
_MAX_WIRES = 1 << 25
_ASSERT_FAILED = 4
_EXCEPTIONS = {
    1: "signal not found",
    2: "too many signals set",
    3: "signal already set",
    _ASSERT_FAILED: "assert failed",
    5: "not enough memory",
    6: "input signal array access exceeds the size",
    7: "out of bounds array access",
}


class WitnessCalculator:
    """A calculator of a circuit's witnesses. It is thread-safe.

    Parameters
    ----------
    wasm_path : Path
        The circuit's ``.wasm`` by circom.
    timeout : float
        The time limit of a calculation in seconds.
    max_memory : int
        The memory limit of a calculation in bytes.

    Raises
    ------
    InputError
        If the file is not such a calculator.
    """

    def __init__(self, wasm_path: Path, *, timeout: float = 120.0, max_memory: int = 2 << 30) -> None:
        self._source = str(wasm_path)
        self._timeout, self._max_memory = timeout, max_memory
        if existing_file(wasm_path, "a witness calculator").stat().st_size > _MAX_WASM_BYTES:
            raise InputError("too large for a witness calculator", source=self._source)
        try:
            circuit = compiled_module(wasm_path)
        except wasmtime.WasmtimeError:
            raise InputError("not a WebAssembly module", source=self._source) from None
        runtime, driver = bundled_module("witness_runtime.wat"), bundled_module("witness_driver.wat")
        self._code = _Code(engine(), runtime, circuit, driver)

    def calculate(self, inputs: Mapping[str, Any]) -> bytes:
        """Calculate a witness.

        Parameters
        ----------
        inputs : mapping
            A value for each input signal: an integer in [0, r), nested lists of them in the signal's shape, or for
            a bus a mapping of its fields.

        Returns
        -------
        bytes
            The content of a ``.wtns`` file. It is secret.

        Raises
        ------
        InputError
            If an input is unknown, missing, of the wrong size or not in [0, r); or if the ``.wasm`` is not by circom,
            or exceeds its limit of time or memory.
        StatementError
            If the inputs do not satisfy the circuit; the message names circom's template and line.
        """
        signals = flatten(inputs)
        self._code = code = self._code.of_this_process()
        with wasmtime.Store(code.engine) as store, deadline(store, self._timeout):
            store_limits(store, self._max_memory)
            calculation = _Calculation(store, self._source)
            calculation.link(code)
            calculation.set_inputs(signals)
            return wtns.frame(calculation.witness())


@dataclass(frozen=True, slots=True)
class _Code:
    """Compiled modules, which only their engine can run."""

    engine: wasmtime.Engine
    runtime: wasmtime.Module
    circuit: wasmtime.Module
    driver: wasmtime.Module

    def of_this_process(self) -> _Code:
        """Return the modules for this process's engine, which is another one after a fork."""
        here = engine()
        if here is self.engine:
            return self
        modules = (self.runtime, self.circuit, self.driver)
        return _Code(here, *(wasmtime.Module.deserialize(here, one.serialize()) for one in modules))


class _Calculation:
    """A calculation: three instances in one store."""

    def __init__(self, store: wasmtime.Store, source: str) -> None:
        self._store, self._source = store, source
        self._exports: dict[str, Any] = {}

    def link(self, code: _Code) -> None:
        """Instantiate the modules, and check the circuit's field."""
        linker = wasmtime.Linker(code.engine)
        for name, module in (("runtime", code.runtime), ("circuit", code.circuit), ("driver", code.driver)):
            try:
                instance = linker.instantiate(self._store, module)
            except wasmtime.Trap as trap:
                raise self._refusal(trap) from None
            except wasmtime.WasmtimeError:
                reason = "not a witness calculator of circom 2, or too large"
                raise InputError(reason, source=self._source) from None
            linker.define_instance(self._store, name, instance)
            exports = instance.exports(self._store)
            self._exports.update({f"{name}.{item.name}": exports[item.name] for item in module.exports})
        self._check_field()

    def set_inputs(self, signals: list[Signal]) -> None:
        """Set all inputs; circom calculates the witness after the last one."""
        self._call("circuit.init", 1)
        for signal in signals:
            self._check_signal(signal)
        given = sum(len(signal.values) for signal in signals)
        wanted = self._call("circuit.getInputSize")
        if given != wanted:
            raise InputError(f"wrong number of input values: expected {wanted}, got {given}", source="inputs")
        self._write(b"".join(signal.records() for signal in signals))
        self._call("driver.setInputs", _PAGE, given)

    def witness(self) -> bytes:
        """Return the encoded values of all wires."""
        count = self._call("circuit.getWitnessSize")
        if not 1 <= count <= _MAX_WIRES:
            raise InputError(f"the number of wires must be from 1 to {_MAX_WIRES}", source=self._source)
        self._reserve(32 * count)
        self._call("driver.readWitness", _PAGE, count)
        return self._read(32 * count)

    def _check_field(self) -> None:
        if self._call("circuit.getFieldNumLen32") == 8:
            self._call("circuit.getRawPrime")
            self._reserve(32)
            self._call("driver.readValue", _PAGE)
            if int.from_bytes(self._read(32), "little") == SCALAR_MODULUS:
                return
        raise InputError("compiled for a prime other than BN254's", source=self._source)

    def _check_signal(self, signal: Signal) -> None:
        size = self._call("circuit.getInputSignalSize", *signal.hash_words)
        if size <= 0:
            raise InputError("the circuit has no such input", source="inputs", key=signal.name)
        if size != len(signal.values):
            reason = f"wrong size: expected {size}, got {len(signal.values)}"
            raise InputError(reason, source="inputs", key=signal.name)

    def _call(self, name: str, *arguments: int) -> int:
        """Call an export, and turn a trap into one of the package's errors."""
        function = self._exports.get(name)
        if not isinstance(function, wasmtime.Func):
            raise InputError(f"not a witness calculator of circom 2: no {name}", source=self._source)
        try:
            return int(function(self._store, *arguments) or 0)
        except wasmtime.Trap as trap:
            raise self._refusal(trap) from None
        except (wasmtime.WasmtimeError, TypeError, ValueError, OverflowError):
            raise InputError(f"not a witness calculator of circom 2: {name}", source=self._source) from None

    def _refusal(self, trap: wasmtime.Trap) -> InputError | StatementError:
        if trap.trap_code is wasmtime.TrapCode.INTERRUPT:
            return InputError("the witness calculation took too long", source=self._source)
        code = self._exports["runtime.code"].value(self._store) if "runtime.code" in self._exports else 0
        if code == 0:
            return InputError(f"the witness calculator crashed ({trap.trap_code})", source=self._source)
        what = _EXCEPTIONS.get(code, "unknown error")
        message = " / ".join(part for part in (what, *self._message().splitlines()) if part)
        if code == _ASSERT_FAILED:
            return StatementError(f"the inputs do not satisfy the circuit: {message}")
        return InputError(f"circom refused the inputs: {message}", source=self._source)

    def _message(self) -> str:
        """Return circom's messages, which contain names and lines of templates but no values."""
        length = self._exports["runtime.messageLength"].value(self._store)
        text = bytes(self._memory.read(self._store, 0, min(length, _PAGE))).decode("ascii", "replace")
        return "".join(char if char.isprintable() else "\n" for char in text).strip()

    @property
    def _memory(self) -> wasmtime.Memory:
        memory: wasmtime.Memory = self._exports["runtime.memory"]
        return memory

    def _reserve(self, size: int) -> None:
        pages = 1 + -(-size // _PAGE) - self._memory.size(self._store)
        if pages > 0:
            try:
                self._memory.grow(self._store, pages)
            except wasmtime.WasmtimeError:
                raise InputError(
                    "the witness calculation exceeds its memory limit", source=self._source
                ) from None

    def _write(self, content: bytes) -> None:
        self._reserve(len(content))
        self._memory.write(self._store, content, _PAGE)

    def _read(self, size: int) -> bytes:
        return bytes(self._memory.read(self._store, _PAGE, _PAGE + size))
