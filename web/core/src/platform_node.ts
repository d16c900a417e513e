/** What Node.js does in its own way. */

import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { Worker } from "node:worker_threads";

import type { WorkerLike } from "./job.js";

/** Reads a file of this package. */
export async function readOwn(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(url));
}

/** Opens a file for reading, from some place on. */
export async function openFile(path: string, start: number): Promise<ReadableStream<Uint8Array>> {
  return Readable.toWeb(createReadStream(path, { start })) as ReadableStream<Uint8Array>;
}

/** Starts the worker of this package. */
export function startWorker(): WorkerLike {
  const worker = new Worker(new URL("./worker_node.js", import.meta.url));
  return {
    post: (message) => worker.postMessage(message),
    listen: (onMessage, onError) => {
      worker.removeAllListeners("message").removeAllListeners("error");
      worker.on("message", onMessage);
      worker.on("error", (error) => onError(String(error)));
    },
    terminate: () => void worker.terminate(),
  };
}
