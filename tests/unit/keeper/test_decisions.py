"""What a keeper decides, whatever the state of the world."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.margin_values import account, snapshot
from support.reprs import shown
from zkmargin import spec
from zkmargin.account.report import margin_report
from zkmargin.keeper.alarms import Alarm, AlarmKind, alarms
from zkmargin.keeper.bidding import highest_price
from zkmargin.keeper.decisions import decide
from zkmargin.keeper.policy import BidPolicy, HolderPolicy, Roles
from zkmargin.keeper.risk import Risk
from zkmargin.keeper.world import Action, Auction, Conditions, Purpose, Watched, World

NOW, HEARTBEAT, MAX_AGE = 1_700_100_000, 86_400, 3600
MICRO, WAD = 10**6, 10**18
BIDS = BidPolicy(
    min_discount=Fraction(1, 10),
    min_gain=Fraction(1, 20),
    fixed_cost=5 * MICRO,
    max_requirement=10_000 * MICRO,
    max_funds=1000 * MICRO,
    max_spend_per_day=50_000 * MICRO,
)
ROLES = Roles(HolderPolicy(), caller=True, freezes=True, starter=True, bidder=BIDS)
FRESH = Conditions(
    now=NOW,
    snapshot_time=NOW - 60,
    snapshot_known=True,
    max_snapshot_age=MAX_AGE,
    heartbeat=HEARTBEAT,
    initial_bps=12_500,
    spendable=50_000 * MICRO,
    allowance=50_000 * MICRO,
)


def risk(equity="150", requirement="100", instruments=("ETH-PERPETUAL",), funds="0"):
    micro = [int(float(one) * MICRO) for one in (equity, requirement, funds)]
    return Risk(micro[0] * MICRO, micro[1], micro[2], instruments)


HEALTHY, SHORT, IDLE = risk(), risk("90"), risk("10", "0")
MINE = Watched(1, mine=True, known=True, traded=True, risk=HEALTHY, last_healthy_at=NOW - 100)
OTHER = replace(MINE, mine=False)
ON_SALE = replace(OTHER, open=False, seized=True, risk=risk("120"), auction=Auction(80 * MICRO))
UNSOLD = replace(ON_SALE, auction=Auction(None))
BOUGHT = replace(MINE, bought=True)


def decided(one, conditions=FRESH, roles=ROLES):
    return [(action.purpose, *action.accounts) for action in decide(World(conditions, (one,)), roles)]


# holder


def test_an_account_is_attested_from_the_settled_part_of_the_heartbeat_on():
    before = replace(MINE, unproven_for=HEARTBEAT // 2 - 1)
    assert decided(before) == []
    assert decided(replace(before, unproven_for=HEARTBEAT // 2)) == [(Purpose.ATTEST, 1)]
    later = Roles(HolderPolicy(at=Fraction(9, 10)))
    assert decided(replace(before, unproven_for=HEARTBEAT // 2), roles=later) == []


@pytest.mark.parametrize("reason", ["overdue", "called"])
def test_an_account_that_owes_a_proof_is_attested_at_once(reason):
    assert decided(replace(MINE, **{reason: True})) == [(Purpose.ATTEST, 1)]


def test_a_call_is_answered_even_if_the_feed_has_fallen_silent_since():
    silent = replace(FRESH, snapshot_time=NOW - 10 * MAX_AGE)
    called = replace(MINE, last_healthy_at=NOW - 20 * MAX_AGE, overdue=True, called=True)
    assert decided(called, silent) == [(Purpose.ATTEST, 1)]
    assert decided(replace(called, called=False), silent) == []
    # Late, only a fresh snapshot answers.
    assert decided(replace(called, late=1), silent) == []
    assert decided(replace(called, late=1)) == [(Purpose.ATTEST, 1)]


@pytest.mark.parametrize(
    "flaw",
    [
        {"risk": SHORT},
        {"risk": None},
        {"risk": risk(funds="-1")},
        {"open": False, "seized": True},
        {"mine": False},
        {"traded": False},
    ],
    ids=["short", "unknown", "not funded", "seized", "another's", "never traded"],
)
def test_an_account_that_cannot_be_attested_is_left_out(flaw):
    due = replace(MINE, called=True, overdue=True, **flaw)
    assert Purpose.ATTEST not in dict.fromkeys(purpose for purpose, *_ in decided(due))


def test_all_accounts_are_attested_in_one_transaction_called_ones_first():
    idle = replace(MINE, number=1, unproven_for=HEARTBEAT)
    soon = replace(MINE, number=2, called=True, time_left=10)
    later = replace(MINE, number=3, called=True, time_left=20)
    late = replace(MINE, number=4, called=True, late=5)
    (chosen,) = decide(World(FRESH, (idle, later, soon, late)), ROLES)
    assert (chosen.purpose, chosen.accounts) == (Purpose.ATTEST, (4, 2, 3, 1))
    many = tuple(replace(idle, number=number) for number in range(1, 100))
    sizes = [len(one.accounts) for one in decide(World(FRESH, many), ROLES)]
    assert sizes == [64, 35]


# caller


def test_an_overdue_account_is_called_unless_it_is_the_operators():
    overdue = replace(OTHER, overdue=True)
    assert decided(overdue) == [(Purpose.CALL, 1)]
    assert decided(replace(overdue, risk=None, known=False)) == [(Purpose.CALL, 1)]
    assert (Purpose.CALL, 1) not in decided(replace(overdue, mine=True))
    assert decided(replace(overdue, called=True, time_left=1)) == []
    assert decided(overdue, roles=Roles(starter=True)) == []


def test_fault_03_calls_are_batched_default_comes_first_and_accounts_that_never_traded_are_left_out():
    empty = [replace(OTHER, number=n, traded=False, overdue=True, risk=IDLE) for n in range(1, 31)]
    trading = [replace(OTHER, number=n, overdue=True) for n in range(31, 231)]
    in_default = replace(OTHER, number=500, overdue=True, risk=SHORT)
    chosen = decide(World(FRESH, (*empty, *trading, in_default)), ROLES)
    assert [one.purpose for one in chosen] == [Purpose.START, Purpose.CALL, Purpose.CALL]
    assert chosen[0].accounts == (500,)
    assert sorted(chosen[1].accounts + chosen[2].accounts) == list(range(31, 231))
    assert max(len(one.accounts) for one in chosen) == 128


def test_a_late_account_that_nobody_closes_out_freezes_the_market():
    shielded = replace(OTHER, risk=None, known=False, called=True, late=3601)
    assert decided(shielded) == [(Purpose.FREEZE, 1)]
    assert decided(replace(shielded, late=3600)) == []
    assert decided(replace(shielded, frozen=True)) == []
    assert decided(replace(shielded, mine=True)) == []
    assert decided(shielded, roles=replace(ROLES, freezes=False)) == []
    # Whoever can start its auction does.
    assert decided(replace(shielded, risk=HEALTHY)) == [(Purpose.START, 1)]
    assert decided(replace(shielded, risk=HEALTHY), roles=Roles(caller=True, freezes=True)) == [
        (Purpose.FREEZE, 1)
    ]


def test_a_seized_account_that_nobody_buys_freezes_the_market_and_is_recorded():
    unknown = replace(UNSOLD, risk=None)
    assert decided(unknown) == [(Purpose.FREEZE, 1)]
    assert decided(replace(unknown, auction=Auction(5))) == []
    recorded = replace(unknown, auction=Auction(None, unsaleable=True), frozen=True)
    assert decided(recorded) == [(Purpose.RECORD, 1)]


# starter


def test_default_is_evidence_with_a_snapshot_newer_than_the_last_proof():
    in_default = replace(OTHER, risk=SHORT)
    assert decided(in_default) == [(Purpose.START, 1)]
    assert decided(replace(in_default, last_healthy_at=FRESH.snapshot_time)) == []
    assert decided(replace(in_default, open=False)) == []


def test_waiting_cash_cures_a_default():
    in_default = replace(OTHER, risk=SHORT, waiting=10 * MICRO - 1)
    assert decided(in_default) == [(Purpose.START, 1)]
    assert decided(replace(in_default, waiting=10 * MICRO)) == []
    # It is worth more credits after a loss.
    halved = replace(FRESH, cash_factor=WAD // 2)
    assert decided(replace(in_default, waiting=5 * MICRO), halved) == []


def test_an_account_that_is_not_funded_is_not_in_default_but_silent():
    unfunded = replace(OTHER, risk=risk(funds="-50"))
    assert decided(unfunded) == []
    assert decided(replace(unfunded, called=True, late=1)) == [(Purpose.START, 1)]


def test_an_account_in_auction_is_not_called():
    overdue = replace(OTHER, risk=SHORT, overdue=True)
    assert decided(overdue) == [(Purpose.START, 1)]
    assert decided(overdue, roles=replace(ROLES, starter=False)) == [(Purpose.CALL, 1)]


def test_an_unanswered_call_starts_the_auction_of_an_account_with_a_requirement():
    late = replace(OTHER, called=True, late=1)
    assert decided(late) == [(Purpose.START, 1)]
    assert decided(replace(late, late=0)) == []
    assert decided(replace(late, risk=IDLE)) == []
    # With evidence too, however old the snapshot of the last proof.
    assert decided(replace(late, risk=SHORT, last_healthy_at=NOW)) == [(Purpose.START, 1)]


def test_nobody_auctions_off_an_account_of_its_own():
    assert decided(replace(MINE, risk=SHORT, called=True, late=1)) == []


def test_an_account_in_auction_goes_back_at_initial_margin_and_is_auctioned_again_below():
    assert decided(replace(UNSOLD, risk=risk("125"))) == [(Purpose.GIVE_BACK, 1)]
    assert decided(replace(UNSOLD, risk=risk("124"))) == [(Purpose.START, 1)]
    assert decided(replace(UNSOLD, risk=risk("124"), waiting=MICRO)) == [(Purpose.GIVE_BACK, 1)]
    # During the auction too, and its owner's keeper alone.
    assert (Purpose.GIVE_BACK, 1) in decided(replace(ON_SALE, risk=risk("125")))
    mine = replace(ON_SALE, mine=True, risk=risk("125"))
    assert decided(mine, roles=Roles(HolderPolicy())) == [(Purpose.GIVE_BACK, 1)]
    assert decided(replace(mine, mine=False), roles=Roles(HolderPolicy())) == []
    paused = replace(FRESH, liquidations_paused=True)
    assert decided(mine, paused) == [(Purpose.GIVE_BACK, 1)]


@pytest.mark.parametrize(
    "stopped", [{"liquidations_paused": True}, {"snapshot_time": NOW - MAX_AGE - 1}, {"ended": True}]
)
def test_nothing_is_called_or_started_while_it_cannot_be(stopped):
    conditions = replace(FRESH, **stopped)
    overdue = replace(OTHER, overdue=True, last_healthy_at=0)
    for one in (overdue, replace(overdue, risk=SHORT), replace(overdue, called=True, late=1)):
        assert decided(one, conditions) == []


# bidder


def offer(one, conditions=FRESH, policy=BIDS):
    chosen = decide(World(conditions, (one,)), Roles(bidder=policy))
    return chosen[0].offer if chosen else None


def price(one, conditions=FRESH, policy=BIDS):
    return highest_price(one, one.risk, conditions, policy)


def on_sale(equity, requirement="100", price=0, **values):
    auction = Auction(price, counted=values.pop("counted", 0))
    return replace(ON_SALE, risk=risk(equity, requirement), auction=auction, **values)


def test_a_bid_is_made_from_the_highest_price_down():
    # 150 less a tenth of it, less 5; and 150 is initial margin and more.
    assert price(on_sale("150")) == 130 * MICRO
    at_limit = offer(on_sale("150", price=130 * MICRO))
    assert (at_limit.limit, at_limit.cost, at_limit.adds) == (130 * MICRO, 130 * MICRO, 0)
    assert offer(on_sale("150", price=130 * MICRO + 1)) is None


def test_bids_begin_some_blocks_after_the_start():
    assert offer(on_sale("150")) is not None
    assert offer(replace(ON_SALE, auction=Auction(0, open=False))) is None
    assert offer(UNSOLD) is None


def test_the_larger_of_the_two_least_gains_counts():
    assert price(on_sale("10", "1000")) == (10 - 50 - 5) * MICRO
    # Of an account worth less than nothing the discount is a gain as well.
    assert price(on_sale("-1000")) == (-1000 - 100 - 5) * MICRO


def test_counted_cash_and_the_bond_go_with_the_account():
    assert price(on_sale("100", counted=30 * MICRO, bond=20 * MICRO)) == 130 * MICRO
    assert offer(on_sale("100", counted=30 * MICRO)).adds == 0


def test_what_is_missing_for_initial_margin_is_kept_back():
    short = offer(on_sale("90"))
    assert (short.adds, short.limit) == (35 * MICRO, (90 - 9 - 5) * MICRO)
    assert offer(on_sale("90"), policy=replace(BIDS, max_funds=34 * MICRO)) is None
    poor = replace(FRESH, spendable=40 * MICRO)
    assert offer(on_sale("90"), poor).limit == 5 * MICRO
    # An account that is not funded lacks cash too.
    assert offer(replace(ON_SALE, risk=risk(funds="-70"), auction=Auction(0))).adds == 70 * MICRO


def test_funds_are_credits_that_may_be_worth_less_and_prices_are_tokens():
    halved = replace(FRESH, cash_factor=WAD // 2)
    short = offer(on_sale("90"), halved)
    # A fixed cost of 5 in tokens is 10 in credits.
    assert short.limit == (90 - 9 - 10) * MICRO // 2
    assert short.adds == 35 * MICRO // 2
    # What the winner is paid is in credits.
    assert price(on_sale("-1000"), halved) == (-1000 - 100 - 10) * MICRO


@pytest.mark.parametrize(
    "changed",
    [
        {"max_requirement": 100 * MICRO - 1},
        {"instruments": ("BTC-*", "ETH-CALL")},
        {"min_discount": Fraction(1, 2)},
        {"fixed_cost": 60 * MICRO},
    ],
)
def test_the_policy_can_refuse(changed):
    one = on_sale("150", price=80 * MICRO)
    assert offer(one) is not None
    assert offer(one, policy=replace(BIDS, **changed)) is None


def test_two_bids_share_one_purse():
    purse = replace(FRESH, spendable=200 * MICRO)
    both = World(purse, tuple(replace(on_sale("150", price=80 * MICRO), number=n) for n in (1, 2, 3)))
    offers = [action.offer for action in decide(both, Roles(bidder=BIDS))]
    assert [one.cost for one in offers] == [130 * MICRO]
    # What is left, 70, is less than the price of 80.
    more = decide(replace(both, conditions=replace(purse, spendable=215 * MICRO)), Roles(bidder=BIDS))
    assert [action.offer.limit for action in more] == [130 * MICRO, 85 * MICRO]


def test_the_vault_is_allowed_to_take_prices_once_before_the_first_bid():
    bare = replace(FRESH, allowance=0)
    both = World(bare, tuple(replace(on_sale("150"), number=n) for n in (1, 2)))
    (approval,) = decide(both, Roles(bidder=BIDS))
    assert (approval.purpose, approval.accounts) == (Purpose.APPROVE, ())
    assert (approval.amount, approval.cost) == (BIDS.max_spend_per_day, 0)
    assert decide(replace(both, conditions=replace(bare, approving=True)), Roles(bidder=BIDS)) == ()
    # What is paid to the winner needs none.
    paid = decide(World(bare, (on_sale("-1000", price=-2000 * MICRO),)), Roles(bidder=BIDS))
    assert [one.purpose for one in paid] == [Purpose.BID]


def test_a_bought_account_gets_what_it_lacks_for_initial_margin_and_no_other_account():
    lacking = replace(BOUGHT, risk=SHORT)
    (deposit,) = decide(World(FRESH, (lacking,)), Roles(bidder=BIDS))
    assert (deposit.purpose, deposit.accounts, deposit.amount) == (Purpose.DEPOSIT, (1,), 35 * MICRO)
    assert deposit.cost == 35 * MICRO
    assert decided(replace(lacking, waiting=35 * MICRO)) == []
    assert decided(replace(lacking, bought=False)) == []
    assert decided(replace(lacking, pending=frozenset({Purpose.DEPOSIT}))) == []
    assert decided(lacking, replace(FRESH, spendable=35 * MICRO - 1)) == []
    assert decided(lacking, roles=Roles(bidder=replace(BIDS, max_funds=34 * MICRO))) == []
    assert decided(lacking, replace(FRESH, allowance=1)) == [(Purpose.APPROVE,)]


def test_what_bought_accounts_lack_comes_before_new_bids():
    lacking = replace(BOUGHT, number=2, risk=SHORT, pending=frozenset({Purpose.DEPOSIT}))
    both = World(replace(FRESH, spendable=100 * MICRO), (lacking, on_sale("150")))
    (bid,) = decide(both, Roles(bidder=BIDS))
    assert bid.offer.limit == 65 * MICRO


def test_a_bidder_attests_for_what_it_has_bought():
    assert decided(replace(BOUGHT, called=True), roles=Roles(bidder=BIDS)) == [(Purpose.ATTEST, 1)]


# all roles, whatever the world

times = st.integers(NOW - 3 * HEARTBEAT, NOW)
amounts = st.just(0) | st.integers(0, 10**12)
risks = st.builds(
    Risk,
    st.integers(-(10**18), 10**18),
    st.integers(0, 10**11),
    st.integers(-(10**12), 10**12),
    st.sampled_from([(), ("ETH-PERPETUAL",), ("ETH-PERPETUAL", "BTC-PERPETUAL")]),
)
auctions = st.builds(
    Auction,
    st.none() | st.integers(-(10**12), 10**12),
    open=st.booleans(),
    counted=amounts,
    unsaleable=st.booleans(),
)
worlds = st.builds(
    World,
    st.builds(
        Conditions,
        now=st.just(NOW),
        snapshot_time=st.none() | times,
        snapshot_known=st.booleans(),
        max_snapshot_age=st.just(MAX_AGE),
        heartbeat=st.just(HEARTBEAT),
        initial_bps=st.integers(10_000, 40_000),
        liquidations_paused=st.booleans(),
        ended=st.booleans(),
        cash_factor=st.integers(WAD // 2, WAD),
        spendable=st.integers(0, 10**12),
        allowance=amounts,
        approving=st.booleans(),
    ),
    st.lists(
        st.builds(
            Watched,
            number=st.integers(1, 1000),
            mine=st.booleans(),
            bought=st.booleans(),
            known=st.booleans(),
            open=st.booleans(),
            seized=st.booleans(),
            traded=st.booleans(),
            frozen=st.booleans(),
            last_healthy_at=times,
            unproven_for=st.integers(0, 2 * HEARTBEAT),
            overdue=st.booleans(),
            called=st.booleans(),
            time_left=st.integers(0, HEARTBEAT),
            late=st.just(0) | st.integers(0, HEARTBEAT),
            waiting=amounts,
            bond=amounts,
            risk=st.none() | risks,
            auction=st.none() | auctions,
            pending=st.frozensets(st.sampled_from(Purpose)),
        ),
        max_size=5,
        unique_by=lambda one: one.number,
    ).map(lambda found: tuple(replace(one, seized=one.seized and not one.open) for one in found)),
)
policies = st.builds(
    BidPolicy,
    min_discount=st.fractions(0, 1),
    min_gain=st.fractions(0, 1),
    fixed_cost=st.integers(0, 10**9),
    max_requirement=st.integers(0, 10**12),
    max_funds=st.integers(0, 10**12),
    max_spend_per_day=st.just(10**12),
    instruments=st.sampled_from([("*",), ("ETH-*",), ()]),
)


def chosen_of(world, roles):
    """Return each purpose with the account that it is for; none twice."""
    by_number = {one.number: one for one in world.accounts}
    actions = decide(world, roles)
    assert not (world.conditions.ended and actions)
    chosen = [(action.purpose, number) for action in actions for number in action.accounts or (0,)]
    assert len(set(chosen)) == len(chosen)
    assert not (world.conditions.approving and (Purpose.APPROVE, 0) in chosen)
    found = [(purpose, by_number[number]) for purpose, number in chosen if number]
    assert not any(purpose in one.pending for purpose, one in found)
    return found


@given(worlds, policies)
def test_no_decision_is_one_that_a_keeper_must_not_make(world, policy):
    conditions = world.conditions
    for purpose, one in chosen_of(world, replace(ROLES, bidder=policy)):
        fresh = conditions.snapshot_time is not None and conditions.now - conditions.snapshot_time <= MAX_AGE
        newer = conditions.snapshot_time is not None and conditions.snapshot_time > one.last_healthy_at
        waiting = one.waiting * WAD // conditions.cash_factor
        meets = one.risk is not None and one.risk.meets(10_000, waiting)
        if purpose is Purpose.ATTEST:
            assert one.mine
            assert one.open
            assert one.traded
            assert one.risk.provable()
            assert newer
            assert fresh or (one.called and not one.late)
        if purpose in {Purpose.CALL, Purpose.START, Purpose.BID}:
            assert fresh
            assert not conditions.liquidations_paused
        if purpose is Purpose.CALL:
            assert not one.mine
            assert one.open
            assert one.traded
            assert one.overdue
            assert newer
        if purpose is Purpose.START and one.seized:
            assert one.auction.price is None
            assert not one.risk.meets(conditions.initial_bps, waiting)
        elif purpose is Purpose.START:
            assert one.open
            assert one.late or (newer and not meets)
            assert not meets or one.risk.requirement > 0
        if purpose is Purpose.START:
            assert not one.mine
        if purpose is Purpose.GIVE_BACK:
            assert fresh
            assert one.seized
            assert one.auction is not None
            assert one.risk.meets(conditions.initial_bps, waiting)
        if purpose is Purpose.FREEZE:
            assert not one.frozen
            assert not one.mine
            assert one.late > 3600 or (one.seized and one.auction.price is None)
        if purpose is Purpose.RECORD:
            assert one.auction.unsaleable
            assert one.auction.price is None


@given(worlds, policies)
def test_no_bid_is_above_the_policy(world, policy):
    by_number = {one.number: one for one in world.accounts}
    conditions = world.conditions
    factor, spent = conditions.cash_factor, 0
    for action in decide(world, Roles(bidder=policy)):
        if action.purpose is Purpose.DEPOSIT:
            spent += action.cost
            assert by_number[action.accounts[0]].bought
            assert action.amount <= policy.max_funds
        if action.purpose is not Purpose.BID:
            continue
        one, made = by_number[action.accounts[0]], action.offer
        asked = one.auction.price
        goes_with = Fraction((one.auction.counted + one.bond) * WAD, factor)
        worth = Fraction(one.risk.equity, MICRO) + goes_with
        least = max(policy.min_discount * abs(worth), policy.min_gain * one.risk.requirement)
        # Two micros for the roundings of the worth.
        assert asked <= made.limit <= worth - least - Fraction(policy.fixed_cost * WAD, factor) + 2
        assert made.adds <= policy.max_funds
        assert made.cost <= conditions.allowance
        added = (made.adds + one.auction.counted) * WAD // factor + max(0, -made.limit)
        # A micro for the rounding of each.
        assert one.risk.missing(conditions.initial_bps) <= added + 2
        assert one.risk.requirement <= policy.max_requirement
        assert made.cost >= max(0, made.limit)
        spent += made.cost + made.adds
    assert spent <= conditions.spendable


# alarms


def test_alarms_of_the_operators_accounts():
    def of(one, conditions=FRESH):
        return [alarm.kind for alarm in alarms(World(conditions, (one,)), ROLES)]

    assert of(MINE) == []
    assert of(replace(MINE, risk=risk("109"))) == [AlarmKind.LOW]
    assert of(replace(MINE, risk=SHORT)) == [AlarmKind.NOT_HEALTHY]
    assert of(replace(MINE, risk=risk(funds="-1"))) == [AlarmKind.NOT_HEALTHY]
    assert of(replace(MINE, known=False, risk=None)) == [AlarmKind.UNKNOWN]
    assert of(replace(MINE, risk=None)) == [AlarmKind.NOT_COVERED]
    assert of(replace(MINE, seized=True, exposed=True)) == [AlarmKind.SEIZED]
    assert of(replace(MINE, exposed=True)) == [AlarmKind.EXPOSED]
    assert of(replace(MINE, called=True)) == [AlarmKind.CALLED]
    assert of(replace(MINE, called=True, late=1)) == [AlarmKind.LATE]
    assert of(replace(OTHER, risk=SHORT)) == []
    assert of(MINE, replace(FRESH, snapshot_known=False)) == [AlarmKind.NO_SNAPSHOT]
    assert of(MINE, replace(FRESH, other_collateral=True)) == [AlarmKind.OTHER_COLLATERAL]
    assert of(MINE, replace(FRESH, snapshot_time=None)) == [AlarmKind.SILENT_FEED]
    assert of(MINE, replace(FRESH, liquidations_paused=True)) == [AlarmKind.PAUSED]
    assert of(MINE, replace(FRESH, frozen=1)) == [AlarmKind.FROZEN]
    assert of(MINE, replace(FRESH, ended=True)) == [AlarmKind.ENDED]
    assert of(MINE, replace(FRESH, lag=301)) == [AlarmKind.NODE_BEHIND]
    grave = {kind for kind in AlarmKind if Alarm(kind).grave}
    assert grave == {AlarmKind.SEIZED, AlarmKind.NOT_HEALTHY, AlarmKind.LATE}


def test_a_venue_is_told_of_openings_that_it_lacks():
    unknown = World(FRESH, (Watched(1, traded=True), Watched(2, mine=True), Watched(3)))
    mine = (Alarm(AlarmKind.UNKNOWN, 2),)
    assert alarms(unknown, Roles(starter=True)) == mine
    lacking = tuple(Alarm(AlarmKind.UNKNOWN, number) for number in (1, 2))
    assert alarms(unknown, Roles(starter=True, venue=True)) == lacking


def test_an_account_that_there_is_not_is_told_of():
    roles = Roles(HolderPolicy(accounts=frozenset({1, 9})))
    assert alarms(World(FRESH, (MINE,)), roles) == (Alarm(AlarmKind.NO_SUCH_ACCOUNT, 9),)


def test_nothing_of_an_account_shows_in_what_is_decided():
    # Long enough to be in no address or time by chance.
    told = risk("1234567.654321", "7654321.123456")
    text = shown(World(FRESH, (replace(ON_SALE, risk=told, auction=Auction(0)),)))
    assert "Watched(number=1" in text
    assert not any(number in text for number in ("1234567", "7654321", "PERPETUAL"))
    chosen = decide(World(FRESH, (on_sale("150"),)), ROLES)
    assert str(chosen[0].offer.limit) not in shown(chosen)
    assert isinstance(chosen[0], Action)


# what an account comes to


def test_risk_is_that_of_the_report():
    held, taken = account(), snapshot()
    report, found = margin_report(held, taken), Risk.of(held.opening(taken), taken)
    assert found.equity == int(report.equity * 10**12)
    assert found.requirement == int(report.maintenance * MICRO)
    assert sorted(found.instruments) == sorted(held.positions)
    assert found.provable()
    poor = account(cash="-3000")
    short, rated = margin_report(poor, taken), Risk.of(poor.opening(taken), taken)
    assert not rated.provable()
    missing = int(short.cash_needed * MICRO)
    assert rated.missing(10_000) == max(missing, -rated.funds)
    assert not rated.meets(10_000, missing - 1)
    assert rated.meets(10_000, missing)


@pytest.mark.parametrize("cash", ["-100", "-3000", "1000.25"])
def test_a_proof_of_health_can_be_made_of_what_is_provable(cash):
    opening = account(cash=cash).opening(snapshot())
    found = Risk.of(opening, snapshot())
    for bps in (10_000, 12_500):
        enough = replace(opening, cash=opening.cash + found.missing(bps))
        spec.check_account_health(enough, snapshot().spec, bps)
        assert Risk.of(enough, snapshot()).provable(bps)
        if found.missing(bps):
            with pytest.raises(spec.SpecError):
                spec.check_account_health(replace(enough, cash=enough.cash - 1), snapshot().spec, bps)


def test_an_account_beyond_the_snapshot_has_no_risk():
    taken = snapshot()
    opening = account().opening(taken)
    parts = taken.parts
    fewer = replace(
        parts,
        rows={key: row for key, row in parts.rows.items() if key != 1},
        listings=tuple(one for one in parts.listings if one.id != 1),
    )
    assert Risk.of(opening, type(taken).commit(fewer)) is None
