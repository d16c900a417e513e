/** Chromium for tests, as tests/support/browser.py starts it. */

import { existsSync } from "node:fs";
import { type TestContext } from "node:test";

import { type Browser, chromium } from "playwright-core";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);

/** Start a browser for a file of tests; undefined if none is installed, which is an error where CI is set. */
export async function startBrowser(): Promise<Browser | undefined> {
  const executablePath = PROGRAMS.find(existsSync);
  if (executablePath !== undefined) {
    return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
  }
  if (process.env.CI === "true") throw new Error(`no browser: none of ${PROGRAMS.join(", ")} is installed`);
  return undefined;
}

/** Skip a test without a browser. */
export function needed(browser: Browser | undefined, context: TestContext): browser is Browser {
  if (browser === undefined) context.skip("no browser is installed");
  return browser !== undefined;
}
