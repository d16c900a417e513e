/** Margin proofs in browsers and Node.js. */

export { Core, hasWideArithmetic, loadCore, loadModule } from "./core.js";
export { InputError, InternalError, StatementError, ZkmarginError } from "./errors.js";
export type { G1, G2, Groth16Proof, VerificationKey, VerificationKeyFile } from "./groth16.js";
export type { Progress, Proven } from "./job.js";
export { clearPackCache, type PackSource, type Shape } from "./pack.js";
export { type MarginProof, type Options, Prover } from "./prover.js";
export type { Signals, SignalValue } from "./witness.js";
export type { Claim, Requirement, Snapshot, SnapshotSummary } from "./snapshot.js";
