/** The bundle of the vectors, and changed copies. */

import { readFileSync } from "node:fs";

import { readBundle } from "../dist/web/pages/src/bundle/zip.js";

const FOLDER = new URL("../../../tests/vectors/bundle/", import.meta.url);

/** The bytes of the bundle. */
export const BUNDLE = new Uint8Array(readFileSync(new URL("proof.zip", FOLDER)));

/** What the bundle contains. */
export const EXPECTED = JSON.parse(readFileSync(new URL("expected.json", FOLDER), "utf8")) as Record<
  "key" | "commitment" | "context" | "root" | "venue" | "signer",
  string
>;

/** The files of the bundle, by name. */
export const FILES: ReadonlyMap<string, string> = await readBundle(BUNDLE, "proof.zip");

/** Return a bundle with files that are changed; undefined leaves one out. */
export function bundle(changes: Record<string, ((document: any) => void) | string | undefined>): Uint8Array {
  const files = [...FILES].map(([name, text]): [string, string] | undefined => {
    if (!(name in changes)) return [name, text];
    const change = changes[name];
    if (typeof change !== "function") return change === undefined ? undefined : [name, change];
    const document = JSON.parse(text) as unknown;
    change(document);
    return [name, JSON.stringify(document)];
  });
  return zipped(files.filter((one) => one !== undefined));
}

/** Return a zip archive of files that are not compressed. */
export function zipped(files: readonly (readonly [string, string])[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of files) {
    const [title, content] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(title.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    parts.push(Buffer.from([0x50, 0x4b, 3, 4]), common, title, content);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), common, place, title);
    offset += 30 + title.length + content.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...parts, entries, end]));
}

function crc(content: Uint8Array): number {
  let value = ~0;
  for (const byte of content) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}
