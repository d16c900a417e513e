"""What the clients of our contracts have in common: calls, transactions and calldata, with errors by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from web3 import Web3

from ..errors import ChainError, InputError
from .contracts import contract_errors, our_contract, sender_of

__all__ = ["Client", "address_of", "fitting"]

if TYPE_CHECKING:
    from web3.types import TxParams


class Client:
    """A client of a deployed contract.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`; its account sends the transactions.
    address : str
        The contract.
    """

    SOURCE: ClassVar[str]
    """The contract's source, below `zkmargin.chain.contracts.contracts_folder`."""
    GAS: ClassVar[int]
    """What its transactions may use at most."""

    def __init__(self, web3: Web3, address: str) -> None:
        self._web3, self._abi = web3, our_contract(self.SOURCE).abi
        self._contract = web3.eth.contract(address=web3.to_checksum_address(address), abi=self._abi)
        self.address: str = self._contract.address

    def _ask(self, function: str, *arguments: Any) -> Any:
        name = self.SOURCE.removesuffix(".sol")
        with contract_errors(f"call of {name}.{function}", self._abi):
            return self._contract.functions[function](*arguments).call()

    def _encoded(self, function: str, *arguments: Any) -> bytes:
        return bytes.fromhex(self._contract.encode_abi(function, args=arguments).removeprefix("0x"))

    def _send(self, function: str, *arguments: Any) -> int:
        """Send a transaction and return the gas that it used, all in."""
        call = self._contract.functions[function](*arguments)
        options: TxParams = {"from": sender_of(self._web3), "gas": self.GAS}
        with contract_errors(function, self._abi):
            # Asked first: the receipt of a failed transaction does not say why.
            call.call(options)
            receipt = self._web3.eth.wait_for_transaction_receipt(call.transact(options))
        if receipt["status"] != 1:
            raise ChainError(f"{function}: the transaction failed")
        return int(receipt["gasUsed"])


def address_of(name: str, value: str) -> str:
    """Return an address with its checksum.

    Raises
    ------
    InputError
        If it is none.
    """
    if not Web3.is_address(value):
        raise InputError("no address", source=name)
    return Web3.to_checksum_address(value)


def fitting(name: str, value: int, bits: int) -> int:
    """Return a number that fits an unsigned type.

    Raises
    ------
    InputError
        If it does not.
    """
    if not 0 <= value < 2**bits:
        raise InputError(f"does not fit in {bits} bits", source=name)
    return value
