"""What the package offers."""

from __future__ import annotations

import ast
import re
import sys
import tomllib

import pytest

import zkmargin
from support.circuits import ROOT
from zkmargin.toolchain import run


def test_all_is_complete_and_every_name_is_there():
    source = ast.parse((ROOT / "prover" / "zkmargin" / "__init__.py").read_text())
    blocks = [node for node in source.body if isinstance(node, ast.If)]
    imported = {
        alias.name
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(zkmargin.__all__) == imported
    for name in zkmargin.__all__:
        assert getattr(zkmargin, name).__name__ == name
        assert name in dir(zkmargin)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = zkmargin.nothing


def test_importing_the_library_loads_no_prover_and_no_numpy():
    code = (
        "import sys; from zkmargin import Account, Snapshot, Requirement, MarginReport; "
        "from zkmargin.account.report import margin_report; print(*sys.modules)"
    )
    loaded = set(run([sys.executable, "-c", code], cwd=ROOT, timeout=60).stdout.split())
    assert not loaded & {"numpy", "scipy", "web3", "wasmtime", "py_ecc", "click"}


EXTRAS = {
    "chain": {
        "Crypto",
        "eth_abi",
        "eth_account",
        "eth_keys",
        "eth_typing",
        "eth_utils",
        "hexbytes",
        "prometheus_client",
        "web3",
    },
    "cluster": {"distributed"},
    "live": {"ccxt"},
    "prove": {"py_ecc", "wasmtime"},
    "report": {"jinja2", "markupsafe"},
    "risk": {"numpy", "scipy"},
}
OPTIONAL = {module: extra for extra, modules in EXTRAS.items() for module in modules}
VERIFYING = (
    "cli.verify cli.verify_proof cli.bundle_signatures cli.account_word cli.snapshot_verify proofs.bundle "
    "proofs.margin_proof proofs.statement_signer proving.verify snapshot.signer"
)


def test_verifying_imports_nothing_of_an_extra():
    lines = [
        "import sys, zkmargin",
        *(f"import zkmargin.{one}" for one in VERIFYING.split()),
        "print(*sys.modules)",
    ]
    code = "; ".join(lines)
    loaded = set(run([sys.executable, "-c", code], cwd=ROOT, timeout=60).stdout.split())
    assert "zkmargin.snapshot.signer" in loaded
    assert not loaded & {*OPTIONAL, "rich", "pydantic"}


def imports(node, extra=None):
    """Yield each optional module that a tree imports when it runs, and the extra that an import error would name."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.With) and ast.unparse(node.items[0].context_expr).startswith("needs_extra("):
        (extra,) = (one.value for one in node.items[0].context_expr.args)
    if isinstance(node, ast.Try) and any("ModuleNotFoundError" in ast.unparse(one) for one in node.handlers):
        return
    found = [one.name for one in node.names] if isinstance(node, ast.Import) else []
    found += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
    for name in found:
        if name.partition(".")[0] in OPTIONAL:
            yield name.partition(".")[0], extra
    for inner in ast.iter_child_nodes(node):
        yield from imports(inner, extra)


def guarded(path, module):
    """Say whether a package above a file imports the extra of a module before anything else."""
    # The extra report has that for risk.
    first = OPTIONAL[module].replace("risk", "report")
    above = [folder / "__init__.py" for folder in path.parents if folder != ROOT / "prover"]
    return any(one.is_file() and f'with needs_extra("{first}")' in one.read_text() for one in above)


def test_a_missing_extra_is_always_named():
    named = re.compile(rf"^ *(from|import) ({'|'.join(OPTIONAL)})\b", re.MULTILINE)
    texts = {path: path.read_text() for path in sorted((ROOT / "prover" / "zkmargin").rglob("*.py"))}
    for path in (path for path, text in texts.items() if named.search(text)):
        for module, extra in imports(ast.parse(texts[path])):
            assert extra == OPTIONAL[module] or guarded(path, module), f"{path}: {module}"


def rust_version(path, name):
    """Return a crate's version as Python spells it: 0.2.0.dev0 for 0.2.0-dev.0."""
    text = (ROOT / "prover" / "native" / path).read_text()
    (found,) = re.findall(rf'^name = "{name}"\nversion = "(.*)"$', text, re.MULTILINE)
    return re.sub(r"-dev\.(\d+)$", r".dev\1", found)


def test_every_place_has_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"zkmargin-native=={zkmargin.__version__}" in project["dependencies"]
    for path in ("Cargo.toml", "Cargo.lock", "fuzz/Cargo.lock"):
        assert rust_version(path, "zkmargin-native") == zkmargin.__version__, path
