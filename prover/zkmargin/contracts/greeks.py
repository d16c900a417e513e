"""A client of the contract Greeks: Black-76 on chain, docs/greeks-on-chain.md.

Numbers are exact decimals of the contract's integers in units of 1e-18.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from zkmargin.chain.node import connection
from zkmargin.errors import InputError

from .client import Client, fitting

if TYPE_CHECKING:
    from web3 import Web3

__all__ = ["Greeks", "Option", "OptionGreeks"]

_DIGITS = 18
_INFINITE = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Option:
    """A European option on a forward.

    Attributes
    ----------
    forward, strike : Decimal
        In the quote currency, 1e-9 to 1e9, at most 18 decimals.
    volatility : Decimal
        Annual volatility of the forward, 1 is 100 %; at most 18 decimals.
    time_to_expiry : int
        In seconds; a year has 365 days.
    is_call : bool
        Call or put.
    """

    forward: Decimal
    strike: Decimal
    volatility: Decimal
    time_to_expiry: int
    is_call: bool

    def arguments(self) -> tuple[Any, ...]:
        """Return Black76's struct ``Option``.

        Raises
        ------
        InputError
            If a number has more than 18 decimals, or does not fit its type.
        """
        names = ("forward", "strike", "volatility")
        parts = (_units(name, getattr(self, name)) for name in names)
        return *parts, fitting("time_to_expiry", self.time_to_expiry, 256), self.is_call


@dataclass(frozen=True, slots=True)
class OptionGreeks:
    """Price, delta and gamma of an option.

    Attributes
    ----------
    price, delta, gamma : Decimal
        Gamma is infinite at the strike without time or volatility left.
    """

    price: Decimal
    delta: Decimal
    gamma: Decimal


class Greeks(Client):
    """A client of a deployed Greeks.

    For the parameters see `Client`.
    """

    SOURCE = "Greeks.sol"
    # The contract has no transactions.
    GAS = 0

    @classmethod
    def deploy(cls, node: str | Web3) -> Self:
        """Deploy the contract.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.

        Raises
        ------
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach or the deployment fails.
        """
        return cls._deploy(connection(node))

    def price(self, option: Option) -> Decimal:
        """Return the price of an option; otherwise like `greeks`."""
        return _decimal(self._ask("price", option.arguments()))

    def delta(self, option: Option) -> Decimal:
        """Return the delta of an option; otherwise like `greeks`."""
        return _decimal(self._ask("delta", option.arguments()))

    def gamma(self, option: Option) -> Decimal:
        """Return the gamma of an option; otherwise like `greeks`."""
        return _gamma(self._ask("gamma", option.arguments()))

    def greeks(self, option: Option) -> OptionGreeks:
        """Return price, delta and gamma of an option.

        Raises
        ------
        InputError
            If a number has more than 18 decimals, or does not fit its type.
        ChainError
            If the contract reverts (``ForwardOutOfRange``, ``StrikeOutOfRange``, ``VolatilityOutOfRange``,
            ``TimeOutOfRange``), or the node is out of reach.
        """
        price, delta, gamma = self._ask("greeks", option.arguments())
        return OptionGreeks(_decimal(price), _decimal(delta), _gamma(gamma))


def _units(name: str, number: Decimal) -> int:
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent < -_DIGITS or exponent > _DIGITS:
        raise InputError(f"expected a number with at most {_DIGITS} decimals", source=name)
    value = int("".join(map(str, digits))) * 10 ** (exponent + _DIGITS)
    return fitting(name, -value if sign else value, 256)


def _gamma(units: int) -> Decimal:
    return Decimal("Infinity") if units == _INFINITE else _decimal(units)


def _decimal(units: int) -> Decimal:
    # Exactly: `scaleb` would round to the context's precision.
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), -_DIGITS))
