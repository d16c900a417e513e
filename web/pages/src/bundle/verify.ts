/** Verification of a bundle as `zkmargin verify` does it: everything is compared, or listed as not compared. */

import { parseStrictJson } from "@zkmargin/wallet";

import { domainText } from "./ethereum.js";
import { type Expected, readExpected } from "./expected.js";
import { Field } from "./field.js";
import { readSigners, readStatement, readWord, type SnapshotMessage, type Statement, type Word } from "./statement.js";
import { amount, utc } from "./text.js";
import { readBundle } from "./zip.js";

/** What the WebAssembly module computes. Texts are those of the files. */
export interface Engine {
  /** @throws InputError if a text is malformed, or proofs for the key can be forged. */
  verify(key: string, signals: string, proof: string): { valid: boolean; fingerprint: string };
  /** The summary of a snapshot whose rows hash to its root. @throws InputError otherwise. */
  snapshot(text: string): Summary;
}

/** What the module says of a snapshot. */
export interface Summary {
  root: string;
  paramsHash: string;
  timestamp: string;
  quote: string;
  model: string;
  initialBps: string;
  rows: number;
}

/** The result of one comparison: it holds, fails, or was not made. */
export interface Check {
  result: "holds" | "fails" | "open";
  title: string;
  text: string;
}

/** What a page shows of a bundle. */
export interface Report {
  /** `open` if nothing fails, but the key was not compared: its maker could have forged the proof. */
  verdict: "valid" | "open" | "invalid";
  headline: string;
  checks: Check[];
  facts: [string, string][];
  notCompared: string[];
}

const LAST = 8_640_000_000_000n;

/** Verify a bundle. @throws InputError with file and key path, if a file or an expected value is malformed. */
export async function verifyBundle(
  engine: Engine,
  archive: Uint8Array,
  name: string,
  expected: Expected,
  now: number,
): Promise<Report> {
  const asked = readExpected(expected);
  const files = await readBundle(archive, name);
  const parsed = (file: string): Field => {
    return new Field(parseStrictJson(files.get(file)!, `${name}: ${file}`, 1 << 20), `${name}: ${file}`);
  };
  const statement = readStatement(parsed("statement.json"));
  const checks: Check[] = [];
  const check = (title: string, holds: boolean, good: string, bad: string): void => {
    checks.push({ result: holds ? "holds" : "fails", title, text: holds ? good : bad });
  };
  const notCompared: string[] = [];
  const compare = (title: string, what: string, holds: boolean | undefined, bad: string): void => {
    if (holds === undefined) notCompared.push(what);
    else check(title, holds, "As you expect.", bad);
  };

  const signals = parsed("public.json")
    .items()
    .map((one) => one.integer(0n, 2n ** 256n - 1n));
  const same = signals.length === statement.signals.length && signals.every((one, i) => one === statement.signals[i]);
  check(
    "Files",
    same,
    "The statement says what the public signals say.",
    "The statement and the public signals differ.",
  );
  const [key, proof] = [files.get("verification_key.json")!, files.get("proof.json")!];
  const { valid, fingerprint } = engine.verify(key, files.get("public.json")!, proof);
  check("Proof", valid, "It holds for its public signals and the key in the bundle.", "It does not hold.");
  check(
    "Key in the bundle",
    fingerprint === statement.fingerprint,
    `Its fingerprint is ${fingerprint}, as the statement says.`,
    `Its fingerprint is ${fingerprint}; the statement names ${statement.fingerprint}.`,
  );
  if (asked.key === "") {
    const text = "Not compared. The maker of a key can forge proofs: ask somebody you trust for the fingerprint.";
    checks.push({ result: "open", title: "Key that you trust", text });
  } else {
    const bad = `The bundle has the key ${fingerprint}; you trust ${asked.key}.`;
    check("Key that you trust", asked.key === fingerprint, "The bundle has this key.", bad);
  }

  const text = files.get("snapshot.json")!;
  const summary = engine.snapshot(text);
  const root = BigInt(summary.root);
  check(
    "Snapshot",
    root === statement.snapshotRoot,
    "Its rows hash to the root in the proof.",
    "The proof is for another one.",
  );
  check(
    "Health",
    statement.healthy,
    "The proof shows that the account meets the requirement.",
    "The proof shows that the account does NOT meet the requirement.",
  );
  compare("Account", "account", equal(asked.commitment, statement.commitment), "The proof is for another account.");
  compare("Context", "context", equal(asked.context, statement.context), "The proof was made for another purpose.");
  compare("Snapshot root", "snapshot root", equal(asked.root, root), "The snapshot is another one.");
  const least = asked.requirement === "initial" ? BigInt(summary.initialBps) : asked.requirement;
  compare(
    "Requirement",
    "requirement",
    least === undefined ? undefined : statement.requirementBps >= least,
    `The proof is for ${statement.requirementBps} / 10000 of the maintenance margin; you expect ${least} / 10000.`,
  );
  if (statement.limits) notCompared.push("limits on Greeks");
  // Circuits with the same public signals differ in their keys only.
  notCompared.push("name of the circuit", "model and prices of the snapshot");

  const words = files.has("account-statement.json") ? readWord(parsed("account-statement.json")) : undefined;
  checks.push(...wordChecks(words, statement, asked.venue, now));
  if (asked.venue === undefined) notCompared.push("venue");
  if (words?.domain.chainId !== undefined)
    notCompared.push("revocations of the venue's statement, which its registry knows");
  const signed = files.has("snapshot.signatures.json")
    ? readSigners(parsed("snapshot.signatures.json"), messageOf(text, summary))
    : undefined;
  checks.push(...signerChecks(signed, asked.signers));
  if (asked.signers.length === 0) notCompared.push("signers of the snapshot");

  const failed = checks.some((one) => one.result === "fails");
  const open = asked.key === "";
  const verdict = failed ? "invalid" : open ? "open" : "valid";
  return {
    verdict,
    headline: headlineOf(verdict, statement),
    checks,
    facts: factsOf(statement, summary, words),
    notCompared,
  };
}

function headlineOf(verdict: Report["verdict"], statement: Statement): string {
  if (verdict === "valid") return "Valid, as far as it was compared";
  if (verdict === "open") return "Not verified yet: the key was not compared";
  return statement.healthy ? "NOT valid" : "NOT valid as a proof of health";
}

function equal(expected: bigint | undefined, found: bigint): boolean | undefined {
  return expected === undefined ? undefined : expected === found;
}

/** The venue's word for the account. */
function wordChecks(word: Word | undefined, statement: Statement, venue: string | undefined, now: number): Check[] {
  const title = "Word of the venue";
  if (word === undefined) {
    const text = "No venue vouches for the account: anybody can commit to an invented one.";
    return [{ result: venue === undefined ? "open" : "fails", title, text }];
  }
  const fails = (text: string): Check[] => [{ result: "fails", title, text }];
  if (!word.signed) return fails(`The statement of account is not signed by ${word.venue}.`);
  if (word.commitment !== statement.commitment) return fails("The statement of account is about another commitment.");
  if (BigInt(now) < word.issuedAt) return fails(`The statement of account is valid from ${time(word.issuedAt)} only.`);
  if (BigInt(now) > word.validUntil) return fails(`The statement of account expired at ${time(word.validUntil)}.`);
  const said = `${word.venue} vouches for the account until ${time(word.validUntil)}`;
  if (venue !== undefined && venue !== word.venue) return fails(`${said}; you expect ${venue}.`);
  if (venue !== undefined) return [{ result: "holds", title, text: `${said}.` }];
  const text = `${said}. Compare this address with the one at ${word.publishedAt}: anybody can sign with an own key.`;
  return [{ result: "open", title, text }];
}

function signerChecks(found: ReturnType<typeof readSigners> | undefined, wanted: readonly string[]): Check[] {
  const title = "Signers of the snapshot";
  if (found === undefined) {
    const text = "The bundle has no signatures of its snapshot: the prover may have chosen its prices.";
    return [{ result: wanted.length > 0 ? "fails" : "open", title, text }];
  }
  if (!found.matches) return [{ result: "fails", title, text: "The signatures are of another snapshot." }];
  const wrong = found.signers.find((one) => !one.signed);
  if (wrong) return [{ result: "fails", title, text: `Not a signature of this snapshot by ${wrong.address}.` }];
  const names = found.signers.map((one) => one.address);
  const missing = wanted.filter((one) => !names.includes(one));
  if (missing.length > 0) return [{ result: "fails", title, text: `Not signed by ${missing.join(", ")}.` }];
  const said = `Signed ${domainText(found.domain)} by ${names.join(", ") || "nobody"}`;
  if (wanted.length > 0) return [{ result: "holds", title, text: `${said}.` }];
  return [{ result: "open", title, text: `${said}. Anybody can sign: name the signers that you trust.` }];
}

/** What the bundle says, in plain words. */
function factsOf(statement: Statement, summary: Summary, word: Word | undefined): [string, string][] {
  const { purpose, limits, disclosed } = statement;
  const bps = statement.requirementBps;
  const named =
    bps === 10_000n
      ? "maintenance margin"
      : bps === BigInt(summary.initialBps)
        ? "initial margin"
        : `${bps} / 10000 of the maintenance margin`;
  const facts: [string, string][] = [
    ["Claim", `The account ${statement.healthy ? "meets" : "does not meet"} its ${named}.`],
    ["Account", `commitment ${statement.commitment}; at most ${statement.positions} positions`],
    [
      "Made for",
      purpose
        ? `contract ${purpose.consumer} on chain ${purpose.chainId}, action ${purpose.action}, ` +
          `until ${time(purpose.deadline)}`
        : `context ${statement.context}`,
    ],
    ["Snapshot", `of ${time(BigInt(summary.timestamp))}, ${summary.rows} instruments, root ${summary.root}`],
    ["Model", `${summary.model}, as the snapshot names it; in ${summary.quote}`],
    ["Circuit", `${statement.circuit}, as the bundle names it; key ${statement.fingerprint}`],
  ];
  if (limits) {
    const shown = (["delta", "gamma"] as const)
      .filter((name) => limits[name])
      .map((name) => `${name} at most ${limits[name]}`);
    facts.push(["Limits", `${shown.join(", ")} ${summary.quote} per underlying`]);
  }
  if (disclosed) {
    const [equity, requirement] = [amount(disclosed.equity, 12), amount(disclosed.requirement, 6)];
    facts.push(["Disclosed", `equity ${equity} ${summary.quote}, maintenance margin ${requirement} ${summary.quote}`]);
  }
  if (word) {
    facts.push(["Venue", `${word.venue}, published at ${word.publishedAt}; for use ${domainText(word.domain)}`]);
    facts.push(["Account at the venue", `${word.account}, holder ${word.holder}`]);
  }
  return facts;
}

/** The message that signers of a snapshot sign; the module has checked the file. */
function messageOf(text: string, summary: Summary): SnapshotMessage {
  const file = JSON.parse(text) as {
    collateral: { definition: { asset: string } }[];
    underlyings: { price: string }[];
  };
  return {
    root: BigInt(summary.root),
    timestamp: BigInt(summary.timestamp),
    paramsHash: BigInt(summary.paramsHash),
    collateral: file.collateral.map((one) => one.definition.asset),
    indexPrices: file.underlyings.map(({ price }) => {
      const [whole, part = ""] = price.split(".");
      return BigInt(whole! + part.slice(0, 6).padEnd(6, "0"));
    }),
  };
}

function time(seconds: bigint): string {
  return seconds > LAST / 1000n ? `${seconds} s after 1970` : utc(Number(seconds));
}
