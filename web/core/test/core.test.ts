import assert from "node:assert/strict";
import { test } from "node:test";

import { loadCore } from "@zkmargin/core";

test("the module of the package loads, and has its version", async () => {
  const core = await loadCore();
  assert.equal(core.version, "0.2.0-dev.0");
});
