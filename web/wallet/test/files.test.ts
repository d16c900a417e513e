/** Encrypted files: those of the command line, those of the wallet, and what is refused. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { InputError } from "@zkmargin/wallet";
import { type PublicKey, readAccountFile, readKeyFile, writeAccountFile, writeKeyFile } from "@zkmargin/wallet";
import { decrypt, encrypt } from "../dist/keystore.js";
import { expected, hex, vector } from "./vectors.js";

/** Stands in for the curve, which `@zkmargin/core` computes: it knows the keys of the vectors. */
function publicKeyOf(secret: Uint8Array): PublicKey {
  for (const one of [expected.trading, expected.venue]) if (one.secret === hex(secret)) return one.key;
  return { x: "1", y: "2" };
}

for (const kind of ["trading", "venue"] as const) {
  test(`a ${kind} key of the command line is read`, async () => {
    const found = await readKeyFile(vector(`${kind}.python.json`), expected.password, kind, publicKeyOf);
    assert.equal(hex(found.secret), expected[kind].secret);
    assert.deepEqual({ ...found.key }, expected[kind].key);
  });
}

test("an account of the command line is read", async () => {
  const text = await readAccountFile(vector("account.python.json"), expected.password);
  assert.deepEqual(JSON.parse(text), expected.account);
});

test("a written file is read again, and has its secret encrypted", async () => {
  const secret = Uint8Array.from(Buffer.from(expected.trading.secret, "hex"));
  const text = await writeKeyFile(secret, "a", "trading", publicKeyOf);
  assert.ok(!text.includes(expected.trading.secret));
  const found = await readKeyFile(text, "a", "trading", publicKeyOf);
  assert.deepEqual(found.secret, secret);
});

test("equal secrets are encrypted differently", async () => {
  const secret = new TextEncoder().encode("secret");
  const [one, other] = [await encrypt(secret, "a", 2), await encrypt(secret, "a", 2)];
  assert.notEqual(one.ciphertext, other.ciphertext);
  assert.deepEqual(await decrypt(one, "a", "file"), secret);
});

/** A file with few rounds, so that a test takes no second. */
const QUICK = readFileSync(new URL("../../../tests/vectors/wallet/trading.quick.json", import.meta.url), "utf8");

async function refusal(text: string, password = "a", kind: "trading" | "venue" = "trading"): Promise<InputError> {
  try {
    await readKeyFile(text, password, kind, publicKeyOf, "key.json");
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error;
  }
  return assert.fail("not refused");
}

function changed(change: (document: Record<string, any>) => void): string {
  const document = JSON.parse(QUICK) as Record<string, any>;
  change(document);
  return JSON.stringify(document);
}

test("a file with few rounds is read", async () => {
  const found = await readKeyFile(QUICK, "a", "trading", publicKeyOf);
  assert.equal(hex(found.secret), expected.trading.secret);
});

test("a wrong password is named, and shows nothing", async () => {
  assert.equal((await refusal(QUICK, "b")).message, "key.json: the password is wrong");
});

test("a key of the other kind is refused", async () => {
  const error = await refusal(QUICK, "a", "venue");
  assert.equal(error.message, "key.json: format: expected zkmargin-venue-key/1");
});

test("attack: a public key of another secret is refused", async () => {
  const error = await refusal(changed((one) => (one.key = expected.venue.key)));
  assert.equal(error.message, "key.json: key: does not belong to the secret");
});

test("attack: a file that asks for more memory or work than keystores do is refused at once", async () => {
  for (const [name, value] of [
    ["n", 2 ** 24],
    ["r", 2 ** 24],
    ["p", 2 ** 24],
    ["n", 3],
    ["n", 2 ** 30],
  ] as const) {
    const error = await refusal(changed((one) => (one.crypto.kdfparams[name] = value)));
    assert.match(error.key, /^crypto\.kdfparams/);
  }
});

test("malformed members are named by their place, and never shown", async () => {
  const cases: [string, (one: Record<string, any>) => void][] = [
    ["crypto.cipher", (one) => (one.crypto.cipher = "aes-128-cbc")],
    ["crypto.cipherparams.iv", (one) => (one.crypto.cipherparams.iv = "00")],
    ["crypto.ciphertext", (one) => (one.crypto.ciphertext = "secret!")],
    ["crypto.mac", (one) => delete one.crypto.mac],
    ["crypto.kdf", (one) => (one.crypto.kdf = "argon2")],
    ["crypto.kdfparams.salt", (one) => (one.crypto.kdfparams.salt = 7)],
    ["crypto.kdfparams.n", (one) => (one.crypto.kdfparams.n = "2")],
    ["crypto", (one) => (one.crypto = null)],
    ["key.x", (one) => (one.key.x = "01")],
    ["key.y", (one) => delete one.key.y],
    ["more", (one) => (one.more = "secret!")],
  ];
  for (const [key, change] of cases) {
    const error = await refusal(changed(change));
    assert.equal(error.key, key);
    assert.ok(!error.message.includes("secret!"), error.message);
  }
});

test("an empty password is refused, and a text that is no account", async () => {
  await assert.rejects(writeAccountFile('{"format": "zkmargin-account/2"}', ""), /password: must not be empty/);
  await assert.rejects(writeAccountFile('{"format": "zkmargin-order/1"}', "a"), /account: format: not an account/);
});

test("JSON that readers could interpret differently is refused", async () => {
  const cases: [string, RegExp][] = [
    ['{"format": 1, "format": 2}', /format: duplicate key/],
    ['{"a": [1, {"b": 1.5}]}', /not JSON at character/],
    ['{"a": 1e3}', /not JSON/],
    ['{"a": 12345678901234567890}', /a: integers must have at most 15 digits/],
    ['{"a": 1,}', /not JSON/],
    ["[1 2]", /not JSON/],
    ['{"a": "\n"}', /not JSON/],
    ['{"a": "unfinished', /not JSON/],
    ["{} x", /not JSON/],
    ["[".repeat(200), /nested too deeply/],
    ['{"__proto__": {"format": 1}}', /format: expected/],
  ];
  for (const [text, reason] of cases) assert.match((await refusal(text)).message, reason);
});
