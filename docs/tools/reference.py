"""Writes the generated pages of the reference: ``python docs/tools/reference.py FOLDER``.

The commands come from the parser, the contracts from their NatSpec by way of solc, the Python API from what
each package exports (mkdocstrings fills those pages in), the JSON schemas from ``docs/formats``. `make docs`
runs this before MkDocs.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from reference_api import api_pages
from reference_cli import cli_pages
from reference_contracts import contract_pages
from reference_schemas import schema_pages

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Write all pages, and nothing else, into the folder."""
    if len(sys.argv) != 2:
        sys.exit("usage: reference.py FOLDER")
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    pages = {
        "api": api_pages(ROOT / "prover" / "zkmargin"),
        "cli": cli_pages(),
        "contracts": contract_pages(ROOT),
        "schemas": schema_pages(ROOT / "docs" / "formats"),
    }
    for section, texts in pages.items():
        for name, text in texts.items():
            path = folder / section / f"{name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
