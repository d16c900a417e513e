"""A deployed market: the file ``deployment.json`` (docs/formats/deployment.md).

Every participant of a market needs it. It holds no secrets and need not be trusted:
`zkmargin.settlement.deploy.check` compares it with the chain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.json_file import JsonFile
from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.proofs.instances import TRANSITION
from zkmargin.proving.manifest import CEREMONY, DEVELOPMENT
from zkmargin.spec import CASH

from .fields import address_of, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.documents.fields import Field

__all__ = ["Addresses", "DeployedAsset", "DeployedCircuit", "Deployment"]

_FORMAT = "zkmargin-deployment/1"
_MEMBERS = ("format", "chainId", "block", "addresses", "transactions", "assets", "circuits", "sealingKey")
_LARGEST_WORD = 2**256 - 1
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The contracts of a market, each address with its checksum (EIP-55).

    Attributes
    ----------
    timelock, feed, margin_verifier, disclosure_verifier, transition_verifier, guardian : str
        TimelockController, OracleFeed, MarginVerifier, DisclosureVerifier, the generated verifier of the
        circuit ``transition``, Guardian.
    insurance_fund, vault, house, engine, greeks : str
        InsuranceFund, CollateralVault, ClearingHouse, LiquidationEngine, Greeks.
    """

    timelock: str
    feed: str
    margin_verifier: str
    disclosure_verifier: str
    transition_verifier: str
    guardian: str
    insurance_fund: str
    vault: str
    house: str
    engine: str
    greeks: str

    @classmethod
    def keys(cls) -> dict[str, str]:
        """Return the attributes by their keys in the file."""
        return {_camel(one.name): one.name for one in fields(cls)}

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read ``addresses``; raise `InputError` with the key path if that fails."""
        members = field.members(tuple(cls.keys()))
        return cls(**{name: address_of(members[key]) for key, name in cls.keys().items()})

    def to_json(self) -> dict[str, str]:
        """Return ``addresses``."""
        return {key: getattr(self, name) for key, name in self.keys().items()}


@dataclass(frozen=True, slots=True)
class DeployedAsset:
    """The asset in a slot of the vault.

    Attributes
    ----------
    slot : int
        0 to 7 for the amounts of an account, in the order of the snapshot's collateral; 8 for cash.
    name : str
        The asset's name in snapshots; for cash their quote currency.
    token : str
        The token's address.
    """

    slot: int
    name: str
    token: str

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``assets``; raise `InputError` with the key path if that fails."""
        members = field.members(("slot", "name", "token"))
        token = address_of(members["token"])
        return cls(members["slot"].integer(0, CASH), name_of(members["name"]), token)

    def to_json(self) -> dict[str, str]:
        """Return an item of ``assets``."""
        return {"slot": str(self.slot), "name": self.name, "token": self.token}


@dataclass(frozen=True, slots=True)
class DeployedCircuit:
    """The verifier of a circuit.

    Attributes
    ----------
    number : int or None
        The circuit's number in MarginVerifier or DisclosureVerifier; None for ``transition``.
    verifier : str
        The address of the generated contract.
    transaction : bytes
        The hash of the transaction that created the contract, 32 bytes.
    key_sha256 : str
        The SHA-256 of ``verification_key.json``, as in the keys' manifest.
    kind : str
        The kind of the keys: `zkmargin.proving.manifest.DEVELOPMENT` or `CEREMONY`.
    """

    number: int | None
    verifier: str
    transaction: bytes
    key_sha256: str
    kind: str

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read a member of ``circuits``; raise `InputError` with the key path if that fails."""
        members = field.members(("verifier", "transaction", "keySha256", "kind"), ("number",))
        kind = members["kind"].text()
        if kind not in {DEVELOPMENT, CEREMONY}:
            members["kind"].refuse(f"expected {DEVELOPMENT!r} or {CEREMONY!r}")
        return cls(
            members["number"].integer(0, 255) if "number" in members else None,
            address_of(members["verifier"]),
            word_of(members["transaction"]),
            members["keySha256"].text(_SHA256, "a SHA-256 in lower case"),
            kind,
        )

    def to_json(self) -> dict[str, str]:
        """Return a member of ``circuits``."""
        number = {} if self.number is None else {"number": str(self.number)}
        created = {"verifier": self.verifier, "transaction": "0x" + self.transaction.hex()}
        return {**number, **created, "keySha256": self.key_sha256, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Deployment(JsonFile):
    """A market on a chain.

    Attributes
    ----------
    chain_id : int
        The chain's id (EIP-155).
    block : int
        The block before the market's first contract; all its events come later.
    addresses : Addresses
        Its contracts.
    assets : tuple of DeployedAsset
        Assets by slot, ascending; the last one is cash.
    circuits : mapping of str to DeployedCircuit
        Verifiers by the circuit's name, ``transition`` among them.
    sealing_key : bytes
        The venue's public key, 32 bytes, to which openings are sealed.
    transactions : mapping of str to bytes
        By attribute of `Addresses`, except for the verifier of transitions: the hash of the transaction that
        created the contract, 32 bytes. Anybody can look up there which code created it.

    Raises
    ------
    InputError
        If slots or circuits are not those of a market.
    """

    chain_id: int
    block: int
    addresses: Addresses
    assets: tuple[DeployedAsset, ...]
    circuits: Mapping[str, DeployedCircuit]
    sealing_key: bytes
    transactions: Mapping[str, bytes]

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        slots = [one.slot for one in self.assets]
        if slots != sorted(set(slots)) or not slots or slots[-1] != CASH:
            raise InputError("expected ascending slots, the last one cash", key="assets")
        transition = self.circuits.get(TRANSITION.name)
        if transition is None or transition.verifier != self.addresses.transition_verifier:
            key = f"circuits.{TRANSITION.name}"
            raise InputError("expected the address of addresses.transitionVerifier", key=key)

    @property
    def development(self) -> bool:
        """Whether any circuit has development keys, for which proofs can be forged."""
        return any(one.kind == DEVELOPMENT for one in self.circuits.values())

    @property
    def tokens(self) -> dict[str, str]:
        """The token of each asset, by the asset's name; cash last."""
        return {one.name: one.token for one in self.assets}

    def slot(self, name: str) -> int:
        """Return the slot of an asset.

        Parameters
        ----------
        name : str
            The asset's name in snapshots, or ``cash``.

        Raises
        ------
        InputError
            If the market has no such asset.
        """
        slots = {"cash": CASH, **{one.name: one.slot for one in self.assets}}
        if name not in slots:
            reason = f"the market has no such asset{did_you_mean(name, slots)}"
            raise InputError(reason, source="asset", key=name)
        return slots[name]

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a ``deployment.json``.

        Raises
        ------
        InputError
            With the key path, if it is not one.
        """
        members = field.members(_MEMBERS)
        members["format"].constant(_FORMAT)
        keys = _created_alone()
        transactions = members["transactions"].members(tuple(keys))
        return cls(
            chain_id=members["chainId"].integer(1, _LARGEST_WORD),
            block=members["block"].integer(0, 2**64 - 1),
            addresses=Addresses.from_json(members["addresses"]),
            assets=tuple(DeployedAsset.from_json(item) for item in members["assets"].items()),
            circuits={
                name: DeployedCircuit.from_json(one) for name, one in members["circuits"].entries().items()
            },
            sealing_key=word_of(members["sealingKey"]),
            transactions={name: word_of(transactions[key]) for key, name in keys.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``deployment.json``."""
        created = _created_alone().items()
        return {
            "format": _FORMAT,
            "chainId": str(self.chain_id),
            "block": str(self.block),
            "addresses": self.addresses.to_json(),
            "transactions": {key: "0x" + self.transactions[name].hex() for key, name in created},
            "assets": [one.to_json() for one in self.assets],
            "circuits": {name: one.to_json() for name, one in self.circuits.items()},
            "sealingKey": "0x" + self.sealing_key.hex(),
        }


def _created_alone() -> dict[str, str]:
    # The verifier of transitions is among the circuits.
    return {key: name for key, name in Addresses.keys().items() if name != "transition_verifier"}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one.capitalize() for one in others)
