"""OracleFeed on a local chain: snapshots signed for it, and a margin proof that refers to one of them.

The numbers in the names are the rows of the table of attacks.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.circuits import margin_instance
from support.margin_values import KEYS, account, snapshot
from zkmargin import Context, MarginProver, Requirement, Snapshot, StatementError
from zkmargin.account.requirement import requirement_bps
from zkmargin.chain import connect, export_verifier, run_anvil
from zkmargin.chain.contract import contract_errors
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.margin_verifier import Claim, MarginVerifier
from zkmargin.contracts.oracle_feed import FeedSettings, OracleFeed, PriceLimits
from zkmargin.contracts.timelock import Timelock
from zkmargin.errors import ChainError, InputError
from zkmargin.proofs.context import action_id
from zkmargin.proofs.instances import find_instance
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot

CIRCUIT = "margin_13"
DAY, MAX_AGE, MAX_GAP, PERIOD = 86_400, 300, 60, 600
COLLATERAL = ("USDC", "DOGE", "ETH")
ETH, BTC = 2000 * 10**6, 40_000 * 10**6
LIMITS = (PriceLimits(10**6, 10**12, 500), PriceLimits(10**8, 10**13, 400))
SIGNERS = sorted(
    (EthAccount.from_key(keccak(b"oracle" + bytes([n]))) for n in range(6)),
    key=lambda one: int(one.address, 16),
)
TRUSTED = [one.address for one in SIGNERS[:5]]


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def deployed(node):
    web3 = connect(node)
    admin, watch = web3.eth.accounts[0], web3.eth.accounts[2]
    timelock = Timelock.deploy(web3, 2 * DAY, (admin,), (admin,))
    guardian = Guardian.deploy(web3, timelock.address, watch)
    settings = FeedSettings(admin, guardian.address, 2 * DAY, MAX_AGE, MAX_GAP, PERIOD)
    # In any order: the contract wants a rising one, and the client sees to it.
    return OracleFeed.deploy(node, settings, TRUSTED[::-1], 3, LIMITS, COLLATERAL)


@pytest.fixture
def web3(node):
    """Return a connection to the chain, which is put back to where it was."""
    web3 = connect(node)
    before = web3.provider.make_request("evm_snapshot", [])["result"]
    yield web3
    assert web3.provider.make_request("evm_revert", [before])["result"] is True


@pytest.fixture
def feed(web3, deployed):
    return OracleFeed(web3, deployed.address)


def now(web3):
    return web3.eth.get_block("latest")["timestamp"]


def wait(web3, seconds):
    web3.provider.make_request("evm_increaseTime", [seconds])
    web3.provider.make_request("evm_mine", [])


def taken(timestamp, eth="2000"):
    """Return a snapshot of a time and an index price."""
    parts = snapshot(timestamp=timestamp).parts
    return Snapshot.commit(replace(parts, index_prices=(Decimal(eth), parts.index_prices[1])))


def signed(asked, domain, signers=SIGNERS[:3]):
    signatures = Signatures(domain, SnapshotMessage.of(asked), ())
    for one in signers:
        signatures = signatures.with_signature(sign_snapshot(asked, one, domain))
    return signatures


def published(feed, web3, eth="2000"):
    asked = taken(now(web3), eth)
    feed.publish(asked, signed(asked, feed.domain))
    return asked


def sent_as_it_is(feed, asked, signatures):
    """Send what the client itself would refuse to send."""
    message = SnapshotMessage.of(asked)
    head = (message.root, message.timestamp, message.params_hash, message.collateral_hash)
    parts = (*head, list(message.index_prices))
    with contract_errors("publish", feed._abi):
        feed._contract.functions.publish(parts, [one.value for one in signatures]).call()


# what is accepted


def test_a_snapshot_that_a_quorum_signed_is_published(feed, web3):
    assert feed.latest() is None
    asked = taken(now(web3) - 60)
    gas = feed.publish(asked, signed(asked, feed.domain))
    assert gas < 350_000
    assert feed.latest() == (asked.root, asked.timestamp)
    assert feed.published_at(asked.root) == asked.timestamp
    assert feed.published_at(asked.root + 1) == 0
    assert feed.params_hash() == asked.spec.params_hash
    assert [feed.index_price(number) for number in range(2)] == [ETH, BTC]


def test_signatures_that_do_not_count_are_left_out(feed, web3):
    asked = taken(now(web3))
    feed.publish(asked, signed(asked, feed.domain, SIGNERS))
    assert feed.published_at(asked.root) == asked.timestamp


def test_anybody_publishes(feed, web3):
    web3.eth.default_account = web3.eth.accounts[7]
    assert feed.published_at(published(feed, web3).root) > 0


def test_a_proof_is_accepted_with_a_published_snapshot_alone(feed, web3, node):
    verifier = MarginVerifier.deploy(
        node, feed.address, {find_instance(CIRCUIT).number: export_verifier(margin_instance(CIRCUIT)[1].zkey)}
    )
    asked = taken(now(web3))
    rich, action, deadline = account(), action_id("withdraw"), now(web3) + DAY
    claim = Claim(
        rich.commitment(asked),
        action,
        deadline,
        requirement_bps(Requirement.INITIAL, asked.parts.model.initial_bps),
        MAX_AGE,
    )
    context = Context(web3.eth.chain_id, web3.eth.accounts[0], claim.account_commitment, action, deadline)
    proof = MarginProver(keys=KEYS).prove(rich, asked, Requirement.INITIAL, context=context)
    shown = (claim, proof.instance.number, proof.proof, proof.public)

    with pytest.raises(ChainError, match=rf"UnknownSnapshot\(root=0x{asked.root:064x}\)"):
        verifier.check_health(*shown)
    feed.publish(asked, signed(asked, feed.domain))
    verifier.check_health(*shown)
    wait(web3, MAX_AGE + 1)
    stale = rf"StaleSnapshot\(root=0x{asked.root:064x}, publishedAt={asked.timestamp}, maxAge={MAX_AGE}\)"
    with pytest.raises(ChainError, match=stale):
        verifier.check_health(*shown)


# 22: what is refused


def test_attack_22_stale_future_and_out_of_order_snapshots(feed, web3):
    time = now(web3)
    for asked, error in (
        (taken(time - MAX_AGE - 60), rf"SnapshotTooOld\(timestamp=\d+, maxAge={MAX_AGE}\)"),
        (taken(time + 3600), rf"FutureSnapshot\(timestamp={time + 3600}, blockTimestamp=\d+\)"),
    ):
        with pytest.raises(ChainError, match=f"^publish: reverted: {error}$"):
            feed.publish(asked, signed(asked, feed.domain))
    latest = published(feed, web3)
    for asked in (latest, taken(latest.timestamp, "2001"), taken(latest.timestamp - 1)):
        with pytest.raises(
            ChainError, match=rf"SnapshotOutOfOrder\(timestamp=\d+, latest={latest.timestamp}\)"
        ):
            feed.publish(asked, signed(asked, feed.domain))
    assert feed.latest() == (latest.root, latest.timestamp)


def test_attack_22_zero_and_out_of_bounds_prices(feed, web3):
    for eth, price in (("0.0000001", 0), ("0.999999", 999_999), ("1000000.000001", 10**12 + 1)):
        asked = taken(now(web3), eth)
        error = rf"PriceOutOfBounds\(underlying=0, price={price}, minPrice=1000000, maxPrice={10**12}\)"
        with pytest.raises(ChainError, match=error):
            feed.publish(asked, signed(asked, feed.domain))


def test_attack_22_duplicate_removed_and_too_few_signers(feed, web3):
    asked = taken(now(web3))
    one, two, three = signed(asked, feed.domain).signatures
    with pytest.raises(StatementError, match="signed by 2 of the 3 trusted signers"):
        feed.publish(asked, signed(asked, feed.domain, [*SIGNERS[:2], SIGNERS[5]]))
    with pytest.raises(ChainError, match=r"TooFewSignatures\(given=2, threshold=3\)"):
        sent_as_it_is(feed, asked, (one, two))
    for wrong in ((one, two, two), (one, three, two)):
        with pytest.raises(ChainError, match="SignersNotAscending"):
            sent_as_it_is(feed, asked, wrong)
    sent_as_it_is(feed, asked, (one, two, three))

    rotate(feed, web3, TRUSTED[1:], 2)
    asked = taken(now(web3))
    with pytest.raises(StatementError, match="signed by 1 of the 2 trusted signers"):
        feed.publish(asked, signed(asked, feed.domain, SIGNERS[:2]))
    removed = SIGNERS[0].address.lower()
    with pytest.raises(ChainError, match=rf"NotASigner\(account={removed}\)"):
        sent_as_it_is(feed, asked, signed(asked, feed.domain, SIGNERS[:2]).signatures)
    feed.publish(asked, signed(asked, feed.domain, SIGNERS[1:3]))


def test_attack_22_a_quorum_of_one_signer(node, deployed):
    with pytest.raises(ChainError, match=r"ThresholdOutOfRange\(threshold=1, least=2, signers=5\)"):
        OracleFeed.deploy(node, deployed.settings, TRUSTED, 1, LIMITS, COLLATERAL)
    with pytest.raises(ChainError, match="SignersNotAscending"):
        OracleFeed.deploy(node, deployed.settings, [TRUSTED[0]] * 2, 2, LIMITS, COLLATERAL)


@pytest.mark.parametrize("elsewhere", ["chain", "contract", "off chain"])
def test_attack_22_signatures_for_elsewhere(feed, web3, elsewhere):
    domain = {
        "chain": Domain(4242, feed.address),
        "contract": Domain(feed.domain.chain_id, web3.eth.accounts[5]),
        "off chain": Domain(),
    }[elsewhere]
    asked = taken(now(web3))
    with pytest.raises(StatementError, match="the signatures are for"):
        feed.publish(asked, signed(asked, domain))
    with pytest.raises(ChainError, match=r"NotASigner|SignersNotAscending"):
        sent_as_it_is(feed, asked, signed(asked, domain).signatures)


def test_signatures_of_another_snapshot_are_refused_before_anything_is_sent(feed, web3):
    asked = taken(now(web3))
    with pytest.raises(StatementError, match="of another snapshot"):
        feed.publish(asked, signed(taken(now(web3), "2001"), feed.domain))


# 23: prices


def test_attack_23_what_this_block_accepted_does_not_count_in_the_average(feed, web3):
    published(feed, web3)
    wait(web3, 100)
    published(feed, web3, "3000")
    # A call is made on top of the latest block, with its time.
    assert feed.index_price(0) == 3 * 10**9
    assert feed.average_price(0, 60) == ETH
    wait(web3, 50)
    assert feed.average_price(0, 20) == 3 * 10**9
    assert ETH < feed.average_price(0, 100) < 3 * 10**9
    with pytest.raises(ChainError, match=rf"HistoryTooShort\(available=\d+, window={DAY}\)"):
        feed.average_price(0, DAY)


def test_a_jump_trips_the_breaker_and_is_accepted(feed, web3):
    published(feed, web3)
    wait(web3, 10)
    published(feed, web3, "2100")
    assert feed.calm_for(10**9)
    assert (feed.breaker_tripped_at(), feed.breaker_snapshot_time()) == (0, 0)
    wait(web3, 10)
    asked = published(feed, web3, "1990")
    assert feed.latest() == (asked.root, asked.timestamp)
    assert feed.breaker_snapshot_time() == asked.timestamp <= feed.breaker_tripped_at()
    assert feed.unrest_since() == feed.breaker_tripped_at()
    assert not feed.calm_for(600)
    wait(web3, 600)
    assert feed.calm_for(600)


# changes


def as_admin(feed, web3, data):
    options = {"from": feed.settings.admin, "to": feed.address, "data": data, "gas": 1_000_000}
    with contract_errors("change", feed._abi):
        web3.eth.call(options)
        web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(options))


def rotate(feed, web3, signers, threshold):
    as_admin(feed, web3, feed.schedule_signers_call(signers, threshold))
    wait(web3, 2 * DAY)
    feed.apply_signers(signers, threshold)


def test_signers_change_after_the_delay(feed, web3):
    new = [one.address for one in SIGNERS[2:]]
    as_admin(feed, web3, feed.schedule_signers_call(new[::-1], 2))
    with pytest.raises(ChainError, match=r"^applySigners: reverted: TooEarly\("):
        feed.apply_signers(new, 2)
    wait(web3, 2 * DAY)
    with pytest.raises(ChainError, match=r"NotScheduled\(change=0x[0-9a-f]{64}\)"):
        feed.apply_signers(new, 3)
    feed.apply_signers(new, 2)
    assert (feed.signers(), feed.threshold()) == (tuple(new), 2)


def test_the_admin_cancels_and_nobody_else_schedules(feed, web3):
    limits = (*LIMITS, PriceLimits(1, 2**64 - 1, 2**16 - 1))
    as_admin(feed, web3, feed.schedule_limits_call(limits))
    as_admin(feed, web3, feed.cancel_limits_call())
    as_admin(feed, web3, feed.schedule_signers_call(TRUSTED, 2))
    as_admin(feed, web3, feed.cancel_signers_call())
    wait(web3, 2 * DAY)
    with pytest.raises(ChainError, match="NotScheduled"):
        feed.apply_limits(limits)
    with pytest.raises(ChainError, match="NotScheduled"):
        feed.apply_signers(TRUSTED, 2)
    stranger = web3.eth.accounts[1]
    call = {"from": stranger, "to": feed.address, "data": feed.schedule_signers_call(TRUSTED, 2)}
    with (
        pytest.raises(ChainError, match=rf"NotAdmin\(caller={stranger.lower()}\)"),
        contract_errors("", feed._abi),
    ):
        web3.eth.call(call)


def test_limits_change_after_the_delay(feed, web3):
    assert feed.limits() == LIMITS
    limits = (*LIMITS, PriceLimits(1, 2**64 - 1, 2**16 - 1))
    as_admin(feed, web3, feed.schedule_limits_call(limits))
    wait(web3, 2 * DAY)
    feed.apply_limits(limits)
    assert feed.limits() == limits
    asked = taken(now(web3))
    with pytest.raises(ChainError, match=r"WrongNumberOfPrices\(given=2, underlyings=3\)"):
        feed.publish(asked, signed(asked, feed.domain))


# signers that are removed


def remove(feed, web3, signer, *, sender):
    web3.eth.default_account = sender
    try:
        return feed.remove_signer(signer)
    finally:
        web3.eth.default_account = web3.eth.accounts[0]


def test_attack_feed_a_removed_signer_does_not_count_from_this_block_on(feed, web3):
    watch = web3.eth.accounts[2]
    asked = taken(now(web3))
    before = signed(asked, feed.domain)
    as_admin(feed, web3, feed.schedule_signers_call(TRUSTED, 2))
    remove(feed, web3, TRUSTED[0], sender=watch)
    with pytest.raises(ChainError, match=rf"NotASigner\(account={TRUSTED[0].lower()}\)"):
        sent_as_it_is(feed, asked, before.signatures)
    with pytest.raises(StatementError, match="signed by 2 of the 3 trusted signers"):
        feed.publish(asked, before)
    assert (feed.signers(), feed.threshold()) == (tuple(TRUSTED[1:]), 3)
    wait(web3, 2 * DAY)
    with pytest.raises(ChainError, match="NotScheduled"):
        feed.apply_signers(TRUSTED, 2)
    for one in TRUSTED[1:3]:
        remove(feed, web3, one, sender=watch)
    asked = taken(now(web3))
    silent = "no snapshot until signers are added: 2 signers are left, the threshold is 3"
    with pytest.raises(StatementError, match=silent):
        feed.publish(asked, signed(asked, feed.domain, SIGNERS[3:5]))


def test_only_guardian_and_admin_remove_a_signer(feed, web3):
    with pytest.raises(ChainError, match=r"NotGuardianNorAdmin\(caller="):
        remove(feed, web3, TRUSTED[0], sender=web3.eth.accounts[1])
    as_admin(feed, web3, feed.remove_signer_call(TRUSTED[0]))
    with pytest.raises(ChainError, match=r"NotASigner\(account="):
        remove(feed, web3, TRUSTED[0], sender=web3.eth.accounts[2])


# the collateral list


def test_attack_feed_collateral_in_another_order(feed, web3):
    parts = snapshot(timestamp=now(web3)).parts
    assets, prices = (tuple(reversed(each)) for each in (parts.collateral, parts.prices))
    asked = Snapshot.commit(replace(parts, collateral=assets, prices=prices))
    shown = rf"is ETH, DOGE, USDC; the feed {feed.address} expects USDC, DOGE, ETH"
    with pytest.raises(StatementError, match=shown):
        feed.publish(asked, signed(asked, feed.domain))
    with pytest.raises(ChainError, match=r"WrongCollateral\(given=0x"):
        sent_as_it_is(feed, asked, signed(asked, feed.domain).signatures)


def test_the_collateral_list_changes_after_the_delay(feed, web3):
    assert feed.collateral() == COLLATERAL
    as_admin(feed, web3, feed.schedule_collateral_call(COLLATERAL[::-1]))
    as_admin(feed, web3, feed.cancel_collateral_call())
    as_admin(feed, web3, feed.schedule_collateral_call((*COLLATERAL, "BTC")))
    with pytest.raises(ChainError, match=r"^applyCollateral: reverted: TooEarly\("):
        feed.apply_collateral((*COLLATERAL, "BTC"))
    wait(web3, 2 * DAY)
    feed.apply_collateral((*COLLATERAL, "BTC"))
    asked = taken(now(web3))
    with pytest.raises(StatementError, match="expects USDC, DOGE, ETH, BTC"):
        feed.publish(asked, signed(asked, feed.domain))


# the clock


def test_attack_feed_a_silent_oracle_runs_nobody_down(feed, web3):
    assert feed.previous() is None
    first = published(feed, web3)
    start = feed.live_time()
    wait(web3, 30)
    assert 30 <= feed.live_time() - start <= 32
    wait(web3, DAY)
    assert feed.live_time() == start + MAX_GAP
    published(feed, web3, "2001")
    assert feed.live_time() == start + MAX_GAP
    assert feed.previous() == (first.root, first.timestamp)
    assert feed.latest_published_at() == now(web3)


# the client


def test_an_address_without_the_contract_is_a_chain_error(web3):
    with pytest.raises(ChainError, match=r"^call of OracleFeed\.admin: "):
        OracleFeed(web3, web3.eth.accounts[3])


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda feed: feed.published_at(2**256), "root: does not fit in 256 bits"),
        (lambda feed: feed.index_price(-1), "underlying: does not fit"),
        (lambda feed: feed.average_price(0, -1), "window: does not fit"),
        (lambda feed: feed.calm_for(2**256), "duration: does not fit"),
        (lambda feed: feed.schedule_signers_call(["0x12"], 2), "signers: expected an address"),
        (lambda feed: feed.schedule_signers_call(TRUSTED, -1), "threshold: does not fit"),
        (lambda feed: feed.schedule_limits_call([PriceLimits(1, 2**64, 1)]), "max_price: does not fit in 64"),
        (lambda feed: feed.schedule_limits_call([PriceLimits(1, 2, 2**16)]), "max_move_bps: does not fit"),
    ],
)
def test_arguments_out_of_range_are_input_errors(deployed, ask, message):
    with pytest.raises(InputError, match=message):
        ask(deployed)


@pytest.mark.parametrize("name", ["delay", "max_age", "max_gap", "breaker_period"])
def test_settings_out_of_range_are_refused(node, deployed, name):
    with pytest.raises(InputError, match=f"{name}: does not fit"):
        OracleFeed.deploy(node, replace(deployed.settings, **{name: -1}), TRUSTED, 3, LIMITS, COLLATERAL)
    with pytest.raises(ChainError, match="OutOfRange"):
        OracleFeed.deploy(node, replace(deployed.settings, **{name: 0}), TRUSTED, 3, LIMITS, COLLATERAL)
