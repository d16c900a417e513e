"""``zkmargin snapshot publish`` on a local chain."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.margin_values import snapshot
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.oracle_feed import FeedSettings, OracleFeed, PriceLimits
from zkmargin.contracts.timelock import Timelock
from zkmargin.snapshot import Snapshot
from zkmargin.snapshot.signatures import Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot

SIGNERS = [EthAccount.from_key(keccak(b"publisher" + bytes([n]))) for n in range(3)]
LIMITS = (PriceLimits(10**6, 10**12, 500), PriceLimits(10**8, 10**13, 400))
PASSWORD = "a password"  # noqa: S105  # of a key for this test


@pytest.fixture(scope="module")
def feed():
    with run_anvil() as url:
        web3 = connect(url)
        admin, guardian = web3.eth.accounts[:2]
        timelock = Timelock.deploy(web3, 2 * 86_400, (admin,), (admin,))
        watch = Guardian.deploy(web3, timelock.address, guardian)
        settings = FeedSettings(admin, watch.address, 2 * 86_400, 300, 60, 600)
        signers = [one.address for one in SIGNERS]
        yield url, OracleFeed.deploy(url, settings, signers, 2, LIMITS, ("USDC", "DOGE", "ETH"))


def reordered(made, order):
    """Return a snapshot with the same collateral in another order."""
    parts = made.parts
    assets, prices = (tuple(each[place] for place in order) for each in (parts.collateral, parts.prices))
    return Snapshot.commit(replace(parts, collateral=assets, prices=prices))


def without_row(made, number):
    """Return a snapshot without one row."""
    parts = made.parts
    rows = {one: row for one, row in parts.rows.items() if one != number}
    return Snapshot.commit(
        replace(parts, rows=rows, listings=tuple(one for one in parts.listings if one.id in rows))
    )


@pytest.fixture
def publish(feed, cli, tmp_path, monkeypatch):
    """Return a function that signs a snapshot of now and publishes it by the command line."""
    url, client = feed
    (tmp_path / "password").write_text(PASSWORD)
    payer = EthAccount.create()
    # Weak, so that it is quick.
    (tmp_path / "payer.json").write_text(json.dumps(payer.encrypt(PASSWORD, kdf="pbkdf2", iterations=1)))
    for name in ("password", "payer.json"):
        (tmp_path / name).chmod(0o600)
    connect(url).provider.make_request("anvil_setBalance", [payer.address, hex(10**18)])

    def call(signers, *options, address=client.address, time=None, previous=True, change=None):
        made = snapshot(timestamp=time or connect(url).eth.get_block("latest")["timestamp"])
        made = made if change is None else change(made)
        signatures = Signatures(client.domain, SnapshotMessage.of(made), ())
        for one in signers:
            signatures = signatures.with_signature(sign_snapshot(made, one, client.domain))
        made.save(tmp_path / "snapshot.json")
        latest = client.latest()
        if latest is not None:
            snapshot(timestamp=latest[1]).save(tmp_path / "previous.json")
        signatures.save(tmp_path / "signatures.json")
        arguments = (tmp_path / "snapshot.json", "--signatures", tmp_path / "signatures.json")
        before = ("--previous", tmp_path / "previous.json") if latest and previous else ()
        # Not on the command line, since a node's address may hold an access key.
        monkeypatch.setenv("ZKMARGIN_RPC", url)
        node = ("--feed", address)
        key = ("--keystore", tmp_path / "payer.json", "--password-file", tmp_path / "password")
        return made, *cli("snapshot", "publish", *arguments, *before, *node, *(options or key))

    return call


def test_a_snapshot_that_a_quorum_signed_is_published_by_anybody(publish, feed):
    made, code, shown, _ = publish(SIGNERS[:2])
    assert (code, "published" in shown) == (0, True)
    assert feed[1].latest() == (made.root, made.timestamp)


def test_too_few_signatures_are_not_sent(publish, feed):
    before = connect(feed[0]).eth.block_number
    _, code, _, error = publish(SIGNERS[:1])
    assert (code, error) == (1, "error: signed by 1 of the 2 trusted signers that are needed\n")
    assert connect(feed[0]).eth.block_number == before


def test_attack_a_snapshot_that_drops_a_row_is_not_sent(publish, feed):
    publish(SIGNERS[:2])
    before = connect(feed[0]).eth.block_number
    _, code, _, error = publish(SIGNERS[:2], change=lambda made: without_row(made, 1))
    assert (code, "ETH-CALL: no row, but it was never settled" in error) == (1, True)
    assert connect(feed[0]).eth.block_number == before


def test_the_previous_snapshot_is_the_latest_of_the_feed(publish, feed, tmp_path):
    publish(SIGNERS[:2])
    root = feed[1].latest()[0]
    _, code, _, error = publish(SIGNERS[:2], previous=False)
    assert (code, error) == (2, "error: --previous: the feed has a snapshot: give its file\n")
    snapshot(timestamp=5).save(tmp_path / "old.json")
    key = ("--keystore", tmp_path / "payer.json", "--password-file", tmp_path / "password")
    _, code, _, error = publish(SIGNERS[:2], *key, "--previous", tmp_path / "old.json")
    reason = f"old.json: root: not the feed's latest snapshot, whose root is {root}\n"
    assert (code, error.endswith(reason)) == (2, True)


def test_attack_feed_collateral_in_another_order_is_not_sent(publish, feed):
    before = connect(feed[0]).eth.block_number
    _, code, _, error = publish(SIGNERS[:2], change=lambda made: reordered(made, (2, 1, 0)))
    shown = f"is ETH, DOGE, USDC; the feed {feed[1].address} expects USDC, DOGE, ETH"
    assert (code, shown in error) == (1, True)
    assert connect(feed[0]).eth.block_number == before


def test_attack_feed_collateral_in_another_order_and_dropped_rows_are_not_signed(
    publish, feed, cli, tmp_path, monkeypatch
):
    publish(SIGNERS[:2])
    url, client = feed
    key, password, out = (tmp_path / name for name in ("key.json", "password", "new.json"))
    password.write_text(PASSWORD)
    key.write_text(json.dumps(SIGNERS[0].encrypt(PASSWORD, kdf="pbkdf2", iterations=1)))
    for path in (key, password):
        path.chmod(0o600)
    monkeypatch.setenv("ZKMARGIN_RPC", url)
    time = client.latest()[1]
    snapshot(timestamp=time).save(tmp_path / "previous.json")
    made = snapshot(timestamp=time + 1)
    made.save(tmp_path / "made.json")
    reordered(made, (0, 2, 1)).save(tmp_path / "reordered.json")
    without_row(made, 1).save(tmp_path / "dropped.json")
    before = ("--previous", tmp_path / "previous.json")

    def sign(name, chain_id=client.domain.chain_id, previous=before):
        domain = ("--chain-id", chain_id, "--verifying-contract", client.address)
        signer = ("--keystore", key, "--password-file", password)
        return cli("snapshot", "sign", tmp_path / name, *signer, *domain, *previous, "-o", out)

    code, _, error = sign("reordered.json")
    shown = f"is USDC, ETH, DOGE; the feed {client.address} expects USDC, DOGE, ETH"
    assert (code, shown in error, out.exists()) == (1, True, False)
    code, _, error = sign("dropped.json")
    assert (code, "ETH-CALL: no row, but it was never settled" in error, out.exists()) == (1, True, False)
    code, _, error = sign("made.json", previous=())
    reason = "error: --previous: the feed has a snapshot: give its file\n"
    assert (code, error, out.exists()) == (2, reason, False)
    code, _, error = sign("made.json", chain_id=1)
    reason = f"error: --chain-id: the node is on chain {client.domain.chain_id}, not on 1\n"
    assert (code, error, out.exists()) == (2, reason, False)
    assert sign("made.json")[0] == 0
    assert Signatures.load(out).domain == client.domain


def test_what_the_feed_refuses_has_its_name(publish):
    made, *_ = publish(SIGNERS[:2])
    _, code, _, error = publish(SIGNERS[:2], time=made.timestamp)
    assert (code, "publish: reverted: SnapshotOutOfOrder(" in error) == (4, True)


def test_wrong_usage_is_named(publish, tmp_path):
    _, code, _, error = publish(SIGNERS[:2], "--password-file", tmp_path / "password")
    assert (code, "--password-file: needs --keystore" in error) == (2, True)
    _, code, _, error = publish(SIGNERS[:2], address="0x" + "00" * 20)
    assert (code, "OracleFeed" in error) == (4, True)
    _, code, _, error = publish(SIGNERS[:2], address="nonsense")
    assert (code, error) == (2, "error: --feed: expected an address: 0x and 40 hexadecimal digits\n")
