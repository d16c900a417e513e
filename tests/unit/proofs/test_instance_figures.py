"""The measured sizes of the circuits are those of the circuits as they are, and the documentation has them."""

from __future__ import annotations

import json

from support import instance_figures
from support.instance_figures import SIZES, constraints, documented, figures, sizes_text, table


def test_figures_are_of_the_circuits_as_they_are():
    """``python benchmarks/instances.py NAME`` measures a circuit again."""
    measured = {name: one["constraints"] for name, one in figures().items()}
    assert measured == {name: count for name, count in constraints().items() if name in measured}
    assert measured


def test_the_circuits_have_the_sizes_of_their_keys():
    """``python benchmarks/instances.py --table`` renews them."""
    text = SIZES.read_text()
    assert text == sizes_text(json.loads(text))


def test_the_size_of_a_key_of_another_circuit_is_left_out():
    name, one = next(iter(figures().items()))
    assert "key_bytes" in sizes_text({name: {"constraints": one["constraints"]}})
    assert "key_bytes" not in sizes_text({name: {"constraints": one["constraints"] + 1}})


def test_the_documentation_has_the_figures():
    """``python benchmarks/instances.py --table`` renews it."""
    assert documented() == table()


def test_a_circuit_without_figures_is_said_not_to_be_measured(tmp_path, monkeypatch):
    path = tmp_path / "instances.json"
    path.write_text(json.dumps({"circuits": {}}))
    monkeypatch.setattr(instance_figures, "FIGURES", path)
    rows = table().splitlines()[2:]
    assert len(rows) == len(constraints())
    assert all(row.count("not measured") == 4 for row in rows)
