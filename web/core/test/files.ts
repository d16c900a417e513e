/** What tests/web/prepare.py has written. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import type { PackSource } from "@zkmargin/core";

export const FOLDER = resolve(import.meta.dirname ?? "", "../../../build/web/test");

export const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");

export const json = (name: string): Record<string, unknown> => JSON.parse(read(name)) as Record<string, unknown>;

export const expected = json("expected.json") as {
  sha256: string;
  fingerprint: string;
  commitment: string;
  root: string;
};

export const PACK: PackSource & { file: string } = { file: join(FOLDER, "margin_13.zkpack"), sha256: expected.sha256 };
