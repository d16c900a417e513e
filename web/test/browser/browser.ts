/** Chromium, and a server of files on the loopback interface. */

import { execFileSync } from "node:child_process";
import { createReadStream, mkdtempSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize, resolve } from "node:path";

import { type BrowserContext, chromium } from "playwright-core";

const WEB = resolve(import.meta.dirname ?? "", "../..");
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const SWITCHES = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** The folders that the server shows. */
const FOLDERS: Record<string, string> = {
  core: join(WEB, "core/dist"),
  files: join(WEB, "../build/web/test"),
  snarkjs: join(WEB, "../node_modules/snarkjs/build"),
};

/** The path of a browser; undefined where none is installed, which is an error in CI. */
export function findBrowser(): string | undefined {
  for (const name of NAMES) {
    try {
      return execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next one.
    }
  }
  if (process.env["CI"] === "true") throw new Error(`none of ${NAMES.join(", ")} is installed: run make system`);
  return undefined;
}

/** The files of the examples in README and docs. */
const README: Record<string, string> = {
  "/snapshot.json": "/files/snapshot.json",
  "/account.json": "/files/rich.json",
  "/margin_13.zkpack": "/files/margin_13.zkpack",
};

/** Starts a browser with a profile of its own. */
export async function startBrowser(switches: string[] = []): Promise<BrowserContext> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error("no browser");
  const profile = mkdtempSync(join(tmpdir(), "zkmargin-browser-"));
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    chromiumSandbox: false,
    args: [...SWITCHES, ...switches],
  });
}

/** A server of the package's files, and of what tests prepared. */
export interface Site {
  url: string;
  /** The paths that were asked for, in order. */
  asked: string[];
  close(): Promise<void>;
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>test</title>
<script type="importmap">{"imports":{"@zkmargin/core":"/core/index.js"}}</script>`;

export async function startSite(): Promise<Site> {
  const asked: string[] = [];
  const server: Server = createServer((request, answer) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    asked.push(path);
    if (path === "/") {
      answer.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
      return;
    }
    const [, folder = "", ...rest] = (README[path] ?? path).split("/");
    const file = join(FOLDERS[folder] ?? "/nowhere", ...rest);
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) {
      answer.writeHead(404).end();
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    answer.writeHead(start > 0 ? 206 : 200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      ...(start > 0 && { "Content-Range": `bytes ${start}-${size - 1}/${size}` }),
    });
    createReadStream(file, { start }).pipe(answer);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
