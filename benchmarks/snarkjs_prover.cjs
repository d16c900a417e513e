// Proves by snarkjs, with one key and witness in memory, as often as it is asked to: snarkjs_prover.cjs ZKEY WTNS.
//
// It prints a line of JSON when it is ready, and for each line on its standard input makes a proof and prints it with
// the CPU seconds of all threads and the seconds on the clock that it took.

"use strict";

const fs = require("fs");
const readline = require("readline");
const snarkjs = require("snarkjs");

const memory = (name) => ({ type: "mem", data: new Uint8Array(fs.readFileSync(name)) });

async function main() {
  const [key, witness] = process.argv.slice(2).map(memory);
  console.log("{}");
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    const start = process.hrtime.bigint();
    const before = process.cpuUsage();
    const { proof } = await snarkjs.groth16.prove(key, witness);
    const { user, system } = process.cpuUsage(before);
    const wall = Number(process.hrtime.bigint() - start) / 1e9;
    console.log(JSON.stringify({ cpu: (user + system) / 1e6, wall, proof }));
  }
}

// snarkjs leaves its worker threads running, so the process is ended explicitly.
main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
