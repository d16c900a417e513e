"""``zkmargin data instruments``, ``snapshot show``, ``circuits`` and ``model list``."""

from __future__ import annotations

import json

import pytest

from support.circuits import ROOT
from support.margin_values import snapshot
from zkmargin.proofs.instances import circuits
from zkmargin.risk.model import MODELS, bundled_models, model_summary
from zkmargin.venues import import_deribit

CHAIN = ROOT / "examples" / "chain"


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    path = tmp_path_factory.mktemp("venue") / "venue.json"
    import_deribit(CHAIN / "ETH.json", CHAIN / "BTC.json").save(path)
    return path


def test_instruments_are_found_by_text_underlying_and_kind(cli, venue):
    code, out, _ = cli("data", "instruments", venue, "27mar26-3000", "--underlying", "ETH", "--json")
    found = json.loads(out)["instruments"]
    assert code == 0
    assert {(one["name"], one["kind"], one["strike"]) for one in found} == {
        ("ETH-27MAR26-3000-C", "call option", "3000"),
        ("ETH-27MAR26-3000-P", "put option", "3000"),
    }
    code, out, _ = cli("data", "instruments", venue, "--kind", "perpetual")
    assert [line.split()[0] for line in out.splitlines()[:3]] == [
        "instrument",
        "BTC-PERPETUAL",
        "ETH-PERPETUAL",
    ]
    assert out.endswith("2 instruments at 2026-03-02 09:00:00 UTC, in USD\n")
    assert cli("data", "instruments", venue, "nothing")[1].startswith("0 instruments")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--underlying", "ETC"), "--underlying: no such underlying; did you mean ETH?"),
        (
            ("--kind", "options"),
            "--kind: expected one of option, future, perpetual, spot, expired; did you mean option?",
        ),
    ],
)
def test_wrong_filters_name_the_nearest(cli, venue, options, reason):
    code, _, err = cli("data", "instruments", venue, *options)
    assert code == 2
    assert reason.split(";")[0] in err


def test_a_row_of_a_snapshot_is_shown(cli, tmp_path):
    snapshot().save(tmp_path / "s.json")
    code, out, _ = cli("snapshot", "show", tmp_path / "s.json", "ETH-CALL", "--json")
    shown = json.loads(out)
    assert code == 0
    assert (shown["lot"], shown["mark"], shown["short option minimum"]) == ("0.1", "30", "25")
    assert shown["scenarios"][:3] == ["-30", "20", "0"]
    code, out, _ = cli("snapshot", "show", tmp_path / "s.json", "ETH-CALL")
    assert (code, "gain or loss of one lot in USD, by scenario:\n   0  -30\n" in out) == (0, True)
    code, out, _ = cli("snapshot", "show", tmp_path / "s.json", "--json")
    about = json.loads(out)
    assert (about["model"], about["instruments"], about["time"]) == ("span", 3, "2023-11-14T22:13:20Z")
    code, _, err = cli("snapshot", "show", tmp_path / "s.json", "ETH-CALLS")
    assert (code, "ETH-CALLS: no such instrument" in err, "ETH-CALL?" in err) == (2, True, True)


def test_every_circuit_is_listed_with_its_size(cli):
    code, out, _ = cli("circuits", "--json")
    found = {one["name"]: one for one in json.loads(out)["circuits"]}
    assert (code, [*found]) == (0, [*circuits()])
    assert found["margin_13"] == {
        "name": "margin_13",
        "kind": "margin",
        "proves": "an account meets its margin requirement",
        "positions": 13,
        "underlyings": 3,
        "scenarios": 16,
        "accounts": None,
        "operations": None,
        "constraints": 32426,
        "key_bytes": 39582288,
    }
    assert (found["health_24x13"]["accounts"], found["upkeep_44"]["operations"]) == (24, 44)
    assert found["open"]["positions"] is None
    assert cli("circuits")[1].endswith(f"{len(found)} circuits\n")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--kind", "limits"), ["limits_8", "limits_21", "limits_51"]),
        (("--kind", "margin", "--positions", "60"), ["margin_64", "margin_128"]),
        (("GREEKS", "--positions", "20"), ["limits_21", "limits_51"]),
        (("WIDE_cl",), ["wide_claim_8", "wide_claim_22", "wide_claim_51"]),
        (("nothing",), []),
    ],
)
def test_circuits_are_found_by_text_kind_and_positions(cli, arguments, names):
    code, out, _ = cli("circuits", *arguments)
    *rows, last = out.splitlines()
    assert (code, [line.split()[0] for line in rows[1:]]) == (0, names)
    assert last == f"{len(names)} circuits"


def test_a_wrong_kind_of_circuit_names_the_nearest(cli):
    code, _, err = cli("circuits", "--kind", "limit")
    assert (code, err.endswith("; did you mean limits?\n")) == (2, True)


def test_models_are_listed_with_what_they_are_and_the_circuits_that_fit(cli):
    code, out, _ = cli("model", "list", "--json")
    found = {one["name"]: one for one in json.loads(out)["models"]}
    assert (code, [*found]) == (0, bundled_models())
    assert found["span"]["circuits"][:2] == ["margin_13", "margin_30"]
    assert (found["span"]["scenarios"], found["deribit"]["scenarios"]) == (16, 35)
    assert (found["deribit"]["layout"], found["deribit"]["circuits"][0]) == ("wide", "wide_8")
    code, out, _ = cli("model", "list", "hyperLIQUID")
    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, ["model", "perp", "1"])


def test_every_model_file_begins_with_a_sentence_on_what_the_model_is():
    assert {"adjustment", "collateral"} & set(bundled_models()) == set()
    assert {path.stem for path in MODELS.glob("*.toml")} > set(bundled_models())
    for name in bundled_models():
        assert 20 < len(model_summary(name)) < 120, name
