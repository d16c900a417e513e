/** The platform: Node.js or a browser. Bundlers for browsers replace the former by package.json's member `browser`. */

import type { WorkerLike } from "./job.js";

interface Platform {
  readOwn(url: URL): Promise<Uint8Array<ArrayBuffer>>;
  openFile(path: string, start: number): Promise<ReadableStream<Uint8Array>>;
  startWorker(): WorkerLike;
}

/** Loads what this platform does in its own way. No import map is needed, which workers do not have. */
export function platform(): Promise<Platform> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node === undefined ? import("./platform_browser.js") : import("./platform_node.js");
}
