/** Proofs in a worker of Node.js. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";

import { InputError, loadCore, type PackSource, type Progress, Prover, StatementError } from "@zkmargin/core";

import { expected, FOLDER, PACK, read } from "./files.js";

const core = await loadCore();
const snapshot = core.snapshot(read("snapshot.json"));
const claim = { account: read("rich.json"), requirement: "initial", context: 5n };
const prover = await Prover.load(PACK);
after(() => prover.close());

test("a proof by Node.js verifies; Python, snarkjs and a chain verify it in tests/web", async () => {
  assert.equal(prover.circuit, "margin_13");
  assert.equal(prover.fingerprint, expected.fingerprint);
  const stages: Progress["stage"][] = [];
  const made = await prover.proveClaim(snapshot, claim, { onProgress: (one) => stages.push(one.stage) });
  const key = core.verificationKey(made.verificationKey);
  assert.equal(key.verify(made.publicSignals, made.proof), true);
  assert.deepEqual(stages, ["witness", "proof", "proof"]);
  const folder = join(FOLDER, "by_node");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "proof.json"), JSON.stringify(made.proof));
  writeFileSync(join(folder, "public.json"), JSON.stringify(made.publicSignals));
  writeFileSync(join(folder, "verification_key.json"), JSON.stringify(made.verificationKey));
  writeFileSync(join(folder, "statement.json"), JSON.stringify(made.statement));
});

test("inputs that the circuit does not have, or does not hold for, are refused", async () => {
  await assert.rejects(prover.prove({ x: "1" }), (error: unknown) => error instanceof InputError && error.key === "x");
  await assert.rejects(prover.prove({}), /0 values, expected/);
  const { signals } = snapshot.circuitInputs(claim, prover.shape!);
  const name = Object.keys(signals).find((one) => typeof signals[one] === "string")!;
  await assert.rejects(prover.prove({ ...signals, [name]: "-1" }), /expected a number in 0..r/);
  await assert.rejects(prover.prove({ ...signals, shortFloor: signals["addOn"]! }), StatementError);
});

test("a proof is cancelled, and the next one is made by another worker", async () => {
  const stop = new AbortController();
  const { signals } = snapshot.circuitInputs(claim, prover.shape!);
  const cancelled = prover.prove(signals, { signal: stop.signal, onProgress: () => stop.abort() });
  await assert.rejects(cancelled, { name: "AbortError" });
  await prover.prove(signals);
});

test("another pack, a damaged one and a missing one are refused", async () => {
  const bytes = readFileSync(PACK.file);
  const refused = (source: PackSource, reason: RegExp) => assert.rejects(Prover.load(source), reason);
  await refused({ ...PACK, sha256: "00".repeat(32) }, /does not have the pinned SHA-256/);
  await refused({ ...PACK, sha256: "x" }, /64 hexadecimal digits/);
  const { sha256 } = PACK;
  await refused({ blob: new Blob([bytes.subarray(0, -1)]), sha256 }, /ends early/);
  const flipped = Uint8Array.from(bytes);
  flipped[bytes.length - 9]! ^= 1;
  await refused({ blob: new Blob([flipped]), sha256 }, /damaged/);
  await refused({ blob: new Blob([new Uint8Array(99)]), sha256 }, /not a circuit pack/);
  await refused({ file: "/nowhere/margin_13.zkpack", sha256 }, /cannot be read/);
});

test("a download that breaks off goes on where it stopped", async () => {
  const bytes = readFileSync(PACK.file);
  const ranges: string[] = [];
  const server: Server = createServer((request, answer) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    ranges.push(request.headers.range ?? "all");
    answer.writeHead(start ? 206 : 200, start ? { "Content-Range": `bytes ${start}-*/${bytes.length}` } : {});
    // Each answer ends after 5 MB.
    answer.write(bytes.subarray(start, start + 5_000_000), () => {
      if (start + 5_000_000 < bytes.length) answer.destroy();
      else answer.end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const loaded = await Prover.load({ url, sha256: expected.sha256 });
  loaded.close();
  server.close();
  assert.equal(ranges[0], "all");
  assert.ok(ranges.length >= 3 && ranges.slice(1).every((range) => range.startsWith("bytes=")), ranges.join());
});
