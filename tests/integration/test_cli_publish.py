"""``zkmargin snapshot publish`` on a local chain."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.margin_values import snapshot
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts.oracle_feed import FeedSettings, OracleFeed, PriceLimits
from zkmargin.snapshot import Snapshot
from zkmargin.snapshot.signatures import Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot

SIGNERS = [EthAccount.from_key(keccak(b"publisher" + bytes([n]))) for n in range(3)]
LIMITS = (PriceLimits(10**6, 10**12, 500), PriceLimits(10**8, 10**13, 400))
PASSWORD = "a password"  # noqa: S105  # of a key for this test


@pytest.fixture(scope="module")
def feed():
    with run_anvil() as url:
        settings = FeedSettings(connect(url).eth.accounts[0], 2 * 86_400, 300, 600)
        yield url, OracleFeed.deploy(url, settings, [one.address for one in SIGNERS], 2, LIMITS)


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

    def without_row(made, number):
        parts = made.parts
        rows = {one: row for one, row in parts.rows.items() if one != number}
        return Snapshot.commit(
            replace(parts, rows=rows, listings=tuple(one for one in parts.listings if one.id in rows))
        )

    def call(signers, *options, address=client.address, time=None, previous=True, without=None):
        made = snapshot(timestamp=time or connect(url).eth.get_block("latest")["timestamp"])
        made = made if without is None else without_row(made, without)
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
    _, code, _, error = publish(SIGNERS[:2], without=1)
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
