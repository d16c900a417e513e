"""The account and its commitment.

Step 1 of the statement. The commitment depends only on the account, not on the circuit that opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .checks import SpecError, check_field, check_length, check_magnitude, check_signed, check_unsigned
from .constants import (
    AMOUNT_BITS,
    CASH_BITS,
    CHUNKS,
    COLLATERALS,
    FIELD,
    ID_BITS,
    INSTRUMENTS,
    LOT_BITS,
    MAX_POSITIONS,
    POSITION_BITS,
    POSITIONS_PER_CHUNK,
    POSITIONS_PER_ELEMENT,
)
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from collections.abc import Iterable


# The values of an account have no repr, so that secrets stay out of logs and tracebacks.
@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """A position: lots of one instrument.

    Parameters
    ----------
    instrument : int
        The id, 4096 underlying + index; 15 bits.
    lots : int
        Long if positive, short if negative; not 0, below 2^31 in magnitude.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    instrument: int
    lots: int

    def __post_init__(self) -> None:  # noqa: D105
        check_unsigned("instrument", self.instrument, ID_BITS)
        check_magnitude("lots", self.lots, LOT_BITS)
        if self.lots == 0:
            raise SpecError("lots", "must not be 0; omit the position")

    @property
    def underlying(self) -> int:
        """The underlying's number, 0 to 7."""
        return self.instrument // INSTRUMENTS

    @property
    def index(self) -> int:
        """The instrument's number within its underlying, 0 to 4095."""
        return self.instrument % INSTRUMENTS


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """The opening of an account commitment.

    Parameters
    ----------
    owner : int
        The owner: a field element, such as Poseidon of a public key, or an address.
    nonce : int
        The number of the account's state; a field element.
    salt : int
        248 random bits that keep the commitment from being guessed; a field element.
    cash : int
        The running balance in micro-quote; -2^83 <= cash < 2^83.
    amounts : tuple of int
        8 collateral amounts in 1e-6 of the asset, each below 2^64.
    positions : tuple of Position
        At most 128 positions; the commitment depends on their order.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    owner: int
    nonce: int
    salt: int
    cash: int
    amounts: tuple[int, ...]
    positions: tuple[Position, ...]

    def __post_init__(self) -> None:  # noqa: D105
        check_field("owner", self.owner)
        check_field("nonce", self.nonce)
        check_field("salt", self.salt)
        check_signed("cash", self.cash, CASH_BITS)
        check_length("amounts", self.amounts, COLLATERALS)
        for i, amount in enumerate(self.amounts):
            check_unsigned(f"amounts[{i}]", amount, AMOUNT_BITS)
        if type(self.positions) is not tuple or len(self.positions) > MAX_POSITIONS:
            raise SpecError("positions", f"expected a tuple of at most {MAX_POSITIONS}")


def element(slots: Iterable[tuple[int, int]]) -> int:
    """Pack five slots into a field element: ``sum_j (id_j + 2^15 (lots_j + 2^31)) 2^(47 j)``.

    Parameters
    ----------
    slots : Iterable of (int, int)
        Five pairs of id and lots; an empty slot is (0, 0).

    Returns
    -------
    int
        A number of 235 bits.
    """
    digits = (instrument + ((lots + 2**LOT_BITS) << ID_BITS) for instrument, lots in slots)
    return sum(digit << POSITION_BITS * j for j, digit in enumerate(digits))


def chunk(positions: tuple[Position, ...], hasher: Hasher = poseidon) -> int:
    """Hash at most 20 positions, padded with empty slots: ``Poseidon`` of 4 elements.

    Parameters
    ----------
    positions : tuple of Position
    hasher : Hasher

    Returns
    -------
    int
    """
    slots = [(position.instrument, position.lots) for position in positions]
    slots += [(0, 0)] * (POSITIONS_PER_CHUNK - len(slots))
    starts = range(0, POSITIONS_PER_CHUNK, POSITIONS_PER_ELEMENT)
    return hasher([element(slots[i : i + POSITIONS_PER_ELEMENT]) for i in starts])


def positions_hash(positions: tuple[Position, ...], hasher: Hasher = poseidon) -> int:
    """Hash the list of positions: ``Poseidon`` of its 7 chunks.

    Parameters
    ----------
    positions : tuple of Position
    hasher : Hasher

    Returns
    -------
    int
    """
    starts = range(0, CHUNKS * POSITIONS_PER_CHUNK, POSITIONS_PER_CHUNK)
    return hasher([chunk(positions[i : i + POSITIONS_PER_CHUNK], hasher) for i in starts])


def commitment(account: Account, hasher: Hasher = poseidon) -> int:
    """Commit to an account.

    Parameters
    ----------
    account : Account
    hasher : Hasher

    Returns
    -------
    int
        ``Poseidon(owner, nonce, salt, cash mod r, Poseidon(amounts), positionsHash)``
    """
    amounts = hasher(account.amounts)
    positions = positions_hash(account.positions, hasher)
    return hasher((account.owner, account.nonce, account.salt, account.cash % FIELD, amounts, positions))
