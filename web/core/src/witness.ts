/** Witnesses, by circom's WebAssembly: a driver of its interface, as zkmargin.proving.witness is in Python. */

import { InputError, StatementError } from "./errors.js";

/** A value for each input signal: a number, or nested arrays of numbers in the signal's shape. */
export type Signals = { readonly [name: string]: SignalValue };
export type SignalValue = string | bigint | readonly SignalValue[];

interface Calculator {
  memory: WebAssembly.Memory;
  init(sanityCheck: number): void;
  getFieldNumLen32(): number;
  getRawPrime(): void;
  getInputSize(): number;
  getInputSignalSize(high: number, low: number): number;
  getWitnessSize(): number;
  getWitness(index: number): void;
  setInputSignal(high: number, low: number, index: number): void;
  readSharedRWMemory(word: number): number;
  writeSharedRWMemory(word: number, value: number): void;
}

/** The order of BN254's group. */
export const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const WORDS = 8;
const ASSERT_FAILED = 4;
const EXCEPTIONS: Record<number, string> = {
  1: "signal not found",
  2: "too many signals set",
  3: "signal already set",
  [ASSERT_FAILED]: "assert failed",
  5: "not enough memory",
  6: "input signal array access exceeds the size",
  7: "out of bounds array access",
};

/**
 * Calculates a witness: 32 bytes a value, the lowest first. It is secret; fill it with zeros after use.
 *
 * @throws InputError if an input is unknown, missing, of the wrong size or not in [0, r).
 * @throws StatementError if the inputs do not satisfy the circuit.
 */
export async function calculateWitness(module: WebAssembly.Module, signals: Signals): Promise<Uint8Array> {
  let exception = 0;
  const runtime = {
    exceptionHandler: (code: number) => {
      exception = code;
    },
    // Messages of circom may contain values.
    printErrorMessage: () => {},
    writeBufferMessage: () => {},
    showSharedRWMemory: () => {},
  };
  const instance = await WebAssembly.instantiate(module, { runtime });
  const calculator = instance.exports as unknown as Calculator;
  const check = () => {
    if (exception === 0) return;
    const reason = `circom: ${EXCEPTIONS[exception] ?? `exception ${exception}`}`;
    throw exception === ASSERT_FAILED
      ? new StatementError(`the inputs do not satisfy the circuit (${reason})`)
      : new InputError(`${reason}`, { source: "circuit inputs" });
  };
  try {
    return run(calculator, signals, check);
  } catch (error) {
    check();
    throw error;
  } finally {
    new Uint8Array(calculator.memory.buffer).fill(0);
  }
}

function run(calculator: Calculator, signals: Signals, check: () => void): Uint8Array {
  calculator.init(1);
  check();
  if (calculator.getFieldNumLen32() !== WORDS) throw new InputError("not over BN254", { source: "witness calculator" });
  calculator.getRawPrime();
  if (shared(calculator) !== R) throw new InputError("not over BN254", { source: "witness calculator" });
  let total = 0;
  for (const [name, value] of Object.entries(signals)) {
    const values = flat(value, name);
    const hash = fnv1a(name);
    const [high, low] = [Number(hash >> 32n), Number(hash & 0xffffffffn)];
    const size = calculator.getInputSignalSize(high, low);
    if (size < 0) throw new InputError(`the circuit has no such signal`, { source: "circuit inputs", key: name });
    if (size !== values.length) {
      throw new InputError(`${values.length} values, expected ${size}`, { source: "circuit inputs", key: name });
    }
    total += size;
    values.forEach((one, index) => {
      for (let word = 0; word < WORDS; word++) {
        calculator.writeSharedRWMemory(word, Number((one >> BigInt(32 * word)) & 0xffffffffn));
      }
      calculator.setInputSignal(high, low, index);
      check();
    });
  }
  const expected = calculator.getInputSize();
  if (total !== expected) throw new InputError(`${total} values, expected ${expected}`, { source: "circuit inputs" });
  const count = calculator.getWitnessSize();
  const words = new DataView(new ArrayBuffer(count * WORDS * 4));
  for (let index = 0; index < count; index++) {
    calculator.getWitness(index);
    for (let word = 0; word < WORDS; word++) {
      words.setUint32(4 * (index * WORDS + word), calculator.readSharedRWMemory(word), true);
    }
  }
  check();
  return new Uint8Array(words.buffer);
}

function shared(calculator: Calculator): bigint {
  let value = 0n;
  for (let word = WORDS - 1; word >= 0; word--) {
    value = (value << 32n) | BigInt(calculator.readSharedRWMemory(word) >>> 0);
  }
  return value;
}

function flat(value: SignalValue, name: string): bigint[] {
  if (typeof value !== "string" && typeof value !== "bigint") {
    if (!Array.isArray(value)) throw new InputError(`expected numbers`, { source: "circuit inputs", key: name });
    return (value as SignalValue[]).flatMap((one, index) => flat(one, `${name}[${index}]`));
  }
  const canonical = typeof value === "bigint" || /^(0|[1-9][0-9]{0,76})$/.test(value);
  const number = canonical ? BigInt(value) : -1n;
  if (number < 0n || number >= R) throw new InputError(`expected a number in 0..r`, { source: "circuit inputs", key: name });
  return [number];
}

/** The 64-bit FNV-1a hash, by which circom's calculators know a signal. */
function fnv1a(name: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}
