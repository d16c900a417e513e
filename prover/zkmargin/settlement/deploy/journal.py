"""The journal of a deployment that is not complete: the file ``deployment.json.partial``.

`docs/formats/deployment.md` describes it. It is written before a contract is created, and after its creation has been
seen, so no contract that stands is lost, whatever fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.json_file import JsonFile
from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError

from .deployment import Addresses
from .fields import address_of, word_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zkmargin.documents.fields import Field

__all__ = ["Begun", "Created", "Journal", "Sending"]

_FORMAT = "zkmargin-partial-deployment/1"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LARGEST_WORD, _LARGEST_NUMBER = 2**256 - 1, 2**64 - 1
_PLAN = {
    "chain_id": "on another chain",
    "deployer": "with another deployer",
    "settings": "with other settings",
    "keys": "with other keys of circuits",
    "code": "with other code of the contracts: another version of zkmargin",
}


@dataclass(frozen=True, slots=True)
class Created:
    """A contract that stands.

    Attributes
    ----------
    address : str
    transaction : bytes
        The hash of the transaction that created it, 32 bytes.
    """

    address: str
    transaction: bytes


@dataclass(frozen=True, slots=True)
class Sending:
    """A creation that may have been sent.

    Attributes
    ----------
    name : str
        The contract's attribute in `Addresses`.
    nonce : int
        The least nonce that its transaction can have.
    block : int
        The latest block before it was sent.
    data : str
        The SHA-256 of the transaction's data: code and arguments of the contract.
    """

    name: str
    nonce: int
    block: int
    data: str


@dataclass(frozen=True, slots=True)
class Begun(JsonFile):
    """A deployment that has begun.

    Attributes
    ----------
    chain_id : int
        The chain's id (EIP-155).
    block : int
        The block before the market's first contract.
    deployer : str
        The account that pays. Only it can connect the contracts.
    settings, keys, code : str
        SHA-256 of the market's settings, of the hashes of its circuits' keys, and of the contracts' bytecode.
    contracts : mapping of str to Created
        The contracts that stand, by attribute of `Addresses`.
    sending : Sending, optional
        The contract that may stand.
    """

    chain_id: int
    block: int
    deployer: str
    settings: str
    keys: str
    code: str
    contracts: Mapping[str, Created]
    sending: Sending | None = None

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a ``deployment.json.partial``; raise `InputError` with the key path if that fails."""
        hashes = "settings", "keys", "code"
        members = field.members_of(
            _FORMAT,
            ("format", "chainId", "block", "deployer", *hashes, "addresses", "transactions"),
            ("sending",),
        )
        keys, made = Addresses.keys(), members["addresses"].entries()
        for key in made:
            if key not in keys:
                made[key].refuse(f"no contract of a market{did_you_mean(key, keys)}")
        transactions = members["transactions"].members(tuple(made))
        return cls(
            chain_id=members["chainId"].integer(1, _LARGEST_WORD),
            block=members["block"].integer(0, _LARGEST_NUMBER),
            deployer=address_of(members["deployer"]),
            **{name: members[name].text(_SHA256, "a SHA-256 in lower case") for name in hashes},
            contracts={
                keys[key]: Created(address_of(one), word_of(transactions[key])) for key, one in made.items()
            },
            sending=_read_sending(members["sending"], keys) if "sending" in members else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``deployment.json.partial``."""
        keys = {name: key for key, name in Addresses.keys().items()}
        document: dict[str, Any] = {
            "format": _FORMAT,
            "chainId": str(self.chain_id),
            "block": str(self.block),
            "deployer": self.deployer,
            "settings": self.settings,
            "keys": self.keys,
            "code": self.code,
            "addresses": {keys[name]: one.address for name, one in self.contracts.items()},
            "transactions": {
                keys[name]: f"0x{one.transaction.hex()}" for name, one in self.contracts.items()
            },
        }
        if self.sending is not None:
            one = self.sending
            document["sending"] = {
                "name": keys[one.name],
                "nonce": str(one.nonce),
                "block": str(one.block),
                "data": one.data,
            }
        return document


def _read_sending(field: Field, keys: Mapping[str, str]) -> Sending:
    members = field.members(("name", "nonce", "block", "data"))
    name = members["name"].text()
    if name not in keys:
        members["name"].refuse(f"no contract of a market{did_you_mean(name, keys)}")
    nonce, block = (members[key].integer(0, _LARGEST_NUMBER) for key in ("nonce", "block"))
    return Sending(keys[name], nonce, block, members["data"].text(_SHA256, "a SHA-256 in lower case"))


class Journal:
    """The journal of a deployment.

    Parameters
    ----------
    begun : Begun
        The deployment. If the file holds one of the same settings, chain and deployer, that one goes on.
    path : Path, optional
        The file; without one, nothing is written.

    Raises
    ------
    InputError
        If the file is malformed, or holds another deployment.

    Attributes
    ----------
    begun : Begun
        The deployment as it stands.
    resumed : bool
        Whether the file held it.
    """

    def __init__(self, begun: Begun, path: Path | None = None) -> None:
        self._path = path
        self.begun, self.resumed = begun, path is not None and path.exists()
        if path is not None and self.resumed:
            self.begun = Begun.load(path)
            for name, other in _PLAN.items():
                if getattr(self.begun, name) != getattr(begun, name):
                    reason = (
                        f"a deployment {other} was begun here; go on with what it was begun with, "
                        "or choose another --out"
                    )
                    raise InputError(reason, source=str(path))

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return str(self._path or "the journal")

    def sending(self, one: Sending) -> None:
        """Record that a creation is about to be sent."""
        self._write(replace(self.begun, sending=one))

    def created(self, name: str, one: Created) -> None:
        """Record a contract that stands."""
        self._write(replace(self.begun, contracts={**self.begun.contracts, name: one}, sending=None))

    def _write(self, begun: Begun) -> None:
        self.begun = begun
        if self._path is not None:
            begun.save(self._path)
