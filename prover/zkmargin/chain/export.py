"""A proving key's verifier as Solidity source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zkmargin import toolchain
from zkmargin.documents import files
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving.artifacts import VerificationKey, blame
from zkmargin.proving.zkey import read_verification_key

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.proving.points import G1, G2

__all__ = ["export_verifier", "read_verifier"]

_TIMEOUT = 600.0
_CONSTANT = re.compile(r"\buint256 constant (\w+)\s*=\s*(\d+);")
_IC = re.compile(r"IC\d+x")


def export_verifier(zkey: Path) -> str:
    """Write a proving key's verifier as Solidity source.

    Parameters
    ----------
    zkey : Path
        A Groth16 proving key.

    Returns
    -------
    str
        The source of the contract ``Groth16Verifier``. It is under GPL-3.0, like snarkjs, which wrote it.

    Raises
    ------
    InputError
        If the key is malformed, or proofs for it can be forged, as for a key that nobody has contributed to
        (gamma = delta).
    ToolchainError
        If snarkjs is missing or fails.
    """
    path = files.existing_file(zkey, "a proving key")
    key = read_verification_key(path)
    with files.private_folder() as folder:
        target = folder / "verifier.sol"
        snarkjs = toolchain.node_script("snarkjs", "build/cli.cjs")
        argv = [*snarkjs, "zkey", "export", "solidityverifier", str(path), str(target)]
        output = toolchain.run(argv, cwd=folder, timeout=_TIMEOUT)
        # snarkjs can report an error and still exit 0.
        if not target.is_file():
            raise ToolchainError(f"snarkjs wrote no verifier for {zkey}:\n{output.tail}")
        source = target.read_text(encoding="utf-8")
    if read_verifier(source) != key:
        raise ToolchainError(f"snarkjs wrote the verifier of another key than {zkey}")
    return source


def read_verifier(source: str, name: str = "verifier") -> VerificationKey:
    """Read the verification key out of a verifier's source.

    Parameters
    ----------
    source : str
        The contract's source, as snarkjs writes it.
    name : str
        Where it is from, for the message.

    Returns
    -------
    VerificationKey
        The key whose proofs the contract accepts.

    Raises
    ------
    InputError
        If the source is not a Groth16 verifier as snarkjs writes it, or proofs for its key can be forged.
    """
    constants = {key: int(value) for key, value in _CONSTANT.findall(source)}
    count = sum(1 for key in constants if _IC.fullmatch(key))
    try:
        with blame(name):
            return VerificationKey(
                alpha=_g1(constants, "alpha"),
                beta=_g2(constants, "beta"),
                gamma=_g2(constants, "gamma"),
                delta=_g2(constants, "delta"),
                ic=tuple(_g1(constants, f"IC{index}") for index in range(count)),
            )
    except KeyError:
        raise InputError("not a Groth16 verifier as snarkjs writes it", source=name) from None


def _g1(constants: dict[str, int], name: str) -> G1:
    x, y = constants[f"{name}x"], constants[f"{name}y"]
    return (x, y) if x or y else None


def _g2(constants: dict[str, int], name: str) -> G2:
    # As the EVM wants it, the imaginary part comes first.
    x1, x0, y1, y0 = (constants[f"{name}{limb}"] for limb in ("x1", "x2", "y1", "y2"))
    return ((x0, x1), (y0, y1)) if x0 or x1 or y0 or y1 else None
