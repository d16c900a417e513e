/** The errors that leave this package, named as in the Python package. No message contains a secret. */

/** The base of all errors. */
export class ZkmarginError extends Error {
  override name = "ZkmarginError";
}

/** A file, a value or a server's answer is malformed. */
export class InputError extends ZkmarginError {
  override name = "InputError";
  /** The file or the argument; perhaps empty. */
  readonly source: string;
  /** The key path in it, such as `positions[3].quantity`; perhaps empty. */
  readonly key: string;
  /** What is wrong, and what is expected. */
  readonly reason: string;

  constructor(reason: string, { source = "", key = "" }: { source?: string; key?: string } = {}) {
    super([source, key, reason].filter((part) => part !== "").join(": "));
    this.source = source;
    this.key = key;
    this.reason = reason;
  }
}

/** The statement is false: the account does not meet the claim, so that there is no proof. */
export class StatementError extends ZkmarginError {
  override name = "StatementError";
}

/** An error of this package itself. */
export class InternalError extends ZkmarginError {
  override name = "InternalError";
}

/** An error as data, for another thread. */
export interface ErrorData {
  kind: string;
  source: string;
  key: string;
  reason: string;
}

/** @internal */
export function errorOf({ kind, source, key, reason }: ErrorData): ZkmarginError {
  if (kind === "input") return new InputError(reason, { source, key });
  return kind === "statement" ? new StatementError(reason) : new InternalError(reason);
}

/** Only this package's errors have messages without values. @internal */
export function dataOf(error: unknown): ErrorData {
  if (error instanceof InputError) return { kind: "input", source: error.source, key: error.key, reason: error.reason };
  const kind = error instanceof StatementError ? "statement" : "internal";
  return { kind, source: "", key: "", reason: error instanceof ZkmarginError ? error.message : "the worker failed" };
}
