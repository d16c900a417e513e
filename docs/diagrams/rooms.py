"""The import graph of the package's rooms: the modules and packages directly below ``zkmargin``.

A room is above all rooms that it imports. Imports that follow from others are not drawn: there is no arrow
from a to c if a imports b and b imports c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import grimp
from layered import Layout, lay_out
from svg import Box, Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["rooms"]

PACKAGE = "zkmargin"
_WIDTH, _HEIGHT, _STEP = 104, 32, 84


def rooms() -> Drawing:
    """Draw the rooms and their imports, type checking included."""
    imports = imported_rooms()
    arrows = {room: _without_implied(imported, imports) for room, imported in imports.items()}
    layout = lay_out(imports, arrows, width=_WIDTH + 24)
    return _draw(layout, len(imports), sum(map(len, imports.values())))


def imported_rooms() -> dict[str, set[str]]:
    """Return the rooms that each room imports."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    names = sorted(name.removeprefix(f"{PACKAGE}.") for name in graph.find_children(PACKAGE))
    imports: dict[str, set[str]] = {name: set() for name in names}
    for module in sorted(graph.modules - {PACKAGE}):
        room = module.split(".")[1]
        for imported in graph.find_modules_directly_imported_by(module):
            # The package itself imports nothing but for type checkers: it loads a public name on first use.
            if imported != PACKAGE and imported.split(".")[1] != room:
                imports[room].add(imported.split(".")[1])
    return imports


def _without_implied(imported: set[str], imports: Mapping[str, set[str]]) -> set[str]:
    return {room for room in imported if not any(room in _below(other, imports) for other in imported)}


def _below(room: str, imports: Mapping[str, set[str]]) -> set[str]:
    """Return all rooms that a room imports, directly or not."""
    found: set[str] = set()
    waiting = [*imports[room]]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += imports[one]
    return found


def _draw(layout: Layout, rooms: int, imports: int) -> Drawing:
    height = layout.floors * _STEP + 40
    drawing = Drawing(
        layout.width + 60,
        height,
        "Rooms of the package and their imports",
        f"{rooms} rooms, {imports} imports between them, each from a room to one further down.",
    )

    def place(floor: int) -> float:
        return 30 + (layout.floors - 1 - floor) * _STEP

    for points in layout.lines:
        (x, floor), *rest = points
        y = place(floor) + _HEIGHT
        path = f"M{30 + x:g} {y:g}"
        for number, (next_x, next_floor) in enumerate(rest):
            last = number == len(rest) - 1
            end = place(next_floor) + (0 if last else _HEIGHT / 2)
            bend = (end - y) / 2
            path += f" C{30 + x:g} {y + bend:g} {30 + next_x:g} {end - bend:g} {30 + next_x:g} {end:g}"
            x, y = next_x, end
        drawing.path(path)
    for room, (x, floor) in layout.places.items():
        box = Box(30 + x - _WIDTH / 2, place(floor), _WIDTH, _HEIGHT, room, (), "public")
        drawing.box(box, title="code")
    drawing.text(
        30,
        height - 14,
        f"{imports} imports between {rooms} rooms, all downwards.",
        style="note",
        anchor="start",
    )
    return drawing
