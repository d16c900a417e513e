/** The work of a worker: it loads one circuit pack, and proves. */

import { type Place } from "./border.js";
import { Core } from "./core.js";
import { dataOf, type ErrorData, InputError, InternalError } from "./errors.js";
import { type Groth16Proof, keyFromLines, proofFromLines, type VerificationKeyFile } from "./groth16.js";
import { type PackSource, readPack, type Shape } from "./pack.js";
import { calculateWitness, type Signals } from "./witness.js";

/** A worker of either platform. */
export interface WorkerLike {
  post(message: Request): void;
  listen(onMessage: (message: Answer) => void, onError: (reason: string) => void): void;
  terminate(): void;
}

/** What a prover is doing. `download` counts bytes, the others steps. */
export interface Progress {
  stage: "download" | "witness" | "proof";
  done: number;
  total: number;
}

export type Request = { do: "load"; source: PackSource; module: WebAssembly.Module } | { do: "prove"; signals: Signals };

export type Answer =
  | { is: "progress"; progress: Progress }
  | { is: "result"; result: unknown }
  | { is: "error"; error: ErrorData };

/** What a worker answers after it has loaded a pack. */
export interface Loaded {
  circuit: string;
  shape: Shape | null;
  verificationKey: VerificationKeyFile;
  fingerprint: string;
  /** The size of the core's memory in bytes. */
  memory: number;
}

/** A proof, and what it cost. */
export interface Proven {
  proof: Groth16Proof;
  publicSignals: string[];
  memory: number;
}

/** One circuit in one core. */
export class Job {
  readonly #core: Core;
  #prover: Place | undefined;
  #calculator: WebAssembly.Module | undefined;

  constructor(module: WebAssembly.Module) {
    this.#core = new Core(module);
  }

  async load(source: PackSource, report: (progress: Progress) => void): Promise<Loaded> {
    const core = this.#core.instance;
    const code: Uint8Array[] = [];
    let loader: Place | undefined;
    const head = await readPack(
      source,
      (kind, bytes) => {
        if (kind === "calculator") code.push(bytes);
        else if (kind === "header") loader = core.object("loader_new", bytes);
        else if (loader === undefined) throw new InputError("a part before the header", { source: "circuit pack" });
        else core.call("loader_push", loader, kind, bytes);
      },
      (done, total) => report({ stage: "download", done, total }),
    );
    if (loader === undefined) throw new InputError("no header", { source: "circuit pack" });
    this.#prover = core.object("loader_finish", loader);
    this.#calculator = await WebAssembly.compile(await new Blob(code as BlobPart[]).arrayBuffer());
    const verificationKey = keyFromLines(core.text("prover_key", this.#prover).split("\n"));
    const checked = this.#core.verificationKey(verificationKey);
    const { fingerprint } = checked;
    checked.release();
    return { circuit: head.circuit, shape: head.shape, verificationKey, fingerprint, memory: core.size };
  }

  async prove(signals: Signals, report: (progress: Progress) => void): Promise<Proven> {
    if (this.#prover === undefined || this.#calculator === undefined) throw new InternalError("no circuit is loaded");
    report({ stage: "witness", done: 0, total: 1 });
    const witness = await calculateWitness(this.#calculator, signals);
    report({ stage: "proof", done: 0, total: 1 });
    try {
      const lines = this.#core.instance.text("prover_prove", this.#prover, witness).split("\n");
      report({ stage: "proof", done: 1, total: 1 });
      return { ...proofFromLines(lines), memory: this.#core.instance.size };
    } finally {
      witness.fill(0);
    }
  }
}

/** Serves requests, one after the other. */
export function serve(post: (answer: Answer) => void): (request: Request) => Promise<void> {
  let job: Job | undefined;
  const report = (progress: Progress) => post({ is: "progress", progress });
  return async (request) => {
    try {
      if (request.do === "load") {
        job = new Job(request.module);
        post({ is: "result", result: await job.load(request.source, report) });
      } else {
        if (job === undefined) throw new InternalError("no circuit is loaded");
        post({ is: "result", result: await job.prove(request.signals, report) });
      }
    } catch (error) {
      post({ is: "error", error: dataOf(error) });
    }
  };
}
