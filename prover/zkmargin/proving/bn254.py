"""The two prime fields of BN254, as in EIP-196 and EIP-197; snarkjs and circom call the curve ``bn128``."""

from __future__ import annotations

__all__ = ["BASE_MODULUS", "SCALAR_MODULUS"]

BASE_MODULUS = 21888242871839275222246405745257275088696311157297823662689037894645226208583
"""q, the field of point coordinates."""

SCALAR_MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617
"""r, the order of the groups and the field of signals."""
