/**
 * Secrets in IndexedDB, each encrypted under an AES-GCM key that this page can use and cannot read.
 *
 * The key is not extractable: a copy of the browser's profile or another page does not get at it by the platform's
 * functions. It protects no secret from code that runs in this page. Where the browser stores nothing, as some do in
 * private windows, secrets live in memory until the page is closed, and `persistent` says so.
 */

import { ConflictError, InputError, StorageError } from "./errors.js";

/** A secret with the number of its writes. */
export interface Stored {
  /** The secret; fill it with zeros when you need it no longer. */
  value: Uint8Array;
  /** Pass it to `put`, so that no write of another tab is lost. */
  revision: number;
}

/** Where a wallet keeps secrets by name. Names are not encrypted: choose names that tell nothing. */
export interface SecretStore {
  /** False if secrets are lost when the page is closed. */
  readonly persistent: boolean;
  /** Why secrets are in memory only; empty if they are stored. */
  readonly reason: string;
  names(): Promise<string[]>;
  get(name: string): Promise<Stored | undefined>;
  /**
   * Write a secret.
   *
   * @param revision That of the value you have read; 0 for a new name.
   * @returns The new revision.
   * @throws ConflictError if another tab has written the name meanwhile.
   */
  put(name: string, value: Uint8Array, revision: number): Promise<number>;
  /** Remove a secret. @throws ConflictError as `put` does. */
  remove(name: string, revision: number): Promise<void>;
  /** Be told of names that another tab has written or removed. @returns A function that ends it. */
  watch(told: (name: string) => void): () => void;
  close(): void;
}

const KEYS = "keys";
const SECRETS = "secrets";
const THE_KEY = "aes-gcm";
const NAME = /^[\w.:-]{1,200}$/;

interface Sealed {
  revision: number;
  iv: Uint8Array<ArrayBuffer>;
  content: ArrayBuffer;
}

/**
 * Open the store of this origin.
 *
 * @param name The database.
 * @param database The browser's database; undefined where there is none.
 */
export async function openStore(
  name = "zkmargin-wallet",
  database: IDBFactory | undefined = globalThis.indexedDB,
): Promise<SecretStore> {
  if (database === undefined) return new MemoryStore("this browser has no storage for pages");
  try {
    const opened = await openDatabase(database, name);
    return new DatabaseStore(opened, await keyOf(opened), name);
  } catch (error) {
    return new MemoryStore(`the browser refuses storage: ${nameOf(error)}`);
  }
}

class DatabaseStore implements SecretStore {
  readonly persistent = true;
  readonly reason = "";
  private readonly channel: BroadcastChannel;
  private readonly database: IDBDatabase;
  private readonly key: CryptoKey;

  constructor(database: IDBDatabase, key: CryptoKey, name: string) {
    this.database = database;
    this.key = key;
    this.channel = new BroadcastChannel(name);
    // Another tab deletes or upgrades the database: an open connection would block it.
    database.onversionchange = () => this.close();
  }

  async names(): Promise<string[]> {
    const found = await this.within("readonly", (store) => store.getAllKeys());
    return found.map(String).sort();
  }

  async get(name: string): Promise<Stored | undefined> {
    const found = (await this.within("readonly", (store) => store.get(name))) as Sealed | undefined;
    if (found === undefined) return undefined;
    try {
      const algorithm = { name: "AES-GCM", iv: found.iv, additionalData: label(name, found.revision) };
      const value = await crypto.subtle.decrypt(algorithm, this.key, found.content);
      return { value: new Uint8Array(value), revision: found.revision };
    } catch {
      throw new StorageError(`${name}: damaged in the browser's storage; import it from its encrypted file`);
    }
  }

  async put(name: string, value: Uint8Array, revision: number): Promise<number> {
    requireName(name);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const algorithm = { name: "AES-GCM", iv, additionalData: label(name, revision + 1) };
    const content = await crypto.subtle.encrypt(algorithm, this.key, new Uint8Array(value));
    await this.change(name, revision, (store) => store.put({ revision: revision + 1, iv, content }, name));
    return revision + 1;
  }

  async remove(name: string, revision: number): Promise<void> {
    await this.change(name, revision, (store) => store.delete(name));
  }

  watch(told: (name: string) => void): () => void {
    const listener = (event: MessageEvent) => told(String(event.data));
    this.channel.addEventListener("message", listener);
    return () => this.channel.removeEventListener("message", listener);
  }

  close(): void {
    this.channel.close();
    this.database.close();
  }

  /** Compare the revision and write in one transaction: tabs take turns. */
  private async change(name: string, revision: number, write: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    let conflict = false;
    await this.within("readwrite", (store) => {
      const present = store.get(name) as IDBRequest<Sealed | undefined>;
      present.onsuccess = () => {
        conflict = (present.result?.revision ?? 0) !== revision;
        if (!conflict) write(store);
      };
      return present;
    });
    if (conflict) throw new ConflictError(`${name}: another tab has changed it; read it again`);
    this.channel.postMessage(name);
  }

  /** Run requests in a transaction, and return the result of one when the transaction is complete and on disk. */
  private within<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const refuse = (error: unknown): void =>
        reject(new StorageError(`the browser's storage failed, nothing was written: ${nameOf(error)}`));
      try {
        const transaction = this.database.transaction(SECRETS, mode, { durability: "strict" });
        const request = ask(transaction.objectStore(SECRETS));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => refuse(transaction.error);
      } catch (error) {
        refuse(error);
      }
    });
  }
}

/** Secrets in memory: for browsers without storage, and for tests. */
export class MemoryStore implements SecretStore {
  readonly persistent = false;
  readonly reason: string;
  private readonly kept = new Map<string, Stored>();

  constructor(reason = "asked for") {
    this.reason = reason;
  }

  async names(): Promise<string[]> {
    return [...this.kept.keys()].sort();
  }

  async get(name: string): Promise<Stored | undefined> {
    const found = this.kept.get(name);
    return found && { value: found.value.slice(), revision: found.revision };
  }

  async put(name: string, value: Uint8Array, revision: number): Promise<number> {
    requireName(name);
    this.compare(name, revision);
    this.kept.set(name, { value: value.slice(), revision: revision + 1 });
    return revision + 1;
  }

  async remove(name: string, revision: number): Promise<void> {
    this.compare(name, revision);
    this.kept.get(name)?.value.fill(0);
    this.kept.delete(name);
  }

  watch(): () => void {
    return () => undefined;
  }

  close(): void {
    for (const one of this.kept.values()) one.value.fill(0);
    this.kept.clear();
  }

  private compare(name: string, revision: number): void {
    if ((this.kept.get(name)?.revision ?? 0) !== revision) throw new ConflictError(`${name}: changed meanwhile`);
  }
}

function requireName(name: string): void {
  if (!NAME.test(name)) throw new InputError("expected 1 to 200 letters, digits or . : - _", { source: "name" });
}

/** What a secret is bound to: under another name or number it is refused. An old copy of a record is not noticed. */
function label(name: string, revision: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`zkmargin-wallet/1 ${revision} ${name}`);
}

function openDatabase(database: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = database.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(KEYS);
      request.result.createObjectStore(SECRETS);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("unknown"));
    request.onblocked = () => reject(new Error("blocked by another tab"));
  });
}

/** Return the key of the store. Two tabs that open it at once get one key: the second does not replace the first's. */
async function keyOf(database: IDBDatabase): Promise<CryptoKey> {
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  return await new Promise((resolve, reject) => {
    const transaction = database.transaction(KEYS, "readwrite", { durability: "strict" });
    const store = transaction.objectStore(KEYS);
    let key = fresh;
    const present = store.get(THE_KEY) as IDBRequest<CryptoKey | undefined>;
    present.onsuccess = () => {
      if (present.result === undefined) store.add(fresh, THE_KEY);
      else key = present.result;
    };
    transaction.oncomplete = () => resolve(key);
    transaction.onabort = () => reject(transaction.error ?? new Error("unknown"));
  });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
