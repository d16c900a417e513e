"""Native Groth16 on BN254 with snarkjs's file formats.

JSON objects have snarkjs's shapes (``proof.json``, ``public.json``, ``verification_key.json``). Long computations
release the interpreter. Malformed files raise `FormatError`, missing ones `OSError`.
"""

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, final

__version__: str

USES_IFMA: bool
"""Whether additions of points use AVX-512 IFMA: the processor has it, and ``ZKMARGIN_NO_IFMA`` is not set."""

class FormatError(ValueError):
    """A file or a JSON object is malformed. The message names it and states the reason."""

class UnsatisfiedError(ValueError):
    """The witness does not satisfy the circuit. The message contains no value."""

def setup(
    r1cs: str | PathLike[str],
    zkey: str | PathLike[str],
    progress: Callable[[str, int, int], object] | None = None,
) -> None:
    """Make single-party development keys and write them atomically as a ``.zkey``.

    Parameters
    ----------
    r1cs
        The circuit.
    zkey
        The file for the key.
    progress
        A function called with stage, completed stages and total stages. An exception in it ends the setup.

    Raises
    ------
    FormatError
        The circuit is malformed or too large.
    OSError
        A file cannot be read or written.
    """

def development_phase1(path: str | PathLike[str], power: int) -> None:
    """Write a single-party ``.ptau``, prepared for phase 2, for circuits with up to 2^power constraints.

    Raises
    ------
    ValueError
        ``power`` is not in 1..=20.
    OSError
        The file cannot be written.
    """

def phase1_new(path: str | PathLike[str], power: int) -> None:
    """Write a ``.ptau`` without contributions, for circuits with up to 2^power constraints.

    It is the file of ``snarkjs powersoftau new``; tau, alpha and beta are one.

    Raises
    ------
    ValueError
        ``power`` is not in 1..=27.
    OSError
        The file cannot be written.
    """

def phase1_contribute(
    path: str | PathLike[str],
    out: str | PathLike[str],
    name: str,
    entropy: bytes,
    progress: Callable[[str, int, int], object] | None = None,
) -> str:
    """Contribute secrets to a phase 1 and return the hash of the response, in hexadecimal.

    The secrets come from the operating system's randomness, with which the entropy is hashed, and are wiped. The proofs
    of earlier contributions are checked, and that points are in their groups; `phase1_verify` checks all else.

    Parameters
    ----------
    path, out
        The phase-1 file, and the new file, which is not prepared for phase 2.
    name
        At most 64 characters of UTF-16, none of which a terminal hides.
    entropy
        Further entropy, which may be empty.
    progress
        A function called with stage, completed points and total points. An exception in it ends the contribution.

    Raises
    ------
    FormatError
        The file is malformed, a contribution is not valid, or it is a part of a larger ceremony's file.
    ValueError
        The name is not allowed, or the output would replace the input.
    OSError
        A file cannot be read or written.
    """

def phase1_beacon(
    path: str | PathLike[str],
    out: str | PathLike[str],
    name: str,
    beacon: bytes,
    iterations_exp: int,
    progress: Callable[[str, int, int], object] | None = None,
) -> str:
    """Contribute public randomness to a phase 1, hashed 2^iterations_exp times; else as `phase1_contribute`.

    Raises
    ------
    ValueError
        The beacon does not have 1 to 255 bytes, or ``iterations_exp`` is not in 10..=40.
    """

def phase1_verify(
    path: str | PathLike[str], progress: Callable[[str, int, int], object] | None = None
) -> dict[str, Any]:
    """Verify a phase 1: every contribution and beacon, all powers, and the Lagrange bases if the file has them.

    The file proves that the product of all contributors' secrets is behind its powers. It does not prove names, nor
    the hashes of contributions before the last, whose powers are not in the file: each contributor looks for the hash
    of the own response.

    Returns
    -------
    dict
        ``power``, ``prepared`` (whether the file has Lagrange bases), and ``contributions``, each as in
        `contributions`, with the hash of its response.

    Raises
    ------
    FormatError
        The file is malformed, has no contribution, or something in it is not valid; the message says what.
    OSError
        The file cannot be read.
    """

def phase1_prepare(
    path: str | PathLike[str],
    out: str | PathLike[str],
    progress: Callable[[str, int, int], object] | None = None,
) -> None:
    """Write a phase-1 file with the Lagrange bases that setups of circuits need; the file is not checked.

    It is the file of ``snarkjs powersoftau prepare phase2``.

    Parameters
    ----------
    path, out
        The phase-1 file, and the new file.
    progress
        A function called with stage, completed points and total points. An exception in it ends the preparation.

    Raises
    ------
    FormatError
        The file is malformed.
    ValueError
        The output would replace the input.
    OSError
        A file cannot be read or written.
    """

def initial_key(
    r1cs: str | PathLike[str],
    ptau: str | PathLike[str],
    zkey: str | PathLike[str],
    progress: Callable[[str, int, int], object] | None = None,
) -> None:
    """Write the key of a circuit before any contribution to phase 2, for which anybody can forge proofs.

    The file depends only on circuit and phase 1, and equals that of ``snarkjs groth16 setup`` byte for byte.

    Parameters
    ----------
    r1cs
        The circuit.
    ptau
        A phase-1 file that is prepared for phase 2. Whether its points are powers of one number is not checked.
    zkey
        The file for the key, written atomically.
    progress
        As for `setup`.

    Raises
    ------
    FormatError
        A file is malformed, the phase 1 is not prepared or too small, or its two points of beta differ.
    OSError
        A file cannot be read or written.
    """

def check_key(
    zkey: str | PathLike[str],
    r1cs: str | PathLike[str],
    ptau: str | PathLike[str] | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> None:
    """Check that a key is that of a circuit and, if there is one, of a phase 1, with any number of contributions.

    Without a phase 1 it checks sizes, the coefficients of a and b (a key has none of c), that every point is on its
    curve and in its group, that gamma is the generator, and that beta, delta and B are the same in both groups. Points
    of another circuit under the coefficients of this one pass.

    With a phase 1 it also checks that alpha, beta, IC, A, B, C and H are those of the initial key, C and H up to delta,
    and that the stated circuit hash is the initial key's. It checks neither the contributions nor that the points of
    the phase 1 are powers of one number. Points are compared by sums with random weights, so that a false key passes
    with a probability of at most 2^-128.

    Parameters
    ----------
    zkey
        The key, with or without contributions.
    r1cs
        The circuit.
    ptau
        A phase-1 file that is prepared for phase 2.
    progress
        As for `setup`.

    Raises
    ------
    FormatError
        A file is malformed, or the key is of another circuit or another phase 1; the message says which part.
    OSError
        A file cannot be read.
    """

def circuit_hash(zkey: str | PathLike[str]) -> str:
    """Return the BLAKE2b-512 of the initial key, in hexadecimal, that a key states. It is not checked.

    Raises
    ------
    FormatError
        The file is malformed.
    OSError
        The file cannot be read.
    """

def contribute(
    zkey: str | PathLike[str],
    out: str | PathLike[str],
    name: str,
    entropy: bytes,
    progress: Callable[[str, int, int], object] | None = None,
) -> str:
    """Contribute a secret to a key, as ``snarkjs zkey contribute`` does, and forget it.

    Parameters
    ----------
    zkey
        A key whose contributions are valid (`check_contributions`, beacons excepted).
    out
        The file for the new key, written atomically; not `zkey`.
    name
        What the contributor wants to be called: at most 64 characters, which is what snarkjs keeps, and none that
        controls or formats text. It may be empty. No hash covers it.
    entropy
        Hashed together with randomness of the operating system. It may be empty.
    progress
        As for `setup`.

    Returns
    -------
    str
        The hash of the contribution in hexadecimal, by which the contributor recognizes it in later keys.

    Raises
    ------
    FormatError
        The key is malformed, or its contributions are not valid.
    ValueError
        The name is not allowed, or `out` is `zkey`.
    OSError
        A file cannot be read or written.
    """

def beacon(
    zkey: str | PathLike[str],
    out: str | PathLike[str],
    name: str,
    beacon: bytes,
    iterations_exp: int,
    progress: Callable[[str, int, int], object] | None = None,
) -> str:
    """Contribute public randomness to a key, as ``snarkjs zkey beacon`` does.

    Parameters
    ----------
    beacon
        The randomness, 1 to 255 bytes.
    iterations_exp
        The secret is drawn from SHA-256 of `beacon`, applied 2^`iterations_exp` times; from 10 to 40.

    Other parameters, result and errors are those of `contribute`; values out of range raise ValueError.
    """

def contributions(zkey: str | PathLike[str]) -> dict[str, Any]:
    """Return the contributions that a key lists. Nothing is checked but their form.

    Returns
    -------
    dict
        ``circuit_hash``, and ``contributions``: a list of ``name``, ``kind`` ("contribution" or "beacon"), ``hash``,
        ``beacon`` ("" for other contributions) and ``iterations_exp`` (0 for others). Hashes and beacons are in
        hexadecimal. Characters of a name that control or format text are escaped, and bytes that are not UTF-8.

    Raises
    ------
    FormatError
        The section of contributions is malformed, or a point in it is zero or not in its group.
    OSError
        The file cannot be read.
    """

def check_contributions(
    zkey: str | PathLike[str], progress: Callable[[str, int, int], object] | None = None
) -> dict[str, Any]:
    """Check the contributions of a key and return them as `contributions` does.

    Checked are each proof of knowledge, that its secret is not 0, 1 or -1 and is what changed delta, transcript
    hashes, that each beacon is what it says, and that they lead from gamma to the key's delta. A key without
    contributions passes if delta is gamma. Not checked are the names; that C and H are divided by delta, and that the
    key is one of the circuit hash (`check_key`); and how many people made the contributions.

    Parameters
    ----------
    progress
        As for `setup`; called while beacons are computed.

    Raises
    ------
    FormatError
        The key is malformed, or something is not as above.
    OSError
        The file cannot be read.
    """

def check_step(
    before: str | PathLike[str],
    after: str | PathLike[str],
    progress: Callable[[str, int, int], object] | None = None,
) -> None:
    """Check that a key is an earlier one with at least one further contribution and no other change.

    Checked are the contributions of `after` (`check_contributions`), that the first of them, names included, are
    those of `before`, that C and H are divided by what delta is multiplied by (by a random linear combination, which a
    false point passes with a probability of 2^-128), and that everything else is equal. Whether `before` is honest
    is not checked.

    Raises
    ------
    FormatError
        A key is malformed, or something is not as above.
    OSError
        A file cannot be read.
    """

def verification_key(zkey: str | PathLike[str]) -> dict[str, Any]:
    """Return the verification key within a ``.zkey``, as the object of ``verification_key.json``.

    Raises
    ------
    FormatError
        The file is malformed, or delta is gamma or its opposite.
    OSError
        The file cannot be read.
    """

def key_parts(zkey: str | PathLike[str]) -> list[tuple[str, bytes]]:
    """Return the parts of a proving key for a circuit pack (docs/formats/circuit-pack.md): kind and content of each.

    Raises
    ------
    FormatError
        The file is malformed, or delta is gamma or its opposite.
    OSError
        The file cannot be read.
    """

@final
class Prover:
    """A proving key, read and checked once. It is thread-safe.

    Raises
    ------
    FormatError
        The file is malformed, or delta is gamma or its opposite.
    OSError
        The file cannot be read.
    """

    def __new__(cls, zkey: str | PathLike[str]) -> Prover: ...
    @property
    def n_public(self) -> int:
        """The number of public signals, without the constant one."""
    @property
    def n_variables(self) -> int:
        """The number of signals in a witness, with the constant one."""
    @property
    def domain_size(self) -> int:
        """The size of the evaluation domain, a power of two."""
    @property
    def verification_key(self) -> dict[str, Any]:
        """The object of ``verification_key.json``."""
    def prove(self, witness: bytes | str | PathLike[str]) -> tuple[dict[str, Any], list[str]]:
        """Return a proof, after verifying it.

        Parameters
        ----------
        witness
            The content of a ``.wtns`` file, or its path.

        Returns
        -------
        tuple
            The objects of ``proof.json`` and ``public.json``.

        Raises
        ------
        FormatError
            The witness is malformed.
        UnsatisfiedError
            The witness does not satisfy the circuit.
        """

@final
class VerifyingKey:
    """A verification key, checked and prepared once.

    Raises
    ------
    FormatError
        A point is malformed, zero, off its curve or outside the subgroup, or delta is gamma or its opposite.
    """

    def __new__(cls, key: dict[str, Any]) -> VerifyingKey: ...
    @property
    def n_public(self) -> int:
        """The number of public signals, without the constant one."""
    def verify(self, public: Sequence[str], proof: dict[str, Any]) -> bool:
        """Return whether a proof is valid for public signals in canonical decimal.

        Raises
        ------
        FormatError
            The objects do not have the shape of ``public.json`` and ``proof.json``.
        """

def verify_batch(claims: Sequence[tuple[VerifyingKey, Sequence[str], dict[str, Any]]]) -> bool:
    """Return whether all proofs are valid for their keys and public signals, by one equation with random powers.

    With an invalid proof it returns True with a probability of at most 2^-128.

    Raises
    ------
    ValueError
        There is no proof.
    FormatError
        An object does not have the shape of ``public.json`` or ``proof.json``.
    """

def check_witness(r1cs: str | PathLike[str], witness: bytes | str | PathLike[str]) -> None:
    """Check a witness against all constraints of a circuit.

    Raises
    ------
    FormatError
        A file is malformed.
    UnsatisfiedError
        A constraint is violated; the message states its index.
    """

def poseidon(inputs: Iterable[int]) -> int:
    """Hash 1 to 16 integers in 0..r with circomlib's Poseidon.

    Raises
    ------
    ValueError
        There are too few or too many inputs, or an input is not in 0..r.
    """

def poseidon_many(inputs: Iterable[Iterable[int]]) -> list[int]:
    """Hash each row as `poseidon` does, in parallel."""

def merkle8_root(leaves: Iterable[int], depth: int) -> int:
    """Return the root of the 8-ary Poseidon tree of 8^depth leaves; missing leaves are zero.

    Raises
    ------
    ValueError
        ``depth`` is not in 1..=9, there are too many leaves, or a leaf is not in 0..r.
    """

def merkle8_path(leaves: Iterable[int], depth: int, index: int) -> list[list[int]]:
    """Return the seven siblings on each level of the path of a leaf, starting at the leaves.

    Raises
    ------
    ValueError
        As for `merkle8_root`, or there is no leaf ``index``.
    """

def eddsa_key(secret: bytes) -> tuple[int, int]:
    """Return the BabyJubJub key of a secret, as circomlibjs's ``prv2pub``.

    Raises
    ------
    ValueError
        The secret does not have 32 bytes.
    """

def eddsa_sign(secret: bytes, message: int) -> tuple[tuple[int, int], int]:
    """Return R8 and S of a signature, as circomlibjs's ``signPoseidon``. It does not take constant time.

    Raises
    ------
    ValueError
        The secret does not have 32 bytes, or the message is not in 0..r.
    """

def eddsa_verify(key: tuple[int, int], message: int, signature: tuple[tuple[int, int], int]) -> bool:
    """Return whether a signature, R8 and S, is valid; no for a key of low order and for integers out of range.

    Raises
    ------
    ValueError
        The message is not in 0..r.
    """

class StatementFaultError(ValueError):
    """A file or a request is wrong, or the statement is false.

    ``args`` are the kind (``"input"`` or ``"statement"``), the source (``"snapshot"``, ``"account"``, ``"order"``,
    ``"secret"``, ``"request"`` or ``""``), the key path and the reason; none contains a value of an account
    or an order.
    """

@final
class StatementSnapshot:
    """A snapshot file that is read, checked and hashed.

    Requests and answers are the JSON texts that ``src/statement/json.rs`` describes, without ``snapshot``.

    Parameters
    ----------
    text
        The text of a snapshot file.

    Raises
    ------
    StatementFaultError
        The file is malformed, or does not hash to the root that it states.
    """

    def __new__(cls, text: str) -> StatementSnapshot: ...
    def summary(self) -> str:
        """Return an object of what the file states and hashes to.

        It has ``root``, ``tableRoot``, ``paramsHash``, ``timestamp``, ``quote``, ``layout``, ``model``, ``initialBps``
        and the number of ``rows``.
        """
    def account_commitment(self, request: str) -> str:
        """Return ``commitment`` and ``snapshotRoot`` of a request with ``account``.

        Raises
        ------
        StatementFaultError
            The request or the account file is malformed, or the account does not fit the snapshot.
        """
    def margin_report(self, request: str) -> str:
        """Return the object of ``zkmargin margin --json``, without the venue's own formula and the analysis.

        The request has ``account`` and ``requirement``. Errors are those of `account_commitment`.
        """
    def circuit_inputs(self, request: str) -> str:
        """Return the inputs of a margin circuit, secret, as ``signals``, and the expected public signals as ``public``.

        The request has ``account``, ``requirement``, ``circuit``, ``context``, and perhaps ``limits`` and
        ``allowUnhealthy``. Of a circuit that discloses, the answer has the ``opening`` to be published too. Errors are
        those of `account_commitment`; the kind is ``"statement"`` for an account that is not healthy, or not within
        limits.
        """
    def claim_inputs(self, request: str) -> str:
        """Return ``signals``, secret, and ``public`` of a circuit of claims.

        The request has ``account``, ``circuit`` and ``context``. Errors are those of `account_commitment`.
        """
    def health_inputs(self, request: str) -> str:
        """Return ``signals``, secret, and ``public`` of a circuit of health that looks no rows up.

        The request has ``accounts``, ``circuit``, ``requirement`` and ``z``. Errors are those of `account_commitment`,
        and an account that is not healthy or not funded.
        """
    def order_message(self, request: str) -> str:
        """Return the ``message`` that the holder of an order signs.

        The request has ``order``, the text of an order file without ``signature``.

        Raises
        ------
        StatementFaultError
            The request or the order is malformed, or the order does not fit the snapshot.
        """
    def sign_order(self, request: str, secret: bytes) -> str:
        """Sign an order with the 32 bytes of a trading key's secret, and return the object of its file.

        The request and its errors are those of `order_message`; another length of the secret is an error too.
        """
    def verify_order(self, request: str) -> str:
        """Return the signed ``message`` of an order.

        The request has ``order``, the text of an order file, and ``key`` with ``x`` and ``y``. Errors are those of
        `order_message`; the kind is ``"statement"`` if the signature is not the key's.
        """
