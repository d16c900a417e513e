"""The file ``deployment.json``: JSON, numbers as decimal strings, one way to write each."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from zkmargin.documents.fields import Field
from zkmargin.documents.files import write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.proving.manifest import CEREMONY, DEVELOPMENT
from zkmargin.snapshot.signatures import read_address
from zkmargin.spec import CASH

from .deployment import Addresses, DeployedAsset, DeployedCircuit, Deployment

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "address_names",
    "deployment_to_json",
    "read_address_field",
    "read_deployment",
    "read_name",
    "read_sealing_key",
    "write_deployment",
]

FORMAT = "zkmargin-deployment/1"
_MEMBERS = (
    "format",
    "chainId",
    "block",
    "addresses",
    "transactions",
    "assets",
    "circuits",
    "sealingKey",
)
_MAX_BYTES = 1 << 20
_LARGEST_WORD = 2**256 - 1
_NAME = re.compile(r"[!-~]{1,64}", re.ASCII)
_WORD = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)

AnyDeployment = TypeVar("AnyDeployment", bound=Deployment)


def read_deployment(kind: type[AnyDeployment], path: Path) -> AnyDeployment:
    """Read a ``deployment.json``.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    document = Field(load_json(path, max_bytes=_MAX_BYTES), str(path))
    members = document.members(_MEMBERS)
    members["format"].constant(FORMAT)
    try:
        return kind(
            chain_id=members["chainId"].integer(1, _LARGEST_WORD),
            block=members["block"].integer(0, 2**64 - 1),
            addresses=_read_addresses(members["addresses"]),
            assets=tuple(_read_asset(item) for item in members["assets"].items()),
            circuits={name: _read_circuit(one) for name, one in members["circuits"].entries().items()},
            sealing_key=read_sealing_key(members["sealingKey"]),
            transactions=_read_transactions(members["transactions"]),
        )
    except InputError as error:
        raise InputError(error.reason, source=str(path), key=error.key) from None


def write_deployment(deployment: Deployment, path: Path) -> None:
    """Write a ``deployment.json``, whole or not at all."""
    write_json(path, deployment_to_json(deployment))


def deployment_to_json(deployment: Deployment) -> dict[str, Any]:
    """Return the object of the file."""
    addresses = deployment.addresses
    return {
        "format": FORMAT,
        "chainId": str(deployment.chain_id),
        "block": str(deployment.block),
        "addresses": {key: getattr(addresses, name) for key, name in address_names().items()},
        "transactions": {
            key: "0x" + deployment.transactions[name].hex() for key, name in _made_alone().items()
        },
        "assets": [
            {"slot": str(one.slot), "name": one.name, "token": one.token} for one in deployment.assets
        ],
        "circuits": {name: _circuit_to_json(one) for name, one in deployment.circuits.items()},
        "sealingKey": "0x" + deployment.sealing_key.hex(),
    }


def address_names() -> dict[str, str]:
    """Return the names of the contracts, as the file has them and as `Addresses` does."""
    return {_camel(one.name): one.name for one in fields(Addresses)}


def read_name(field: Field) -> str:
    """Return the name of an asset, or raise `InputError`."""
    return field.text(_NAME, "a name without spaces, of at most 64 characters")


def read_address_field(field: Field) -> str:
    """Return an address with its checksum, or raise `InputError`."""
    try:
        return read_address(field.text())
    except InputError as error:
        field.refuse(error.reason)


def read_sealing_key(field: Field) -> bytes:
    """Return a public key of 32 bytes, or raise `InputError`."""
    return _read_word(field)


def _read_word(field: Field) -> bytes:
    return bytes.fromhex(field.text(_WORD, "0x and 64 hexadecimal digits in lower case")[2:])


def _read_transactions(field: Field) -> dict[str, bytes]:
    names = _made_alone()
    members = field.members(tuple(names))
    return {name: _read_word(members[key]) for key, name in names.items()}


def _made_alone() -> dict[str, str]:
    # The verifier of transitions is among the circuits.
    return {key: name for key, name in address_names().items() if name != "transition_verifier"}


def _read_addresses(field: Field) -> Addresses:
    names = address_names()
    members = field.members(tuple(names))
    return Addresses(**{name: read_address_field(members[key]) for key, name in names.items()})


def _read_asset(field: Field) -> DeployedAsset:
    members = field.members(("slot", "name", "token"))
    token = read_address_field(members["token"])
    return DeployedAsset(members["slot"].integer(0, CASH), read_name(members["name"]), token)


def _read_circuit(field: Field) -> DeployedCircuit:
    members = field.members(("verifier", "transaction", "keySha256", "kind"), ("number",))
    kind = members["kind"].text()
    if kind not in {DEVELOPMENT, CEREMONY}:
        members["kind"].refuse("no kind of key")
    return DeployedCircuit(
        members["number"].integer(0, 255) if "number" in members else None,
        read_address_field(members["verifier"]),
        _read_word(members["transaction"]),
        members["keySha256"].text(_SHA256, "a SHA-256 in lower case"),
        kind,
    )


def _circuit_to_json(one: DeployedCircuit) -> dict[str, str]:
    number = {} if one.number is None else {"number": str(one.number)}
    made = {"verifier": one.verifier, "transaction": "0x" + one.transaction.hex()}
    return {**number, **made, "keySha256": one.key_sha256, "kind": one.kind}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one.capitalize() for one in others)
