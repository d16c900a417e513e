"""Proof of solvency for a venue without a chain: what all its accounts add up to, and that nobody is left out.

`prove_solvency` proves all accounts of a venue in chunks, `verify_solvency` checks the folder that it writes, and
`find_inclusion` finds one account in it. docs/solvency.md says what such a proof shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .chunk import SolvencyChunk
    from .generated import generate_accounts
    from .inclusion import Inclusion, find_inclusion
    from .prove import prove_solvency
    from .report import SolvencyReport
    from .survey import account_files
    from .verification import verify_solvency
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        chunk="SolvencyChunk",
        generated="generate_accounts",
        inclusion="Inclusion find_inclusion",
        prove="prove_solvency",
        report="SolvencyReport",
        survey="account_files",
        verification="verify_solvency",
    )

__all__ = [
    "Inclusion",
    "SolvencyChunk",
    "SolvencyReport",
    "account_files",
    "find_inclusion",
    "generate_accounts",
    "prove_solvency",
    "verify_solvency",
]
