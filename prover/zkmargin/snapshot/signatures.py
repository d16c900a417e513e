"""The message that oracle signers sign about a snapshot, and the file of their signatures.

`zkmargin.snapshot.signer` makes and checks signatures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError
from zkmargin.ethereum import checksum_address
from zkmargin.spec.constants import FIELD, TIMESTAMP_BITS, UNDERLYINGS

from .collateral_list import collateral_hash, collateral_names
from .named_keys import NamedKeys, require_signature, signature_of

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

    from .snapshot import Snapshot

__all__ = [
    "DOMAIN_NAME",
    "DOMAIN_VERSION",
    "Domain",
    "Signature",
    "Signatures",
    "SnapshotMessage",
    "domain_from_json",
    "read_address",
]

DOMAIN_NAME = "zkmargin"
DOMAIN_VERSION = "1"

_FORMAT = "zkmargin-signatures/2"
_OLD_FORMAT = "zkmargin-signatures/1"
_LARGEST_WORD = 2**256 - 1
_HASH = re.compile(r"0x[0-9a-f]{64}", re.ASCII)

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_MICRO = 10**6
_WORD = 2**256


def read_address(text: str, source: str = "address") -> str:
    """Return an address with its checksum (EIP-55).

    Parameters
    ----------
    text : str
        ``0x`` and 40 hexadecimal digits. In mixed case, the checksum must be right.
    source : str
        The source for error messages.

    Raises
    ------
    InputError
        If the text is not an address or its checksum is wrong.
    """
    if not _ADDRESS.fullmatch(text):
        raise InputError("expected an address: 0x and 40 hexadecimal digits", source=source)
    written = checksum_address(text)
    if text != written and text[2:] not in {text[2:].lower(), text[2:].upper()}:
        raise InputError("the checksum (EIP-55) of the address is wrong", source=source)
    return written


@dataclass(frozen=True, slots=True)
class Domain:
    """The domain of a signature (EIP-712): one contract on one chain, or off chain if both are None.

    Attributes
    ----------
    chain_id : int or None
        The chain's id (EIP-155).
    verifying_contract : str or None
        The address of the contract that counts the signatures.

    Raises
    ------
    InputError
        If only one of the two is given, or one is out of range.
    """

    chain_id: int | None = None
    verifying_contract: str | None = None

    def __post_init__(self) -> None:
        """Check both, and keep the address with its checksum."""
        if (self.chain_id is None) != (self.verifying_contract is None):
            raise InputError("expected both chain id and contract, or neither", source="domain")
        if self.chain_id is not None and not 0 < self.chain_id < _WORD:
            raise InputError("must be from 1 to 2^256 - 1", source="domain", key="chainId")
        if self.verifying_contract is not None:
            contract = read_address(self.verifying_contract, "verifyingContract")
            object.__setattr__(self, "verifying_contract", contract)

    def to_json(self) -> dict[str, str]:
        """Return the object of a file of signatures."""
        shown = {"name": DOMAIN_NAME, "version": DOMAIN_VERSION}
        if self.chain_id is None or self.verifying_contract is None:
            return shown
        return shown | {"chainId": str(self.chain_id), "verifyingContract": self.verifying_contract}

    def __str__(self) -> str:
        """Return the domain as text."""
        if self.chain_id is None:
            return "off chain"
        return f"chain {self.chain_id}, contract {self.verifying_contract}"


@dataclass(frozen=True, slots=True)
class SnapshotMessage:
    """The signed message about a snapshot (docs/formats/signatures.md).

    Attributes
    ----------
    root : int
        The snapshot root.
    timestamp : int
        Unix time in seconds.
    params_hash : int
        The parameters hash.
    collateral_hash : bytes
        The hash of the collateral assets in their order, 32 bytes (`collateral_list.collateral_hash`).
    index_prices : tuple of int
        Micro-quote per unit, rounded down, by underlying number.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    root: int
    timestamp: int
    params_hash: int
    collateral_hash: bytes
    index_prices: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the ranges."""
        _require(0 <= self.root < FIELD, "expected a field element", "root")
        _require(0 < self.timestamp < 1 << TIMESTAMP_BITS, "expected Unix time in seconds", "timestamp")
        _require(0 <= self.params_hash < FIELD, "expected a field element", "paramsHash")
        size = len(self.collateral_hash)
        _require(size == 32, f"expected 32 bytes, got {size}", "collateralHash")
        _require(len(self.index_prices) <= UNDERLYINGS, f"more than {UNDERLYINGS}", "indexPrices")
        for number, price in enumerate(self.index_prices):
            _require(0 <= price < _WORD, "does not fit into 256 bits", f"indexPrices[{number}]")

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """Return the message about a snapshot."""
        prices = tuple(int(Fraction(price) * _MICRO) for price in snapshot.parts.index_prices)
        assets = collateral_hash(collateral_names(snapshot))
        return cls(snapshot.root, snapshot.timestamp, snapshot.spec.params_hash, assets, prices)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signer's signature, and the keys that the signer names.

    Attributes
    ----------
    signer : str
        The address, with its checksum.
    value : bytes
        65 bytes: r, s in the lower half of the group's order, v of 27 or 28.
    keys : NamedKeys or None
        The keys that the signer proves under, with a signature of their own, which contracts do not need.

    Raises
    ------
    InputError
        If address or value have another form; see `require_signature`.
    """

    signer: str
    value: bytes
    keys: NamedKeys | None = None

    def __post_init__(self) -> None:
        """Check the form."""
        _require(_ADDRESS.fullmatch(self.signer) is not None, "expected an address", "signer")
        _require(self.signer == checksum_address(self.signer), "must have its EIP-55 checksum", "signer")
        require_signature(self.value)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``signatures``; raise `InputError` with the key path if that fails."""
        members = field.members(("signer", "signature"), ("keys",))
        signer, value = members["signer"].text(_ADDRESS, "an address"), signature_of(members["signature"])
        keys = NamedKeys.from_json(members["keys"]) if "keys" in members else None
        try:
            return cls(signer, value, keys)
        except InputError as error:
            field.refuse_as(error)

    def to_json(self) -> dict[str, Any]:
        """Return an item of ``signatures``."""
        shown: dict[str, Any] = {"signer": self.signer, "signature": "0x" + self.value.hex()}
        return shown if self.keys is None else shown | {"keys": self.keys.to_json()}


@dataclass(frozen=True, slots=True)
class Signatures(JsonFile):
    """The signatures of one message.

    Attributes
    ----------
    domain : Domain
    message : SnapshotMessage
    signatures : tuple of Signature
        In ascending order of the signers' addresses without duplicates, so that contracts need not sort.

    Raises
    ------
    InputError
        If the signatures are in another order.
    """

    domain: Domain
    message: SnapshotMessage
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        """Check the order."""
        numbers = [int(one.signer, 16) for one in self.signatures]
        _require(numbers == sorted(set(numbers)), "signers must ascend", "signatures")

    def with_signature(self, signature: Signature) -> Self:
        """Return these signatures and a new one, which replaces an earlier one by the same signer."""
        kept = [one for one in self.signatures if one.signer != signature.signer]
        ordered = sorted((*kept, signature), key=lambda one: int(one.signer, 16))
        return replace(self, signatures=tuple(ordered))

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a file of signatures (docs/formats/signatures.md). Signers are not recovered.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        if isinstance(field.value, dict) and field.value.get("format") == _OLD_FORMAT:
            reason = "signatures without the collateral's hash: sign the snapshot again"
            field.entries()["format"].refuse(reason)
        members = field.members_of(_FORMAT, ("format", "domain", "message", "signatures"))
        domain, message = domain_from_json(members["domain"]), _read_message(members["message"])
        signatures = tuple(map(Signature.from_json, members["signatures"].items()))
        try:
            return cls(domain, message, signatures)
        except InputError as error:
            field.refuse_as(error)

    def to_json(self) -> dict[str, Any]:
        """Return the object of a file of signatures."""
        message = self.message
        return {
            "format": _FORMAT,
            "domain": self.domain.to_json(),
            "message": {
                "root": str(message.root),
                "timestamp": str(message.timestamp),
                "paramsHash": str(message.params_hash),
                "collateralHash": "0x" + message.collateral_hash.hex(),
                "indexPrices": [str(price) for price in message.index_prices],
            },
            "signatures": [one.to_json() for one in self.signatures],
        }


def domain_from_json(field: Field) -> Domain:
    """Read the object of a domain.

    Raises
    ------
    InputError
        With the key path, if it is malformed.
    """
    members = field.members(("name", "version"), ("chainId", "verifyingContract"))
    members["name"].constant(DOMAIN_NAME)
    members["version"].constant(DOMAIN_VERSION)
    chain_id = members["chainId"].integer(1, _LARGEST_WORD) if "chainId" in members else None
    contract = members["verifyingContract"].text() if "verifyingContract" in members else None
    try:
        domain = Domain(chain_id, contract)
    except InputError as error:
        field.refuse_as(error)
    if domain.verifying_contract != contract:
        members["verifyingContract"].refuse("must have its EIP-55 checksum")
    return domain


def _read_message(field: Field) -> SnapshotMessage:
    members = field.members(("root", "timestamp", "paramsHash", "collateralHash", "indexPrices"))
    prices = tuple(item.integer(0, _LARGEST_WORD) for item in members["indexPrices"].items())
    root, params_hash = (members[key].integer(0, FIELD - 1) for key in ("root", "paramsHash"))
    timestamp = members["timestamp"].integer(1, 2**TIMESTAMP_BITS - 1)
    text = members["collateralHash"].text(_HASH, "0x and 64 hexadecimal digits in lower case")
    try:
        return SnapshotMessage(root, timestamp, params_hash, bytes.fromhex(text[2:]), prices)
    except InputError as error:
        field.refuse_as(error)


def _require(holds: bool, reason: str, key: str) -> None:
    if not holds:
        raise InputError(reason, key=key)
