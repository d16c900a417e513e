/** The native core as WebAssembly, in this thread. */

import { readOwn } from "#platform";

import { Instance } from "./border.js";

// (module (func (param i64 i64) (result i64 i64) local.get 0 local.get 1 i64.mul_wide_u))
const WIDE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 2, 126, 126, 2, 126, 126, 3, 2, 1, 0, 10, 10, 1, 8, 0, 32, 0, 32, 1, 252,
  22, 11,
]);

/** Whether this engine multiplies 64-bit numbers in one instruction (WebAssembly's wide arithmetic). */
export function hasWideArithmetic(): boolean {
  return WebAssembly.validate(WIDE);
}

/** Functions that need no other thread. */
export class Core {
  /** @internal */
  readonly instance: Instance;

  /** Makes a core from the bytes of zkmargin.wasm, or of zkmargin-wide.wasm. */
  constructor(module: WebAssembly.Module) {
    this.instance = new Instance(module);
  }

  /** The version of the native core. */
  get version(): string {
    return this.instance.text("version");
  }
}

/** Loads the module of this package that is fastest here. */
export async function loadModule(): Promise<WebAssembly.Module> {
  const name = hasWideArithmetic() ? "zkmargin-wide.wasm" : "zkmargin.wasm";
  return WebAssembly.compile(await readOwn(new URL(`./${name}`, import.meta.url)));
}

/** Loads a core. */
export async function loadCore(): Promise<Core> {
  return new Core(await loadModule());
}
