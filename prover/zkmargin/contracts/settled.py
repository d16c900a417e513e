"""The public part of a settled batch, from the event of a house: enough for a holder to follow its account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from zkmargin import spec
from zkmargin.clearing.batch import BatchContent, HealthPart, OperationsPart, circuit_id
from zkmargin.errors import InputError
from zkmargin.proofs.batch_instances import batch_circuits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.proofs.batch_instances import BatchCircuits

__all__ = ["settled_content"]


_PROOF = "(uint256[2],uint256[2][2],uint256[2])"
_OPERATIONS = f"(bytes32,uint256,uint256,uint256,uint256[],{_PROOF})[]"
_HEALTH = f"(bytes32,uint256,uint256[],{_PROOF})[]"
_LISTS = ("(uint256,uint256)[]", _OPERATIONS, _OPERATIONS, "(uint256,uint256,uint256)[]", _HEALTH)
_ARGUMENTS = (f"(uint256,bool,bytes32,{','.join(_LISTS)})", "uint256", "uint256", "uint256[]")
_SELECTOR = keccak(f"checkBatch({','.join(_ARGUMENTS)})".encode())[:4]


def settled_content(call: bytes, circuits: BatchCircuits | None = None) -> BatchContent:
    """Return the content of a batch.

    Parameters
    ----------
    call : bytes
        The call of IBatches.checkBatch from the event ``Settled``; see `BatchSettled`.
    circuits : BatchCircuits, optional
        The circuits that the market may use; by default all of this package.

    Returns
    -------
    BatchContent

    Raises
    ------
    InputError
        If it is not such a call, or names a circuit that is not one of them.
    """
    if call[:4] != _SELECTOR:
        raise InputError("not a call of checkBatch", source="batch")
    try:
        batch, domain, requirement_bps, firsts = decode(_ARGUMENTS, call[4:])
    except DecodingError:
        raise InputError("not a call of checkBatch", source="batch") from None
    names = {circuit_id(one.name): one.name for one in (circuits or batch_circuits()).all}
    time, reduce_only, root, touched, fills, upkeep, requests, health = batch
    accounts = tuple(
        spec.Touched(number, first, last) for (number, last), first in zip(touched, firsts, strict=True)
    )
    return BatchContent(
        domain=domain,
        time=time,
        reduce_only=reduce_only,
        snapshot_root=int.from_bytes(root, "big"),
        requirement_bps=requirement_bps,
        accounts=accounts,
        fills=tuple(_operations(one, names) for one in fills),
        upkeep=tuple(_operations(one, names) for one in upkeep),
        requests=tuple(spec.Request(*one) for one in requests),
        health=tuple(_health(one, accounts, names) for one in health),
    )


def _operations(given: tuple[Any, ...], names: Mapping[int, str]) -> OperationsPart:
    circuit, digest, _, _, elements, _ = given
    return OperationsPart(_name(circuit, names), digest, tuple(elements))


def _health(
    given: tuple[Any, ...], accounts: tuple[spec.Touched, ...], names: Mapping[int, str]
) -> HealthPart:
    circuit, digest, places, _ = given
    return HealthPart(_name(circuit, names), digest, tuple(accounts[place].number for place in places))


def _name(circuit: bytes, names: Mapping[int, str]) -> str:
    found = names.get(int.from_bytes(circuit, "big"))
    if found is None:
        raise InputError(f"no circuit of this market has the id 0x{circuit.hex()}", source="batch")
    return found
