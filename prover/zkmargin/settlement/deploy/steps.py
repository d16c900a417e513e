"""A deployment step by step, for those who want to know how far it is."""

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
    """What has been done of a deployment.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`; its account deploys.
    total : int
        How many steps there are.
    progress : callable, optional
        Called with what is being done, how much of it is done, and how much there is.
    journal : callable, optional
        Called after each contract with the addresses so far, by name.
    """

    def __init__(self, web3: Web3, total: int, progress: Progress | None, journal: Journal | None) -> None:
        self.web3 = web3
        self._done, self._total, self._progress = 0, total, progress
        self._addresses: dict[str, str] = {}
        self._journal = journal

    def report(self, what: str) -> None:
        """Tell what is being done now."""
        if self._progress is not None:
            self._progress(what, self._done, self._total)
        self._done += 1

    def deploy(self, name: str, make: Callable[[], AnyDeployed]) -> AnyDeployed:
        """Deploy a contract and note its address."""
        self.report(f"deploying {name}")
        made = make()
        self._addresses[name] = made.address
        if self._journal is not None:
            self._journal(dict(self._addresses))
        return made
