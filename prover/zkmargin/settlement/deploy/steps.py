"""The steps of a deployment, with progress and a journal of addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from web3 import Web3

    from zkmargin.proving.setup import Progress

    Journal: TypeAlias = Callable[[dict[str, str]], None]

__all__ = ["Steps"]


class _Deployed(Protocol):
    address: str


AnyDeployed = TypeVar("AnyDeployed", bound=_Deployed)


class Steps:
    """Runs and reports the steps of a deployment.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`; its account deploys.
    total : int
        The number of steps.
    progress : callable, optional
        Called with the present step's name, the number of finished steps, and the number of all steps.
    journal : callable, optional
        Called after each contract with the addresses so far, by name.
    """

    def __init__(self, web3: Web3, total: int, progress: Progress | None, journal: Journal | None) -> None:
        self.web3 = web3
        self._done, self._total, self._progress = 0, total, progress
        self._addresses: dict[str, str] = {}
        self._journal = journal

    def report(self, what: str) -> None:
        """Report the step that begins."""
        if self._progress is not None:
            self._progress(what, self._done, self._total)
        self._done += 1

    def deploy(self, name: str, make: Callable[[], AnyDeployed]) -> AnyDeployed:
        """Deploy a contract and record its address."""
        self.report(f"deploying {name}")
        made = make()
        self._addresses[name] = made.address
        if self._journal is not None:
            self._journal(dict(self._addresses))
        return made
