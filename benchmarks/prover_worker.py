"""Proves by the native core, with one key and witness, as often as it is asked to: prover_worker.py ZKEY WTNS.

It prints a line of JSON when it is ready, and for each line on its standard input makes a proof and prints it with the
CPU seconds of all threads and the seconds on the clock that it took. ``ZKMARGIN_NO_IFMA=1`` switches IFMA off.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import zkmargin_native as native


def main() -> None:
    zkey, wtns = sys.argv[1:]
    prover, witness = native.Prover(zkey), Path(wtns).read_bytes()
    print(json.dumps({"ifma": native.USES_IFMA}), flush=True)
    for _ in sys.stdin:
        start, cpu = time.perf_counter(), time.process_time()
        proof, public = prover.prove(witness)
        spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - start}
        print(json.dumps({**spent, "proof": proof, "public": public}), flush=True)


if __name__ == "__main__":
    main()
