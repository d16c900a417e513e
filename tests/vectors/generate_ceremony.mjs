// Writes ceremony.json, the known answers for the randomness and the proofs of knowledge of snarkjs's ceremonies.
//
//   node tests/vectors/generate_ceremony.mjs           write the file
//   node tests/vectors/generate_ceremony.mjs --check   exit 1 when the file differs from what would be written

import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { buildBn128, ChaCha } from "ffjavascript";

// Not among the modules that snarkjs exports.
const source = (name) => import(new URL(`../../node_modules/snarkjs/src/${name}.js`, import.meta.url));
const { getG2sp, hashToG2 } = await source("keypair");
const { rngFromBeaconParams } = await source("misc");

const TARGET = fileURLToPath(new URL("ceremony.json", import.meta.url));

const curve = await buildBn128();
const { Fr, G1, G2 } = curve;

const scattered = (label) => createHash("blake2b512").update(label).digest();
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const words = (numbers) => numbers.map((number) => number.toString(16).padStart(8, "0")).join("");
const point = (G, value) => hex(G.toUncompressed(G.toAffine(value)));

// What a contributor draws: a secret scalar, then a random point, of which the multiple by the secret is published.
function draws(rng) {
  const secret = Fr.fromRng(rng);
  const s = G1.fromRng(rng);
  return { secret: Fr.toString(secret), s: point(G1, s), sx: point(G1, G1.timesFr(s, secret)) };
}

const SEEDS = {
  "zeros": Array(8).fill(0),
  "ones": Array(8).fill(0xffffffff),
  "ascending": [1, 2, 3, 4, 5, 6, 7, 8],
};
const streams = Object.entries(SEEDS).map(([name, seed]) => {
  const rng = new ChaCha(seed);
  const first = Array.from({ length: 40 }, () => rng.nextU32());
  return { name, seed: words(seed), words: words(first), ...draws(new ChaCha(seed)) };
});

// Enough for every branch: the candidates of a point are refused half of the time, and its sign is drawn.
const hashes = Array.from({ length: 8 }, (_, i) => scattered(`hash ${i}`)).map((hash) => ({
  hash: hex(hash),
  point: point(G2, hashToG2(curve, hash)),
}));

const challenges = [0, 1, 2].map((personalization) => {
  const challenge = scattered(`challenge ${personalization}`);
  const rng = new ChaCha([personalization, 1, 2, 3, 4, 5, 6, 7]);
  const [s, sx] = [G1.fromRng(rng), G1.fromRng(rng)];
  return {
    personalization,
    challenge: hex(challenge),
    s: point(G1, s),
    sx: point(G1, sx),
    point: point(G2, getG2sp(curve, personalization, challenge, s, sx)),
  };
});

const BEACONS = [[scattered("beacon").subarray(0, 32), 10], [Buffer.from([7]), 11], [Buffer.alloc(255, 9), 12]];
const beacons = [];
for (const [value, exponent] of BEACONS) {
  beacons.push({ value: hex(value), exponent, ...draws(await rngFromBeaconParams(value, exponent)) });
}

const pinned = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).devDependencies;
const text = JSON.stringify({ source: `snarkjs ${pinned.snarkjs}`, streams, hashes, challenges, beacons }, null, 1) + "\n";

let status = 0;
if (process.argv.includes("--check")) {
  if (readFileSync(TARGET, "utf8") !== text) {
    console.error(`${TARGET} differs from what snarkjs says; see tests/vectors/README.md`);
    status = 1;
  }
} else {
  writeFileSync(`${TARGET}.tmp`, text);
  renameSync(`${TARGET}.tmp`, TARGET);
}
// ffjavascript leaves worker threads running, so the process would not end by itself.
process.exit(status);
