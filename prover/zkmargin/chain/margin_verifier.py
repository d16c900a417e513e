"""Clients of the contract MarginVerifier and of the demonstration's registry of snapshots.

The connection's default account (``web3.eth.default_account``), or else the node's first unlocked one, is the
*consumer*: the party that relies on a proof, and for whom alone the proof is good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from ..context import context_value
from ..errors import ChainError, InputError
from .contracts import contract_errors, deploy, our_contract, sender_of
from .export import read_verifier
from .node import connect
from .verifier import AMPLE_GAS, calldata, deploy_verifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web3 import Web3

    from ..proving.artifacts import Proof

__all__ = ["Claim", "DemoSnapshotRegistry", "MarginVerifier"]

_VERIFIER = "MarginVerifier.sol"
_REGISTRY = "demo/DemoSnapshotRegistry.sol"
_NOBODY = "0x" + "00" * 20
_SIGNALS = 5

# A consumption takes about 270 000; with a fixed limit nothing depends on an estimate.
_CONSUME_GAS = 1_000_000


@dataclass(frozen=True, slots=True)
class Claim:
    """What a consumer asks of an account.

    Attributes
    ----------
    account_commitment : int
        The account.
    action : bytes
        What the proof is for, 32 bytes; see `zkmargin.context.action_id`.
    deadline : int
        The last second at which the proof may be used, since 1970.
    requirement_bps : int
        The requirement, in 1/10 000 of the account's margin requirement.
    max_age : int
        How long ago the snapshot may have been published, in seconds.
    """

    account_commitment: int
    action: bytes
    deadline: int
    requirement_bps: int
    max_age: int

    def context(self, chain_id: int, consumer: str) -> int:
        """Return the context that a proof for this claim carries; see `zkmargin.context.context_value`."""
        return context_value(chain_id, consumer, self.account_commitment, self.action, self.deadline)


class DemoSnapshotRegistry:
    """A client of the registry that believes its owner; for tests and demonstrations only.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`.
    address : str
        The contract.
    """

    def __init__(self, web3: Web3, address: str) -> None:
        self._web3, self._abi = web3, our_contract(_REGISTRY).abi
        self._contract = web3.eth.contract(address=web3.to_checksum_address(address), abi=self._abi)
        self.address: str = self._contract.address

    @classmethod
    def deploy(cls, url: str) -> Self:
        """Deploy a registry that the connection's account owns.

        Raises
        ------
        ChainError
            If the node is out of reach or the deployment fails.
        ToolchainError
            If the compiler is missing.
        """
        web3 = connect(url)
        return cls(web3, deploy(web3, our_contract(_REGISTRY)).address)

    def publish(self, root: int) -> None:
        """Publish a snapshot's root, as of now.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``NotOwner``, ``AlreadyPublished``.
        """
        _transact(self._web3, self._contract.functions.publish(_word("root", root)), "publication", self._abi)

    def published_at(self, root: int) -> int:
        """Return when a root was published, in seconds since 1970; 0 if it was not.

        Raises
        ------
        ChainError
            If the node is out of reach, or there is no registry at the address.
        """
        with contract_errors("call of the registry", self._abi):
            return int(self._contract.functions.publishedAt(_word("root", root)).call())


class MarginVerifier:
    """A client of a deployed MarginVerifier.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`.
    address : str
        The contract.

    Raises
    ------
    ChainError
        If there is no such contract at the address.
    """

    def __init__(self, web3: Web3, address: str) -> None:
        self._web3, self._abi = web3, our_contract(_VERIFIER).abi
        self._contract = web3.eth.contract(address=web3.to_checksum_address(address), abi=self._abi)
        self.address: str = self._contract.address
        # A check returns nothing, so at an address without code it would seem to succeed.
        with contract_errors("MarginVerifier", self._abi):
            self.registry: str = self._contract.functions.registry().call()

    @classmethod
    def deploy(cls, url: str, registry: str, verifiers: Mapping[int, str]) -> Self:
        """Deploy the circuits' verifiers and the contract that puts them together.

        Parameters
        ----------
        url : str
            The node.
        registry : str
            The address of the contract that knows the snapshots.
        verifiers : mapping of int to str
            By the circuit's number (its place in ``circuits/instances.json``), what
            `zkmargin.chain.export_verifier` returned. Numbers may be left out.

        Raises
        ------
        InputError
            If a source is not such a verifier, or proofs for its key can be forged.
        ToolchainError
            If the compiler is missing.
        ChainError
            If the node is out of reach or a deployment fails.
        """
        for source in verifiers.values():
            count = read_verifier(source).n_public
            if count != _SIGNALS:
                raise InputError(f"{count} public signals where a margin circuit has {_SIGNALS}")
        addresses = [_NOBODY] * (max(verifiers, default=-1) + 1)
        for number, source in verifiers.items():
            addresses[number] = deploy_verifier(url, source).address
        web3 = connect(url)
        return cls(web3, deploy(web3, our_contract(_VERIFIER), registry, addresses).address)

    def context(self, claim: Claim) -> int:
        """Return the context that a proof for a claim carries, for this connection's chain and account."""
        consumer = sender_of(self._web3)
        with contract_errors("the chain's id", self._abi):
            return claim.context(self._web3.eth.chain_id, consumer)

    def check_health(self, claim: Claim, circuit: int, proof: Proof, public: Sequence[int]) -> None:
        """Ask whether a proof shows that an account is healthy, without a transaction.

        Parameters
        ----------
        claim : Claim
            What is asked.
        circuit : int
            The number of the proof's circuit.
        proof : Proof
            The proof.
        public : sequence of int
            Its five public signals.

        Raises
        ------
        ChainError
            If it does not, with the contract's error and its values; or if the node is out of reach.
        InputError
            If there are not five signals, or a value does not fit its type.
        """
        self._check("checkHealth", claim, circuit, proof, public)

    def check_default(self, claim: Claim, circuit: int, proof: Proof, public: Sequence[int]) -> None:
        """Ask whether a proof shows that an account is in default; otherwise like `check_health`."""
        self._check("checkDefault", claim, circuit, proof, public)

    def consume_health(self, claim: Claim, circuit: int, proof: Proof, public: Sequence[int]) -> int:
        """Use a proof of health, which works once; otherwise like `check_health`.

        Returns
        -------
        int
            Gas used, all in.
        """
        return self._consume("consumeHealth", claim, circuit, proof, public)

    def consume_default(self, claim: Claim, circuit: int, proof: Proof, public: Sequence[int]) -> int:
        """Use a proof of default; otherwise like `consume_health`."""
        return self._consume("consumeDefault", claim, circuit, proof, public)

    def is_consumed(self, context: int) -> bool:
        """Return whether a proof was used for a context.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        with contract_errors("call of MarginVerifier", self._abi):
            return bool(self._contract.functions.isConsumed(context).call())

    def _check(self, function: str, *given: Any) -> None:
        call = self._contract.functions[function](*_arguments(*given))
        sender = sender_of(self._web3)
        with contract_errors(function, self._abi):
            call.call({"from": sender, "gas": AMPLE_GAS})

    def _consume(self, function: str, *given: Any) -> int:
        call = self._contract.functions[function](*_arguments(*given))
        return _transact(self._web3, call, function, self._abi)


def _arguments(
    claim: Claim, circuit: int, proof: Proof, public: Sequence[int]
) -> tuple[tuple[Any, ...], ...]:
    if len(public) != _SIGNALS:
        raise InputError(f"{len(public)} public signals where a margin proof has {_SIGNALS}")
    if len(claim.action) != 32:
        raise InputError(f"{len(claim.action)} bytes where 32 belong", source="action")
    account = _word("account_commitment", claim.account_commitment)
    numbers = (claim.deadline, claim.requirement_bps, claim.max_age, circuit)
    for name, number in zip(("deadline", "requirement_bps", "max_age", "circuit"), numbers, strict=True):
        _word(name, number)
    asked = (account, claim.action, claim.deadline, claim.requirement_bps, claim.max_age)
    return asked, (circuit, *calldata(proof, public))


def _transact(web3: Web3, call: Any, what: str, abi: list[dict[str, Any]]) -> int:
    options = {"from": sender_of(web3), "gas": _CONSUME_GAS}
    with contract_errors(what, abi):
        # Asked first: the receipt of a failed transaction does not say why.
        call.call(options)
        receipt = web3.eth.wait_for_transaction_receipt(call.transact(options))
    if receipt["status"] != 1:
        raise ChainError(f"{what}: the transaction failed")
    return int(receipt["gasUsed"])


def _word(name: str, value: int) -> bytes:
    if not 0 <= value < 2**256:
        raise InputError("does not fit in 256 bits", source=name)
    return value.to_bytes(32, "big")
