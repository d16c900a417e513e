#!/usr/bin/env node
// The command line that forge expects of a native solc, for the solc package of npm, so that forge works offline.
"use strict";
const solc = require("solc");

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(require("node:fs").readFileSync(0, "utf8")));
} else {
  console.error("usage: solc.cjs --version | --standard-json < input.json");
  process.exitCode = 2;
}
