#!/usr/bin/env node
// The command line that forge expects of a native solc, for the solc package of npm, so that forge works offline.
// Two workers generate the code of half the files each, because the compiler uses one core.
"use strict";
const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");
const solc = require("solc");

const WORKERS = 2;

/** Split the files that need output into ranges of similar length; neighbours by name share imports. */
function ranges({ sources, settings }) {
  const selection = Object.entries(settings.outputSelection).sort(([a], [b]) => (a < b ? -1 : 1));
  const lengths = selection.map(([file]) => sources[file]?.content?.length ?? 0);
  const total = lengths.reduce((sum, length) => sum + length, 1);
  const parts = Array.from({ length: WORKERS }, () => ({}));
  let before = 0;
  selection.forEach(([file, outputs], i) => {
    parts[Math.floor((before / total) * WORKERS)][file] = outputs;
    before += lengths[i];
  });
  return parts.filter((part, i) => i === 0 || Object.keys(part).length > 0);
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
    const outputs = await Promise.all(ranges(input).map((selection) => compile(input, selection)));
    process.stdout.write(JSON.stringify(merge(outputs)));
  } else {
    console.error("usage: solc.cjs --version | --standard-json < input.json");
    process.exitCode = 2;
  }
}

if (isMainThread) main();
else parentPort.postMessage(solc.compile(workerData));
