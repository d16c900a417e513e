"""Draw the README's pictures: the demo's timeline as SVG, the report page as PNG (needs Chromium).

Run it with ``make pictures``. Amounts are those of the demo; gas varies by a few units between runs.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich import box
from rich.console import Console
from rich.terminal_theme import TerminalTheme

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
BUILD = ROOT / "build" / "demo"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WINDOW = "1100,900"

sys.path.insert(0, str(ROOT / "examples"))

# Rich's own template loads a font from a content delivery network.
SVG = """<svg viewBox="0 0 {terminal_width} {terminal_height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, monospace; }}
{styles}
</style>
<defs>{lines}</defs>
<rect width="{terminal_width}" height="{terminal_height}" rx="8" fill="#0d1117"/>
<g transform="translate({terminal_x}, 0)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""
THEME = TerminalTheme((13, 17, 23), (230, 237, 243), [(139, 148, 158)] * 8)


def main() -> None:
    """Run the demo's market and draw its timeline, then photograph the report page."""
    from demo import CHAIN, open_account, run_market, write_report  # noqa: PLC0415  # found by the path above
    from demo_tables import timeline  # noqa: PLC0415

    from zkmargin import Snapshot, load_collateral, load_model  # noqa: PLC0415
    from zkmargin.venues import import_deribit  # noqa: PLC0415

    venue_data = import_deribit(*sorted(CHAIN.glob("*.json")))
    IMAGES.mkdir(exist_ok=True)
    console = Console(record=True, width=116, file=io.StringIO())
    table = timeline(run_market(venue_data))
    table.box = box.SIMPLE_HEAD
    console.print(table)
    drawn = console.export_svg(theme=THEME, code_format=SVG, unique_id="timeline")
    (IMAGES / "timeline.svg").write_text(drawn, encoding="utf-8")
    snapshot = Snapshot.build(venue_data, load_model("span"), collateral=load_collateral())
    BUILD.mkdir(parents=True, exist_ok=True)
    photograph(write_report(open_account(), snapshot, venue_data), IMAGES / "report.png")


def photograph(page: Path, picture: Path) -> None:
    """Take a picture of the top of a page."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"error: {picture} needs one of {', '.join(BROWSERS)}")
    quiet = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    )
    with tempfile.TemporaryDirectory() as profile:
        what = (
            f"--user-data-dir={profile}",
            f"--window-size={WINDOW}",
            f"--screenshot={picture}",
            page.as_uri(),
        )
        subprocess.run((browser, *quiet, *what), check=True, capture_output=True, timeout=60)  # noqa: S603  # no outside input


if __name__ == "__main__":
    main()
