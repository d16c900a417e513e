/** The wallet demo in Chromium: an account from the command line, its report, a key, downloads, and no secret elsewhere. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { readAccountFile } from "@zkmargin/wallet";
import { type Browser, type BrowserContext, type Page } from "playwright-core";

import { needed, startBrowser } from "./browser.js";
import { FILES } from "./bundles.js";

/** Never contacted: the context answers for it. Storage and WebCrypto need a secure origin. */
const ORIGIN = "https://wallet.test/";
const HTML = readFileSync(new URL("../../../build/web/pages/wallet.html", import.meta.url));
const VECTORS = new URL("../../../tests/vectors/wallet/", import.meta.url);
const { password, account } = JSON.parse(readFileSync(new URL("expected.json", VECTORS), "utf8"));
const VIEW_KEY = "333574233549477996932587340597483431664857351991788529146130206086015756263";
const ACCOUNT = JSON.stringify({
  format: "zkmargin-account/2",
  owner: "7",
  viewKey: VIEW_KEY,
  nonce: "0",
  cash: "1000.25",
  collateral: [],
  positions: [{ instrument: "ETH-PERPETUAL", quantity: "-0.5" }],
});

let browser: Browser | undefined;
before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

async function opened(one: Browser, noise: string[]): Promise<[BrowserContext, Page]> {
  const context = await one.newContext({ viewport: { width: 390, height: 800 } });
  await context.route(`${ORIGIN}**`, (route) => route.fulfill({ contentType: "text/html", body: HTML }));
  const page = await context.newPage();
  page.on("console", (message) => message.text().includes("Password forms") || noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(error.message));
  page.on("request", (request) => request.url() === ORIGIN || noise.push(request.url()));
  await page.goto(ORIGIN);
  await said(page, /Ready/);
  return [context, page];
}

async function said(page: Page, expected: RegExp): Promise<void> {
  try {
    await page.waitForFunction(
      ([source]) => new RegExp(source!).test(document.getElementById("status")!.textContent!),
      [expected.source],
      { timeout: 20_000 },
    );
  } catch {
    assert.match(await page.innerText("#status"), expected);
  }
}

function file(name: string, text: string) {
  return { name, mimeType: "application/json", buffer: Buffer.from(text) };
}

test("an account is kept, reported and downloaded, and no secret lies elsewhere", async (context) => {
  if (!needed(browser, context)) return;
  const noise: string[] = [];
  const [scope, page] = await opened(browser, noise);
  await page.setInputFiles("#account-file", file("account.json", ACCOUNT));
  await page.click("text=Keep it in this browser");
  await said(page, /The account is kept/);
  await page.setInputFiles("#snapshot", file("snapshot.json", FILES.get("snapshot.json")!));
  await page.click("text=Show the report");
  await said(page, /[Hh]ealthy/);
  // -0.5 ETH are 5 lots short, which lose 40 each in the worst scenario: computed by hand.
  assert.match(await page.innerText("#report"), /ETH: risk 200\.00/);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await page.fill("#new-password", "a password");
  await page.fill("#again", "a password");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-account")]);
  assert.equal(await readAccountFile(readFileSync(await download.path(), "utf8"), "a password"), ACCOUNT);
  await page.reload();
  await said(page, /Ready/);
  assert.match(await page.innerText("#account-state"), /An account is kept/);
  const all = await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open("zkmargin-wallet-demo");
      request.onsuccess = () => resolve(request.result);
    });
    const records = await new Promise<{ content: ArrayBuffer }[]>((resolve) => {
      const request = database.transaction("secrets").objectStore("secrets").getAll();
      request.onsuccess = () => resolve(request.result);
    });
    const kept = records.map((one) => String.fromCharCode(...new Uint8Array(one.content)));
    return JSON.stringify([kept, { ...localStorage }, { ...sessionStorage }, document.cookie, location.href]);
  });
  assert.ok(all.length > 200);
  assert.ok(!all.includes(VIEW_KEY.slice(0, 20)) && !all.includes("ETH-PERPETUAL"));
  assert.deepEqual(noise, []);
  await scope.close();
});

test("encrypted files of the command line are read, and a wrong password is named", async (context) => {
  if (!needed(browser, context)) return;
  const noise: string[] = [];
  const [scope, page] = await opened(browser, noise);
  const encrypted = readFileSync(new URL("account.python.json", VECTORS), "utf8");
  await page.setInputFiles("#account-file", file("enc.json", encrypted));
  await page.fill("#account-password", password);
  await page.click("text=Keep it in this browser");
  await said(page, /The account is kept/);
  assert.equal(account.format, "zkmargin-account/2");
  const quick = readFileSync(new URL("trading.quick.json", VECTORS), "utf8");
  await page.setInputFiles("#key-file", file("trading.json", quick));
  await page.fill("#key-password", "b");
  await page.click("text=Import the file");
  await said(page, /trading\.json: the password is wrong/);
  await page.fill("#key-password", "a");
  await page.click("text=Import the file");
  await said(page, /The trading key is kept/);
  assert.match(await page.innerText("#key-state"), new RegExp(JSON.parse(quick).key.x));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await page.click("#new-key");
  await said(page, /there is one already/);
  await page.setInputFiles("#account-file", file("a.json", "<b>"));
  await page.click("text=Keep it in this browser");
  await said(page, /a\.json: not JSON/);
  assert.deepEqual(noise, []);
  await scope.close();
});
