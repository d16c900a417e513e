"""A client of the contract CollateralVault: list assets, set caps and claim payments.

Amounts are in micro, 1e-6 of the asset, as in an account. Only the vault's operator, a contract, moves
credits, so the client has no function for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.chain.contract import sender_of
from zkmargin.chain.node import connection

from .client import NOBODY, Client, address_of, fitting, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3 import Web3

__all__ = ["CASH", "NO_CAP", "Asset", "CollateralVault", "Listing"]

CASH = 8
"""The slot of the quote token; 0 to 7 are the collateral amounts of an account in their order."""

NO_CAP = 2**128 - 1
"""The largest possible cap."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A token to list in a slot of a new vault.

    Attributes
    ----------
    asset : int
        The slot, 0 to 8.
    token : str
        The token's address; the token must have 6 to 18 decimals.
    cap : int
        The largest total of credits that deposits may reach, in micro.
    """

    asset: int
    token: str
    cap: int = NO_CAP

    def arguments(self) -> tuple[int, str, int]:
        """Return ICollateralVault's struct ``Listing``.

        Raises
        ------
        InputError
            If the address is invalid, or a number does not fit its type.
        """
        return _slot(self.asset), address_of("token", self.token), _cap(self.cap)


@dataclass(frozen=True, slots=True)
class Asset:
    """The asset in a slot of the vault.

    Attributes
    ----------
    token : str
        The token's address.
    scale : int
        Units of the token in one micro: 10**(decimals - 6).
    cap : int
        The largest `total` that deposits may reach, in micro.
    total : int
        The credits of all accounts, in micro.
    owed : int
        The claims of all receivers, in micro.
    """

    token: str
    scale: int
    cap: int
    total: int
    owed: int

    @property
    def backing(self) -> int:
        """The balance that the vault must hold, in the token's own unit."""
        return (self.total + self.owed) * self.scale

    @property
    def room(self) -> int:
        """The amount that can still be deposited, in micro."""
        return max(0, self.cap - self.total)


class CollateralVault(Client):
    """A client of a deployed CollateralVault.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.
    """

    SOURCE = "CollateralVault.sol"
    CALLED = ("demo/DemoToken.sol",)
    # A claim takes about 60 000 and a token may need more; a fixed limit avoids gas estimates.
    GAS = 1_000_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        _ = self.operator()

    @classmethod
    def deploy(cls, node: str | Web3, owner: str | None = None, listings: Sequence[Listing] = ()) -> Self:
        """Deploy a vault.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        owner : str, optional
            The address that lists further assets and sets caps; by default the connection's account.
        listings : sequence of Listing
            The tokens to list at deployment.

        Raises
        ------
        InputError
            If an address is invalid, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract rejects an argument: ``NoSuchSlot``,
            ``SlotInUse``, ``AlreadyListed``, ``UnsupportedDecimals``.
        """
        web3 = connection(node)
        arguments = address_of("owner", owner or sender_of(web3)), [one.arguments() for one in listings]
        return cls._deploy(web3, *arguments)

    def list_asset(self, asset: int, token: str, cap: int = NO_CAP) -> int:
        """List a token in a slot without credits and claims; only the owner can.

        Parameters
        ----------
        asset : int
            The slot, 0 to 8.
        token : str
            The token's address; the token must have 6 to 18 decimals.
        cap : int
            The largest total of credits, in micro.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If the address is invalid, the cap does not fit in 128 bits, or the slot in 256.
        ChainError
            If the node or the contract reverts: ``OwnableUnauthorizedAccount``, ``NoSuchSlot``,
            ``SlotInUse``, ``AlreadyListed``, ``UnsupportedDecimals``.
        """
        return self._send("listAsset", *Listing(asset, token, cap).arguments())

    def set_cap(self, asset: int, cap: int) -> int:
        """Change a cap; one below the total stops deposits. Otherwise like `list_asset`."""
        return self._send("setCap", _slot(asset), _cap(cap))

    def list_asset_call(self, asset: int, token: str, cap: int = NO_CAP) -> bytes:
        """Return the calldata of a listing, for a timelock that owns the vault; see `list_asset`."""
        return self._encoded("listAsset", *Listing(asset, token, cap).arguments())

    def set_cap_call(self, asset: int, cap: int) -> bytes:
        """Return the calldata of a change of a cap; otherwise like `list_asset_call`."""
        return self._encoded("setCap", _slot(asset), _cap(cap))

    def set_operator(self, operator: str) -> int:
        """Set the contract that moves credits, once; only the deployer can.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NotDeployer``, ``OperatorAlreadySet``, ``NotAContract``.
        """
        return self._send("setOperator", address_of("operator", operator))

    def claim(self, asset: int, to: str | None = None) -> int:
        """Collect the whole claim of the connection's account.

        Parameters
        ----------
        asset : int
            The slot.
        to : str, optional
            The receiver; by default the connection's account.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        ChainError
            If the node, the contract (``NothingOwed``, ``InvalidReceiver``) or the token rejects the call.
        """
        receiver = address_of("to", to or sender_of(self._web3))
        return self._send("claim", _slot(asset), receiver)

    def claim_of(self, asset: int, account: str) -> int:
        """Return the claim of an address, in micro.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        return int(self._ask("claimOf", _slot(asset), address_of("account", account)))

    def asset(self, asset: int) -> Asset | None:
        """Return the asset in a slot, or None if the slot is empty.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        found = Asset(*self._ask("assetOf", _slot(asset)))
        return None if found.token == NOBODY else found

    def owner(self) -> str:
        """Return the owner, who lists assets and sets caps.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        return str(self._ask("owner"))

    def operator(self) -> str | None:
        """Return the contract that moves credits, or None before it is set.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        return known(str(self._ask("operator")))


def _slot(asset: int) -> int:
    return fitting("asset", asset, 256)


def _cap(cap: int) -> int:
    return fitting("cap", cap, 128)
