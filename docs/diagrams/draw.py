"""Draws the documentation's diagrams: ``python docs/diagrams/draw.py [--check]``.

With ``--check`` it writes nothing, and exits with 1 if a committed diagram differs from what would be drawn.
"""

from __future__ import annotations

import sys
from pathlib import Path

from account_states import account_states
from architecture import architecture
from data_flow import data_flow
from rooms import rooms

IMAGES = Path(__file__).resolve().parents[1] / "images"


def main() -> None:
    """Draw, or check."""
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit("usage: draw.py [--check]")
    drawings = {
        "account-states": account_states(),
        "architecture": architecture(),
        "data-flow": data_flow(),
        "rooms": rooms(),
    }
    for name, drawing in drawings.items():
        path = IMAGES / f"{name}.svg"
        if sys.argv[1:] != ["--check"]:
            path.write_text(drawing.render(), encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != drawing.render():
            sys.exit(f"{path.name} is not current: python docs/diagrams/draw.py draws it again")


if __name__ == "__main__":
    main()
