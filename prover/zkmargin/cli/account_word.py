"""Whose word the account of a proof is: the statement of account beside a proof, for ``zkmargin verify``."""

from __future__ import annotations

import time as clock
from typing import TYPE_CHECKING, Any, NamedTuple

from zkmargin.documents.utc import utc_text
from zkmargin.errors import StatementError
from zkmargin.proofs.account_statement import SignedStatement
from zkmargin.proofs.margin_proof import ACCOUNT_STATEMENT

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.proofs.margin_proof import MarginProof

__all__ = ["Word", "word_of"]

_NOBODY = "no venue vouches for the account: anybody can commit to an invented one"


class Word(NamedTuple):
    """A venue's word for the account of a proof.

    Attributes
    ----------
    text : str
        The content of the statement, or that there is none.
    shown : dict or None
        The same as an object; None if there is none.
    fault : str
        Why it is not the expected venue's; empty if it is, or none was expected.
    """

    text: str
    shown: dict[str, Any] | None
    fault: str


def word_of(folder: Path, proof: MarginProof | None, venue: str | None) -> Word:
    """Return whose word the account of a proof is.

    Parameters
    ----------
    folder : Path
        The proof's files.
    proof : MarginProof or None
    venue : str or None
        The address that it must be, with its checksum; None asks for no venue.

    Raises
    ------
    InputError
        If the file of the statement is malformed.
    """
    path = folder / ACCOUNT_STATEMENT
    if not path.is_file():
        return Word(
            _NOBODY, None, "" if venue is None else "there is no statement of account beside the proof"
        )
    signed = SignedStatement.load(path)
    reason = _reason(signed, proof, venue)
    said = f"{signed.signature.signer} vouches for the account"
    statement = signed.statement
    until = f"until {utc_text(statement.valid_until)}; it publishes its address at {statement.source}"
    text = f"the statement of account does not stand: {reason}" if reason else f"{said} {until}"
    shown = {
        "venue": signed.signature.signer,
        "source": statement.source,
        "account": "0x" + statement.account.hex(),
        "valid_until": str(statement.valid_until),
        "domain": signed.domain.to_json(),
        "holds": not reason,
        "reason": reason,
    }
    return Word(text, shown, reason if venue is not None else "")


def _reason(signed: SignedStatement, proof: MarginProof | None, venue: str | None) -> str:
    """Return why a statement does not stand; empty if it does."""
    from zkmargin.proofs.statement_signer import require_statement  # noqa: PLC0415

    try:
        found = require_statement(signed, venue, int(clock.time()), domain=signed.domain)
    except StatementError as error:
        return str(error)
    if proof is not None and found.commitment != proof.signals.account_commitment:
        return "it is about another commitment"
    return ""
