"""``zkmargin snapshot verify``."""

from __future__ import annotations

from functools import cache
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.errors import InputError, StatementError
from zkmargin.risk import load_collateral
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.snapshot.verify import verify_snapshot
from zkmargin.venue_data import VenueData

from . import typed
from .options import (
    FEW_ESTIMATES,
    ChainId,
    Collateral,
    Json,
    MaxEstimated,
    VerifyingContract,
    chosen_model,
    parse_share,
)
from .output import print_json
from .verification_text import NamedKey, SignatureCheck, show_verification, verification_to_json

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.snapshot.signatures import Domain, Signatures
    from zkmargin.snapshot.verify import Verification


__all__ = ["count_signatures", "verify"]


def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    snapshot: Annotated[Path, typed.Argument(help="The snapshot to verify.")],
    venue_data: Annotated[
        Path | None, typed.Option("--data", help="Trusted venue data, to derive the snapshot again.")
    ] = None,
    model: Annotated[
        str | None, typed.Option("--model", help="The expected margin model: a name or a TOML file.")
    ] = None,
    collateral: Collateral = None,
    signatures: Annotated[
        Path | None, typed.Option("--signatures", help="Signatures from zkmargin snapshot sign.")
    ] = None,
    signer: Annotated[
        list[str] | None, typed.Option("--signer", help="The address of a trusted signer. Repeatable.")
    ] = None,
    threshold: Annotated[
        int | None,
        typed.Option("--threshold", min=1, help="The least number of trusted signers; all if left out."),
    ] = None,
    chain_id: ChainId = None,
    verifying_contract: VerifyingContract = None,
    max_estimated: MaxEstimated = FEW_ESTIMATES,
    as_json: Json = False,
) -> None:
    """Verify a snapshot against venue data and trusted signers.

    --data derives every row again and compares it; --signatures checks and counts signatures, and compares the keys
    that signers name with those of this machine. Exit code 1 if a row differs or trusted signers are missing.
    """
    from zkmargin.snapshot.signatures import Domain  # noqa: PLC0415

    _needs("--data", venue_data, {"--model": model, "--collateral": collateral})
    _needs("--signatures", signatures, {"--signer": signer, "--chain-id": chain_id})
    _needs("--signer", signer, {"--threshold": threshold})
    share = parse_share(max_estimated)
    domain, risk = Domain(chain_id, verifying_contract), Snapshot.load(snapshot)
    derived = None if venue_data is None else _derive(risk, venue_data, model, collateral, share)
    signed = (
        None if signatures is None else count_signatures(risk, signatures, signer or [], threshold, domain)
    )
    asked = {"--data": venue_data, "--model": model, "--collateral": collateral, "--signer": signer}
    unasked = [name for name, value in asked.items() if not value]
    if as_json:
        print_json(verification_to_json(risk, derived, signed, unasked))
    else:
        show_verification(risk, derived, signed, unasked)
    if (derived is not None and not derived.holds) or (signed is not None and signed.reason):
        raise typed.Exit(1)


def _needs(name: str, value: object, others: dict[str, Any]) -> None:
    given = [other for other, what in others.items() if what is not None and what != []]
    if not value and given:
        raise InputError(f"needs {name}", source=", ".join(given))


def _derive(
    snapshot: Snapshot, venue_data: Path, model: str | None, collateral: Path | None, share: Decimal
) -> Verification:
    return verify_snapshot(
        snapshot,
        VenueData.load(venue_data),
        model=None if model is None else chosen_model(model),
        collateral=None if collateral is None else load_collateral(collateral),
        max_estimated=share,
    )


def count_signatures(
    snapshot: Snapshot, path: Path, signers: list[str], threshold: int | None, domain: Domain
) -> SignatureCheck:
    """Check the signatures of a snapshot, and count those of trusted signers."""
    from zkmargin.snapshot.signatures import Signatures  # noqa: PLC0415
    from zkmargin.snapshot.signer import recover_signers, require_quorum  # noqa: PLC0415

    found, needed = Signatures.load(path), len(signers) if threshold is None else threshold
    everybody: tuple[str, ...] = ()
    reason = ""
    try:
        everybody = recover_signers(snapshot, found, domain=domain)
        if signers:
            require_quorum(snapshot, found, signers, needed, domain=domain)
    except StatementError as error:
        reason = str(error)
    named = {one.lower() for one in signers}
    trusted = tuple(one for one in everybody if one.lower() in named)
    # Nothing is said about keys unless every signature is valid.
    keys = _named_keys(found) if everybody else {}
    return SignatureCheck(str(domain), everybody, trusted, needed, reason, keys)


def _named_keys(signatures: Signatures) -> dict[str, tuple[NamedKey, ...]]:
    """Compare the fingerprints that signers name with those of this machine's keys; by signer."""
    from zkmargin.proofs.circuit_keys import load_circuit  # noqa: PLC0415
    from zkmargin.proofs.instances import circuits  # noqa: PLC0415

    @cache
    def here(name: str) -> tuple[str, str] | tuple[None, None]:
        found = load_circuit(circuits()[name]) if name in circuits() else None
        return (None, None) if found is None else (found[1].fingerprint, str(found[1].kind))

    return {
        one.signer: tuple(NamedKey(name, text, *here(name)) for name, text in one.keys.fingerprints.items())
        for one in signatures.signatures
        if one.keys is not None
    }
