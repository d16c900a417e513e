/** The WebAssembly module that stands within a page. */

import packed from "verify.wasm";

import { type Argument, Instance } from "../../core/dist/border.js";

/** Calls a function of the module and returns the JSON of its answer. */
export type Call = <T>(name: string, ...values: Argument[]) => T;

/** Unpack the module. */
export async function loadEngine(): Promise<Call> {
  const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const module = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  // An instance that has failed is of no use any more, and memory never shrinks: each call gets its own.
  return <T>(name: string, ...values: Argument[]): T => JSON.parse(new Instance(module).text(name, ...values)) as T;
}
