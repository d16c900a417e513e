"""MkDocs hooks of the documentation site: pages from outside ``docs/``, and search without a network.

- The generated reference (build/docs/reference, written by docs/tools/reference.py), in the navigation too.
- CHANGELOG.md, CONTRIBUTING.md and SECURITY.md of the repository's root.
- Search from the file system, without the script that Material's plugin ``offline`` loads from a CDN.
- Every other file of the repository that a page links to, as a page below ``source/``. Such a link works on
  GitHub too, and here it needs no network. A link to a file that does not exist stays as it is, and MkDocs
  reports it.
"""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.config.config_options import ExtraScriptValue
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "build" / "docs" / "reference"
ROOT_PAGES = {
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security-policy.md",
}
LANGUAGES = {
    ".py": "python",
    ".sol": "solidity",
    ".rs": "rust",
    ".toml": "toml",
    ".json": "json",
    ".sh": "sh",
}

_LINK = re.compile(r"(?<=\]\()(?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?(?=\))")
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)

SEARCH = "assets/javascripts/search_from_files.js"
# A page that was opened from the file system may not start a worker from a file, but from a text.
_SEARCH = """if (location.protocol === "file:") {
  const text = %s;
  const Started = Worker;
  window.Worker = function () {
    return new Started(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  };
}
"""


@event_priority(-100)  # after the plugin offline, which names a script of a CDN here
def on_config(config: MkDocsConfig) -> None:
    """Take our own script for the search from the file system."""
    config.extra["polyfills"] = [ExtraScriptValue(SEARCH)]


def on_post_build(config: MkDocsConfig) -> None:
    """Write that script: it holds Material's search worker as a text."""
    site = Path(config.site_dir)
    (worker,) = site.glob("assets/javascripts/workers/search.*.min.js")
    (site / SEARCH).write_text(_SEARCH % json.dumps(worker.read_text(encoding="utf-8")), encoding="utf-8")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not files below ``docs/``."""
    for path in sorted(REFERENCE.rglob("*.md")):
        name = posixpath.join("reference", path.relative_to(REFERENCE).as_posix())
        files.append(File.generated(config, name, content=path.read_text(encoding="utf-8")))
    for name, page in ROOT_PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    for target in sorted({target for file in list(files.documentation_pages()) for target in _targets(file)}):
        if (page := _page_of(target)).startswith("source/"):
            files.append(File.generated(config, page, content=_source_page(target)))
    _complete_navigation(config.nav or [], files)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Let the links out of ``docs/`` lead to the pages made for them."""
    here = page.file.src_uri

    def rewritten(link: re.Match[str]) -> str:
        target = _target(_place_of(here), link["path"])
        if target is None or (_is_below_docs(target) and _is_below_docs(_place_of(here))):
            return link[0]
        return posixpath.relpath(_page_of(target), posixpath.dirname(here) or ".") + (link["anchor"] or "")

    parts = re.split(r"(^```.*?^```)", markdown, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else _LINK.sub(rewritten, part) for part in parts)


def _targets(file: File) -> Iterator[str]:
    """Return the files and folders of the repository outside ``docs/`` that a page links to."""
    text = _FENCED.sub("", file.content_string)
    for link in _LINK.finditer(text):
        target = _target(_place_of(file.src_uri), link["path"])
        if target is not None and not _is_below_docs(target):
            yield target


def _target(place: str, link: str) -> str | None:
    """Return the path from the repository's root that a link leads to; None if nothing is there."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(place), link))
    inside = not target.startswith(("..", "/"))
    return target if inside and (ROOT / target).exists() else None


def _place_of(page: str) -> str:
    """Return where a page of the site stands in the repository."""
    for name, generated in ROOT_PAGES.items():
        if generated == page:
            return name
    return posixpath.join("docs", page)


def _page_of(target: str) -> str:
    """Return the page of the site that shows a file of the repository."""
    if _is_below_docs(target):
        return target.removeprefix("docs/")
    return ROOT_PAGES.get(target, f"source/{target}.md")


def _is_below_docs(target: str) -> bool:
    return target.startswith("docs/")


def _source_page(target: str) -> str:
    path = ROOT / target
    head = f"---\nsearch:\n  exclude: true\n---\n\n# {target}\n\n"
    if path.is_dir():
        names = sorted(f"{one.name}/" if one.is_dir() else one.name for one in path.iterdir())
        shown = [name for name in names if not name.startswith((".", "__pycache__"))]
        return head + "".join(f"- `{name}`\n" for name in shown)
    return f"{head}````{LANGUAGES.get(path.suffix, 'text')}\n{path.read_text(encoding='utf-8')}````\n"


def _complete_navigation(entries: list[object], files: Files) -> None:
    """Put the pages of a folder where the navigation names the folder: ``Python API: reference/api/``."""
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        for title, value in entry.items():
            if isinstance(value, list):
                _complete_navigation(value, files)
            elif isinstance(value, str) and value.endswith("/"):
                names = [one.src_uri for one in files.documentation_pages() if one.src_uri.startswith(value)]
                entry[title] = sorted(
                    names, key=lambda name: (not name.endswith("/index.md"), Path(name).stem)
                )
