"""Keys as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import print_line

if TYPE_CHECKING:
    from zkmargin.proving.keys import Keys

__all__ = ["show_keys", "summary_of_keys"]


def summary_of_keys(keys: Keys) -> dict[str, Any]:
    """Return keys as an object for JSON: their manifest, and what is known about them here."""
    return {
        **keys.manifest.to_json(),
        "kind": keys.kind,
        "note": keys.kind.note,
        "fingerprint": keys.fingerprint,
        "contributions": [one.to_json() for one in keys.contributions.items],
        "zkey": str(keys.zkey),
        "verification_key": str(keys.verification_key),
        "n_public": keys.key.n_public,
    }


def show_keys(keys: Keys) -> None:
    """Write lines about keys to standard output."""
    manifest = keys.manifest
    print_line(f"{manifest.circuit}: {keys.kind} key, {keys.key.n_public} public signals, {keys.zkey}")
    print_line(f"  fingerprint {keys.fingerprint}")
    print_line(f"  {keys.kind.note}")
