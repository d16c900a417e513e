"""Verification of proofs by one of three engines that share no code."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, get_args

from zkmargin.documents.files import private_folder, write_private
from zkmargin.documents.nearest import expected_one_of
from zkmargin.errors import InputError, ToolchainError
from zkmargin.toolchain import node_script, run

from .artifacts import public_to_json
from .bn254 import BASE_MODULUS, SCALAR_MODULUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .artifacts import Proof, VerificationKey

__all__ = ["ENGINES", "Engine", "check_key", "default_engine", "find_invalid", "verify", "verify_batch"]

Engine = Literal["native", "snarkjs", "py-ecc"]
ENGINES: tuple[Engine, ...] = get_args(Engine)

_TIMEOUT = 300.0


def default_engine() -> Engine:
    """Return the native engine if it is installed, else py-ecc."""
    return "native" if find_spec("zkmargin_native") else "py-ecc"


def verify(key: VerificationKey, public: Sequence[int], proof: Proof, engine: Engine | None = None) -> bool:
    """Return whether a proof is valid.

    Parameters
    ----------
    key : VerificationKey
        The verification key.
    public : sequence of int
        The public signals. If their number differs from the key's, or one is not in [0, r), the proof is invalid.
    proof : Proof
        The proof, which is invalid if a point is not in its group.
    engine : str, optional
        One of ``ENGINES``, by default `default_engine`.

    Raises
    ------
    InputError
        If a point of the key is not in its group.
    ToolchainError
        If the engine is missing or fails.
    """
    chosen = _chosen(engine)
    if len(public) != key.n_public or not all(0 <= signal < SCALAR_MODULUS for signal in public):
        return False
    # snarkjs would reduce a coordinate, so a proof would have several forms.
    if not all(0 <= coordinate < BASE_MODULUS for coordinate in proof.coordinates()):
        return False
    if chosen == "native":
        return _native(key, public, proof)
    if chosen == "snarkjs":
        return _snarkjs(key, public, proof)
    from .pairing import check  # noqa: PLC0415  # py-ecc takes a while to import

    return check(key, public, proof)


def verify_batch(
    proofs: Sequence[tuple[VerificationKey, Sequence[int], Proof]], engine: Engine | None = None
) -> bool:
    """Return whether all proofs of a batch are valid. Their keys may differ.

    The native engine checks one equation instead of one for each proof: the product of all proofs' equations, each to
    a random power of 128 bits from the operating system. A batch with an invalid proof passes with a probability of
    at most 2^-128. 64 proofs take less than half of the time. The other engines verify one proof after
    the other.

    Parameters
    ----------
    proofs : sequence of tuple
        For each proof the arguments of `verify`: verification key, public signals, proof.
    engine : str, optional
        One of ``ENGINES``, by default `default_engine`.

    Raises
    ------
    InputError
        If there is no proof, or a point of a key is not in its group.
    ToolchainError
        If the engine is missing or fails.
    """
    chosen = _chosen(engine)
    _require_some(proofs)
    if chosen != "native" or len(proofs) == 1:
        return all(verify(*one, chosen) for one in proofs)
    native = _native_module()
    claims = [(_native_key(key), public_to_json(public), proof.to_json()) for key, public, proof in proofs]
    return bool(native.verify_batch(claims))


def find_invalid(
    proofs: Sequence[tuple[VerificationKey, Sequence[int], Proof]], engine: Engine | None = None
) -> list[int]:
    """Return the places of the invalid proofs of a batch: it is verified as one, and one by one if that fails.

    Parameters and errors are those of `verify_batch`.
    """
    _require_some(proofs)
    if _chosen(engine) == "native" and verify_batch(proofs, engine):
        return []
    return [place for place, one in enumerate(proofs) if not verify(*one, engine)]


def _require_some(proofs: Sequence[object]) -> None:
    if not proofs:
        raise InputError("expected at least one proof", source="batch")


def _chosen(engine: Engine | None) -> Engine:
    chosen = engine or default_engine()
    if chosen not in ENGINES:
        raise InputError(f"no such engine; {expected_one_of(chosen, ENGINES)}", source="engine")
    return chosen


def check_key(key: VerificationKey) -> None:
    """Check that every point of a key is in its group.

    Raises
    ------
    InputError
        If a point is not in its group.
    """
    if default_engine() == "native":
        _native_key(key)
    else:
        from .pairing import key_points  # noqa: PLC0415  # py-ecc takes a while to import

        key_points(key)


def _native(key: VerificationKey, public: Sequence[int], proof: Proof) -> bool:
    native = _native_module()
    verifying_key = _native_key(key)
    try:
        return bool(verifying_key.verify(public_to_json(public), proof.to_json()))
    except native.FormatError:
        # The structure was checked when the proof was read, so a point is not in its group.
        return False


@lru_cache(maxsize=16)
def _native_key(key: VerificationKey) -> Any:
    native = _native_module()
    try:
        return native.VerifyingKey(key.to_json())
    except native.FormatError as error:
        raise InputError(str(error), source="verification key") from None


def _native_module() -> Any:
    try:
        import zkmargin_native  # noqa: PLC0415  # optional
    except ImportError:
        raise ToolchainError("the native core is not installed: pip install zkmargin-native") from None
    return zkmargin_native


def _snarkjs(key: VerificationKey, public: Sequence[int], proof: Proof) -> bool:
    command = node_script("snarkjs", "build/cli.cjs")
    values = {"key.json": key.to_json(), "public.json": public_to_json(public), "proof.json": proof.to_json()}
    with private_folder() as folder:
        for name, value in values.items():
            write_private(folder / name, json.dumps(value).encode())
        output = run([*command, "groth16", "verify", *values], cwd=folder, timeout=_TIMEOUT, check=False)
    if output.code == 0 and "OK!" in output.stdout and "[ERROR]" not in output.text:
        return True
    if output.code == 1 and any(word in output.text for word in ("Invalid proof", "not valid")):
        return False
    raise ToolchainError(f"snarkjs groth16 verify failed with exit code {output.code}:\n{output.tail}")
