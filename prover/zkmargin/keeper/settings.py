"""The settings of a keeper: a TOML file, see docs/keeper.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.documents.toml import load_toml

from .fields import amount_of, integer_of, path_of
from .policy import BidPolicy, HolderPolicy, Roles

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Fees", "KeeperFiles", "KeeperSettings"]

_GWEI = 10**9
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_TABLES = ("chain", "key", "files")
_ROLES = ("holder", "caller", "starter", "bidder")
_CHAIN = ("rpc", "rpc_env", "interval", "confirmations", "resend_after")


@dataclass(frozen=True, slots=True)
class KeeperFiles:
    """The files and folders of a keeper; relative paths start from the settings file.

    Attributes
    ----------
    deployment : Path
        The market: ``deployment.json``.
    keystore : Path
        The key that signs transactions.
    password : Path or None
        The file with the keystore's password; None to read it from the environment.
    state : Path
        The keeper's own database.
    snapshots : Path
        The folder of snapshots.
    bought : Path
        The folder that gets a folder for each bought account, as ``zkmargin settle`` takes it.
    accounts : Path or None
        A folder of account files.
    sealed : Path or None
        A folder of openings sealed to the venue.
    sealing_key : Path or None
        The key that opens them.
    keys : Path or None
        The folder of the circuits' keys; None for the default one.
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

    @classmethod
    def from_fields(cls, tables: dict[str, Field], deployment: Field, *, prove: bool) -> Self:
        """Read the tables ``key`` and ``files``.

        Parameters
        ----------
        tables : dict of str to Field
        deployment : Field
            The path of the deployment.
        prove : bool
            Whether a role makes proofs and therefore needs openings.

        Raises
        ------
        InputError
            With the key path, if a value is wrong.
        """
        key = tables["key"].members(("keystore",), ("password_file",))
        optional = ("bought", "accounts", "sealed", "sealing_key", "keys")
        files = tables["files"].members(("state", "snapshots"), optional)
        if ("sealed" in files) != ("sealing_key" in files):
            tables["files"].refuse("expected both sealed and sealing_key, or neither")
        if "accounts" not in files and "sealed" not in files and prove:
            tables["files"].refuse("expected accounts or sealed: only the caller acts without openings")
        folder = Path(deployment.source).resolve().parent
        password = path_of(key["password_file"], folder) if "password_file" in key else None
        return cls(
            deployment=path_of(deployment, folder),
            keystore=path_of(key["keystore"], folder),
            password=password,
            **{"bought": folder / "bought", **{name: path_of(one, folder) for name, one in files.items()}},
        )


@dataclass(frozen=True, slots=True)
class Fees:
    """The limits of transaction fees.

    Attributes
    ----------
    max_per_gas : int
        The most to pay for a unit of gas, in wei.
    resend_after : int
        After this many seconds, the next transaction replaces one that is not in the chain, at a higher fee.
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
        The file, for messages.
    rpc : str or None
        The node's address; None to read it from the environment.
    rpc_env : str or None
        The environment variable with the node's address.
    interval : int
        Seconds between two rounds.
    confirmations : int
        The number of blocks after which a transaction is final.
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
        return cls.from_fields(load_toml(Path(path)))

    @classmethod
    def from_fields(cls, field: Field) -> Self:
        """Read the document of a settings file; raise `InputError` as `load`."""
        tables = field.members(_TABLES, _ROLES)
        roles = _read_roles(field, tables)
        chain = tables["chain"].members(("deployment", "max_fee_gwei"), _CHAIN)
        if ("rpc" in chain) == ("rpc_env" in chain):
            tables["chain"].refuse("expected either rpc or rpc_env")
        return cls(
            source=field.source,
            rpc=chain["rpc"].text() if "rpc" in chain else None,
            rpc_env=chain["rpc_env"].text(_VARIABLE, "a variable's name") if "rpc_env" in chain else None,
            interval=integer_of(chain.get("interval"), 12, 1, 3600),
            confirmations=integer_of(chain.get("confirmations"), 5, 1, 1000),
            fees=Fees(
                amount_of(chain["max_fee_gwei"], _GWEI, least=1),
                integer_of(chain.get("resend_after"), 300, 30, 86_400),
            ),
            files=KeeperFiles.from_fields(tables, chain["deployment"], prove=roles.prove),
            roles=roles,
        )


def _read_roles(document: Field, tables: dict[str, Field]) -> Roles:
    if not any(name in tables for name in _ROLES):
        document.refuse(f"no role: expected a table named {', '.join(_ROLES[:-1])} or {_ROLES[-1]}")
    for name in ("caller", "starter"):
        if name in tables:
            tables[name].members(())
    holder, bidder = tables.get("holder"), tables.get("bidder")
    return Roles(
        holder=None if holder is None else HolderPolicy.from_fields(holder),
        caller="caller" in tables,
        starter="starter" in tables,
        opens_escrows="sealing_key" in tables["files"].entries(),
        bidder=None if bidder is None else BidPolicy.from_fields(bidder),
    )
