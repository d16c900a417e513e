"""What `zkmargin snapshot verify` found, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .output import print_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.snapshot.verify import Verification

__all__ = ["SignatureCheck", "show_verification", "verification_to_json"]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What the signatures come to.

    Attributes
    ----------
    domain : str
        Where they have to count.
    signers, trusted : tuple of str
        Who signed, and who of them is trusted.
    threshold : int
        How many trusted signers are needed; 0 if none was named.
    reason : str
        Why they do not hold; empty if they do.
    """

    domain: str
    signers: tuple[str, ...]
    trusted: tuple[str, ...]
    threshold: int
    reason: str


def verification_to_json(
    snapshot: Snapshot,
    derived: Verification | None,
    signed: SignatureCheck | None,
    unasked: Sequence[str],
) -> dict[str, Any]:
    """Return what was found as an object; a part that was not asked for is null.

    `unasked` are the options that were left out, so that nothing was compared with them.
    """
    rows = None
    if derived is not None:
        rows = {
            "holds": derived.holds,
            "rows": derived.rows,
            "values": derived.values,
            "last_places": derived.last_places,
            "derived_root": str(derived.derived_root),
            "differences": [asdict(one) for one in derived.differences],
        }
    signatures = None if signed is None else {"holds": not signed.reason, **asdict(signed)}
    parts = [part["holds"] for part in (rows, signatures) if part is not None]
    return {
        "valid": all(parts),
        "root": str(snapshot.root),
        "derived": rows,
        "signatures": signatures,
        "not_compared": list(unasked),
    }


def show_verification(
    snapshot: Snapshot,
    derived: Verification | None,
    signed: SignatureCheck | None,
    unasked: Sequence[str],
) -> None:
    """Write what was found, and what was not looked at."""
    print_line(f"the file hashes to its root {snapshot.root}")
    if derived is None:
        print_line("NOT derived again: nothing says that its rows are right")
    else:
        _show_derived(derived)
    if signed is not None:
        _show_signed(signed)
    if unasked:
        print_line(f"not compared with what you expect: {', '.join(unasked)}")


def _show_derived(derived: Verification) -> None:
    print_line(f"derived again: {derived.rows} rows, {derived.values} values")
    if derived.last_places:
        print_line(f"  {derived.last_places} of them differ by one micro-quote, as machines may round")
    if derived.holds:
        print_line("  the snapshot is what market and model give")
        return
    print_line(f"  DIFFERENT: {len(derived.differences)}")
    for one in derived.differences[:_SHOWN]:
        published, ours = ("nothing" if value is None else value for value in (one.published, one.derived))
        print_line(f"  {one.part}: {one.value}: published {published}, derived {ours}")
    if len(derived.differences) > _SHOWN:
        print_line("  ... (all of them with --json)")


def _show_signed(signed: SignatureCheck) -> None:
    print_line(f"signatures, {signed.domain}")
    for one in signed.signers:
        counts = one in signed.trusted or not signed.threshold
        print_line(f"  {one}{'' if counts else '  does not count: not one of --signer'}")
    if signed.reason:
        print_line(f"  NOT ENOUGH: {signed.reason}" if signed.signers else f"  INVALID: {signed.reason}")
    elif signed.threshold:
        print_line(f"  {len(signed.trusted)} trusted signers of {signed.threshold} needed")
    else:
        print_line("  they hold, but anybody can sign: name with --signer whom you trust")
