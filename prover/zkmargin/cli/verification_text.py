"""Results of `zkmargin snapshot verify`, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.snapshot.verify import Verification

__all__ = ["NamedKey", "SignatureCheck", "show_signed", "show_verification", "verification_to_json"]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key that a signer names, and the key of the same circuit on this machine.

    Attributes
    ----------
    circuit, fingerprint : str
        As named.
    here : str or None
        The fingerprint on this machine; None without keys of the circuit.
    kind : str or None
        The kind of this machine's keys.
    """

    circuit: str
    fingerprint: str
    here: str | None
    kind: str | None

    @property
    def text(self) -> str:
        """The result of the comparison in words."""
        if self.here is None:
            return "this machine has no keys of it"
        return (
            f"this machine's {self.kind} key"
            if self.here == self.fingerprint
            else f"NOT this machine's {self.here}"
        )


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """The result of checking signatures.

    Attributes
    ----------
    domain : str
        The chain and contract that they are for.
    signers, trusted : tuple of str
        The signers, and the trusted ones among them.
    threshold : int
        The least number of trusted signers; 0 if none was named.
    reason : str
        Why they are insufficient; empty if they are not.
    keys : mapping of str to tuple of NamedKey
        The keys that signers name, by signer.
    """

    domain: str
    signers: tuple[str, ...]
    trusted: tuple[str, ...]
    threshold: int
    reason: str
    keys: Mapping[str, tuple[NamedKey, ...]]


def verification_to_json(
    snapshot: Snapshot,
    derived: Verification | None,
    signed: SignatureCheck | None,
    unasked: Sequence[str],
) -> dict[str, Any]:
    """Return the results as an object; a part that was not requested is null.

    `unasked` are the options that were not given.
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
    """Write the results, and which options were not given."""
    print_line(f"the file matches its root {snapshot.root}")
    if derived is None:
        print_line("NOT derived again: the rows are unchecked, give --data")
    else:
        _show_derived(derived)
    if signed is not None:
        show_signed(signed)
    if unasked:
        print_line(f"not compared, as no expected value was given: {', '.join(unasked)}")


def _show_derived(derived: Verification) -> None:
    print_line(f"derived again: {derived.rows} rows, {derived.values} values")
    if derived.last_places:
        print_line(f"  {derived.last_places} of them differ by one micro-quote, which rounding explains")
    if derived.holds:
        print_line("  all rows match the venue data and the model")
        return
    print_line(f"  DIFFERENT: {len(derived.differences)}")
    for one in derived.differences[:_SHOWN]:
        published, ours = ("none" if value is None else value for value in (one.published, one.derived))
        print_line(f"  {one.part}: {one.value}: published {published}, derived {ours}")
    if len(derived.differences) > _SHOWN:
        print_line("  ... (--json lists all of them)")


def show_signed(signed: SignatureCheck) -> None:
    """Write who signed, and whether that is enough."""
    print_line(f"signatures, {signed.domain}")
    for one in signed.signers:
        counts = one in signed.trusted or not signed.threshold
        print_line(f"  {one}{'' if counts else '  not trusted: no --signer'}")
        if one in signed.keys:
            print_line("    proves under")
            print_table(((key.circuit, key.fingerprint, key.text) for key in signed.keys[one]), indent=6)
    if signed.reason:
        print_line(f"  NOT ENOUGH: {signed.reason}" if signed.signers else f"  INVALID: {signed.reason}")
    elif signed.threshold:
        print_line(f"  trusted signers: {len(signed.trusted)}, needed: {signed.threshold}")
    else:
        print_line("  valid, but anybody can sign: name the signers you trust with --signer")
