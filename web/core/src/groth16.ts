/** Groth16's keys and proofs, as the objects of snarkjs's files. */

import { type Instance, type Place } from "./border.js";
import { InputError } from "./errors.js";

/** A point of G1 in a file: x, y, and 1, or 0, 1, 0 at infinity. */
export type G1 = string[];

/** A point of G2 in a file: pairs of a real and an imaginary part. */
export type G2 = string[][];

/** The object of proof.json. */
export interface Groth16Proof {
  pi_a: G1;
  pi_b: G2;
  pi_c: G1;
  protocol: "groth16";
  curve: "bn128";
}

/** The object of verification_key.json. */
export interface VerificationKeyFile {
  protocol: "groth16";
  curve: "bn128";
  nPublic: number;
  vk_alpha_1: G1;
  vk_beta_2: G2;
  vk_gamma_2: G2;
  vk_delta_2: G2;
  vk_alphabeta_12?: string[][][];
  IC: G1[];
}

/** A verification key that has been checked, in one core, which keeps it until `release`. */
export class VerificationKey {
  readonly #instance: Instance;
  readonly #place: Place;

  /** @internal */
  constructor(instance: Instance, key: unknown) {
    this.#instance = instance;
    this.#place = instance.object("key_new", keyLines(key));
  }

  /** Frees the key's memory; nothing else may be called afterwards. */
  release(): void {
    this.#instance.free("key_release", this.#place);
  }

  /** The fingerprint, as `zkmargin keys fingerprint` shows it. */
  get fingerprint(): string {
    return this.#instance.text("key_fingerprint", this.#place);
  }

  /**
   * Whether a proof of public signals is valid: false if a number is not canonical, or a point is outside of its group.
   *
   * @throws InputError if an argument does not have the shape of its file.
   */
  verify(publicSignals: unknown, proof: unknown): boolean {
    const signals = texts(publicSignals, "public signals", "");
    return this.#instance.text("key_verify", this.#place, signals.join("\n"), proofLines(proof)) === "true";
  }
}

/** Makes the objects of proof.json and public.json from the lines of a prover. @internal */
export function proofFromLines(lines: string[]): { proof: Groth16Proof; publicSignals: string[] } {
  const points = new Lines(lines);
  const [pi_a, pi_b, pi_c] = [points.g1(), points.g2(), points.g1()];
  return { proof: { pi_a, pi_b, pi_c, protocol: "groth16", curve: "bn128" }, publicSignals: points.rest() };
}

/** Makes the object of verification_key.json. @internal */
export function keyFromLines(lines: string[]): VerificationKeyFile {
  const points = new Lines(lines);
  const target = [0, 1].map(() => [0, 1, 2].map(() => points.take(2)));
  const [vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2] = [points.g1(), points.g2(), points.g2(), points.g2()];
  const IC: G1[] = [];
  while (points.left > 0) IC.push(points.g1());
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: IC.length - 1,
    vk_alpha_1,
    vk_beta_2,
    vk_gamma_2,
    vk_delta_2,
    vk_alphabeta_12: target,
    IC,
  };
}

class Lines {
  readonly #lines: string[];
  #next = 0;

  constructor(lines: string[]) {
    this.#lines = lines;
  }

  get left(): number {
    return this.#lines.length - this.#next;
  }

  take(count: number): string[] {
    this.#next += count;
    return this.#lines.slice(this.#next - count, this.#next);
  }

  g1(): G1 {
    return this.take(3);
  }

  g2(): G2 {
    return [this.take(2), this.take(2), this.take(2)];
  }

  rest(): string[] {
    return this.take(this.left);
  }
}

function proofLines(value: unknown): string {
  const file = members(value, "proof");
  return [...g1(file, "proof", "pi_a"), ...g2(file, "proof", "pi_b"), ...g1(file, "proof", "pi_c")].join("\n");
}

function keyLines(value: unknown): string {
  const name = "verification key";
  const file = members(value, name);
  const lines = [...g1(file, name, "vk_alpha_1")];
  for (const key of ["vk_beta_2", "vk_gamma_2", "vk_delta_2"]) lines.push(...g2(file, name, key));
  const points = array(file["IC"], name, "IC");
  if (file["nPublic"] !== points.length - 1) {
    throw new InputError(`${points.length} points for ${String(file["nPublic"])} public signals`, { source: name, key: "IC" });
  }
  points.forEach((point, index) => lines.push(...texts(point, name, `IC[${index}]`, 3)));
  return lines.join("\n");
}

function members(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError("not a JSON object", { source: name });
  }
  const file = value as Record<string, unknown>;
  for (const [key, expected] of [["protocol", "groth16"], ["curve", "bn128"]] as const) {
    if (file[key] !== expected) throw new InputError(`not ${expected}`, { source: name, key });
  }
  return file;
}

function g1(file: Record<string, unknown>, name: string, key: string): string[] {
  return texts(file[key], name, key, 3);
}

function g2(file: Record<string, unknown>, name: string, key: string): string[] {
  return array(file[key], name, key, 3).flatMap((row, index) => texts(row, name, `${key}[${index}]`, 2));
}

function array(value: unknown, name: string, key: string, length?: number): unknown[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    const many = length === undefined ? "" : ` of ${length}`;
    throw new InputError(`expected an array${many}`, { source: name, key });
  }
  return value;
}

function texts(value: unknown, name: string, key: string, length?: number): string[] {
  return array(value, name, key, length).map((one) => {
    // A line feed would end a number early on its way to the core.
    if (typeof one === "string" && /^[0-9]{1,78}$/.test(one)) return one;
    throw new InputError("expected decimal strings", { source: name, key });
  });
}
