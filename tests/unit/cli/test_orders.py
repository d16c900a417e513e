"""``zkmargin order``: keys, orders and sheets, from files to exit codes."""

from __future__ import annotations

import json
import stat
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.formats import FORMATS
from support.margin_values import account, snapshot
from support.order_values import LOW_ORDER, secret
from zkmargin import Account, Snapshot
from zkmargin.orders import SigningKey, load_signed
from zkmargin.orders.key_file import save_key
from zkmargin.spec import NO_KEY, STANDARD, Side, TradingKey

SECRET = "correct horse"  # noqa: S105
KEY = SigningKey(secret("a"))
LATER = "2999-12-31T23:59:59Z"
SIGN = (
    "sign",
    "buy",
    "1.5",
    "ETH-PERPETUAL",
    "--price",
    "2200.5",
    "--expiry",
    LATER,
    "-o",
    "order.json",
    "--force",
)
SHEET = ("sheet", "quotes.csv", "--cap", 40, "--expiry", LATER, "-o", "sheet.json")
SIGNER = ("--key", "key.json", "--account", "account.json", "--password-file", "password")
MARKET = ("--snapshot", "snapshot.json")


@pytest.fixture
def cli(cli, monkeypatch, tmp_path, quick_keystores):
    """Return a function that runs ``zkmargin order`` in a folder of files: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    snapshot().save("snapshot.json")
    account(key=KEY.key, number=3).save("account.json")
    save_key(KEY, Path("key.json"), SECRET)
    Path("quotes.csv").write_text("instrument,bid,ask,size\nETH-PERPETUAL,2199,2201,1.5\nETH-CALL,,310,0.2\n")
    for name, text in {"password": f"{SECRET}\n", "wrong": "battery staple"}.items():
        Path(name).write_text(text)
        Path(name).chmod(0o600)
    return lambda *arguments: cli("order", *arguments)


def sign(cli, *changes):
    """Sign an order, with the given options last, which replaces earlier ones."""
    return cli(*SIGN, *MARKET, *SIGNER, *(() if "--sequence" in changes else ("--place", 5)), *changes)


def verify(cli, *options, file="order.json"):
    return cli("verify", file, *MARKET, *options)


class TestKey:
    def test_a_key_is_new_private_and_shows_its_public_part_alone(self, cli):
        code, out, err = cli("key", "-o", "new.json", "--password-file", "password", "--json")
        assert (code, err) == (0, "")
        assert stat.S_IMODE(Path("new.json").stat().st_mode) == 0o600
        shown = json.loads(out)
        assert shown == {"file": "new.json", "key": json.loads(Path("new.json").read_text())["key"]}
        code, out, _ = cli("key", "-o", "other.json", "--password-file", "password")
        assert code == 0
        assert '"tradingKey": {"x": "' in out
        assert shown["key"]["x"] not in out

    def test_an_existing_file_is_kept(self, cli):
        before = Path("key.json").read_bytes()
        code, out, err = cli("key", "-o", "key.json", "--password-file", "password")
        assert (code, out) == (2, "")
        assert err == "error: key.json: exists already; overwriting it would lose its key\n"
        assert Path("key.json").read_bytes() == before

    def test_the_password_is_never_an_argument(self, cli):
        code, _, err = cli("key", "-o", "new.json", "--password", SECRET)
        assert code == 2
        assert "--password-file" in err
        code, _, err = cli("key", "-o", "new.json")
        assert (code, err) == (2, "error: no terminal to ask for the password: give --password-file\n")


class TestSign:
    def test_a_perpetual_is_booked_less_its_funding(self, cli):
        code, out, err = sign(cli, "--funding", "3.25", "--fee-rate", "0.5")
        assert (code, err) == (0, "")
        lines = {" ".join(line.split()) for line in out.splitlines()}
        assert {"quoted limit 2200.5", "accumulated funding 3.25", "booked limit 2197.25"} <= lines
        signed = load_signed("order.json")
        assert str(signed.order.limit) == "2197.25"
        assert signed.holder == (0, 7, 3)
        assert signed.order.sequence % 24 == 5
        assert 0 <= 256 * time.time() - signed.order.sequence < 256 * 600
        assert stat.S_IMODE(Path("order.json").stat().st_mode) == 0o600
        assert verify(cli, "--account", "account.json") == (0, "order.json: valid\n", "")

    def test_without_funding_the_price_is_booked(self, cli):
        code, out, _ = sign(cli, "--json")
        shown = json.loads(out)
        assert code == 0
        assert (shown["quoted"], shown["funding"], shown["limit"]) == ("2200.5", "0", "2200.5")

    def test_the_funding_is_that_of_the_snapshot_unless_it_is_given(self, cli):
        parts = snapshot().parts
        row, listing = parts.rows[0], parts.listings[0]
        # A lot of 0.1 ETH with 3.25 accrued per ETH.
        slots = tuple(
            value - 325_000 if place == STANDARD.mark else value for place, value in enumerate(row.slots)
        )
        rows = {**parts.rows, 0: replace(row, slots=slots)}
        listings = (replace(listing, funding=Decimal("3.25")), *parts.listings[1:])
        Snapshot.commit(replace(parts, rows=rows, listings=listings)).save("snapshot.json")
        code, out, _ = sign(cli, "--json")
        assert (code, json.loads(out)["funding"], json.loads(out)["limit"]) == (0, "3.25", "2197.25")
        code, out, _ = sign(cli, "--json", "--funding", "3.5")
        assert (code, json.loads(out)["funding"], json.loads(out)["limit"]) == (0, "3.5", "2197")

    def test_a_sequence_and_a_domain(self, cli):
        assert sign(cli, "--sequence", 49, "--domain", "0x4d")[0] == 0
        signed = load_signed("order.json")
        assert (signed.order.sequence, signed.holder.domain) == (49, 77)
        assert verify(cli, "--account", "account.json", "--domain", 77)[0] == 0

    def test_a_market_gives_the_domain(self, cli):
        (deployment,) = FORMATS["deployment"]
        deployment.save("deployment.json")
        market = ("--deployment", "deployment.json")
        assert sign(cli, *market)[0] == 0
        assert load_signed("order.json").holder.domain == deployment.order_domain
        assert verify(cli, "--account", "account.json", *market)[0] == 0
        replace(deployment, chain_id=deployment.chain_id + 1).save("other.json")
        code, _, err = verify(cli, "--account", "account.json", "--deployment", "other.json")
        assert (code, err) == (1, "error: order.json: for another domain\n")
        code, _, err = sign(cli, *market, "--domain", 77)
        assert (code, err) == (2, "error: give either --deployment or --domain\n")

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            (("--price", "0.000001"), "order: limit: not a whole number of micro-quote per lot"),
            (("--price", "1e3"), '--price: expected a number as a decimal string, such as "0.25"'),
            (("--funding", "x"), '--funding: expected a number as a decimal string, such as "0.25"'),
            (("--fee-rate", "-1"), "--fee-rate: must not be negative"),
            (("--expiry", "tomorrow"), "--expiry: expected a time such as 2026-12-01T08:00:00Z"),
            (("--sequence", 49, "--place", 1), "give either --place or --sequence"),
            (("--sequence", 2**40), "order: sequence: must be from 0 to 2^40 - 1"),
            (("--domain", "x"), "--domain: expected a whole number, decimal or with 0x"),
            (("--domain", 2**255), "order: domain: expected a field element"),
            (("--password-file", "wrong"), "key.json: the password is wrong"),
            (("--snapshot", "none.json"), "none.json: cannot be read: No such file or directory"),
        ],
    )
    def test_bad_input_exits_2(self, cli, changes, error):
        assert sign(cli, *changes) == (2, "", f"error: {error}\n")
        assert not Path("order.json").exists()

    def test_an_unknown_instrument_has_a_suggestion(self, cli):
        arguments = ["ETH-CAL" if one == "ETH-PERPETUAL" else one for one in SIGN]
        code, _, err = cli(*arguments, *MARKET, *SIGNER, "--place", 5)
        assert (code, err) == (
            2,
            "error: no instrument ETH-CAL in the snapshot; did you mean ETH-CALL?\n",
        )
        arguments = ["bye" if one == "buy" else one for one in SIGN]
        assert cli(*arguments, *MARKET, *SIGNER, "--place", 5)[2] == "error: SIDE: expected buy or sell\n"

    def test_a_place_or_a_sequence_is_needed(self, cli):
        assert cli(*SIGN, *MARKET, *SIGNER)[2] == "error: give either --place or --sequence\n"
        assert cli(*SIGN, *MARKET, *SIGNER, "--place", 24)[0] == 2

    def test_another_key_than_the_accounts_is_refused(self, cli):
        account(key=NO_KEY).save("account.json")
        code, _, err = sign(cli)
        assert (code, err) == (2, "error: key.json: not the trading key of account.json\n")

    def test_files_that_others_can_read_are_warned_of(self, cli):
        for name in ("key.json", "account.json"):
            Path(name).chmod(0o644)
        code, _, err = sign(cli)
        assert code == 0
        for name in ("key.json", "account.json"):
            assert f"warning: other users can read {name}" in err


class TestSheet:
    def test_a_sheet_from_csv(self, cli):
        code, out, err = cli(*SHEET, *MARKET, *SIGNER, "--place", 4, "--fee-rate", "0.25")
        assert (code, err) == (0, "")
        assert [*out.splitlines()[-1].split()] == ["quotes", "2"]
        sheet = load_signed("sheet.json").sheet
        assert (sheet.cap, len(sheet.quotes), sheet.sequence % 24) == (40, 2, 4)
        assert verify(cli, "--key", "key.json", file="sheet.json") == (0, "sheet.json: valid\n", "")

    def test_a_sheet_from_json(self, cli):
        quotes = [{"instrument": "ETH-CALL", "ask": "310", "size": "0.2"}]
        Path("quotes.json").write_text(json.dumps(quotes))
        arguments = ["quotes.json" if one == "quotes.csv" else one for one in SHEET]
        code, out, _ = cli(*arguments, *MARKET, *SIGNER, "--place", 4, "--json")
        assert code == 0
        assert json.loads(out)["quotes"] == 1

    @pytest.mark.parametrize(
        ("line", "error"),
        [
            ("ETH-CALL,2,1,0.1", "quotes.csv: line 2.bid: must not be above the ask"),
            ("ETH-CALL,1,2,0.15", "quotes.csv: quotes[0].size: not a multiple of the instrument's lot"),
            ("ETH-PUT,1,2,0.1", "quotes.csv: quotes[0].instrument: no instrument ETH-PUT in the snapshot"),
        ],
    )
    def test_bad_quotes_exit_2(self, cli, line, error):
        Path("quotes.csv").write_text(f"instrument,bid,ask,size\n{line}\n")
        code, out, err = cli(*SHEET, *MARKET, *SIGNER, "--place", 4)
        assert (code, out) == (2, "")
        assert err.startswith(f"error: {error}")

    def test_an_empty_sheet_is_refused(self, cli):
        Path("quotes.csv").write_text("instrument,bid,ask,size\n")
        assert cli(*SHEET, *MARKET, *SIGNER, "--place", 4)[2] == (
            "error: quotes.csv: quotes: expected 1 to 4096 items\n"
        )


class TestShow:
    def test_an_order(self, cli):
        sign(cli)
        code, out, _ = cli("show", "order.json")
        lines = {" ".join(line.split()) for line in out.splitlines()}
        assert code == 0
        assert {"instrument ETH-PERPETUAL", "side buy", "quantity 1.5", "booked limit 2200.5"} <= lines
        assert {"owner 7", "account 3", "place 5", f"expiry {LATER}"} <= lines
        code, out, _ = cli("show", "order.json", "--json")
        assert json.loads(out)["quantity"] == "1.5"

    def test_a_sheet(self, cli):
        cli(*SHEET, *MARKET, *SIGNER, "--place", 4)
        code, out, _ = cli("show", "sheet.json")
        assert code == 0
        assert [line.split() for line in out.splitlines()[-2:]] == [
            ["ETH-PERPETUAL", "2199", "2201", "1.5"],
            ["ETH-CALL", "310", "0.2"],
        ]

    def test_what_is_neither_exits_2(self, cli):
        assert cli("show", "account.json")[0] == 2
        assert cli("show", "none.json")[0] == 2


class TestVerify:
    @pytest.fixture(autouse=True)
    def _signed(self, cli):
        sign(cli, "--domain", 77)

    def _change(self, **changes):
        document = json.loads(Path("order.json").read_text())
        Path("order.json").write_text(json.dumps({**document, **changes}))

    def test_a_public_key_by_its_file_or_its_coordinates(self, cli):
        assert verify(cli, "--key", "key.json")[0] == 0
        code, out, _ = verify(cli, "--key", f"{KEY.key.x},{KEY.key.y}", "--json")
        assert (code, json.loads(out)) == (0, {"valid": True})

    @pytest.mark.parametrize(
        "change",
        [
            {"domain": "78"},
            {"owner": "8"},
            {"account": "4"},
            {"instrument": "ETH-CALL"},
            {"side": "sell"},
            {"quantity": "1.6"},
            {"limit": "2200.6"},
            {"feeRate": "0.1"},
            {"sequence": "5"},
            {"expiry": "2999-12-31T23:59:58Z"},
        ],
    )
    def test_clearing_attack_tampered_order(self, cli, change):
        self._change(**change)
        code, out, err = verify(cli, "--key", "key.json")
        assert (code, out) == (1, "")
        assert err == "error: order.json: the signature is not the trading key's\n"

    def test_clearing_attack_another_key(self, cli):
        x, y = SigningKey(secret("b")).key
        assert verify(cli, "--key", f"{x},{y}")[0] == 1
        account(key=NO_KEY, number=3).save("account.json")
        assert verify(cli, "--account", "account.json")[0] == 1

    @pytest.mark.parametrize("point", [NO_KEY, *LOW_ORDER[:3]])
    def test_clearing_attack_key_that_anybody_signs_for(self, cli, point):
        x, y = TradingKey(*point)
        self._change(signature={"r8": {"x": "0", "y": "1"}, "s": "0"})
        assert verify(cli, "--key", f"{x},{y}")[0] == 1

    def test_clearing_attack_another_account_or_domain(self, cli):
        for other in (account(key=KEY.key, number=4), account(key=KEY.key, number=3, owner=8)):
            other.save("account.json")
            code, _, err = verify(cli, "--account", "account.json")
            assert (code, err) == (1, "error: order.json: for another account than account.json\n")
        code, _, err = verify(cli, "--key", "key.json", "--domain", 78)
        assert (code, err) == (1, "error: order.json: for another domain\n")

    def test_clearing_attack_expired_order(self, cli):
        assert verify(cli, "--key", "key.json", "--at", LATER)[0] == 0
        code, _, err = verify(cli, "--key", "key.json", "--at", "3000-01-01T00:00:00Z")
        assert (code, err) == (1, "error: order.json: expired\n")

    def test_clearing_attack_s_not_reduced(self, cli):
        """The file's reader refuses it, so no verifier sees it."""
        signature = json.loads(Path("order.json").read_text())["signature"]
        order = 2736030358979909402780800718157159386076813972158567259200215660948447373041
        self._change(signature={**signature, "s": str(int(signature["s"]) + order)})
        code, _, err = verify(cli, "--key", "key.json")
        assert code == 2
        assert err.startswith("error: order.json: signature.s: must be from 0 to ")

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ((), "give either --key or --account"),
            (("--key", "key.json", "--account", "account.json"), "give either --key or --account"),
            (("--key", "none.json"), "none.json: cannot be read: No such file or directory"),
            (("--key", "1,x"), "--key: expected a whole number, decimal or with 0x"),
            (("--key", "key.json", "--at", "now"), "--at: expected a time such as 2026-12-01T08:00:00Z"),
        ],
    )
    def test_bad_input_exits_2(self, cli, options, error):
        assert verify(cli, *options) == (2, "", f"error: {error}\n")

    def test_a_malformed_file_exits_2_with_its_key(self, cli):
        self._change(side="long")
        assert verify(cli, "--key", "key.json") == (
            2,
            "",
            'error: order.json: side: expected "buy" or "sell"\n',
        )

    def test_the_library_reads_what_the_command_wrote(self):
        signed = load_signed("order.json")
        assert signed.order.side is Side.BUY
        signed.check(Account.load("account.json").key, snapshot())
        assert replace(signed, source="other") == signed
