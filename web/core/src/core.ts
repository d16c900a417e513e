/** The native core as WebAssembly, in this thread. */

import { Instance } from "./border.js";
import { VerificationKey } from "./groth16.js";
import { platform } from "./platform.js";
import { Snapshot } from "./snapshot.js";

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

  /** Poseidon, with circomlib's parameters, of 1 to 16 numbers below the order of BN254's group. */
  poseidon(values: readonly bigint[]): bigint {
    return BigInt(this.instance.text("poseidon_hash", values.join("\n")));
  }

  /**
   * Checks a verification key, the object of verification_key.json.
   *
   * @throws InputError if it is malformed, or proofs for it can be forged.
   */
  verificationKey(key: unknown): VerificationKey {
    return new VerificationKey(this.instance, key);
  }

  /**
   * Reads the text of a snapshot file, and hashes its rows, which takes seconds for a large one.
   *
   * @throws InputError if it is malformed, or does not hash to the root that it states.
   */
  snapshot(text: string): Snapshot {
    return new Snapshot(this.instance, text);
  }
}

/** Loads the module of this package that is fastest here. */
export async function loadModule(): Promise<WebAssembly.Module> {
  // Bundlers look for just this form of an address.
  const [plain, wide] = [new URL("./zkmargin.wasm", import.meta.url), new URL("./zkmargin-wide.wasm", import.meta.url)];
  const { readOwn } = await platform();
  // A checkout may not have built the other module.
  const bytes = hasWideArithmetic() ? await readOwn(wide).catch(() => readOwn(plain)) : await readOwn(plain);
  return WebAssembly.compile(bytes);
}

/** Loads a core. */
export async function loadCore(): Promise<Core> {
  return new Core(await loadModule());
}
