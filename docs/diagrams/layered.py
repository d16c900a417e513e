"""A layered layout: every node stands above those that it points to, and lines cross seldom."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Layout", "lay_out"]

_SWEEPS = 40
_BEND = 26  # the room that a line takes where it passes a floor


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is.

    Attributes
    ----------
    places : dict of str to (float, int)
        The middle and the floor of each node; floor 0 is the lowest.
    lines : list of list of (float, int)
        The points that each line passes, from the node above to the node below.
    floors : int
        How many there are.
    width : float
        The middle of the last node and half of its width.
    """

    places: dict[str, tuple[float, int]]
    lines: list[list[tuple[float, int]]]
    floors: int
    width: float


def lay_out(targets: Mapping[str, set[str]], drawn: Mapping[str, set[str]], *, width: float) -> Layout:
    """Lay out a graph without circles.

    Parameters
    ----------
    targets : mapping of str to set of str
        What each node has to stand above.
    drawn : mapping of str to set of str
        Those of them that a line leads to.
    width : float
        The width of a node, with the gap beside it.
    """
    floor_of = _floors(targets)
    floors: list[list[str]] = [[] for _ in range(max(floor_of.values()) + 1)]
    for node in sorted(targets):
        floors[floor_of[node]].append(node)
    lines, neighbours = _bends(drawn, floor_of, floors)
    widths = {one: width if one in targets else _BEND for floor in floors for one in floor}
    middles = {one: x for floor in floors for one, x in _packed(floor, widths, {}).items()}
    for sweep in range(_SWEEPS):
        for floor in floors if sweep % 2 else reversed(floors):
            wanted = {
                one: _mean([middles[other] for other in neighbours[one]], middles[one]) for one in floor
            }
            floor.sort(key=lambda one: (wanted[one], one))
            middles.update(_packed(floor, widths, wanted))
    left = min(middles[one] - widths[one] / 2 for one in middles)
    middles = {one: round(x - left, 1) for one, x in middles.items()}
    places = {node: (middles[node], floor_of[node]) for node in sorted(targets)}
    points = [[(middles[one], _floor_number(one, floor_of)) for one in line] for line in lines]
    return Layout(places, points, len(floors), max(middles[one] + widths[one] / 2 for one in middles))


def _floors(targets: Mapping[str, set[str]]) -> dict[str, int]:
    """Return the floor of each node: one above the highest of its targets."""
    floors: dict[str, int] = {}

    def floor(node: str, above: tuple[str, ...] = ()) -> int:
        if node in above:
            raise ValueError("a circle: " + " -> ".join((*above, node)))
        if node not in floors:
            floors[node] = max((floor(one, (*above, node)) + 1 for one in targets[node]), default=0)
        return floors[node]

    for node in targets:
        floor(node)
    return floors


def _bends(
    drawn: Mapping[str, set[str]], floor_of: Mapping[str, int], floors: list[list[str]]
) -> tuple[list[list[str]], dict[str, list[str]]]:
    """Add a bend to every floor that a line passes; return the lines and who is joined with whom."""
    lines = []
    neighbours: dict[str, list[str]] = {node: [] for node in drawn}
    for node in sorted(drawn):
        for target in sorted(drawn[node]):
            line = [node]
            for floor in range(floor_of[node] - 1, floor_of[target], -1):
                bend = f"{node}>{target}@{floor}"
                neighbours[bend] = []
                floors[floor].append(bend)
                line.append(bend)
            line.append(target)
            for upper, lower in pairwise(line):
                neighbours[upper].append(lower)
                neighbours[lower].append(upper)
            lines.append(line)
    return lines, neighbours


def _packed(floor: list[str], widths: Mapping[str, float], wanted: Mapping[str, float]) -> dict[str, float]:
    """Place a floor in its order, each as near to where it wants to be as its neighbours allow."""
    groups: list[tuple[list[str], float]] = []
    for one in floor:
        members, start = [one], wanted.get(one, 0.0) - widths[one] / 2
        while groups and groups[-1][1] + sum(widths[each] for each in groups[-1][0]) > start:
            members = [*groups.pop()[0], *members]
            start = _best_start(members, widths, wanted)
        groups.append((members, start))
    middles = {}
    for members, start in groups:
        x = start
        for each in members:
            middles[each] = x + widths[each] / 2
            x += widths[each]
    return middles


def _best_start(members: list[str], widths: Mapping[str, float], wanted: Mapping[str, float]) -> float:
    """Return where a row without gaps starts so that its members are on average where they want to be."""
    starts, x = [], 0.0
    for each in members:
        starts.append(wanted.get(each, 0.0) - widths[each] / 2 - x)
        x += widths[each]
    return _mean(starts, 0.0)


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _floor_number(one: str, floor_of: Mapping[str, int]) -> int:
    return floor_of[one] if one in floor_of else int(one.rpartition("@")[2])
