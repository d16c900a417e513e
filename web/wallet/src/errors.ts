/** Errors of the wallet. Messages name what is wrong, where and what is expected; never any part of a secret. */

import { ZkmarginError } from "@zkmargin/core";

export { InputError, ZkmarginError } from "@zkmargin/core";

/** The browser refuses to keep or to give back what the wallet stores. */
export class StorageError extends ZkmarginError {
  override name = "StorageError";
}

/** Another tab has changed a secret since it was read. Read it again; nothing was written. */
export class ConflictError extends ZkmarginError {
  override name = "ConflictError";
}

/** The Ethereum wallet, its node or a contract refuses. */
export class ChainError extends ZkmarginError {
  override name = "ChainError";
}
