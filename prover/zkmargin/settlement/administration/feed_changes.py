"""The second step of a change of the oracle feed: anybody applies it once the feed's delay has passed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import expected_one_of
from zkmargin.errors import InputError

from .effects import AFTER_DELAY, effects
from .named_calls import limits_in, named_call, signers_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.settlement.market import Market

    from .effects import Effect

__all__ = ["apply_in_feed"]

_NAMES = ("signers", "price-limits", "collateral")


def apply_in_feed(market: Market, words: Sequence[str]) -> tuple[list[Effect], int]:
    """Apply a change that the timelock has scheduled in the feed.

    Parameters
    ----------
    market : Market
        Its connection's account pays; anybody can.
    words : sequence of str
        The change's name and its words, as for `named_call`.

    Returns
    -------
    changed : list of Effect
        The values that it changed.
    gas : int
        Gas used by the transaction.

    Raises
    ------
    InputError
        If the feed has no such change, or a word is malformed.
    ChainError
        If the node or the feed rejects the call: ``NotScheduled``, ``TooEarly``.
    """
    name, *others = words
    if name not in _NAMES:
        raise InputError(expected_one_of(name, _NAMES), source=name)
    feed = market.feed
    changed = [
        replace(one, what=one.what.removesuffix(AFTER_DELAY))
        for one in effects(market, named_call(market, words))
    ]
    if name == "signers":
        gas = feed.apply_signers(*signers_in(market, others))
    elif name == "price-limits":
        gas = feed.apply_limits(limits_in(market, others))
    else:
        gas = feed.apply_collateral(others)
    return changed, gas
