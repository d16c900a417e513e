/** The page that verifies a bundle. It starts red, and is green only when everything was checked and holds. */

import { type Check, type Engine, type Report, type Summary, verifyBundle } from "../bundle/verify.js";
import { type Expected } from "../bundle/expected.js";
import { element, find, listOf } from "../dom.js";
import { loadEngine } from "../engine.js";

const MOST_BYTES = 80 << 20;
const RESULTS: Record<Check["result"], string> = { holds: "Holds", fails: "FAILS", open: "Not compared" };
const DETAILS: Record<Report["verdict"], string> = {
  valid: "Nothing fails, and the key is the one that you trust. Read what was not compared.",
  open: "Nothing fails, but the maker of the key could have forged this proof. Enter the key's fingerprint.",
  invalid: "Do not rely on this bundle. The reasons are below.",
};

const form = find("form", HTMLFormElement);
const file = find("file", HTMLInputElement);
const drop = find("drop", HTMLElement);
let chosen: { name: string; content: Uint8Array } | undefined;
/** The last run; an older one that ends later shows nothing. */
let run = 0;

const engine = load();
// An error is shown when a bundle is checked.
engine.catch(() => undefined);

file.addEventListener("change", () => void choose(file.files?.[0]));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void check();
});
form.addEventListener("input", (event) => {
  if (event.target !== file) show("invalid", "Nothing has been checked", "What you expect has changed: check again.");
});
for (const name of ["dragover", "drop", "dragleave"] as const) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop") void choose(event.dataTransfer?.files[0]);
  });
}

async function choose(one: File | undefined): Promise<void> {
  const mine = ++run;
  chosen = undefined;
  if (one === undefined) return show("invalid", "Nothing has been checked", "Choose a bundle.");
  // At once: a verdict about the bundle before must not stand above the name of this one.
  show("invalid", "Checking…", `${one.name}: not checked yet.`);
  if (one.size > MOST_BYTES) return show("invalid", "NOT valid", `${one.name}: larger than a bundle can be.`);
  try {
    const content = new Uint8Array(await one.arrayBuffer());
    // Another file has been chosen meanwhile.
    if (mine !== run) return;
    chosen = { name: one.name, content };
  } catch {
    return show("invalid", "NOT valid", `${one.name}: cannot be read.`);
  }
  await check();
}

async function check(): Promise<void> {
  const mine = ++run;
  const bundle = chosen;
  if (bundle === undefined) return show("invalid", "Nothing has been checked", "Choose a bundle.");
  show("invalid", "Checking…", `${bundle.name}: not checked yet.`);
  // The page is drawn before the hashing, which may take seconds, begins.
  await new Promise((done) => setTimeout(done, 30));
  try {
    const data = new FormData(form);
    const expected = Object.fromEntries(
      ["key", "commitment", "requirement", "context", "root", "venue", "signers"].map((name) => [
        name,
        String(data.get(name) ?? ""),
      ]),
    ) as unknown as Expected;
    const report = await verifyBundle(
      await engine,
      bundle.content,
      bundle.name,
      expected,
      Math.floor(Date.now() / 1000),
    );
    if (mine === run) present(report, bundle.name);
  } catch (error) {
    if (mine === run) show("invalid", "NOT valid", error instanceof Error ? error.message : "unknown error");
  }
}

function present(report: Report, name: string): void {
  show(report.verdict, report.headline, `${name}: ${DETAILS[report.verdict]}`);
  find("facts", HTMLElement).replaceChildren(
    ...report.facts.flatMap(([title, text]) => [element("dt", title), element("dd", text)]),
  );
  const order = { fails: 0, open: 1, holds: 2 };
  const sorted = [...report.checks].sort((a, b) => order[a.result] - order[b.result]);
  find("checks", HTMLElement).replaceChildren(
    ...sorted.map((one) => {
      const item = element("li");
      item.className = one.result;
      item.append(element("i", RESULTS[one.result]), element("b", one.title), element("span", one.text));
      return item;
    }),
  );
  listOf("open", report.notCompared);
  find("result", HTMLElement).hidden = false;
}

function show(verdict: Report["verdict"], headline: string, detail: string): void {
  find("verdict", HTMLElement).className = `verdict-box ${verdict}`;
  find("headline", HTMLElement).textContent = headline;
  find("detail", HTMLElement).textContent = detail;
  find("result", HTMLElement).hidden = true;
  document.title = `${headline}: verify a margin proof`;
}

async function load(): Promise<Engine> {
  const call = await loadEngine();
  return {
    verify: (key, signals, proof) => call("verify", key, signals, proof),
    snapshot: (text) => call<Summary>("snapshot", text),
  };
}
