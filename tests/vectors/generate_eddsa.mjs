// Writes eddsa.json, the known answers for BLAKE-512, BabyJubJub and EdDSA-Poseidon, from circomlibjs and blake-hash.
//
//   node tests/vectors/generate_eddsa.mjs           write the file
//   node tests/vectors/generate_eddsa.mjs --check   exit 1 when the file differs from what would be written

import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { buildEddsa } from "circomlibjs";

// The version that circomlibjs uses, wherever npm puts it.
const createBlakeHash = createRequire(createRequire(import.meta.url).resolve("circomlibjs"))("blake-hash");

const TARGET = fileURLToPath(new URL("eddsa.json", import.meta.url));

const eddsa = await buildEddsa();
const { babyJub, F } = eddsa;
const r = F.p;

const scattered = (label) => createHash("sha256").update(label).digest();
const number = (label) => BigInt(`0x${scattered(label).toString("hex")}`) % r;
const point = (value) => value.map((coordinate) => String(F.toObject(coordinate)));
const inside = (values) => values.map((value) => F.e(value));

// Around the bounds of a block and of its padding.
const LENGTHS = [0, 1, 32, 64, 110, 111, 112, 113, 127, 128, 129, 144, 239, 240, 256, 300];

const hashes = LENGTHS.map((length) => {
  const message = Buffer.from(Array.from({ length }, (_, i) => (7 * i + length) % 256));
  return { message: message.toString("hex"), hash: createBlakeHash("blake512").update(message).digest("hex") };
});

const SECRETS = {
  "zeros": Buffer.alloc(32),
  "ones": Buffer.alloc(32, 255),
  "circomlib's test": Buffer.from("0001020304050607080900010203040506070809000102030405060708090001", "hex"),
  ...Object.fromEntries(["a", "b", "c", "d"].map((label) => [`scattered ${label}`, scattered(`secret ${label}`)])),
};
const MESSAGES = { "0": 0n, "1": 1n, "1234": 1234n, "r - 1": r - 1n, "scattered": number("message") };

const low = babyJub.mulPointEscalar(babyJub.Generator, babyJub.subOrder);
const multiple = (scalar) => babyJub.mulPointEscalar(babyJub.Base8, scalar);
const onlyS = (S) => ({ R8: multiple(S), S });

// The signature of a key A of which `scalar` Base8 is the part in the subgroup.
function signedFor(A, scalar, nonce, message) {
  const R8 = multiple(nonce);
  const challenge = F.toObject(eddsa.poseidon([...R8, ...A, message]));
  return { R8, S: (nonce + 8n * challenge * scalar) % babyJub.subOrder };
}

// What a verifier must refuse, or accept, at the edges. circomlibjs itself accepts keys of low order; circomlib's
// circuit, and we, do not, so `valid` is stated here, and circomlibjs's answer beside it.
function edges() {
  const secret = SECRETS["scattered a"];
  const key = eddsa.prv2pub(secret);
  const message = F.e(MESSAGES.scattered);
  const good = eddsa.signPoseidon(secret, message);
  const other = eddsa.prv2pub(SECRETS["scattered b"]);
  const outside = babyJub.addPoint(key, low);
  const mixed = babyJub.addPoint(multiple(3n), low);
  const moved = babyJub.addPoint(good.R8, low);
  const cases = [
    ["a good signature", key, message, good, true],
    ["another message", key, F.e(1234n), good, false],
    ["another key", other, message, good, false],
    ["S plus the order", key, message, { ...good, S: good.S + babyJub.subOrder }, false],
    ["S one more", key, message, { ...good, S: good.S + 1n }, false],
    ["R8 plus a point of order 8", key, message, { ...good, R8: moved }, false],
    ["R8 off the curve", key, message, { ...good, R8: inside([0n, 0n]) }, false],
    ["the key plus a point of order 8", outside, message, good, false],
    ["a key outside the subgroup", mixed, message, signedFor(mixed, 3n, 5n, message), true],
    ["R8 the identity", multiple(3n), message, signedFor(multiple(3n), 3n, 0n, message), true],
    ["the key (0, 0)", inside([0n, 0n]), message, onlyS(5n), false],
    ["a key off the curve", inside([0n, 5n]), message, onlyS(5n), false],
    ...Array.from({ length: 8 }, (_, i) => [
      `a key of low order, ${i}`, babyJub.mulPointEscalar(low, BigInt(i)), message, onlyS(5n), false,
    ]),
  ];
  return cases.map(([name, A, M, signature, valid]) => ({
    name,
    key: point(A),
    message: String(F.toObject(M)),
    r8: point(signature.R8),
    s: String(signature.S),
    valid,
    circomlibjs: eddsa.verifyPoseidon(M, signature, A),
  }));
}

const keys = Object.entries(SECRETS).map(([name, secret]) => ({
  name,
  secret: secret.toString("hex"),
  key: point(eddsa.prv2pub(secret)),
  signatures: Object.values(MESSAGES).map((message) => {
    const { R8, S } = eddsa.signPoseidon(secret, F.e(message));
    return { message: String(message), r8: point(R8), s: String(S) };
  }),
}));

const SCALARS = [0n, 1n, 2n, 8n, babyJub.subOrder - 1n, babyJub.subOrder, babyJub.order - 1n, number("scalar")];
const multiples = SCALARS.map((scalar) => ({
  scalar: String(scalar),
  point: point(babyJub.mulPointEscalar(babyJub.Generator, scalar)),
}));

const pinned = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).devDependencies;
const text = JSON.stringify(
  { source: `circomlibjs ${pinned.circomlibjs}`, hashes, multiples, keys, edges: edges() },
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
