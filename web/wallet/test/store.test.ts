/** The store in Chromium: what lies in the browser's storage, two tabs, private windows, and no storage at all. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test, type TestContext } from "node:test";

import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Never contacted: the context answers for it. WebCrypto needs a secure origin. */
const ORIGIN = "https://wallet.test/";
const SECRET = "0123456789abcdef-very-secret-key";
const PROGRAM = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`).find(existsSync);
type Wallet = typeof import("@zkmargin/wallet");
declare const wallet: Wallet;

let browser: Browser | undefined;
let script = "";

before(async () => {
  if (PROGRAM === undefined) {
    if (process.env.CI === "true") throw new Error("no browser is installed");
    return;
  }
  const contents = 'import * as wallet from "@zkmargin/wallet"; globalThis.wallet = wallet;';
  const resolveDir = fileURLToPath(new URL("..", import.meta.url));
  const made = await build({ stdin: { contents, resolveDir }, bundle: true, write: false, format: "iife" });
  script = made.outputFiles[0]!.text;
  browser = await chromium.launch({ executablePath: PROGRAM, args: ["--no-sandbox", "--disable-gpu"] });
});
after(async () => {
  await browser?.close();
});

async function context(test: TestContext): Promise<BrowserContext | undefined> {
  if (browser === undefined) {
    test.skip("no browser is installed");
    return undefined;
  }
  const made = await browser.newContext();
  await made.route(`${ORIGIN}**`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>a</title>" }),
  );
  await made.addInitScript(script);
  return made;
}

async function tab(one: BrowserContext, noise: string[] = []): Promise<Page> {
  const page = await one.newPage();
  page.on("console", (message) => noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(error.message));
  page.on("request", (request) => noise.push(request.url()));
  await page.goto(ORIGIN);
  return page;
}

/** Write, read and export in the page, and return what it has got back. */
async function use(page: Page): Promise<{ text: string; persistent: boolean; reason: string }> {
  return await page.evaluate(async (secret) => {
    const store = await wallet.openStore();
    const revision = await store.put("trading", new TextEncoder().encode(secret), 0);
    await store.put("trading", new TextEncoder().encode(secret), revision);
    const found = await store.get("trading");
    const text = new TextDecoder().decode(found!.value);
    await wallet
      .writeAccountFile(JSON.stringify({ format: "zkmargin-account/2", viewKey: secret }), "password")
      .catch(() => 0);
    return { text, persistent: store.persistent, reason: store.reason };
  }, SECRET);
}

/** Everything that the browser keeps for the page, as text; keys cannot be read, and are named. */
async function kept(page: Page): Promise<string> {
  return await page.evaluate(async () => {
    const parts: string[] = [
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      document.cookie,
      location.href,
    ];
    const text = (value: unknown): string => {
      if (value instanceof CryptoKey) return `key extractable=${value.extractable}`;
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
        const bytes = new Uint8Array(value instanceof ArrayBuffer ? value : value.buffer);
        return String.fromCharCode(...bytes);
      }
      if (typeof value === "object" && value !== null)
        return Object.entries(value)
          .map(([key, one]) => `${key}=${text(one)}`)
          .join();
      return String(value);
    };
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name!);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      for (const store of database.objectStoreNames) {
        const all = await new Promise<unknown[]>((resolve) => {
          const request = database.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => resolve(request.result);
        });
        parts.push(`${name}/${store}: ${all.map(text).join()}`);
      }
      database.close();
    }
    return parts.join("\n");
  });
}

test("attack: no secret lies in storage, in the address, in a request or in the console", async (test) => {
  const one = await context(test);
  if (!one) return;
  const noise: string[] = [];
  const page = await tab(one, noise);
  assert.deepEqual(await use(page), { text: SECRET, persistent: true, reason: "" });
  const all = await kept(page);
  assert.match(all, /zkmargin-wallet\/keys: key extractable=false/);
  assert.match(all, /zkmargin-wallet\/secrets: revision=2,iv=/);
  assert.ok(!all.includes("very-secret"), all);
  assert.deepEqual(noise, [ORIGIN]);
  await page.reload();
  const again = await page.evaluate(async () => {
    const store = await wallet.openStore();
    const found = await store.get("trading");
    return [await store.names(), new TextDecoder().decode(found!.value)];
  });
  assert.deepEqual(again, [["trading"], SECRET]);
  await one.close();
});

test("two tabs have one key, and neither loses the other's write", async (test) => {
  const one = await context(test);
  if (!one) return;
  const [first, second] = await Promise.all([tab(one), tab(one)]);
  const open = (page: Page) =>
    page.evaluate(async () => void Object.assign(globalThis, { store: await wallet.openStore() }));
  await Promise.all([open(first), open(second)]);
  const put = (page: Page, text: string, revision: number) =>
    page.evaluate(
      async ([text, revision]) => {
        const { store } = globalThis as unknown as { store: import("@zkmargin/wallet").SecretStore };
        return await store
          .put("a", new TextEncoder().encode(text as string), revision as number)
          .catch((error: Error) => `${error.name}: ${error.message}`);
      },
      [text, revision] as const,
    );
  const read = (page: Page) =>
    page.evaluate(async () => {
      const { store } = globalThis as unknown as { store: import("@zkmargin/wallet").SecretStore };
      const found = await store.get("a");
      return found && [new TextDecoder().decode(found.value), found.revision];
    });
  assert.equal(await put(first, "of the first", 0), 1);
  assert.deepEqual(await read(second), ["of the first", 1]);
  assert.match(String(await put(second, "lost", 0)), /ConflictError: a: another tab has changed it; read it again/);
  const results = await Promise.all([put(first, "x", 1), put(second, "y", 1)]);
  assert.equal(results.filter((result) => result === 2).length, 1, String(results));
  assert.equal(results.filter((result) => String(result).startsWith("ConflictError")).length, 1);
  assert.deepEqual(await read(first), await read(second));
  await one.close();
});

test("a record under another name or with another number is refused as damaged", async (test) => {
  const one = await context(test);
  if (!one) return;
  const page = await tab(one);
  const found = await page.evaluate(async () => {
    const store = await wallet.openStore();
    await store.put("a", new Uint8Array([1]), 0);
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open("zkmargin-wallet");
      request.onsuccess = () => resolve(request.result);
    });
    await new Promise((resolve) => {
      const transaction = database.transaction("secrets", "readwrite");
      const secrets = transaction.objectStore("secrets");
      const request = secrets.get("a");
      request.onsuccess = () => {
        secrets.put(request.result, "b");
        secrets.put({ ...request.result, revision: 7 }, "c");
      };
      transaction.oncomplete = resolve;
    });
    return await Promise.all(
      ["a", "b", "c"].map((name) =>
        store.get(name).then(
          () => "read",
          (error: Error) => `${error.name}: ${error.message}`,
        ),
      ),
    );
  });
  const damaged = (name: string) =>
    `StorageError: ${name}: damaged in the browser's storage; import it from its encrypted file`;
  assert.deepEqual(found, ["read", damaged("b"), damaged("c")]);
  await one.close();
});

for (const [name, ruin, reason] of [
  ["without a database", () => Object.defineProperty(globalThis, "indexedDB", { value: undefined }), /has no storage/],
  [
    "where the browser refuses",
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException("no", "SecurityError");
      };
    },
    /refuses storage: SecurityError/,
  ],
  [
    "where keys cannot be stored",
    () => {
      IDBObjectStore.prototype.add = () => {
        throw new DOMException("no", "DataCloneError");
      };
    },
    /refuses storage: AbortError/,
  ],
] as const) {
  test(`a private window ${name} keeps secrets in memory, and says so`, async (test) => {
    const one = await context(test);
    if (!one) return;
    await one.addInitScript(ruin);
    const page = await tab(one);
    const found = await use(page);
    assert.deepEqual([found.text, found.persistent], [SECRET, false]);
    assert.match(found.reason, reason);
    await one.close();
  });
}

test("a full disk is named, and nothing is lost", async (test) => {
  const one = await context(test);
  if (!one) return;
  const page = await tab(one);
  const found = await page.evaluate(async () => {
    const store = await wallet.openStore();
    await store.put("a", new Uint8Array([1]), 0);
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("no", "QuotaExceededError");
    };
    const said = await store
      .put("a", new Uint8Array([2]), 1)
      .catch((error: Error) => `${error.name}: ${error.message}`);
    return [said, [...(await store.get("a"))!.value]];
  });
  assert.match(String(found[0]), /StorageError: the browser's storage failed, nothing was written: /);
  assert.deepEqual(found[1], [1]);
  await one.close();
});
