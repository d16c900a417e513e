/** Snapshots, and accounts valued with them. */

import { type Instance, type Place } from "./border.js";
import type { Shape } from "./pack.js";
import type { Signals } from "./witness.js";

/** A requirement: of maintenance or initial margin, or 1/10000 of maintenance margin as a decimal string. */
export type Requirement = "maintenance" | "initial" | (string & {});

/** A claim about an account. */
export interface Claim {
  /** The text of the account file. It is secret. */
  account: string;
  requirement: Requirement;
  /** A number below r, for which the proof is. */
  context: bigint;
  /** Limits on each underlying's net Greeks, in the quote currency, for circuits that have them. */
  limits?: { delta?: string; gamma?: string };
  /** Whether to make a proof of default if the account is not healthy. */
  allowUnhealthy?: boolean;
}

/** What a snapshot is. */
export interface SnapshotSummary {
  root: string;
  tableRoot: string;
  paramsHash: string;
  timestamp: number;
  quote: string;
  layout: string;
  rows: number;
}

/** A snapshot file that has been checked and hashed, in one core, which keeps it until `release`. */
export class Snapshot {
  readonly #instance: Instance;
  readonly #place: Place;

  /** @internal */
  constructor(instance: Instance, text: string) {
    this.#instance = instance;
    this.#place = instance.object("snapshot_open", text);
  }

  /** Root, time, quote currency and size. */
  get summary(): SnapshotSummary {
    return JSON.parse(this.#instance.text("snapshot_summary", this.#place)) as SnapshotSummary;
  }

  /** The commitment of an account, from the text of its file. */
  commitment(account: string): bigint {
    const answer = this.#ask("snapshot_commitment", { account }) as { commitment: string };
    return BigInt(answer.commitment);
  }

  /** The object of `zkmargin margin --json`, without the venue's own formula and the analysis. It is secret. */
  report(account: string, requirement: Requirement): Record<string, unknown> {
    return this.#ask("snapshot_report", { account, requirement }) as Record<string, unknown>;
  }

  /**
   * The inputs of a circuit for a claim, which are secret, and the public signals of its proof.
   *
   * @throws StatementError if the account does not meet the claim.
   */
  circuitInputs(claim: Claim, circuit: Shape): { signals: Signals; public: string[] } {
    const request = { ...claim, context: claim.context.toString(), circuit };
    return this.#ask("snapshot_inputs", request) as { signals: Signals; public: string[] };
  }

  /** Frees the snapshot's memory; nothing else may be called afterwards. */
  release(): void {
    this.#instance.free("snapshot_release", this.#place);
  }

  #ask(name: string, request: object): unknown {
    return JSON.parse(this.#instance.text(name, this.#place, JSON.stringify(request)));
  }
}
