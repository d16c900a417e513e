"""What Ethereum's signatures of data need, without a dependency: hashes, addresses, typed data, signers.

Everything here computes on public values. Keys, transactions and contracts are in `zkmargin.chain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .addresses import checksum_address
    from .hashing import keccak
    from .signers import signer_of
    from .typed_data import text_digest, typed_digest
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        addresses="checksum_address",
        hashing="keccak",
        signers="signer_of",
        typed_data="text_digest typed_digest",
    )

__all__ = ["checksum_address", "keccak", "signer_of", "text_digest", "typed_digest"]
