"""Owners who want a venue's batches to fail: what they do meanwhile leaves all other accounts settleable."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support.clearing_values import CIRCUITS, TIME, secret
from support.venue_market import RISK, UnprovenVenue, VenueMarket
from zkmargin import ChainError, StatementError, spec
from zkmargin.contracts.house_values import AccountFlag
from zkmargin.orders import Fill, Fills, Order, Quote, Sheet, SigningKey, sign_order, sign_sheet
from zkmargin.proofs.batch_instances import BatchCircuits, HealthInstance, UpkeepInstance
from zkmargin.settlement.book import Book
from zkmargin.spec import Holder, Side
from zkmargin.spec.health import HealthShape

D = Decimal
KEYS = [spec.trading_key(secret(number)) for number in range(50, 55)]


@pytest.fixture
def chain():
    return VenueMarket()


@pytest.fixture
def venue(chain, tmp_path):
    with Book(tmp_path / "book.db") as book:
        yield UnprovenVenue(chain, book)


def ready(chain, venue, *numbers, cash=10**12):
    chain.open(*numbers)
    if cash:
        chain.credit(*numbers, amount=cash)
    venue.sync()


def order(folder, number, side, instrument):
    limit = D(50_000) if side == Side.BUY else D(1900)
    terms = Order(instrument, side, D(10), limit, D(1), 24, TIME + 60)
    signed = sign_order(terms, Holder(77, number + 1000, number), SigningKey(secret(number)), RISK)
    name = f"{number}-{side.name}-{instrument}.json"
    signed.save(folder / name)
    return name


def fills(folder, *pairs, name="list", instrument="ETH-PERPETUAL"):
    listed = tuple(
        Fill(
            order(folder, buyer, Side.BUY, instrument=instrument),
            order(folder, seller, Side.SELL, instrument=instrument),
            D("0.1"),
            D(2000),
            D(0),
            D(0),
        )
        for buyer, seller in pairs
    )
    return Fills(name, listed, source=str(folder / "fills.json"))


# upkeep


def test_attack_a_key_request_that_changes_while_each_batch_is_proven(chain, venue):
    ready(chain, venue, 1, 2, 3)
    chain.deposit(1, 5)
    chain.deposit(3, 7)
    chain.request(2, KEYS[0])
    venue.sync()
    others = iter(KEYS[1:])
    chain.before_settling = lambda: chain.request(2, next(others))
    sent = list(venue.settle_upkeep(RISK))
    assert [one.accounts for one in sent] == [(1, 3)]
    assert chain.waits[1, spec.CASH].amount == chain.waits[3, spec.CASH].amount == 0
    chain.before_settling = lambda: None
    assert [one.accounts for one in venue.settle_upkeep(RISK)] == [(2,)]


def test_attack_a_request_that_is_withdrawn_and_a_refund_during_a_batch_of_leaving_funds(chain, venue):
    ready(chain, venue, 1, 2, 3)
    for number in (1, 2, 3):
        chain.deposit(number, 10)
    chain.waits[2, spec.CASH] = replace(chain.waits[2, spec.CASH], leaving=10)
    chain.request(3, KEYS[0])
    venue.sync()

    def leave():
        chain.waits[2, spec.CASH] = replace(chain.waits[2, spec.CASH], amount=0, leaving=0)
        chain.request(3, spec.NO_KEY, 0)

    chain.before_settling = leave
    assert [one.accounts for one in venue.settle_upkeep(RISK, leaving=True)] == [(1,)]


def test_attack_keys_that_are_renewed_during_a_batch_of_upkeep(chain, venue):
    ready(chain, venue, 1, 2)
    for number in (1, 2):
        chain.deposit(number, 10)
    chain.before_settling = lambda: chain.mine(chain.renewed(2, 1002))
    assert [one.accounts for one in venue.settle_upkeep(RISK)] == [(1,)]
    assert venue.book.unknown() == {}


def test_attack_dust_that_is_deposited_again_during_each_batch_ends(chain, venue):
    ready(chain, venue, 1, 2)
    chain.deposit(1, 1)
    chain.before_settling = lambda: chain.deposit(1, 1)
    sent = venue.settle_upkeep(RISK)
    assert next(sent).accounts == (1,)
    assert next(sent, None) is None
    assert chain.waits[1, spec.CASH].amount == 1


def test_attack_dust_in_a_market_with_the_smallest_circuit_of_upkeep_fits_a_transaction(
    tmp_path, monkeypatch
):
    chain = VenueMarket(replace(CIRCUITS, upkeep=(UpkeepInstance("upkeep_one", 1, spec.STANDARD),)))
    # In earnest 14 million gas; 440 proofs would take more than a transaction can have.
    monkeypatch.setattr("zkmargin.settlement.roles.drafts._UPKEEP_GAS", 2 * 85_000)
    with Book(tmp_path / "book.db") as book:
        venue = UnprovenVenue(chain, book)
        ready(chain, venue, 1, 2, 3, cash=0)
        for number in (1, 2, 3):
            chain.deposit(number, 1)
        assert [one.accounts for one in venue.settle_upkeep(RISK)] == [(1, 2), (3,)]


def test_a_node_that_refuses_every_batch_is_an_error(chain, venue):
    ready(chain, venue, 1)
    chain.deposit(1, 5)

    def refuse():
        raise ChainError("settle: no answer (ConnectionError)")

    chain.before_settling = refuse
    with pytest.raises(ChainError, match="no answer"):
        list(venue.settle_upkeep(RISK))


def test_a_batch_whose_receipt_is_lost_is_an_error_and_is_not_sent_again(chain, venue, monkeypatch):
    ready(chain, venue, 1)
    chain.deposit(1, 5)
    real = venue.market.house.settle

    def lost(batch):
        real(batch)
        raise ChainError("settle: no answer (ReadTimeout)")

    monkeypatch.setattr(venue.market.house, "settle", lost)
    with pytest.raises(ChainError, match="ReadTimeout"):
        list(venue.settle_upkeep(RISK))
    assert chain.settled == [(1,)]


def test_attack_thousands_of_notices_take_few_requests(chain, venue):
    numbers, owner = range(1, 301), chain.new(1)
    for number in numbers:
        chain.ledger.add(replace(owner, number=number))
    chain.flags |= dict.fromkeys(numbers, AccountFlag.NOTICED)
    chain.noticed |= dict.fromkeys(numbers, TIME - 600)
    assert set(venue.refused(numbers)) == set(numbers)
    assert chain.requests_of_node == 2


# fills


def test_attack_a_proof_with_a_newer_snapshot_during_a_batch_of_fills(chain, venue, tmp_path):
    ready(chain, venue, 1, 2, 3, 4)
    listed = fills(tmp_path, (1, 2), (3, 4))
    chain.before_settling = lambda: chain.healthy.update({2: RISK.timestamp + 1})
    filled, sent = venue.settle_fills(listed, RISK)
    assert sent.accounts == (3, 4)
    assert [one.place for one in filled.dropped] == [0]
    assert "account 2: the snapshot is older" in filled.dropped[0].reason
    assert venue.has_settled(listed.name)


def test_attack_an_account_that_fits_no_circuit_stops_only_its_own_fills(tmp_path):
    health = (HealthInstance("health_1x1", HealthShape(1, spec.Shape(3, 1))),)
    chain = VenueMarket(replace(CIRCUITS, health=health))
    with Book(tmp_path / "book.db") as book:
        venue = UnprovenVenue(chain, book)
        ready(chain, venue, 1, 2, 3, 4)
        first = fills(tmp_path, (1, 2))
        venue.settle_fills(first, RISK)
        second = fills(tmp_path, (1, 2), (3, 4), name="second", instrument="BTC-PERPETUAL")
        filled, sent = venue.settle_fills(second, RISK)
        assert sent.accounts == (3, 4)
        assert "account 1: fits no circuit of health of this market" in filled.dropped[0].reason
        chain.flags |= dict.fromkeys((1, 2, 3, 4), AccountFlag.TRADED)


def test_attack_a_quote_sheet_in_a_market_without_circuits_of_quotes(tmp_path):
    chain = VenueMarket(replace(CIRCUITS, quote=()))
    with Book(tmp_path / "book.db") as book:
        venue = UnprovenVenue(chain, book)
        ready(chain, venue, 1, 2, 3)
        quotes = (Quote("ETH-PERPETUAL", D(1990), D(2010), D(1)),)
        sheet = Sheet(100, D("0.05"), 25, TIME + 60, quotes)
        signed = sign_sheet(sheet, Holder(77, 1003, 3), SigningKey(secret(3)), RISK)
        signed.save(tmp_path / "sheet.json")
        ordinary = fills(tmp_path, (1, 2)).fills[0]
        quoted = replace(ordinary, sell="sheet.json", price=D(2010), entry=0)
        listed = Fills("list", (quoted, ordinary), source=str(tmp_path / "fills.json"))
        filled, sent = venue.settle_fills(listed, RISK)
    assert sent.accounts == (1, 2)
    assert "no circuit of fills against quote sheets" in filled.dropped[0].reason


def test_attack_two_processes_settle_one_list(chain, venue, tmp_path):
    ready(chain, venue, 1, 2)
    listed = fills(tmp_path, (1, 2))
    draft = venue.fill(listed, RISK).draft
    venue.settle_fills(listed, RISK)
    # The order has quantity left; the second process drew its batch up before.
    with pytest.raises(StatementError, match="a batch with the name list is on the chain"):
        venue.settle(draft, listed.name)
    with pytest.raises(StatementError, match="is on the chain"):
        venue.settle_fills(listed, RISK)
    assert len(chain.settled) == 1


def test_a_list_whose_accounts_do_not_change_and_that_the_house_refuses_is_an_error(chain, venue, tmp_path):
    ready(chain, venue, 1, 2)

    def refuse():
        raise ChainError("settle: reverted: Paused")

    chain.before_settling = refuse
    with pytest.raises(ChainError, match="Paused"):
        venue.settle_fills(fills(tmp_path, (1, 2)), RISK)


# attestations


def test_attack_an_owner_who_attests_while_all_are_attested(chain, venue):
    ready(chain, venue, 1, 2, 3)
    chain.flags |= dict.fromkeys((1, 2, 3), AccountFlag.TRADED)
    chain.before_attesting = lambda: chain.healthy.update({2: RISK.timestamp})
    found = venue.attest_all(RISK)
    assert [one.accounts for one in found.sent] == [(1, 3)]
    assert not found.failing


def test_attack_an_account_that_fits_no_circuit_does_not_stop_the_attestation_of_others(tmp_path):
    chain = VenueMarket()
    with Book(tmp_path / "book.db") as book:
        venue = UnprovenVenue(chain, book)
        ready(chain, venue, 1, 2, 3, 4)
        for name, instrument in (("a", "ETH-PERPETUAL"), ("b", "BTC-PERPETUAL")):
            listed = fills(tmp_path, (1, 2), name=name, instrument=instrument)
            venue.settle_fills(listed, RISK)
        chain.flags |= dict.fromkeys((1, 2, 3), AccountFlag.TRADED)
        health = (HealthInstance("health_1x1", HealthShape(1, spec.Shape(3, 1))),)
        chain.using = BatchCircuits(CIRCUITS.match, CIRCUITS.quote, CIRCUITS.upkeep, health)
        venue = UnprovenVenue(chain, book)
        found = venue.attest_all(RISK)
    assert [one.accounts for one in found.sent] == [(3,)]
    assert sorted(found.failing) == [1, 2]


def test_an_attestation_that_the_node_refuses_is_an_error(chain, venue):
    ready(chain, venue, 1)
    chain.flags[1] = AccountFlag.TRADED

    def refuse():
        raise ChainError("attest: no answer")

    chain.before_attesting = refuse
    with pytest.raises(ChainError, match="no answer"):
        venue.attest_all(RISK)


def test_attack_a_node_that_hides_the_event_of_a_batch(chain, venue, monkeypatch):
    ready(chain, venue, 1)
    chain.deposit(1, 5)
    monkeypatch.setattr(venue.market.house, "changes", lambda _start, _end: [])
    with pytest.raises(ChainError, match="the node has no event of it"):
        list(venue.settle_upkeep(RISK))


def test_credits_at_a_factor_below_one_cost_no_more_than_what_waits(chain, venue):
    ready(chain, venue, 1, 2, 3, cash=0)
    chain.factor = 333_333_333_333_333_333
    for number, amount in ((1, 1), (2, 2**64 - 1), (3, 10**6 + 1)):
        chain.deposit(number, amount)
    assert [one.accounts for one in venue.settle_upkeep(RISK)] == [(1, 2, 3)]
    assert [venue.book.present(number).cash for number in (1, 3)] == [3, 3000003]
    assert venue.book.present(2).cash == 2**64 - 1
