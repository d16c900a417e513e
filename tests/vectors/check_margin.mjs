// Works out every answer of margin.json anew, from its inputs alone, with circomlibjs's Poseidon and none of our code.
//
//   node tests/vectors/check_margin.mjs           exit 1 and name what differs
//
// The rules are those of docs/statement.md, written a second time.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { buildPoseidonReference } from "circomlibjs";

const reference = await buildPoseidonReference();
const r = reference.F.p;
const poseidon = (inputs) => reference.F.toObject(reference(inputs));

const mod = (x) => ((x % r) + r) % r;
const sum = (values) => values.reduce((total, value) => total + value, 0n);
const largest = (values) => values.reduce((most, value) => (value > most ? value : most));
const groups = (values, size) =>
  Array.from({ length: values.length / size }, (_, i) => values.slice(size * i, size * (i + 1)));

// Numbers are decimal strings everywhere but in names.
const integers = (value) => {
  if (typeof value === "string") return /^-?\d+$/.test(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(integers);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, integers(item)]));
};

const packed = (slots) => groups(slots, 3).map((group) => mod(sum(group.map((slot, j) => slot << BigInt(84 * j)))));
const leaf = (row) => poseidon([...packed(row.slots), row.shortFloor, row.addOn]);

function tableRoot(rows) {
  let nodes = new Map(rows.map((row) => [Number(row.instrument), leaf(row)]));
  let empty = 0n;
  for (let level = 0; level < 5; level++) {
    const parents = new Set([...nodes.keys()].map((position) => position >> 3));
    const children = (parent) => Array.from({ length: 8 }, (_, i) => nodes.get(8 * parent + i) ?? empty);
    nodes = new Map([...parents].map((parent) => [parent, poseidon(children(parent))]));
    empty = poseidon(Array(8).fill(empty));
  }
  return nodes.get(0) ?? empty;
}

function chunks(positions) {
  const list = [...positions, ...Array(140 - positions.length).fill({ instrument: 0n, lots: 0n })];
  const digits = list.map(({ instrument, lots }) => instrument + ((lots + (1n << 31n)) << 15n));
  const elements = groups(digits, 5).map((five) => sum(five.map((digit, j) => digit << BigInt(47 * j))));
  return groups(elements, 4).map(poseidon);
}

function ordersHash(orders) {
  const digits = orders.map(({ sequence, filled }) => sequence + (filled << 40n));
  return poseidon(groups(digits, 3).map((three) => sum(three.map((digit, j) => digit << BigInt(72 * j)))));
}

function commitment({ owner, number, key, viewKey, nonce, cash, amounts, positions, orders }) {
  const held = [mod(cash), poseidon(amounts), ordersHash(orders), ...chunks(positions)];
  return poseidon([owner, number, ...key, viewKey, nonce, ...held]);
}

function laneOf(underlying, positions, rows) {
  const held = positions.filter(({ instrument, lots }) => lots !== 0n && instrument >> 12n === underlying);
  const row = ({ instrument }) => rows.find((candidate) => candidate.instrument === instrument);
  const totals = Array.from({ length: 18 }, (_, s) => sum(held.map((p) => p.lots * row(p).slots[s])));
  const size = (lots) => (lots < 0n ? -lots : lots);
  const scan = largest([0n, ...totals.slice(0, 16).map((total) => -total)]);
  const floor = sum(held.map((p) => (p.lots < 0n ? -p.lots : 0n) * row(p).shortFloor));
  const addOn = sum(held.map((p) => size(p.lots) * row(p).addOn));
  return { underlying, totals, scan, floor, risk: largest([scan, floor]), addOn };
}

function marginOf({ snapshot, account, margin }) {
  const underlyings = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n];
  const used = underlyings.filter((u) => account.positions.some(({ instrument, lots }) => lots !== 0n && instrument >> 12n === u));
  const lanes = used.map((underlying) => laneOf(underlying, account.positions, snapshot.rows));
  const requirement = sum(lanes.map((lane) => lane.risk + lane.addOn));
  const collateral = sum(account.amounts.map((amount, i) => amount * snapshot.prices[i]));
  const equity = (account.cash + sum(lanes.map((lane) => lane.totals[16]))) * 1000000n + collateral;
  const healthy = margin.healthy.map(({ requirementBps }) => ({
    requirementBps,
    healthy: 10000n * equity >= requirementBps * requirement * 1000000n ? 1n : 0n,
  }));
  return { lanes, requirement, equity, healthy };
}

function snapshotOf({ rows, prices, paramsHash, timestamp }) {
  const root = tableRoot(rows);
  return {
    rows: rows.map((row) => ({ ...row, packed: packed(row.slots), leaf: leaf(row) })),
    tableRoot: root,
    snapshotRoot: poseidon([root, poseidon(prices), paramsHash, timestamp]),
  };
}

const { emptyChunk, emptyOrders, cases } = integers(JSON.parse(readFileSync(new URL("margin.json", import.meta.url), "utf8")));
const wrong = emptyChunk === chunks([])[0] ? [] : ["emptyChunk"];
if (emptyOrders !== ordersHash(Array(24).fill({ sequence: 0n, filled: 0n }))) wrong.push("emptyOrders");
for (const vector of cases) {
  const { snapshot, account, margin } = vector;
  const again = {
    snapshot: { ...snapshot, ...snapshotOf(snapshot) },
    account: {
      ...account,
      chunks: chunks(account.positions),
      ordersHash: ordersHash(account.orders),
      commitment: commitment(account),
    },
    margin: marginOf(vector),
  };
  for (const [part, given] of Object.entries({ snapshot, account, margin })) {
    if (!isDeepStrictEqual(given, again[part])) wrong.push(`${vector.name}: ${part}`);
  }
}
if (wrong.length) console.error(`margin.json differs from what circomlibjs and the rules say:\n${wrong.join("\n")}`);
// circomlibjs leaves worker threads running, so the process would not end by itself.
process.exit(wrong.length ? 1 : 0);
