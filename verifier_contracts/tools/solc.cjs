#!/usr/bin/env node
// The command line that forge expects of a native solc, for the solc package of npm, so that forge works offline.
// Two workers generate the code of a share of the files each, because the compiler uses one core.
"use strict";
const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");
const solc = require("solc");

const WORKERS = 2;

/** Deal the files that need output to the workers, the longest first, each to the worker with the least so far. */
function shares({ sources, settings }) {
  const files = Object.entries(settings.outputSelection).map(([file, outputs]) => ({
    file,
    outputs,
    length: sources[file]?.content?.length ?? 0,
  }));
  const workers = Array.from({ length: WORKERS }, () => ({ length: 0, selection: {} }));
  for (const { file, outputs, length } of files.sort((a, b) => b.length - a.length)) {
    const least = workers.reduce((a, b) => (b.length < a.length ? b : a));
    least.selection[file] = outputs;
    least.length += length;
  }
  return workers.map(({ selection }) => selection);
}

/** Compile in a worker; every worker reads all sources, so all of them number these alike. */
function compile(input, outputSelection) {
  const part = JSON.stringify({ ...input, settings: { ...input.settings, outputSelection } });
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: part });
    worker.once("message", (output) => resolve(JSON.parse(output)));
    worker.once("error", reject);
  });
}

function merge(outputs) {
  const errors = new Map(outputs.flatMap((output) => output.errors ?? []).map((it) => [it.formattedMessage, it]));
  const byFile = (key) => {
    const merged = {};
    for (const output of outputs) {
      for (const [file, found] of Object.entries(output[key] ?? {})) merged[file] = { ...merged[file], ...found };
    }
    return merged;
  };
  return { errors: [...errors.values()], sources: byFile("sources"), contracts: byFile("contracts") };
}

async function main() {
  if (process.argv.includes("--version")) {
    console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
  } else if (process.argv.includes("--standard-json")) {
    const input = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const outputs = await Promise.all(shares(input).map((selection) => compile(input, selection)));
    process.stdout.write(JSON.stringify(merge(outputs)));
  } else {
    console.error("usage: solc.cjs --version | --standard-json < input.json");
    process.exitCode = 2;
  }
}

if (isMainThread) main();
else parentPort.postMessage(solc.compile(workerData));
