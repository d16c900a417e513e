"""What a proof of a list of operations shows, and the inputs of its circuit.

The circuits ``match_M`` and ``quote_M`` prove up to M fills, ``upkeep_M`` up to M other operations. Fewer are filled
up with padding, which shows nothing of itself. Digest and sealed elements come first; then the verifier's point z,
which is a hash of them; then ratio and polynomial values at z.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from .account import (
    NO_AMOUNTS,
    NO_KEY,
    Account,
    Position,
    chunk_elements,
    chunks,
    commitment,
    order_elements,
)
from .changes import ASSET_BITS, seal, settled_mark
from .checks import SpecError, check_field
from .constants import (
    ACCOUNT_BITS,
    ARITY,
    CLOCK_BITS,
    FIELD,
    INSTRUMENT_LEVELS,
    POSITIONS_PER_CHUNK,
)
from .digest import digest as digest_of
from .digest import horner
from .eddsa import check_signature, sign, trading_key
from .operations import (
    Credit,
    Expire,
    Match,
    OrderSide,
    Quote,
    Rekey,
    Setting,
    SheetSide,
    SignatureCheck,
    States,
    Step,
    Trade,
    Upkeep,
    trade,
    upkeep,
)
from .orders import Entry, Holder, Order, Sheet, Side, order_message, sheet_message, sheet_tree
from .poseidon import Hasher, poseidon
from .snapshot import snapshot_root
from .witness import account_signals, snapshot_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .snapshot import Snapshot

ACCOUNT_POWER = 65536
"""y = z^65536: a batch has fewer factors, so that powers of z and of y do not mix."""
CREDIT_TAG, REKEY_TAG = 1, 2


class TradeSignals(NamedTuple):
    """The public signals of a ``match`` or ``quote`` proof, in the circuit's order; field elements."""

    digest: int
    ratio: int
    sealed: int
    fees: int
    clock: int
    domain: int
    z: int


class UpkeepSignals(NamedTuple):
    """The public signals of an ``upkeep`` proof, in the circuit's order; field elements."""

    digest: int
    ratio: int
    sealed: int
    requests: int
    snapshot_root: int
    z: int


@dataclass(frozen=True, slots=True, repr=False)
class BatchInputs:
    """The inputs of the witness calculator, and the expected public signals.

    Parameters
    ----------
    signals : dict
        Field elements, lists and mappings of them, by signal name; secret.
    public : TradeSignals or UpkeepSignals
    """

    signals: dict[str, Any]
    public: TradeSignals | UpkeepSignals


class Request(NamedTuple):
    """What is on chain for a credit or a new key: ``value = asset + 2^4 amount`` or ``Poseidon(key.x, key.y)``."""

    account: int
    tag: int
    value: int

    def factor(self, z: int) -> int:
        """Return ``z - value - y (account + 2^40 tag)`` mod r."""
        tagged = self.account + (self.tag << ACCOUNT_BITS)
        return (z - self.value - power(z) * tagged) % FIELD


@dataclass(frozen=True, slots=True, repr=False)
class _Batch:
    """What both kinds of batches have."""

    size: int
    """The most operations of the circuit."""
    steps: tuple[Step, ...]
    """In the circuit's order."""
    digest: int
    """Of the commitments, the padding's replaced by 0."""
    elements: tuple[int, ...]
    """The sealed element of each step, in order."""
    commitments: tuple[tuple[int, int], ...]
    """Before and after each step."""
    states: dict[int, Account]
    """The last states of the touched accounts, by number."""

    def _ratio(self, z: int) -> int:
        consumed = made = 1
        for (before, after), step in zip(self.commitments, self.steps, strict=True):
            consumed = consumed * factor(before, step.before.number, z) % FIELD
            made = made * factor(after, step.before.number, z) % FIELD
        if made == 0:
            raise SpecError("z", "is a root of the product of states: choose z after them")
        return consumed * pow(made, -1, FIELD) % FIELD


@dataclass(frozen=True, slots=True, repr=False)
class TradeBatch(_Batch):
    """A list of fills for one proof."""

    setting: Setting
    fees: int
    """The sum of all fees, in micro-quote."""
    _signals: dict[str, Any]

    def inputs(self, z: int) -> BatchInputs:
        """Return the inputs of the circuit ``match`` or ``quote`` of the batch's size.

        Parameters
        ----------
        z : int
            A field element.

        Returns
        -------
        BatchInputs

        Raises
        ------
        SpecError
            If z is no field element, or a root of the product of states.
        """
        check_field("z", z)
        clock = self.setting.time + (self.setting.reduce_only << CLOCK_BITS)
        public = TradeSignals(
            self.digest, self._ratio(z), horner(self.elements, z), self.fees, clock, self.setting.domain, z
        )
        return BatchInputs({**self._signals, "z": z}, public)


@dataclass(frozen=True, slots=True, repr=False)
class UpkeepBatch(_Batch):
    """A list of operations without counterparty for one proof."""

    requests: tuple[Request, ...]
    """What the contract must know, of credits and new keys in order."""
    snapshot_root: int
    _signals: dict[str, Any]

    def inputs(self, z: int) -> BatchInputs:
        """Return the inputs of the circuit ``upkeep`` of the batch's size and the snapshot's layout.

        Parameters
        ----------
        z : int
            A field element.

        Returns
        -------
        BatchInputs

        Raises
        ------
        SpecError
            If z is no field element, or a root of the product of states.
        """
        check_field("z", z)
        requests = 1
        for request in self.requests:
            requests = requests * request.factor(z) % FIELD
        public = UpkeepSignals(
            self.digest, self._ratio(z), horner(self.elements, z), requests, self.snapshot_root, z
        )
        return BatchInputs({**self._signals, "z": z}, public)


def power(z: int) -> int:
    """Return y = z^65536 mod r, which stands before an account's number."""
    return pow(z, ACCOUNT_POWER, FIELD)


def factor(commitment: int, account: int, z: int) -> int:
    """Return the factor of a state: ``z - commitment - y account`` mod r.

    Parameters
    ----------
    commitment : int
    account : int
        The account's number. Over commitments alone, the last states of two accounts could be exchanged.
    z : int

    Returns
    -------
    int
    """
    return (z - commitment - power(z) * account) % FIELD


class Touched(NamedTuple):
    """An account in a batch of proofs: the commitments to its first and last state."""

    number: int
    first: int
    last: int


def is_consistent(ratios: Sequence[int], accounts: Sequence[Touched], z: int) -> bool:
    """Return whether proofs lead from the accounts' first states to their last ones.

    Every state that an operation consumes is a first state, or another operation has made it; every state that is made
    is a last one, or is consumed: ``product(ratios) product(factor(last)) = product(factor(first))``. As nonces grow,
    states that exist nowhere form no cycle that would cancel. By the Schwartz-Zippel lemma this holds for another list
    of states with probability below 2^-200, if z is a hash of all of them (Blum, Evans, Gemmell, Kannan, Naor,
    "Checking the correctness of memories", 1994).

    Parameters
    ----------
    ratios : sequence of int
        Those of all proofs of the batch.
    accounts : sequence of Touched
        By number, strictly ascending.
    z : int

    Returns
    -------
    bool

    Raises
    ------
    SpecError
        If the accounts do not ascend: of one that is listed twice, two chains from one state would pass, and the later
        would overwrite the earlier.
    """
    if any(one.number >= other.number for one, other in pairwise(accounts)):
        raise SpecError("accounts", "must ascend strictly")
    made = consumed = 1
    for ratio in ratios:
        made = made * ratio % FIELD
    for number, first, last in accounts:
        made = made * factor(last, number, z) % FIELD
        consumed = consumed * factor(first, number, z) % FIELD
    return made == consumed


def request(operation: Upkeep, hasher: Hasher = poseidon) -> Request | None:
    """Return what must be on chain for an operation; None for an expiry."""
    match operation:
        case Credit(account, asset, amount):
            return Request(account, CREDIT_TAG, asset + (amount << ASSET_BITS))
        case Rekey(account, key):
            return Request(account, REKEY_TAG, hasher(key))
        case _:
            return None


def trade_batch(  # noqa: PLR0913  # everything that a proof depends on
    operations: Sequence[Trade],
    states: States,
    setting: Setting,
    size: int,
    *,
    hasher: Hasher = poseidon,
    check: SignatureCheck = check_signature,
) -> TradeBatch:
    """Check fills by all rules, apply them in order, and return what their proof shows.

    Parameters
    ----------
    operations : sequence of Match, or of Quote
        At least one, at most `size`; an account may be in several.
    states : mapping of int to Account
        The states before, by number.
    setting : Setting
    size : int
        M, the most fills of the circuit.
    hasher : Hasher
    check : SignatureCheck

    Returns
    -------
    TradeBatch

    Raises
    ------
    SpecError
        If a rule does not hold; the key begins with the operation, such as ``operations[3].buyer.limit``.
    """
    _check_trades(operations, size)
    latest = dict(states)
    made: list[tuple[Step, Step]] = []
    for number, operation in enumerate(operations):
        try:
            made.append(trade(operation, latest, setting, hasher=hasher, check=check))
        except SpecError as error:
            raise error.within(f"operations[{number}]") from None
        latest.update({step.after.number: step.after for step in made[-1]})
    return trade_proof(operations, made, setting, size, hasher=hasher)


def trade_proof(
    operations: Sequence[Trade],
    steps: Sequence[tuple[Step, Step]],
    setting: Setting,
    size: int,
    *,
    hasher: Hasher = poseidon,
) -> TradeBatch:
    """Return what the proof of fills shows whose steps are known from `zkmargin.spec.operations.trade`.

    The steps of one proof need not follow each other: a state between them may be in another proof.

    Parameters
    ----------
    operations : sequence of Match, or of Quote
        At least one, at most `size`.
    steps : sequence of (Step, Step)
        The steps of each operation.
    setting : Setting
    size : int
        M, the most fills of the circuit.
    hasher : Hasher

    Returns
    -------
    TradeBatch

    Raises
    ------
    SpecError
        If there are too many operations, or of both kinds.
    """
    _check_trades(operations, size)
    fees = sum(operation.lots * sum(side.rate for _, _, side in operation.sides) for operation in operations)
    pairs = zip(operations, steps, strict=True)
    described = [_trade_signals(operation, made, hasher) for operation, made in pairs]
    described += [_padding(isinstance(operations[0], Quote), setting.domain, hasher)] * (
        size - len(operations)
    )
    signals: dict[str, Any] = {
        "clock": setting.time + (setting.reduce_only << CLOCK_BITS),
        "domain": setting.domain,
        "reduceOnly": int(setting.reduce_only),
        "enabled": _enabled(operations, size),
        **_listed(described),
    }
    flat = [step for made in steps for step in made]
    return TradeBatch(*_common(size, flat, 2 * size, hasher), setting, fees, signals)


def upkeep_batch(
    operations: Sequence[Upkeep], states: States, snapshot: Snapshot, size: int, *, hasher: Hasher = poseidon
) -> UpkeepBatch:
    """Check expiries, credits and new keys, apply them in order, and return what their proof shows.

    Parameters
    ----------
    operations : sequence of Expire, Credit or Rekey
        At least one, at most `size`; an account may be in several.
    states : mapping of int to Account
        The states before, by number.
    snapshot : Snapshot
        Has the marks of settled instruments.
    size : int
        M, the most operations of the circuit.
    hasher : Hasher

    Returns
    -------
    UpkeepBatch

    Raises
    ------
    SpecError
        If a rule does not hold; the key begins with the operation, such as ``operations[3].slot``.
    """
    _check_size(operations, size)
    latest = dict(states)
    steps: list[Step] = []
    for number, operation in enumerate(operations):
        try:
            step = upkeep(operation, latest, snapshot)
        except SpecError as error:
            raise error.within(f"operations[{number}]") from None
        latest[step.after.number] = step.after
        steps.append(step)
    return upkeep_proof(operations, steps, snapshot, size, hasher=hasher)


def upkeep_proof(
    operations: Sequence[Upkeep],
    steps: Sequence[Step],
    snapshot: Snapshot,
    size: int,
    *,
    hasher: Hasher = poseidon,
) -> UpkeepBatch:
    """Return what the proof of operations shows whose steps are known from `zkmargin.spec.operations.upkeep`.

    Parameters
    ----------
    operations : sequence of Expire, Credit or Rekey
        At least one, at most `size`.
    steps : sequence of Step
        The step of each operation; they need not follow each other.
    snapshot : Snapshot
    size : int
        M, the most operations of the circuit.
    hasher : Hasher

    Returns
    -------
    UpkeepBatch

    Raises
    ------
    SpecError
        If there are too many operations.
    """
    _check_size(operations, size)
    pairs = zip(operations, steps, strict=True)
    described = [_upkeep_signals(operation, step.before, snapshot, hasher) for operation, step in pairs]
    described += [_no_upkeep(snapshot.table.layout.elements, hasher)] * (size - len(operations))
    signals: dict[str, Any] = {
        **snapshot_signals(snapshot),
        **_listed(described),
    }
    requests = tuple(one for operation in operations if (one := request(operation, hasher)) is not None)
    root = snapshot_root(snapshot, hasher)
    return UpkeepBatch(*_common(size, list(steps), size, hasher), requests, root, signals)


_Common = tuple[int, tuple[Step, ...], int, tuple[int, ...], tuple[tuple[int, int], ...], dict[int, Account]]


def _common(size: int, steps: list[Step], most: int, hasher: Hasher) -> _Common:
    """Return what both kinds of batches have; `most` steps are in the circuit."""
    # Successive states of an account in one list are hashed once.
    known: dict[int, int] = {}

    def committed(account: Account) -> int:
        if id(account) not in known:
            known[id(account)] = commitment(account, hasher)
        return known[id(account)]

    commitments = tuple((committed(step.before), committed(step.after)) for step in steps)
    flat = [one for pair in commitments for one in pair]
    digest = digest_of([*flat, *[0] * (2 * most - len(flat))], hasher)
    elements = tuple(seal(step.change, step.before, digest, hasher) for step in steps)
    states = {step.after.number: step.after for step in steps}
    return size, tuple(steps), digest, elements, commitments, states


def _check_size(operations: Sequence[Trade] | Sequence[Upkeep], size: int) -> None:
    if not 1 <= len(operations) <= size:
        raise SpecError("operations", f"expected 1 to {size}")


def _check_trades(operations: Sequence[Trade], size: int) -> None:
    _check_size(operations, size)
    kind = type(operations[0])
    for number, operation in enumerate(operations):
        if type(operation) is not kind or kind not in (Match, Quote):
            raise SpecError(f"operations[{number}]", "expected matches alone, or quotes alone")


def _enabled(operations: Sequence[object], size: int) -> list[int]:
    return [1] * len(operations) + [0] * (size - len(operations))


def _listed(described: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Turn a list of mappings into a mapping of lists."""
    return {name: [one[name] for one in described] for name in described[0]}


def state_signals(account: Account, hasher: Hasher = poseidon) -> dict[str, Any]:
    """Return the bus ``State`` of ``circuits/account/commitment.circom``.

    Parameters
    ----------
    account : Account
    hasher : Hasher

    Returns
    -------
    dict
    """
    opened = account_signals(account, hasher)
    collateral = hasher(opened.pop("amounts"))
    return {**opened, "collateral": collateral, "chunks": list(chunks(account.positions, hasher))}


def _slot_elements(account: Account, slot: int) -> list[int]:
    start = slot // POSITIONS_PER_CHUNK * POSITIONS_PER_CHUNK
    return list(chunk_elements(account.positions[start : start + POSITIONS_PER_CHUNK]))


def _trade_signals(operation: Trade, steps: Sequence[Step], hasher: Hasher) -> dict[str, Any]:
    pairs = zip(operation.sides, steps, strict=True)
    signals: dict[str, Any] = {
        "instrument": operation.instrument,
        "lots": operation.lots,
        "price": operation.price % FIELD,
        "holder": [_holder(step.before, side, hasher) for (_, _, side), step in pairs],
    }
    if isinstance(operation, Match):
        return {**signals, "order": [_order(operation.buyer.order), _order(operation.seller.order)]}
    maker, taker = operation.maker, operation.taker
    return {**signals, "side": int(operation.side), "sheet": _sheet(maker), "order": _order(taker.order)}


def _holder(account: Account, side: OrderSide | SheetSide, hasher: Hasher) -> dict[str, Any]:
    return {
        "state": state_signals(account, hasher),
        "table": list(order_elements(account.orders)),
        "slot": side.slot,
        "elements": _slot_elements(account, side.slot),
        "rate": side.rate,
        "signature": {"r8": list(side.signature.r8), "s": side.signature.s},
    }


def _order(order: Order) -> dict[str, int]:
    return {
        "most": order.most_lots,
        "limit": order.limit % FIELD,
        "sequence": order.sequence,
        "expiry": order.expiry,
        "feeRate": order.fee_rate,
    }


def _sheet(side: SheetSide) -> dict[str, Any]:
    sheet, entry = side.sheet, side.entry
    return {
        "cap": sheet.cap,
        "sequence": sheet.sequence,
        "expiry": sheet.expiry,
        "feeRate": sheet.fee_rate,
        "bid": entry.bid % FIELD,
        "ask": entry.ask % FIELD,
        "size": entry.size,
        "index": side.place,
        "children": [list(level) for level in side.path],
    }


def _upkeep_signals(
    operation: Upkeep, account: Account, snapshot: Snapshot, hasher: Hasher
) -> dict[str, Any]:
    """Return kind and operation."""
    none = _no_upkeep(snapshot.table.layout.elements, hasher)["operation"]
    common = none | {
        "state": state_signals(account, hasher),
        "amounts": list(account.amounts),
        "elements": _slot_elements(account, 0),
    }
    match operation:
        case Expire(_, slot, instrument):
            levels = range(1, INSTRUMENT_LEVELS + 1)
            tree = snapshot.table.tree
            position = {
                "slot": slot,
                "elements": _slot_elements(account, slot),
                "mark": settled_mark(instrument, snapshot) % FIELD,
                "children": [list(tree.children(level, instrument // ARITY**level)) for level in levels],
            }
            return {"kind": _kind("expires"), "operation": common | position}
        case Credit(_, asset, amount):
            return {"kind": _kind("credits"), "operation": common | {"asset": asset, "amount": amount}}
        case _:
            return {"kind": _kind("rekeys"), "operation": common | {"key": list(operation.key)}}


def _kind(chosen: str | None = None) -> dict[str, int]:
    return {kind: int(kind == chosen) for kind in ("expires", "credits", "rekeys")}


# The key of the accounts in padding is public: they exist nowhere.
_SECRET = bytes(32)
_EXPIRY: int = 2**CLOCK_BITS - 1


def _padding_account(number: int, lots: int) -> Account:
    """Return an account that holds lots of instrument 0: a fill of one lot reduces it to none."""
    return Account(0, number, trading_key(_SECRET), 0, 0, 0, NO_AMOUNTS, (Position(0, lots),))


@lru_cache(maxsize=32)
def _padding(quoted: bool, domain: int, hasher: Hasher) -> dict[str, Any]:
    """Return a fill of one lot at price 0 of two accounts that exist nowhere, valid at every time."""
    accounts = _padding_account(0, -1), _padding_account(1, 1)
    holders = [Holder(domain, account.owner, account.number) for account in accounts]

    def ordered(number: int, side: Side) -> OrderSide:
        order = Order(0, side, 1, 0, 0, _EXPIRY, 0)
        return OrderSide(
            number, 0, 0, order, sign(_SECRET, order_message(order, holders[number], hasher), hasher)
        )

    seller = ordered(1, Side.SELL)
    operation: Trade = Match(ordered(0, Side.BUY), seller, 0, 1, 0)
    if quoted:
        sheet, entry = Sheet(1, 0, _EXPIRY, 0), Entry(0, 0, 0, 1)
        tree = sheet_tree([entry], hasher)
        signature = sign(_SECRET, sheet_message(sheet, tree.root, holders[0], hasher), hasher)
        maker = SheetSide(0, 0, 0, sheet, signature, entry, 0, tree.path(0), tree.root)
        operation = Quote(maker, seller, Side.BUY, 0, 1, 0)
    steps = trade(operation, dict(enumerate(accounts)), Setting(domain, 0, reduce_only=True), hasher=hasher)
    return _trade_signals(operation, steps, hasher)


@lru_cache(maxsize=4)
def _no_upkeep(elements: int, hasher: Hasher) -> dict[str, Any]:
    """Return no operation of an account that exists nowhere, with a path of a row of zeros at place 0."""
    nobody = Account(0, 0, NO_KEY, 0, 0, 0, NO_AMOUNTS, ())
    path, node = [], hasher([0] * (elements + 2))
    for _ in range(INSTRUMENT_LEVELS):
        path.append([node] + [0] * (ARITY - 1))
        node = hasher(path[-1])
    operation = {
        "state": state_signals(nobody, hasher),
        "slot": 0,
        "elements": _slot_elements(nobody, 0),
        "mark": 0,
        "children": path,
        "amounts": list(nobody.amounts),
        "asset": 0,
        "amount": 0,
        "key": list(NO_KEY),
    }
    return {"kind": _kind(), "operation": operation}
