/** @zkmargin/core in Chromium: proofs in pages, cached keys, cancelled work, two tabs. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";

import type { MarginProof } from "@zkmargin/core";
import type { BrowserContext, Page } from "playwright-core";

import { findBrowser, type Site, startBrowser, startSite } from "./browser.js";

const FOLDER = resolve(import.meta.dirname ?? "", "../../../build/web/test");
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");

/** What a page proves; arguments of functions that run in pages must be JSON. */
interface Work {
  sha256: string;
  snapshot: string;
  account: string;
}

/** Proves in a page, and returns the proof or the error's name and message. */
async function proveInPage({ sha256, snapshot, account }: Work): Promise<{ made?: MarginProof; error?: string }> {
  const { loadCore, Prover } = await import("@zkmargin/core");
  try {
    const core = await loadCore();
    const prover = await Prover.load({ url: "/files/margin_13.zkpack", sha256 });
    const claim = { account, requirement: "initial", context: 5n };
    const made = await prover.proveClaim(core.snapshot(snapshot), claim);
    prover.close();
    return { made };
  } catch (error) {
    return { error: String(error) };
  }
}

describe("in Chromium", { skip: findBrowser() === undefined && "no browser: make system installs one" }, () => {
  let browser: BrowserContext;
  let site: Site;
  let page: Page;
  const expected = JSON.parse(read("expected.json")) as { sha256: string };
  const work: Work = { sha256: expected.sha256, snapshot: read("snapshot.json"), account: read("rich.json") };

  before(async () => {
    [browser, site] = await Promise.all([startBrowser(), startSite()]);
    page = await browser.newPage();
    await page.goto(site.url);
  });

  after(async () => {
    await browser?.close();
    await site?.close();
  });

  test("a page with another hash than the pack's gets an error, and nothing is cached", async () => {
    const { error } = await page.evaluate(proveInPage, { ...work, sha256: "00".repeat(32) });
    assert.match(error ?? "", /^InputError: .*does not have the pinned SHA-256/);
  });

  test("a page proves; Python, snarkjs and a chain verify it in tests/web", async () => {
    const { made, error } = await page.evaluate(proveInPage, work);
    assert.ok(made, error);
    const folder = join(FOLDER, "by_browser");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "proof.json"), JSON.stringify(made.proof));
    writeFileSync(join(folder, "public.json"), JSON.stringify(made.publicSignals));
    writeFileSync(join(folder, "verification_key.json"), JSON.stringify(made.verificationKey));
    writeFileSync(join(folder, "statement.json"), JSON.stringify(made.statement));
  });

  test("a page verifies Python's proof, and refuses a changed one", async () => {
    const files = ["verification_key", "public", "proof"].map((name) => JSON.parse(read(`by_python/${name}.json`)));
    const results = await page.evaluate(async ([key, signals, proof]) => {
      const { loadCore } = await import("@zkmargin/core");
      const checked = (await loadCore()).verificationKey(key);
      return [checked.verify(signals, proof), checked.verify(["0", ...signals.slice(1)], proof)];
    }, files);
    assert.deepEqual(results, [true, false]);
  });

  test("two tabs without the network prove at once, with the key from the cache", async () => {
    const tabs = await Promise.all([browser.newPage(), browser.newPage()]);
    await Promise.all(tabs.map((tab) => tab.goto(site.url)));
    site.asked.length = 0;
    await browser.route("**/*.zkpack", (route) => route.abort());
    const results = await Promise.all(tabs.map((tab) => tab.evaluate(proveInPage, work)));
    await browser.unroute("**/*.zkpack");
    for (const { made, error } of results) assert.ok(made, error);
    assert.deepEqual(site.asked.filter((path) => path.endsWith(".zkpack")), []);
    await Promise.all(tabs.map((tab) => tab.close()));
  });

  test("a damaged entry of the cache is fetched again", async () => {
    await page.evaluate(async (sha256) => {
      const cache = await caches.open((await caches.keys())[0] ?? "");
      await cache.put(`https://zkmargin.invalid/${sha256}/3`, new Response("damaged"));
    }, work.sha256);
    site.asked.length = 0;
    const { made, error } = await page.evaluate(proveInPage, work);
    assert.ok(made, error);
    assert.deepEqual(site.asked.filter((path) => path.endsWith(".zkpack")), ["/files/margin_13.zkpack"]);
  });

  test("a cancelled proof ends with the reason, and the prover proves again", async () => {
    const results = await page.evaluate(async ({ sha256, snapshot, account }: Work) => {
      const { loadCore, Prover } = await import("@zkmargin/core");
      const prover = await Prover.load({ url: "/files/margin_13.zkpack", sha256 });
      const claim = { account, requirement: "initial", context: 5n };
      const opened = (await loadCore()).snapshot(snapshot);
      const stop = new AbortController();
      const options = { signal: stop.signal, onProgress: () => stop.abort() };
      const first = await prover.proveClaim(opened, claim, options).catch((error: Error) => error.name);
      const second = await prover.proveClaim(opened, claim);
      prover.close();
      return [first, second.publicSignals[0]];
    }, work);
    assert.deepEqual(results, ["AbortError", "1"]);
  });

  for (const name of ["README.md", "docs/guides/wallet-developer.md"]) {
    test(`the example in ${name} runs`, async () => {
      const text = readFileSync(resolve(import.meta.dirname ?? "", "../../..", name), "utf8");
      const example = /```typescript\n(import .*?)```/s.exec(text)?.[1] ?? "";
      const code = example.replace(/sha256: "[^"]*"/, `sha256: "${work.sha256}"`);
      assert.notEqual(code, example);
      const tab = await browser.newPage();
      await tab.goto(site.url);
      const printed: string[] = [];
      tab.on("console", (message) => printed.push(message.text()));
      tab.on("pageerror", (error) => printed.push(String(error)));
      await tab.evaluate(async (source) => {
        const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
        await import(url);
      }, code);
      assert.match(printed.at(-1) ?? "", /true$/);
      await tab.close();
    });
  }

  test("a page without a cache proves all the same", async () => {
    const tab = await browser.newPage();
    await tab.goto(site.url);
    // The worker of a page cannot be changed from here, so the page loads the pack itself.
    const refused = await tab.evaluate(async (sha256) => {
      CacheStorage.prototype.open = () => Promise.reject(new DOMException("no storage", "SecurityError"));
      const { readPack } = await import("/core/pack.js" as string);
      let parts = 0;
      await readPack({ url: "/files/margin_13.zkpack", sha256 }, () => (parts += 1));
      return parts;
    }, work.sha256);
    assert.ok(refused > 10);
    await tab.close();
  });
});
