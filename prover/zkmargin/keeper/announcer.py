"""The reports of a keeper. A lasting condition is reported when it begins and when it ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.errors import ChainError, ZkmarginError

from .alarms import AlarmKind, alarms
from .reports import Level, Report
from .risk import MAINTENANCE
from .sent import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.settlement.following import Head

    from .alarms import Alarm
    from .policy import Roles
    from .reports import Tell
    from .sent import Sent
    from .world import Purpose, World

__all__ = ["Announcer", "about"]


class Announcer:
    """Makes a keeper's reports.

    Parameters
    ----------
    roles : Roles
    tell : callable
        Receives each report.
    """

    def __init__(self, roles: Roles, tell: Tell) -> None:
        self._roles, self._tell = roles, tell
        self._alarms: set[Alarm] = set()

    @property
    def grave(self) -> bool:
        """Whether an account of the operator is in danger."""
        return any(alarm.grave for alarm in self._alarms)

    @property
    def alarms(self) -> frozenset[Alarm]:
        """The conditions that last."""
        return frozenset(self._alarms)

    def reorganised(self, head: Head) -> None:
        """Report that a reorganisation has replaced blocks."""
        self._tell(Report(Level.WARNING, "reorganisation", {"to": head.number, "blocks": head.replaced}))

    def info(self, event: str, values: Mapping[str, int | str] | None = None) -> None:
        """Report an event."""
        self._tell(Report(Level.INFO, event, values or {}))

    def alive(self) -> None:
        """Report that the keeper is alive, and how many conditions last."""
        self.info("alive", {"alarms": len(self._alarms)})

    def world(self, world: World) -> None:
        """Report conditions that have begun or ended."""
        now = set(alarms(world, self._roles))
        for alarm in sorted(now - self._alarms, key=_order):
            level = Level.ERROR if alarm.grave else Level.WARNING
            self._tell(Report(level, alarm.kind, self._values(alarm, world)))
        for alarm in sorted(self._alarms - now, key=_order):
            self.info(f"no-longer-{alarm.kind}", _about(alarm.account))
        self._alarms = now

    def sent(self, sent: Sent) -> None:
        """Report the outcome of a transaction."""
        level = Level.WARNING if sent.outcome in {Outcome.FAILED, Outcome.DROPPED} else Level.INFO
        values = about(sent.purpose, sent.accounts)
        values |= {"transaction": "0x" + sent.hash.hex()}
        values |= {} if sent.block is None else {"block": sent.block}
        self._tell(Report(level, sent.outcome or "under-way", values))

    def failure(self, event: str, error: Exception, values: Mapping[str, int | str] | None = None) -> None:
        """Report an error. The text of an unexpected error may be secret: only its type and place are told."""
        reason = str(error) if isinstance(error, ZkmarginError) else _place(error)
        level = Level.WARNING if isinstance(error, ChainError) else Level.ERROR
        self._tell(Report(level, event, {**(values or {}), "reason": reason}))

    def _values(self, alarm: Alarm, world: World) -> dict[str, int | str]:
        values = _about(alarm.account)
        account = next((one for one in world.accounts if one.number == alarm.account), None)
        if account is None:
            return values
        if alarm.kind is AlarmKind.CALLED:
            values["timeLeft"] = account.time_left
        asked = self._roles.holder is not None and self._roles.holder.show_shortage
        if alarm.kind is AlarmKind.NOT_HEALTHY and asked and account.risk is not None:
            values["missing"] = account.risk.missing(MAINTENANCE)
        return values


def about(purpose: Purpose, accounts: tuple[int, ...]) -> dict[str, int | str]:
    """Return the values of a report on an action."""
    values: dict[str, int | str] = {"purpose": purpose}
    if len(accounts) == 1:
        values["account"] = accounts[0]
    elif accounts:
        values["accounts"] = ",".join(map(str, accounts))
    return values


def _order(alarm: Alarm) -> tuple[int, str]:
    return alarm.account or 0, alarm.kind


def _about(account: int | None) -> dict[str, int | str]:
    return {} if account is None else {"account": account}


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"
