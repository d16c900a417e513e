"""A deployed market: the file ``deployment.json`` (docs/formats/deployment.md).

Every participant of a market needs it. It holds no secrets and need not be trusted:
`zkmargin.settlement.deploy.check` compares it with the chain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from eth_abi.abi import encode

from zkmargin.account.funds import CASH as CASH_NAME
from zkmargin.documents.json_file import JsonFile
from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.ethereum import keccak
from zkmargin.proofs.batch_instances import STEPS
from zkmargin.proving.fingerprints import FINGERPRINT
from zkmargin.spec import CASH, FIELD

from .fields import address_of, name_of, point_of, require_names, word_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.documents.fields import Field
    from zkmargin.spec import TradingKey

__all__ = ["Addresses", "DeployedAsset", "DeployedCircuit", "Deployment"]

_FORMAT = "zkmargin-deployment/3"
_MEMBERS = ("format", "chainId", "block", "addresses", "transactions", "assets", "circuits", "venueKey")
_LARGEST_WORD = 2**256 - 1
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The contracts of a market, each address with its checksum (EIP-55).

    Attributes
    ----------
    timelock, guardian, feed : str
        TimelockController, Guardian, OracleFeed.
    vault, insurance_fund, first_loss : str
        CollateralVault, InsuranceFund, FirstLoss.
    batch_verifier, batches : str
        BatchVerifier, which has the keys of all circuits, and Batches.
    house, auctions, wind_down : str
        House, Auctions, WindDown.
    """

    timelock: str
    guardian: str
    feed: str
    vault: str
    insurance_fund: str
    first_loss: str
    batch_verifier: str
    batches: str
    house: str
    auctions: str
    wind_down: str

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
    """A circuit whose key the market's verifier has.

    Attributes
    ----------
    key_sha256 : str
        The SHA-256 of ``verification_key.json``, as in the keys' manifest.
    fingerprint : str
        That of the verification key (`zkmargin.proving.fingerprints`). Kinds of keys are not in the file: they are no
        fact of the chain, but a result of a verification on your machine.
    """

    key_sha256: str
    fingerprint: str

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read a member of ``circuits``; raise `InputError` with the key path if that fails."""
        members = field.members(("keySha256", "fingerprint"))
        return cls(
            members["keySha256"].text(_SHA256, "a SHA-256 in lower case"),
            members["fingerprint"].text(FINGERPRINT, "four groups of four letters and digits"),
        )

    def to_json(self) -> dict[str, str]:
        """Return a member of ``circuits``."""
        return {"keySha256": self.key_sha256, "fingerprint": self.fingerprint}


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
        The circuits of the market's verifier by name.
    venue_key : spec.TradingKey
        The venue's public key, which view keys are sealed to.
    transactions : mapping of str to bytes
        By attribute of `Addresses`: the hash of the transaction that created the contract, 32 bytes. Anybody can look
        up there which code created it.

    Raises
    ------
    InputError
        If slots or circuits are not those of a market, two assets have one name, or the venue's key is not a point of
        the curve.
    """

    chain_id: int
    block: int
    addresses: Addresses
    assets: tuple[DeployedAsset, ...]
    circuits: Mapping[str, DeployedCircuit]
    venue_key: TradingKey
    transactions: Mapping[str, bytes]

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        slots = [one.slot for one in self.assets]
        if slots != sorted(set(slots)) or not slots or slots[-1] != CASH:
            raise InputError("expected ascending slots, the last one cash", key="assets")
        require_names({one.slot: one.name for one in self.assets})
        for step in STEPS:
            if step.name not in self.circuits:
                raise InputError(f"expected the circuit {step.name}", key="circuits")

    @property
    def order_domain(self) -> int:
        """The domain that orders are signed for, which the house computes in the same way."""
        values = "zkmargin orders", self.chain_id, self.addresses.house
        return int.from_bytes(keccak(encode(["string", "uint256", "address"], values)), "big") % FIELD

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
        slots = {CASH_NAME: CASH, **{one.name: one.slot for one in self.assets}}
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
        members = field.members_of(_FORMAT, _MEMBERS)
        keys = Addresses.keys()
        transactions = members["transactions"].members(tuple(keys))
        return cls(
            chain_id=members["chainId"].integer(1, _LARGEST_WORD),
            block=members["block"].integer(0, 2**64 - 1),
            addresses=Addresses.from_json(members["addresses"]),
            assets=tuple(DeployedAsset.from_json(item) for item in members["assets"].items()),
            circuits={
                name: DeployedCircuit.from_json(one) for name, one in members["circuits"].entries().items()
            },
            venue_key=point_of(members["venueKey"]),
            transactions={name: word_of(transactions[key]) for key, name in keys.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``deployment.json``."""
        created = Addresses.keys().items()
        return {
            "format": _FORMAT,
            "chainId": str(self.chain_id),
            "block": str(self.block),
            "addresses": self.addresses.to_json(),
            "transactions": {key: "0x" + self.transactions[name].hex() for key, name in created},
            "assets": [one.to_json() for one in self.assets],
            "circuits": {name: one.to_json() for name, one in self.circuits.items()},
            "venueKey": [str(coordinate) for coordinate in self.venue_key],
        }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one.capitalize() for one in others)
