/** What browsers do in their own way. */

import { InputError } from "./errors.js";
import type { WorkerLike } from "./job.js";

/** Reads a file of this package. */
export async function readOwn(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(url);
  if (!answer.ok) throw new InputError(`${url.href}: status ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Browsers open no files by their path. */
export async function openFile(path: string, _start: number): Promise<ReadableStream<Uint8Array>> {
  throw new InputError(`${path}: a browser opens no files by their path; pass a url or a blob`);
}

/** Starts the worker of this package. */
export function startWorker(): WorkerLike {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  return {
    post: (message) => worker.postMessage(message),
    listen: (onMessage, onError) => {
      worker.onmessage = (event) => onMessage(event.data);
      worker.onerror = (event) => onError(event.message);
    },
    terminate: () => worker.terminate(),
  };
}
