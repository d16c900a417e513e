"""A client of the contract StatementRegistry: a venue's word for commitments, and one lender for each account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from zkmargin.chain.node import connection
from zkmargin.errors import InputError
from zkmargin.ethereum import keccak
from zkmargin.snapshot.signatures import Domain

from .client import Client, address_of, fitting, known

if TYPE_CHECKING:
    from web3 import Web3

    from zkmargin.proofs.account_statement import AccountStatement, SignedStatement

__all__ = ["StatementRegistry", "statement_arguments"]


class StatementRegistry(Client):
    """A client of a registry. For the parameters see `Client`."""

    SOURCE = "StatementRegistry.sol"
    GAS = 200_000

    @classmethod
    def deploy(cls, node: str | Web3) -> Self:
        """Deploy a registry. It has no owner and no list of venues, so one serves all.

        Raises
        ------
        ChainError
            If the node is out of reach or the deployment fails.
        ToolchainError
            If the compiler is missing.
        """
        return cls._deploy(connection(node))

    @property
    def domain(self) -> Domain:
        """The domain of signatures that the registry accepts."""
        return Domain(self._web3.eth.chain_id, self.address)

    def check(self, signed: SignedStatement) -> None:
        """Require that a statement is valid now, signed by the address that its file names.

        Raises
        ------
        InputError
            If it is for another registry or chain.
        ChainError
            If it is not valid: ``StatementExpired``, ``StatementRevoked``, ``VenueRetired``, ``NotSignedByVenue`` ...
        """
        self._ask("check", *self._arguments(signed))

    def pledge(self, signed: SignedStatement, lender: str) -> int:
        """Pledge an account to a lender, as the statement's holder. Returns the gas used.

        Raises
        ------
        InputError
            If the statement is for another registry or chain, or the lender is no address.
        ChainError
            As `check`, or ``NotTheHolder``, ``AlreadyPledged``, ``LenderHasNoCode``.
        """
        return self._send("pledge", *self._arguments(signed), address_of("lender", lender))

    def revoke(self, account: bytes, up_to: int) -> int:
        """Revoke all statements of an account that were issued up to a time, as their venue. Returns the gas used.

        Parameters
        ----------
        account : bytes
            The account's id, 32 bytes.
        up_to : int
            Unix time in seconds.

        Raises
        ------
        ChainError
            ``RevocationNotLater``, if a later time has been revoked.
        """
        return self._send("revoke", account, fitting("up_to", up_to, 64))

    def retire(self) -> int:
        """Retire the connection's account as a venue for ever. Returns the gas used."""
        return self._send("retire")

    def lender_of(self, venue: str, account: bytes) -> str | None:
        """Return the lender that an account is pledged to; None if to none."""
        return known(self._ask("lenderOf", address_of("venue", venue), account))

    def revoked_up_to(self, venue: str, account: bytes) -> int:
        """Return the time up to which statements of an account are revoked, Unix time; 0 if none is."""
        return int(self._ask("revokedUpTo", address_of("venue", venue), account))

    def is_retired(self, venue: str) -> bool:
        """Return whether a venue has retired its key."""
        return bool(self._ask("isRetired", address_of("venue", venue)))

    def _arguments(self, signed: SignedStatement) -> tuple[Any, ...]:
        if signed.domain != self.domain:
            reason = f"for {signed.domain}; the registry is that of {self.domain}"
            raise InputError(reason, source="statement of account", key="domain")
        return signed.signature.signer, statement_arguments(signed.statement), signed.signature.value


def statement_arguments(statement: AccountStatement) -> tuple[Any, ...]:
    """Return IStatementRegistry's struct ``AccountStatement``."""
    return (
        statement.account,
        statement.holder,
        statement.commitment.to_bytes(32, "big"),
        statement.snapshot_root.to_bytes(32, "big"),
        statement.issued_at,
        statement.valid_until,
        bytes(keccak(statement.source.encode())),
    )
