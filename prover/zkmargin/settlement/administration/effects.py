"""The effect of a call on a market, read from its calldata: present values and new ones."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.contracts.auctions import AuctionParameters
from zkmargin.contracts.client import NOBODY
from zkmargin.contracts.guardian import Limits, PauseGroup
from zkmargin.contracts.house_values import HouseParameters
from zkmargin.contracts.oracle_feed import PriceLimits
from zkmargin.documents.utc import utc_text
from zkmargin.errors import ZkmarginError

from .values import units_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from zkmargin.contracts.client import Client
    from zkmargin.contracts.timelock import Operation
    from zkmargin.settlement.market import Market

__all__ = ["AFTER_DELAY", "Effect", "effects"]

_AMOUNTS = ("bond", "min_price", "max_price")
AFTER_DELAY = ", after the feed's delay"
"""The end of the name of a value that the feed changes by a second step."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A value that a call changes.

    Attributes
    ----------
    what : str
        The value; amounts are in whole units, times in seconds.
    old : str
        Its present value; empty if there is none.
    new : str
        Its value after the call.
    """

    what: str
    old: str
    new: str


def effects(market: Market, operation: Operation) -> list[Effect]:
    """Return what a call changes, as its calldata says; values that stay are left out.

    A call whose meaning is unknown, or that the contract would refuse, gives one effect: its function and arguments.
    """
    clients: tuple[tuple[str, Client], ...] = (
        ("house", market.house),
        ("auctions", market.auctions),
        ("feed", market.feed),
        ("vault", market.vault),
        ("guardian", market.guardian),
        ("timelock", market.timelock),
    )
    for name, client in clients:
        if client.address == operation.target:
            found = client.decoded(operation.data)
            if found is None:
                break
            function, values = found
            known = _KNOWN.get(f"{name}.{function}")
            with suppress(ZkmarginError, ValueError, LookupError, TypeError):
                # A call with values that no contract takes must not hide the other scheduled ones.
                if known is not None:
                    return [one for one in known(market, *values.values()) if one.old != one.new]
            shown = ", ".join(f"{key}={_text(value)}" for key, value in values.items())
            return [Effect(f"call of the {name}", "", f"{function}({shown})")]
    return [Effect(f"call of {operation.target}", "", f"0x{operation.data.hex()}")]


def _house_parameters(market: Market, new: Sequence[int]) -> Iterator[Effect]:
    return _changed("", market.house.parameters(), HouseParameters(*new))


def _auction_parameters(market: Market, new: Sequence[int]) -> Iterator[Effect]:
    return _changed("", market.auctions.parameters(), AuctionParameters(*new))


def _venue(market: Market, new: str) -> Iterator[Effect]:
    yield Effect("venue", market.house.venue(), new)


def _venue_key(market: Market, new: Sequence[int]) -> Iterator[Effect]:
    yield Effect("venue key", _text(market.house.venue_key()), _text(new))


def _signers(market: Market, signers: Sequence[str], threshold: int) -> Iterator[Effect]:
    yield Effect(f"signers{AFTER_DELAY}", _text(market.feed.signers()), _text(signers))
    yield Effect(f"threshold{AFTER_DELAY}", str(market.feed.threshold()), str(threshold))


def _removed_signer(market: Market, signer: str) -> Iterator[Effect]:
    present = market.feed.signers()
    yield Effect("signers", _text(present), _text([one for one in present if one != signer]))


def _limits(market: Market, limits: Sequence[Sequence[int]]) -> Iterator[Effect]:
    present = market.feed.limits()
    for number, new in enumerate(limits):
        if number < len(present):
            for one in _changed(f"{number}.", present[number], PriceLimits(*new)):
                yield Effect(f"{one.what}{AFTER_DELAY}", one.old, one.new)
        else:
            yield Effect(f"{number}{AFTER_DELAY}", "", _text(new))


def _collateral(market: Market, names: Sequence[str]) -> Iterator[Effect]:
    yield Effect(f"collateral{AFTER_DELAY}", _text(market.feed.collateral()), _text(names))


def _cancelled(name: str) -> Callable[[Market], Iterator[Effect]]:
    def found(market: Market) -> Iterator[Effect]:
        due = market.feed.pending_changes().get(name)
        yield Effect(f"scheduled {name}", "none" if due is None else f"from {utc_text(due)}", "none")

    return found


def _cap(market: Market, slot: int, cap: int) -> Iterator[Effect]:
    present = market.vault.asset(slot)
    yield Effect(f"cap of {_slot(market, slot)}", units_text(present.cap) if present else "", units_text(cap))


def _listing(market: Market, slot: int, token: str, cap: int) -> Iterator[Effect]:
    present = market.vault.asset(slot)
    yield Effect(f"token of {_slot(market, slot)}", present.token if present else "none", token)
    yield from _cap(market, slot, cap)


def _guardian(market: Market, guardian: str, reason: str) -> Iterator[Effect]:
    shown = "nobody" if guardian == NOBODY else guardian
    yield Effect("guardian", market.guardian.guardian(), shown)
    yield Effect("reason", "", reason)


def _pause_limits(market: Market, group: int, limits: Sequence[int], reason: str) -> Iterator[Effect]:
    named = PauseGroup(group)
    yield from _changed(f"{named.name} ", market.guardian.limits(named), Limits(*limits))
    yield Effect("reason", "", reason)


def _delay(market: Market, seconds: int) -> Iterator[Effect]:
    yield Effect("delay of the timelock", str(market.timelock.min_delay()), str(seconds))


_KNOWN: Mapping[str, Callable[..., Iterator[Effect]]] = {
    "house.setParameters": _house_parameters,
    "house.setVenue": _venue,
    "house.setVenueKey": _venue_key,
    "auctions.setParameters": _auction_parameters,
    "feed.scheduleSigners": _signers,
    "feed.cancelSigners": _cancelled("signers"),
    "feed.removeSigner": _removed_signer,
    "feed.scheduleLimits": _limits,
    "feed.cancelLimits": _cancelled("price-limits"),
    "feed.scheduleCollateral": _collateral,
    "feed.cancelCollateral": _cancelled("collateral"),
    "vault.setCap": _cap,
    "vault.listAsset": _listing,
    "guardian.setGuardian": _guardian,
    "guardian.setLimits": _pause_limits,
    "timelock.updateDelay": _delay,
}


def _changed(prefix: str, old: Any, new: Any) -> Iterator[Effect]:
    before, after = asdict(old), asdict(new)
    for name, value in after.items():
        show = units_text if name in _AMOUNTS else str
        yield Effect(f"{prefix}{name}", show(before[name]), show(value))


def _slot(market: Market, slot: int) -> str:
    listed = {one.slot for one in market.deployment.assets}
    return market.asset_name(slot) if slot in listed else f"slot {slot}"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, tuple | list):
        return " ".join(_text(one) for one in value)
    return str(value)
