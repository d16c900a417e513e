"""Proofs, verification keys and public signals, in memory and in snarkjs's JSON.

A malformed value raises an `InputError` that names file and key. Verification rejects values that are well formed but
false, such as a signal beyond the modulus or a point off the curve.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin.errors import InputError

from .points import G1, G2, Reader, g1_to_json, g2_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Proof", "VerificationKey", "blame", "public_from_json", "public_to_json"]

_PROTOCOL = {"protocol": "groth16", "curve": "bn128"}
_KEY_MEMBERS = ("nPublic", "vk_alpha_1", "vk_beta_2", "vk_gamma_2", "vk_delta_2", "IC")


@contextmanager
def blame(source: str) -> Iterator[None]:
    """Name a file as the source of errors."""
    try:
        yield
    except InputError as error:
        raise InputError(error.reason, source=source, key=error.key) from None


@dataclass(frozen=True, slots=True)
class Proof:
    """A Groth16 proof.

    Attributes
    ----------
    a, c : (int, int) or None
        Affine points of G1; None is the point at infinity.
    b : ((int, int), (int, int)) or None
        A point of G2, each coordinate as (real, imaginary).
    """

    a: G1
    b: G2
    c: G1

    @classmethod
    def from_json(cls, value: Any, source: str = "proof") -> Self:
        """Read the object of a ``proof.json``.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        reader = Reader(source)
        members = reader.members(value, (*_PROTOCOL, "pi_a", "pi_b", "pi_c"))
        _check_protocol(members, source)
        return cls(
            a=reader.g1(members["pi_a"], "pi_a"),
            b=reader.g2(members["pi_b"], "pi_b"),
            c=reader.g1(members["pi_c"], "pi_c"),
        )

    def coordinates(self) -> tuple[int, ...]:
        """Return all coordinates, with those of B as real and imaginary parts, and without points at infinity."""
        return (*(self.a or ()), *(part for pair in self.b or () for part in pair), *(self.c or ()))

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``proof.json``."""
        points = {"pi_a": g1_to_json(self.a), "pi_b": g2_to_json(self.b), "pi_c": g1_to_json(self.c)}
        return {**points, **_PROTOCOL}


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A Groth16 verification key.

    Attributes
    ----------
    alpha : (int, int) or None
        A point of G1.
    beta, gamma, delta : ((int, int), (int, int)) or None
        Points of G2.
    ic : tuple of (int, int) or None
        Points of G1: one for the constant 1, then one for each public signal.

    Raises
    ------
    InputError
        If anybody can forge proofs for the key: delta is gamma or its opposite, as in a key without any
        contribution, or one of the four points is the point at infinity.
    """

    alpha: G1
    beta: G2
    gamma: G2
    delta: G2
    ic: tuple[G1, ...]

    def __post_init__(self) -> None:  # noqa: D105
        for name in ("alpha_1", "beta_2", "gamma_2", "delta_2"):
            if getattr(self, name[:-2]) is None:
                reason = "must not be the point at infinity"
                raise InputError(reason, source="verification key", key=f"vk_{name}")
        if not self.ic:
            raise InputError("expected at least one point", source="verification key", key="IC")
        # Points with the same x differ only in sign, so (alpha, beta, -vk_x) or (alpha, beta, vk_x) would be a
        # valid proof.
        if self.gamma and self.delta and self.gamma[0] == self.delta[0]:
            reason = "equals gamma or its opposite: the key has no contribution, and anybody can forge proofs for it"
            raise InputError(reason, source="verification key", key="vk_delta_2")

    @property
    def n_public(self) -> int:
        """The number of public signals."""
        return len(self.ic) - 1

    @classmethod
    def from_json(cls, value: Any, source: str = "verification key") -> Self:
        """Read the object of a ``verification_key.json``.

        Its ``vk_alphabeta_12`` is ignored, since it is derived from alpha and beta.

        Raises
        ------
        InputError
            With the key path, if it is malformed, or if proofs for the key can be forged.
        """
        reader = Reader(source)
        members = reader.members(value, (*_PROTOCOL, *_KEY_MEMBERS), optional=("vk_alphabeta_12",))
        _check_protocol(members, source)
        count = members["nPublic"]
        if type(count) is not int or count < 0:
            raise InputError("expected a whole number", source=source, key="nPublic")
        ic = reader.items(members["IC"], "IC", count + 1)
        with blame(source):
            return cls(
                alpha=reader.g1(members["vk_alpha_1"], "vk_alpha_1"),
                beta=reader.g2(members["vk_beta_2"], "vk_beta_2"),
                gamma=reader.g2(members["vk_gamma_2"], "vk_gamma_2"),
                delta=reader.g2(members["vk_delta_2"], "vk_delta_2"),
                ic=tuple(reader.g1(point, f"IC[{index}]") for index, point in enumerate(ic)),
            )

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``verification_key.json``, without the derived ``vk_alphabeta_12``."""
        g2_points = {f"vk_{name}_2": g2_to_json(getattr(self, name)) for name in ("beta", "gamma", "delta")}
        ic = [g1_to_json(point) for point in self.ic]
        return {
            **_PROTOCOL,
            "nPublic": self.n_public,
            "vk_alpha_1": g1_to_json(self.alpha),
            **g2_points,
            "IC": ic,
        }


def public_from_json(value: Any, source: str = "public signals") -> tuple[int, ...]:
    """Read the list of a ``public.json``.

    Returns
    -------
    tuple of int
        The signals. A signal beyond the modulus is not changed; verification rejects it.

    Raises
    ------
    InputError
        If the value is not a list of canonical decimal strings.
    """
    reader = Reader(source)
    signals = reader.items(value, "", None)
    return tuple(reader.decimal(signal, f"[{index}]") for index, signal in enumerate(signals))


def public_to_json(public: Sequence[int]) -> list[str]:
    """Return the list of a ``public.json``."""
    return [str(signal) for signal in public]


def _check_protocol(members: dict[str, Any], source: str) -> None:
    for key, wanted in _PROTOCOL.items():
        if members[key] != wanted:
            raise InputError(f"expected {wanted!r}", source=source, key=key)
