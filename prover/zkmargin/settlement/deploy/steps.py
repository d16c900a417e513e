"""The steps of a deployment: each contract is created once, also by a run that goes on after a failure."""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hexbytes import HexBytes
from web3.middleware import Web3Middleware

from zkmargin.chain.node import node_errors
from zkmargin.errors import ChainError

from .journal import Created, Sending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from web3 import Web3
    from web3.types import RPCEndpoint

    from zkmargin.contracts.client import Client
    from zkmargin.proving.setup import Progress

    from .journal import Journal

__all__ = ["Steps"]

_PATIENCE = 120
"""The longest wait for transactions of an earlier run, in seconds."""


class Steps:
    """Runs and reports the steps of a deployment.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`; its account deploys.
    journal : Journal
    total : int
        The number of steps.
    progress : callable, optional
        Called with the present step's name, the number of finished steps, and the number of all steps.
    """

    def __init__(self, web3: Web3, journal: Journal, total: int, progress: Progress | None) -> None:
        self._web3, self._journal = web3, journal
        self._done, self._total, self._progress = 0, total, progress

    @property
    def addresses(self) -> Mapping[str, str]:
        """The addresses of the contracts so far, by attribute of `Addresses`."""
        return {name: one.address for name, one in self._journal.begun.contracts.items()}

    def report(self, what: str) -> None:
        """Report the step that begins."""
        if self._progress is not None:
            self._progress(what, self._done, self._total)
        self._done += 1

    def create(self, name: str, make: Callable[[], Client]) -> None:
        """Create a contract, unless it stands already.

        Parameters
        ----------
        name : str
            The contract's attribute in `Addresses`.
        make : callable
            Deploys it.

        Raises
        ------
        ChainError
            If the node is out of reach, the creation fails, or there is no contract where one stood.
        """
        self.report(f"deploying {name}")
        known = self._journal.begun.contracts.get(name)
        if known is not None:
            self._require_code(name, known)
            return
        found = self._sent(name)
        if found is None:
            with _watched(self._web3, lambda data: self._record(name, data)):
                made = make()
            found = Created(made.address, made.transaction or b"")
        self._journal.created(name, found)

    def set_once(self, what: str, found: str | None, wanted: str, act: Callable[[str], int]) -> None:
        """Set a reference that can be set once, unless it has been set.

        Raises
        ------
        ChainError
            If the node is out of reach, or the reference is another one.
        """
        self.report(f"setting {what}")
        if found is None:
            act(wanted)
        elif found != wanted:
            raise ChainError(f"{what} is {found}, expected {wanted}; another deployment has set it")

    def settle_pending(self) -> None:
        """Wait until no transaction of an earlier run is pending.

        Raises
        ------
        ChainError
            If the node is out of reach, or some stay pending.
        """
        until = time.monotonic() + _PATIENCE
        while self._count("pending") > self._count("latest"):
            if time.monotonic() > until:
                raise ChainError(
                    "transactions of the deployer are pending; run again once they are in blocks"
                )
            time.sleep(1)

    def _record(self, name: str, data: bytes) -> None:
        with node_errors("the latest block"):
            block = self._web3.eth.block_number
        self._journal.sending(Sending(name, self._count("pending"), block, _sha256(data)))

    def _sent(self, name: str) -> Created | None:
        """Return the contract that an earlier run has created without seeing it."""
        sending = self._journal.begun.sending
        if sending is None or sending.name != name or self._count("latest") <= sending.nonce:
            return None
        with node_errors("the deployer's transactions"):
            for number in range(sending.block, self._web3.eth.block_number + 1):
                for one in self._web3.eth.get_block(number, full_transactions=True)["transactions"]:
                    if isinstance(one, bytes) or not self._is_of(sending, one):
                        continue
                    receipt = self._web3.eth.get_transaction_receipt(one["hash"])
                    address = receipt["contractAddress"]
                    if receipt["status"] == 1 and address is not None:
                        return Created(address, bytes(one["hash"]))
        return None

    def _is_of(self, sending: Sending, sent: Any) -> bool:
        mine = sent["from"] == self._journal.begun.deployer and sent["nonce"] >= sending.nonce
        return mine and _sha256(bytes(sent["input"])) == sending.data

    def _require_code(self, name: str, known: Created) -> None:
        with node_errors("the contracts' code"):
            code = self._web3.eth.get_code(self._web3.to_checksum_address(known.address))
        if not code:
            raise ChainError(
                f"{self._journal.name}: no contract at {known.address} ({name}): the chain has been reset or "
                "reorganised; delete the file to begin again"
            )

    def _count(self, block: str) -> int:
        address = self._web3.to_checksum_address(self._journal.begun.deployer)
        with node_errors("the deployer's transactions"):
            return self._web3.eth.get_transaction_count(
                address, "pending" if block == "pending" else "latest"
            )


@contextmanager
def _watched(web3: Web3, before: Callable[[bytes], None]) -> Iterator[None]:
    """Call a function with the data of each transaction before it is sent."""

    class Watch(Web3Middleware):
        def request_processor(self, method: RPCEndpoint, params: Any) -> tuple[RPCEndpoint, Any]:
            if method == "eth_sendTransaction":
                before(bytes(HexBytes(params[0]["data"])))
            return method, params

    web3.middleware_onion.add(Watch, "watch")
    try:
        yield
    finally:
        web3.middleware_onion.remove("watch")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
