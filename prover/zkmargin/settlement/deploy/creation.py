"""The contracts of a market, and the arguments that a contract was created with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.contracts.auctions import Auctions
from zkmargin.contracts.batch_verifier import BatchVerifier
from zkmargin.contracts.batches import Batches
from zkmargin.contracts.collateral_vault import CollateralVault
from zkmargin.contracts.first_loss import FirstLoss
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.house import House
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.oracle_feed import OracleFeed
from zkmargin.contracts.timelock import Timelock
from zkmargin.contracts.wind_down import WindDown
from zkmargin.exports import needs_extra

with needs_extra("chain"):
    from eth_abi.abi import decode, encode
    from eth_abi.exceptions import DecodingError
    from eth_utils.abi import collapse_if_tuple

if TYPE_CHECKING:
    from zkmargin.chain.solidity import CompiledContract

__all__ = ["CLIENTS", "creation_arguments"]

CLIENTS = {
    # The keys come first: nothing else stands if the verifier refuses them.
    "batch_verifier": BatchVerifier,
    "batches": Batches,
    "timelock": Timelock,
    "guardian": Guardian,
    "feed": OracleFeed,
    "vault": CollateralVault,
    "insurance_fund": InsuranceFund,
    "first_loss": FirstLoss,
    "house": House,
    "auctions": Auctions,
    "wind_down": WindDown,
}
"""The clients of a market's contracts, by the attributes of `Addresses`, in the order of their deployment."""


def creation_arguments(compiled: CompiledContract, data: bytes) -> tuple[Any, ...] | None:
    """Return the arguments of a contract's constructor.

    Parameters
    ----------
    compiled : CompiledContract
    data : bytes
        What follows the code in the data of the creating transaction.

    Returns
    -------
    tuple or None
        Numbers, bytes, addresses in lower case, and tuples of them. None if the data is not what an encoder writes for
        any arguments; the contract might read it in another way.
    """
    inputs = [one["inputs"] for one in compiled.abi if one["type"] == "constructor"]
    kinds = [collapse_if_tuple(one) for one in (inputs[0] if inputs else ())]
    try:
        arguments = decode(kinds, data)
    except (DecodingError, OverflowError):
        return None
    return arguments if encode(kinds, arguments) == data else None
