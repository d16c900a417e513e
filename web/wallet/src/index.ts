/** `@zkmargin/wallet`: secrets in the browser, encrypted files, and contract calls. */

export * from "./chain.js";
export * from "./errors.js";
export * from "./files.js";
export * from "./steps.js";
export * from "./store.js";
export { parseStrictJson } from "./strict_json.js";
