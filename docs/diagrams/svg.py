"""Boxes and arrows as SVG. A drawing has a background of its own, light or dark as the reader prefers."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

__all__ = ["Box", "Drawing"]

_STYLE = """
text { font-family: system-ui, 'Segoe UI', Roboto, sans-serif; font-size: 13px; fill: #1d2730; }
.ground { fill: #ffffff; }
.title { font-size: 15px; font-weight: 600; }
.code { font-family: ui-monospace, Consolas, monospace; }
.note { fill: #52606d; }
.plain { fill: #f1f4f7; stroke: #8796a5; }
.public { fill: #e3f2f0; stroke: #00897b; }
.secret { fill: #fdeceb; stroke: #c0392b; }
.outside { fill: #fdf6e3; stroke: #b58900; }
.group { fill: none; stroke: #8796a5; stroke-dasharray: 5 4; }
.line { fill: none; stroke: #52606d; stroke-width: 1.5; }
.head { fill: #52606d; }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9ee; }
  .ground { fill: #1b2027; }
  .note { fill: #a7b3bf; }
  .plain { fill: #29313b; stroke: #74828f; }
  .public { fill: #143a37; stroke: #26a69a; }
  .secret { fill: #43211f; stroke: #e57368; }
  .outside { fill: #3a321a; stroke: #d3a72c; }
  .group { stroke: #74828f; }
  .line { stroke: #a7b3bf; }
  .head { fill: #a7b3bf; }
}
"""
_ARROW_HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
    ' orient="auto"><path class="head" d="M0 0 L8 4 L0 8 z"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class Box:
    """A box with a title and lines of text below it.

    Attributes
    ----------
    x, y, width, height : float
        Where it is; the first two are its upper left corner.
    title : str
        The first line.
    lines : tuple of str
        What stands below.
    kind : str
        A class of the style: plain, public, secret or outside.
    """

    x: float
    y: float
    width: float
    height: float
    title: str
    lines: tuple[str, ...] = ()
    kind: str = "plain"

    @property
    def middle(self) -> float:
        """Its horizontal middle."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def level(self) -> float:
        """Its vertical middle."""
        return self.y + self.height / 2


@dataclass(slots=True)
class Drawing:
    """A drawing that grows by boxes, arrows and texts.

    Attributes
    ----------
    width, height : float
        Its size.
    title, description : str
        For those who do not see it.
    """

    width: float
    height: float
    title: str
    description: str
    _parts: list[str] = field(default_factory=list)

    def box(self, box: Box, *, title: str = "title") -> Box:
        """Draw a box with its text in the middle and return it."""
        self._rectangle(box.kind, box.x, box.y, box.width, box.height)
        top = box.level - (len(box.lines) * 18) / 2 + 5
        self.text(box.middle, top, box.title, style=title)
        for place, line in enumerate(box.lines, 1):
            self.text(box.middle, top + 18 * place, line, style="note")
        return box

    def group(self, x: float, y: float, width: float, height: float, title: str) -> None:
        """Draw a dashed frame with a title in its upper left corner."""
        self._rectangle("group", x, y, width, height)
        self.text(x + 12, y + 20, title, style="note", anchor="start")

    def _rectangle(self, kind: str, x: float, y: float, width: float, height: float) -> None:
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        self._parts.append(f'<rect class="{kind}" {place} rx="6"/>')

    def text(self, x: float, y: float, text: str, *, style: str = "", anchor: str = "middle") -> None:
        """Write one line."""
        shown = f' class="{style}"' if style else ""
        self._parts.append(f'<text{shown} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>')

    def arrow(self, *points: tuple[float, float]) -> None:
        """Draw an arrow along straight lines."""
        path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
        self.path(path)

    def path(self, path: str) -> None:
        """Draw an arrow along any path."""
        self._parts.append(f'<path class="line" d="{path}" marker-end="url(#head)"/>')

    def divide(self, x: float, y: float, width: float) -> None:
        """Draw a dashed line from the left to the right."""
        self._parts.append(f'<path class="group" d="M{x:g} {y:g} h{width:g}"/>')

    def render(self) -> str:
        """Return the SVG."""
        size = f"{self.width:g} {self.height:g}"
        parts = "\n".join(self._parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{self.width:g}"'
            f' height="{self.height:g}" role="img" aria-labelledby="title description">\n'
            f'<title id="title">{escape(self.title)}</title>\n'
            f'<desc id="description">{escape(self.description)}</desc>\n'
            f"<style>{_STYLE}</style>\n{_ARROW_HEAD}\n"
            f'<rect class="ground" width="{self.width:g}" height="{self.height:g}" rx="8"/>\n'
            f"{parts}\n</svg>\n"
        )
