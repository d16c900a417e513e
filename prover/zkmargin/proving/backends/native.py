"""The native core, which proves in this process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from zkmargin.errors import InputError, StatementError

from ..artifacts import Proof, public_from_json
from .base import CheckedBackend

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NativeBackend"]

_KEPT = 4
_Identity = tuple[str, int, int, int, int]


class NativeBackend(CheckedBackend):
    """A prover with ``zkmargin_native`` that caches parsed keys. It is thread-safe."""

    name = "native"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._provers: OrderedDict[_Identity, Any] = OrderedDict()

    def available(self) -> str | None:
        """Return None if the native core is installed, else a message on how to install it."""
        if find_spec("zkmargin_native"):
            return None
        return "the native core is not installed: pip install zkmargin-native (or `make setup` in a checkout)"

    def _prove(self, zkey: Path, witness: bytes) -> tuple[Proof, tuple[int, ...]]:
        import zkmargin_native as native  # noqa: PLC0415  # optional

        try:
            proof, public = self._prover(zkey).prove(witness)
        except native.UnsatisfiedError:
            raise StatementError(f"the witness does not satisfy the circuit of {zkey}") from None
        except native.FormatError as error:
            raise InputError(str(error)) from None
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", source=str(zkey)) from None
        return Proof.from_json(proof, self.name), public_from_json(public, self.name)

    def load(self, zkey: Path) -> None:
        """Parse a key that proofs will be made with, while the caller calculates a witness.

        An error is left to `prove`, which parses the key again.
        """
        with suppress(ValueError, OSError):
            self._prover(zkey)

    def _prover(self, zkey: Path) -> Any:
        """Return the parsed key; a changed file is parsed again."""
        import zkmargin_native as native  # noqa: PLC0415  # optional

        status = zkey.stat()
        identity = (str(zkey), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        with self._lock:
            if identity not in self._provers:
                self._provers[identity] = native.Prover(str(zkey))
            self._provers.move_to_end(identity)
            while len(self._provers) > _KEPT:
                self._provers.popitem(last=False)
            return self._provers[identity]
