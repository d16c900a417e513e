"""The settings of a keeper: docs/keeper.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from .policy import Roles

__all__ = ["Fees", "KeeperFiles", "KeeperSettings"]


@dataclass(frozen=True, slots=True)
class KeeperFiles:
    """Where a keeper finds what it needs; relative paths start from the settings file.

    Attributes
    ----------
    deployment : Path
        The market: ``deployment.json``.
    keystore : Path
        The key that sends transactions.
    password : Path or None
        The file with its password; None where the environment has it.
    state : Path
        The keeper's own database.
    snapshots : Path
        The folder of snapshots.
    bought : Path
        Gets a folder for each account that is bought, as ``zkmargin settle`` takes it.
    accounts : Path or None
        A folder of account files.
    sealed : Path or None
        A folder of openings sealed to the venue.
    sealing_key : Path or None
        The key that opens them.
    keys : Path or None
        The folder of the circuits' keys; None for the usual one.
    """

    deployment: Path
    keystore: Path
    password: Path | None
    state: Path
    snapshots: Path
    bought: Path
    accounts: Path | None = None
    sealed: Path | None = None
    sealing_key: Path | None = None
    keys: Path | None = None


@dataclass(frozen=True, slots=True)
class Fees:
    """What transactions may cost, and when to raise it.

    Attributes
    ----------
    max_per_gas : int
        The most to pay for a unit of gas, in wei.
    resend_after : int
        After how many seconds a transaction that is not in the chain gives its place to the next one, at a
        higher fee.
    """

    max_per_gas: int
    resend_after: int = 300


# No repr: the address of a node may carry an access key.
@dataclass(frozen=True, slots=True, repr=False)
class KeeperSettings:
    """All settings of a keeper.

    Attributes
    ----------
    source : str
        The file.
    rpc : str or None
        The node's address; None where `rpc_env` has it.
    rpc_env : str or None
        The environment variable with the node's address.
    interval : int
        Seconds between two rounds.
    confirmations : int
        After how many blocks a transaction is final.
    fees : Fees
    files : KeeperFiles
    roles : Roles
    """

    source: str
    rpc: str | None
    rpc_env: str | None
    interval: int
    confirmations: int
    fees: Fees
    files: KeeperFiles
    roles: Roles

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a settings file.

        Raises
        ------
        InputError
            With file and key path, if it is not one.
        """
        from .settings_file import read_settings  # noqa: PLC0415  # it imports this module

        return read_settings(cls, Path(path))
