// Writes poseidon.json, the known answers for Poseidon and for 8-ary Poseidon trees, from circomlibjs alone.
//
//   node tests/vectors/generate_poseidon.mjs           write the file
//   node tests/vectors/generate_poseidon.mjs --check   exit 1 when the file differs from what would be written

import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { buildPoseidon, buildPoseidonReference } from "circomlibjs";

const TARGET = fileURLToPath(new URL("poseidon.json", import.meta.url));
const ARITY = 8;
const MAX_INPUTS = 16;

const fast = await buildPoseidon();
const reference = await buildPoseidonReference();
const r = fast.F.p;

// circomlibjs has two implementations; a vector is written only where they agree.
function poseidon(inputs) {
  const hash = fast.F.toObject(fast(inputs));
  if (hash !== reference.F.toObject(reference(inputs))) throw new Error(`circomlibjs disagrees with itself on ${inputs}`);
  return hash;
}

// Fixed, without structure, and below r.
const scattered = (label) => BigInt("0x" + createHash("sha256").update(label).digest("hex")) % r;
const list = (length, value) => Array.from({ length }, (_, i) => BigInt(value(i)));
const decimal = (values) => values.map(String);

function hashVectors(n) {
  const inputs = {
    "zeros": list(n, () => 0),
    "counting from 0": list(n, (i) => i),
    "counting from 1": list(n, (i) => i + 1),
    "r - 1 everywhere": list(n, () => r - 1n),
    "scattered a": list(n, (i) => scattered(`poseidon a ${n} ${i}`)),
    "scattered b": list(n, (i) => scattered(`poseidon b ${n} ${i}`)),
  };
  return Object.entries(inputs).map(([name, values]) => ({
    name: `${n} inputs, ${name}`,
    inputs: decimal(values),
    hash: String(poseidon(values)),
  }));
}

// The levels of the tree, leaves first, root last; absent leaves are 0.
function treeLevels(leaves, depth) {
  const levels = [list(ARITY ** depth, (i) => leaves[i] ?? 0n)];
  for (let level = 0; level < depth; level++) {
    const below = levels[level];
    levels.push(list(below.length / ARITY, (i) => poseidon(below.slice(i * ARITY, (i + 1) * ARITY))));
  }
  return levels;
}

function treePath(levels, index) {
  return levels.slice(0, -1).map((nodes, level) => {
    const position = Math.floor(index / ARITY ** level);
    const first = position - (position % ARITY);
    return decimal(nodes.slice(first, first + ARITY).filter((_, i) => first + i !== position));
  });
}

function treeVector(depth, name, leaves, indices) {
  const levels = treeLevels(leaves, depth);
  return {
    name: `depth ${depth}, ${name}`,
    depth,
    leaves: decimal(leaves),
    root: String(levels[depth][0]),
    paths: indices.map((index) => ({ index, siblings: treePath(levels, index) })),
  };
}

function treeVectors(depth) {
  const size = ARITY ** depth;
  const random = (count) => list(count, (i) => scattered(`leaf ${depth} ${i}`));
  return [
    treeVector(depth, "no leaf", [], [0]),
    treeVector(depth, "one leaf", random(1), [0]),
    treeVector(depth, "one leaf short of a node", random(ARITY - 1), [ARITY - 2, ARITY - 1]),
    treeVector(depth, "one leaf short of full", list(size - 1, (i) => i + 1), [0, size - 2, size - 1]),
    treeVector(depth, "full, r - 1 everywhere", list(size, () => r - 1n), [size >> 1]),
    // In the smallest tree this pattern would not fit.
    ...(depth > 1 ? [treeVector(depth, "one leaf into the second node", random(ARITY + 1), [3, ARITY])] : []),
  ];
}

const pinned = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).devDependencies;
const text = JSON.stringify(
  {
    source: `circomlibjs ${pinned.circomlibjs}`,
    field: String(r),
    hashes: list(MAX_INPUTS, (i) => i + 1).flatMap((n) => hashVectors(Number(n))),
    merkle8: [1, 2, 3].flatMap(treeVectors),
  },
  null,
  1,
) + "\n";

if (process.argv.includes("--check")) {
  if (readFileSync(TARGET, "utf8") !== text) {
    console.error(`${TARGET} differs from what circomlibjs says; see tests/vectors/README.md`);
    process.exit(1);
  }
} else {
  writeFileSync(`${TARGET}.tmp`, text);
  renameSync(`${TARGET}.tmp`, TARGET);
}
// circomlibjs leaves worker threads running, so the process would not end by itself.
process.exit(0);
