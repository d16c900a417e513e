"""What a PDF of Chromium contains: how far its pages are filled, and whether the browser shrank them."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

PIXEL = 0.75
"""A CSS pixel in points."""


@dataclass(frozen=True)
class Page:
    """A page of paper.

    Attributes
    ----------
    scale : float
        Below 1 the browser made the page smaller, because something on it was wider than the paper.
    filled : float
        The place of the lowest text, as a fraction of the height.
    """

    scale: float
    filled: float


def pages_of(pdf: bytes) -> list[Page]:
    """Return the pages of a PDF."""
    found = []
    for page in re.finditer(
        rb"/Type /Page\n.*?/MediaBox \[0 0 \S+ (\S+)\].*?/Contents (\d+) 0 R", pdf, re.DOTALL
    ):
        (start,) = re.finditer(rb"\n%b 0 obj\n.*?stream\n" % page[2], pdf, re.DOTALL)
        content = zlib.decompress(pdf[start.end() : pdf.index(b"endstream", start.end())]).decode("latin-1")
        found.append(_page(content, float(page[1])))
    return found


def _page(content: str, height: float) -> Page:
    """Follow the transformations of a page's content; it has no rotations."""
    scale, shift, saved, scales, lowest = 1.0, 0.0, [], [], height
    for line in re.findall(r"^(?:q|Q|.* cm|.* Tm)$", content, re.MULTILINE):
        *numbers, operator = line.split()
        if operator == "q":
            saved.append((scale, shift))
        elif operator == "Q":
            scale, shift = saved.pop()
        elif operator == "cm":
            shift += scale * float(numbers[5])
            scale *= float(numbers[3])
            scales.append(-scale)
        else:
            lowest = min(lowest, shift + scale * float(numbers[5]))
    return Page(scale=scales[1] / PIXEL, filled=1 - lowest / height)
