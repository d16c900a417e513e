/** The core in this thread: verification, hashes, snapshots and accounts, against the Python package. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { InputError, loadCore, StatementError } from "@zkmargin/core";

import { expected, json, read } from "./files.js";

const core = await loadCore();
const proof = json("by_python/proof.json");
const signals = json("by_python/public.json") as unknown as string[];
const keyFile = json("by_python/verification_key.json");
const SHAPE = { lanes: 3, positions: 13, layout: "standard", limited: false, disclosed: false };

test("a proof by Python verifies, and changed ones do not", () => {
  const key = core.verificationKey(keyFile);
  assert.equal(key.fingerprint, expected.fingerprint);
  assert.equal(key.verify(signals, proof), true);
  assert.equal(key.verify(["0", ...signals.slice(1)], proof), false);
  assert.equal(key.verify(signals.slice(1), proof), false);
  assert.equal(key.verify([...signals.slice(0, 4), `0${signals[4]}`], proof), false);
  assert.equal(key.verify(signals, { ...proof, pi_a: proof["pi_c"] }), false);
  assert.equal(key.verify(signals, { ...proof, pi_a: ["0", "1", "0"] }), false);
  key.release();
});

test("malformed files of a proof are named with their key", () => {
  const key = core.verificationKey(keyFile);
  const where = (source: string, path: string) => (error: unknown) =>
    error instanceof InputError && error.source === source && error.key === path;
  assert.throws(() => key.verify(signals, { ...proof, pi_b: "x" }), where("proof", "pi_b"));
  assert.throws(() => key.verify(signals, { ...proof, pi_a: ["1\n2", "3", "1"] }), where("proof", "pi_a"));
  assert.throws(() => key.verify(signals, { ...proof, curve: "bls12381" }), where("proof", "curve"));
  assert.throws(() => key.verify({}, proof), where("public signals", ""));
  assert.throws(() => core.verificationKey({ ...keyFile, nPublic: 4 }), where("verification key", "IC"));
  assert.throws(
    () => core.verificationKey({ ...keyFile, vk_delta_2: keyFile["vk_gamma_2"] }),
    /gamma equals delta/,
  );
});

test("Poseidon's hash is that of circomlib", () => {
  // tests/vectors/poseidon.json
  const vectors = 7853200120776062878684798364095072458815029376092732009249414926327459813530n;
  assert.equal(core.poseidon([1n, 2n]), vectors);
  assert.throws(() => core.poseidon([]), InputError);
  assert.throws(() => core.poseidon([2n ** 254n]), /not below the field's modulus/);
});

test("root and commitment are those of Python", () => {
  const snapshot = core.snapshot(read("snapshot.json"));
  assert.equal(snapshot.summary.root, expected.root);
  assert.equal(snapshot.commitment(read("rich.json")), BigInt(expected.commitment));
  assert.equal(snapshot.report(read("rich.json"), "initial")["healthy"], true);
  const claim = { account: read("rich.json"), requirement: "initial", context: 5n };
  assert.deepEqual(snapshot.circuitInputs(claim, SHAPE).public, signals);
  snapshot.release();
});

test("errors name file and key, and a false claim is another error", () => {
  const snapshot = core.snapshot(read("snapshot.json"));
  const claim = { account: read("poor.json"), requirement: "initial", context: 5n };
  assert.throws(() => snapshot.circuitInputs(claim, SHAPE), StatementError);
  const wrong = JSON.stringify({ ...json("rich.json"), cash: "1e3" });
  assert.throws(
    () => snapshot.commitment(wrong),
    (error: unknown) => error instanceof InputError && error.source === "account" && error.key === "cash",
  );
  assert.throws(() => core.snapshot("{"), InputError);
  snapshot.release();
});
