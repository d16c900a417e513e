/** Calls of an instance of the WebAssembly module; the other side of the border is web/wasm/src/border.rs. */

import { type ErrorData, errorOf, InternalError } from "./errors.js";

type Exported = (...numbers: number[]) => bigint;

interface Memory {
  memory: WebAssembly.Memory;
  start(): void;
  allocate(length: number): number;
  release(place: number, length: number): void;
}

/** An object within the instance. */
export type Place = number & { readonly place: unique symbol };

/** What an argument of a call may be: bytes and text are copied, and their copies wiped. */
export type Argument = Uint8Array | string | Place;

/** An instance with its memory. */
export class Instance {
  readonly #exports: Memory & Record<string, unknown>;
  #broken: string | undefined;

  constructor(module: WebAssembly.Module) {
    const host = {
      random: (place: number, length: number) => {
        for (let done = 0; done < length; done += 65536) {
          const part = Math.min(65536, length - done);
          crypto.getRandomValues(new Uint8Array(this.#exports.memory.buffer, place + done, part));
        }
      },
      panicked: (place: number, length: number) => {
        this.#broken = new TextDecoder().decode(this.#bytes(place, length));
      },
    };
    this.#exports = new WebAssembly.Instance(module, { host }).exports as unknown as Memory & Record<string, unknown>;
    this.#exports.start();
  }

  /** Calls an exported function and returns the bytes of its answer. */
  call(name: string, ...values: Argument[]): Uint8Array {
    if (this.#broken !== undefined) throw new InternalError(`zkmargin failed before, at ${this.#broken}`);
    const numbers: number[] = [];
    for (const value of values) {
      if (typeof value === "number") numbers.push(value);
      else numbers.push(...this.#copied(value));
    }
    let answer: bigint;
    try {
      answer = BigInt.asUintN(64, (this.#exports[name] as Exported)(...numbers));
    } catch (error) {
      this.#broken ??= name;
      throw new InternalError(`zkmargin failed at ${this.#broken}`, { cause: error });
    }
    const [place, length] = [Number(answer >> 32n), Number(answer & 0xffffffffn)];
    const bytes = this.#bytes(place, length).slice();
    this.#exports.release(place, length);
    if (bytes[0] === 0) return bytes.subarray(1);
    throw errorOf(JSON.parse(new TextDecoder().decode(bytes.subarray(1))) as ErrorData);
  }

  /** Calls an exported function whose answer is text. */
  text(name: string, ...values: Argument[]): string {
    const bytes = this.call(name, ...values);
    const text = new TextDecoder().decode(bytes);
    bytes.fill(0);
    return text;
  }

  /** Calls an exported function that makes an object. */
  object(name: string, ...values: Argument[]): Place {
    return Number(this.text(name, ...values)) as Place;
  }

  /** Releases an object. */
  free(name: string, place: Place): void {
    if (this.#broken === undefined) (this.#exports[name] as (place: number) => void)(place);
  }

  #copied(value: Uint8Array | string): [number, number] {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    const place = this.#exports.allocate(bytes.length);
    this.#bytes(place, bytes.length).set(bytes);
    if (typeof value === "string") bytes.fill(0);
    return [place, bytes.length];
  }

  #bytes(place: number, length: number): Uint8Array {
    // Made anew each time: growing memory replaces its buffer.
    return new Uint8Array(this.#exports.memory.buffer, place >>> 0, length);
  }

  /** The size of the instance's memory in bytes, which never shrinks. */
  get size(): number {
    return this.#exports.memory.buffer.byteLength;
  }
}
