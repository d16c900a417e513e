"""The blinds of sums between chunks, from a secret seed that stays with the venue."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from zkmargin.documents.files import make_folder, private_folder, publish, write_private
from zkmargin.errors import InputError
from zkmargin.spec.constants import FIELD

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["blind", "has_seed", "load_seed"]

_BYTES = 32


def has_seed(folder: Path) -> bool:
    """Return whether a proof was begun in a folder."""
    return _seed_path(folder).is_file()


def load_seed(folder: Path) -> bytes:
    """Return the seed of a proof; make it if there is none yet.

    Parameters
    ----------
    folder : Path
        The folder of the proof. The seed is in ``private/seed``, which only this user can read.

    Raises
    ------
    InputError
        If it cannot be read or written, or is no seed.
    """
    path = _seed_path(make_folder(folder))
    private = path.parent
    try:
        private.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            with private_folder(private) as scratch:
                write_private(scratch / "seed", secrets.token_bytes(_BYTES))
                publish(scratch / "seed", path)
        seed = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read or written: {error.strerror}", source=str(path)) from None
    if len(seed) != _BYTES:
        raise InputError(f"expected {_BYTES} bytes", source=str(path))
    return seed


def blind(seed: bytes, x: int, number: int) -> int:
    """Return the blind of the sums after a chunk.

    Parameters
    ----------
    seed : bytes
    x : int
        The point of the proof, so that other accounts have other blinds.
    number : int
        The chunk's number.

    Returns
    -------
    int
        HMAC-SHA-512 under the seed, mod r: 258 bits more than r has, so the remainder is close to uniform.
    """
    message = x.to_bytes(32, "big") + number.to_bytes(8, "big")
    return int.from_bytes(hmac.new(seed, message, hashlib.sha512).digest(), "big") % FIELD


def _seed_path(folder: Path) -> Path:
    return folder / "private" / "seed"
