/** The page that verifies, in Chromium, from its file. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { type Browser, type Page } from "playwright-core";

import { needed, startBrowser } from "./browser.js";
import { BUNDLE, bundle, EXPECTED, FILES } from "./bundles.js";

const PAGE = new URL("../../../build/web/pages/verify.html", import.meta.url);
let browser: Browser | undefined;

before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

interface Opened {
  page: Page;
  /** What the page asked for, but its own file, and what it wrote to the console. */
  noise: string[];
}

async function open(one: Browser): Promise<Opened> {
  const page = await one.newPage({ viewport: { width: 390, height: 800 } });
  const noise: string[] = [];
  page.on("request", (request) => request.url() !== PAGE.href && noise.push(request.url()));
  page.on("console", (message) => noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(error.message));
  page.on("dialog", (dialog) => noise.push(dialog.message()));
  await page.goto(PAGE.href);
  return { page, noise };
}

/** Give the page a bundle, and return the class of its verdict and its text. */
async function checked(page: Page, archive: Uint8Array): Promise<[string, string]> {
  await page.setInputFiles("#file", { name: "proof.zip", mimeType: "application/zip", buffer: Buffer.from(archive) });
  return await verdict(page);
}

async function verdict(page: Page): Promise<[string, string]> {
  await page.waitForFunction(() => !/Checking|Nothing has/.test(document.getElementById("headline")!.textContent!));
  const name = (await page.getAttribute("#verdict", "class"))!.replace("verdict-box ", "");
  return [name, await page.innerText("#verdict")];
}

test("the file is small, and its policy allows its own script and style only", () => {
  const text = readFileSync(PAGE, "utf8");
  assert.ok(text.length < 400_000, String(text.length));
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)![1]!;
  assert.match(
    policy,
    /^default-src 'none'; script-src 'sha256-[^ ]+' 'wasm-unsafe-eval'; style-src 'sha256-[^ ]+'; base-uri/,
  );
  assert.doesNotMatch(text, /<(?:link|img|iframe)|<script[^>]+src|\bimport\(|new Worker|fetch\(/);
});

test("it is red before a bundle is checked, and without the key's fingerprint never green", async (context) => {
  if (!needed(browser, context)) return;
  const { page, noise } = await open(browser);
  assert.equal(await page.getAttribute("#verdict", "class"), "verdict-box invalid");
  assert.match(await page.innerText("#verdict"), /Nothing has been checked/);
  const [name, text] = await checked(page, BUNDLE);
  assert.equal(name, "open", text);
  for (const [field, value] of Object.entries({
    key: EXPECTED.key,
    context: EXPECTED.context,
    venue: EXPECTED.venue,
  })) {
    await page.fill(`[name=${field}]`, value);
  }
  assert.equal(await page.getAttribute("#verdict", "class"), "verdict-box invalid");
  await page.keyboard.press("Enter");
  assert.deepEqual((await verdict(page))[0], "valid");
  assert.match(await page.innerText("#open"), /snapshot root/);
  assert.doesNotMatch(await page.innerText("#open"), /venue|context/);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  assert.deepEqual(noise, []);
  await page.close();
});

test("attack: tampered and damaged bundles are red, with the reason", async (context) => {
  if (!needed(browser, context)) return;
  const { page, noise } = await open(browser);
  await page.fill("[name=key]", EXPECTED.key);
  const cases: [Uint8Array, RegExp][] = [
    [bundle({ "public.json": (one) => (one[4] = "18") }), /NOT valid/],
    [bundle({ "proof.json": (one) => ([one.pi_a, one.pi_c] = [one.pi_c, one.pi_a]) }), /NOT valid/],
    [bundle({ "snapshot.json": (one) => (one.rows[0].slots[0] = "7") }), /snapshot\.json: /],
    [BUNDLE.subarray(9), /not a bundle of a proof, or damaged/],
  ];
  for (const [archive, reason] of cases) {
    const [name, text] = await checked(page, archive);
    assert.equal(name, "invalid");
    assert.match(text, reason);
  }
  assert.equal((await checked(page, BUNDLE))[0], "valid");
  assert.deepEqual(noise, []);
  await page.close();
});

test("attack: markup in any text of a bundle stays text", async (context) => {
  if (!needed(browser, context)) return;
  const { page, noise } = await open(browser);
  const evil = "<img src=x onerror=alert(1)><script>alert(1)</script>";
  const markup = (value: unknown): unknown => {
    if (typeof value === "string") return evil;
    if (Array.isArray(value)) return value.map(markup);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, markup(one)]));
  };
  for (const name of [
    "statement.json",
    "public.json",
    "proof.json",
    "verification_key.json",
    "snapshot.json",
    "account-statement.json",
    "snapshot.signatures.json",
  ]) {
    // All at once, and each text alone: readers refuse the first that they meet.
    const places: string[] = [];
    JSON.stringify(JSON.parse(FILES.get(name)!), (key, value: unknown) => {
      if (typeof value === "string") places.push(key);
      return value;
    });
    const changes = [
      markup,
      ...[...new Set(places)].slice(0, 5).map((key) => (document: unknown) => replaced(document, key, evil)),
    ];
    for (const change of changes) {
      const text = JSON.stringify(change(JSON.parse(FILES.get(name)!)));
      const [shown] = await checked(page, bundle({ [name]: text }));
      assert.notEqual(shown, "valid");
    }
  }
  const named = { name: `${evil}.zip`, mimeType: "application/zip", buffer: Buffer.from(BUNDLE) };
  await page.setInputFiles("#file", named);
  await verdict(page);
  assert.equal(await page.locator("main img, main script").count(), 0);
  assert.deepEqual(noise, []);
  await page.close();
});

function replaced(value: unknown, key: string, text: string): unknown {
  if (Array.isArray(value)) return value.map((one) => replaced(one, key, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      name === key && typeof one === "string" ? text : replaced(one, key, text),
    ]),
  );
}

test("every field has a label, and the keyboard reaches all of them", async (context) => {
  if (!needed(browser, context)) return;
  const { page } = await open(browser);
  const unnamed = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLInputElement>("input, select, textarea")]
      .filter((one) => !one.labels?.length)
      .map((one) => one.name),
  );
  assert.deepEqual(unnamed, []);
  const reached = new Set<string>();
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(
        () =>
          (document.activeElement as HTMLInputElement).name ||
          document.activeElement!.id ||
          document.activeElement!.tagName,
      ),
    );
  }
  for (const name of ["file", "key", "requirement", "context", "commitment", "root", "venue", "signers", "BUTTON"]) {
    assert.ok(reached.has(name), name);
  }
  await page.close();
});
