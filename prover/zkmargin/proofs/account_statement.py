"""Statements of account: the word of a venue or custodian for a commitment, and the file of one.

A margin proof says what is behind a commitment, not that the account exists: anybody can invent one. So whoever relies
on a proof needs the word of the venue that keeps the account. `zkmargin.proofs.statement_signer` signs and checks
statements; signing needs the extra ``chain``. The contract is ``StatementRegistry.sol``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.json_file import JsonFile
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError, StatementError
from zkmargin.ethereum import keccak
from zkmargin.snapshot.named_keys import signature_of
from zkmargin.snapshot.signatures import Domain, Signature, domain_from_json, read_address
from zkmargin.spec.constants import FIELD

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.documents.fields import Field

__all__ = ["NOBODY", "AccountStatement", "SignedStatement", "account_id", "statement_about"]

NOBODY = "0x" + "00" * 20
"""The holder of a statement that no address may use on a chain."""

_FORMAT = "zkmargin-account-statement/1"
_MEMBERS = ("account", "holder", "commitment", "snapshotRoot", "issuedAt", "validUntil", "source")
_WORD = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_LABEL = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_MAX_TIME = 2**64 - 1


def account_id(text: str) -> bytes:
    """Return the id of an account, 32 bytes.

    Parameters
    ----------
    text : str
        ``0x`` and 64 hexadecimal digits, or a text of 1 to 200 printable ASCII characters, whose keccak256 is the id.
        Numbers that can be guessed are no secret as a hash either.

    Raises
    ------
    InputError
        If the text is neither.
    """
    if _WORD.fullmatch(text):
        return bytes.fromhex(text[2:])
    if text.startswith("0x") or not _LABEL.fullmatch(text):
        reason = "expected 0x and 64 hexadecimal digits in lower case, or 1 to 200 printable characters"
        raise InputError(reason, source="account id")
    return bytes(keccak(text.encode()))


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """What a venue says of an account. It is public.

    Attributes
    ----------
    account : bytes
        The account's id at the venue, 32 bytes. It never changes, while the commitment changes with every state.
    holder : str
        The address that may use the statement on a chain, with its checksum; `NOBODY` off chain.
    commitment : int
        The account's commitment, a field element.
    snapshot_root : int
        The root of the snapshot by whose ids and lots the venue computed the commitment.
    issued_at, valid_until : int
        The first and the last second of validity, Unix time.
    source : str
        Where the venue publishes its address, such as ``https://venue.example/zkmargin``; 1 to 200 printable ASCII
        characters.

    Raises
    ------
    InputError
        If a value is out of range, or the period is empty.
    """

    account: bytes
    holder: str
    commitment: int
    snapshot_root: int
    issued_at: int
    valid_until: int
    source: str

    def __post_init__(self) -> None:
        """Check the values, and keep the address with its checksum."""
        _require(type(self.account) is bytes and len(self.account) == 32, "expected 32 bytes", "account")
        object.__setattr__(self, "holder", read_address(self.holder, "holder"))
        _require(_is_element(self.commitment), "expected a field element", "commitment")
        _require(_is_element(self.snapshot_root), "expected a field element", "snapshotRoot")
        for key, time in (("issuedAt", self.issued_at), ("validUntil", self.valid_until)):
            _require(type(time) is int and 0 < time <= _MAX_TIME, "expected Unix time in seconds", key)
        _require(self.issued_at <= self.valid_until, "must not be before issuedAt", "validUntil")
        _require(
            _LABEL.fullmatch(self.source) is not None, "expected 1 to 200 printable characters", "source"
        )

    def require_period(self, time: int) -> None:
        """Require that a time is in the period of validity.

        Parameters
        ----------
        time : int
            Unix time in seconds.

        Raises
        ------
        StatementError
            If it is not.
        """
        if time < self.issued_at:
            raise StatementError(f"the statement of account is valid from {utc_text(self.issued_at)} only")
        if time > self.valid_until:
            raise StatementError(f"the statement of account expired at {utc_text(self.valid_until)}")

    def values(self) -> dict[str, Any]:
        """Return the members of the signed message, in their order."""
        numbers = self.commitment, self.snapshot_root, self.issued_at, self.valid_until
        return dict(zip(_MEMBERS, (self.account, self.holder, *numbers, self.source), strict=True))


@dataclass(frozen=True, slots=True)
class SignedStatement(JsonFile):
    """A statement of account with its signature. `zkmargin.proofs.statement_signer.require_statement` checks both.

    Attributes
    ----------
    domain : Domain
        One registry on one chain, or off chain.
    statement : AccountStatement
    signature : Signature
        Of the venue.
    """

    domain: Domain
    statement: AccountStatement
    signature: Signature

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a file (docs/formats/account-statement.md). The signer is not recovered.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members_of(_FORMAT, ("format", "domain", "message", "signer", "signature"))
        domain, statement = domain_from_json(members["domain"]), _read_message(members["message"])
        signer = members["signer"].text(_ADDRESS, "an address")
        value = signature_of(members["signature"])
        try:
            return cls(domain, statement, Signature(signer, value))
        except InputError as error:
            field.refuse_as(error)

    def to_json(self) -> dict[str, Any]:
        """Return the object of a file."""
        message = self.statement.values()
        message["account"] = "0x" + self.statement.account.hex()
        return {
            "format": _FORMAT,
            "domain": self.domain.to_json(),
            "message": {key: str(value) for key, value in message.items()},
            "signer": self.signature.signer,
            "signature": "0x" + self.signature.value.hex(),
        }


def statement_about(path: Path, commitment: int) -> SignedStatement:
    """Load a statement of account, which must be about a commitment.

    Raises
    ------
    InputError
        If the file is malformed.
    StatementError
        If it is about another commitment: the venue has seen another state of the account.
    """
    found = SignedStatement.load(path)
    if found.statement.commitment != commitment:
        raise StatementError(f"{path}: the statement of account is about another commitment")
    return found


def _read_message(field: Field) -> AccountStatement:
    members = field.members(_MEMBERS)
    account = members["account"].text(_WORD, "0x and 64 hexadecimal digits in lower case")
    holder = members["holder"].text(_ADDRESS, "an address")
    commitment, root = (members[key].integer(0, FIELD - 1) for key in ("commitment", "snapshotRoot"))
    issued_at, valid_until = (members[key].integer(1, _MAX_TIME) for key in ("issuedAt", "validUntil"))
    source = members["source"].text(_LABEL, "1 to 200 printable characters")
    try:
        word = bytes.fromhex(account[2:])
        found = AccountStatement(word, holder, commitment, root, issued_at, valid_until, source)
    except InputError as error:
        # The error about an address has its name as the source.
        field.refuse_as(InputError(error.reason, key=error.key or error.source))
    if found.holder != holder:
        members["holder"].refuse("must have its EIP-55 checksum")
    return found


def _is_element(value: object) -> bool:
    return type(value) is int and 0 <= value < FIELD


def _require(holds: bool, reason: str, key: str) -> None:
    if not holds:
        raise InputError(reason, source="statement of account", key=key)
