"""What was deployed where: the file ``deployment.json``, docs/formats/deployment.md.

Everybody who acts in a market needs it. Nothing in it is secret, and nothing has to be believed:
`zkmargin.settlement.deploy.check` compares it with the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.errors import InputError
from zkmargin.proofs.instances import TRANSITION
from zkmargin.proving.manifest import DEVELOPMENT
from zkmargin.spec import CASH

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Addresses", "DeployedAsset", "DeployedCircuit", "Deployment"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """The contracts of a market, each with its checksum (EIP-55).

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


@dataclass(frozen=True, slots=True)
class DeployedAsset:
    """What a slot of the vault holds.

    Attributes
    ----------
    slot : int
        0 to 7 for the amounts of an account, in the order of the snapshot's collateral; 8 for cash.
    name : str
        As snapshots name the asset; of cash their quote currency.
    token : str
        The token's address.
    """

    slot: int
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class DeployedCircuit:
    """The verifier of a circuit.

    Attributes
    ----------
    number : int or None
        By which MarginVerifier or DisclosureVerifier knows it; None for ``transition``.
    verifier : str
        The address of the generated contract.
    transaction : bytes
        The hash of the transaction that made the contract, 32 bytes.
    key_sha256 : str
        The SHA-256 of ``verification_key.json``, as the keys' manifest has it.
    kind : str
        What the keys are: `zkmargin.proving.manifest.DEVELOPMENT` or `CEREMONY`.
    """

    number: int | None
    verifier: str
    transaction: bytes
    key_sha256: str
    kind: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A market on a chain.

    Attributes
    ----------
    chain_id : int
        The chain's id (EIP-155).
    block : int
        The block before the market's first contract: its events come after it.
    addresses : Addresses
        Its contracts.
    assets : tuple of DeployedAsset
        By slot, ascending; the last one is cash.
    circuits : mapping of str to DeployedCircuit
        By name; `transition` is among them.
    sealing_key : bytes
        The venue's public key, 32 bytes, to which openings are sealed.
    transactions : mapping of str to bytes
        By the names of `Addresses` but for the circuits' verifiers, the hash of the transaction that made
        each contract, 32 bytes. So everybody can see what code it was made by.

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
            raise InputError("not in rising order of the slots, with cash last", key="assets")
        transition = self.circuits.get(TRANSITION.name)
        if transition is None or transition.verifier != self.addresses.transition_verifier:
            raise InputError("not the contract transitionVerifier", key=f"circuits.{TRANSITION.name}")

    @property
    def development(self) -> bool:
        """Whether any circuit has development keys, which protect nothing."""
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
            As snapshots name it, or ``cash``.

        Raises
        ------
        InputError
            If the market has no such asset.
        """
        if name == "cash":
            return CASH
        for one in self.assets:
            if one.name == name:
                return one.slot
        raise InputError("no asset of this market", source="asset", key=name)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a ``deployment.json``.

        Raises
        ------
        InputError
            With file and key path, if it is not one.
        """
        from .deployment_file import read_deployment  # noqa: PLC0415  # it imports this module

        return read_deployment(cls, Path(path))

    def save(self, path: str | Path) -> None:
        """Write the file, whole or not at all."""
        from .deployment_file import write_deployment  # noqa: PLC0415  # it imports this module

        write_deployment(self, Path(path))
