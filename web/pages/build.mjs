// Builds the pages into build/web/pages: one HTML file each, with its style and script within, under a policy that
// allows exactly these by their hashes.
//
//   node build.mjs VERIFY_WASM

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

import { build, transform } from "esbuild";

const HERE = new URL("./", import.meta.url);
const ROOT = new URL("../../", HERE);
const TARGET = new URL("build/web/pages/", ROOT);
const [wasm] = process.argv.slice(2);

/** The module of the pages, compressed: base64 makes it a third larger. */
const inlined = {
  name: "wasm",
  setup(one) {
    one.onResolve({ filter: /^verify\.wasm$/ }, () => ({ path: wasm, namespace: "packed" }));
    one.onLoad({ filter: /.*/, namespace: "packed" }, ({ path }) => {
      return { contents: deflateRawSync(readFileSync(path), { level: 9 }), loader: "base64" };
    });
  },
};

async function script(entry) {
  const made = await build({
    entryPoints: [fileURLToPath(new URL(entry, HERE))],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: ["es2022"],
    legalComments: "none",
    charset: "utf8",
    plugins: [inlined],
    // Of the core only what needs no other file is used; the rest falls away.
    logOverride: { "empty-import-meta": "silent" },
  });
  return made.outputFiles[0].text;
}

async function style() {
  const files = ["prover/zkmargin/pages/style.css", "web/pages/src/pages.css"];
  const text = files.map((name) => readFileSync(new URL(name, ROOT), "utf8")).join("\n");
  return (await transform(text, { loader: "css", minify: true })).code;
}

function hash(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Put style, script and their policy into a page. */
function page(html, css, js) {
  const policy = [
    "default-src 'none'",
    js === "" ? "script-src 'none'" : `script-src ${hash(js)} 'wasm-unsafe-eval'`,
    `style-src ${hash(css)}`,
    "base-uri 'none'",
    "form-action 'none'",
    // Assigning markup throws in browsers that know it.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy}">\n<style>${css}</style>\n</head>`;
  const end = js === "" ? "</body>" : `<script>${js}</script>\n</body>`;
  return html.replace("</head>", () => head).replace("</body>", () => end);
}

mkdirSync(TARGET, { recursive: true });
const css = await style();
const read = (name) => readFileSync(new URL(name, HERE), "utf8");
writeFileSync(
  new URL("verify.html", TARGET),
  page(read("src/verify/index.html"), css, await script("src/verify/verify.ts")),
);
writeFileSync(
  new URL("wallet.html", TARGET),
  page(read("src/wallet/index.html"), css, await script("src/wallet/wallet.ts")),
);
writeFileSync(new URL("index.html", TARGET), page(read("src/index.html"), css, ""));
