"""Options of the commands that prove accounts: what a proof states, and its context."""

from __future__ import annotations

from typing import Annotated

from zkmargin.errors import InputError
from zkmargin.proofs.context import Context, action_from_text

from . import typed
from .options import integer

__all__ = [
    "Action",
    "AllowUnhealthy",
    "CircuitName",
    "Consumer",
    "ContextChain",
    "Deadline",
    "Disclose",
    "ProofContext",
    "ProverName",
    "chosen_context",
]

ProofContext = Annotated[
    str | None, typed.Option("--context", help="The context off chain: a number below r.")
]
ContextChain = Annotated[int | None, typed.Option("--chain-id", min=0, help="On chain: the chain id.")]
Consumer = Annotated[
    str | None, typed.Option("--consumer", help="On chain: the contract that uses the proof.")
]
Action = Annotated[
    str | None, typed.Option("--action", help="On chain: the action, a label to hash or 0x and 64 digits.")
]
Deadline = Annotated[
    int | None, typed.Option("--deadline", min=0, help="On chain: the last second of validity, Unix time.")
]
Disclose = Annotated[
    bool, typed.Option("--disclose", help="Disclose equity and requirement, as for an auction.")
]
CircuitName = Annotated[
    str | None, typed.Option("--instance", help="The circuit; the smallest one for the account if left out.")
]
AllowUnhealthy = Annotated[
    bool, typed.Option("--allow-unhealthy", help="Prove default if the account is not healthy.")
]

ProverName = Annotated[
    str | None,
    typed.Option("--prover", help="The prover: native, snarkjs or rapidsnark; the fastest if left out."),
]


def chosen_context(
    context: str | None, chain_id: int | None, consumer: str | None, action: str | None, deadline: int | None
) -> Context | int | None:
    """Return the context that options describe; None without options, and the commitment 0 in one on chain.

    Raises
    ------
    InputError
        If options are malformed, missing or do not go together.
    """
    chain = {"--chain-id": chain_id, "--consumer": consumer, "--action": action, "--deadline": deadline}
    missing = [name for name, value in chain.items() if value is None]
    if context is not None and len(missing) < len(chain):
        raise InputError(
            "cannot be combined with --chain-id, --consumer, --action or --deadline", source="--context"
        )
    if context is not None:
        return integer(context, "--context")
    if chain_id is not None and consumer is not None and action is not None and deadline is not None:
        return Context(chain_id, consumer, 0, action_from_text(action), deadline)
    if len(missing) < len(chain):
        raise InputError("missing: a context on chain needs all four options", source=", ".join(missing))
    return None
