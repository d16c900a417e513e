/** The vectors that Python and the wallet share. */

import { readFileSync } from "node:fs";

const FOLDER = new URL("../../../tests/vectors/wallet/", import.meta.url);

/** The text of a vector. */
export function vector(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8");
}

/** What the vectors contain. */
export const expected = JSON.parse(vector("expected.json")) as {
  password: string;
  trading: { secret: string; key: { x: string; y: string } };
  venue: { secret: string; key: { x: string; y: string } };
  account: Record<string, unknown>;
};

/** Bytes as hexadecimal text. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
