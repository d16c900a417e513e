"""What the documents show runs as shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEYS = ROOT / "build" / "tests"


def run_line(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    programs = str(Path(sys.executable).parent)
    return subprocess.run(  # noqa: S603 - a line of a document
        ["/bin/bash", "-c", line],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "ZKMARGIN_KEYS": str(KEYS),
            "ZKMARGIN_NODE_MODULES": str(ROOT / "node_modules"),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_readme_works_line_by_line_in_an_empty_folder(tmp_path):
    """All but the block of ``make``: ``test_demo`` runs the demo, and ``make test`` runs this test."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w*)\n(.*?)```", readme, re.DOTALL)
    lines, program, _, targets = (text for _, text in blocks)
    assert [kind for kind, _ in blocks] == ["sh", "python", "typescript", ""]
    assert [line.split()[0] for line in targets.splitlines()] == ["make", "make"]
    for line in lines.splitlines():
        finished = run_line(line, tmp_path)
        assert finished.returncode == 0, f"{line}\n{finished.stdout}{finished.stderr}"
    wanted = re.findall(r"^ *print\(.*\)  # ([^:\n]*)", program, re.MULTILINE)
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    finished = run_line("python -W error program.py", tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines() == wanted == ["True", "1 12500"]


def fill_in(path: Path) -> None:
    """Do what the page asks of its reader between two commands."""
    account = json.loads(path.read_text(encoding="utf-8"))
    account["cash"] = "20000"
    account["positions"] = [{"instrument": "ETH-27MAR26-3000-C", "quantity": "-2"}]
    path.write_text(json.dumps(account), encoding="utf-8")


def test_the_commands_of_the_documentation_work_as_written(tmp_path):
    page = ROOT / "docs" / "command-line.md"
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    # The others are for publishers and for markets: they need a venue, prices, a node and passwords.
    holder, limits, *_ = (block.splitlines() for block in blocks)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for line in (*holder, *limits):
        finished = run_line(line, tmp_path)
        assert finished.returncode == 0, f"{line}\n{finished.stdout}{finished.stderr}"
        if "account new" in line:
            fill_in(tmp_path / "account.json")


def test_every_link_between_documents_leads_somewhere():
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/vectors/*.md")]
    assert ROOT / "docs" / "models" / "span.md" in documents
    for document in documents:
        for target in re.findall(r"\]\((?!http)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_readme_leads_to_every_document():
    reachable, todo = set(), [ROOT / "README.md"]
    while todo:
        document = todo.pop()
        if document in reachable:
            continue
        reachable.add(document)
        links = re.findall(r"\]\((?!http)([^)#]+\.md)", document.read_text(encoding="utf-8"))
        todo += [(document.parent / link).resolve() for link in links]
    assert set(ROOT.glob("docs/**/*.md")) <= reachable


def test_the_site_and_the_list_of_decisions_have_every_page():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    pages = {str(path.relative_to(ROOT / "docs")) for path in ROOT.glob("docs/**/*.md")}
    assert pages - set(re.findall(r"[\w/-]+\.md", navigation)) == set()
    listed = re.findall(
        r"\((\d{4}-[\w-]+\.md)\)", (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    )
    assert listed == sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))


def test_the_page_on_models_leads_to_every_model():
    page = (ROOT / "docs" / "models" / "README.md").read_text(encoding="utf-8")
    models = {path.stem for path in (ROOT / "prover" / "zkmargin" / "risk" / "models").glob("*.toml")}
    named = {name for name in models if f"| [`{name}`]({name}.md)" in page or f", `{name}` |" in page}
    assert models - named == {"adjustment", "collateral"}


def test_the_page_on_circuits_has_the_instances_as_they_are():
    page = (ROOT / "docs" / "circuits.md").read_text(encoding="utf-8")
    scenarios = {"standard": 16, "wide": 38}
    declared = json.loads((ROOT / "circuits" / "instances.json").read_text(encoding="utf-8"))["instances"]
    counts = json.loads((ROOT / "circuits" / "sizes.json").read_text(encoding="utf-8"))
    rows = [
        f"| `{name}` | {one['positions']} | {one['lanes']} | {scenarios[one['layout']]} "
        f"| {counts[name]['constraints']:,} |".replace(",", " ")
        for name, one in declared.items()
    ]
    assert "\n".join(rows) in page
