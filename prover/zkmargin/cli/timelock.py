"""``zkmargin timelock``: changes of parameters and roles after a delay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from . import typed
from .markets import (
    Calldata,
    DeploymentFile,
    Keystore,
    effects_to_json,
    open_market,
    print_calldata,
    print_effects,
)
from .options import LOCAL_NODE, Json, Rpc  # typed reads the annotations
from .output import print_json, print_line
from .passwords import PasswordFile  # noqa: TC001
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.contracts.timelock import Operation
    from zkmargin.settlement.administration.operations import Pending
    from zkmargin.settlement.market import Market

__all__ = ["timelock_app"]

timelock_app = typed.Group()

_IDENTIFIER = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)

_Words = Annotated[
    list[str] | None,
    typed.Argument(help="A change and its values, e.g. house-parameters heartbeat=7200; see changes."),
]
_WordsOrIdentifier = Annotated[
    list[str] | None, typed.Argument(help="The identifier that schedule printed, or the same change again.")
]
_Reason = Annotated[
    str, typed.Option("--reason", help="The public reason of a change of guardian or pause limits.")
]
_Raw = Annotated[
    str | None, typed.Option("--call", help="Any other call instead of a change: TARGET:HEX, both with 0x.")
]
_Salt = Annotated[int, typed.Option("--salt", min=0, help="Distinguishes operations with the same call.")]


@timelock_app.command()
def changes(as_json: Json = False) -> None:
    """List the changes by name, with their values.

    Amounts are in whole units. Times are in seconds, or 30m, 2h, 1d. Values that are not named stay as they are.
    """
    from zkmargin.settlement.administration.named_calls import NAMED_CALLS  # noqa: PLC0415  # needs an extra

    if as_json:
        shown = [
            {"name": name, "usage": one.usage, "meaning": one.meaning} for name, one in NAMED_CALLS.items()
        ]
        print_json({"changes": shown})
        return
    print_table([(f"{name} {one.usage}", one.meaning) for name, one in NAMED_CALLS.items()])


@timelock_app.command()
def status(deployment: DeploymentFile, rpc: Rpc = LOCAL_NODE, as_json: Json = False) -> None:
    """Show the operations that are scheduled, what each changes now, and the roles."""
    from zkmargin.settlement.administration.operations import pending  # noqa: PLC0415

    market = open_market(deployment, rpc)
    found, roles = pending(market), market.timelock.roles(market.deployment.block)
    delay, feed, now = market.timelock.min_delay(), market.feed.pending_changes(), market.time()
    if as_json:
        named = {
            name: sorted(getattr(roles, name)) for name in ("proposers", "executors", "cancellers", "admins")
        }
        operations = [_operation_to_json(one, now) for one in found]
        print_json({"delay": delay, "roles": named, "operations": operations, "feed": feed})
        return
    print_line(f"delay {delay} s")
    for name in ("proposers", "executors", "cancellers"):
        holders = sorted(getattr(roles, name))
        print_line(f"{name}: {', '.join('anybody' if int(one, 16) == 0 else one for one in holders)}")
    for name, time in feed.items():
        print_line(f"scheduled in the feed: {name}, {_when(time, now)}: zkmargin timelock apply {name} ...")
    print_line("no operations are scheduled" if not found else f"operations: {len(found)}")
    for one in found:
        print_line(f"0x{one.identifier.hex()} {_when(one.due_at, now)}")
        print_effects(one.effects)


@timelock_app.command()
def schedule(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    words: _Words = None,
    call: _Raw = None,
    reason: _Reason = "",
    salt: _Salt = 0,
    delay: Annotated[
        str | None,
        typed.Option("--delay", help="A longer delay than the least one: seconds, or 30m, 2h, 1d."),
    ] = None,
    skip_check: Annotated[
        bool, typed.Option("--skip-check", help="Schedule also a call that would fail if it were made now.")
    ] = False,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    calldata: Calldata = False,
    as_json: Json = False,
) -> None:
    """Schedule a change, as a proposer of the timelock.

    The reply shows what changes, the operation's identifier, and when it can be executed. A change that the contract
    would refuse now is not scheduled.
    """
    from zkmargin.settlement.administration.effects import effects  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.administration.operations import require_accepted, require_unset  # noqa: PLC0415
    from zkmargin.settlement.administration.values import seconds_in  # noqa: PLC0415

    market = open_market(deployment, rpc, keystore, password_file)
    operation = _operation(market, words, call, reason, salt)
    wait = None if delay is None else seconds_in(delay, "--delay")
    require_unset(market, operation)
    if not skip_check:
        require_accepted(market, operation)
    if calldata:
        data = market.timelock.schedule_call(operation, wait)
        print_calldata(market.timelock.address, data, as_json=as_json)
        return
    changed = effects(market, operation)
    gas = market.timelock.schedule(operation, wait)
    identifier = market.timelock.identifier(operation)
    due = market.timelock.due_at(identifier)
    shown = f"0x{identifier.hex()}"
    if as_json:
        print_json({"operation": shown, "dueAt": due, "effects": effects_to_json(changed), "gas": gas})
        return
    print_line(f"scheduled {shown}")
    print_line(f"can be executed from {utc_text(due)} ({due}); {gas} gas")
    print_effects(changed)


@timelock_app.command()
def execute(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    words: _WordsOrIdentifier = None,
    call: _Raw = None,
    reason: _Reason = "",
    salt: _Salt = 0,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    calldata: Calldata = False,
    as_json: Json = False,
) -> None:
    """Execute a scheduled operation whose delay has passed."""
    from zkmargin.settlement.administration.effects import effects  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.administration.operations import require_ready  # noqa: PLC0415

    market = open_market(deployment, rpc, keystore, password_file)
    identifier, operation = _identified(market, words, call, reason, salt)
    require_ready(market, identifier)
    if operation is None:
        reason = "several calls, ether or a predecessor: execute it with the tool that scheduled it"
        raise InputError(reason, source=f"0x{identifier.hex()}")
    if calldata:
        data = market.timelock.execute_call(operation)
        print_calldata(market.timelock.address, data, as_json=as_json)
        return
    changed = effects(market, operation)
    gas = market.timelock.execute(operation)
    shown = f"0x{identifier.hex()}"
    if as_json:
        print_json({"operation": shown, "effects": effects_to_json(changed), "gas": gas})
        return
    print_line(f"executed {shown}; {gas} gas")
    print_effects(changed)


@timelock_app.command()
def cancel(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    words: _WordsOrIdentifier = None,
    call: _Raw = None,
    reason: _Reason = "",
    salt: _Salt = 0,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    calldata: Calldata = False,
    as_json: Json = False,
) -> None:
    """Cancel a scheduled operation, as a canceller of the timelock."""
    market = open_market(deployment, rpc, keystore, password_file)
    identifier, _ = _identified(market, words, call, reason, salt)
    if calldata:
        data = market.timelock.cancel_call(identifier)
        print_calldata(market.timelock.address, data, as_json=as_json)
        return
    gas = market.timelock.cancel(identifier)
    shown = f"0x{identifier.hex()}"
    if as_json:
        print_json({"operation": shown, "gas": gas})
    else:
        print_line(f"cancelled {shown}; {gas} gas")


@timelock_app.command()
def apply(  # noqa: PLR0913, PLR0917  # the options of a command
    words: Annotated[
        list[str], typed.Argument(help="signers, price-limits or collateral, and the same values again.")
    ],
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Apply a change of the oracle feed once the feed's delay has passed too. Anybody can.

    The timelock has scheduled it in the feed by an operation that was executed.
    """
    from zkmargin.settlement.administration.feed_changes import apply_in_feed  # noqa: PLC0415  # needs an extra

    market = open_market(deployment, rpc, keystore, password_file)
    changed, gas = apply_in_feed(market, words)
    if as_json:
        print_json({"effects": effects_to_json(changed), "gas": gas})
        return
    print_line(f"applied {words[0]}; {gas} gas")
    print_effects(changed)


def _operation(
    market: Market, words: list[str] | None, call: str | None, reason: str, salt: int
) -> Operation:
    from zkmargin.settlement.administration.named_calls import named_call, raw_call  # noqa: PLC0415

    if (not words) == (call is None):
        raise InputError("expected a change or --call", source="timelock")
    return raw_call(call, salt) if call is not None else named_call(market, words or [], reason, salt)


def _identified(
    market: Market, words: list[str] | None, call: str | None, reason: str, salt: int
) -> tuple[bytes, Operation | None]:
    """Return an operation and its identifier; None if its calldata is not one call."""
    from zkmargin.settlement.administration.operations import find_pending  # noqa: PLC0415

    if words and call is None and len(words) == 1 and _IDENTIFIER.fullmatch(words[0]):
        found = find_pending(market, bytes.fromhex(words[0][2:]))
        return found.identifier, found.operation
    operation = _operation(market, words, call, reason, salt)
    return market.timelock.identifier(operation), operation


def _operation_to_json(one: Pending, now: int) -> dict[str, Any]:
    return {
        "operation": f"0x{one.identifier.hex()}",
        "dueAt": one.due_at,
        "ready": one.due_at <= now,
        "effects": effects_to_json(one.effects),
    }


def _when(time: int, now: int) -> str:
    from zkmargin.settlement.administration.values import span_text  # noqa: PLC0415

    return f"from {utc_text(time)}, in {span_text(time - now)}" if time > now else "ready"
