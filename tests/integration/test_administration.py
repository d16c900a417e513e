"""``zkmargin guardian``, ``fund``, ``timelock`` and ``dev`` on a market of a local chain."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from support.local_market import ALICE, DAY, ORACLES, VENUE, put_back, wait
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts import timelock
from zkmargin.contracts.guardian import PauseGroup
from zkmargin.contracts.timelock import Operation
from zkmargin.contracts.token import DemoToken, Token
from zkmargin.settlement.market import connect_market

WHY = ("--reason", "the index of ETH stands still")
PASSWORD = "a password"  # noqa: S105  # of a key for this test
HOUR = 3600


@pytest.fixture(scope="module")
def chain(market_of):
    """Return the node's URL and the market's deployment; the node's first account may do everything."""
    with run_anvil() as url:
        yield url, market_of(url)


@pytest.fixture
def market(chain):
    """Return a connection of the node's first account, on a chain that is put back afterwards."""
    url, deployment = chain
    with put_back(url):
        yield connect_market(url, deployment)


@pytest.fixture
def run(market, chain, cli, tmp_path, monkeypatch):
    """Return a function that runs a command, as the node's first account or with a key: code, output, error."""
    url, deployment = chain
    deployment.save(tmp_path / "deployment.json")
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    monkeypatch.setenv("ZKMARGIN_RPC", url)
    monkeypatch.chdir(tmp_path)

    def call(*words, key=None):
        signing = ()
        if key is not None:
            # Weak, so that it is quick.
            (tmp_path / "key.json").write_text(json.dumps(key.encrypt(PASSWORD, kdf="pbkdf2", iterations=1)))
            (tmp_path / "key.json").chmod(0o600)
            signing = ("--keystore", tmp_path / "key.json", "--password-file", tmp_path / "password")
        market = () if words[0] == "dev" else ("--deployment", tmp_path / "deployment.json")
        return cli(*words, *market, *signing)

    return call


def seen(found):
    """Return the object that a command with --json has printed."""
    code, out, error = found
    assert (code, error) == (0, "")
    return json.loads(out)


# --- the guardian


def test_the_guardian_pauses_and_unpauses(run, market):
    code, out, _ = run("guardian", "pause", "trade", "withdraw", "--for", "6h", *WHY)
    assert (code, "TRADE: open -> paused until " in out, "WITHDRAW: open -> paused until " in out) == (
        0,
        True,
        True,
    )
    start, end = market.guardian.last_pause(PauseGroup.TRADE)
    assert end - start == 6 * HOUR
    code, out, _ = run("guardian", "status")
    assert code == 0
    assert "oracle signers: 3, threshold 2" in out
    assert "LIQUIDATE  open" in out
    assert "TRADE      paused until" in out
    code, out, _ = run("guardian", "unpause", "trade", *WHY)
    assert (code, "TRADE: paused -> open; can be paused again from " in out) == (0, True)
    found = seen(run("guardian", "status", "--json"))
    assert [one["pausedUntil"] > 0 for one in found["groups"].values()] == [False, True, False]
    # Without a length it is the longest that all groups allow.
    seen(run("guardian", "pause", "liquidate", *WHY, "--json"))
    start, end = market.guardian.last_pause(PauseGroup.LIQUIDATE)
    assert end - start == market.guardian.limits(PauseGroup.LIQUIDATE).max_pause


def test_the_guardian_removes_signers(run, market):
    signers = market.feed.signers()
    code, out, _ = run("guardian", "remove-signer", signers[0])
    assert (code, out.startswith("signers 3 -> 2, threshold 2"), "accepts no snapshot" in out) == (
        0,
        True,
        False,
    )
    code, out, _ = run("guardian", "remove-signer", signers[1])
    assert (code, "the feed accepts no snapshot until" in out) == (0, True)
    _, _, error = run("guardian", "remove-signer", signers[1])
    assert "NotASigner" in error


def test_a_wallet_gets_the_calldata_of_the_guardian(run, market):
    for words in (("pause", "trade", "--for", "60", *WHY), ("unpause", "trade", *WHY)):
        sent = seen(run("guardian", *words, "--calldata", "--json"))
        market.web3.eth.wait_for_transaction_receipt(
            market.web3.eth.send_transaction({"from": market.sender, "to": sent["to"], "data": sent["data"]})
        )
        assert market.guardian.is_paused(PauseGroup.TRADE) is (words[0] == "pause")
    sent = seen(run("guardian", "remove-signer", ORACLES[0].address, "--calldata", "--json"))
    assert sent["to"] == market.feed.address
    assert len(market.feed.signers()) == 3


def test_refusals_of_the_guardian(run):
    reason = "no such group; expected one of trade, withdraw, liquidate; did you mean trade?"
    assert run("guardian", "pause", "traid", *WHY) == (2, "", f"error: traid: {reason}\n")
    code, _, error = run("guardian", "pause", "liquidate", "--for", "3h", *WHY)
    assert (code, "PauseOutOfBounds(group=4, duration=10800, maxPause=7200)" in error) == (4, True)
    code, _, error = run("guardian", "pause", "trade", "--for", "long", *WHY)
    assert (code, error) == (2, "error: --for: expected seconds, or a number with s, m, h or d, e.g. 2h\n")
    code, _, error = run("guardian", "unpause", "trade", *WHY)
    assert (code, "NotPaused(group=1)" in error) == (4, True)
    code, _, error = run("guardian", "pause", "trade", *WHY, key=ALICE)
    assert (code, "NotGuardian" in error) == (4, True)
    code, _, error = run("guardian", "remove-signer", "nobody")
    assert (code, error.startswith("error: signer: expected an address")) == (2, True)


# --- the funds


@pytest.fixture
def rich(market):
    """Give the node's first account tokens."""
    DemoToken(market.web3, market.deployment.tokens["USD"]).mint(10**12)
    return market


def test_money_goes_into_fund_and_tranche(run, rich):
    code, out, _ = run("fund", "deposit", "1000.5")
    assert (code, out.startswith("insurance fund: 0 -> 1000.5 USD; ")) == (0, True)
    found = seen(run("fund", "deposit", "20", "--first-loss", "--json"))
    assert (found["insuranceFund"], found["firstLoss"]) == ("1000.5", "20")
    assert rich.fund.balance_of(rich.house.address) == 1_000_500_000
    code, out, _ = run("fund", "status")
    assert code == 0
    assert "insurance fund      1000.5 USD" in out
    assert "first-loss tranche  20 USD" in out
    # Exactly the amounts were approved.
    token = Token(rich.web3, rich.deployment.tokens["USD"])
    assert [token.allowance(rich.sender, one.address) for one in (rich.fund, rich.first_loss)] == [0, 0]


def test_the_venue_announces_and_withdraws_its_tranche(run, rich):
    run("fund", "deposit", "20", "--first-loss")
    code, out, _ = run("fund", "announce", "15", key=VENUE)
    assert (code, out.startswith("15 USD can leave in 16 d of live time")) == (0, True)
    code, _, error = run("fund", "withdraw", key=VENUE)
    assert (code, "NoticeRunning" in error) == (4, True)
    code, out, _ = run("fund", "status")
    assert "announced withdrawal  15 USD, in 16 d of live time" in out
    code, out, _ = run("fund", "announce", "0", key=VENUE)
    assert (code, out.startswith("no notice; ")) == (0, True)
    code, _, error = run("fund", "withdraw", key=VENUE)
    assert (code, "NoNotice()" in error) == (4, True)


def test_refusals_of_the_funds(run):
    assert run("fund", "deposit", "0")[2] == "error: AMOUNT: must be positive\n"
    assert run("fund", "deposit", "0.0000001")[2] == "error: AMOUNT: expected at most 6 decimals\n"
    code, _, error = run("fund", "deposit", "1")
    assert (code, "ERC20InsufficientBalance" in error) == (4, True)
    code, _, error = run("fund", "announce", "1")
    assert (code, "NotVenue" in error) == (4, True)
    code, _, error = run("fund", "dispute", "1")
    assert (code, "NotLate(account=1)" in error) == (4, True)


# --- the timelock


def test_a_parameter_changes_after_the_delay(run, market):
    words = ("house-parameters", "heartbeat=2h", "bond=12.5")
    code, out, _ = run("timelock", "schedule", *words)
    assert code == 0
    assert [line.split() for line in out.splitlines()[2:]] == [
        ["heartbeat", "86400", "->", "7200"],
        ["bond", "0", "->", "12.5"],
    ]
    identifier = out.splitlines()[0].removeprefix("scheduled ")
    code, out, _ = run("timelock", "status")
    assert (code, "operations: 1" in out, identifier in out, "86400 -> 7200" in out) == (0, True, True, True)
    code, _, error = run("timelock", "execute", *words)
    assert (code, f"operation {identifier} can be executed from " in error) == (4, True)
    code, _, error = run("timelock", "schedule", *words)
    assert (code, f"operation {identifier} is scheduled already: --salt" in error) == (4, True)
    wait(market.web3, 2 * DAY)
    assert f"{identifier} ready" in run("timelock", "status")[1]
    code, out, _ = run("timelock", "execute", identifier)
    assert (code, "86400 -> 7200" in out) == (0, True)
    parameters = market.house.parameters()
    assert (parameters.heartbeat, parameters.bond, parameters.grace) == (7200, 12_500_000, 1800)
    code, _, error = run("timelock", "execute", identifier)
    assert (code, f"operation {identifier} has been executed" in error) == (4, True)
    assert "no operations are scheduled" in run("timelock", "status")[1]


def test_operations_are_found_in_ranges_of_blocks(run, market, monkeypatch):
    identifier = seen(run("timelock", "schedule", "delay", "3d", "--json"))["operation"]
    whole = seen(run("timelock", "status", "--json"))
    monkeypatch.setattr(timelock, "_RANGE", 1)
    assert seen(run("timelock", "status", "--json")) == whole
    assert [one["operation"] for one in whole["operations"]] == [identifier]


def test_an_operation_is_cancelled_and_scheduled_again(run, market):
    words = ("vault-cap", "ETH=7")
    for _ in range(2):
        found = seen(run("timelock", "schedule", *words, "--json"))
        assert found["effects"] == [{"what": "cap of ETH", "old": "5000.5", "new": "7"}]
        code, out, _ = run("timelock", "cancel", *words)
        assert (code, out.startswith(f"cancelled {found['operation']}; ")) == (0, True)
        assert seen(run("timelock", "status", "--json"))["operations"] == []
    code, _, error = run("timelock", "cancel", found["operation"])
    assert (code, f"operation {found['operation']} is not scheduled" in error) == (4, True)


OTHER = "0x" + "11" * 19 + "12"
KEY = (
    "5299619240641551281634865583518297030282874472190772894086521144482721001553",
    "16950150798460657717958625567821834550301663161624707787222815936182638968203",
)
CHANGES = (
    (("venue", OTHER), [("venue", VENUE.address, OTHER)]),
    (("venue-key", *KEY), [("venue key", None, " ".join(KEY))]),
    (
        ("auction-parameters", "fall_time=10m", "fee_bps=0"),
        [("fee_bps", "200", "0"), ("fall_time", "900", "600")],
    ),
    (
        ("remove-signer", ORACLES[0].address),
        [("signers", None, f"{ORACLES[1].address} {ORACLES[2].address}")],
    ),
    (("vault-cap", "cash=1.25"), [("cap of cash", "10000000", "1.25")]),
    (("guardian", OTHER, *WHY), [("guardian", None, OTHER), ("reason", "", WHY[1])]),
    (
        ("pause-limits", "withdraw", "max_pause=6h", *WHY),
        [("WITHDRAW max_pause", "86400", "21600"), ("reason", "", WHY[1])],
    ),
    (("delay", "3d"), [("delay of the timelock", "172800", "259200")]),
)


def test_every_change_of_the_market_does_what_it_shows(run, market):
    shown = {}
    for words, expected in CHANGES:
        found = seen(run("timelock", "schedule", *words, "--json"))
        shown[found["operation"]] = found["effects"]
        assert [(one["what"], one["new"]) for one in found["effects"]] == [
            (what, new) for what, _, new in expected
        ]
        for one, (_, old, _) in zip(found["effects"], expected, strict=True):
            assert old is None or one["old"] == old
    wait(market.web3, 2 * DAY)
    pending = seen(run("timelock", "status", "--json"))["operations"]
    assert {one["operation"]: one["effects"] for one in pending} == shown
    for identifier, expected in shown.items():
        assert seen(run("timelock", "execute", identifier, "--json"))["effects"] == expected
    assert (market.house.venue(), market.guardian.guardian()) == (OTHER, OTHER)
    assert market.house.venue_key() == tuple(map(int, KEY))
    assert market.auctions.parameters().fall_time == 600
    assert market.feed.signers() == tuple(one.address for one in ORACLES[1:])
    assert market.vault.asset(8).cap == 1_250_000
    assert market.guardian.limits(PauseGroup.WITHDRAW).max_pause == 21_600
    assert market.timelock.min_delay() == 259_200


def test_a_token_is_listed_in_an_empty_slot(run, market):
    token = seen(run("dev", "faucet", OTHER, "--token", "DOGE:8=5", "--json"))["tokens"]["DOGE"]
    found = seen(run("timelock", "schedule", "vault-asset", "1", token, "1000", "--json"))
    changed = [(one["what"], one["new"]) for one in found["effects"]]
    assert changed == [("token of slot 1", token), ("cap of slot 1", "1000")]
    wait(market.web3, 2 * DAY)
    seen(run("timelock", "execute", found["operation"], "--json"))
    assert market.vault.asset(1).token == token


@pytest.mark.parametrize(
    ("words", "what", "read"),
    [
        (("signers", ORACLES[1].address, ORACLES[0].address), "signers", lambda feed: feed.signers()),
        (
            ("price-limits", "0.max_price=2000.5", "1.max_move_bps=7"),
            "price-limits",
            lambda feed: feed.limits(),
        ),
        (("collateral", "USDC", "DOGE", "ETH", "BTC"), "collateral", lambda feed: feed.collateral()),
    ],
)
def test_a_change_of_the_feed_takes_both_delays(run, market, words, what, read):
    before = read(market.feed)
    found = seen(run("timelock", "schedule", *words, "--json"))
    assert all(one["what"].endswith(", after the feed's delay") for one in found["effects"])
    wait(market.web3, 2 * DAY)
    seen(run("timelock", "execute", found["operation"], "--json"))
    assert f"scheduled in the feed: {what}, from " in run("timelock", "status")[1]
    code, _, error = run("timelock", "apply", *words)
    assert (code, "TooEarly" in error, read(market.feed) == before) == (4, True, True)
    dropped = seen(run("timelock", "schedule", f"cancel-{what}", "--json"))["effects"]
    assert [(one["what"], one["new"]) for one in dropped] == [(f"scheduled {what}", "none")]
    wait(market.web3, 2 * DAY)
    code, out, _ = run("timelock", "apply", *words)
    assert (code, out.startswith(f"applied {what}; "), "after the feed" in out) == (0, True, False)
    assert read(market.feed) != before
    code, _, error = run("timelock", "apply", *words)
    assert (code, "NotScheduled" in error) == (4, True)


def test_price_limits_keep_what_is_not_named(run, market):
    found = seen(run("timelock", "schedule", "price-limits", "0.max_price=2000.5", "--json"))["effects"]
    assert found == [{"what": "0.max_price, after the feed's delay", "old": "1000000", "new": "2000.5"}]


def test_any_other_call_is_scheduled_by_its_calldata(run, market):
    data = market.guardian.set_guardian_call(OTHER, "given up").hex()
    found = seen(run("timelock", "schedule", "--call", f"{market.guardian.address}:0x{data}", "--json"))
    assert found["effects"][0]["new"] == OTHER
    # A function without a name, and a contract that is not the market's.
    data = market.vault._encoded("transferOwnership", OTHER).hex()
    found = seen(run("timelock", "schedule", "--call", f"{market.vault.address}:0x{data}", "--json"))[
        "effects"
    ]
    assert found == [{"what": "call of the vault", "old": "", "new": f"transferOwnership(newOwner={OTHER})"}]
    found = seen(run("timelock", "schedule", "--call", f"{OTHER}:0x1234", "--json"))["effects"]
    assert found == [{"what": f"call of {OTHER}", "old": "", "new": "0x1234"}]


def test_a_wallet_gets_the_calldata_of_the_timelock(run, market):
    words = ("delay", "4d")
    for name in ("schedule", "cancel", "schedule", "execute"):
        if name == "execute":
            wait(market.web3, 2 * DAY)
        sent = seen(run("timelock", name, *words, "--calldata", "--json"))
        market.web3.eth.wait_for_transaction_receipt(
            market.web3.eth.send_transaction({"from": market.sender, "to": sent["to"], "data": sent["data"]})
        )
    assert market.timelock.min_delay() == 4 * DAY


def test_a_batch_of_another_tool_is_shown_and_cancelled_but_not_executed(run, market):
    calls = [
        Operation(market.house.address, market.house.set_venue_call(one)) for one in (OTHER, ALICE.address)
    ]
    targets, data = [one.target for one in calls], [one.data for one in calls]
    market.timelock._send("scheduleBatch", targets, [0, 0], data, bytes(32), bytes(32), 2 * DAY)
    (found,) = seen(run("timelock", "status", "--json"))["operations"]
    assert [one["new"] for one in found["effects"]] == [OTHER, ALICE.address]
    wait(market.web3, 2 * DAY)
    code, _, error = run("timelock", "execute", found["operation"])
    assert (code, "execute it with the tool that scheduled it" in error) == (2, True)
    assert run("timelock", "cancel", found["operation"])[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("house-parametres", "grace=1"), 2, "delay; did you mean house-parameters?"),
        (("house-parameters", "grase=1"), 2, "grase: unknown key; did you mean grace?"),
        (("house-parameters",), 2, "house-parameters: expected KEY=VALUE"),
        (("house-parameters", "grace"), 2, "grace: expected KEY=VALUE"),
        (("house-parameters", "grace=1h", "grace=2h"), 2, "grace: duplicate key"),
        (
            ("house-parameters", "grace=1"),
            4,
            "ParameterOutOfRange(index=3, value=1, least=1800, most=172800)",
        ),
        (("venue",), 2, "venue: expected ADDRESS"),
        (("venue", "0x12"), 2, "venue: expected an address"),
        (("venue-key", "1", "1"), 2, "not a point of the curve"),
        (("signers", "threshold=2"), 2, "signers: expected addresses"),
        (("signers", ORACLES[0].address), 4, "ThresholdOutOfRange"),
        (("price-limits", "7.max_price=1"), 2, "7.max_price: unknown key"),
        (("collateral",), 2, "collateral: expected the names of all assets"),
        (("vault-cap", "ETC=1"), 2, "the market has no such asset; did you mean ETH?"),
        (("vault-asset", "2", OTHER, "1"), 4, "UnsupportedDecimals"),
        (("guardian", OTHER), 2, "--reason: needs a reason, which is public"),
        (("cancel-signers",), 4, "NotScheduled"),
        (("delay", "-1"), 2, "No such option"),
        (("--call", "0x12:0x"), 2, "--call: expected TARGET:HEX"),
        ((), 2, "timelock: expected a change or --call"),
    ],
)
def test_refusals_of_the_timelock(run, words, code, reason):
    found, _, error = run("timelock", "schedule", *words)
    assert (found, reason in error) == (code, True), error


def test_only_proposers_schedule(run):
    code, _, error = run("timelock", "schedule", "venue", OTHER, key=ALICE)
    assert (code, "AccessControlUnauthorizedAccount" in error) == (4, True)
    code, _, error = run("timelock", "schedule", "venue", OTHER, "--delay", "1d")
    assert (code, "TimelockInsufficientDelay" in error) == (4, True)
    code, _, error = run("timelock", "execute", "venue", OTHER)
    assert (code, "is not scheduled: zkmargin timelock status" in error) == (4, True)
    # What the contract would refuse now can be scheduled for later.
    code, out, _ = run("timelock", "schedule", "cancel-signers", "--skip-check")
    assert (code, "nothing changes" in out) == (0, True)


# --- local chains


def test_the_faucet_finds_its_tokens_again(run, market):
    words = ("dev", "faucet", ALICE.address, OTHER, "--ether", "3.5", "--token")
    first = seen(run(*words, "GOLD:8=2.5", "--token", "TIN:18=0", "--json"))["tokens"]
    assert market.web3.eth.get_balance(OTHER) == int(Decimal("3.5") * 10**18)
    again = seen(run(*words, "GOLD:8=1", "--json"))["tokens"]
    assert again == {"GOLD": first["GOLD"]}
    gold = Token(market.web3, first["GOLD"])
    assert (gold.decimals, gold.symbol(), gold.balance_of(OTHER)) == (8, "GOLD", 350_000_000)
    assert Token(market.web3, first["TIN"]).balance_of(OTHER) == 0
    code, _, error = run(*words, "GOLD:6=1")
    assert (code, f"the token {first['GOLD']} has 8 decimals" in error) == (2, True)
    usd = market.deployment.tokens["USD"]
    named = seen(run(*words, "USD:6=4", "--token-address", f"USD={usd}", "--json"))["tokens"]
    assert (named, Token(market.web3, usd).balance_of(OTHER)) == ({"USD": usd}, 4 * 10**6)


def test_a_token_of_a_chain_that_is_gone_is_made_anew(run, market, tmp_path):
    (tmp_path / "demo-tokens.json").write_text(
        json.dumps({"format": "zkmargin-demo-tokens/1", "tokens": {"USD": OTHER}})
    )
    found = seen(run("dev", "faucet", OTHER, "--token", "USD:6=1", "--json"))["tokens"]
    assert found["USD"] != OTHER
    assert Token(market.web3, found["USD"]).balance_of(OTHER) == 10**6


def test_the_clock_is_advanced(run, market):
    start = market.time()
    assert seen(run("dev", "time", "+2h", "--json")) == {"time": start + 2 * HOUR}
    assert market.time() == start + 2 * HOUR
    run("dev", "time", str(start + 3 * HOUR))
    assert market.time() == start + 3 * HOUR
    run("dev", "time", "2100-01-01T00:00:00Z")
    assert market.time() == 4_102_444_800
    code, _, error = run("dev", "time", "2099-12-31T00:00:00Z")
    assert (code, "TIME: must be later than the latest block" in error) == (2, True)


def test_dev_is_for_local_chains(cli):
    with run_anvil(chain_id=1) as url:
        reason = "for local chains only, with the ids 31337 and 1337; the node is on chain 1"
        for words in (("faucet", OTHER), ("time", "+1")):
            code, _, error = cli("dev", *words, "--rpc", url)
            assert (code, error) == (2, f"error: {reason}\n")
        assert connect(url).eth.block_number == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("faucet", "0x12"), "ADDRESS: expected an address"),
        (("faucet", OTHER, "--token", "USD=1"), "USD=1: expected NAME:DECIMALS=AMOUNT"),
        (("faucet", OTHER, "--token", "USD:5=1"), "USD:5=1: decimals: must be from 6 to 18"),
        (("faucet", OTHER, "--ether", "much"), "--ether: expected a number"),
        (("faucet", OTHER, "--token-address", "USD"), "--token-address: expected NAME=ADDRESS"),
        (("time", "tomorrow"), "TIME: expected a time such as"),
    ],
)
def test_refusals_of_dev(run, words, reason):
    code, _, error = run("dev", *words)
    assert (code, reason in error) == (2, True), error


def test_the_house_has_the_domain_of_its_deployment(market):
    assert market.house.domain == market.deployment.order_domain


def test_commands_refuse_another_chain(run, chain, cli, tmp_path):
    with run_anvil(chain_id=5) as url:
        code, _, error = cli("guardian", "status", "--rpc", url, "--deployment", tmp_path / "deployment.json")
    assert (code, "the node is on chain 5, the market on chain 31337" in error) == (4, True)
