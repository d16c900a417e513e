#!/usr/bin/env node
// npm's solc behind the command line that forge expects of the native compiler: forge works offline with it.
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
