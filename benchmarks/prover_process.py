"""Proves once by the native core, like rapidsnark's program: prover_process.py ZKEY WTNS PROOF PUBLIC."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import zkmargin_native as native

zkey, wtns, *outputs = sys.argv[1:]
for path, content in zip(outputs, native.Prover(zkey).prove(Path(wtns).read_bytes()), strict=True):
    Path(path).write_text(json.dumps(content))
