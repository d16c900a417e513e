"""Deploy and call the generated Groth16 verifier contract.

When gas runs short, the generated verifier does not revert: it returns *false* for a valid proof. A false
result is therefore no evidence of fraud. Contracts that use the verifier revert on false. Transactions are sent
with a fixed, ample gas limit, because a gas estimate settles on the cheap failing path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from zkmargin.errors import InputError
from zkmargin.proving.artifacts import VerificationKey

from .contract import create, sender_of
from .export import read_verifier
from .node import connection, node_errors
from .solidity import compile_contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3 import Web3
    from web3.types import TxReceipt

    from zkmargin.proving.artifacts import Proof
    from zkmargin.proving.points import G1, G2

__all__ = [
    "AMPLE_GAS",
    "VERIFIER",
    "Calldata",
    "Groth16Verifier",
    "calldata",
    "deploy_verifier",
    "key_from_words",
    "key_words",
    "require_signals",
]

AMPLE_GAS = 10_000_000
"""The limit of a call to the verifier, in gas: many times what a hundred public signals take."""

VERIFIER = "Groth16Verifier"
"""The name of the contract that snarkjs generates."""

Words: TypeAlias = tuple[int, int]
Calldata: TypeAlias = tuple[Words, tuple[Words, Words], Words, list[int]]


def deploy_verifier(node: str | Web3, source: str) -> Groth16Verifier:
    """Compile and deploy a verifier from the connection's account.

    Parameters
    ----------
    node : str or Web3
        The node, or a connection to it.
    source : str
        A source from `zkmargin.chain.export_verifier`.

    Returns
    -------
    Groth16Verifier
        A client of the new contract.

    Raises
    ------
    InputError
        If the source is not a generated verifier, or proofs for its key can be forged.
    ToolchainError
        If the compiler is missing or rejects the source.
    ChainError
        If the node is out of reach, has no account, or the deployment fails.
    """
    n_public = read_verifier(source).n_public
    compiled = compile_contract(source, VERIFIER)
    web3 = connection(node)
    address, transaction = create(web3, compiled)
    client = Groth16Verifier(web3, address, n_public)
    client.transaction = transaction
    return client


def require_signals(source: str, count: int) -> None:
    """Check a verifier's number of public signals.

    Raises
    ------
    InputError
        If the number differs, the source is not a generated verifier, or proofs for its key can be forged.
    """
    found = read_verifier(source).n_public
    if found != count:
        raise InputError(f"expected {count} public signals, got {found}", source="verifier")


class Groth16Verifier:
    """A client of a deployed verifier that snarkjs generated.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`.
    address : str
        The contract.
    n_public : int
        The number of public signals.
    """

    transaction: bytes | None = None
    """The hash of the transaction that created the contract, if this client deployed it."""

    def __init__(self, web3: Web3, address: str, n_public: int) -> None:
        self._web3 = web3
        self._contract = web3.eth.contract(address=web3.to_checksum_address(address), abi=_abi(n_public))
        self.address: str = self._contract.address
        self.n_public = n_public

    def verify(self, proof: Proof, public: Sequence[int]) -> bool:
        """Verify a proof by a call of the contract, without a transaction.

        Parameters
        ----------
        proof : Proof
            The proof.
        public : sequence of int
            The public signals, in the circuit's order.

        Returns
        -------
        bool
            The contract's result, with ample gas. Points off the curve and signals of r or more give false.

        Raises
        ------
        InputError
            If the number of signals is wrong, or a value does not fit in 256 bits.
        ChainError
            If the node is out of reach, or there is no verifier at the address.
        """
        call = self._contract.functions.verifyProof(*self._arguments(proof, public))
        with node_errors("call of the verifier"):
            return bool(call.call({"gas": AMPLE_GAS}))

    def measure_gas(self, proof: Proof, public: Sequence[int]) -> int:
        """Measure the gas of a verification by a transaction from the connection's account.

        The transaction changes nothing but costs gas, so use a development chain.

        Parameters
        ----------
        proof : Proof
            A valid proof.
        public : sequence of int
            The public signals.

        Returns
        -------
        int
            Gas used, including the 21 000 of a transaction and the calldata.

        Raises
        ------
        InputError
            As in `verify`.
        ChainError
            If the node is out of reach or the transaction fails.
        """
        call = self._contract.functions.verifyProof(*self._arguments(proof, public))
        with node_errors("measurement of the verifier"):
            sent = call.transact({"from": sender_of(self._web3), "gas": AMPLE_GAS})
            receipt: TxReceipt = self._web3.eth.wait_for_transaction_receipt(sent)
        return receipt["gasUsed"]

    def _arguments(self, proof: Proof, public: Sequence[int]) -> Calldata:
        if len(public) != self.n_public:
            raise InputError(f"expected {self.n_public} public signals, got {len(public)}")
        return calldata(proof, public)


def calldata(proof: Proof, public: Sequence[int]) -> Calldata:
    """Encode a proof for the contract; the only place that does.

    Each coordinate of B is an element ``c0 + c1 * u`` of a quadratic field. proof.json has ``(c0, c1)``; the
    EVM's pairing precompile expects ``(c1, c0)``.

    Parameters
    ----------
    proof : Proof
        The proof.
    public : sequence of int
        The public signals.

    Returns
    -------
    tuple
        The arguments of ``verifyProof``: A, B, C and the signals.

    Raises
    ------
    InputError
        If a value does not fit in 256 bits.
    """
    a, b, c = _g1_words(proof.a), _g2_words(proof.b), _g1_words(proof.c)
    for value in (*a, *b[0], *b[1], *c, *public):
        if not 0 <= value < 2**256:
            raise InputError("a coordinate or public signal does not fit in 256 bits")
    return a, b, c, list(public)


def key_words(key: VerificationKey) -> tuple[Words, Any, Any, Any, list[Words]]:
    """Encode a verification key for IBatchVerifier's struct ``Key``, without the circuit.

    Parameters
    ----------
    key : VerificationKey
        The key.

    Returns
    -------
    tuple
        Alpha, beta, gamma, delta and IC, with the imaginary parts of coordinates first.
    """
    alpha, ic = _g1_words(key.alpha), [_g1_words(point) for point in key.ic]
    return alpha, _g2_words(key.beta), _g2_words(key.gamma), _g2_words(key.delta), ic


def key_from_words(words: Sequence[Any]) -> VerificationKey:
    """Return the verification key of IBatchVerifier's struct ``Key``, without the circuit: the inverse of `key_words`.

    Raises
    ------
    InputError
        If proofs for the key can be forged (`VerificationKey`).
    """
    alpha, beta, gamma, delta, ic = words
    return VerificationKey(
        _g1_of(alpha), _g2_of(beta), _g2_of(gamma), _g2_of(delta), tuple(_g1_of(point) for point in ic)
    )


def _g1_of(words: Sequence[int]) -> G1:
    x, y = words
    return (x, y) if (x, y) != (0, 0) else None


def _g2_of(words: Sequence[Sequence[int]]) -> G2:
    (x1, x0), (y1, y0) = words
    return ((x0, x1), (y0, y1)) if (x0, x1, y0, y1) != (0, 0, 0, 0) else None


def _g1_words(point: G1) -> Words:
    # The EVM encodes the point at infinity as zeros.
    return point or (0, 0)


def _g2_words(point: G2) -> tuple[Words, Words]:
    (x0, x1), (y0, y1) = point or ((0, 0), (0, 0))
    return (x1, x0), (y1, y0)


def _abi(n_public: int) -> list[dict[str, Any]]:
    types = ("uint256[2]", "uint256[2][2]", "uint256[2]", f"uint256[{n_public}]")
    inputs = [{"name": "", "type": kind} for kind in types]
    outputs = [{"name": "", "type": "bool"}]
    function = {"type": "function", "name": "verifyProof", "stateMutability": "view"}
    return [{**function, "inputs": inputs, "outputs": outputs}]
