/** Contract calls: calldata as Python encodes it, refusals by name, and the wallet's own refusals. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  actionOf,
  ChainError,
  Connection,
  House,
  InputError,
  MarginVerifier,
  proofPoints,
  StatementRegistry,
} from "@zkmargin/wallet";
import { encodeErrorResult, type EIP1193Provider, type Hex } from "viem";

import { marginVerifierAbi } from "../dist/abi/marginVerifier.js";
import { vector } from "./vectors.js";

const VECTOR = JSON.parse(vector("calldata.json")) as { proof: object; open: Hex; consumeHealth: Hex };
const ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const CONTRACT = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC";
const HASH: Hex = `0x${"12".repeat(32)}`;

/** A wallet that keeps the data of what it sends. */
class Wallet {
  chain = "0x7a69";
  sent: { data: Hex; gas?: Hex }[] = [];
  calls: Hex[] = [];
  answers: Record<string, () => unknown> = {};
  status = "0x1";

  provider(): EIP1193Provider {
    const request = async ({ method, params }: { method: string; params?: any }): Promise<unknown> => {
      const answer = this.answers[method];
      if (answer) return answer();
      if (method === "eth_requestAccounts") return [ACCOUNT.toLowerCase()];
      if (method === "eth_chainId") return this.chain;
      if (method === "eth_call") {
        this.calls.push(params[0].data);
        return "0x";
      }
      if (method === "eth_sendTransaction") {
        this.sent.push(params[0]);
        return HASH;
      }
      if (method === "eth_blockNumber") return "0x1";
      if (method === "eth_getTransactionByHash") return { hash: HASH, blockNumber: "0x1" };
      if (method === "eth_getTransactionReceipt") {
        return { transactionHash: HASH, blockNumber: "0x1", status: this.status, logs: [], gasUsed: "0x1" };
      }
      throw new Error(`unexpected ${method}`);
    };
    return { request, on: () => undefined, removeListener: () => undefined } as unknown as EIP1193Provider;
  }
}

const CLAIM = {
  accountCommitment: 12n,
  action: actionOf("withdraw"),
  deadline: 1_772_442_000n,
  requirementBps: 13_000n,
  maxAge: 600n,
};
const SIGNALS = ["1", "12", "14", "13000", "15"];

test("calldata is that of the Python clients", async () => {
  const wallet = new Wallet();
  const connection = await Connection.open(wallet.provider(), 31337);
  await new House(connection, CONTRACT).open(9n, VECTOR.proof, ["11"], [16n, 17n], {
    sealed: 18n,
    ephemeral: [19n, 20n],
  });
  await new MarginVerifier(connection, CONTRACT).consume(CLAIM, 2n, VECTOR.proof, SIGNALS);
  assert.deepEqual(
    wallet.sent.map((one) => one.data),
    [VECTOR.open, VECTOR.consumeHealth],
  );
  assert.deepEqual(wallet.calls, [VECTOR.open, VECTOR.consumeHealth]);
  // An estimate settles on the path where the verifier returns false.
  assert.deepEqual(
    wallet.sent.map((one) => Number(one.gas)),
    [3_000_000, 3_000_000],
  );
});

test("a contract's error has its name and values, and nothing is sent", async () => {
  const wallet = new Wallet();
  const connection = await Connection.open(wallet.provider(), 31337);
  const data = encodeErrorResult({ abi: marginVerifierAbi, errorName: "WrongContext", args: [15n, 16n] });
  wallet.answers.eth_call = () => {
    throw Object.assign(new Error("execution reverted"), { code: 3, data });
  };
  const verifier = new MarginVerifier(connection, CONTRACT);
  await assert.rejects(verifier.consume(CLAIM, 2n, VECTOR.proof, SIGNALS), (error) => {
    assert.ok(error instanceof ChainError);
    assert.equal(error.message, "consumeHealth: WrongContext(15, 16)");
    return true;
  });
  assert.deepEqual(wallet.sent, []);
});

test("a wallet on another chain, now or later, is refused", async () => {
  const wallet = new Wallet();
  await assert.rejects(
    Connection.open(wallet.provider(), 1),
    /connect: the wallet is on chain 31337, expected chain 1/,
  );
  const connection = await Connection.open(wallet.provider(), 31337);
  wallet.chain = "0x1";
  await assert.rejects(new House(connection, CONTRACT).postBond(1n), /the wallet is on chain 1, expected chain 31337/);
  assert.deepEqual(wallet.sent, []);
});

test("what the user refuses and what fails in the chain is named", async () => {
  const wallet = new Wallet();
  const connection = await Connection.open(wallet.provider(), 31337);
  const house = new House(connection, CONTRACT);
  wallet.status = "0x0";
  await assert.rejects(house.postBond(1n), /postBond: the transaction 0x12.* failed/);
  wallet.answers.eth_sendTransaction = () => {
    throw Object.assign(new Error("User rejected the request."), { code: 4001 });
  };
  await assert.rejects(house.postBond(1n), /postBond: refused in the wallet/);
  wallet.answers.eth_requestAccounts = () => [];
  await assert.rejects(Connection.open(wallet.provider(), 31337), /the wallet offers no account/);
});

test("malformed proofs and statements for elsewhere are refused", async () => {
  for (const [proof, key] of [
    [{}, "pi_b[0][0]"],
    [{ ...VECTOR.proof, pi_a: ["1", "01"] }, "pi_a[1]"],
    [{ ...VECTOR.proof, pi_c: [`3${"0".repeat(76)}`, "1"] }, "pi_c[0]"],
    [null, "pi_b[0][0]"],
  ] as const) {
    assert.throws(
      () => proofPoints(proof),
      (error) => error instanceof InputError && error.key === key,
    );
  }
  const connection = await Connection.open(new Wallet().provider(), 31337);
  const statement = { domain: { chainId: "31337", verifyingContract: ACCOUNT } } as any;
  const registry = new StatementRegistry(connection, CONTRACT);
  await assert.rejects(registry.check(statement), /statement of account: domain: for another chain or registry/);
});
