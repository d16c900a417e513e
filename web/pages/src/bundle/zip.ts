/** Reads the zip archive of a bundle: only the files that a bundle has, each once and of bounded size. */

import { InputError } from "@zkmargin/wallet";

const SMALL = 1 << 20;

/** The largest size of each file of a bundle, in bytes: zkmargin.proofs.bundle. */
const REQUIRED: Readonly<Record<string, number>> = {
  "proof.json": SMALL,
  "public.json": SMALL,
  "verification_key.json": SMALL,
  "statement.json": SMALL,
  "snapshot.json": 64 << 20,
};
const OPTIONAL: Readonly<Record<string, number>> = {
  "snapshot.signatures.json": SMALL,
  "account-statement.json": SMALL,
};
const SIZES = new Map(Object.entries({ ...REQUIRED, ...OPTIONAL }));

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  name: string;
  method: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
}

/** Return the texts of a bundle by name. @throws InputError if it is no bundle, lacks a file, or has another one. */
export async function readBundle(archive: Uint8Array, source: string): Promise<Map<string, string>> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let entries: Entry[];
  try {
    entries = listed(view);
  } catch (error) {
    if (error instanceof RangeError) throw damaged(source);
    throw error;
  }
  const names = entries.map((one) => one.name);
  for (const name of names) {
    if (!SIZES.has(name) || names.indexOf(name) !== names.lastIndexOf(name)) {
      throw new InputError("has an unexpected file", { source });
    }
  }
  for (const name of Object.keys(REQUIRED))
    if (!names.includes(name)) throw new InputError("missing", { source, key: name });
  const found = new Map<string, string>();
  for (const entry of entries) {
    const most = SIZES.get(entry.name)!;
    if (entry.size > most) throw new InputError(`larger than ${most} bytes`, { source, key: entry.name });
    const content = await unpacked(archive, view, entry).catch(() => {
      throw damaged(source);
    });
    try {
      found.set(entry.name, new TextDecoder("utf-8", { fatal: true }).decode(content));
    } catch {
      throw new InputError("not UTF-8", { source, key: entry.name });
    }
  }
  return found;
}

function damaged(source: string): InputError {
  return new InputError("not a bundle of a proof, or damaged", { source });
}

/** Return the entries of the central directory, which must be followed by the end of the archive and nothing else. */
function listed(view: DataView): Entry[] {
  const end = view.byteLength - 22;
  if (view.getUint32(end, true) !== END) throw new RangeError("no end");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count > SIZES.size) throw new RangeError("too many");
  const entries: Entry[] = [];
  for (let number = 0; number < count; number += 1) {
    if (view.getUint32(at, true) !== ENTRY || view.getUint16(at + 8, true) & 1) throw new RangeError("no entry");
    const length = view.getUint16(at + 28, true);
    const name = new Uint8Array(view.buffer, view.byteOffset + at + 46, length);
    entries.push({
      name: String.fromCharCode(...name.subarray(0, 200)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  if (at !== end) throw new RangeError("something between directory and end");
  return entries;
}

async function unpacked(archive: Uint8Array, view: DataView, entry: Entry): Promise<Uint8Array> {
  if (view.getUint32(entry.offset, true) !== LOCAL) throw new RangeError("no file");
  const start = entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  if (start + entry.packed > archive.length) throw new RangeError("beyond the end");
  const packed = archive.slice(start, start + entry.packed);
  let content: Uint8Array;
  if (entry.method === STORED) content = packed;
  else if (entry.method === DEFLATED) content = await inflated(packed, entry.size);
  else throw new RangeError("unknown method");
  if (content.length !== entry.size || crc32(content) !== entry.crc) throw new RangeError("another content");
  return content;
}

/** Decompress at most `size` bytes: a small file may claim to be small and unpack to gigabytes. */
async function inflated(packed: Uint8Array<ArrayBuffer>, size: number): Promise<Uint8Array> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const content = new Uint8Array(size);
  let done = 0;
  for (;;) {
    const part = await reader.read();
    if (part.done) return content.subarray(0, done);
    if (done + part.value.length > size) {
      await reader.cancel();
      throw new RangeError("larger than stated");
    }
    content.set(part.value, done);
    done += part.value.length;
  }
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(content: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of content) value = CRC[(value ^ byte) & 255]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
