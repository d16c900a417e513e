/** Contract calls through an Ethereum wallet (EIP-1193). Each is simulated first, so that a refusal has a name. */

import {
  type Abi,
  type Address,
  BaseError,
  type ContractFunctionArgs,
  type ContractFunctionName,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  custom,
  type EIP1193Provider,
  getAddress,
  type Hash,
  type PublicClient,
  type TransactionReceipt,
  UserRejectedRequestError,
  type WalletClient,
} from "viem";

import { ChainError, InputError } from "./errors.js";

/**
 * The gas limit of transactions that verify a proof. It is fixed: the verifier returns false when gas runs short, so a
 * wallet's estimate settles on a path that fails.
 */
export const PROOF_GAS = 3_000_000n;

/** A wallet and one of its accounts, on one chain. */
export class Connection {
  readonly account: Address;
  readonly chainId: number;
  private readonly reader: PublicClient;
  private readonly writer: WalletClient;

  private constructor(provider: EIP1193Provider, account: Address, chainId: number) {
    const transport = custom(provider, { retryCount: 0 });
    this.account = account;
    this.chainId = chainId;
    this.reader = createPublicClient({ transport, pollingInterval: 1000 });
    this.writer = createWalletClient({ transport });
  }

  /**
   * Ask a wallet for an account.
   *
   * @param chainId The chain of your contracts; the wallet must be on it.
   * @throws ChainError if the wallet refuses, or is on another chain.
   */
  static async open(provider: EIP1193Provider, chainId: number): Promise<Connection> {
    const [accounts, present] = await named("connect", async () => [
      await provider.request({ method: "eth_requestAccounts" }),
      await provider.request({ method: "eth_chainId" }),
    ]);
    const account = (accounts as Address[])[0];
    if (account === undefined) throw new ChainError("connect: the wallet offers no account");
    const connection = new Connection(provider, getAddress(account), chainId);
    connection.requireChain(present as string);
    return connection;
  }

  /** Call a function without a transaction. @throws ChainError with the contract's error. */
  async read<const A extends Abi, N extends ContractFunctionName<A, "view" | "pure">>(
    address: Address,
    abi: A,
    functionName: N,
    args: ContractFunctionArgs<A, "view" | "pure", N>,
  ): Promise<unknown> {
    const call = { account: this.account, address: getAddress(address), abi, functionName, args };
    return await named(functionName, () => this.reader.readContract(call as never));
  }

  /**
   * Send a transaction and wait until it is in the chain.
   *
   * @param gas The limit; the wallet estimates it if left out. Use `PROOF_GAS` where a proof is verified.
   * @throws ChainError if the contract or the wallet refuses, or the wallet has changed to another chain.
   */
  async send<const A extends Abi, N extends ContractFunctionName<A, "nonpayable">>(
    address: Address,
    abi: A,
    functionName: N,
    args: ContractFunctionArgs<A, "nonpayable", N>,
    gas?: bigint,
  ): Promise<TransactionReceipt> {
    const limit = gas === undefined ? {} : { gas };
    const call = { account: this.account, address: getAddress(address), abi, functionName, args, ...limit };
    const hash = await named(functionName, async () => {
      this.requireChain(await this.writer.request({ method: "eth_chainId" }));
      await this.reader.simulateContract(call as never);
      return (await this.writer.writeContract({ ...call, chain: null } as never)) as Hash;
    });
    const receipt = await named(functionName, () => this.reader.waitForTransactionReceipt({ hash }));
    if (receipt.status !== "success") throw new ChainError(`${functionName}: the transaction ${hash} failed`);
    return receipt;
  }

  private requireChain(present: string): void {
    if (Number(present) !== this.chainId) {
      throw new ChainError(`connect: the wallet is on chain ${Number(present)}, expected chain ${this.chainId}`);
    }
  }
}

/** The three points of a proof as contracts take them. */
export interface ProofPoints {
  a: readonly [bigint, bigint];
  b: readonly [readonly [bigint, bigint], readonly [bigint, bigint]];
  c: readonly [bigint, bigint];
}

const BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const DECIMAL = /^(?:0|[1-9][0-9]{0,76})$/;

/**
 * Return the points of a `proof.json` as contracts take them: the coordinates of B in Fq2 change places, because the
 * precompiled pairing reads the imaginary part first.
 *
 * @throws InputError with the key path, if it is malformed.
 */
export function proofPoints(proof: unknown, source = "proof.json"): ProofPoints {
  const members = proof as { pi_a?: unknown; pi_b?: unknown; pi_c?: unknown } | null;
  const pair = (value: unknown, key: string): readonly [bigint, bigint] => {
    const [x, y] = [0, 1].map((place) => {
      const text = Array.isArray(value) ? (value[place] as unknown) : undefined;
      const number = typeof text === "string" && DECIMAL.test(text) ? BigInt(text) : BASE_FIELD;
      if (number >= BASE_FIELD)
        throw new InputError("expected a coordinate as a decimal string", { source, key: `${key}[${place}]` });
      return number;
    });
    return [x!, y!];
  };
  const b = Array.isArray(members?.pi_b) ? (members.pi_b as unknown[]) : [];
  const [[x0, x1], [y0, y1]] = [pair(b[0], "pi_b[0]"), pair(b[1], "pi_b[1]")];
  return {
    a: pair(members?.pi_a, "pi_a"),
    b: [
      [x1, x0],
      [y1, y0],
    ],
    c: pair(members?.pi_c, "pi_c"),
  };
}

/** Return a number as the 32 bytes of a `bytes32`. */
export function word(value: bigint): `0x${string}` {
  if (value < 0n || value >> 256n) throw new InputError("does not fit in 256 bits", { source: "word" });
  return `0x${value.toString(16).padStart(64, "0")}`;
}

/** Run a call, and give its error the name of the function and of the contract's error. */
async function named<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ChainError) throw error;
    throw new ChainError(`${what}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  if ((error as { code?: unknown } | null)?.code === 4001) return "refused in the wallet";
  if (!(error instanceof BaseError)) return error instanceof Error ? error.message : "the wallet failed";
  if (error.walk((one) => one instanceof UserRejectedRequestError)) return "refused in the wallet";
  const reverted = error.walk((one) => one instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError && reverted.data) {
    return `${reverted.data.errorName}(${(reverted.data.args ?? []).map(String).join(", ")})`;
  }
  return error.shortMessage;
}
