"""Pages of the Python API: what the package and each of its rooms export."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_INTRODUCTION = """# Python API

The names on these pages are public: what `zkmargin` exports, and what each package below it exports in
`__all__`. Everything else is internal and may change without notice.

| Package | Contents |
|---|---|
"""


def api_pages(package: Path) -> dict[str, str]:
    """Return a page for each package that exports something, and an index of them."""
    pages = {}
    index = _INTRODUCTION
    for path in [package / "__init__.py", *sorted(package.glob("*/__init__.py"))]:
        names, docstring = _exports(path)
        if not names or path.parent.name == "cli":
            continue
        module = ".".join(("zkmargin", *path.parent.relative_to(package).parts))
        pages[module] = _page(module, names)
        index += f"| [`{module}`]({module}.md) | {docstring.splitlines()[0]} |\n"
    return {"index": index, **pages}


def _exports(path: Path) -> tuple[list[str], str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            names = ast.literal_eval(node.value)
    return names, ast.get_docstring(tree) or ""


def _page(module: str, names: list[str]) -> str:
    members = "".join(f"        - {name}\n" for name in sorted(names, key=str.lower))
    return f"# `{module}`\n\n::: {module}\n    options:\n      members:\n{members}"
