/**
 * Secrets encrypted by a password as keystores of Ethereum clients are (Web3 Secret Storage, version 3): scrypt,
 * AES-128 in counter mode, Keccak-256 over the key's second half and the ciphertext. `zkmargin.chain.keystore` does the
 * same in Python.
 */

import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";

import { InputError } from "./errors.js";

/** The member `crypto` of a keystore. */
export interface Encrypted {
  cipher: string;
  cipherparams: { iv: string };
  ciphertext: string;
  kdf: string;
  kdfparams: Record<string, unknown>;
  mac: string;
}

/** What geth writes: 256 MiB of memory. */
const SCRYPT = { n: 2 ** 18, r: 8, p: 1, dklen: 32 };

/** A file may be a stranger's, so that its work is bounded: memory in bytes, and the product of all factors. */
const MOST_MEMORY = 2 ** 30;
const MOST_WORK = 2 ** 24;
const MOST_ROUNDS = 10_000_000;
const MOST_BYTES = 1 << 20;

const HEX = /^(?:0x)?(?:[0-9a-fA-F]{2})+$/;

/**
 * Encrypt a secret.
 *
 * @param secret At most 1 MiB. It is not changed; wipe it when you need it no longer.
 * @param password Not empty. Unicode's composed form (NFC) counts, as on the command line.
 * @param n The work, a power of two. Less than the default is for tests.
 * @throws InputError if the password is empty.
 */
export async function encrypt(secret: Uint8Array, password: string, n = SCRYPT.n): Promise<Encrypted> {
  if (password === "") throw new InputError("must not be empty", { source: "password" });
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const key = await derive(password, { kdf: "scrypt", salt, ...SCRYPT, n });
  try {
    const ciphertext = await counterMode(key.subarray(0, 16), iv, secret);
    return {
      cipher: "aes-128-ctr",
      cipherparams: { iv: bytesToHex(iv) },
      ciphertext: bytesToHex(ciphertext),
      kdf: "scrypt",
      kdfparams: { dklen: SCRYPT.dklen, n, p: SCRYPT.p, r: SCRYPT.r, salt: bytesToHex(salt) },
      mac: bytesToHex(keccak_256(concatBytes(key.subarray(16, 32), ciphertext))),
    };
  } finally {
    key.fill(0);
  }
}

/**
 * Decrypt a secret.
 *
 * @param document The member `crypto` of a file.
 * @param source The file, for errors.
 * @returns The secret. Fill it with zeros when you need it no longer.
 * @throws InputError with the key path, if the object is malformed, asks for more work than a keystore needs, or the
 * password is wrong. The message contains no part of either.
 */
export async function decrypt(document: unknown, password: string, source: string): Promise<Uint8Array> {
  const crypto = new Member(document, source, "crypto");
  crypto.at("cipher").equal("aes-128-ctr");
  const iv = crypto.at("cipherparams").at("iv").bytes();
  if (iv.length !== 16) crypto.at("cipherparams").at("iv").refuse("expected 16 bytes");
  const ciphertext = crypto.at("ciphertext").bytes();
  const mac = crypto.at("mac").bytes();
  const key = await derive(password, parameters(crypto));
  try {
    if (!equal(keccak_256(concatBytes(key.subarray(16, 32), ciphertext)), mac)) {
      throw new InputError("the password is wrong", { source });
    }
    return await counterMode(key.subarray(0, 16), iv, ciphertext);
  } finally {
    key.fill(0);
  }
}

type Derivation =
  | { kdf: "scrypt"; salt: Uint8Array; n: number; r: number; p: number; dklen: number }
  | { kdf: "pbkdf2"; salt: Uint8Array; c: number; dklen: number };

function parameters(crypto: Member): Derivation {
  const kdf = crypto.at("kdf").value;
  const given = crypto.at("kdfparams");
  const salt = given.at("salt").bytes();
  const dklen = given.at("dklen").integer(32, 64);
  if (kdf === "scrypt") {
    const [n, r, p] = (["n", "r", "p"] as const).map((name) => given.at(name).integer(1, 2 ** 31));
    if (n! < 2 || !Number.isInteger(Math.log2(n!))) given.at("n").refuse("expected a power of two above 1");
    if (128 * n! * r! > MOST_MEMORY || n! * r! * p! > MOST_WORK) {
      given.refuse("asks for more work than keystores do: 128 n r must be at most 1 GiB, n r p at most 2^24");
    }
    return { kdf, salt, n: n!, r: r!, p: p!, dklen };
  }
  if (kdf === "pbkdf2") {
    given.at("prf").equal("hmac-sha256");
    return { kdf, salt, c: given.at("c").integer(1, MOST_ROUNDS), dklen };
  }
  return crypto.at("kdf").refuse("expected scrypt or pbkdf2");
}

async function derive(password: string, how: Derivation): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(password.normalize("NFC"));
  try {
    if (how.kdf === "pbkdf2") {
      return await pbkdf2Async(sha256, bytes, how.salt, { c: how.c, dkLen: how.dklen });
    }
    const { n, r, p } = how;
    return await scryptAsync(bytes, how.salt, { N: n, r, p, dkLen: how.dklen, maxmem: MOST_MEMORY + 2 ** 20 });
  } finally {
    bytes.fill(0);
  }
}

async function counterMode(key: Uint8Array, counter: Uint8Array, content: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey("raw", copy(key), "AES-CTR", false, ["encrypt"]);
  // In counter mode, decryption is encryption.
  const algorithm = { name: "AES-CTR", counter: copy(counter), length: 128 };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, imported, copy(content)));
}

/** Return a view that WebCrypto's types accept: over memory that is not shared. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  one.forEach((byte, place) => (difference |= byte ^ (other[place] ?? 0)));
  return difference === 0;
}

/** A member of a document with its key path. Refusals never repeat the value. */
class Member {
  readonly value: unknown;
  readonly source: string;
  readonly key: string;

  constructor(value: unknown, source: string, key: string) {
    this.value = value;
    this.source = source;
    this.key = key;
  }

  at(name: string): Member {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) {
      this.refuse("expected an object");
    }
    const members = this.value as Record<string, unknown>;
    if (!Object.hasOwn(members, name))
      throw new InputError("missing", { source: this.source, key: `${this.key}.${name}` });
    return new Member(members[name], this.source, `${this.key}.${name}`);
  }

  refuse(reason: string): never {
    throw new InputError(reason, { source: this.source, key: this.key });
  }

  equal(expected: string): void {
    if (this.value !== expected) this.refuse(`expected ${expected}`);
  }

  integer(least: number, most: number): number {
    const value = this.value;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most) {
      this.refuse(`expected an integer from ${least} to ${most}`);
    }
    return value;
  }

  bytes(): Uint8Array {
    const value = this.value;
    if (typeof value !== "string" || value.length > 2 * MOST_BYTES + 2 || !HEX.test(value)) {
      this.refuse("expected bytes in hexadecimal");
    }
    return hexToBytes(value.replace(/^0x/, ""));
  }
}
