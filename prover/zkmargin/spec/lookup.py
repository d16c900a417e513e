"""The inputs of the health circuits that look rows up: each row of the risk table is authenticated once per proof.

``docs/health-batches.md`` has the construction. The prover claims the sums of every account, and two challenges that
follow from the claims by hashing show that the claims are what positions and rows add up to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .account import EMPTY
from .checks import SpecError
from .constants import ARITY, FIELD, ID_BITS, INSTRUMENT_LEVELS, SLOT_BITS, SLOTS_PER_ELEMENT
from .digest import digest, horner
from .health import HealthInputs, HealthShape, batch_signals, filled_up, health_signals, path_inputs
from .lanes import plan
from .margin import lane_risk
from .poseidon import Hasher, poseidon
from .snapshot import Snapshot, snapshot_root
from .table import pack
from .witness import account_signals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .account import Account
    from .table import Table
    from .tree import Tree

UNDERLYING_BITS = 3
ELEMENT_BITS = 252
"""The bits of an element of a transcript that small numbers share."""


class Rows(NamedTuple):
    """The rows that a circuit authenticates."""

    octets: tuple[int, ...]
    """Numbers of octets: octet n has the instruments 8 n to 8 n + 7."""
    singles: tuple[int, ...]
    """Instruments."""

    @property
    def instruments(self) -> tuple[int, ...]:
        """The instruments in the circuit's order, those of the octets first."""
        return (*(ARITY * octet + i for octet in self.octets for i in range(ARITY)), *self.singles)


@dataclass(frozen=True, slots=True, repr=False)
class Claims:
    """What the prover claims of an account; `claims` gives the true ones.

    Parameters
    ----------
    underlyings : tuple of int
        The underlying of each lane, ascending.
    sums : tuple of tuple of int
        The packed totals of each lane, field elements: ``sum_i lots_i packed_i[k]``.
    floors : tuple of int
        The short option minimum of each lane, in micro-quote.
    charge : int
        The add-on of all lots, in micro-quote.
    """

    underlyings: tuple[int, ...]
    sums: tuple[tuple[int, ...], ...]
    floors: tuple[int, ...]
    charge: int


def choose_rows(instruments: Iterable[int], octets: int, singles: int) -> Rows:
    """Choose the rows that a circuit authenticates: octets where most instruments are, and single rows for the rest.

    Parameters
    ----------
    instruments : Iterable of int
        The instruments that the accounts of a proof hold.
    octets, singles : int
        The circuit's numbers of octets and single rows. Idle ones are those of instrument 0.

    Returns
    -------
    Rows

    Raises
    ------
    SpecError
        If the circuit has too few.
    """
    held: dict[int, list[int]] = {}
    for instrument in sorted(set(instruments)):
        held.setdefault(instrument // ARITY, []).append(instrument)
    ordered = sorted(held, key=lambda octet: (-len(held[octet]), octet))
    chosen = sorted(ordered[:octets])
    left = sorted(instrument for octet in ordered[octets:] for instrument in held[octet])
    if len(left) > singles:
        raise SpecError("accounts", "hold more rows of the risk table than the circuit authenticates")
    idle = [0] * (octets - len(chosen)), [0] * (singles - len(left))
    return Rows((*chosen, *idle[0]), (*left, *idle[1]))


def claims(account: Account, snapshot: Snapshot, shape: HealthShape) -> Claims:
    """Return the true claims of an account: steps 3 and 4 of the statement.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    shape : HealthShape

    Returns
    -------
    Claims

    Raises
    ------
    SpecError
        If the account does not fit the circuit.
    """
    chosen = plan(account, shape.account)
    risks = [
        lane_risk(underlying, (p for p in account.held if p.underlying == underlying), snapshot.table)
        for underlying in chosen.underlyings
    ]
    return Claims(
        chosen.underlyings,
        tuple(_packed(risk.totals) for risk in risks),
        tuple(risk.floor for risk in risks),
        sum(risk.add_on for risk in risks),
    )


def claim_challenge(bound: int, root: int, claimed: Sequence[Claims], hasher: Hasher = poseidon) -> int:
    """Hash everything that the claims are compared with, and the claims: the first challenge.

    Parameters
    ----------
    bound : int
        A field element that determines the commitments of all accounts, such as their digest.
    root : int
        The snapshot root.
    claimed : Sequence of Claims
        One for each account.
    hasher : Hasher

    Returns
    -------
    int
    """
    underlyings = [underlying for one in claimed for underlying in one.underlyings]
    hashed = [bound, root, *_together(underlyings, UNDERLYING_BITS)]
    for one in claimed:
        hashed.append(one.charge)
        for sums, floor in zip(one.sums, one.floors, strict=True):
            hashed += [floor, *sums]
    return digest(hashed, hasher)


def weighted_lots(
    accounts: Sequence[Account], rows: Rows, challenge: int, elements: int
) -> tuple[tuple[int, int], ...]:
    """Return for each row the long and the short lots of all accounts, each times its account's weight.

    Parameters
    ----------
    accounts : Sequence of Account
    rows : Rows
    challenge : int
        The claim challenge x; account a has the weight ``x^(8 (elements + 2) a)``.
    elements : int
        K, the elements of a row.

    Returns
    -------
    tuple of (int, int)
        Field elements. A row that stands there twice has its lots in the first place.
    """
    step = pow(challenge, ARITY * (elements + 2), FIELD)
    weight = 1
    total: dict[tuple[int, bool], int] = {}
    for account in accounts:
        for position in account.held:
            key = position.instrument, position.lots < 0
            total[key] = (total.get(key, 0) + weight * position.lots) % FIELD
        weight = weight * step % FIELD
    return tuple((total.pop((i, False), 0), total.pop((i, True), 0)) for i in rows.instruments)


def key_challenge(
    challenge: int, rows: Rows, weighted: Sequence[tuple[int, int]], hasher: Hasher = poseidon
) -> int:
    """Hash the first challenge, the rows and their weighted lots: the second challenge.

    Parameters
    ----------
    challenge : int
        The claim challenge.
    rows : Rows
    weighted : Sequence of (int, int)
        What `weighted_lots` returns.
    hasher : Hasher

    Returns
    -------
    int
    """
    first = [*(ARITY * octet for octet in rows.octets), *rows.singles]
    return digest(
        [challenge, *_together(first, ID_BITS), *(lots for pair in weighted for lots in pair)], hasher
    )


def health_inputs(  # noqa: PLR0913  # everything that a proof depends on
    accounts: Sequence[Account],
    snapshot: Snapshot,
    shape: HealthShape,
    requirement_bps: int,
    z: int,
    *,
    hasher: Hasher = poseidon,
) -> HealthInputs:
    """Return the inputs of a health circuit: `lookup_inputs` or, if it looks no rows up, `path_inputs`.

    Parameters
    ----------
    accounts : Sequence of Account
        At most as many as the circuit has places; blanks fill the others.
    snapshot : Snapshot
    shape : HealthShape
    requirement_bps : int
        The claim in 1/10000 of the requirement, 20 bits.
    z : int
        The challenge of the batch, a field element. The circuit's own challenges do not depend on it.
    hasher : Hasher

    Returns
    -------
    HealthInputs

    Raises
    ------
    SpecError
        If accounts, snapshot and circuit do not fit each other, or an account is not healthy, not funded, or holds an
        instrument twice.
    """
    if snapshot.table.layout != shape.account.layout:
        raise SpecError("layout", "the snapshot has another layout than the circuit")
    make = lookup_inputs if shape.looks_up else path_inputs
    return make(filled_up(accounts, shape.accounts), snapshot, shape, requirement_bps, z, hasher=hasher)


def lookup_inputs(  # noqa: PLR0913  # everything that a proof depends on
    accounts: Sequence[Account],
    snapshot: Snapshot,
    shape: HealthShape,
    requirement_bps: int,
    z: int,
    *,
    hasher: Hasher,
) -> HealthInputs:
    """Return the inputs of a circuit that looks rows up (``HealthByLookup``), for an account in each of its places.

    Parameters, result and errors are those of `health_inputs`.
    """
    public = health_signals(accounts, snapshot, requirement_bps, z, hasher)
    signals = {
        **batch_signals(snapshot, requirement_bps),
        "z": z,
        **lookup_signals(accounts, snapshot, shape, public.digest, hasher),
    }
    return HealthInputs(signals, public)


def lookup_signals(
    accounts: Sequence[Account], snapshot: Snapshot, shape: HealthShape, bound: int, hasher: Hasher
) -> dict[str, Any]:
    """Return the inputs that open accounts, and look up the rows of their positions.

    Parameters
    ----------
    accounts : Sequence of Account
        One for each place of the circuit, blanks included.
    snapshot : Snapshot
    shape : HealthShape
    bound : int
        A field element that determines the commitments of all accounts; the circuit computes the same.
    hasher : Hasher

    Returns
    -------
    dict

    Raises
    ------
    SpecError
        If the accounts do not fit the circuit.
    """
    claimed = [_claims_at(place, account, snapshot, shape) for place, account in enumerate(accounts)]
    rows = choose_rows((p.instrument for one in accounts for p in one.held), shape.octets, shape.singles)
    challenge = claim_challenge(bound, snapshot_root(snapshot, hasher), claimed, hasher)
    weighted = weighted_lots(accounts, rows, challenge, shape.account.layout.elements)
    return {
        "opening": [account_signals(account, hasher) for account in accounts],
        "slots": [_slots(account, shape.account.positions) for account in accounts],
        "claims": [claim_signals(one) for one in claimed],
        **_row_signals(rows, snapshot.table),
        "weighted": [list(pair) for pair in weighted],
    }


def claim_signals(claimed: Claims) -> dict[str, Any]:
    """Return the input that holds the claims of an account.

    Parameters
    ----------
    claimed : Claims

    Returns
    -------
    dict
    """
    return {
        "underlying": list(claimed.underlyings),
        "sums": [list(sums) for sums in claimed.sums],
        "floor": list(claimed.floors),
        "charge": claimed.charge,
    }


def weighted_claims(claimed: Sequence[Claims], challenge: int) -> int:
    """Return the sum of all claims, each times its weight; the circuit compares it with that over the rows.

    Parameters
    ----------
    claimed : Sequence of Claims
    challenge : int
        The claim challenge x. With S = K + 2, the weight of sum k of underlying u of account a is
        ``x^(S (8 a + u) + k)``; the floor is weighted like a sum K. The weight of the charge is ``x^(8 S a + K + 1)``.

    Returns
    -------
    int
    """
    total = 0
    for a, one in enumerate(claimed):
        elements = len(one.sums[0])
        stride = elements + 2
        inside = one.charge * pow(challenge, elements + 1, FIELD)
        for underlying, sums, floor in zip(one.underlyings, one.sums, one.floors, strict=True):
            inside += pow(challenge, stride * underlying, FIELD) * horner((*sums, floor), challenge)
        total += pow(challenge, ARITY * stride * a, FIELD) * inside
    return total % FIELD


def _claims_at(place: int, account: Account, snapshot: Snapshot, shape: HealthShape) -> Claims:
    """Return the `claims` of an account; an error names its place in the batch."""
    try:
        return claims(account, snapshot, shape)
    except SpecError as error:
        raise error.within(f"accounts[{place}]") from None


def _packed(totals: tuple[int, ...]) -> tuple[int, ...]:
    groups = (totals[i : i + SLOTS_PER_ELEMENT] for i in range(0, len(totals), SLOTS_PER_ELEMENT))
    return tuple(sum(value << SLOT_BITS * j for j, value in enumerate(group)) % FIELD for group in groups)


def _together(numbers: Sequence[int], bits: int) -> list[int]:
    """Put numbers into as few elements as hold them."""
    each = ELEMENT_BITS // bits
    groups = (numbers[i : i + each] for i in range(0, len(numbers), each))
    return [sum(number << bits * j for j, number in enumerate(group)) for group in groups]


def _slots(account: Account, positions: int) -> dict[str, Any]:
    slots = (*account.positions, *[EMPTY] * (positions - len(account.positions)))
    return {
        "id": [slot.instrument for slot in slots],
        "lots": [slot.lots % FIELD for slot in slots],
        "used": [int(slot != EMPTY) for slot in slots],
    }


def _row_signals(rows: Rows, table: Table) -> dict[str, Any]:
    numbers = [*rows.octets, *(single // ARITY for single in rows.singles)]
    signals = {
        "octet": numbers,
        "leaves": [list(table.tree.children(1, number)) for number in numbers],
        "children": [_children(number, table.tree) for number in numbers],
        "row": [_row(instrument, table) for instrument in rows.instruments],
    }
    if rows.singles:
        signals["place"] = [single % ARITY for single in rows.singles]
    return signals


def _children(octet: int, tree: Tree) -> list[list[int]]:
    """Return the path from an octet's node up to its underlying's children."""
    levels = range(1, INSTRUMENT_LEVELS)
    return [list(tree.children(level + 1, octet // ARITY**level)) for level in levels]


def _row(instrument: int, table: Table) -> dict[str, Any]:
    row = table.rows.get(instrument)
    if row is None:
        return {"packed": [0] * table.layout.elements, "shortFloor": 0, "addOn": 0}
    return {"packed": list(pack(row)), "shortFloor": row.short_floor, "addOn": row.add_on}
