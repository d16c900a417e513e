"""Groups of accounts for proofs of health: accounts that hold the same instruments share a proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import InputError
from zkmargin.spec.constants import ARITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.proofs.batch_instances import HealthInstance

__all__ = ["HealthGroup", "group_accounts"]


@dataclass(frozen=True, slots=True, repr=False)
class HealthGroup:
    """The accounts of one proof of health.

    Attributes
    ----------
    instance : HealthInstance
    accounts : tuple of spec.Account
        At most as many as the circuit has places.
    """

    instance: HealthInstance
    accounts: tuple[spec.Account, ...]


def group_accounts(
    accounts: Iterable[spec.Account],
    layout: spec.Layout,
    instances: Sequence[HealthInstance],
    positions: int = 0,
) -> list[HealthGroup]:
    """Assign accounts to proofs of health.

    Accounts are taken in the order of the rows that they hold, and share a proof of the largest circuit that looks rows
    up as long as it holds all their rows. A group goes to the smallest circuit that holds it. An account that fits no
    such circuit has a proof of its own, with a path per position.

    Parameters
    ----------
    accounts : iterable of spec.Account
    layout : Layout
        The layout of the snapshot's rows.
    instances : sequence of HealthInstance
        The circuits to use.
    positions : int
        Circuits with fewer places for positions are not used.

    Returns
    -------
    list of HealthGroup
        With each account in exactly one group.

    Raises
    ------
    InputError
        If an account fits no circuit, or no circuit has so many places.
    """
    shaped = [one for one in instances if one.shape.account.layout == layout]
    usable = sorted((one for one in shaped if one.shape.account.positions >= positions), key=_size)
    if shaped and not usable:
        raise InputError(f"no circuit of health has places for {positions} positions", source="positions")
    groups: list[HealthGroup] = []
    members: list[spec.Account] = []
    limit: HealthInstance | None = None
    for account in sorted(accounts, key=_rows):
        largest = _largest(account, usable)
        if members and (largest != limit or limit is None or not _fits(limit, [*members, account])):
            groups.append(_group(members, usable))
            members = []
        members.append(account)
        limit = largest
    return [*groups, _group(members, usable)] if members else groups


def _rows(account: spec.Account) -> tuple[int, tuple[int, ...], int]:
    """Return an order in which accounts that hold the same octets of rows are neighbours, the smallest first."""
    octets = sorted({position.instrument // ARITY for position in account.held})
    return len(octets), tuple(octets), account.number


def _size(instance: HealthInstance) -> tuple[int, int, int]:
    shape = instance.shape
    return shape.accounts * shape.account.positions, shape.account.positions, shape.rows


def _fits(instance: HealthInstance, accounts: Sequence[spec.Account]) -> bool:
    shape = instance.shape
    if len(accounts) > shape.accounts or not all(map(shape.account.holds, accounts)):
        return False
    if not shape.looks_up:
        return True
    held = [position.instrument for account in accounts for position in account.held]
    try:
        spec.choose_rows(held, shape.octets, shape.singles)
    except spec.SpecError:
        return False
    return True


def _largest(account: spec.Account, usable: Sequence[HealthInstance]) -> HealthInstance:
    """Return the circuit for an account that shares it with most others, with the fewest positions that hold it."""
    fitting = [one for one in usable if _fits(one, [account])]
    if not fitting:
        raise InputError(
            f"account {account.number} fits no circuit of health: too many positions or underlyings",
            source="circuits",
        )
    shared = [one for one in fitting if one.shape.accounts > 1] or fitting
    fewest = min(one.shape.account.positions for one in shared)
    alike = [one for one in shared if one.shape.account.positions == fewest]
    return max(alike, key=lambda one: (one.shape.accounts, one.shape.rows))


def _group(accounts: Sequence[spec.Account], usable: Sequence[HealthInstance]) -> HealthGroup:
    return HealthGroup(next(one for one in usable if _fits(one, accounts)), tuple(accounts))
