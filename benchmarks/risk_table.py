"""Times one stage of the risk table of 2 000 instruments: risk_table.py MODEL STAGE RUNS.

Prints its seconds as JSON, after one run that does not count. ``run.py --only "risk table"`` runs every
stage, each in a process of its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from native_worker import seconds_of
from synthetic_venue_data import synthetic_venue_data

import zkmargin_native as native
from zkmargin import Snapshot, load_collateral, load_model, spec
from zkmargin.risk import repricing, table
from zkmargin.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zkmargin.risk.black76 import Floats
    from zkmargin.venue_data import Underlying

COLLATERAL = load_collateral()


class Stages:
    """The stages from venue data to a snapshot's root, and the reading of its file.

    Each method prepares what its stage needs, and returns the stage.
    """

    def __init__(self, model: str) -> None:
        self._venue_data, self._model = synthetic_venue_data(), load_model(model)
        self._layout = spec.smallest_layout(len(self._model.scenarios))

    def pricing(self) -> Callable[[], object]:
        """Compute scenario values and Greeks, in floats."""
        return lambda: [self._floats(one) for one in self._venue_data.underlyings]

    def rounding(self) -> Callable[[], object]:
        """Turn floats into rows: check marks, round values, compute charges."""
        floats = {one.name: self._floats(one) for one in self._venue_data.underlyings}
        table.scenario_values = lambda one, *_: floats[one.name][0]
        table.greeks = lambda one, *_: floats[one.name][1]
        return self._rows

    def packing(self) -> Callable[[], object]:
        """Pack slots, three to an element."""
        rows = self._rows()
        return lambda: [spec.pack(row) for row in rows.values()]

    def leaves(self) -> Callable[[], object]:
        """Hash each packed row."""
        packed = [(*spec.pack(row), row.short_floor, row.add_on) for row in self._rows().values()]
        return lambda: [native.poseidon(one) for one in packed]

    def tree(self) -> Callable[[], object]:
        """Hash the five levels above the leaves."""
        leaves = {number: spec.leaf(row, native.poseidon) for number, row in self._rows().items()}
        return lambda: spec.build_tree(leaves, native.poseidon)

    def build(self) -> Callable[[], object]:
        """Do all of it: `Snapshot.build`."""
        return lambda: Snapshot.build(self._venue_data, self._model, collateral=COLLATERAL)

    def build_in_python(self) -> Callable[[], object]:
        """Do all of it with the specification's Poseidon, as without the native core."""
        snapshot.fast_hasher = lambda: spec.poseidon
        return self.build()

    def load(self) -> Callable[[], object]:
        """Read the snapshot's file and hash it again: `Snapshot.load`."""
        path = Path("synthetic.json")
        Snapshot.build(self._venue_data, self._model, collateral=COLLATERAL).save(path)
        return lambda: Snapshot.load(path)

    def _rows(self) -> Mapping[int, spec.Row]:
        return table.risk_rows(self._venue_data, self._model, self._layout)

    def _floats(self, underlying: Underlying) -> tuple[Floats, repricing.Greeks]:
        time = self._venue_data.time
        return repricing.scenario_values(underlying, time, self._model), repricing.greeks(underlying, time)


STAGES = {
    "pricing": Stages.pricing,
    "rounding into rows": Stages.rounding,
    "packing": Stages.packing,
    "hashing, leaves": Stages.leaves,
    "hashing, tree": Stages.tree,
    "Snapshot.build": Stages.build,
    "Snapshot.build, hasher in Python": Stages.build_in_python,
    "Snapshot.load": Stages.load,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("runs", type=int)
    arguments = parser.parse_args()
    print(seconds_of(STAGES[arguments.stage](Stages(arguments.model)), arguments.runs))


if __name__ == "__main__":
    main()
