"""Trading keys with their secrets, and signatures: by the native core where it is installed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Self

from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec import eddsa
from zkmargin.spec.account import TradingKey
from zkmargin.spec.checks import SpecError, check_field

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["SigningKey", "is_signature"]


class SigningKey:
    """A key that signs orders. Its repr shows nothing of its secret.

    Parameters
    ----------
    secret : bytes
        32 random bytes; `new` gets them from the operating system.

    Raises
    ------
    InputError
        If they are not 32 bytes.
    """

    __slots__ = ("_secret", "key")

    key: TradingKey
    """The public part, which an account contains."""

    def __init__(self, secret: bytes) -> None:
        if type(secret) is not bytes or len(secret) != eddsa.SECRET_BYTES:
            raise InputError(f"expected {eddsa.SECRET_BYTES} bytes", source="secret")
        native = _native()
        self._secret = secret
        self.key = TradingKey(*native.eddsa_key(secret)) if native else eddsa.trading_key(secret)

    def __repr__(self) -> str:
        """Return a text without any part of the key."""
        return "<SigningKey>"

    @classmethod
    def new(cls) -> Self:
        """Make a key with a secret from the operating system."""
        return cls(secrets.token_bytes(eddsa.SECRET_BYTES))

    @property
    def secret(self) -> bytes:
        """The 32 bytes of the secret. Keep them out of logs and messages."""
        return self._secret

    def sign(self, message: int) -> eddsa.Signature:
        """Sign a message, a field element. Equal messages have equal signatures.

        Raises
        ------
        SpecError
            If it is not a field element.
        """
        check_field("message", message)
        native = _native()
        if native is None:
            return eddsa.sign(self._secret, message, fast_hasher())
        return eddsa.Signature(*native.eddsa_sign(self._secret, message))


def is_signature(key: TradingKey, message: int, signature: eddsa.Signature) -> bool:
    """Return whether a signature is valid for a key and a message; never for a key that cannot sign.

    Parameters
    ----------
    key : TradingKey
    message : int
        A field element.
    signature : Signature

    Returns
    -------
    bool
    """
    native = _native()
    if native is not None:
        return bool(native.eddsa_verify(key, message, signature))
    try:
        eddsa.check_signature(key, message, signature, fast_hasher())
    except SpecError:
        return False
    return True


def _native() -> ModuleType | None:
    """Return the native core if it is installed, and new enough to sign."""
    try:
        import zkmargin_native  # noqa: PLC0415  # optional
    except ImportError:
        return None
    return zkmargin_native if hasattr(zkmargin_native, "eddsa_sign") else None
