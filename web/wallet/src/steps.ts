/** What a holder does on a chain: margin proofs for contracts, statements of account, and steps of an account. */

import { type Address, decodeEventLog, type Hex, keccak256, type TransactionReceipt, toBytes } from "viem";

import { collateralVaultAbi } from "./abi/collateralVault.js";
import { houseAbi } from "./abi/house.js";
import { marginVerifierAbi } from "./abi/marginVerifier.js";
import { statementRegistryAbi } from "./abi/statementRegistry.js";
import { type Connection, PROOF_GAS, type ProofPoints, proofPoints, word } from "./chain.js";
import { ChainError, InputError } from "./errors.js";

/** What a contract asks of a margin proof (docs/verifier.md). */
export interface Claim {
  accountCommitment: bigint;
  /** 32 bytes; `actionOf` makes them of a label. */
  action: Hex;
  /** The last second of validity, Unix time. */
  deadline: bigint;
  requirementBps: bigint;
  /** The greatest age of the snapshot, in seconds. */
  maxAge: bigint;
}

/** Return the action that a label such as "withdraw" denotes. */
export function actionOf(label: string): Hex {
  return keccak256(toBytes(label));
}

/** Margin proofs, as a contract that relies on them consumes them. */
export class MarginVerifier {
  readonly connection: Connection;
  readonly address: Address;

  constructor(connection: Connection, address: Address) {
    this.connection = connection;
    this.address = address;
  }

  /** The context to prove for: of this claim, this chain and the connection's account. */
  async context(claim: Claim): Promise<bigint> {
    const args = [this.connection.account, claimOf(claim)] as const;
    return (await this.connection.read(this.address, marginVerifierAbi, "contextOf", args)) as bigint;
  }

  /** Check a proof of health without a transaction. @throws ChainError with the contract's reason. */
  async check(claim: Claim, circuit: bigint, proof: unknown, signals: readonly string[]): Promise<void> {
    const args = [claimOf(claim), proofOf(circuit, proof, signals)] as const;
    await this.connection.read(this.address, marginVerifierAbi, "checkHealth", args);
  }

  /** Consume a proof of health, which succeeds only once. */
  async consume(
    claim: Claim,
    circuit: bigint,
    proof: unknown,
    signals: readonly string[],
  ): Promise<TransactionReceipt> {
    const args = [claimOf(claim), proofOf(circuit, proof, signals)] as const;
    return await this.connection.send(this.address, marginVerifierAbi, "consumeHealth", args, PROOF_GAS);
  }
}

/** A signed statement of account: the object of `account-statement.json`. */
export interface SignedStatement {
  domain: { chainId?: string; verifyingContract?: string };
  message: {
    account: Hex;
    holder: Address;
    commitment: string;
    snapshotRoot: string;
    issuedAt: string;
    validUntil: string;
    source: string;
  };
  signer: Address;
  signature: Hex;
}

/** Statements of account on a chain (docs/formats/account-statement.md). */
export class StatementRegistry {
  readonly connection: Connection;
  readonly address: Address;

  constructor(connection: Connection, address: Address) {
    this.connection = connection;
    this.address = address;
  }

  /** Require that a statement is valid now. @throws ChainError with the registry's reason. */
  async check(signed: SignedStatement): Promise<void> {
    await this.connection.read(this.address, statementRegistryAbi, "check", this.arguments(signed));
  }

  /** Pledge an account to a lender, as the statement's holder. Only the lender can release it. */
  async pledge(signed: SignedStatement, lender: Address): Promise<TransactionReceipt> {
    const args = [...this.arguments(signed), lender] as const;
    return await this.connection.send(this.address, statementRegistryAbi, "pledge", args);
  }

  private arguments(signed: SignedStatement) {
    const { domain, message } = signed;
    const here = Number(domain.chainId) === this.connection.chainId;
    if (!here || domain.verifyingContract?.toLowerCase() !== this.address.toLowerCase()) {
      throw new InputError("for another chain or registry", { source: "statement of account", key: "domain" });
    }
    const statement = {
      account: message.account,
      holder: message.holder,
      commitment: word(BigInt(message.commitment)),
      snapshotRoot: word(BigInt(message.snapshotRoot)),
      issuedAt: BigInt(message.issuedAt),
      validUntil: BigInt(message.validUntil),
      source: keccak256(toBytes(message.source)),
    };
    return [signed.signer, statement, signed.signature] as const;
  }
}

/** A BabyJubJub point. */
export type Point = readonly [bigint, bigint];

/** A view key, sealed to the venue's BabyJubJub key; `@zkmargin/core` seals it. */
export interface SealedViewKey {
  sealed: bigint;
  ephemeral: Point;
}

/** The steps of an account's owner in a house (docs/protocol.md). Store a new opening before the step that needs it. */
export class House {
  readonly connection: Connection;
  readonly address: Address;

  constructor(connection: Connection, address: Address) {
    this.connection = connection;
    this.address = address;
  }

  /** Get the next account number for the connection's account. */
  async register(): Promise<bigint> {
    const receipt = await this.connection.send(this.address, houseAbi, "register", []);
    for (const log of receipt.logs) {
      if (log.address.toLowerCase() !== this.address.toLowerCase()) continue;
      const event = decodeEventLog({ abi: houseAbi, data: log.data, topics: log.topics, strict: false });
      if (event.eventName === "Registered" && event.args.account !== undefined) return event.args.account;
    }
    throw new ChainError("register: the receipt has no event Registered");
  }

  /** The key that view keys are sealed to. Compare it with the deployment's: a node could name a key of its own. */
  async venueKey(): Promise<Point> {
    return (await this.connection.read(this.address, houseAbi, "venueKey", [])) as Point;
  }

  /** The context of an owner's proof: `receiver` is that of a withdrawal, otherwise the owner. */
  async context(name: "open" | "withdraw" | "takeOver", account: bigint, receiver: Address): Promise<bigint> {
    return (await this.connection.read(this.address, houseAbi, "contextOf", [name, account, receiver])) as bigint;
  }

  /** Open a registered account by a proof of the circuit `open`; its first signal is the commitment. */
  async open(
    account: bigint,
    proof: unknown,
    signals: readonly string[],
    key: Point,
    viewKey: SealedViewKey,
  ): Promise<TransactionReceipt> {
    const step = { commitment: BigInt(signals[0]!), proof: proofPoints(proof) };
    const args = [account, step, key, { sealed_: viewKey.sealed, ephemeral: viewKey.ephemeral }] as const;
    return await this.connection.send(this.address, houseAbi, "open", args, PROOF_GAS);
  }

  /** Deposit funds that the vault may take; they wait for the venue's credit. */
  async deposit(account: bigint, asset: bigint, amount: bigint): Promise<TransactionReceipt> {
    return await this.connection.send(this.address, houseAbi, "deposit", [account, asset, amount]);
  }

  /** Give notice that waiting funds leave. */
  async announceRefund(account: bigint, asset: bigint, amount: bigint): Promise<TransactionReceipt> {
    return await this.connection.send(this.address, houseAbi, "announceRefund", [account, asset, amount]);
  }

  /** Take back waiting funds after the notice. */
  async refund(account: bigint, asset: bigint, amount: bigint, to: Address): Promise<TransactionReceipt> {
    return await this.connection.send(this.address, houseAbi, "refund", [account, asset, amount, to]);
  }

  /** Leave the bond that fills need. */
  async postBond(account: bigint): Promise<TransactionReceipt> {
    return await this.connection.send(this.address, houseAbi, "postBond", [account]);
  }

  /** Ask the venue for another trading key; `value` is Poseidon of its coordinates. */
  async requestKey(account: bigint, key: Point, value: bigint): Promise<TransactionReceipt> {
    return await this.connection.send(this.address, houseAbi, "requestKey", [account, key, value]);
  }

  /** Give notice of a withdrawal. */
  async announceWithdrawal(account: bigint): Promise<TransactionReceipt> {
    return await this.connection.send(this.address, houseAbi, "announceWithdrawal", [account]);
  }
}

/** Take a payment that a token refused before. */
export async function claimPayment(connection: Connection, vault: Address, asset: bigint, to: Address): Promise<void> {
  await connection.send(vault, collateralVaultAbi, "claim", [asset, to]);
}

function claimOf(claim: Claim) {
  return { ...claim, accountCommitment: word(claim.accountCommitment) };
}

function proofOf(circuit: bigint, proof: unknown, signals: readonly string[]) {
  if (signals.length !== 5)
    throw new InputError(`expected 5 public signals, got ${signals.length}`, { source: "public.json" });
  const [healthy, commitment, root, requirement, context] = signals.map(BigInt);
  const points: ProofPoints = proofPoints(proof);
  return {
    circuit,
    ...points,
    signals: [healthy!, commitment!, root!, requirement!, context!] as const,
  };
}
