"""What can be said of an account before it is proven: its file, its commitment, its circuit, its statement."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.account.account import Account
from zkmargin.account.opened import OpenedAccount
from zkmargin.documents.strict_json import read_bounded
from zkmargin.errors import InputError, StatementError

from .account_statement import statement_about
from .batch_worker import AccountTask, Outcome
from .margin_prover import chosen_instance
from .proof_journal import State

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.snapshot.snapshot import Snapshot

    from .batch_worker import BatchClaim
    from .context import Context

__all__ = ["Planned", "plan_account"]


@dataclass(frozen=True, slots=True)
class Planned:
    """An account that a process can be asked to prove.

    Attributes
    ----------
    task : AccountTask
    commitment : int
        The commitment that its proof must have.
    """

    task: AccountTask
    commitment: int


def plan_account(
    path: Path, context: Context | int, snapshot: Snapshot, claim: BatchClaim, statement: Path | None
) -> Planned | Outcome:
    """Return an account to prove, or the reason why it cannot be proven.

    Parameters
    ----------
    path : Path
        Its file.
    context : Context or int
    snapshot : Snapshot
    claim : BatchClaim
    statement : Path, optional
        The file of its statement of account, which must be about this state of the account.
    """
    file = ""
    try:
        content = read_bounded(path, Account.MAX_BYTES)
        file = hashlib.sha256(content).hexdigest()
        holder = OpenedAccount.of(Account.from_content(content, str(path)), snapshot)
        limited, disclosed = claim.limits is not None, claim.disclose
        instance = chosen_instance(
            holder.opening, snapshot, limited=limited, disclosed=disclosed, name=claim.instance
        )
        if statement is not None:
            statement_about(statement, holder.commitment)
    except StatementError as error:
        return Outcome(State.FALSE, file, reason=str(error))
    except InputError as error:
        return Outcome(State.BAD, file, reason=str(error))
    return Planned(AccountTask(path, context, file, instance.name), holder.commitment)
