"""The statement in Python and in the native core, asked the same: answers and errors must be equal."""

from __future__ import annotations

import json
from typing import Any

from zkmargin import spec
from zkmargin.account import Account, GreekLimits, Requirement, margin_report
from zkmargin.cli.margin_text import report_to_json
from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.instances import find_instance
from zkmargin.proofs.margin_prover import proof_inputs
from zkmargin.proofs.opening import opening_point
from zkmargin.snapshot import Snapshot

SUGGESTION = "; did you mean "
"""The native core suggests no names, and does not know the name of the file to upgrade."""


def read(kind: type[Any], text: str, source: str) -> Any:
    """Read a file from its text, as `JsonFile.load` does from a path."""
    return kind.from_json(Field(parse_json(text.encode(), source), source))


def circuit_of(shape: spec.Shape) -> dict[str, Any]:
    """Return a circuit as requests have it."""
    sizes = {"lanes": shape.lanes, "positions": shape.positions, "layout": shape.layout.name}
    return {**sizes, "limited": shape.limited, "disclosed": shape.disclosed}


def answer_of(call: Any) -> Any:
    """Return what a call returns, or its error as kind, key and reason without a suggestion."""
    import zkmargin_native  # noqa: PLC0415  # optional

    try:
        return call()
    except InputError as error:
        return "input", error.key, error.reason.split(SUGGESTION)[0].removesuffix(" account")
    except StatementError as error:
        return "statement", "", str(error)
    except zkmargin_native.StatementFaultError as fault:
        kind, _, key, reason = fault.args
        return kind, key, reason


def commitment_by_python(account: str, snapshot: Snapshot) -> Any:
    """Return the answer of `account_commitment`."""
    found = read(Account, account, "account").commitment(snapshot)
    return {"commitment": str(found), "snapshotRoot": str(snapshot.root)}


def report_by_python(account: str, snapshot: Snapshot, requirement: str) -> Any:
    """Return the answer of `margin_report`."""
    asked = Requirement(requirement) if requirement.isalpha() else int(requirement)
    report = margin_report(read(Account, account, "account"), snapshot, asked)
    return report_to_json(report, snapshot.parts.model)


def inputs_by_python(account: str, snapshot: Snapshot, circuit: str, request: dict[str, Any]) -> Any:
    """Return the answer of `circuit_inputs`."""
    limits = request.get("limits")
    bounds = None if limits is None else GreekLimits.from_json(Field(limits, "request", "limits"))
    instance = find_instance(circuit)
    made = proof_inputs(
        read(Account, account, "account"),
        snapshot,
        int(request["requirement"]),
        context=int(request["context"]),
        limits=bounds,
        disclose=instance.shape.disclosed,
        instance=circuit,
        allow_unhealthy=request.get("allowUnhealthy", False),
    )
    answer: dict[str, Any] = {"signals": made.to_json()}
    if instance.shape.disclosed:
        z, shown = made.signals["z"], made.statement.disclosed
        assert shown is not None
        _, commitment, root, _, number = made.statement.signals
        public = spec.DisclosureSignals(commitment, root, shown, number).signals
        opened = read(Account, account, "account").opening(snapshot)
        elements = spec.opening_elements(opened, instance.shape.positions)
        assert z == opening_point(commitment, elements)
        answer["opening"] = _texts(elements)
    else:
        public = (*made.statement.signals, *(made.signals["limits"] if bounds else ()))
    return {**answer, "public": _texts(public)}


def claim_by_python(account: str, snapshot: Snapshot, shape: spec.Shape, context: int) -> Any:
    """Return the answer of `claim_inputs`."""
    opening = read(Account, account, "account").opening(snapshot)
    try:
        made = spec.claim_inputs(opening, snapshot.spec, shape, context, hasher=fast_hasher())
    except spec.SpecError as error:
        raise InputError(error.reason, key=error.key) from None
    return {"signals": _texts(made.signals), "public": _texts(made.public.signals)}


def health_by_python(
    accounts: list[str], snapshot: Snapshot, shape: spec.HealthShape, bps: int, z: int
) -> Any:
    """Return the answer of `health_inputs`."""
    opened = [
        read(Account, text, f"accounts[{place}]").opening(snapshot) for place, text in enumerate(accounts)
    ]
    try:
        made = spec.health_inputs(opened, snapshot.spec, shape, bps, z, hasher=fast_hasher())
    except spec.SpecError as error:
        raise InputError(error.reason, key=error.key) from None
    return {"signals": _texts(made.signals), "public": _texts(made.public)}


def _texts(value: Any) -> Any:
    """Write integers as decimal strings."""
    if isinstance(value, dict):
        return {name: _texts(item) for name, item in value.items()}
    return str(value) if isinstance(value, int) else [_texts(item) for item in value]


def native_answer(function: Any, account: str, **request: Any) -> Any:
    """Return the answer of a function of the native core about an account."""
    return json.loads(function(json.dumps({"account": account, **request})))
