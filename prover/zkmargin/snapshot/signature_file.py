"""The file of signatures: JSON, numbers as decimal strings, one way to write each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn, TypeVar

from zkmargin.documents.fields import Field
from zkmargin.documents.files import write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.spec.constants import FIELD, TIMESTAMP_BITS

from .signatures import Domain, Signature, Signatures, SnapshotMessage

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DOMAIN_NAME", "DOMAIN_VERSION", "domain_to_json", "read_signatures", "write_signatures"]

FORMAT = "zkmargin-signatures/1"
DOMAIN_NAME = "zkmargin"
DOMAIN_VERSION = "1"
_MAX_BYTES = 1 << 20
_LARGEST_WORD = 2**256 - 1
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_SIGNATURE = re.compile(r"0x[0-9a-f]{130}", re.ASCII)

AnySignatures = TypeVar("AnySignatures", bound=Signatures)


def read_signatures(kind: type[AnySignatures], path: Path) -> AnySignatures:
    """Read a file of signatures; nothing is recovered.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    document = Field(load_json(path, max_bytes=_MAX_BYTES), str(path))
    members = document.members(("format", "domain", "message", "signatures"))
    members["format"].constant(FORMAT)
    domain = _read_domain(members["domain"])
    message = _read_message(members["message"])
    signatures = tuple(_read_signature(item) for item in members["signatures"].items())
    try:
        return kind(domain, message, signatures)
    except InputError as error:
        _refuse(document, error)


def write_signatures(signatures: Signatures, path: Path) -> None:
    """Write a file of signatures, whole or not at all."""
    message = signatures.message
    document = {
        "format": FORMAT,
        "domain": domain_to_json(signatures.domain),
        "message": {
            "root": str(message.root),
            "timestamp": str(message.timestamp),
            "paramsHash": str(message.params_hash),
            "indexPrices": [str(price) for price in message.index_prices],
        },
        "signatures": [
            {"signer": one.signer, "signature": "0x" + one.value.hex()} for one in signatures.signatures
        ],
    }
    write_json(path, document)


def domain_to_json(domain: Domain) -> dict[str, str]:
    """Return the object of the file."""
    shown = {"name": DOMAIN_NAME, "version": DOMAIN_VERSION}
    if domain.chain_id is None or domain.verifying_contract is None:
        return shown
    return shown | {"chainId": str(domain.chain_id), "verifyingContract": domain.verifying_contract}


def _read_domain(field: Field) -> Domain:
    members = field.members(("name", "version"), ("chainId", "verifyingContract"))
    members["name"].constant(DOMAIN_NAME)
    members["version"].constant(DOMAIN_VERSION)
    chain_id = members["chainId"].integer(1, _LARGEST_WORD) if "chainId" in members else None
    contract = members["verifyingContract"].text() if "verifyingContract" in members else None
    try:
        domain = Domain(chain_id, contract)
    except InputError as error:
        _refuse(field, error)
    if domain.verifying_contract != contract:
        members["verifyingContract"].refuse("not with its EIP-55 checksum")
    return domain


def _read_message(field: Field) -> SnapshotMessage:
    members = field.members(("root", "timestamp", "paramsHash", "indexPrices"))
    prices = tuple(item.integer(0, _LARGEST_WORD) for item in members["indexPrices"].items())
    root, params_hash = (members[key].integer(0, FIELD - 1) for key in ("root", "paramsHash"))
    try:
        return SnapshotMessage(
            root, members["timestamp"].integer(1, 2**TIMESTAMP_BITS - 1), params_hash, prices
        )
    except InputError as error:
        _refuse(field, error)


def _read_signature(field: Field) -> Signature:
    members = field.members(("signer", "signature"))
    signer = members["signer"].text(_ADDRESS, "an address")
    text = members["signature"].text(_SIGNATURE, "0x and 130 hexadecimal digits in lower case")
    try:
        return Signature(signer, bytes.fromhex(text[2:]))
    except InputError as error:
        _refuse(field, error)


def _refuse(field: Field, error: InputError) -> NoReturn:
    """Raise the error of a value with the place that it has in the file."""
    key = ".".join(part for part in (field.key, error.key) if part)
    raise InputError(error.reason, source=field.source, key=key) from None
