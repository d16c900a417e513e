/** What browsers do in their own way. */

import { InputError } from "./errors.js";

/** Reads a file of this package. */
export async function readOwn(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(url);
  if (!answer.ok) throw new InputError(`${url.href}: status ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}
