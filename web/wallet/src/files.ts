/**
 * Encrypted files that the command line reads, and the reverse: trading keys, a venue's key (docs/formats/order.md) and
 * accounts (docs/formats/account.md).
 */

import { InputError } from "./errors.js";
import { type Encrypted, decrypt, encrypt } from "./keystore.js";
import { parseStrictJson } from "./strict_json.js";

/** The public part of a BabyJubJub key: two decimal numbers. */
export interface PublicKey {
  x: string;
  y: string;
}

/** The public key of 32 secret bytes; `@zkmargin/core` computes it. */
export type PublicKeyOf = (secret: Uint8Array) => PublicKey;

/** The formats of key files. */
export const KEY_FORMATS = { trading: "zkmargin-trading-key/1", venue: "zkmargin-venue-key/1" } as const;

/** Whose key a file holds. */
export type KeyKind = keyof typeof KEY_FORMATS;

/** The format of an encrypted account file. */
export const ENCRYPTED_ACCOUNT = "zkmargin-encrypted-account/1";

const ACCOUNT = /^zkmargin-account\/\d+$/;
const SECRET_BYTES = 32;
const MOST_KEY_BYTES = 1 << 16;
const MOST_ACCOUNT_BYTES = 1 << 22;

/** Return the text of a key file. */
export async function writeKeyFile(
  secret: Uint8Array,
  password: string,
  kind: KeyKind,
  publicKeyOf: PublicKeyOf,
): Promise<string> {
  if (secret.length !== SECRET_BYTES) throw new InputError("expected 32 bytes", { source: "secret" });
  const { x, y } = publicKeyOf(secret);
  return document({ format: KEY_FORMATS[kind], key: { x, y }, crypto: await encrypt(secret, password) });
}

/**
 * Decrypt the key of a file.
 *
 * @param text The file's content.
 * @param source The file's name, for errors.
 * @returns The 32 bytes of the secret, and its public part. Fill the bytes with zeros when you need them no longer.
 * @throws InputError if the file is malformed or of the other kind, the password is wrong, or the secret is not that
 * of the stated key.
 */
export async function readKeyFile(
  text: string,
  password: string,
  kind: KeyKind,
  publicKeyOf: PublicKeyOf,
  source = "key file",
): Promise<{ secret: Uint8Array; key: PublicKey }> {
  const members = membersOf(text, source, KEY_FORMATS[kind], ["format", "key", "crypto"], MOST_KEY_BYTES);
  const stated = publicKey(members.key, source);
  const secret = await decrypt(members.crypto, password, source);
  const found = secret.length === SECRET_BYTES ? publicKeyOf(secret) : undefined;
  if (found?.x !== stated.x || found.y !== stated.y) {
    secret.fill(0);
    throw new InputError("does not belong to the secret", { source, key: "key" });
  }
  return { secret, key: stated };
}

/** Return the text of an encrypted account file. `account` is the text of an account file. */
export async function writeAccountFile(account: string, password: string): Promise<string> {
  requireAccount(account, "account");
  const bytes = new TextEncoder().encode(account);
  try {
    return document({ format: ENCRYPTED_ACCOUNT, crypto: await encrypt(bytes, password) });
  } finally {
    bytes.fill(0);
  }
}

/**
 * Decrypt an account file.
 *
 * @returns The text of the account file. A JavaScript string cannot be wiped: drop it soon.
 * @throws InputError if the file is malformed, or the password is wrong.
 */
export async function readAccountFile(text: string, password: string, source = "account file"): Promise<string> {
  const members = membersOf(text, source, ENCRYPTED_ACCOUNT, ["format", "crypto"], 3 * MOST_ACCOUNT_BYTES);
  const bytes = await decrypt(members.crypto, password, source);
  try {
    const account = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    requireAccount(account, source);
    return account;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("not UTF-8", { source });
  } finally {
    bytes.fill(0);
  }
}

function requireAccount(text: string, source: string): void {
  const found = parseStrictJson(text, source, MOST_ACCOUNT_BYTES);
  const format = (found as { format?: unknown } | null)?.format;
  if (typeof format !== "string" || !ACCOUNT.test(format))
    throw new InputError("not an account", { source, key: "format" });
}

function membersOf<Name extends string>(
  text: string,
  source: string,
  format: string,
  names: readonly Name[],
  most: number,
): Record<Name, unknown> {
  const found = parseStrictJson(text, source, most);
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    throw new InputError("expected an object", { source });
  }
  const members = found as Record<string, unknown>;
  if (members.format !== format) throw new InputError(`expected ${format}`, { source, key: "format" });
  for (const name of names) if (!Object.hasOwn(members, name)) throw new InputError("missing", { source, key: name });
  for (const name of Object.keys(members)) {
    if (!(names as readonly string[]).includes(name))
      throw new InputError("unknown key", { source, key: name.slice(0, 80) });
  }
  return members as Record<Name, unknown>;
}

function publicKey(value: unknown, source: string): PublicKey {
  const members = value as Record<string, unknown> | null;
  for (const name of ["x", "y"]) {
    if (typeof members?.[name] !== "string" || !/^(?:0|[1-9][0-9]{0,76})$/.test(members[name])) {
      throw new InputError("expected an integer as a decimal string", { source, key: `key.${name}` });
    }
  }
  if (Object.keys(members!).length !== 2) throw new InputError("expected x and y", { source, key: "key" });
  return members as unknown as PublicKey;
}

function document(members: { format: string; key?: PublicKey; crypto: Encrypted }): string {
  return `${JSON.stringify(members, null, 1)}\n`;
}
