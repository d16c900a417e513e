"""The circuits that a market takes, and whether they can run it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.proofs.batch_instances import STEPS, BatchCircuits, batch_circuits, claim_circuits
from zkmargin.proofs.instances import instances

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from zkmargin.proofs.batch_instances import ClaimInstance
    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proofs.instances import Instance
    from zkmargin.spec.lanes import Shape
    from zkmargin.spec.layout import Layout

__all__ = ["MarketCircuits", "find_market_circuit"]


@dataclass(frozen=True, slots=True)
class MarketCircuits:
    """The circuits of a market's verifier, besides `zkmargin.proofs.batch_instances.STEPS`.

    Attributes
    ----------
    batches : BatchCircuits
        The circuits of fills, upkeep and health.
    claims : tuple of ClaimInstance
        Those of claims in a wind-down; of a layout, the smallest first.
    disclosures : tuple of Instance
        Those that open an account for an auction; of a layout, the smallest first.
    """

    batches: BatchCircuits
    claims: tuple[ClaimInstance, ...]
    disclosures: tuple[Instance, ...]

    @classmethod
    def of(cls, names: Container[str]) -> Self:
        """Return the circuits with the names of a list; unknown names are left out."""
        every = batch_circuits()
        return cls(
            BatchCircuits(
                tuple(one for one in every.match if one.name in names),
                tuple(one for one in every.quote if one.name in names),
                tuple(one for one in every.upkeep if one.name in names),
                tuple(one for one in every.health if one.name in names),
            ),
            tuple(one for one in claim_circuits() if one.name in names),
            tuple(one for one in instances() if one.shape.disclosed and one.name in names),
        )

    @property
    def all(self) -> tuple[PublishedCircuit, ...]:
        """All circuits of the market's verifier, steps first."""
        return (*STEPS, *self.batches.all, *self.claims, *self.disclosures)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all circuits but the steps."""
        return tuple(one.name for one in self.all[len(STEPS) :])

    def flaws(self) -> Iterator[str]:
        """Return the reasons for which these circuits cannot run a market; none if they can.

        An account that a circuit of health holds may trade. It must also be possible to auction it, and to claim for it
        in a wind-down.
        """
        if not self.batches.match:
            yield "expected a circuit of fills, such as match_1"
        if not self.batches.health:
            yield "expected a circuit of health, such as health_1x12"
        for layout in dict.fromkeys(one.shape.account.layout for one in self.batches.health):
            yield from self._flaws_of(layout)
        for one in self.batches.health:
            if not _any_holds([other.shape for other in self.disclosures], one.shape.account):
                yield f"no disclosure holds the accounts of {one.name}: they could not be auctioned"
            if not _any_holds([other.shape for other in self.claims], one.shape.account):
                yield f"no claim holds the accounts of {one.name}: they could not claim in a wind-down"

    def _flaws_of(self, layout: Layout) -> Iterator[str]:
        every = batch_circuits()
        if all(one.layout is not layout for one in self.batches.upkeep):
            name = next(one.name for one in every.upkeep if one.layout is layout)
            yield f"expected a circuit of upkeep for the layout {layout.name}, such as {name}"
        single = [
            one for one in every.health if one.shape.account.layout is layout and one.shape.accounts == 1
        ]
        if not any(one in self.batches.health for one in single):
            names = ", ".join(one.name for one in single)
            yield f"expected a circuit of one account's health for the layout {layout.name}: one of {names}"


def _any_holds(larger: Sequence[Shape], shape: Shape) -> bool:
    return any(
        one.layout == shape.layout and one.lanes >= shape.lanes and one.positions >= shape.positions
        for one in larger
    )


def find_market_circuit(name: str) -> PublishedCircuit:
    """Return a circuit that market settings may list.

    Raises
    ------
    InputError
        If there is none of that name. A market's verifier always has the circuits of steps.
    """
    known = _listed()
    if name in known:
        return known[name]
    if name in {one.name for one in STEPS}:
        raise InputError("every market has this circuit; list the others only")
    proofs = {one.name: one for one in instances()}
    if name in proofs and proofs[name].shape.limited:
        raise InputError("proves limits on Greeks, which markets do not take")
    if name in proofs:
        raise InputError("proves margin to a reader; a market takes health_* and disclosure_* instead")
    hint = did_you_mean(name, known) or f": expected one of {', '.join(known)}"
    raise InputError(f"no such circuit{hint}")


@cache
def _listed() -> dict[str, PublishedCircuit]:
    every = batch_circuits().all, claim_circuits(), (one for one in instances() if one.shape.disclosed)
    return {one.name: one for kind in every for one in kind}
