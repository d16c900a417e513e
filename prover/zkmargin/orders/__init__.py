"""Orders, quote sheets and fills in units of the underlying and of the quote currency, keys and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .fills import Fill, Fills
    from .order import Order, SignedOrder, sequence_at, sign_order
    from .sheet import Quote, Sheet, SignedSheet, read_quotes, sign_sheet
    from .signed import load_signed
    from .signing_key import SigningKey
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        fills="Fill Fills",
        order="Order SignedOrder sequence_at sign_order",
        sheet="Quote Sheet SignedSheet read_quotes sign_sheet",
        signed="load_signed",
        signing_key="SigningKey",
    )

__all__ = [
    "Fill",
    "Fills",
    "Order",
    "Quote",
    "Sheet",
    "SignedOrder",
    "SignedSheet",
    "SigningKey",
    "load_signed",
    "read_quotes",
    "sequence_at",
    "sign_order",
    "sign_sheet",
]
