from __future__ import annotations

import os

import pytest

from support.circom import run_here
from support.circuits import CIRCUITS, ROOT, compiled
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving import circuit as module
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.r1cs import read_sizes
from zkmargin.toolchain import Output

# The other tests run circom in this process.
pytestmark = pytest.mark.usefixtures("circom_by_node")

GOOD = "pragma circom 2.2.0;\ntemplate Main() { signal input a; signal output c; c <== a * a; }\n"
MAIN = "component main = Main();\n"


def write(folder, text, name="main.circom"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def test_compiles_into_three_files(tmp_path):
    made = compile_circuit(write(tmp_path / "in", GOOD + MAIN), tmp_path / "new" / "out")
    assert made.name == "main"
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == [
        "main.r1cs",
        "main.sym",
        "main.wasm",
    ]
    assert read_sizes(made.r1cs).constraints == 1
    assert made.warnings == ()


def test_circom_in_this_process_writes_the_same_files(tmp_path, monkeypatch):
    source = ROOT / "circuits" / "main" / "open.circom"
    by_node = compile_circuit(source, tmp_path / "node")
    monkeypatch.setattr(module, "run", run_here)
    here = compile_circuit(source, tmp_path / "here")
    for one, other in ((by_node.r1cs, here.r1cs), (by_node.wasm, here.wasm), (by_node.sym, here.sym)):
        assert one.read_bytes() == other.read_bytes()


def test_simplifies_fully():
    # circom's own count for the circuit with --O2; with --O1 there are linear constraints too
    assert read_sizes(compiled("merkle8").r1cs).constraints == 2550


@pytest.mark.parametrize(("optimization", "constraints"), [(0, 2), (1, 2), (2, 1)])
def test_the_level_of_optimization_is_a_choice(tmp_path, optimization, constraints):
    # Full simplification takes the linear constraint away; the renaming c <== b goes with level 1 already.
    text = GOOD.replace("c <== a * a;", "signal b <== a * a; c <== b + a;")
    made = compile_circuit(write(tmp_path, text + MAIN), tmp_path, optimization=optimization)
    assert read_sizes(made.r1cs).constraints == constraints


def test_relative_paths_and_another_working_directory(tmp_path, monkeypatch):
    write(tmp_path / "in", GOOD + MAIN)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    relative = os.path.relpath(tmp_path / "in" / "main.circom")
    assert compile_circuit(module.Path(relative), module.Path("out")).wasm.is_file()


def test_includes_beside_the_source_above_it_and_in_folders(tmp_path):
    write(tmp_path / "lib", GOOD, "square.circom")
    for text, folders in (
        ('include "../lib/square.circom";', ()),
        ('include "square.circom";', (tmp_path / "lib",)),
        ('include "circomlib/circuits/bitify.circom";\n' + GOOD.splitlines()[1], ()),
    ):
        source = write(tmp_path / "in", "pragma circom 2.2.0;\n" + text + "\n" + MAIN)
        assert compile_circuit(source, tmp_path / "out", include=folders).r1cs.is_file()


def test_a_source_behind_a_symbolic_link(tmp_path):
    source = write(tmp_path / "real", GOOD + MAIN)
    (tmp_path / "link").symlink_to(source.parent)
    assert compile_circuit(tmp_path / "link" / "main.circom", tmp_path / "out").sym.is_file()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("a * a;", "a * a") + MAIN, r"main\.circom:2:63: Missing semicolon \[P1008\]"),
        (GOOD.replace("a * a;", "a * a * a;") + MAIN, r"main\.circom:2:52: Non quadratic .* \[T3001\]"),
        (
            'pragma circom 2.2.0;\ninclude "nowhere.circom";\n',
            r"nowhere\.circom to be included has not been found",
        ),
        (GOOD, r"No main specified .* \[P1001\]"),
        (GOOD.replace("2.2.0", "2.2.9") + MAIN, r"requires pragma version 2\.2\.9"),
        (GOOD.replace("2.2.0", "2.1.9") + MAIN, "must require circom 2.2"),
        (GOOD.replace("2.2.0", "3.0.0") + MAIN, "must require circom 2.2"),
        (GOOD.replace("pragma", "// pragma") + MAIN, "expected a line such as `pragma circom"),
        (
            "/* pragma circom 2.2.0; */\n" + GOOD.splitlines()[1] + MAIN,
            "expected a line such as `pragma circom",
        ),
        ("", "expected a line such as `pragma circom"),
    ],
)
def test_an_error_in_the_source_names_file_and_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        compile_circuit(write(tmp_path, text), tmp_path / "out")
    assert caught.value.source == str(tmp_path / "main.circom")
    assert "\x1b" not in str(caught.value)
    assert not list(tmp_path.glob("out/*"))


def test_an_error_keeps_the_files_that_are_there(tmp_path):
    compile_circuit(write(tmp_path, GOOD + MAIN), tmp_path)
    before = (tmp_path / "main.r1cs").read_bytes()
    with pytest.raises(InputError):
        compile_circuit(write(tmp_path, GOOD), tmp_path)
    assert (tmp_path / "main.r1cs").read_bytes() == before


def test_what_is_no_source_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        compile_circuit(tmp_path / "main.circom", tmp_path)
    for name in ("-o.circom", "a b.circom", "main.txt", "é.circom"):
        with pytest.raises(InputError, match="expected a name of letters"):
            compile_circuit(write(tmp_path, GOOD + MAIN, name), tmp_path)
    (tmp_path / "bytes.circom").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        compile_circuit(tmp_path / "bytes.circom", tmp_path)


def test_warnings_are_kept(tmp_path):
    text = GOOD.replace("template", 'include "old.circom";\ntemplate') + MAIN
    write(tmp_path, "template Old() { signal input a; }\n", "old.circom")
    made = compile_circuit(write(tmp_path, text), tmp_path / "out")
    assert len(made.warnings) == 1
    assert "does not include pragma version" in made.warnings[0]
    assert made.warnings[0].endswith("[P1004]")


@pytest.mark.parametrize(
    "output", [Output(0, "", ""), Output(0, "Everything went okay", ""), Output(101, "", "panicked")]
)
def test_success_is_not_believed_without_the_files(tmp_path, monkeypatch, output):
    monkeypatch.setattr(module, "run", lambda *_, **__: output)
    with pytest.raises(ToolchainError, match="circom failed"):
        compile_circuit(write(tmp_path, GOOD + MAIN), tmp_path / "out")


def test_files_are_not_believed_without_success(tmp_path, monkeypatch):
    real = module.run
    monkeypatch.setattr(module, "run", lambda *args, **options: Output(real(*args, **options).code, "", ""))
    with pytest.raises(ToolchainError, match="circom failed"):
        compile_circuit(write(tmp_path, GOOD + MAIN), tmp_path / "out")


def test_missing_circom_is_a_toolchain_error(tmp_path, monkeypatch):
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(tmp_path))
    with pytest.raises(ToolchainError, match="circom2 is not installed"):
        compile_circuit(CIRCUITS / "multiplier.circom", tmp_path / "out")


@pytest.mark.slow
def test_the_test_circuits_have_the_sizes_that_the_tests_rely_on():
    assert 10_000 < read_sizes(compiled("batch_merkle").r1cs).constraints < 16_000
