// Writes the encrypted files of the wallet that Python must read: tests/vectors/wallet/*.wallet.json.
// Each run draws other salts, so they are written once, and again only if a format changes.
//
//   node web/wallet/test/write_vectors.mjs     after make web

import { readFileSync, writeFileSync } from "node:fs";

import { writeAccountFile, writeKeyFile } from "@zkmargin/wallet";

const folder = new URL("../../../tests/vectors/wallet/", import.meta.url);
const expected = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8"));

for (const kind of ["trading"]) {
  const secret = Uint8Array.from(Buffer.from(expected[kind].secret, "hex"));
  const text = await writeKeyFile(secret, expected.password, kind, () => expected[kind].key);
  writeFileSync(new URL(`${kind}.wallet.json`, folder), text);
}
const account = `${JSON.stringify(expected.account, null, 1)}\n`;
writeFileSync(new URL("account.wallet.json", folder), await writeAccountFile(account, expected.password));
