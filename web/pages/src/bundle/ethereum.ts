/** Addresses, typed data (EIP-712) and signers, as `zkmargin.ethereum` has them. */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { type Field } from "./field.js";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The hash that Ethereum uses. */
export function keccak(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes);
}

/** Return a number as 32 bytes. */
export function word(value: bigint): Uint8Array {
  return hexToBytes(value.toString(16).padStart(64, "0"));
}

/** Return an address, 20 bytes, with its checksum (EIP-55). */
export function checksummed(address: string): string {
  const digits = address.slice(2).toLowerCase();
  const hash = bytesToHex(keccak(utf8ToBytes(digits)));
  const cased = [...digits].map((one, place) => (parseInt(hash[place]!, 16) > 7 ? one.toUpperCase() : one));
  return `0x${cased.join("")}`;
}

/** Read an address that must have its checksum. */
export function readAddress(field: Field): string {
  const text = field.text(/^0x[0-9a-fA-F]{40}$/, "an address");
  if (checksummed(text) !== text) field.refuse("must have its EIP-55 checksum");
  return text;
}

/** Read a signature: r, s in the lower half of the group's order, v of 27 or 28. */
export function readSignature(field: Field): Uint8Array {
  const value = hexToBytes(field.text(/^0x[0-9a-f]{130}$/, "0x and 130 hexadecimal digits in lower case").slice(2));
  const [r, s] = [number(value.subarray(0, 32)), number(value.subarray(32, 64))];
  if (r === 0n || r >= ORDER) field.refuse("r is out of range");
  if (s === 0n || s > ORDER / 2n) field.refuse("s is not in the lower half of the group's order");
  if (value[64] !== 27 && value[64] !== 28) field.refuse("v is neither 27 nor 28");
  return value;
}

/** Return the address that signed a digest; undefined if no key can have made the signature. */
export function signerOf(digest: Uint8Array, signature: Uint8Array): string | undefined {
  const recovered = concatBytes(Uint8Array.of(signature[64]! - 27), signature.subarray(0, 64));
  try {
    const key = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
    const point = secp256k1.Point.fromBytes(key).toBytes(false);
    return checksummed(`0x${bytesToHex(keccak(point.subarray(1)).subarray(12))}`);
  } catch {
    return undefined;
  }
}

/** The domain of signatures: a contract on a chain, or off chain. */
export interface Domain {
  chainId?: bigint;
  contract?: string;
}

const WIDEST = 2n ** 256n - 1n;

/** Read the object of a domain. */
export function readDomain(field: Field): Domain {
  const members = field.members(["name", "version"], ["chainId", "verifyingContract"]);
  members.name.constant("zkmargin");
  members.version.constant("1");
  if ((members.chainId === undefined) !== (members.verifyingContract === undefined)) {
    field.refuse("expected both chain id and contract, or neither");
  }
  if (members.chainId === undefined || members.verifyingContract === undefined) return {};
  return { chainId: members.chainId.integer(1n, WIDEST), contract: readAddress(members.verifyingContract) };
}

/** Return a domain in words. */
export function domainText(domain: Domain): string {
  return domain.chainId === undefined ? "off chain" : `chain ${domain.chainId}, contract ${domain.contract}`;
}

/**
 * Return the digest of typed data.
 *
 * @param type The type with its members, and those of structures in it: "A(uint256 a)".
 * @param words The words of the message after the type's hash.
 */
export function typedDigest(domain: Domain, type: string, words: readonly Uint8Array[]): Uint8Array {
  const off = [textHash("zkmargin"), textHash("1")];
  const separator =
    domain.chainId === undefined
      ? structHash("EIP712Domain(string name,string version)", off)
      : structHash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)", [
          ...off,
          word(domain.chainId),
          word(BigInt(domain.contract!)),
        ]);
  return keccak(concatBytes(Uint8Array.of(0x19, 0x01), separator, structHash(type, words)));
}

/** Return the hash of a structure. */
export function structHash(type: string, words: readonly Uint8Array[]): Uint8Array {
  return keccak(concatBytes(textHash(type), ...words));
}

/** Return the hash of a text, as a member of a structure. */
export function textHash(text: string): Uint8Array {
  return keccak(utf8ToBytes(text));
}

/** Return the number of big-endian bytes. */
export function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(bytes)}`);
}
