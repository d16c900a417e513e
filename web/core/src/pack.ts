/** Circuit packs (docs/formats/circuit-pack.md): fetched by parts, each checked before use, cached, and resumed. */

import { InputError } from "./errors.js";
import { platform } from "./platform.js";

/** Where a circuit pack is, and the SHA-256 of its head, which `zkmargin keys pack` prints. */
export type PackSource = {
  /** In hex. Take it from where you take your program, never from where the pack is. */
  sha256: string;
} & ({ url: string } | { file: string } | { blob: Blob });

/** A margin circuit's size and kind, as in circuits/instances.json. */
export interface Shape {
  lanes: number;
  positions: number;
  layout: string;
  limited: boolean;
  disclosed: boolean;
}

interface Part {
  kind: string;
  size: number;
  offset: number;
  length: number;
  sha256: string;
}

/** The head of a pack. */
export interface PackHead {
  circuit: string;
  shape: Shape | null;
  parts: Part[];
  /** The size of the whole file in bytes. */
  bytes: number;
}

const MAGIC = "zkmpack1";
const FORMAT = "zkmargin-circuit-pack/1";
const START = MAGIC.length + 4;
const MAX_HEAD = 1 << 20;
const MAX_PART = 1 << 20;
const HEX = /^[0-9a-f]{64}$/;
const CACHE = "zkmargin-circuit-packs-1";
const ATTEMPTS = 3;

/**
 * Reads a pack: its head, then each part, unpacked and in order.
 *
 * @throws InputError if the pack is out of reach, damaged, or another one.
 */
export async function readPack(
  source: PackSource,
  take: (part: string, bytes: Uint8Array, head: PackHead) => void,
  progress: (done: number, total: number) => void = () => {},
): Promise<PackHead> {
  if (!HEX.test(source.sha256)) throw new InputError("expected 64 hexadecimal digits", { source: "circuit pack", key: "sha256" });
  if (globalThis.crypto?.subtle === undefined) {
    throw new InputError("hashes need a secure context: serve the page by https, or from localhost");
  }
  const cache = "url" in source ? await openCache(source.sha256) : undefined;
  const name = "url" in source ? source.url : "file" in source ? source.file : "circuit pack";
  let stream: Bytes | undefined;
  try {
    let bytes = await cache?.get("head");
    if (bytes === undefined || (await sha256(bytes)) !== source.sha256) {
      stream = await Bytes.open(source, name, 0);
      bytes = await readHead(stream, name);
      if ((await sha256(bytes)) !== source.sha256) {
        throw new InputError(`another circuit pack than expected: its head does not have the pinned SHA-256`, { source: name });
      }
      await cache?.put("head", bytes);
    }
    const head = parseHead(bytes, name);
    for (const [index, part] of head.parts.entries()) {
      let packed = stream ? undefined : await cache?.get(String(index));
      if (packed === undefined || (await sha256(packed)) !== part.sha256) {
        [packed, stream] = await fetchPart(source, name, bytes.length, part, stream);
        await cache?.put(String(index), packed);
      }
      take(part.kind, await unpack(packed, part.size, name), head);
      progress(bytes.length + part.offset + part.length, head.bytes);
    }
    return head;
  } finally {
    await stream?.close();
  }
}

/** Reads a part from an open stream, or else from a new one; a stream that breaks is opened again at this part. */
async function fetchPart(
  source: PackSource,
  name: string,
  start: number,
  part: Part,
  open: Bytes | undefined,
): Promise<[Uint8Array<ArrayBuffer>, Bytes]> {
  let [stream, reason] = [open, ""];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      stream ??= await Bytes.open(source, name, start + part.offset);
      const packed = await stream.read(part.length);
      if ((await sha256(packed)) === part.sha256) return [packed, stream];
      throw new InputError(`damaged: a part does not have the SHA-256 that the head has`, { source: name });
    } catch (error) {
      await stream?.close();
      stream = undefined;
      if (error instanceof InputError) throw error;
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  throw new InputError(`cannot be read: ${reason}`, { source: name });
}

async function readHead(stream: Bytes, name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const start = await stream.read(START);
    const length = new DataView(start.buffer).getUint32(MAGIC.length, true);
    if (new TextDecoder().decode(start.subarray(0, MAGIC.length)) !== MAGIC || length > MAX_HEAD) {
      throw new InputError(`not a circuit pack`, { source: name });
    }
    const rest = await stream.read(length);
    const head = new Uint8Array(START + length);
    head.set(start);
    head.set(rest, START);
    return head;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, { source: name });
  }
}

/** Reads a head whose SHA-256 has been checked. */
function parseHead(bytes: Uint8Array, name: string): PackHead {
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(START))) as PackHead & { format: string };
  if (head.format !== FORMAT) throw new InputError(`format: expected ${FORMAT}`, { source: name });
  for (const part of head.parts) {
    if (part.size > MAX_PART || part.length > 2 * MAX_PART) throw new InputError(`a part is too large`, { source: name });
  }
  const last = head.parts.at(-1);
  return { ...head, bytes: bytes.length + (last ? last.offset + last.length : 0) };
}

async function unpack(packed: Uint8Array<ArrayBuffer>, size: number, name: string): Promise<Uint8Array> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const out = new Uint8Array(size);
  let filled = 0;
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (filled + value.length > size) {
      filled = size + 1;
      break;
    }
    out.set(value, filled);
    filled += value.length;
  }
  if (filled !== size) throw new InputError(`damaged: a part does not unpack to its size`, { source: name });
  return out;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A source from some place on. */
class Bytes {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #ahead: Uint8Array = new Uint8Array(0);

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  static async open(source: PackSource, name: string, start: number): Promise<Bytes> {
    if ("blob" in source) return new Bytes(source.blob.slice(start).stream());
    if ("file" in source) return new Bytes(await (await platform()).openFile(source.file, start));
    // Only what is read is cached, under its hash.
    const headers = start > 0 ? { Range: `bytes=${start}-` } : undefined;
    const answer = await fetch(source.url, { cache: "no-store", ...(headers && { headers }) });
    if (!answer.ok || answer.body === null) throw new InputError(`status ${answer.status} of the server`, { source: name });
    const bytes = new Bytes(answer.body);
    const given = /^bytes (\d+)-/.exec(answer.headers.get("Content-Range") ?? "")?.[1];
    const skipped = answer.status === 206 ? start - Number(given ?? start) : start;
    if (skipped < 0) throw new InputError(`the server answers with another range`, { source: name });
    for (let left = skipped; left > 0; left -= MAX_PART) await bytes.read(Math.min(left, MAX_PART));
    return bytes;
  }

  async read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (this.#ahead.length === 0) {
        const { value, done } = await this.#reader.read();
        if (done) throw new Error("it ends early");
        this.#ahead = value;
        continue;
      }
      const part = this.#ahead.subarray(0, length - filled);
      out.set(part, filled);
      filled += part.length;
      this.#ahead = this.#ahead.subarray(part.length);
    }
    return out;
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

interface PartCache {
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** Opens the browser's cache; undefined where there is none, as in some private windows. */
async function openCache(sha256: string): Promise<PartCache | undefined> {
  const address = (key: string) => `https://zkmargin.invalid/${sha256}/${key}`;
  try {
    const cache = await globalThis.caches?.open(CACHE);
    if (cache === undefined) return undefined;
    return {
      get: async (key) => {
        const found = await cache.match(address(key)).catch(() => undefined);
        return found && new Uint8Array(await found.arrayBuffer());
      },
      // A full disk costs the next download, nothing else.
      put: async (key, bytes) => cache.put(address(key), new Response(bytes)).catch(() => {}),
    };
  } catch {
    return undefined;
  }
}

/** Removes all cached packs. */
export async function clearPackCache(): Promise<void> {
  await globalThis.caches?.delete(CACHE);
}
