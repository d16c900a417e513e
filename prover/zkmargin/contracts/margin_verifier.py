"""Clients of the contract MarginVerifier and of the demonstration's registry of snapshots.

The connection's default account (``web3.eth.default_account``), or else the node's first unlocked one, is the
*consumer*: the party that relies on a proof. The proof is valid for it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin.chain.contract import contract_errors, sender_of
from zkmargin.chain.node import connection
from zkmargin.chain.verifier import AMPLE_GAS, calldata, deploy_verifier, require_signals
from zkmargin.errors import InputError
from zkmargin.proofs.context import context_value

from .client import NOBODY, Client, address_of, fitting, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web3 import Web3

    from zkmargin.proving.artifacts import Proof

__all__ = ["Claim", "DemoSnapshotRegistry", "MarginVerifier"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A consumer's claim about an account.

    Attributes
    ----------
    account_commitment : int
        The account's commitment.
    action : bytes
        The purpose of the proof, 32 bytes; see `action_id`.
    deadline : int
        The deadline of the proof, in Unix time.
    requirement_bps : int
        The requirement, in 1/10 000 of the account's margin requirement.
    max_age : int
        The largest age of the snapshot, in seconds.
    """

    account_commitment: int
    action: bytes
    deadline: int
    requirement_bps: int
    max_age: int

    def context(self, chain_id: int, consumer: str) -> int:
        """Return the context of a proof for this claim; see `context_value`."""
        return context_value(chain_id, consumer, self.account_commitment, self.action, self.deadline)

    def arguments(self) -> tuple[Any, ...]:
        """Return IMarginVerifier's struct ``Claim``.

        Raises
        ------
        InputError
            If a value is out of range.
        """
        if len(self.action) != 32:
            raise InputError(f"expected 32 bytes, got {len(self.action)}", source="action")
        numbers = ("deadline", "requirement_bps", "max_age")
        return (
            word("account_commitment", self.account_commitment),
            self.action,
            *(fitting(name, getattr(self, name), 256) for name in numbers),
        )


class DemoSnapshotRegistry(Client):
    """A client of a registry whose owner publishes any root; for tests and demonstrations only.

    For the parameters see `Client`.
    """

    SOURCE = "demo/DemoSnapshotRegistry.sol"
    GAS = 200_000

    @classmethod
    def deploy(cls, node: str | Web3) -> Self:
        """Deploy a registry that the connection's account owns.

        Raises
        ------
        ChainError
            If the node is out of reach or the deployment fails.
        ToolchainError
            If the compiler is missing.
        """
        return cls._deploy(connection(node))

    def publish(self, root: int) -> int:
        """Publish a snapshot's root at the current time; returns the gas used.

        Raises
        ------
        InputError
            If the root does not fit in 256 bits.
        ChainError
            If the node or the contract rejects the call: ``NotOwner``, ``AlreadyPublished``.
        """
        return self._send("publish", word("root", root))

    def published_at(self, root: int) -> int:
        """Return the time of a root's publication, in Unix time; 0 if it is not published.

        Raises
        ------
        InputError
            If the root does not fit in 256 bits.
        ChainError
            If the node is out of reach, or there is no registry at the address.
        """
        return int(self._ask("publishedAt", word("root", root)))


class MarginVerifier(Client):
    """A client of a deployed MarginVerifier.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    registry : str
        The contract that publishes snapshots.
    """

    SOURCE = "MarginVerifier.sol"
    SIGNALS = 5
    """The number of public signals of its circuits."""
    # A consumption takes about 270 000; a fixed limit avoids gas estimates.
    GAS = 1_000_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        # A check returns nothing, so it would seem to succeed at an address without code.
        self.registry: str = self._ask("registry")

    @classmethod
    def deploy(cls, node: str | Web3, registry: str, verifiers: Mapping[int, str]) -> Self:
        """Deploy the circuits' verifiers and the contract over them.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        registry : str
            The address of the contract that publishes snapshots.
        verifiers : mapping of int to str
            The source from `zkmargin.chain.export_verifier` by the circuit's number, its place in
            ``circuits/instances.json``. Numbers may be missing.

        Raises
        ------
        InputError
            If a source is not a generated verifier, or proofs for its key can be forged.
        ToolchainError
            If the compiler is missing.
        ChainError
            If the node is out of reach or a deployment fails.
        """
        for source in verifiers.values():
            require_signals(source, cls.SIGNALS)
        web3 = connection(node)
        addresses = {number: deploy_verifier(web3, one).address for number, one in verifiers.items()}
        return cls.deploy_over(web3, registry, addresses)

    @classmethod
    def deploy_over(cls, node: str | Web3, registry: str, verifiers: Mapping[int, str]) -> Self:
        """Deploy the contract over deployed verifiers, by address; otherwise like `deploy`."""
        listed = [verifiers.get(number, NOBODY) for number in range(max(verifiers, default=-1) + 1)]
        return cls._deploy(connection(node), address_of("registry", registry), listed)

    def verifier(self, circuit: int) -> str | None:
        """Return the address of a circuit's verifier, or None if it has none."""
        found = str(self._ask("verifierOf", fitting("circuit", circuit, 256)))
        return None if found == NOBODY else found

    def context(self, claim: Claim) -> int:
        """Return the context of a proof for a claim, for this connection's chain and account."""
        consumer = sender_of(self._web3)
        with contract_errors("the chain's id", self._abi):
            return claim.context(self._web3.eth.chain_id, consumer)

    def check_health(self, claim: Claim, circuit: int, proof: Proof, public: Sequence[int]) -> None:
        """Check that a proof proves an account healthy, by a call without a transaction.

        Parameters
        ----------
        claim : Claim
            The expected claim.
        circuit : int
            The number of the proof's circuit.
        proof : Proof
            The proof.
        public : sequence of int
            The five public signals.

        Raises
        ------
        ChainError
            If the contract rejects it, with the custom error and its values, or the node is out of reach.
        InputError
            If there are not five signals, or a value does not fit its type.
        """
        self._check("checkHealth", claim, circuit, proof, public)

    def check_default(self, claim: Claim, circuit: int, proof: Proof, public: Sequence[int]) -> None:
        """Check that a proof proves an account in default; otherwise like `check_health`."""
        self._check("checkDefault", claim, circuit, proof, public)

    def consume_health(self, claim: Claim, circuit: int, proof: Proof, public: Sequence[int]) -> int:
        """Consume a proof of health, which succeeds only once; otherwise like `check_health`.

        Returns
        -------
        int
            Gas used by the transaction.
        """
        return self._consume("consumeHealth", claim, circuit, proof, public)

    def consume_default(self, claim: Claim, circuit: int, proof: Proof, public: Sequence[int]) -> int:
        """Consume a proof of default; otherwise like `consume_health`."""
        return self._consume("consumeDefault", claim, circuit, proof, public)

    def is_consumed(self, context: int) -> bool:
        """Return whether a context is consumed.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        return bool(self._ask("isConsumed", fitting("context", context, 256)))

    def _check(self, function: str, *given: Any) -> None:
        call = self._contract.functions[function](*_arguments(*given))
        sender = sender_of(self._web3)
        with contract_errors(function, self._abi):
            call.call({"from": sender, "gas": AMPLE_GAS})

    def _consume(self, function: str, *given: Any) -> int:
        return self._send(function, *_arguments(*given))


def _arguments(
    claim: Claim, circuit: int, proof: Proof, public: Sequence[int]
) -> tuple[tuple[Any, ...], ...]:
    if len(public) != MarginVerifier.SIGNALS:
        raise InputError(f"expected {MarginVerifier.SIGNALS} public signals, got {len(public)}")
    return claim.arguments(), (fitting("circuit", circuit, 256), *calldata(proof, public))
