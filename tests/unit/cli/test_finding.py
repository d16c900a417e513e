"""``zkmargin data instruments`` and ``zkmargin snapshot show``."""

from __future__ import annotations

import json

import pytest

from support.circuits import ROOT
from support.margin_values import snapshot
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
