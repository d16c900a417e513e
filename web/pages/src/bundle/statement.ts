/** Readers of a proof's `statement.json`, a venue's statement of account, and a snapshot's signatures (docs/formats). */

import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";

import circuits from "../../../../circuits/instances.json" with { type: "json" };
import {
  checksummed,
  type Domain,
  keccak,
  number,
  readAddress,
  readDomain,
  readSignature,
  signerOf,
  structHash,
  textHash,
  typedDigest,
  word,
} from "./ethereum.js";
import { type Field } from "./field.js";

/** The order of BN254's scalar field. */
export const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

const WIDEST = 2n ** 256n - 1n;
const FINGERPRINT = /^[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){3}$/;
const HASH = /^0x[0-9a-f]{64}$/;
const LIMIT = /^(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,6}0{0,12})?$/;
const NAMES = circuits.public as readonly string[];

/** The purpose of a proof on a chain. */
export interface Context {
  chainId: bigint;
  consumer: string;
  action: string;
  deadline: bigint;
}

/** What a proof states. */
export interface Statement {
  circuit: string;
  positions: number;
  fingerprint: string;
  healthy: boolean;
  commitment: bigint;
  snapshotRoot: bigint;
  requirementBps: bigint;
  context: bigint;
  purpose: Context | undefined;
  limits: { delta?: string; gamma?: string } | undefined;
  disclosed: { equity: bigint; requirement: bigint } | undefined;
  /** All public signals, in the circuit's order. */
  signals: readonly bigint[];
}

/** Read the object of a `statement.json`; it must agree with itself. */
export function readStatement(field: Field): Statement {
  const members = field.members(["format", "instance", "key", "signals"], ["context", "limits", "disclosed"]);
  members.format.constant("zkmargin-proof/2");
  const circuit = members.instance.text();
  const found = Object.entries(circuits.instances).find(([name]) => name === circuit);
  const shape = found?.[1] ?? members.instance.refuse("no such circuit");
  const fingerprint = members.key.text(FINGERPRINT, "a fingerprint such as k7f3-9xq2-mh4d-w8tz");
  const values = members.signals.members(NAMES);
  const [healthy, commitment, snapshotRoot, requirementBps, context] = NAMES.map((name) =>
    values[name]!.integer(0n, WIDEST),
  ) as [bigint, bigint, bigint, bigint, bigint];
  if (healthy > 1n) values.healthy!.refuse("must be 0 or 1");
  for (const [key, expected] of [
    ["limits", shape.limited],
    ["disclosed", shape.disclosed],
  ] as const) {
    if (expected && !members[key]) field.refuse(`${key}: missing: the circuit has them`);
    if (!expected && members[key]) members[key].refuse("unexpected: the circuit has none");
  }
  const limits = members.limits && readLimits(members.limits);
  const disclosed = members.disclosed && readDisclosed(members.disclosed);
  let signals: bigint[] = [healthy, commitment, snapshotRoot, requirementBps, context];
  if (limits) signals.push(...limits.bounds);
  if (disclosed) {
    const surplus = disclosed.equity * 10_000n - disclosed.requirement * requirementBps * 1_000_000n;
    if (surplus >= 0n !== (healthy === 1n)) values.healthy!.refuse("contradicts equity and requirement");
    const equity = ((disclosed.equity % FIELD) + FIELD) % FIELD;
    signals = [commitment, snapshotRoot, equity, disclosed.requirement, disclosed.opening, context, disclosed.z];
  }
  return {
    circuit,
    positions: shape.positions,
    fingerprint,
    healthy: healthy === 1n,
    commitment,
    snapshotRoot,
    requirementBps,
    context,
    purpose: members.context && readContext(members.context, commitment, context),
    limits: limits?.shown,
    disclosed,
    signals,
  };
}

function readContext(field: Field, commitment: bigint, signal: bigint): Context {
  const members = field.members(["chainId", "consumer", "accountCommitment", "action", "deadline"]);
  const [chainId, deadline] = [members.chainId.integer(0n, WIDEST), members.deadline.integer(0n, WIDEST)];
  const consumer = members.consumer.text(/^0x[0-9a-fA-F]{40}$/, "an address");
  const action = members.action.text(HASH, "0x and 64 hexadecimal digits in lower case");
  if (members.accountCommitment.integer(0n, FIELD - 1n) !== commitment) {
    field.refuse("its accountCommitment differs from signals.accountCommitment");
  }
  const words = [word(chainId), word(BigInt(consumer)), word(commitment), word(BigInt(action)), word(deadline)];
  if (number(keccak(concatBytes(...words))) % FIELD !== signal) field.refuse("does not hash to signals.context");
  return { chainId, consumer: checksummed(consumer), action, deadline };
}

function readLimits(field: Field) {
  const members = field.members([], ["delta", "gamma"]);
  if (!members.delta && !members.gamma) field.refuse("expected a limit on delta or gamma");
  const none = 2n ** 83n - 1n;
  const shown: { delta?: string; gamma?: string } = {};
  const bounds = (["delta", "gamma"] as const).map((name) => {
    const member = members[name];
    if (!member) return none;
    const text = (shown[name] = member.text(LIMIT, "a decimal number of 0 or more with at most 6 places"));
    const [whole, part = ""] = text.split(".");
    const micro = BigInt(whole! + part.slice(0, 6).padEnd(6, "0"));
    if (micro >= none) member.refuse("too large");
    return micro;
  });
  return { shown, bounds };
}

function readDisclosed(field: Field) {
  const members = field.members(["equity", "requirement", "opening", "z"]);
  const widest = 2n ** 132n - 1n;
  return {
    equity: members.equity.integer(-widest, widest),
    requirement: members.requirement.integer(0n, widest),
    opening: members.opening.integer(0n, FIELD - 1n),
    z: members.z.integer(0n, FIELD - 1n),
  };
}

/** A venue's word for an account, with the address that signed it. */
export interface Word {
  domain: Domain;
  account: string;
  holder: string;
  commitment: bigint;
  snapshotRoot: bigint;
  issuedAt: bigint;
  validUntil: bigint;
  publishedAt: string;
  venue: string;
  /** Whether the signature is the named venue's. */
  signed: boolean;
}

const STATEMENT =
  "AccountStatement(bytes32 account,address holder,uint256 commitment,uint256 snapshotRoot,uint64 issuedAt," +
  "uint64 validUntil,string source)";
const LABEL = /^[!-~](?:[ -~]{0,198}[!-~])?$/;
const LATEST = 2n ** 64n - 1n;

/** Read the object of an `account-statement.json`. */
export function readWord(field: Field): Word {
  const members = field.members(["format", "domain", "message", "signer", "signature"]);
  members.format.constant("zkmargin-account-statement/1");
  const domain = readDomain(members.domain);
  const message = members.message.members([
    "account",
    "holder",
    "commitment",
    "snapshotRoot",
    "issuedAt",
    "validUntil",
    "source",
  ]);
  const account = message.account.text(HASH, "0x and 64 hexadecimal digits in lower case");
  const holder = readAddress(message.holder);
  const [commitment, snapshotRoot] = [message.commitment, message.snapshotRoot].map((one) =>
    one.integer(0n, FIELD - 1n),
  );
  const [issuedAt, validUntil] = [message.issuedAt, message.validUntil].map((one) => one.integer(1n, LATEST));
  if (validUntil! < issuedAt!) message.validUntil.refuse("must not be before issuedAt");
  const publishedAt = message.source.text(LABEL, "1 to 200 printable characters");
  const venue = readAddress(members.signer);
  const digest = typedDigest(domain, STATEMENT, [
    hexToBytes(account.slice(2)),
    word(BigInt(holder)),
    ...[commitment!, snapshotRoot!, issuedAt!, validUntil!].map(word),
    textHash(publishedAt),
  ]);
  return {
    domain,
    account,
    holder,
    commitment: commitment!,
    snapshotRoot: snapshotRoot!,
    issuedAt: issuedAt!,
    validUntil: validUntil!,
    publishedAt,
    venue,
    signed: signerOf(digest, readSignature(members.signature)) === venue,
  };
}

/** What oracle signers say about a snapshot. */
export interface SnapshotMessage {
  root: bigint;
  timestamp: bigint;
  paramsHash: bigint;
  collateral: readonly string[];
  indexPrices: readonly bigint[];
}

/** A signer, the keys that it names, and whether its signatures are its own. */
export interface Signer {
  address: string;
  keys: readonly [string, string][];
  signed: boolean;
}

const SNAPSHOT =
  "RiskSnapshot(uint256 root,uint64 timestamp,uint256 paramsHash,bytes32 collateralHash,uint256[] indexPrices)";
const KEYS = "SnapshotKeys(uint256 root,CircuitKey[] keys)CircuitKey(string circuit,string fingerprint)";
const KEY = "CircuitKey(string circuit,string fingerprint)";

/** Read the object of a `snapshot.signatures.json` about a snapshot, and check each signature. */
export function readSigners(
  field: Field,
  expected: SnapshotMessage,
): { domain: Domain; matches: boolean; signers: Signer[] } {
  const members = field.members(["format", "domain", "message", "signatures"]);
  members.format.constant("zkmargin-signatures/2");
  const domain = readDomain(members.domain);
  const message = members.message.members(["root", "timestamp", "paramsHash", "collateralHash", "indexPrices"]);
  const stated = [
    message.root.integer(0n, FIELD - 1n),
    message.timestamp.integer(1n, LATEST),
    message.paramsHash.integer(0n, FIELD - 1n),
    BigInt(message.collateralHash.text(HASH, "0x and 64 hexadecimal digits in lower case")),
    ...message.indexPrices.items().map((one) => one.integer(0n, WIDEST)),
  ];
  const collateralHash = keccak(concatBytes(...expected.collateral.map(textHash)));
  const ours = [
    expected.root,
    expected.timestamp,
    expected.paramsHash,
    number(collateralHash),
    ...expected.indexPrices,
  ];
  const prices = keccak(concatBytes(...expected.indexPrices.map(word)));
  const about = typedDigest(domain, SNAPSHOT, [...ours.slice(0, 3).map(word), collateralHash, prices]);
  const signers = members.signatures.items().map((item) => {
    const one = item.members(["signer", "signature"], ["keys"]);
    const address = readAddress(one.signer);
    let signed = signerOf(about, readSignature(one.signature)) === address;
    const keys: [string, string][] = [];
    if (one.keys) {
      const named = one.keys.members(["fingerprints", "signature"]);
      for (const [name, value] of named.fingerprints.entries()) {
        if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) value.refuse("expected the name of a circuit");
        keys.push([name, value.text(FINGERPRINT, "a fingerprint such as k7f3-9xq2-mh4d-w8tz")]);
      }
      if (keys.length === 0) named.fingerprints.refuse("must not be empty");
      keys.sort(([a], [b]) => (a < b ? -1 : 1));
      const hashes = keys.map((key) => structHash(KEY, key.map(textHash)));
      const digest = typedDigest(domain, KEYS, [word(expected.root), keccak(concatBytes(...hashes))]);
      signed &&= signerOf(digest, readSignature(named.signature)) === address;
    }
    return { address, keys, signed };
  });
  const numbers = signers.map((one) => BigInt(one.address));
  if (numbers.some((one, place) => place > 0 && numbers[place - 1]! >= one)) {
    members.signatures.refuse("signers must ascend");
  }
  return { domain, matches: stated.length === ours.length && stated.every((one, i) => one === ours[i]), signers };
}
