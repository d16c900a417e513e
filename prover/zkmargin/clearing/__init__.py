"""Clearing: operations on the accounts of a house, proven in batches. No chain is needed.

A `Ledger` has the openings, a `Draft` collects operations and checks their rules, `plan_batch` assigns them to
circuits, and `prove_plan` makes the proofs. `verify_batch` checks a batch from public data, and `latest_opening` gives
a holder its account after it. `plan_attestation`, `prove_attestation` and `verify_attestation` do the same for proofs
of health alone. docs/clearing.md has an example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .attestation import Attestation, AttestationContent, Attested
    from .batch import Batch, BatchContent, HealthPart, OperationsPart, PartProof
    from .draft import Draft
    from .holder import follow, latest_opening
    from .ledger import Ledger
    from .plan import AttestationPlan, Plan, plan_attestation, plan_batch
    from .prove import prove_attestation, prove_plan
    from .signed import SignedOrder, SignedSheet
    from .unhealthy import unhealthy_accounts
    from .verification import verify_attestation, verify_batch
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        attestation="Attestation AttestationContent Attested",
        batch="Batch BatchContent HealthPart OperationsPart PartProof",
        draft="Draft",
        holder="follow latest_opening",
        ledger="Ledger",
        plan="AttestationPlan Plan plan_attestation plan_batch",
        prove="prove_attestation prove_plan",
        signed="SignedOrder SignedSheet",
        unhealthy="unhealthy_accounts",
        verification="verify_attestation verify_batch",
    )

__all__ = [
    "Attestation",
    "AttestationContent",
    "AttestationPlan",
    "Attested",
    "Batch",
    "BatchContent",
    "Draft",
    "HealthPart",
    "Ledger",
    "OperationsPart",
    "PartProof",
    "Plan",
    "SignedOrder",
    "SignedSheet",
    "follow",
    "latest_opening",
    "plan_attestation",
    "plan_batch",
    "prove_attestation",
    "prove_plan",
    "unhealthy_accounts",
    "verify_attestation",
    "verify_batch",
]
