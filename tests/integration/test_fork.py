"""Processes that are forked after their parent has proven, as by multiprocessing and gunicorn's preload."""

from __future__ import annotations

import os
import sys

import pytest

from support.circuits import ROOT, keys_of
from zkmargin.toolchain import run

# The cache of compiled calculators is empty, so the child compiles one too.
SCRIPT = """
import multiprocessing, os, sys
import zkmargin_native
from support.circuits import compiled, inputs_and_public, keys_of
from zkmargin.proving.backends import backend
from zkmargin.proving.verify import verify_batch
from zkmargin.proving.witness import WitnessCalculator

def prove(name, calculator):
    inputs, public = inputs_and_public(name)
    proof, signals = backend("native").prove(keys_of(name).zkey, calculator.calculate(inputs))
    assert signals == public
    return keys_of(name).key, signals, proof

old = WitnessCalculator(compiled("multiplier").wasm)
before = prove("multiplier", old)

def child(generations):
    stages = []
    zkmargin_native.setup(compiled("multiplier").r1cs, sys.argv[1], lambda stage, *_: stages.append(stage))
    assert stages[-1] == "done"
    again, other = prove("multiplier", old), prove("merkle8", WitnessCalculator(compiled("merkle8").wasm))
    assert verify_batch([before, again, other])
    assert not verify_batch([before, (other[0], other[1], before[2])])
    if generations:
        fork(generations - 1)

def fork(generations):
    process = os.fork()
    if process == 0:
        child(generations)
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0

fork(1)
if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=child, args=(0,))
    process.start()
    process.join()
    assert process.exitcode == 0
    prove("multiplier", old)
    print("all prove")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_proves_and_verifies(tmp_path):
    keys_of("multiplier")
    keys_of("merkle8")
    done = run(
        [sys.executable, "-c", SCRIPT, tmp_path / "new.zkey"],
        cwd=ROOT,
        timeout=120,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "XDG_CACHE_HOME": str(tmp_path)},
    )
    assert done.stdout == "all prove\n"
