"""``zkmargin guardian``: pauses, and the removal of oracle signers."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.documents.utc import utc_text

from . import typed
from .markets import Calldata, DeploymentFile, Keystore, open_market, print_calldata
from .options import LOCAL_NODE, Json, Rpc  # typed reads the annotations
from .output import print_json, print_line
from .passwords import PasswordFile  # noqa: TC001
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.contracts.guardian import PauseGroup
    from zkmargin.settlement.market import Market

__all__ = ["guardian_app"]

guardian_app = typed.Group()

_Groups = Annotated[list[str], typed.Argument(help="trade, withdraw or liquidate; several at once.")]
_Reason = Annotated[str, typed.Option("--reason", help="The reason, which is public.")]


@guardian_app.command()
def status(deployment: DeploymentFile, rpc: Rpc = LOCAL_NODE, as_json: Json = False) -> None:
    """Show the pauses, their limits, and the oracle's signers."""
    market = open_market(deployment, rpc)
    found = _status(market)
    if as_json:
        print_json(found)
        return
    print_line(f"guardian {found['guardian']}")
    oracle = found["oracle"]
    print_line(f"oracle signers: {len(oracle['signers'])}, threshold {oracle['threshold']}")
    print_table([(one,) for one in oracle["signers"]], indent=2)
    print_line()
    rows = [
        (
            name,
            f"paused until {utc_text(one['pausedUntil'])}" if one["pausedUntil"] else "open",
            utc_text(one["pausableFrom"]) if one["pausableFrom"] > market.time() else "now",
            str(one["maxPause"]),
            str(one["cooldown"]),
        )
        for name, one in found["groups"].items()
    ]
    headings = ("group", "state", "can be paused from", "longest pause [s]", "cool-down [s]")
    print_table(rows, headings=headings, right={3, 4})


@guardian_app.command()
def pause(  # noqa: PLR0913, PLR0917  # the options of a command
    groups: _Groups,
    deployment: DeploymentFile,
    reason: _Reason,
    duration: Annotated[
        str | None,
        typed.Option(
            "--for",
            help="The length: seconds, or 30m, 2h, 1d; if left out, the longest that all groups allow.",
        ),
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    calldata: Calldata = False,
    as_json: Json = False,
) -> None:
    """Pause groups of functions for a bounded time, as the guardian.

    A pause begins at once, ends by itself, and cannot be made longer. If one group cannot be paused, none is.
    """
    from zkmargin.settlement.administration.values import seconds_in  # noqa: PLC0415

    market = open_market(deployment, rpc, keystore, password_file)
    guardian, named = market.guardian, _named(groups)
    seconds = (
        min(guardian.limits(one).max_pause for one in named)
        if duration is None
        else seconds_in(duration, "--for")
    )
    if calldata:
        data = guardian.pause_call(reduce(or_, named), seconds, reason)
        print_calldata(guardian.address, data, as_json=as_json)
        return
    gas = guardian.pause(reduce(or_, named), seconds, reason)
    _show_groups(market, named, gas, as_json=as_json)


@guardian_app.command()
def unpause(  # noqa: PLR0913, PLR0917  # the options of a command
    groups: _Groups,
    deployment: DeploymentFile,
    reason: _Reason,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    calldata: Calldata = False,
    as_json: Json = False,
) -> None:
    """End pauses early, as the guardian.

    The cool-down begins. If one group is not paused, no pause ends.
    """
    market = open_market(deployment, rpc, keystore, password_file)
    guardian, named = market.guardian, _named(groups)
    if calldata:
        data = guardian.lift_call(reduce(or_, named), reason)
        print_calldata(guardian.address, data, as_json=as_json)
        return
    gas = guardian.lift(reduce(or_, named), reason)
    _show_groups(market, named, gas, as_json=as_json)


@guardian_app.command("remove-signer")
def remove_signer(  # noqa: PLR0913, PLR0917  # the options of a command
    signer: Annotated[str, typed.Argument(help="The address of the oracle signer.")],
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    calldata: Calldata = False,
    as_json: Json = False,
) -> None:
    """Remove an oracle signer at once, as the guardian.

    Only the timelock appoints signers, after the delays of timelock and feed. Drops scheduled signers that contain this
    one.
    """
    market = open_market(deployment, rpc, keystore, password_file)
    feed = market.feed
    if calldata:
        print_calldata(feed.address, feed.remove_signer_call(signer), as_json=as_json)
        return
    before = len(feed.signers())
    gas = feed.remove_signer(signer)
    left, threshold = feed.signers(), feed.threshold()
    if as_json:
        print_json({"removed": signer, "signers": list(left), "threshold": threshold, "gas": gas})
        return
    print_line(f"signers {before} -> {len(left)}, threshold {threshold}; {gas} gas")
    if len(left) < threshold:
        print_line("the feed accepts no snapshot until the timelock has appointed signers")


def _named(groups: list[str]) -> list[PauseGroup]:
    from zkmargin.settlement.administration.named_calls import pause_group  # noqa: PLC0415

    return list(dict.fromkeys(map(pause_group, groups)))


def _status(market: Market) -> dict[str, Any]:
    from zkmargin.contracts.guardian import PauseGroup  # noqa: PLC0415  # needs an extra

    return {
        "guardian": market.guardian.guardian(),
        "oracle": {"signers": list(market.feed.signers()), "threshold": market.feed.threshold()},
        "groups": {one.name: _group(market, one) for one in PauseGroup},
    }


def _group(market: Market, group: PauseGroup) -> dict[str, int]:
    guardian = market.guardian
    limits, last = guardian.limits(group), guardian.last_pause(group)
    return {
        "pausedUntil": last[1] if last is not None and guardian.is_paused(group) else 0,
        "pausableFrom": guardian.pausable_from(group),
        "maxPause": limits.max_pause,
        "cooldown": limits.cooldown,
    }


def _show_groups(market: Market, groups: list[PauseGroup], gas: int, *, as_json: bool) -> None:
    found = {str(one.name): _group(market, one) for one in groups}
    if as_json:
        print_json({"groups": found, "gas": gas})
        return
    for name, one in found.items():
        state = (
            f"open -> paused until {utc_text(one['pausedUntil'])}" if one["pausedUntil"] else "paused -> open"
        )
        print_line(f"{name}: {state}; can be paused again from {utc_text(one['pausableFrom'])}")
    print_line(f"{gas} gas")
