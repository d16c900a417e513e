"""Positions as venues show them."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from support.reprs import shown
from zkmargin import InputError
from zkmargin.venues.positions import PositionFormat, read_positions

DERIBIT = [
    {"instrument_name": "ETH-27MAR26-3000-C", "size": -20.0, "direction": "sell", "average_price": 0.045},
    {"instrument_name": "ETH-PERPETUAL", "size": 30000.0, "direction": "buy", "average_price": 2500},
    {"instrument_name": "BTC-27MAR26", "size": -50000.0, "direction": "sell", "average_price": 80000.0},
    {"instrument_name": "SOL_USDC-PERPETUAL", "size": 12.5, "direction": "buy", "average_price": 150.0},
    {"instrument_name": "ETH-26JUN26", "size": 0.0, "direction": "zero", "average_price": 0.0},
]


def read(tmp_path, value, form="deribit"):
    path = tmp_path / "positions"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return read_positions(path, PositionFormat(form))


def test_deribits_contracts_over_dollars_become_coins_at_their_entry_price(tmp_path):
    """By hand: 30 000 dollars at 2 500 are 12 ETH. A long gains 30 000 (P / 2 500 - 1) = 12 P - 30 000 dollars."""
    for answer in (DERIBIT, {"jsonrpc": "2.0", "result": DERIBIT}):
        option, eth, btc, sol = read(tmp_path, answer)
        assert (option.names, option.quantity, option.entry) == (("ETH-27MAR26-3000-C",), -20, None)
        assert (eth.quantity, eth.entry) == (12, 2500)
        assert (btc.quantity, btc.entry) == (Fraction(-5, 8), 80_000)
        assert (sol.quantity, sol.entry) == (Fraction(25, 2), 150)


def test_ccxt_positions(tmp_path):
    def row(symbol, side="long", contracts=3, entry=2000.0, **more):
        return {"symbol": symbol, "side": side, "contracts": contracts, "entryPrice": entry, **more}

    found = read(
        tmp_path,
        [
            row("ETH/USD:ETH", contracts=30000, contractSize=1, info={"instrument_name": "ETH-PERPETUAL"}),
            row("BTC/USDT:USDT", "short", contractSize=0.01),
            row("ETH/USD:ETH-260327-3000-C", "short", contracts=20, entry=0.045, contractSize=1),
            row("BTC/USDC:USDC-260305", contracts=2),
            row("BTC/USDC:USDC-241227-55000.5-P", contracts=2, info={"symbol": "BTC-27DEC24-55000.5-P"}),
            row("BTC/USDC:USDC", contracts=0, side=None),
        ],
        "ccxt",
    )
    inverse, linear, option, future, bybit = found
    assert (inverse.names, inverse.quantity) == (("ETH-PERPETUAL", "ETH/USD:ETH"), 15)
    assert (linear.quantity, linear.entry) == (Fraction(-3, 100), 2000)
    assert linear.names == ("BTC/USDT:USDT", "BTC_USDT-PERPETUAL")
    assert (option.names[-1], option.quantity, option.entry) == ("ETH-27MAR26-3000-C", -20, None)
    assert (future.names[-1], future.quantity) == ("BTC_USDC-5MAR26", 2)
    assert (bybit.names[0], bybit.names[-1]) == ("BTC-27DEC24-55000.5-P", "BTC_USDC-27DEC24-55000d5-P")


def test_csv_positions_may_have_been_paid_for(tmp_path):
    found = read(tmp_path, "instrument,quantity,entry_price\nA-1,-2,3.5\nB,1,\nC,0,1\n", "csv")
    assert [(one.names, one.quantity, one.entry) for one in found] == [
        (("A-1",), -2, Fraction(7, 2)),
        (("B",), 1, None),
    ]


def test_a_spreadsheets_semicolons_are_understood(tmp_path):
    (found,) = read(tmp_path, "\ufeffinstrument;quantity;entry_price\r\nA;-2;3.5\r\n", "csv")
    assert (found.names, found.quantity, found.entry) == (("A",), -2, Fraction(7, 2))


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"average_price": 0}, "[0].average_price: must be above 0"),
        ({"average_price": None}, "[0].average_price: missing"),
        ({"size": "many"}, "[0].size: expected a number"),
        ({"direction": "sell"}, "[0].direction: contradicts the sign of size"),
        ({"direction": "up"}, "[0].direction: expected one of"),
        ({"instrument_name": "ETH_USD"}, "[0].instrument_name: not an option, a future or a perpetual"),
        ({"instrument_name": 7}, "[0].instrument_name: expected a name"),
    ],
)
def test_errors_name_the_place_and_no_value(tmp_path, row, key):
    with pytest.raises(InputError) as caught:
        read(tmp_path, [DERIBIT[1] | row])
    assert key in str(caught.value)
    assert "PERPETUAL" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "form", "reason"),
    [
        ({"jsonrpc": "2.0"}, "deribit", "or an answer with a result"),
        ({"error": {"message": "unauthorized", "code": 13009}}, "deribit", "an error: unauthorized (13009)"),
        (
            {"retCode": 10003, "retMsg": "API key is invalid."},
            "ccxt",
            "an error: API key is invalid. (10003)",
        ),
        ([7], "deribit", "expected a list of objects"),
        ("instrument,quantity\nA,1\n", "csv", "no column entry_price"),
        ("instrument,quantity,entry_price\nA,,1\n", "csv", "line 2.quantity: missing"),
        ([{"symbol": "ETH/USD", "side": "long", "contracts": 1}], "ccxt", "[0].symbol: expected a symbol"),
        ([{"symbol": "ETH/USD:ETH", "contracts": 1}], "ccxt", "[0].side: missing"),
    ],
)
def test_other_files_are_refused(tmp_path, value, form, reason):
    with pytest.raises(InputError) as caught:
        read(tmp_path, value, form)
    assert reason in str(caught.value)


def test_positions_do_not_show_in_a_repr(tmp_path):
    assert "2500" not in shown(read(tmp_path, DERIBIT))
