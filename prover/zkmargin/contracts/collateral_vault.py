"""A client of the contract CollateralVault: who lists assets, and who is owed something, use it.

Amounts are in micro, 1e-6 of the asset, as in an account. Only the vault's operator moves credits, and that
is a contract: there is nothing here for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.chain.contract import sender_of
from zkmargin.chain.node import connection

from .client import NOBODY, Client, address_of, fitting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3 import Web3

__all__ = ["CASH", "NO_CAP", "Asset", "CollateralVault", "Listing"]

CASH = 8
"""The slot of the quote token; 0 to 7 are the collateral amounts of an account in their order."""

NO_CAP = 2**128 - 1
"""The largest cap that there is."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is to be in a slot of a new vault.

    Attributes
    ----------
    asset : int
        The slot, 0 to 8.
    token : str
        The token's address. It has 6 to 18 decimals.
    cap : int
        The most credits that it may have by deposits, in micro.
    """

    asset: int
    token: str
    cap: int = NO_CAP

    def arguments(self) -> tuple[int, str, int]:
        """Return ICollateralVault's struct ``Listing``.

        Raises
        ------
        InputError
            If the address is none, or a number does not fit its type.
        """
        return _slot(self.asset), address_of("token", self.token), _cap(self.cap)


@dataclass(frozen=True, slots=True)
class Asset:
    """What is in a slot of the vault.

    Attributes
    ----------
    token : str
        The token's address.
    scale : int
        Units of the token in one micro: 10**(decimals - 6).
    cap : int
        The most that `total` may become by a deposit, in micro.
    total : int
        Credits of all accounts together, in micro.
    owed : int
        Claims of all receivers together, in micro.
    """

    token: str
    scale: int
    cap: int
    total: int
    owed: int

    @property
    def backing(self) -> int:
        """What the vault must hold, in the token's own unit."""
        return (self.total + self.owed) * self.scale

    @property
    def room(self) -> int:
        """What may still be deposited, in micro."""
        return max(0, self.cap - self.total)


class CollateralVault(Client):
    """A client of a deployed CollateralVault.

    The parameters are those of `zkmargin.contracts.client.Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.
    """

    SOURCE = "CollateralVault.sol"
    CALLED = ("demo/DemoToken.sol",)
    # A claim takes about 60 000 and a token may want more; with a fixed limit nothing depends on an estimate.
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
            Who lists further assets and sets caps; the connection's account if not given.
        listings : sequence of Listing
            What it holds from the start.

        Raises
        ------
        InputError
            If an address is none, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract refuses what it is given: ``NoSuchSlot``,
            ``SlotInUse``, ``AlreadyListed``, ``UnsupportedDecimals``.
        """
        web3 = connection(node)
        arguments = address_of("owner", owner or sender_of(web3)), [one.arguments() for one in listings]
        return cls._deploy(web3, *arguments)

    def list_asset(self, asset: int, token: str, cap: int = NO_CAP) -> int:
        """List a token in a slot that has neither credits nor claims. For the owner.

        Parameters
        ----------
        asset : int
            The slot, 0 to 8.
        token : str
            The token's address. It has 6 to 18 decimals.
        cap : int
            The most credits that it may have, in micro.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            If the address is none, the cap does not fit in 128 bits, or the slot in 256.
        ChainError
            If the node or the contract refuses: ``OwnableUnauthorizedAccount``, ``NoSuchSlot``,
            ``SlotInUse``, ``AlreadyListed``, ``UnsupportedDecimals``.
        """
        return self._send("listAsset", *Listing(asset, token, cap).arguments())

    def set_cap(self, asset: int, cap: int) -> int:
        """Change a cap; below the credits, the asset only flows out. Otherwise like `list_asset`."""
        return self._send("setCap", _slot(asset), _cap(cap))

    def list_asset_call(self, asset: int, token: str, cap: int = NO_CAP) -> bytes:
        """Return the calldata of a listing, for a timelock that owns the vault; see `list_asset`."""
        return self._encoded("listAsset", *Listing(asset, token, cap).arguments())

    def set_cap_call(self, asset: int, cap: int) -> bytes:
        """Return the calldata of a change of a cap; otherwise like `list_asset_call`."""
        return self._encoded("setCap", _slot(asset), _cap(cap))

    def set_operator(self, operator: str) -> int:
        """Set the contract that alone moves credits, once. For who deployed the vault.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``NotDeployer``, ``OperatorAlreadySet``, ``NotAContract``.
        """
        return self._send("setOperator", address_of("operator", operator))

    def claim(self, asset: int, to: str | None = None) -> int:
        """Have all that the connection's account is owed paid.

        Parameters
        ----------
        asset : int
            The slot.
        to : str, optional
            Who gets it; the connection's account if not given.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        ChainError
            If the node, the contract (``NothingOwed``, ``InvalidReceiver``) or the token refuses.
        """
        receiver = address_of("to", to or sender_of(self._web3))
        return self._send("claim", _slot(asset), receiver)

    def claim_of(self, asset: int, account: str) -> int:
        """Return what an account can claim, in micro.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        return int(self._ask("claimOf", _slot(asset), address_of("account", account)))

    def asset(self, asset: int) -> Asset | None:
        """Return what is in a slot, or None where nothing is listed.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        found = Asset(*self._ask("assetOf", _slot(asset)))
        return None if found.token == NOBODY else found

    def owner(self) -> str:
        """Return who lists assets and sets caps.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        return str(self._ask("owner"))

    def operator(self) -> str | None:
        """Return the contract that alone moves credits, or None before it is set.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        found = str(self._ask("operator"))
        return None if found == NOBODY else found


def _slot(asset: int) -> int:
    return fitting("asset", asset, 256)


def _cap(cap: int) -> int:
    return fitting("cap", cap, 128)
