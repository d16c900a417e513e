"""The report of a proof of solvency: what it shows, in public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin import spec
from zkmargin.documents.json_file import JsonFile
from zkmargin.ethereum import keccak
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.constants import BPS_BITS, COLLATERALS, FIELD
from zkmargin.spec.solvency import MOST_ACCOUNTS

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["REPORT", "SolvencyReport", "lots_point"]

REPORT = "report.json"
"""The report's name in the folder of a proof; it is written last."""

_FORMAT = "zkmargin-solvency/1"
_MEMBERS = ("format", "snapshotRoot", "requirementBps", "root", "chunks", "accounts", "totals")
_TOTALS = ("unhealthy", "deficit", "cash", "collateral", "lots")
_TAG = keccak(_FORMAT.encode())
_CASH, _AMOUNT, _DEFICIT = 2**115, 2**96, 2**164


@dataclass(frozen=True, slots=True)
class SolvencyReport(JsonFile):
    """What a proof of solvency shows. By itself it proves nothing: see `zkmargin.solvency.verify_solvency`.

    Attributes
    ----------
    snapshot_root : int
        The snapshot that values the accounts.
    requirement_bps : int
        The requirement of healthy accounts, in 1/10000 of maintenance margin.
    root : int
        The root of the tree of all accounts.
    chunks : int
        The number of proofs.
    accounts : int
        The number of accounts, without blanks.
    unhealthy : int
        The number of accounts below the requirement.
    deficit : int
        The sum of max(0, -equity) over all accounts, in 1e-12 of the quote currency.
    cash : int
        The sum of cash, in 1e-6 of the quote currency.
    amounts : tuple of int
        The sums of the 8 collateral assets, in 1e-6 of the asset, in the order of the snapshot.
    lots : int
        A field element: 0 if the lots of every instrument add up to 0; see `zkmargin.spec.Sums`.
    """

    snapshot_root: int
    requirement_bps: int
    root: int
    chunks: int
    accounts: int
    unhealthy: int
    deficit: int
    cash: int
    amounts: tuple[int, ...]
    lots: int = 0

    @property
    def last(self) -> int:
        """The commitment to the sums, to which the last proof must lead; they are public, so their blind is 0."""
        sums = spec.Sums(self.unhealthy, self.deficit, self.cash, self.amounts, self.lots)
        return spec.sums_hash(sums, 0, fast_hasher())

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a ``report.json``.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        found = field.members_of(_FORMAT, _MEMBERS)
        totals = found["totals"].members(_TOTALS)
        return cls(
            snapshot_root=found["snapshotRoot"].integer(0, FIELD - 1),
            requirement_bps=found["requirementBps"].integer(0, 2**BPS_BITS - 1),
            root=found["root"].integer(0, FIELD - 1),
            chunks=found["chunks"].integer(1, MOST_ACCOUNTS),
            accounts=found["accounts"].integer(0, MOST_ACCOUNTS),
            unhealthy=totals["unhealthy"].integer(0, MOST_ACCOUNTS),
            deficit=totals["deficit"].integer(0, _DEFICIT),
            cash=totals["cash"].integer(-_CASH, _CASH),
            amounts=tuple(one.integer(0, _AMOUNT) for one in totals["collateral"].items(COLLATERALS)),
            lots=totals["lots"].integer(0, FIELD - 1),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``report.json``."""
        return {
            "format": _FORMAT,
            "snapshotRoot": str(self.snapshot_root),
            "requirementBps": str(self.requirement_bps),
            "root": str(self.root),
            "chunks": str(self.chunks),
            "accounts": str(self.accounts),
            "totals": {
                "unhealthy": str(self.unhealthy),
                "deficit": str(self.deficit),
                "cash": str(self.cash),
                "collateral": [str(amount) for amount in self.amounts],
                "lots": str(self.lots),
            },
        }


def lots_point(root: int, places: int, snapshot_root: int) -> int:
    """Return x, the point at which the lots of all accounts are compared.

    It is a hash of all accounts, so nobody can choose lots that suit it. Keccak, because it has no algebra in common
    with the tree's Poseidon, over whose field the lots are a polynomial of x.

    Parameters
    ----------
    root : int
        The root of the tree of all accounts.
    places : int
        The number of its leaves, blanks included.
    snapshot_root : int

    Returns
    -------
    int
        ``keccak256(keccak256("zkmargin-solvency/1"), root, places, snapshot root)`` mod r.
    """
    words = b"".join(value.to_bytes(32, "big") for value in (root, places, snapshot_root))
    return int.from_bytes(keccak(_TAG + words), "big") % FIELD
