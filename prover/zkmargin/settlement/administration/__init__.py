"""Changes of a market by its timelock: calls by name, their effects, and operations that wait.

Names not exported here are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .effects import Effect
    from .named_calls import named_call, raw_call
    from .operations import Pending, pending
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        effects="Effect",
        named_calls="named_call raw_call",
        operations="Pending pending",
    )

__all__ = ["Effect", "Pending", "named_call", "pending", "raw_call"]
