/** Margin proofs in browsers and Node.js. */

export { ZkmarginError, InputError, StatementError } from "./errors.js";
export { loadCore, type Core } from "./core.js";
