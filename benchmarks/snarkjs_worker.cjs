// Times one task of snarkjs inside this process: snarkjs_worker.cjs TASK RUNS, among the files.

"use strict";

const fs = require("fs");
const { WitnessCalculatorBuilder } = require("circom_runtime");
const snarkjs = require("snarkjs");

const json = (name) => JSON.parse(fs.readFileSync(name, "utf8"));

const tasks = {
  // The function that snarkjs calls underneath; snarkjs itself would compile the WebAssembly for each witness.
  async witness() {
    const inputs = json("input.json");
    const calculator = await WitnessCalculatorBuilder(fs.readFileSync("circuit.wasm"), { sanityCheck: false });
    return () => calculator.calculateWTNSBin(inputs, 0);
  },
  verify() {
    const [key, signals, proof] = ["key.json", "public.json", "proof.json"].map(json);
    return async () => {
      if (!(await snarkjs.groth16.verify(key, signals, proof))) throw new Error("the proof does not verify");
    };
  },
};

async function main() {
  const [name, runs] = process.argv.slice(2);
  const task = await tasks[name]();
  await task();
  const [wall, cpu] = [[], []];
  for (let run = 0; run < Number(runs); run++) {
    const start = process.hrtime.bigint();
    const before = process.cpuUsage();
    await task();
    const { user, system } = process.cpuUsage(before);
    wall.push(Number(process.hrtime.bigint() - start) / 1e9);
    cpu.push((user + system) / 1e6);
  }
  console.log(JSON.stringify({ wall, cpu }));
}

// snarkjs leaves its worker threads running, so the process is ended explicitly.
main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
