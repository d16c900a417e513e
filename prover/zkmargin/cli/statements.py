"""``zkmargin statement``: a venue's word for an account."""

from __future__ import annotations

import time as clock
from pathlib import Path  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from . import typed
from .markets import Keystore  # noqa: TC001  # typed reads the annotations
from .options import (
    LOCAL_NODE,
    AccountFile,
    ChainId,
    Json,
    Rpc,
    SnapshotFile,
    VerifyingContract,
    integer,
    load_account,
    warn_of_readers,
)
from .output import print_json, print_line
from .passwords import PasswordFile, ask_password, signing_key
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.contracts.statement_registry import StatementRegistry
    from zkmargin.proofs.account_statement import SignedStatement

__all__ = ["statement_app"]

statement_app = typed.Group()

_Statement = Annotated[Path, typed.Argument(help="The statement of account.")]
_Registry = Annotated[str, typed.Option("--registry", help="The address of the StatementRegistry.")]
_AccountId = Annotated[
    str,
    typed.Option(
        "--account-id",
        help="The account's id at the venue, which never changes: 0x and 64 digits, or a text to hash.",
    ),
]


@statement_app.command()
def sign(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountFile,
    snapshot: SnapshotFile,
    keystore: Annotated[Path, typed.Option("--keystore", help="The venue's keystore.")],
    account_id: _AccountId,
    source: Annotated[
        str,
        typed.Option("--source", help="Where the venue publishes its address, such as a web page. Public."),
    ],
    out: Annotated[Path, typed.Option("-o", "--out", help="The statement to write.")],
    valid_for: Annotated[
        str, typed.Option("--valid-for", help="How long it is valid: seconds, or 30m, 2h, 1d.")
    ] = "1d",
    holder: Annotated[
        str | None,
        typed.Option(
            "--holder", help="The address that may use it on a chain; the account's owner if left out."
        ),
    ] = None,
    chain_id: ChainId = None,
    verifying_contract: VerifyingContract = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Sign a statement of account, as the venue or custodian that keeps the account.

    It says that the account exists, whose it is, and which commitment it has now. Sign only accounts that your own
    books show. For a chain, --chain-id and --verifying-contract name the StatementRegistry.
    """
    from zkmargin.chain.keystore import load_keystore  # noqa: PLC0415  # needs an extra
    from zkmargin.proofs.account_statement import AccountStatement  # noqa: PLC0415
    from zkmargin.proofs.account_statement import account_id as id_of  # noqa: PLC0415
    from zkmargin.proofs.statement_signer import sign_statement  # noqa: PLC0415
    from zkmargin.settlement.administration.values import seconds_in  # noqa: PLC0415
    from zkmargin.snapshot.signatures import Domain  # noqa: PLC0415
    from zkmargin.snapshot.snapshot import Snapshot  # noqa: PLC0415

    domain, risk = Domain(chain_id, verifying_contract), Snapshot.load(snapshot)
    kept, now = load_account(account), int(clock.time())
    user = holder or f"0x{kept.owner:040x}"
    if domain.chain_id is not None and not integer(user, "--holder"):
        raise InputError("needed for a chain, as the account has no owner", source="--holder")
    statement = AccountStatement(
        account=id_of(account_id),
        holder=user,
        commitment=kept.commitment(risk),
        snapshot_root=risk.root,
        issued_at=now,
        valid_until=now + seconds_in(valid_for, "--valid-for"),
        source=source,
    )
    warn_of_readers(keystore)
    signed = sign_statement(statement, load_keystore(keystore, ask_password(password_file)), domain)
    signed.save(out)
    _show(signed, as_json=as_json, file=str(out))


@statement_app.command()
def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    statement: _Statement,
    venue: Annotated[
        str | None, typed.Option("--venue", help="The address of the venue that you trust.")
    ] = None,
    account: Annotated[str | None, typed.Option("--account", help="The expected account commitment.")] = None,
    registry: Annotated[
        str | None,
        typed.Option(
            "--registry", help="Ask the StatementRegistry at this address, which knows revocations."
        ),
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    as_json: Json = False,
) -> None:
    """Verify a statement of account: its signature, its period and, with --registry, its revocation.

    Exit code 1 if it is not valid now, or not the word of the expected venue about the expected account.
    """
    from zkmargin.proofs.account_statement import SignedStatement, statement_about  # noqa: PLC0415
    from zkmargin.proofs.statement_signer import require_statement  # noqa: PLC0415
    from zkmargin.snapshot.signatures import read_address  # noqa: PLC0415

    signed = SignedStatement.load(statement)
    trusted = None if venue is None else read_address(venue, "--venue")
    # Off chain and on chain alike: the file says what it is for, and the registry compares.
    require_statement(signed, trusted, int(clock.time()), domain=signed.domain)
    if account is not None:
        statement_about(statement, integer(account, "--account"))
    if registry is not None:
        _client(registry, rpc).check(signed)
    asked = {"--venue": venue, "--account": account, "--registry": registry}
    _show(
        signed, as_json=as_json, valid=True, not_compared=[name for name, one in asked.items() if one is None]
    )


@statement_app.command()
def pledge(  # noqa: PLR0913, PLR0917  # the options of a command
    statement: _Statement,
    registry: _Registry,
    lender: Annotated[str, typed.Option("--lender", help="The contract that lends against the account.")],
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Pledge an account to one lender, as the statement's holder. Only the lender can release it."""
    from zkmargin.proofs.account_statement import SignedStatement  # noqa: PLC0415

    signed = SignedStatement.load(statement)
    gas = _client(registry, rpc, keystore, password_file).pledge(signed, lender)
    _done({"lender": lender, "gas": gas}, f"pledged to {lender}; {gas} gas", as_json=as_json)


@statement_app.command()
def revoke(  # noqa: PLR0913, PLR0917  # the options of a command
    account_id: _AccountId,
    registry: _Registry,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Revoke all statements of an account that were issued until now, as their venue."""
    from zkmargin.proofs.account_statement import account_id as id_of  # noqa: PLC0415

    up_to = int(clock.time())
    gas = _client(registry, rpc, keystore, password_file).revoke(id_of(account_id), up_to)
    text = f"statements until {utc_text(up_to)} are revoked; {gas} gas"
    _done({"upTo": up_to, "gas": gas}, text, as_json=as_json)


@statement_app.command()
def retire(  # noqa: PLR0913, PLR0917  # the options of a command
    registry: _Registry,
    yes: Annotated[bool, typed.Option("--yes", help="Confirm: this cannot be taken back.")] = False,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Retire a venue's key for ever, for example because it was stolen: all its statements are void."""
    if not yes:
        raise InputError("needed: a retired key can never sign a statement again", source="--yes")
    gas = _client(registry, rpc, keystore, password_file).retire()
    _done({"gas": gas}, f"the key is retired; {gas} gas", as_json=as_json)


def _client(
    registry: str, rpc: str, keystore: Path | None = None, password_file: Path | None = None
) -> StatementRegistry:
    from zkmargin.chain.node import connect  # noqa: PLC0415  # needs an extra
    from zkmargin.contracts.client import address_of  # noqa: PLC0415
    from zkmargin.contracts.statement_registry import StatementRegistry  # noqa: PLC0415

    address = address_of("--registry", registry)
    return StatementRegistry(connect(rpc, key=signing_key(keystore, password_file)), address)


def _done(shown: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
    else:
        print_line(text)


def _show(signed: SignedStatement, *, as_json: bool, **more: Any) -> None:
    document = signed.to_json()
    if as_json:
        print_json({**document["message"], "domain": document["domain"], "venue": document["signer"], **more})
        return
    statement = signed.statement
    rows = [
        ("venue", signed.signature.signer),
        ("published at", statement.source),
        ("account", document["message"]["account"]),
        ("holder", statement.holder),
        ("commitment", str(statement.commitment)),
        ("snapshot root", str(statement.snapshot_root)),
        ("valid", f"{utc_text(statement.issued_at)} to {utc_text(statement.valid_until)}"),
        ("for", str(signed.domain)),
    ]
    if "file" in more:
        print_line(f"{more['file']}: a statement of account")
    print_table(rows, indent=2)
    if "valid" in more:
        print_line("valid now, by signature and period")
        if more["not_compared"]:
            print_line(f"not compared: {', '.join(more['not_compared'])}")
