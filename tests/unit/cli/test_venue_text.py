"""What ``zkmargin venue status`` shows, whatever openings owners have chosen."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from support.margin_values import snapshot
from zkmargin import InputError, spec
from zkmargin.cli.venue_text import print_status, status_of
from zkmargin.contracts.house_values import AccountFlag, HouseAccount, HouseState
from zkmargin.settlement.book import Book

HOUSE = "0x" + "11" * 20


def opening(number, **changes):
    values = {
        "owner": 5,
        "key": spec.NO_KEY,
        "view_key": 2**200,
        "nonce": 0,
        "cash": 10**6,
        "amounts": spec.NO_AMOUNTS,
        "positions": (),
    }
    return spec.Account(number=number, **{**values, **changes})


def market(count):
    record = HouseAccount(HOUSE, 0, 0, HouseState.OPEN, AccountFlag(0), 1)
    standing = SimpleNamespace(batches=0, last_batch_at=0, seized=0, frozen=0, ended=False)
    house = SimpleNamespace(
        count=lambda: count,
        accounts=lambda numbers: [record for _ in numbers],
        called=lambda _numbers: set(),
        standing=lambda: standing,
        unpaid_fees=lambda: 0,
    )
    addresses = SimpleNamespace(house=HOUSE)
    return SimpleNamespace(house=house, deployment=SimpleNamespace(chain_id=1, addresses=addresses))


def book_of(*openings):
    held = {one.number: one for one in openings}
    return SimpleNamespace(accounts=lambda: held, require_market=lambda _chain, _house: None)


def test_attack_an_opening_that_cannot_be_shown_hides_no_other_account(capsys):
    book = book_of(
        opening(1, view_key=1),
        opening(2),
        opening(3, positions=(spec.Position(3000, 1),)),
    )
    found = status_of(market(3), book, snapshot())
    assert [one.get("holdings") for one in found["accounts"]] == [
        {"cash": "1.000000"},
        {"cash": "1.000000"},
        None,
    ]
    print_status(found)
    shown = capsys.readouterr().out
    assert "account 2 (private)" in shown
    assert "account 3: the snapshot has no such instrument" in shown


def test_attack_the_book_of_another_market(tmp_path):
    with Book(tmp_path / "book.db") as book:
        book.require_market(1, "0x" + "22" * 20)
        with pytest.raises(InputError, match="belongs to another market"):
            status_of(market(1), book)
