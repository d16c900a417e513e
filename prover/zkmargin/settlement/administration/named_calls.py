"""Calls that the timelock of a market can make, by name: ``house-parameters heartbeat=7200``.

Parameters that are not named keep their present values.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from zkmargin.contracts.auctions import AuctionParameters
from zkmargin.contracts.client import address_of
from zkmargin.contracts.guardian import Limits, PauseGroup
from zkmargin.contracts.house_values import HouseParameters
from zkmargin.contracts.oracle_feed import PriceLimits
from zkmargin.contracts.timelock import Operation
from zkmargin.documents.fields import Field
from zkmargin.documents.nearest import expected_one_of
from zkmargin.errors import InputError
from zkmargin.settlement.deploy.fields import point_of

from .values import micro_in, pairs_in, seconds_in, whole_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zkmargin.settlement.market import Market

__all__ = ["NAMED_CALLS", "NamedCall", "limits_in", "named_call", "pause_group", "raw_call", "signers_in"]

_AMOUNTS = ("bond", "min_price", "max_price")
_TIMES = ("max_snapshot_age", "heartbeat", "grace", "cooldown", "fall_time", "max_pause")
_RAW = re.compile(r"(0x[0-9a-fA-F]{40}):0x((?:[0-9a-fA-F]{2})*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class NamedCall:
    """A call that has a name.

    Attributes
    ----------
    usage : str
        The words after the name.
    meaning : str
        The values that the call changes, in words.
    build : callable
        Returns the call from the market, the words and the reason.
    """

    usage: str
    meaning: str
    build: Callable[[Market, list[str], str], Operation]


def named_call(market: Market, words: Sequence[str], reason: str = "", salt: int = 0) -> Operation:
    """Return the call that words name.

    Parameters
    ----------
    market : Market
    words : sequence of str
        The name and its words.
    reason : str
        The public reason, which calls of the guardian's contract need.
    salt : int
        Distinguishes operations with the same call.

    Raises
    ------
    InputError
        If the name is unknown, or a word is not one of the call.
    ChainError
        If the node is out of reach.
    """
    name, *others = words
    if name not in NAMED_CALLS:
        raise InputError(f"no such change; {expected_one_of(name, NAMED_CALLS)}", source=name)
    return replace(NAMED_CALLS[name].build(market, others, reason), salt=salt)


def raw_call(text: str, salt: int = 0) -> Operation:
    """Return the call of a text ``TARGET:HEX``, an address and calldata.

    Raises
    ------
    InputError
        If the text is malformed.
    """
    found = _RAW.fullmatch(text)
    if found is None:
        raise InputError("expected TARGET:HEX, an address and calldata, both with 0x", source="--call")
    return Operation(address_of("--call", found[1]), bytes.fromhex(found[2]), salt)


def pause_group(text: str) -> PauseGroup:
    """Return the group of a name in either case, such as ``trade``, or raise `InputError`."""
    names = [one.name.lower() for one in PauseGroup if one.name is not None]
    if text.lower() not in names:
        raise InputError(f"no such group; {expected_one_of(text, names)}", source=text)
    return PauseGroup[text.upper()]


# --- the house


def _house_parameters(market: Market, words: list[str], _reason: str) -> Operation:
    now = market.house.parameters()
    wanted = replace(now, **_numbers(words, tuple(HouseParameters.__slots__), "house-parameters"))
    return Operation(market.house.address, market.house.set_parameters_call(wanted))


def _venue(market: Market, words: list[str], _reason: str) -> Operation:
    (venue,) = _exactly(words, "venue", "ADDRESS")
    return Operation(market.house.address, market.house.set_venue_call(venue))


def _venue_key(market: Market, words: list[str], _reason: str) -> Operation:
    key = point_of(Field(_exactly(words, "venue-key", "X", "Y"), "venue-key"))
    return Operation(market.house.address, market.house.set_venue_key_call(key))


def _auction_parameters(market: Market, words: list[str], _reason: str) -> Operation:
    now = market.auctions.parameters()
    wanted = replace(now, **_numbers(words, tuple(AuctionParameters.__slots__), "auction-parameters"))
    return Operation(market.auctions.address, market.auctions.set_parameters_call(wanted))


# --- the feed


def signers_in(market: Market, words: list[str]) -> tuple[list[str], int]:
    """Return the addresses and the threshold of words; the present threshold if there is none.

    Raises
    ------
    InputError
        If a word is neither an address nor ``threshold=N``.
    """
    addresses = [address_of("signers", one) for one in words if "=" not in one]
    given = pairs_in([one for one in words if "=" in one], ("threshold",))
    if not addresses:
        raise InputError("expected addresses", source="signers")
    threshold = given.get("threshold")
    return addresses, market.feed.threshold() if threshold is None else whole_in(threshold, "threshold")


def limits_in(market: Market, words: list[str]) -> list[PriceLimits]:
    """Return the limits of all underlyings, changed by words such as ``0.max_price=100000``.

    Raises
    ------
    InputError
        If there is no such underlying or key, or a value is malformed.
    """
    limits = [asdict(one) for one in market.feed.limits()]
    known = tuple(f"{number}.{key}" for number in range(len(limits)) for key in PriceLimits.__slots__)
    for path, value in _numbers(words, known, "price-limits").items():
        number, _, key = path.partition(".")
        limits[int(number)][key] = value
    return [PriceLimits(**one) for one in limits]


def _signers(market: Market, words: list[str], _reason: str) -> Operation:
    return Operation(market.feed.address, market.feed.schedule_signers_call(*signers_in(market, words)))


def _price_limits(market: Market, words: list[str], _reason: str) -> Operation:
    return Operation(market.feed.address, market.feed.schedule_limits_call(limits_in(market, words)))


def _collateral(market: Market, words: list[str], _reason: str) -> Operation:
    if not words:
        raise InputError("expected the names of all assets, in the snapshot's order", source="collateral")
    return Operation(market.feed.address, market.feed.schedule_collateral_call(words))


def _remove_signer(market: Market, words: list[str], _reason: str) -> Operation:
    (signer,) = _exactly(words, "remove-signer", "ADDRESS")
    return Operation(market.feed.address, market.feed.remove_signer_call(signer))


def _cancel_signers(market: Market, words: list[str], _reason: str) -> Operation:
    _exactly(words, "cancel-signers")
    return Operation(market.feed.address, market.feed.cancel_signers_call())


def _cancel_price_limits(market: Market, words: list[str], _reason: str) -> Operation:
    _exactly(words, "cancel-price-limits")
    return Operation(market.feed.address, market.feed.cancel_limits_call())


def _cancel_collateral(market: Market, words: list[str], _reason: str) -> Operation:
    _exactly(words, "cancel-collateral")
    return Operation(market.feed.address, market.feed.cancel_collateral_call())


# --- the vault


def _vault_cap(market: Market, words: list[str], _reason: str) -> Operation:
    (pair,) = _exactly(words, "vault-cap", "ASSET=AMOUNT")
    name, equals, amount = pair.partition("=")
    if not equals:
        raise InputError("expected ASSET=AMOUNT", source="vault-cap")
    call = market.vault.set_cap_call(market.deployment.slot(name), micro_in(amount, name))
    return Operation(market.vault.address, call)


def _vault_asset(market: Market, words: list[str], _reason: str) -> Operation:
    slot, token, cap = _exactly(words, "vault-asset", "SLOT", "TOKEN", "CAP")
    call = market.vault.list_asset_call(whole_in(slot, "slot"), token, micro_in(cap, "cap"))
    return Operation(market.vault.address, call)


# --- the guardian's contract and the timelock itself


def _guardian(market: Market, words: list[str], reason: str) -> Operation:
    (guardian,) = _exactly(words, "guardian", "ADDRESS")
    return Operation(market.guardian.address, market.guardian.set_guardian_call(guardian, _public(reason)))


def _pause_limits(market: Market, words: list[str], reason: str) -> Operation:
    if not words:
        raise InputError("expected GROUP KEY=VALUE...", source="pause-limits")
    group = pause_group(words[0])
    changed = _numbers(words[1:], tuple(Limits.__slots__), "pause-limits")
    limits = replace(market.guardian.limits(group), **changed)
    call = market.guardian.set_limits_call(group, limits, _public(reason))
    return Operation(market.guardian.address, call)


def _delay(market: Market, words: list[str], _reason: str) -> Operation:
    (delay,) = _exactly(words, "delay", "SECONDS")
    return Operation(market.timelock.address, market.timelock.set_delay_call(seconds_in(delay, "delay")))


NAMED_CALLS: Mapping[str, NamedCall] = {
    "house-parameters": NamedCall(
        "KEY=VALUE...", f"parameters of the house: {', '.join(HouseParameters.__slots__)}", _house_parameters
    ),
    "venue": NamedCall("ADDRESS", "the address that settles batches", _venue),
    "venue-key": NamedCall("X Y", "the key that view keys are sealed to", _venue_key),
    "auction-parameters": NamedCall(
        "KEY=VALUE...",
        f"parameters of auctions: {', '.join(AuctionParameters.__slots__)}",
        _auction_parameters,
    ),
    "signers": NamedCall("ADDRESS... [threshold=N]", "all oracle signers, after the feed's delay", _signers),
    "cancel-signers": NamedCall("", "drops the feed's scheduled signers", _cancel_signers),
    "remove-signer": NamedCall("ADDRESS", "removes an oracle signer", _remove_signer),
    "price-limits": NamedCall(
        "UNDERLYING.KEY=VALUE...",
        f"limits of index prices by underlying's number, after the feed's delay: "
        f"{', '.join(PriceLimits.__slots__)}",
        _price_limits,
    ),
    "cancel-price-limits": NamedCall("", "drops the feed's scheduled limits", _cancel_price_limits),
    "collateral": NamedCall("NAME...", "all collateral assets, after the feed's delay", _collateral),
    "cancel-collateral": NamedCall("", "drops the feed's scheduled assets", _cancel_collateral),
    "vault-cap": NamedCall("ASSET=AMOUNT", "the largest total of an asset, in whole units", _vault_cap),
    "vault-asset": NamedCall("SLOT TOKEN CAP", "lists a token in an empty slot of the vault", _vault_asset),
    "guardian": NamedCall("ADDRESS", "the guardian; needs --reason", _guardian),
    "pause-limits": NamedCall(
        "GROUP KEY=VALUE...",
        f"limits of pauses: {', '.join(Limits.__slots__)}; needs --reason",
        _pause_limits,
    ),
    "delay": NamedCall("SECONDS", "the timelock's least delay", _delay),
}
"""The calls by name."""


def _numbers(words: list[str], known: tuple[str, ...], source: str) -> dict[str, int]:
    """Return the numbers of words ``KEY=VALUE``: amounts in micro, times in seconds."""
    pairs = pairs_in(words, known)
    if not pairs:
        raise InputError(f"expected KEY=VALUE with a key of {', '.join(known)}", source=source)
    return {key: _number(key, value) for key, value in pairs.items()}


def _number(key: str, value: str) -> int:
    name = key.rpartition(".")[2]
    if name in _AMOUNTS:
        return micro_in(value, key)
    return seconds_in(value, key) if name in _TIMES else whole_in(value, key)


def _exactly(words: list[str], source: str, *expected: str) -> list[str]:
    if len(words) != len(expected):
        raise InputError(f"expected {' '.join(expected) or 'no further words'}", source=source)
    return words


def _public(reason: str) -> str:
    if not reason:
        raise InputError("needs a reason, which is public", source="--reason")
    return reason
