from __future__ import annotations

import json


def test_the_source_of_keys_is_shown_without_what_may_be_a_password(cli, monkeypatch, tmp_path):
    def settings():
        return {one["name"]: one for one in json.loads(cli("config", "--json")[1])["settings"]}

    monkeypatch.setenv("ZKMARGIN_KEYS", str(tmp_path))
    assert settings()["keys_url"] == {"name": "keys_url", "value": "", "from": "default"}
    assert settings()["margin_13"]["from"] == "keys are built on first use"
    monkeypatch.setenv("ZKMARGIN_KEYS_URL", "https://example.org/keys?token=secret")
    shown = settings()["keys_url"]
    assert (shown["value"], shown["from"]) == ("https://example.org/keys", "ZKMARGIN_KEYS_URL")
    assert settings()["margin_13"]["from"] == "keys are fetched on first use"
    monkeypatch.setenv("ZKMARGIN_KEYS_URL", str(tmp_path / "a?b"))
    assert settings()["keys_url"]["value"] == str(tmp_path / "a?b")
