/** The errors that leave this package, named as in the Python package. */

/** The base of all errors. */
export class ZkmarginError extends Error {
  override name = "ZkmarginError";
}

/** A file, a value or an answer of a server is malformed; the message says where, and what is expected. */
export class InputError extends ZkmarginError {
  override name = "InputError";
}

/** The statement is false: the account does not meet the claim, so that there is no proof. */
export class StatementError extends ZkmarginError {
  override name = "StatementError";
}

/** An error of this package itself. */
export class InternalError extends ZkmarginError {
  override name = "InternalError";
}
