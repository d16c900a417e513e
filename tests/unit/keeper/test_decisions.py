"""What a keeper decides, whatever the state of the world."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.margin_values import account, snapshot
from zkmargin.account.report import margin_report
from zkmargin.keeper.alarms import Alarm, AlarmKind, alarms
from zkmargin.keeper.bidding import highest_price
from zkmargin.keeper.decisions import decide
from zkmargin.keeper.policy import BidPolicy, HolderPolicy, Roles
from zkmargin.keeper.risk import Risk
from zkmargin.keeper.world import Action, Auction, Conditions, Purpose, Watched, World

NOW, HEARTBEAT, MAX_AGE, GRACE = 1_700_100_000, 86_400, 3600, 7200
MICRO, WAD = 10**6, 10**18
BIDS = BidPolicy(
    min_discount=Fraction(1, 10),
    min_gain=Fraction(1, 20),
    fixed_cost=5 * MICRO,
    max_requirement=10_000 * MICRO,
    max_funds=1000 * MICRO,
    max_spend_per_day=50_000 * MICRO,
)
ROLES = Roles(HolderPolicy(), caller=True, starter=True, bidder=BIDS)
FRESH = Conditions(
    now=NOW,
    snapshot_time=NOW - 60,
    snapshot_known=True,
    max_snapshot_age=MAX_AGE,
    heartbeat=HEARTBEAT,
    initial_bps=12_500,
    spendable=50_000 * MICRO,
)


def risk(equity="150", requirement="100", instruments=("ETH-PERPETUAL",)):
    return Risk(int(float(equity) * 10**12), int(float(requirement) * MICRO), instruments)


HEALTHY, SHORT, IDLE = risk(), risk("90"), risk("10", "0")
MINE = Watched(1, mine=True, known=True, risk=HEALTHY, last_healthy_at=NOW - 100)
OTHER = replace(MINE, mine=False)
ON_SALE = replace(OTHER, seized=True, auction=Auction(80 * MICRO))
UNSOLD = replace(OTHER, seized=True, auction=Auction(None))


def decided(one, conditions=FRESH, roles=ROLES):
    return [(action.purpose, action.account) for action in decide(World(conditions, (one,)), roles)]


# holder


def test_an_account_is_attested_from_the_settled_part_of_the_heartbeat_on():
    before = replace(MINE, last_healthy_at=NOW - HEARTBEAT // 2 + 1)
    assert decided(before) == []
    assert decided(replace(before, last_healthy_at=NOW - HEARTBEAT // 2)) == [(Purpose.ATTEST, 1)]
    later = Roles(HolderPolicy(at=Fraction(9, 10)))
    assert decided(replace(before, last_healthy_at=NOW - HEARTBEAT // 2), roles=later) == []


@pytest.mark.parametrize("reason", ["overdue", "called"])
def test_an_account_that_owes_a_proof_is_attested_at_once(reason):
    assert decided(replace(MINE, **{reason: True})) == [(Purpose.ATTEST, 1)]


def test_a_call_is_answered_even_if_the_feed_has_fallen_silent_since():
    silent = replace(FRESH, snapshot_time=NOW - 10 * MAX_AGE)
    called = replace(MINE, last_healthy_at=NOW - 20 * MAX_AGE, overdue=True, called=True, deadline=NOW)
    assert decided(called, silent) == [(Purpose.ATTEST, 1)]
    assert decided(replace(called, called=False, deadline=None), silent) == []


@pytest.mark.parametrize("flaw", [{"risk": SHORT}, {"risk": None}, {"seized": True}, {"mine": False}])
def test_an_account_that_cannot_be_attested_is_left_out(flaw):
    due = replace(MINE, called=True, overdue=True, **flaw)
    assert Purpose.ATTEST not in dict(decided(due))


def test_called_accounts_come_first():
    idle = replace(MINE, number=1, last_healthy_at=NOW - HEARTBEAT)
    late = replace(MINE, number=2, called=True, deadline=NOW + GRACE)
    later = replace(MINE, number=3, called=True, deadline=NOW + 2 * GRACE)
    chosen = decide(World(FRESH, (idle, later, late)), ROLES)
    assert [action.account for action in chosen] == [2, 3, 1]


# caller


def test_an_overdue_account_is_called_unless_it_is_the_operators():
    overdue = replace(OTHER, overdue=True)
    assert decided(overdue) == [(Purpose.CALL, 1)]
    assert decided(replace(overdue, risk=None, known=False)) == [(Purpose.CALL, 1)]
    assert (Purpose.CALL, 1) not in decided(replace(overdue, mine=True))
    assert decided(replace(overdue, called=True, deadline=NOW + 1)) == []
    assert decided(overdue, roles=Roles(starter=True)) == []


# starter


def test_default_is_evidence_with_a_snapshot_newer_than_the_last_proof():
    in_default = replace(OTHER, risk=SHORT)
    assert decided(in_default) == [(Purpose.START, 1)]
    assert decided(replace(in_default, last_healthy_at=FRESH.snapshot_time)) == []


def test_an_account_in_auction_is_not_called():
    overdue = replace(OTHER, risk=SHORT, overdue=True)
    assert decided(overdue) == [(Purpose.START, 1)]
    assert decided(overdue, roles=replace(ROLES, starter=False)) == [(Purpose.CALL, 1)]


def test_an_unanswered_call_starts_the_auction_of_an_account_with_a_requirement():
    late = replace(OTHER, called=True, deadline=NOW - 1)
    assert decided(late) == [(Purpose.START, 1)]
    assert decided(replace(late, deadline=NOW)) == []
    assert decided(replace(late, risk=IDLE)) == []


def test_nobody_auctions_off_an_account_of_its_own():
    assert decided(replace(MINE, risk=SHORT, called=True, deadline=NOW - 1)) == []


def test_an_unsold_account_is_auctioned_again_or_given_back():
    assert decided(UNSOLD) == [(Purpose.GIVE_BACK, 1)]
    assert decided(replace(UNSOLD, risk=SHORT)) == [(Purpose.START, 1)]
    assert decided(replace(UNSOLD, mine=True), roles=Roles(HolderPolicy())) == [(Purpose.GIVE_BACK, 1)]
    assert decided(replace(UNSOLD, auction=Auction(MICRO)), roles=Roles(starter=True)) == []


def test_an_unsold_account_goes_back_when_the_oracle_has_been_silent_for_long():
    silent = replace(FRESH, now=FRESH.snapshot_time + 100_001, silence=100_000)
    assert decided(UNSOLD, silent) == [(Purpose.GIVE_BACK, 1)]
    assert decided(replace(UNSOLD, risk=SHORT), silent) == []
    assert decided(UNSOLD, replace(silent, silence=100_001)) == []
    assert decided(UNSOLD, replace(silent, liquidations_paused=True)) == []


# bidder


def offer(one, conditions=FRESH, policy=BIDS):
    chosen = decide(World(conditions, (one,)), Roles(bidder=policy))
    return chosen[0].offer if chosen else None


def test_a_bid_is_made_from_the_highest_price_down():
    # 150 less a tenth of it, less 5; and 150 is initial margin and more.
    assert highest_price(HEALTHY, FRESH, BIDS) == 130 * MICRO
    at_limit = offer(replace(ON_SALE, auction=Auction(130 * MICRO)))
    assert (at_limit.limit, at_limit.funds, at_limit.cost) == (130 * MICRO, 0, 130 * MICRO)
    assert offer(replace(ON_SALE, auction=Auction(130 * MICRO + 1))) is None


def test_the_larger_of_the_two_least_gains_counts():
    assert highest_price(risk("10", "1000"), FRESH, BIDS) == (10 - 50 - 5) * MICRO
    # Of an account worth less than nothing the discount is a gain as well.
    assert highest_price(risk("-1000", "100"), FRESH, BIDS) == (-1000 - 100 - 5) * MICRO


def test_what_is_missing_for_initial_margin_is_added():
    short = offer(replace(ON_SALE, risk=SHORT, auction=Auction(0)))
    assert (short.funds, short.limit) == (35 * MICRO, (90 - 9 - 5) * MICRO)
    assert short.cost == short.limit + short.funds
    assert offer(replace(ON_SALE, risk=SHORT, auction=Auction(0)), policy=replace(BIDS, max_funds=34)) is None


def test_funds_are_credits_that_may_be_worth_less_and_prices_are_tokens():
    halved = replace(FRESH, cash_factor=WAD // 2)
    short = offer(replace(ON_SALE, risk=SHORT, auction=Auction(0)), halved)
    # A fixed cost of 5 in tokens is 10 in credits.
    assert short.limit == (90 - 9 - 10) * MICRO // 2
    assert short.cost == short.limit + short.funds // 2
    # What the winner is paid is in credits.
    assert highest_price(risk("-1000", "100"), halved, BIDS) == (-1000 - 100 - 10) * MICRO


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
    assert offer(ON_SALE) is not None
    assert offer(ON_SALE, policy=replace(BIDS, **changed)) is None


def test_two_bids_share_one_purse():
    purse = replace(FRESH, spendable=200 * MICRO)
    both = World(purse, (ON_SALE, replace(ON_SALE, number=2), replace(ON_SALE, number=3)))
    offers = [action.offer for action in decide(both, Roles(bidder=BIDS))]
    assert len(offers) == 1
    assert offers[0].cost == 130 * MICRO
    # What is left, 70, is less than the price of 80.
    more = decide(replace(both, conditions=replace(purse, spendable=215 * MICRO)), Roles(bidder=BIDS))
    assert [action.offer.limit for action in more] == [130 * MICRO, 85 * MICRO]


# all roles, whatever the world

times = st.integers(NOW - 3 * HEARTBEAT, NOW)
risks = st.builds(
    Risk,
    st.integers(-(10**18), 10**18),
    st.integers(0, 10**11),
    st.sampled_from([(), ("ETH-PERPETUAL",), ("ETH-PERPETUAL", "BTC-PERPETUAL")]),
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
        cash_factor=st.integers(WAD // 2, WAD),
        spendable=st.integers(0, 10**12),
    ),
    st.lists(
        st.builds(
            Watched,
            number=st.integers(1, 1000),
            mine=st.booleans(),
            known=st.booleans(),
            seized=st.booleans(),
            last_healthy_at=times,
            overdue=st.booleans(),
            called=st.booleans(),
            deadline=st.none() | st.integers(NOW - HEARTBEAT, NOW + HEARTBEAT),
            risk=st.none() | risks,
            auction=st.none() | st.builds(Auction, st.none() | st.integers(-(10**12), 10**12)),
            pending=st.frozensets(st.sampled_from(Purpose)),
        ),
        max_size=5,
        unique_by=lambda one: one.number,
    ).map(tuple),
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


@given(worlds, policies)
def test_no_decision_is_one_that_a_keeper_must_not_make(world, policy):
    roles = replace(ROLES, bidder=policy)
    by_number = {one.number: one for one in world.accounts}
    conditions, actions = world.conditions, decide(world, roles)
    assert len({(action.purpose, action.account) for action in actions}) == len(actions)
    for action in actions:
        one = by_number[action.account]
        assert action.purpose not in one.pending
        assert conditions.snapshot_time is not None
        fresh = conditions.now - conditions.snapshot_time <= MAX_AGE
        newer = conditions.snapshot_time > one.last_healthy_at
        if action.purpose is Purpose.ATTEST:
            assert one.mine
            assert not one.seized
            assert one.risk.healthy()
            assert newer
            assert fresh or one.called
        else:
            assert fresh
            assert not conditions.liquidations_paused
        if action.purpose is Purpose.CALL:
            assert not one.mine
            assert one.overdue
            assert newer
        if action.purpose is Purpose.START:
            assert not one.mine
            late = one.deadline is not None and one.deadline < conditions.now
            assert not one.risk.healthy() or (late and not one.seized and one.risk.requirement > 0)
            assert late or newer or one.seized
        if action.purpose is Purpose.GIVE_BACK:
            assert one.seized
            assert one.auction.price is None
            assert one.risk.healthy()


@given(worlds, policies)
def test_no_bid_is_above_the_policy(world, policy):
    by_number = {one.number: one for one in world.accounts}
    factor, spent = world.conditions.cash_factor, 0
    for action in decide(world, Roles(bidder=policy)):
        one, made = by_number[action.account], action.offer
        price, equity = one.auction.price, Fraction(one.risk.equity, MICRO)
        least = max(policy.min_discount * abs(equity), policy.min_gain * one.risk.requirement)
        # A micro for the rounding of the equity.
        assert price <= made.limit <= equity - least - Fraction(policy.fixed_cost * WAD, factor) + 1
        assert made.funds * factor <= policy.max_funds * WAD
        brought = Risk(one.risk.equity + made.funds * MICRO, one.risk.requirement, ())
        assert brought.healthy(world.conditions.initial_bps)
        assert one.risk.requirement <= policy.max_requirement
        assert made.cost >= max(0, made.limit) + Fraction(made.funds * factor, WAD)
        spent += made.cost
    assert spent <= world.conditions.spendable


# alarms


def test_alarms_of_the_operators_accounts():
    def of(one, conditions=FRESH):
        return [alarm.kind for alarm in alarms(World(conditions, (one,)), ROLES)]

    assert of(MINE) == []
    assert of(replace(MINE, risk=risk("109"))) == [AlarmKind.LOW]
    assert of(replace(MINE, risk=SHORT)) == [AlarmKind.NOT_HEALTHY]
    assert of(replace(MINE, known=False, risk=None)) == [AlarmKind.UNKNOWN]
    assert of(replace(MINE, risk=None)) == [AlarmKind.NOT_COVERED]
    assert of(replace(MINE, seized=True)) == [AlarmKind.SEIZED]
    assert of(replace(MINE, called=True)) == [AlarmKind.CALLED]
    assert of(replace(OTHER, risk=SHORT)) == []
    assert of(MINE, replace(FRESH, snapshot_known=False)) == [AlarmKind.NO_SNAPSHOT]
    assert of(MINE, replace(FRESH, other_collateral=True)) == [AlarmKind.OTHER_COLLATERAL]
    assert of(MINE, replace(FRESH, snapshot_time=None)) == [AlarmKind.SILENT_FEED]
    assert of(MINE, replace(FRESH, liquidations_paused=True)) == [AlarmKind.PAUSED]
    assert of(MINE, replace(FRESH, lag=301)) == [AlarmKind.NODE_BEHIND]
    assert [Alarm(kind).grave for kind in (AlarmKind.SEIZED, AlarmKind.NOT_HEALTHY, AlarmKind.LOW)] == [
        True,
        True,
        False,
    ]


def test_a_venue_is_told_of_openings_that_it_lacks():
    unknown = World(FRESH, (Watched(1), Watched(2, mine=True)))
    assert alarms(unknown, Roles(starter=True)) == ()
    lacking = tuple(Alarm(AlarmKind.UNKNOWN, number) for number in (1, 2))
    assert alarms(unknown, Roles(starter=True, opens_escrows=True)) == lacking


def test_an_account_that_there_is_not_is_told_of():
    roles = Roles(HolderPolicy(accounts=frozenset({1, 9})))
    assert alarms(World(FRESH, (MINE,)), roles) == (Alarm(AlarmKind.NO_SUCH_ACCOUNT, 9),)


def test_nothing_of_an_account_shows_in_what_is_decided():
    # Long enough to be in no address or time by chance.
    told = risk("1234567.654321", "7654321.123456")
    shown = repr(World(FRESH, (replace(ON_SALE, risk=told, auction=Auction(0)),)))
    assert "Watched(number=1" in shown
    assert not any(number in shown for number in ("1234567", "7654321", "PERPETUAL"))
    chosen = decide(World(FRESH, (ON_SALE,)), ROLES)
    assert str(chosen[0].offer.limit) not in repr(chosen)
    assert isinstance(chosen[0], Action)


# what an account comes to


def test_risk_is_that_of_the_report():
    held, taken = account(), snapshot()
    report, found = margin_report(held, taken), Risk.of(held.opening(taken), taken)
    assert found.equity == int(report.equity * 10**12)
    assert found.requirement == int(report.maintenance * MICRO)
    assert sorted(found.instruments) == sorted(held.positions)
    poor = account(cash="-3000")
    short, rated = margin_report(poor, taken), Risk.of(poor.opening(taken), taken)
    assert not rated.healthy()
    assert rated.missing(10_000) == int(short.cash_needed * MICRO)


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
