/** The wallet demo: an account and a trading key in the browser's storage, the private report, and encrypted files. */

import {
  ConflictError,
  openStore,
  parseStrictJson,
  type PublicKey,
  readAccountFile,
  readKeyFile,
  type SecretStore,
  writeAccountFile,
  writeKeyFile,
} from "@zkmargin/wallet";

import { type Summary } from "../bundle/verify.js";
import { utc } from "../bundle/text.js";
import { find } from "../dom.js";
import { type Call, loadEngine } from "../engine.js";
import { type Report, showReport } from "./report.js";

const ACCOUNT = "account";
const KEY = "trading-key";
const MOST_BYTES = 64 << 20;

const input = (id: string): HTMLInputElement => find(id, HTMLInputElement);
const opened = Promise.all([openStore("zkmargin-wallet-demo"), loadEngine()]);

/** Show the state, which is also read to people who cannot see it. */
function say(kind: "valid" | "open" | "invalid", headline: string, detail = ""): void {
  find("status", HTMLElement).className = `verdict-box ${kind}`;
  find("headline", HTMLElement).textContent = headline;
  find("detail", HTMLElement).textContent = detail;
}

/** Run an action of a button: one at a time, and with its error in the status. */
function on(id: string, event: "click" | "submit", action: (store: SecretStore, call: Call) => Promise<void>): void {
  find(id, HTMLElement).addEventListener(event, (happened) => {
    happened.preventDefault();
    void (async () => {
      const buttons = document.querySelectorAll("button");
      buttons.forEach((one) => (one.disabled = true));
      try {
        const [store, call] = await opened;
        await action(store, call);
      } catch (error) {
        say("invalid", "That did not work", error instanceof Error ? error.message : "unknown error");
        if (error instanceof ConflictError) await refresh();
      } finally {
        buttons.forEach((one) => (one.disabled = false));
      }
    })();
  });
}

on("account", "submit", async (store) => {
  const file = await textOf("account-file");
  const password = input("account-password");
  const format = (parseStrictJson(file.text, file.name, MOST_BYTES) as { format?: unknown } | null)?.format;
  say("open", "Reading the account…");
  const text =
    format === "zkmargin-encrypted-account/1" ? await readAccountFile(file.text, password.value, file.name) : file.text;
  // A wrong account is refused now, and not when it is used; the snapshot comes later.
  if (typeof format !== "string" || !/^zkmargin-(?:encrypted-)?account\//.test(format)) {
    throw new Error(`${file.name}: format: not an account`);
  }
  password.value = "";
  input("account-file").value = "";
  await keep(store, ACCOUNT, new TextEncoder().encode(text));
  await refresh();
  say("valid", "The account is kept in this browser", "Encrypted; download it too.");
});

on("forget", "click", async (store) => {
  const found = await store.get(ACCOUNT);
  if (found) await store.remove(ACCOUNT, found.revision);
  find("report", HTMLElement).hidden = true;
  await refresh();
  say("valid", "The account is removed");
});

on("report-form", "submit", async (store, call) => {
  const file = await textOf("snapshot");
  const found = await store.get(ACCOUNT);
  if (!found) throw new Error("account: none is kept in this browser");
  say("open", "Computing the report…");
  await new Promise((done) => setTimeout(done, 30));
  const account = new TextDecoder().decode(found.value);
  found.value.fill(0);
  const requirement = find("requirement", HTMLSelectElement);
  const request = JSON.stringify({ snapshot: file.text, account, requirement: requirement.value });
  const report = call<Report>("margin_report", request);
  const summary = call<Summary>("snapshot", file.text);
  const { commitment } = call<{ commitment: string }>(
    "account_commitment",
    JSON.stringify({ snapshot: file.text, account }),
  );
  const claim = requirement.selectedOptions[0]!.text;
  showReport(find("report", HTMLElement), report, claim, `${utc(Number(summary.timestamp))}, model ${summary.model}`);
  say(report.healthy ? "valid" : "invalid", report.healthy ? "Healthy" : "Not healthy", `Commitment ${commitment}`);
});

on("new-key", "click", async (store) => {
  if (await store.get(KEY)) throw new Error("trading key: there is one already; a new one would replace it");
  const secret = crypto.getRandomValues(new Uint8Array(32));
  await keep(store, KEY, secret);
  await refresh();
  say("valid", "A trading key is kept in this browser", "Download it too: orders of the account need it.");
});

on("key", "submit", async (store, call) => {
  const file = await textOf("key-file");
  const password = input("key-password");
  if (await store.get(KEY)) throw new Error("trading key: there is one already; the file would replace it");
  say("open", "Decrypting the key…");
  const { secret } = await readKeyFile(file.text, password.value, "trading", publicKeyBy(call), file.name);
  password.value = "";
  input("key-file").value = "";
  await keep(store, KEY, secret);
  await refresh();
  say("valid", "The trading key is kept in this browser");
});

on("save-account", "click", async (store) => {
  const found = await store.get(ACCOUNT);
  if (!found) throw new Error("account: none is kept in this browser");
  const text = new TextDecoder().decode(found.value);
  found.value.fill(0);
  download("account.enc.json", await writeAccountFile(text, newPassword()));
});

on("save-key", "click", async (store, call) => {
  const found = await store.get(KEY);
  if (!found) throw new Error("trading key: none is kept in this browser");
  download("trading.json", await writeKeyFile(found.value, newPassword(), "trading", publicKeyBy(call)));
  found.value.fill(0);
});

function newPassword(): string {
  const [password, again] = [input("new-password"), input("again")];
  if (password.value !== again.value) throw new Error("password: the two entries differ");
  if (password.value === "") throw new Error("password: must not be empty");
  const text = password.value;
  password.value = again.value = "";
  say("open", "Encrypting…", "This takes a second, so that guessing passwords takes years.");
  return text;
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
  say("valid", `${name}: written, encrypted`, "Without the password it cannot be read.");
}

function publicKeyBy(call: Call): (secret: Uint8Array) => PublicKey {
  return (secret) => call<PublicKey>("trading_key", secret);
}

/** Write a secret over the present one, and wipe it. */
async function keep(store: SecretStore, name: string, secret: Uint8Array): Promise<void> {
  const present = await store.get(name);
  present?.value.fill(0);
  await store.put(name, secret, present?.revision ?? 0);
  secret.fill(0);
}

async function textOf(id: string): Promise<{ name: string; text: string }> {
  const file = input(id).files?.[0];
  if (file === undefined) throw new Error(`choose a file: ${input(id).labels![0]!.textContent!.trim()}`);
  if (file.size > MOST_BYTES) throw new Error(`${file.name}: larger than ${MOST_BYTES} bytes`);
  return { name: file.name, text: await file.text() };
}

/** Show what is kept. */
async function refresh(): Promise<void> {
  const [store, call] = await opened;
  const [account, key] = [await store.get(ACCOUNT), await store.get(KEY)];
  find("account-state", HTMLElement).textContent = account ? "An account is kept in this browser." : "No account.";
  account?.value.fill(0);
  const known = key && call<PublicKey>("trading_key", key.value);
  key?.value.fill(0);
  find("key-state", HTMLElement).textContent = known ? `Public key: x ${known.x}, y ${known.y}` : "No trading key.";
}

void (async () => {
  try {
    const [store] = await opened;
    store.watch(() => void refresh());
    await refresh();
    if (store.persistent) say("valid", "Ready", "Secrets are kept encrypted in this browser.");
    else say("open", "Nothing is stored", `Secrets are lost when you close the page: ${store.reason}.`);
  } catch (error) {
    say("invalid", "The wallet cannot start", error instanceof Error ? error.message : "unknown error");
  }
})();
