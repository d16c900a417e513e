"""The snapshot of storage: what it shows of a contract, and that a change is noticed."""

from __future__ import annotations

import copy
import json
import runpy
from pathlib import Path

import pytest

TOOL = runpy.run_path(str(Path(__file__).parents[3] / "verifier_contracts" / "tools" / "storage_layout.py"))

ACCOUNTS = "t_mapping(t_uint256,t_struct(Account){id}_storage)"
TYPES = {
    "t_address": {"label": "address"},
    "t_uint48": {"label": "uint48"},
    ACCOUNTS: {"label": "mapping(uint256 => struct Account)"},
    "t_struct(Account){id}_storage": {
        "label": "struct Account",
        "members": [
            {"slot": "0", "offset": 0, "type": "t_address", "label": "owner"},
            {"slot": "0", "offset": 20, "type": "t_uint48", "label": "nonce"},
        ],
    },
}
STORAGE = [
    {"slot": "0", "offset": 0, "type": "t_address", "label": "engine"},
    {
        "slot": "1",
        "offset": 0,
        "type": "t_mapping(t_uint256,t_struct(Account){id}_storage)",
        "label": "_accounts",
    },
]
HOUSE = {
    "storage": ["0+0 address engine", "1+0 mapping(uint256 => struct Account) _accounts"],
    "struct Account": ["0+0 address owner", "0+20 uint48 nonce"],
}


def artifact(*, code: str = "0x60", types=None, storage=None, ast: int = 7) -> str:
    layout = {"storage": STORAGE if storage is None else storage, "types": TYPES if types is None else types}
    text = json.dumps({"bytecode": {"object": code}, "storageLayout": layout})
    return text.replace("{id}", str(ast))


@pytest.fixture
def layouts(tmp_path):
    """Return a function that reads a project of artifacts: by contract, what forge wrote."""

    def read(**artifacts: str):
        for name, text in artifacts.items():
            for folder in ("src", f"out/{name}.sol"):
                (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / "src" / f"{name}.sol").touch()
            (tmp_path / "out" / f"{name}.sol" / f"{name}.json").write_text(text)
        return TOOL["storage_layouts"](tmp_path / "src", tmp_path / "out")

    return read


def test_storage_is_shown_with_the_members_of_structs(layouts):
    assert layouts(House=artifact()) == {"House": HOUSE}


def test_what_cannot_be_deployed_or_has_no_storage_is_left_out(layouts):
    assert layouts(Base=artifact(code="0x"), Greeks=artifact(storage=[], types=None)) == {}


def test_numbers_of_the_compiler_do_not_count(layouts):
    assert layouts(House=artifact(ast=8)) == layouts(House=artifact(ast=9))


def changed_offset():
    types = copy.deepcopy(TYPES)
    types["t_struct(Account){id}_storage"]["members"][1]["offset"] = 26
    return artifact(types=types)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(artifact(storage=STORAGE[:1]), id="a variable less"),
        pytest.param(artifact(storage=STORAGE[::-1]), id="another order"),
        pytest.param(changed_offset(), id="a member of a struct moved"),
    ],
)
def test_a_change_is_noticed_by_the_contracts_name(layouts, tmp_path, changed):
    snapshot = tmp_path / "layout.json"
    TOOL["write_layouts"](layouts(House=artifact(), Vault=artifact()), snapshot)
    assert TOOL["changed_contracts"](layouts(), snapshot) == []
    assert TOOL["changed_contracts"](layouts(House=changed), snapshot) == ["House"]


def test_a_contract_that_came_or_went_is_noticed(layouts, tmp_path):
    snapshot = tmp_path / "layout.json"
    assert TOOL["changed_contracts"]({"House": HOUSE}, snapshot) == ["House"]
    TOOL["write_layouts"]({"House": HOUSE}, snapshot)
    assert TOOL["changed_contracts"]({}, snapshot) == ["House"]
