"""Accounts for the report page: 30 legs in one underlying, and a few in each of three."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest

from zkmargin import Account
from zkmargin.venue_data import Option, VenueData

VIEW_KEY = 2**247 + 12345


def thirty_legs(market: VenueData, cash: str = "40000") -> Account:
    """Return an account of 30 positions in ETH: out-of-the-money options, hedged with futures and the perpetual.

    Options near the forward are sold and options farther away bought, in all expiries.
    """
    (ether,) = (one for one in market.underlyings if one.name == "ETH")
    options = [one for one in ether.instruments if isinstance(one, Option) and _is_out_of_the_money(one)]
    options.sort(key=lambda one: (one.expiry, one.strike, one.right))
    linear = [one for one in ether.instruments if not isinstance(one, Option)][:2]
    count = 30 - len(linear)
    chosen = options[:: len(options) // count][:count]
    sizes = {one.name: Decimal(-10 if _moneyness(one) < Decimal("0.15") else 8) for one in chosen}
    sizes |= {one.name: Decimal(size) for one, size in zip(linear, (9, -4), strict=False)}
    return _account(cash, sizes, {"ETH": Decimal("12.5"), "USDC": Decimal(10000)})


def few_legs(market: VenueData, cash: str = "30000") -> Account:
    """Return an account of short strangles and futures in every underlying of a market."""
    sizes: dict[str, Decimal] = {}
    for underlying in market.underlyings:
        options = [
            one for one in underlying.instruments if isinstance(one, Option) and _is_out_of_the_money(one)
        ]
        sides = ([one for one in options if one.right == side] for side in ("call", "put"))
        near = [one for pair in zip_longest(*sides) for one in pair if one][:4]
        unit = Decimal(round(Decimal(20000) / underlying.price / near[0].lot)) * near[0].lot
        sizes |= {one.name: -unit for one in near}
        sizes |= {one.name: unit for one in underlying.instruments[:1]}
    return _account(cash, sizes, {"ETH": Decimal("2.5")})


def _account(cash: str, sizes: dict[str, Decimal], collateral: dict[str, Decimal]) -> Account:
    return Account(
        owner=7, nonce=1, view_key=VIEW_KEY, cash=Decimal(cash), collateral=collateral, positions=sizes
    )


def _is_out_of_the_money(one: Option) -> bool:
    return (one.strike > one.forward) == (one.right == "call")


def _moneyness(one: Option) -> Decimal:
    return abs(one.strike / one.forward - 1)
