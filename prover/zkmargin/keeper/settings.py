"""The settings of a keeper: a TOML file, see docs/keeper.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.documents.toml import load_toml

from .fields import amount_of, boolean_of, integer_of, path_of
from .policy import BidPolicy, HolderPolicy, Roles

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Fees", "KeeperFiles", "KeeperSettings"]

_GWEI = 10**9
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_TABLES = ("chain", "key", "files")
_ROLES = ("holder", "caller", "starter", "bidder")
_OPTIONAL = ("venue", "metrics")
_CHAIN = ("rpc", "rpc_env", "interval", "confirmations", "resend_after", "places")
_LISTEN = re.compile(r"([A-Za-z0-9_.:-]*|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})", re.ASCII)


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
        The keeper's record of its transactions.
    book : Path
        The book of openings.
    snapshots : Path
        The folder of snapshots.
    keys : Path or None
        The folder of the circuits' keys; None for the default one.
    venue_key, venue_password : Path or None
        The file of the venue's key, and the file with its password; None to read the password from the environment.
    """

    deployment: Path
    keystore: Path
    password: Path | None
    state: Path
    book: Path
    snapshots: Path
    keys: Path | None = None
    venue_key: Path | None = None
    venue_password: Path | None = None

    @classmethod
    def from_fields(cls, tables: dict[str, Field], deployment: Field) -> Self:
        """Read the tables ``key``, ``files`` and ``venue``.

        Parameters
        ----------
        tables : dict of str to Field
        deployment : Field
            The path of the deployment.

        Raises
        ------
        InputError
            With the key path, if a value is wrong.
        """
        key = tables["key"].members(("keystore",), ("password_file",))
        files = tables["files"].members(("state", "book", "snapshots"), ("keys",))
        venue = tables["venue"].members(("key",), ("password_file",)) if "venue" in tables else {}
        folder = Path(deployment.source).resolve().parent

        def optional(fields: dict[str, Field], name: str) -> Path | None:
            return path_of(fields[name], folder) if name in fields else None

        return cls(
            deployment=path_of(deployment, folder),
            keystore=path_of(key["keystore"], folder),
            password=optional(key, "password_file"),
            state=path_of(files["state"], folder),
            book=path_of(files["book"], folder),
            snapshots=path_of(files["snapshots"], folder),
            keys=optional(files, "keys"),
            venue_key=optional(venue, "key"),
            venue_password=optional(venue, "password_file"),
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
    places : int
        The least number of positions of the circuit for a single account; a larger circuit tells less of its size.
    metrics : tuple of str and int, or None
        The host and the port that serve metrics and health; None for none.
    """

    source: str
    rpc: str | None
    rpc_env: str | None
    interval: int
    confirmations: int
    fees: Fees
    files: KeeperFiles
    roles: Roles
    places: int = 0
    metrics: tuple[str, int] | None = None

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
        tables = field.members(_TABLES, (*_ROLES, *_OPTIONAL))
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
            files=KeeperFiles.from_fields(tables, chain["deployment"]),
            roles=_read_roles(field, tables),
            places=integer_of(chain.get("places"), 0, 0, 128),
            metrics=_read_metrics(tables["metrics"]) if "metrics" in tables else None,
        )


def _read_roles(document: Field, tables: dict[str, Field]) -> Roles:
    if not any(name in tables for name in _ROLES):
        document.refuse(f"no role: expected a table named {', '.join(_ROLES[:-1])} or {_ROLES[-1]}")
    caller = tables["caller"].members((), ("freeze",)) if "caller" in tables else {}
    if "starter" in tables:
        tables["starter"].members(())
    holder, bidder = tables.get("holder"), tables.get("bidder")
    return Roles(
        holder=None if holder is None else HolderPolicy.from_fields(holder),
        caller="caller" in tables,
        freezes="caller" in tables and ("freeze" not in caller or boolean_of(caller["freeze"])),
        starter="starter" in tables,
        venue="venue" in tables,
        bidder=None if bidder is None else BidPolicy.from_fields(bidder),
    )


def _read_metrics(table: Field) -> tuple[str, int]:
    listen = table.members(("listen",))["listen"]
    found = _LISTEN.fullmatch(listen.text())
    if found is None or not found[1] or not 0 < int(found[2]) < 2**16:
        listen.refuse("expected a host and a port such as 127.0.0.1:9464")
    return found[1].strip("[]"), int(found[2])
