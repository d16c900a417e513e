/** Proofs in a worker, which can be cancelled. */

import { loadModule } from "./core.js";
import { errorOf, InputError, InternalError } from "./errors.js";
import type { Groth16Proof, VerificationKeyFile } from "./groth16.js";
import { type Loaded, type Progress, type Proven, type Request, type WorkerLike } from "./job.js";
import type { PackSource, Shape } from "./pack.js";
import { platform } from "./platform.js";
import type { Claim, Snapshot } from "./snapshot.js";
import type { Signals } from "./witness.js";

/** Options of a call that takes time. */
export interface Options {
  /** Ends the work; the call then throws the signal's reason. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** The files of a proof (docs/formats/proof.md), which are public. */
export interface MarginProof {
  /** proof.json */
  proof: Groth16Proof;
  /** public.json */
  publicSignals: string[];
  /** verification_key.json */
  verificationKey: VerificationKeyFile;
  /** statement.json */
  statement: object;
}

/** The public signals of margin circuits. */
const SIGNALS = ["healthy", "accountCommitment", "snapshotRoot", "requirementBps", "context"];

/** A circuit in a worker of its own. Proofs are made one after the other. */
export class Prover {
  readonly #source: PackSource;
  #worker: WorkerLike | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Ends the call that a worker answers now. */
  #fail: ((reason: unknown) => void) | undefined;

  private constructor(source: PackSource) {
    this.#source = source;
  }

  /** The name of the circuit, its size and kind, and the key for which its proofs are. */
  declare readonly circuit: string;
  declare readonly shape: Shape | null;
  declare readonly verificationKey: VerificationKeyFile;
  /** The key's fingerprint. */
  declare readonly fingerprint: string;

  /**
   * Loads a circuit pack.
   *
   * @throws InputError if it is out of reach, damaged, or not the pinned one.
   */
  static async load(source: PackSource, options: Options = {}): Promise<Prover> {
    const prover = new Prover(source);
    const { circuit, shape, verificationKey, fingerprint } = await prover.#start(options);
    return Object.assign(prover, { circuit, shape, verificationKey, fingerprint });
  }

  /**
   * Proves, and verifies the proof.
   *
   * @throws InputError if an input is unknown, missing or malformed.
   * @throws StatementError if the inputs do not satisfy the circuit.
   */
  async prove(signals: Signals, options: Options = {}): Promise<Proven> {
    const turn = this.#turn.then(async () => {
      options.signal?.throwIfAborted();
      if (this.#worker === undefined) await this.#start(options);
      return (await this.#ask({ do: "prove", signals }, options)) as Proven;
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * Proves a claim about an account, valued with a snapshot of this thread's core.
   *
   * @throws InputError if the account is malformed, or does not fit the circuit.
   * @throws StatementError if the account does not meet the claim.
   */
  async proveClaim(snapshot: Snapshot, claim: Claim, options: Options = {}): Promise<MarginProof> {
    if (this.shape === null) throw new InputError("not a margin circuit", { source: this.circuit });
    const { signals, public: expected } = snapshot.circuitInputs(claim, this.shape);
    const { proof, publicSignals } = await this.prove(signals, options);
    if (publicSignals.join() !== expected.join()) throw new InternalError("the proof is of other public signals");
    const named = Object.fromEntries(SIGNALS.map((name, index) => [name, publicSignals[index]]));
    const statement = {
      format: "zkmargin-proof/2",
      instance: this.circuit,
      key: this.fingerprint,
      signals: named,
      ...(claim.limits && { limits: claim.limits }),
    };
    return { proof, publicSignals, verificationKey: this.verificationKey, statement };
  }

  /** Ends the worker, which frees the memory of key and witness. */
  close(): void {
    this.#closed = true;
    this.#fail?.(new InternalError("the prover is closed"));
    this.#stop();
  }

  async #start(options: Options): Promise<Loaded> {
    if (this.#closed) throw new InternalError("the prover is closed");
    const [module, { startWorker }] = await Promise.all([loadModule(), platform()]);
    options.signal?.throwIfAborted();
    this.#worker = startWorker();
    return (await this.#ask({ do: "load", source: this.#source, module }, options)) as Loaded;
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** Sends a request. A worker that fails to load or is cancelled ends; the next proof starts another one. */
  #ask(request: Request, { signal, onProgress }: Options): Promise<unknown> {
    const worker = this.#worker;
    if (worker === undefined) throw new InternalError("the prover is closed");
    return new Promise((resolve, reject) => {
      const cancel = () => fail(signal?.reason);
      const fail = (reason: unknown, stop = true) => {
        this.#fail = undefined;
        signal?.removeEventListener("abort", cancel);
        if (stop) this.#stop();
        reject(reason);
      };
      this.#fail = fail;
      signal?.addEventListener("abort", cancel);
      worker.listen(
        (answer) => {
          if (answer.is === "progress") onProgress?.(answer.progress);
          else if (answer.is === "error") {
            fail(errorOf(answer.error), request.do === "load" || answer.error.kind === "internal");
          } else {
            this.#fail = undefined;
            signal?.removeEventListener("abort", cancel);
            resolve(answer.result);
          }
        },
        (reason) => fail(new InternalError(`the worker failed: ${reason}`)),
      );
      worker.post(request);
    });
  }
}
