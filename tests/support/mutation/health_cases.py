"""Cases for the templates of the health circuits, at small parameters and with a stub for Poseidon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from zkmargin import spec
from zkmargin.proving.bn254 import SCALAR_MODULUS as R
from zkmargin.spec import lookup
from zkmargin.spec.layout import Layout

from .stub import hashing
from .suite import Case, Forgery, Inputs

NOTHING = [0] * 8
AMOUNTS, PRICES = list(range(21, 29)), list(range(41, 49))
BPS, Z = 12_500, 1_000_003

TINY = Layout("tiny", scenarios=4, elements=2)
"""A layout that no publisher uses; it keeps the circuits small."""


@dataclass(frozen=True)
class TinyRow:
    """A row of the layout `TINY`."""

    slots: tuple[int, ...]
    short_floor: int
    add_on: int


def tiny_snapshot(rows: dict[int, TinyRow]) -> spec.Snapshot:
    """Return a snapshot of tiny rows, hashed by the stub."""
    leaves = {i: spec.leaf(row, hashing) for i, row in rows.items()}  # type: ignore[arg-type]
    table = spec.Table(rows, spec.build_tree(leaves, hashing), TINY)  # type: ignore[arg-type]
    return spec.Snapshot(table, tuple(PRICES), 51, 52)


def opened(positions: tuple[tuple[int, int], ...], cash: int = 0, number: int = 62) -> spec.Account:
    """Return an account; (0, 0) is an empty slot."""
    return spec.Account(
        owner=61,
        number=number,
        key=spec.TradingKey(63, 64),
        view_key=65,
        nonce=66,
        cash=cash,
        amounts=tuple(AMOUNTS),
        positions=tuple(spec.Position(*one) for one in positions),
        orders=(*spec.NO_ORDERS[:-1], spec.OrderFill(23, 5)),
    )


def with_surplus(account: spec.Account, data: spec.Snapshot, surplus: int) -> spec.Account:
    """Return the account with the least cash to be healthy, and a surplus more."""
    missing = -(spec.margin(replace(account, cash=0), data).surplus(BPS) // (10_000 * 10**6))
    return replace(account, cash=missing + surplus)


def changed(values: Any, at: tuple[int | str, ...], value: Any) -> Any:
    """Return nested lists and mappings with another value at a place."""
    first, *rest = at
    inner = changed(values[first], tuple(rest), value) if rest else value
    if isinstance(values, dict):
        return {**values, first: inner}
    return [inner if i == first else item for i, item in enumerate(values)]


def _is_short() -> Case:
    most = 2**31 - 1
    return Case(
        file="margin/position.circom",
        main="IsShort()",
        honest=[({"lots": lots % R}, [int(lots < 0)]) for lots in (-5, 4, 1, -1, 0, most, -most)],
        refused=[{"lots": lots % R} for lots in (2**31, -(2**31), -(2**31) - 1, 2**32, R // 2)],
    )


def _prices() -> Case:
    refused = [{"prices": [2**64 if i == place else 0 for i in range(8)]} for place in range(8)]
    return Case(
        file="margin/health.circom",
        main="Prices()",
        honest=[({"prices": PRICES}, ()), ({"prices": [2**64 - 1] * 8}, ())],
        refused=refused,
    )


def _equity_at() -> Case:
    def inputs(cash: int, marks: int, amounts: list[int], prices: list[int]) -> Inputs:
        return {"cash": cash % R, "marks": marks % R, "amounts": amounts, "prices": prices}

    def accepted(cash: int, marks: int, amounts: list[int], prices: list[int]) -> tuple[Inputs, list[int]]:
        worth = (cash + marks) * 10**6 + sum(a * p for a, p in zip(amounts, prices, strict=True))
        return inputs(cash, marks, amounts, prices), [worth % R]

    refused = [inputs(cash, 0, NOTHING, NOTHING) for cash in (2**83, -(2**83) - 1, 2**84, R // 2)]
    refused += [inputs(0, 0, [2**64 if i == at else 0 for i in range(8)], NOTHING) for at in range(8)]
    full = [2**64 - 1] * 8
    return Case(
        file="margin/health.circom",
        main="EquityAt()",
        honest=[accepted(-5, 7, AMOUNTS, PRICES), accepted(2**83 - 1, 2**82, full, full)],
        refused=refused,
    )


def _quotient() -> Case:
    def inputs(dividend: int, divisor: int) -> Inputs:
        return {"dividend": dividend % R, "divisor": divisor % R}

    hint = "quotient <-- divisor == 0 ? 0 : dividend / divisor"
    return Case(
        file="lib/quotient.circom",
        main="Quotient()",
        honest=[
            (inputs(6, 3), [2]),
            (inputs(-6, 3), [R - 2]),
            (inputs(1, 7), [pow(7, -1, R)]),
            (inputs(0, 5), [0]),
        ],
        refused=[inputs(1, 0)],
        forgeries=[Forgery("lib/quotient.circom", hint, f"{hint} + 1", inputs(6, 3))],
    )


def _opened() -> Case:
    account = opened(((4096, 5), (0, 0), (7, -3)), cash=-14)
    inputs = {
        "opening": spec.witness.account_signals(account, hashing),
        "id": [slot.instrument for slot in account.positions],
        "lots": [slot.lots % R for slot in account.positions],
    }
    return Case(
        file="account/opening.circom",
        main="Opened(3)",
        honest=[(inputs, [spec.commitment(account, hashing)])],
    )


def _sufficient() -> Case:
    def inputs(equity: int, funds: int, requirement: int = 100) -> Inputs:
        value = {"funds": funds % R, "equity": equity % R, "requirement": requirement}
        return {"value": value, "requirementBps": 10_000}

    enough = 100 * 10**6
    return Case(
        file="health/sufficient.circom",
        main="Sufficient()",
        honest=[(inputs(enough, 5), ()), (inputs(enough, 0), ()), (inputs(2**132 - 1, 2**86 - 1), ())],
        refused=[inputs(enough - 1, 5), inputs(enough, -1), inputs(enough, -(2**86)), inputs(enough, 2**86)],
    )


ROW = {"packed": [R - 3, 5], "shortFloor": 19, "addOn": 23}
LEAF = hashing([*ROW["packed"], ROW["shortFloor"], ROW["addOn"]])


def _used_row() -> Case:
    def inputs(long: int, short: int, leaf: int = LEAF, row: dict[str, Any] = ROW) -> Inputs:
        return {"weighted": [long, short], "leaf": leaf, "row": row}

    other = {**ROW, "addOn": 22}
    return Case(
        file="health/octet.circom",
        main="UsedRow(2)",
        honest=[(inputs(5, 7), ()), (inputs(0, 0, leaf=0), ()), (inputs(0, 0, row=other), ())],
        refused=[
            *(inputs(*lots, leaf=0) for lots in ((5, 7), (5, 0), (0, 7))),
            *(inputs(*lots, row=other) for lots in ((5, 0), (0, 7))),
        ],
    )


def _octet() -> Case:
    number = 0o5321
    table = {8 * number + i: 100 + i for i in range(8)} | {8 * number + 64: 7, 9: 8, 4096 * 6: 9}
    tree = spec.build_tree(table, hashing)
    inputs = {
        "number": number,
        "leaves": list(tree.children(1, number)),
        "children": [list(tree.children(level + 1, number // 8**level)) for level in (1, 2, 3)],
        "underlyingRoots": list(tree.children(5, 0)),
    }
    nodes = list(range(8))
    return Case(
        file="health/octet.circom",
        main="Octet()",
        honest=[(inputs, [1, 0, 1])],
        refused=[
            *(
                {**inputs, "number": other}
                for other in (0o5320, 0o5331, 0o5221, 0o4321, 4096 + number, R - 1)
            ),
            {**inputs, "leaves": inputs["leaves"][::-1]},
            {**inputs, "underlyingRoots": nodes},
            *({**inputs, "children": changed(inputs["children"], (level,), nodes)} for level in range(3)),
        ],
    )


WEIGHT_X = 1_000_033


def _weights(elements: int) -> tuple[dict[str, Any], list[int]]:
    stride = elements + 2
    powers = [pow(WEIGHT_X, k, R) for k in range(stride)]
    of_underlying = [pow(WEIGHT_X, stride * u, R) for u in range(8)]
    bus = {"power": powers, "underlying": of_underlying}
    return bus, [*powers, *of_underlying, pow(WEIGHT_X, 8 * stride, R)]


def _weights_of() -> Case:
    return Case(
        file="health/claims.circom",
        main="WeightsOf(2)",
        honest=[({"challenge": WEIGHT_X}, _weights(2)[1])],
    )


def _weighted_claims() -> Case:
    claimed = lookup.Claims((3, 6), ((11, 12), (13, R - 14)), (15, 16), 17)
    inputs = {
        "weights": _weights(2)[0],
        "underlying": [[1, 1, 0], [0, 1, 1]],
        "sums": [list(sums) for sums in claimed.sums],
        "floor": list(claimed.floors),
        "charge": claimed.charge,
    }
    return Case(
        file="health/claims.circom",
        main="WeightedClaims([2, 3, 4, 2, 0])",
        honest=[(inputs, [lookup.weighted_claims([claimed], WEIGHT_X)])],
    )


def _weighted_row() -> Case:
    def accepted(underlying: int, long: int, short: int) -> tuple[Inputs, list[int]]:
        bits = [underlying >> b & 1 for b in range(3)]
        inputs = {
            "weights": _weights(2)[0],
            "underlying": bits,
            "weighted": [long % R, short % R],
            "row": ROW,
        }
        # As claims: the row's sums over these lots, its floor over the short ones, its charge over |lots|.
        sums = tuple((long + short) * value % R for value in ROW["packed"])
        claimed = lookup.Claims((underlying,), (sums,), (-short * 19,), (long - short) * 23)
        return inputs, [lookup.weighted_claims([claimed], WEIGHT_X)]

    return Case(
        file="health/claims.circom",
        main="WeightedRow(2)",
        honest=[accepted(5, 7, -11), accepted(0, 7, 0), accepted(3, 0, -4)],
    )


CLAIMS = (
    lookup.Claims((3, 6), ((11, 12), (13, R - 14)), (15, 16), 17),
    lookup.Claims((0, 7), ((21, 22), (23, 24)), (25, 26), 27),
)


def _claim_challenge() -> Case:
    claims = [lookup.claim_signals(one) for one in CLAIMS]
    inputs = {"digest": 1, "snapshotRoot": 2, "claims": claims}
    return Case(
        file="health/challenges.circom",
        main="ClaimChallenge(2, 2, 2)",
        honest=[(inputs, [lookup.claim_challenge(1, 2, CLAIMS, hashing)])],
    )


def _key_challenge(octets: int, singles: int) -> Case:
    rows = lookup.Rows(tuple(range(7, 7 + octets)), tuple(range(90, 90 + singles)))
    weighted = [(100 + i, 200 + i) for i in range(8 * octets + singles)]
    inputs = {
        "claimChallenge": 5,
        "first": [*(8 * octet for octet in rows.octets), *rows.singles],
        "weighted": [list(pair) for pair in weighted],
    }
    return Case(
        file="health/challenges.circom",
        main=f"KeyChallenge({octets + singles}, {8 * octets + singles})",
        honest=[(inputs, [lookup.key_challenge(5, rows, weighted, hashing)])],
    )


def _tiny_row(seed: int) -> TinyRow:
    return TinyRow(tuple((-1) ** (s * seed) * (seed * s + 3) for s in range(6)), 16 * seed + 4, seed + 5)


NEAR, BESIDE, FAR = 2 * 4096 + 0o1230, 2 * 4096 + 0o1236, 6 * 4096 + 0o7075
TINY_ROWS = {NEAR: _tiny_row(3), BESIDE: _tiny_row(4), FAR: _tiny_row(5)}
TINY_SHAPE = "[2, 3, 4, 2, 0]"
TINY_HEALTH = spec.HealthShape(2, spec.Shape(2, 3, TINY), octets=1, singles=1)
BOTH = (NEAR, -7), (BESIDE, 5), (FAR, 4)


def _claimed() -> Case:
    data = tiny_snapshot(TINY_ROWS)

    def inputs(account: spec.Account) -> dict[str, Any]:
        slots = [*account.positions, *[spec.EMPTY] * (3 - len(account.positions))]
        return {
            "opening": spec.witness.account_signals(account, hashing),
            "slots": {
                "id": [slot.instrument for slot in slots],
                "lots": [slot.lots % R for slot in slots],
                "used": [int(slot != spec.EMPTY) for slot in slots],
            },
            "claims": lookup.claim_signals(lookup.claims(account, data, TINY_HEALTH)),
            "prices": PRICES,
        }

    def accepted(account: spec.Account) -> tuple[Inputs, list[int]]:
        given = inputs(account)
        short = [int(lots > R // 2) for lots in given["slots"]["lots"]]
        lanes = [u >> b & 1 for u in given["claims"]["underlying"] for b in range(3)]
        result = spec.margin(account, data)
        funds = account.cash + sum(lane.mark for lane in result.lanes)
        value = (funds % R, result.equity % R, result.requirement)
        return given, [spec.commitment(account, hashing), *short, *lanes, *value]

    books = [opened(BOTH), opened(((NEAR, 7), (0, 0), (FAR, -4))), opened(())]
    enough = [with_surplus(book, data, 0) for book in books]
    good, nothing = inputs(enough[0]), inputs(enough[2])
    rich = inputs(with_surplus(opened(BOTH), data, 10**6))
    refused = [
        changed(rich, ("slots", "id"), [NEAR, NEAR, 0]),
        changed(rich, ("slots", "id", 0), NEAR + 2**15),
        changed(rich, ("slots", "used", 0), 0),
        changed(changed(nothing, ("slots", "lots", 2), 2**31), ("slots", "used", 2), 1),
        *(changed(rich, ("claims", "underlying"), lanes) for lanes in ([6, 2], [2, 2], [2, 8], [R - 1, 3])),
        changed(good, ("opening", "cash"), 2**83),
        *(changed(good, ("claims", "sums", lane, 0), 2**83) for lane in (0, 1)),
    ]
    return Case(
        file="health/claims.circom",
        main=f"Claimed({TINY_SHAPE})",
        honest=[accepted(account) for account in enough],
        refused=refused,
    )


def tiny_inputs(
    accounts: list[spec.Account], data: spec.Snapshot, shape: spec.HealthShape = TINY_HEALTH
) -> spec.HealthInputs:
    """Return the inputs of a circuit of tiny rows that looks rows up."""
    return spec.health_inputs(accounts, data, shape, BPS, Z, hasher=hashing)


def _health_by_lookup() -> Case:
    """Return a case whose forbidden inputs have the challenges and weighted lots that an honest prover gives them."""
    data = tiny_snapshot(TINY_ROWS)
    first = with_surplus(opened(BOTH), data, 0)
    second = with_surplus(opened(((FAR, -3), (0, 0), (NEAR, 2)), number=67), data, 5)
    honest = [tiny_inputs(batch, data) for batch in ([first, second], [second])]
    rich = [replace(account, cash=account.cash + 10**9) for account in (first, second)]
    spare = tiny_inputs(rich, data).signals
    weighted = [i for i, pair in enumerate(spare["weighted"]) if any(pair)]
    refused = [
        # Claims that do not follow from the rows.
        changed(spare, ("claims", 0, "charge"), 1),
        changed(spare, ("claims", 1, "floor", 1), 1),
        changed(spare, ("claims", 0, "sums", 1, 1), 1),
        # Rows that are not in the table, in the octet and the single row.
        *(without_add_on(spare, i) for i in (weighted[0], weighted[-1])),
        # Paths to nowhere, and other places of the table.
        {**spare, "underlyingRoots": list(range(8))},
        *(changed(spare, ("leaves", group), list(range(8))) for group in range(2)),
        *(changed(spare, ("octet", group), 5) for group in range(2)),
        changed(spare, ("place", 0), spare["place"][0] + 8),
        {**spare, "prices": [2**64, *PRICES[1:]]},
        {**honest[0].signals, "requirementBps": BPS + 10_000},
        # One account is poor.
        *(changed(spare, ("opening", a, "cash"), R - 10**6) for a in range(2)),
    ]
    return Case(
        file="health/lookup.circom",
        main=f"HealthByLookup(2, {TINY_SHAPE}, 1, 1)",
        honest=[(inputs.signals, inputs.public[:3]) for inputs in honest],
        refused=[*(reproved(signals) for signals in refused), left_out(rich, data, 1, 2)],
    )


def left_out(accounts: list[spec.Account], data: spec.Snapshot, at: int, slot: int) -> dict[str, Any]:
    """Return inputs whose claims and weighted lots leave out the last position of an account."""
    signals = tiny_inputs(accounts, data).signals
    fewer = replace(accounts[at], positions=accounts[at].positions[:1])
    claimed = changed(signals, ("claims", at), lookup.claim_signals(lookup.claims(fewer, data, TINY_HEALTH)))
    return reproved(claimed, changed(signals["slots"], (at, "lots", slot), 0))


def without_add_on(signals: dict[str, Any], row: int) -> dict[str, Any]:
    """Return inputs in which a row has no add-on, and the charges follow."""
    instruments = _rows(signals).instruments
    for a, slots in enumerate(signals["slots"]):
        held = dict(zip(slots["id"], slots["lots"], strict=True)).get(instruments[row], 0)
        charge = min(held, R - held) * signals["row"][row]["addOn"]
        signals = changed(signals, ("claims", a, "charge"), signals["claims"][a]["charge"] - charge)
    return changed(signals, ("row", row, "addOn"), 0)


def accounts_digest(commitments: list[int]) -> int:
    """Return the element that determines the accounts in a circuit of health."""
    return spec.digest(commitments, hashing)


def reproved(
    signals: dict[str, Any],
    counted: list[dict[str, Any]] | None = None,
    bound: Callable[[list[int]], int] = accounts_digest,
) -> dict[str, Any]:
    """Return inputs with the weighted lots that belong to the challenge of their own claims, as a prover computes them.

    Parameters
    ----------
    signals : dict
    counted : list of dict, optional
        The slots whose lots are counted; by default those of the inputs. Instruments without a row are left out.
    bound : callable, optional
        Returns the element that determines the accounts, of their commitments.

    Returns
    -------
    dict
    """
    elements = len(signals["row"][0]["packed"])
    step = pow(challenge_of(signals, bound), 8 * (elements + 2), R)
    weight, total = 1, {}
    for slots in counted or signals["slots"]:
        for identifier, lots in zip(slots["id"], slots["lots"], strict=True):
            key = identifier, lots > R // 2
            total[key] = (total.get(key, 0) + weight * lots) % R
        weight = weight * step % R
    pairs = [[total.pop((i, side), 0) for side in (False, True)] for i in _rows(signals).instruments]
    return {**signals, "weighted": pairs}


def _rows(signals: dict[str, Any]) -> lookup.Rows:
    places = signals.get("place", [])
    octets = len(signals["octet"]) - len(places)
    singles = [8 * n + place for n, place in zip(signals["octet"][octets:], places, strict=True)]
    return lookup.Rows(tuple(signals["octet"][:octets]), tuple(singles))


def challenge_of(signals: dict[str, Any], bound: Callable[[list[int]], int] = accounts_digest) -> int:
    """Return the first challenge that the circuit computes of its inputs."""
    commitments = [_commitment(*one) for one in zip(signals["opening"], signals["slots"], strict=True)]
    head = (signals["paramsHash"], signals["timestamp"])
    root = hashing([hashing(signals["underlyingRoots"]), hashing(signals["prices"]), *head])
    return lookup.claim_challenge(bound(commitments), root, claims_of(signals), hashing)


def key_challenge_of(signals: dict[str, Any]) -> int:
    """Return the second challenge that the circuit computes of its inputs."""
    return lookup.key_challenge(challenge_of(signals), _rows(signals), signals["weighted"], hashing)


def claims_of(signals: dict[str, Any]) -> list[lookup.Claims]:
    """Return the claims among a circuit's inputs."""
    return [
        lookup.Claims(
            tuple(one["underlying"]),
            tuple(tuple(sums) for sums in one["sums"]),
            tuple(one["floor"]),
            one["charge"],
        )
        for one in signals["claims"]
    ]


def _commitment(opening: dict[str, Any], slots: dict[str, Any]) -> int:
    """Return the commitment to values that no account has: ids and lots of any size."""
    digits = [i + 2**15 * (lots + 2**31) for i, lots in zip(slots["id"], slots["lots"], strict=True)]
    digits += [2**46] * (140 - len(digits))
    elements = [sum(d << 47 * j for j, d in enumerate(digits[i : i + 5])) % R for i in range(0, 140, 5)]
    chunks = [hashing(elements[i : i + 4]) for i in range(0, 28, 4)]
    head = [opening["owner"], opening["account"], *opening["key"], opening["viewKey"], opening["nonce"]]
    return hashing([*head, opening["cash"], hashing(opening["amounts"]), opening["orders"], *chunks])


def _standard_row(seed: int) -> spec.Row:
    return spec.Row(tuple((-1) ** (s * seed) * (seed * s + 3) for s in range(18)), 16 * seed + 4, seed + 5)


STANDARD_ROWS = {NEAR: _standard_row(3), BESIDE: _standard_row(4), FAR: _standard_row(5)}


def _standard_snapshot(**other: int) -> spec.Snapshot:
    rows = {**STANDARD_ROWS, **{int(i): _standard_row(seed) for i, seed in other.items()}}
    return spec.Snapshot(spec.build_table(rows, hashing), tuple(PRICES), 51, 52)


def _path_inputs(accounts: list[spec.Account], data: spec.Snapshot, places: int = 1) -> spec.HealthInputs:
    shape = spec.HealthShape(places, spec.Shape(2, 3))
    return spec.health_inputs(accounts, data, shape, BPS, Z, hasher=hashing)


def _valuation() -> Case:
    data = _standard_snapshot()
    books = [opened(BOTH, cash=-9), opened(((FAR, -3), (0, 0), (NEAR, 2))), opened(())]
    rich = [replace(book, cash=10**6) for book in books]

    def accepted(account: spec.Account) -> tuple[Inputs, list[int]]:
        enough = _path_inputs([replace(account, cash=10**6)], data).signals
        given = changed(_first(enough), ("opening", "cash"), account.cash % R)
        result = spec.margin(account, data, spec.plan(account, spec.Shape(2, 3)))
        funds = account.cash + sum(lane.mark for lane in result.lanes)
        greeks = [lane.totals[17] % R for lane in result.lanes]
        head = [spec.commitment(account, hashing), funds % R, result.equity % R, result.requirement]
        ids = [slot.instrument for slot in account.positions] + [0] * (3 - len(account.positions))
        return given, [*head, *greeks, *ids]

    good = accepted(books[0])[0]
    nodes = list(range(8))
    # The rows of another snapshot in one lane, authenticated up to that lane's root.
    others = [_first(_path_inputs(rich[:1], _standard_snapshot(**{str(i): 9})).signals) for i in (NEAR, FAR)]
    refused = [
        *({**other, "underlyingRoots": good["underlyingRoots"]} for other in others),
        *(changed(good, ("slots", i, "children", 1), nodes) for i in range(3)),
        *(changed(good, ("slots", i, "row", "addOn"), 1) for i in range(3)),
        *(changed(good, ("slots", i, "lots"), 2**31) for i in range(3)),
        *(changed(good, ("slots", i, "index"), 4096) for i in range(3)),
        *(changed(good, ("slots", i, "member"), [0, 0]) for i in range(3)),
        *(changed(good, ("lanes", "underlying"), lanes) for lanes in ([6, 2], [2, 2], [2, 3], [3, 6])),
        changed(good, ("opening", "cash"), 2**83),
        *(_twice(data, instrument) for instrument in (NEAR, FAR)),
        _descending(data),
    ]
    return Case(
        file="margin/valuation.circom",
        main="Valuation(standard(2, 3))",
        honest=[accepted(book) for book in books],
        refused=refused,
    )


def _large_valuation() -> Case:
    """Return cases with so many positions that the circuit sorts them to see that they differ."""
    data = _standard_snapshot()
    rich = opened(((NEAR, -3), (0, 0), (BESIDE, 2)), cash=10**6)
    shape = spec.HealthShape(1, spec.Shape(1, 65))
    good = _first(spec.health_inputs([rich], data, shape, BPS, Z, hasher=hashing).signals)
    result = spec.margin(rich, data)
    funds = rich.cash + sum(lane.mark for lane in result.lanes)
    greeks = [lane.totals[17] % R for lane in result.lanes]
    head = [spec.commitment(rich, hashing), funds % R, result.equity % R, result.requirement]
    shown = [*head, *greeks, NEAR, 0, BESIDE, *[0] * 62]
    return Case(
        file="margin/valuation.circom",
        main="Valuation(standard(1, 65))",
        honest=[(good, shown)],
        refused=[changed(good, ("slots", 1), good["slots"][0])],
    )


def _claim() -> Case:
    data = _standard_snapshot()
    books = [opened(BOTH, cash=-9), opened(((FAR, -3), (0, 0), (NEAR, 2))), opened((), cash=2**83 - 1)]
    made = [spec.claim_inputs(book, data, spec.Shape(2, 3), 5, hasher=hashing) for book in books]
    good = dict(made[0].signals)
    empty = dict(made[2].signals)
    return Case(
        file="margin/claim.circom",
        main="Claim(standard(2, 3))",
        honest=[(one.signals, one.public.signals[:11]) for one in made],
        refused=[
            {**good, "underlyingRoots": list(range(8))},
            {**empty, "prices": [2**64, *data.prices[1:]]},
            changed(good, ("opening", "cash"), 2**83),
        ],
    )


def _first(signals: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs of Valuation for the only account of a circuit with paths."""
    shared = {name: signals[name] for name in ("prices", "underlyingRoots")}
    return {**shared, **{name: signals[name][0] for name in ("opening", "lanes", "slots")}}


def _twice(data: spec.Snapshot, instrument: int) -> dict[str, Any]:
    """Return the inputs of an account with an instrument in two slots."""
    good = _first(
        _path_inputs(
            [opened(((instrument, 3), (BESIDE, 1), (NEAR + FAR - instrument, 1)), cash=10**6)], data
        ).signals
    )
    return changed(good, ("slots", 1), good["slots"][0])


def _descending(data: spec.Snapshot) -> dict[str, Any]:
    """Return good inputs, except that the lanes descend."""
    good = _first(_path_inputs([opened(BOTH, cash=10**6)], data).signals)
    lanes = {name: values[::-1] for name, values in good["lanes"].items()}
    slots = [{**slot, "member": slot["member"][::-1]} for slot in good["slots"]]
    return {**good, "lanes": lanes, "slots": slots}


def _health_by_paths() -> Case:
    data = _standard_snapshot()
    first = with_surplus(opened(BOTH), data, 0)
    second = with_surplus(opened(((FAR, -3), (0, 0), (NEAR, 2)), number=67), data, 5)
    honest = [_path_inputs(batch, data, places=2) for batch in ([first, second], [second], [])]
    good = honest[0].signals
    refused = [
        *(changed(good, ("opening", a, "cash"), good["opening"][a]["cash"] - 6) for a in range(2)),
        {**good, "prices": [2**64, *PRICES[1:]]},
        {**good, "underlyingRoots": list(range(8))},
        {**good, "requirementBps": BPS + 10_000},
    ]
    return Case(
        file="health/paths.circom",
        main="HealthByPaths(2, standard(2, 3))",
        honest=[(inputs.signals, inputs.public[:3]) for inputs in honest],
        refused=refused,
    )


_BY_LOOKUP = _health_by_lookup()

HEALTH_CASES = {
    "IsShort": (_is_short(),),
    "Prices": (_prices(),),
    "EquityAt": (_equity_at(),),
    "Quotient": (_quotient(),),
    "Opened": (_opened(),),
    "Sufficient": (_sufficient(),),
    "UsedRow": (_used_row(),),
    "Octet": (_octet(),),
    "WeightsOf": (_weights_of(),),
    "WeightedClaims": (_weighted_claims(),),
    "WeightedRow": (_weighted_row(),),
    "ClaimChallenge": (_claim_challenge(),),
    # With numbers in one and in two elements.
    "KeyChallenge": (_key_challenge(2, 1), _key_challenge(0, 18)),
    "Claimed": (_claimed(),),
    "Lookup": (_BY_LOOKUP,),
    "HealthByLookup": (_BY_LOOKUP,),
    "Valuation": (_valuation(), _large_valuation()),
    "Claim": (_claim(),),
    "HealthByPaths": (_health_by_paths(),),
}
"""By the template that they are about."""

EQUIVALENT = {
    # Neighbours differ by at most 7, so a fourth bit accepts no other input.
    f"{folder}.circom": [f"widened: Unsigned(3)({bus}.underlying[l] - {bus}.underlying[l - 1] - 1);"]
    for folder, bus in (("health/claims", "claims"), ("margin/valuation", "lanes"))
}
"""Mutants that accept exactly what the original accepts, by source."""
