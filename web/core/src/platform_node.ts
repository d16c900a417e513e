/** What Node.js does in its own way. */

import { readFile } from "node:fs/promises";

/** Reads a file of this package. */
export async function readOwn(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(url));
}
