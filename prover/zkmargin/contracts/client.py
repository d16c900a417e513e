"""The base of the clients of our contracts: calls, transactions and events, with custom errors by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from eth_abi.exceptions import DecodingError
from eth_typing import BlockNumber
from web3 import Web3
from web3.exceptions import Web3Exception

from zkmargin.chain.contract import contract_errors, create, our_contract, sender_of
from zkmargin.chain.node import node_errors, waits
from zkmargin.errors import ChainError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web3.types import EventData, FilterParams, LogReceipt, TxParams, TxReceipt

__all__ = ["NOBODY", "Client", "address_of", "fitting", "known", "logs_of", "word"]

NOBODY = "0x" + "00" * 20
"""The zero address."""

_CALLS = 100
"""The most calls in one request; many nodes refuse more."""


class Client:
    """A client of a deployed contract.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`. Its account sends the transactions.
    address : str
        The contract.
    """

    SOURCE: ClassVar[str]
    """The contract's source, relative to `contracts_folder`."""
    CALLED: ClassVar[tuple[str, ...]] = ()
    """The sources of the contracts that it calls, whose errors it passes on."""
    GAS: ClassVar[int]
    """The gas limit of its transactions."""

    transaction: bytes | None = None
    """The hash of the transaction that created the contract, if this client deployed it."""

    def __init__(self, web3: Web3, address: str) -> None:
        self._web3, self._abi = web3, self._interface()
        self._contract = web3.eth.contract(
            address=web3.to_checksum_address(address_of("address", address)), abi=self._abi
        )
        self.address: str = self._contract.address

    @property
    def web3(self) -> Web3:
        """The connection."""
        return self._web3

    @classmethod
    def _interface(cls) -> list[dict[str, Any]]:
        """Return the contract's interface, as the compiler describes it."""
        return our_contract(cls.SOURCE).abi

    @classmethod
    def _deploy(cls, web3: Web3, *arguments: Any) -> Self:
        address, transaction = create(web3, our_contract(cls.SOURCE), *arguments)
        client = cls(web3, address)
        client.transaction = transaction
        return client

    def _ask(self, function: str, *arguments: Any) -> Any:
        name = self.SOURCE.rpartition("/")[2].removesuffix(".sol")
        with contract_errors(f"call of {name}.{function}", self._abi, self.CALLED):
            return self._contract.functions[function](*arguments).call()

    def _ask_each(self, function: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call a function with many lists of arguments, in few requests of the node."""
        name, found = self.SOURCE.rpartition("/")[2].removesuffix(".sol"), []
        with contract_errors(f"calls of {name}.{function}", self._abi, self.CALLED):
            for start in range(0, len(arguments), _CALLS):
                with self._web3.batch_requests() as batch:
                    for one in arguments[start : start + _CALLS]:
                        batch.add(self._contract.functions[function](*one))
                    found += batch.execute()
        return found

    def _encoded(self, function: str, *arguments: Any) -> bytes:
        return bytes.fromhex(self._contract.encode_abi(function, args=arguments).removeprefix("0x"))

    def decoded(self, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """Return the function that calldata calls and its arguments by name, or None if it is not the contract's.

        Structs are tuples of their members.
        """
        try:
            function, arguments = self._contract.decode_function_input(data)
        except (Web3Exception, DecodingError, ValueError):
            return None
        return function.fn_name, {name: _without_names(value) for name, value in arguments.items()}

    def _send(self, function: str, *arguments: Any, gas: int | None = None) -> int:
        """Send a transaction and return the gas used; 0 if the connection does not wait for it."""
        receipt = self._transact(function, *arguments, gas=gas)
        return 0 if receipt is None else int(receipt["gasUsed"])

    def _transact(self, function: str, *arguments: Any, gas: int | None = None) -> TxReceipt | None:
        """Send a transaction and return its receipt; None if the connection does not wait for it."""
        call = self._contract.functions[function](*arguments)
        options: TxParams = {"from": sender_of(self._web3), "gas": gas or self.GAS}
        with contract_errors(function, self._abi, self.CALLED):
            # Called first: the receipt of a failed transaction does not give the reason.
            call.call(options)
            sent = call.transact(options)
            if not waits(self._web3):
                return None
            receipt = self._web3.eth.wait_for_transaction_receipt(sent)
        if receipt["status"] != 1:
            with contract_errors(function, self._abi, self.CALLED):
                # The transaction may fail for the time of its own block only.
                call.call(options, receipt["blockNumber"])
            raise ChainError(f"{function}: the transaction failed")
        return receipt

    def _logged(self, logs: Iterable[LogReceipt]) -> list[EventData]:
        """Return the contract's own events among logs, in order."""
        names = [entry["name"] for entry in self._abi if entry["type"] == "event"]
        kinds = {str(event.topic): event for event in (self._contract.events[name]() for name in names)}
        with contract_errors("events", self._abi):
            return [
                kinds[topic].process_log(log)
                for log in logs
                for topic in (one.to_0x_hex() for one in log["topics"][:1])
                if log["address"] == self.address and topic in kinds
            ]

    def _logs(self, from_block: int, to_block: int) -> list[EventData]:
        """Return the contract's events in a range of blocks, both ends included."""
        return self._logged(logs_of([self], from_block, to_block))


def logs_of(clients: Sequence[Client], from_block: int, to_block: int) -> list[LogReceipt]:
    """Return the logs of contracts in a range of blocks, both ends included, in order, by one request.

    Raises
    ------
    ChainError
        If the node is out of reach, or refuses so large a range.
    """
    if from_block > to_block:
        # Nodes answer differently to an empty range.
        return []
    wanted: FilterParams = {
        "address": [clients[0].web3.to_checksum_address(one.address) for one in clients],
        "fromBlock": BlockNumber(from_block),
        "toBlock": BlockNumber(to_block),
    }
    with node_errors("events"):
        return list(clients[0].web3.eth.get_logs(wanted))


def _without_names(value: Any) -> Any:
    """Return structs as tuples; web3 decodes them as mappings."""
    if isinstance(value, dict):
        return tuple(map(_without_names, value.values()))
    return [_without_names(one) for one in value] if isinstance(value, list | tuple) else value


def address_of(name: str, value: str) -> str:
    """Return an address with its checksum.

    Raises
    ------
    InputError
        If it is not an address.
    """
    if not Web3.is_address(value):
        raise InputError("expected an address: 0x and 40 hexadecimal digits", source=name)
    return Web3.to_checksum_address(value)


def known(address: str) -> str | None:
    """Return an address, or None for the zero address, which stands for nobody."""
    return None if address == NOBODY else address


def fitting(name: str, value: int, bits: int) -> int:
    """Return a number if it fits an unsigned type.

    Raises
    ------
    InputError
        If it does not fit.
    """
    if not 0 <= value < 2**bits:
        raise InputError(f"does not fit in {bits} bits", source=name)
    return value


def word(name: str, value: int) -> bytes:
    """Return a number as the 32 bytes of a ``bytes32``.

    Raises
    ------
    InputError
        If it does not fit.
    """
    return fitting(name, value, 256).to_bytes(32, "big")
