/** What a reader of a bundle expects. */

import { InputError } from "@zkmargin/wallet";

import { checksummed } from "./ethereum.js";
import { Field } from "./field.js";
import { FIELD } from "./statement.js";

/** What the reader expects; an empty text is not compared. */
export interface Expected {
  /** The fingerprint of the key that the reader trusts. */
  key: string;
  commitment: string;
  /** `maintenance`, `initial`, or a number of 1/10000 of maintenance margin. */
  requirement: string;
  context: string;
  root: string;
  venue: string;
  /** Addresses, all of which must have signed. */
  signers: string;
}

/** The same as values; undefined is not compared. */
export interface Asked {
  key: string;
  commitment: bigint | undefined;
  requirement: bigint | "initial" | undefined;
  context: bigint | undefined;
  root: bigint | undefined;
  venue: string | undefined;
  signers: string[];
}

/** Read what the fields of a page contain. @throws InputError with the field's name. */
export function readExpected(expected: Expected): Asked {
  const given = Object.fromEntries(
    Object.entries(expected).map(([name, text]) => [name, text.trim()]),
  ) as unknown as Expected;
  const element = (text: string, source: string): bigint | undefined =>
    text === "" ? undefined : new Field(text, source).integer(0n, FIELD - 1n);
  const key = given.key.toLowerCase();
  if (key !== "" && !/^[0-9a-z]{4}(?:-[0-9a-z]{4}){3}$/.test(key)) {
    throw new InputError("expected a fingerprint such as k7f3-9xq2-mh4d-w8tz", { source: "trusted key" });
  }
  const named = { maintenance: 10_000n, initial: "initial" as const, "": undefined };
  return {
    key,
    commitment: element(given.commitment, "account"),
    requirement: Object.hasOwn(named, given.requirement)
      ? named[given.requirement as keyof typeof named]
      : new Field(given.requirement, "requirement").integer(0n, 2n ** 20n - 1n),
    context: element(given.context, "context"),
    root: element(given.root, "snapshot root"),
    venue: given.venue === "" ? undefined : address(given.venue, "venue"),
    signers: given.signers
      .split(/[\s,]+/)
      .filter(Boolean)
      .map((one) => address(one, "signers")),
  };
}

function address(text: string, source: string): string {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text))
    throw new InputError("expected an address: 0x and 40 hexadecimal digits", { source });
  const found = checksummed(text);
  if (
    text !== found &&
    text.slice(2) !== text.slice(2).toLowerCase() &&
    text.slice(2) !== text.slice(2).toUpperCase()
  ) {
    throw new InputError("the checksum (EIP-55) of the address is wrong", { source });
  }
  return found;
}
