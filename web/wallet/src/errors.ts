/** Errors of the wallet. Messages name what is wrong, where and what is expected; never any part of a secret. */

/** A file, a value or a password is wrong. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly reason: string;
  readonly source: string;
  readonly key: string;

  /**
   * @param reason What is wrong, in one sentence.
   * @param source The file, or the name of the argument.
   * @param key The key path in the file.
   */
  constructor(reason: string, source = "", key = "") {
    super([source, key, reason].filter(Boolean).join(": "));
    this.reason = reason;
    this.source = source;
    this.key = key;
  }
}

/** The browser refuses to keep or to give back what the wallet stores. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}

/** Another tab has changed a secret since it was read. Read it again; nothing was written. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** The Ethereum wallet, its node or a contract refuses. */
export class ChainError extends Error {
  override readonly name = "ChainError";
}
