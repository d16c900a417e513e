"""The hashes that are signed: of typed data (EIP-712) and of texts (EIP-191)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    _Types = Mapping[str, Sequence[Mapping[str, str]]]

__all__ = ["text_digest", "typed_digest"]

_UNSIGNED = re.compile(r"uint[0-9]{1,3}", re.ASCII)


def text_digest(text: bytes) -> bytes:
    """Return the hash of a text that a wallet signs (EIP-191, version 0x45 ``E``); 32 bytes."""
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text)


def typed_digest(data: Mapping[str, Any]) -> bytes:
    """Return the hash of typed data that a wallet signs (EIP-712); 32 bytes.

    Parameters
    ----------
    data : mapping
        ``types``, ``primaryType``, ``domain`` and ``message``, as for ``eth_signTypedData_v4``. Types of members are
        ``string``, ``bytes32``, ``address``, unsigned integers, structures, and lists of these without a length.

    Raises
    ------
    ValueError
        If a type is another one.
    """
    types = data["types"]
    domain = _struct_hash(types, "EIP712Domain", data["domain"])
    return keccak(b"\x19\x01" + domain + _struct_hash(types, data["primaryType"], data["message"]))


def _struct_hash(types: _Types, name: str, values: Mapping[str, Any]) -> bytes:
    words = (_word(types, member["type"], values[member["name"]]) for member in types[name])
    return keccak(keccak(_encoded_type(types, name)) + b"".join(words))


def _encoded_type(types: _Types, name: str) -> bytes:
    """Return a structure's definition, then those of the structures in it in the order of their names."""
    others = sorted(_structures(types, name) - {name})
    text = ""
    for one in (name, *others):
        members = ",".join(f"{member['type']} {member['name']}" for member in types[one])
        text += f"{one}({members})"
    return text.encode()


def _structures(types: _Types, name: str) -> set[str]:
    found = {name}
    for member in types[name]:
        kind = member["type"].removesuffix("[]")
        if kind in types:
            found |= _structures(types, kind)
    return found


def _word(types: _Types, kind: str, value: Any) -> bytes:
    """Return the 32 bytes of a member."""
    if kind.endswith("[]"):
        return keccak(b"".join(_word(types, kind[:-2], one) for one in value))
    if kind in types:
        return _struct_hash(types, kind, value)
    if kind == "string":
        return keccak(value.encode())
    if kind == "bytes32" and len(value) == 32:
        return bytes(value)
    if kind == "address":
        value, kind = int(value, 16), "uint160"
    if _UNSIGNED.fullmatch(kind) and 0 <= value < 1 << int(kind[4:]):
        return int(value).to_bytes(32, "big")
    raise ValueError(f"no value of a known type: {kind}")
