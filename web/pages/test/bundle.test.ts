/** Bundles: what holds, what a tampered one says, and what is refused. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { Instance } from "../../core/dist/border.js";
import { type Expected } from "../dist/web/pages/src/bundle/expected.js";
import { type Engine, type Report, verifyBundle } from "../dist/web/pages/src/bundle/verify.js";
import { BUNDLE, bundle, EXPECTED, FILES, zipped } from "./bundles.js";

const MODULE = new WebAssembly.Module(readFileSync(new URL("../../../build/web/verify.wasm", import.meta.url)));
const call = <T>(name: string, ...texts: string[]): T => JSON.parse(new Instance(MODULE).text(name, ...texts)) as T;
const ENGINE: Engine = {
  verify: (key, signals, proof) => call("verify", key, signals, proof),
  snapshot: (text) => call("snapshot", text),
};
const NOTHING: Expected = { key: "", commitment: "", requirement: "", context: "", root: "", venue: "", signers: "" };
const ALL: Expected = {
  key: EXPECTED.key,
  commitment: EXPECTED.commitment,
  requirement: "initial",
  context: EXPECTED.context,
  root: EXPECTED.root,
  venue: EXPECTED.venue,
  signers: EXPECTED.signer,
};
const NOW = 1_800_000_000;

async function report(archive: Uint8Array, expected: Partial<Expected> = {}, now = NOW): Promise<Report> {
  return await verifyBundle(ENGINE, archive, "proof.zip", { ...NOTHING, ...expected }, now);
}

/** The titles of the checks that fail. */
async function failures(archive: Uint8Array, expected: Partial<Expected> = {}, now = NOW): Promise<string[]> {
  const found = await report(archive, expected, now);
  const failed = found.checks.filter((one) => one.result === "fails").map((one) => one.title);
  assert.equal(found.verdict === "invalid", failed.length > 0);
  return failed;
}

test("a bundle with everything compared is valid", async () => {
  const found = await report(BUNDLE, ALL);
  assert.equal(found.verdict, "valid");
  assert.deepEqual(
    found.checks.filter((one) => one.result !== "holds"),
    [],
  );
  assert.deepEqual(found.notCompared, ["name of the circuit", "model and prices of the snapshot"]);
  assert.deepEqual(found.facts[0], ["Claim", "The account meets its initial margin."]);
});

test("without the key's fingerprint nothing is verified, and all that was not compared is listed", async () => {
  const found = await report(BUNDLE);
  assert.equal(found.verdict, "open");
  assert.match(found.headline, /Not verified/);
  assert.deepEqual(found.notCompared, [
    "account",
    "context",
    "snapshot root",
    "requirement",
    "name of the circuit",
    "model and prices of the snapshot",
    "venue",
    "signers of the snapshot",
  ]);
});

const OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
for (const [name, value, title] of [
  ["key", "0000-0000-0000-0000", "Key that you trust"],
  ["commitment", "1", "Account"],
  ["context", "18", "Context"],
  ["root", "1", "Snapshot root"],
  ["requirement", "12501", "Requirement"],
  ["venue", OTHER, "Word of the venue"],
  ["signers", `${EXPECTED.signer} ${OTHER}`, "Signers of the snapshot"],
] as const) {
  test(`another ${name} than expected fails`, async () => {
    assert.deepEqual(await failures(BUNDLE, { ...ALL, [name]: value }), [title]);
  });
}

const raised = (text: string): string => String(BigInt(text) + 1n);
const ATTACKS: [string, Parameters<typeof bundle>[0], string[]][] = [
  ["a signal changed in one file", { "public.json": (one) => (one[4] = raised(one[4])) }, ["Files", "Proof"]],
  [
    "a signal changed in both files",
    { "public.json": (one) => (one[4] = "18"), "statement.json": (one) => (one.signals.context = "18") },
    ["Proof", "Context"],
  ],
  ["a proof off the curve", { "proof.json": (one) => (one.pi_a[0] = raised(one.pi_a[0])) }, ["Proof"]],
  ["A and C exchanged", { "proof.json": (one) => ([one.pi_a, one.pi_c] = [one.pi_c, one.pi_a]) }, ["Proof"]],
  [
    "another key with the stated fingerprint",
    { "verification_key.json": (one) => ([one.IC[1], one.IC[2]] = [one.IC[2], one.IC[1]]) },
    ["Proof", "Key in the bundle", "Key that you trust"],
  ],
  [
    "a signature of the venue for another account",
    { "account-statement.json": (one) => (one.message.account = `0x${"11".repeat(32)}`) },
    ["Word of the venue"],
  ],
  [
    "a venue's longer period",
    { "account-statement.json": (one) => (one.message.validUntil = "4000000001") },
    ["Word of the venue"],
  ],
  ["another venue's name", { "account-statement.json": (one) => (one.signer = OTHER) }, ["Word of the venue"]],
  [
    "another signer's name",
    { "snapshot.signatures.json": (one) => (one.signatures[0].signer = OTHER) },
    ["Signers of the snapshot"],
  ],
  [
    "signatures of other prices",
    { "snapshot.signatures.json": (one) => (one.message.indexPrices[0] = raised(one.message.indexPrices[0])) },
    ["Signers of the snapshot"],
  ],
  [
    "another key named in a signer's name",
    { "snapshot.signatures.json": (one) => (one.signatures[0].keys.fingerprints.margin_13 = "0000-0000-0000-0000") },
    ["Signers of the snapshot"],
  ],
  ["no word of the venue", { "account-statement.json": undefined }, ["Word of the venue"]],
  ["no signatures", { "snapshot.signatures.json": undefined }, ["Signers of the snapshot"]],
];
for (const [name, changes, titles] of ATTACKS) {
  test(`attack: ${name} fails`, async () => {
    assert.deepEqual(await failures(bundle(changes), ALL), titles);
  });
}

test("a statement of account counts in its period only", async () => {
  assert.deepEqual(await failures(BUNDLE, ALL, 1_600_000_000), ["Word of the venue"]);
  assert.deepEqual(await failures(BUNDLE, ALL, 4_000_000_001), ["Word of the venue"]);
});

const REFUSED: [string, Parameters<typeof bundle>[0], RegExp][] = [
  [
    "a changed row",
    { "snapshot.json": (one) => (one.rows[0].slots[0] = raised(one.rows[0].slots[0])) },
    /snapshot\.json: /,
  ],
  [
    "a key without a contribution",
    { "verification_key.json": (one) => (one.vk_delta_2 = one.vk_gamma_2) },
    /verification_key\.json: gamma equals delta/,
  ],
  [
    "a point off the curve",
    { "verification_key.json": (one) => (one.IC[0][0] = "1") },
    /verification_key\.json: IC\[0\]: the point is not on/,
  ],
  ["a duplicate key", { "statement.json": '{"format": 1, "format": 2}' }, /statement\.json: format: duplicate key/],
  [
    "an unknown circuit",
    { "statement.json": (one) => (one.instance = "margin_1") },
    /statement\.json: instance: no such circuit/,
  ],
  ["an unknown member", { "statement.json": (one) => (one.more = "1") }, /statement\.json: more: unknown key/],
  [
    "an address without its checksum",
    { "account-statement.json": (one) => (one.signer = one.signer.toLowerCase()) },
    /signer: must have its EIP-55/,
  ],
  [
    "the higher s of a signature",
    { "account-statement.json": (one) => (one.signature = `${one.signature.slice(0, 66)}f${one.signature.slice(67)}`) },
    /signature: s is not in the lower half/,
  ],
  ["no snapshot", { "snapshot.json": undefined }, /proof\.zip: snapshot\.json: missing/],
];
for (const [name, changes, reason] of REFUSED) {
  test(`${name} is refused with file and key`, async () => {
    await assert.rejects(report(bundle(changes)), reason);
  });
}

test("archives with other files, twice the same file, or damage are refused", async () => {
  const files = [...FILES];
  await assert.rejects(report(zipped([...files.slice(1), ["../evil", ""]])), /has an unexpected file/);
  await assert.rejects(report(zipped([...files.slice(2), files[2]!])), /has an unexpected file/);
  for (const archive of [
    new Uint8Array(),
    BUNDLE.subarray(0, -1),
    BUNDLE.subarray(1),
    BUNDLE.map((one, i) => (i === 60 ? one ^ 1 : one)),
  ]) {
    await assert.rejects(report(archive), /not a bundle of a proof, or damaged/);
  }
});

test("attack: a file that unpacks to more than it states is refused", async () => {
  // The directory states 10 bytes; the content would be 100 MB.
  const bomb = deflateRawSync(Buffer.alloc(100_000_000));
  const archive = Buffer.from(
    zipped([["proof.json", "x".repeat(bomb.length)], ...[...FILES].filter(([name]) => name !== "proof.json")]),
  );
  bomb.copy(archive, 30 + "proof.json".length);
  const entry = archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  archive.writeUInt16LE(8, entry + 10);
  archive.writeUInt32LE(10, entry + 24);
  await assert.rejects(report(new Uint8Array(archive)), /not a bundle of a proof, or damaged/);
});

test("malformed expectations are named", async () => {
  for (const [name, value, reason] of [
    ["key", "abc", /trusted key: expected a fingerprint/],
    ["commitment", "x", /account: expected an integer/],
    ["context", "-1", /context: must be from 0/],
    ["venue", "0x12", /venue: expected an address/],
    ["signers", EXPECTED.signer.replace("a", "A").replace("5F", "5f"), /signers: the checksum/],
  ] as const) {
    await assert.rejects(report(BUNDLE, { [name]: value }), reason);
  }
});
