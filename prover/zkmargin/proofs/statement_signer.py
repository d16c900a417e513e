"""Signatures of statements of account by EIP-712.

To sign needs the extra ``chain`` (eth-account); to check signatures does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.errors import StatementError
from zkmargin.snapshot.signatures import Domain, Signature
from zkmargin.snapshot.signer import domain_types, recover, sign_data

from .account_statement import SignedStatement

if TYPE_CHECKING:
    from eth_account.signers.base import BaseAccount

    from .account_statement import AccountStatement

__all__ = ["require_statement", "sign_statement", "statement_data"]

OFF_CHAIN = Domain()

_TYPES = ("bytes32", "address", "uint256", "uint256", "uint64", "uint64", "string")


def statement_data(statement: AccountStatement, domain: Domain = OFF_CHAIN) -> dict[str, Any]:
    """Return the signed message as an EIP-712 object, for example for ``eth_signTypedData_v4``.

    Parameters
    ----------
    statement : AccountStatement
    domain : Domain

    Returns
    -------
    dict
        ``types``, ``primaryType``, ``domain`` and ``message``.
    """
    message = statement.values()
    fields, values = domain_types(domain)
    members = [{"name": name, "type": kind} for name, kind in zip(message, _TYPES, strict=True)]
    return {
        "types": {"EIP712Domain": fields, "AccountStatement": members},
        "primaryType": "AccountStatement",
        "domain": values,
        "message": message,
    }


def sign_statement(
    statement: AccountStatement, account: BaseAccount, domain: Domain = OFF_CHAIN
) -> SignedStatement:
    """Sign a statement of account, as the venue or custodian that keeps the account.

    Parameters
    ----------
    statement : AccountStatement
        Of an account whose opening the signer has, and compares with its own books.
    account : eth_account.signers.base.BaseAccount
        The venue's key, for example from `zkmargin.chain.keystore.load_keystore`.
    domain : Domain
        The registry that the statement is for; off chain by default.
    """
    value = sign_data(statement_data(statement, domain), account)
    return SignedStatement(domain, statement, Signature(account.address, value))


def require_statement(
    signed: SignedStatement, venue: str | None, time: int, *, domain: Domain = OFF_CHAIN
) -> AccountStatement:
    """Require a statement of account that is valid: signed by its venue, for a domain, and in its period.

    Only the registry knows whether it has been revoked.

    Parameters
    ----------
    signed : SignedStatement
    venue : str or None
        The venue's address, with its checksum; None takes whoever the file names, which says nothing about who that is.
    time : int
        Unix time in seconds.
    domain : Domain
        The expected domain.

    Returns
    -------
    AccountStatement

    Raises
    ------
    StatementError
        If it is not.
    """
    if signed.domain != domain:
        raise StatementError(f"the statement of account is for: {signed.domain}; expected: {domain}")
    signer = signed.signature.signer
    if recover(statement_data(signed.statement, domain), signed.signature.value) != signer:
        raise StatementError(f"not a signature of this statement of account by {signer}")
    if venue is not None and signer != venue:
        raise StatementError(f"the statement of account is signed by {signer}, not by {venue}")
    signed.statement.require_period(time)
    return signed.statement
