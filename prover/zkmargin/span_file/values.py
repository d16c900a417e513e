"""Conversion of contracts from the units of a SPAN file to those of a risk table."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text
from zkmargin.errors import InputError
from zkmargin.spec.checks import SpecError
from zkmargin.spec.rounding import round_row

if TYPE_CHECKING:
    from zkmargin.spec.table import Row

    from .contents import Contract, Expiry, Family, PriceFormat, SpanFile

__all__ = [
    "Valued",
    "checked_row",
    "contract_name",
    "price_format",
    "settlement_prices",
    "value_contract",
]

_MICRO = 10**6


@dataclass(frozen=True, slots=True)
class Valued:
    """A contract with its prices.

    Attributes
    ----------
    contract : Contract
    price : Decimal
        The settlement price.
    underlying_price : Decimal
        The price of an option's underlying; for other contracts their own price.
    value_factor : Decimal
        The gain of the contract when its price rises by 1.
    """

    contract: Contract
    price: Decimal
    underlying_price: Decimal
    value_factor: Decimal

    def row(self, short_option_minimum: Decimal | int) -> Row:
        """Return the row of one contract.

        Parameters
        ----------
        short_option_minimum : Decimal or int
            Units of the currency per short option.

        Raises
        ------
        SpecError
            If a value is out of range.
        """
        factor = Fraction(self.value_factor)
        delta = Fraction(self.contract.delta) * Fraction(self.underlying_price) * factor
        amounts = [Fraction(-loss) for loss in self.contract.losses]
        slots = [amount * _MICRO for amount in (*amounts, Fraction(self.price) * factor, delta)]
        short = Fraction(short_option_minimum) if self.contract.family.is_option else Fraction(0)
        return round_row(slots, short * _MICRO, Fraction(0))


def value_contract(
    contract: Contract, file: SpanFile, prices: dict[tuple[str, ...], Decimal]
) -> Valued | str:
    """Find the prices of a contract.

    Parameters
    ----------
    contract : Contract
    file : SpanFile
    prices : dict
        From `settlement_prices`.

    Returns
    -------
    Valued or str
        The contract with its prices, or the reason why it has none.
    """
    form = price_format(contract, file)
    if contract.settlement is None:
        return "no settlement price"
    price = Decimal(contract.settlement).scaleb(-form.decimals)
    underlying = price
    if contract.family.is_option:
        found = prices.get(_underlying_key(contract))
        if found is None:
            return "no price of the option's underlying"
        underlying = found
    ranges = file.ranges.get((contract.family, contract.expiry))
    own = contract.value_factor or (ranges.value_factor if ranges else None)
    return Valued(contract, price, underlying, own or form.value_factor)


def settlement_prices(file: SpanFile) -> dict[tuple[str, ...], Decimal]:
    """Return the settlement prices of options' underlyings, by exchange, product, type and month."""
    prices = {}
    for one in file.contracts:
        if not one.family.is_option and one.settlement is not None:
            decimals = price_format(one, file).decimals
            prices[_key(one.family, one.family.product, one.expiry)] = Decimal(one.settlement).scaleb(
                -decimals
            )
    return prices


def price_format(contract: Contract, file: SpanFile) -> PriceFormat:
    """Return the price format of a contract.

    Raises
    ------
    InputError
        If the file has no type P record of its family; XML always has a format.
    """
    form = file.formats.get(contract.family)
    if form is None:
        reason = f"no type P record of {contract.family}: its prices cannot be read"
        raise InputError(reason, key=f"line {contract.line}")
    return form


def contract_name(contract: Contract, form: PriceFormat) -> str:
    """Return the name of a contract: ``CME-ES-FUT-201903``, ``CME-ES-OOF-201903-201902-C-2500``.

    The month of an option's own expiry follows that of its underlying.
    """
    months = f"{contract.expiry.month}{contract.expiry.day}"
    parts = [str(contract.family), months]
    if contract.family.is_option:
        strike = Decimal(contract.strike).scaleb(-form.strike_decimals if form.strike_is_plain else 0)
        own = f"{contract.expiry.option_month}{contract.expiry.option_day}"
        parts += [own, contract.right, decimal_text(strike)]
    return "-".join(part for part in parts if part)


def checked_row(valued: Valued, short_option_minimum: Decimal | int, name: str) -> Row:
    """Return the row of one contract.

    Raises
    ------
    InputError
        With the contract's name, if a value does not fit into its slot.
    """
    try:
        return valued.row(short_option_minimum)
    except SpecError as error:
        reason = f"{error.key} of one contract in micro-quote: {error.reason}"
        raise InputError(reason, key=name) from None


def _underlying_key(contract: Contract) -> tuple[str, ...]:
    """Return the key of the price of an option's underlying."""
    return _key(contract.family, contract.underlying or contract.family.product, contract.expiry)


def _key(family: Family, product: str, expiry: Expiry) -> tuple[str, ...]:
    kind = {"OOF": "FUT", "OOP": "PHY", "OOC": "CMB"}.get(family.kind, family.kind)
    return (family.exchange, product, kind, expiry.month, expiry.day)
