"""Clusters of dask that prove the accounts of a batch, and which of them are safe enough for accounts."""

from __future__ import annotations

import ipaddress
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zkmargin.errors import InputError, ToolchainError
from zkmargin.exports import needs_extra

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from distributed import Client, Security

__all__ = ["Cluster", "connected", "require_safe"]

_CONNECT = 10.0
"""Seconds in which a scheduler has to answer."""
_SCHEMES = ("tls", "tcp")
_NAME = re.compile(r"[A-Za-z0-9._:\[\]-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A scheduler of dask.distributed, and the certificate to reach it with.

    Attributes
    ----------
    scheduler : str
        Its address, ``tls://host:port``, or ``tcp://`` on this machine.
    ca, certificate, key : Path, optional
        The certificate of the authority that all members trust, and the client's certificate and key, in PEM. What is
        left out comes from dask's configuration, ``distributed.comm.tls``.

    Raises
    ------
    InputError
        If the address is malformed, or a connection to it would not be encrypted.
    """

    scheduler: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        """Check the address, and that the files are there."""
        require_safe(self.scheduler, "--scheduler")
        for path in (self.ca, self.certificate, self.key):
            if path is not None and not path.is_file():
                raise InputError("no such file", source=str(path))

    def security(self) -> Security:
        """Return dask's settings of TLS.

        Raises
        ------
        InputError
            If a certificate or the key is missing, or cannot be read.
        ToolchainError
            If the extra ``cluster`` is not installed.
        """
        with needs_extra("cluster"):
            from distributed import Security  # noqa: PLC0415  # an extra

        encrypted = self.scheduler.startswith("tls://")
        files = {"tls_ca_file": self.ca, "tls_client_cert": self.certificate, "tls_client_key": self.key}
        given = {name: str(path) for name, path in files.items() if path is not None}
        if given and not encrypted:
            raise InputError("certificates are for tls://", source="--scheduler")
        security = Security(require_encryption=encrypted, **given)
        if encrypted:
            settings = security.get_tls_config_for_role("client")
            missing = [
                option
                for name, option in {
                    "ca_file": "--tls-ca",
                    "cert": "--tls-cert",
                    "key": "--tls-key",
                }.items()
                if not settings[name]
            ]
            if missing:
                reason = "missing: tls:// needs them, here or in dask's configuration (distributed.comm.tls)"
                raise InputError(reason, source=", ".join(missing))
        return security


def require_safe(address: str, source: str) -> None:
    """Require that a connection to an address is encrypted, or stays on this machine.

    Raises
    ------
    InputError
        If it is neither, or no address.
    """
    scheme, _, rest = address.partition("://")
    try:
        split = urlsplit(address)
        host, port = split.hostname, split.port
    except ValueError:
        host = port = None
    if scheme not in _SCHEMES or not _NAME.fullmatch(rest) or not host or port is None:
        raise InputError(f"expected tls://host:port, got {address!r}", source=source)
    if scheme == "tcp" and not _is_loopback(host):
        reason = f"{address} is not encrypted, and accounts would be sent there: use tls://"
        raise InputError(f"{reason}; tcp:// is for this machine (127.0.0.1, ::1) only", source=source)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # A name, which a resolver could send elsewhere.
        return False


@contextmanager
def connected(cluster: Cluster) -> Iterator[Client]:
    """Connect to a cluster, and disconnect, which cancels what is still asked for.

    Raises
    ------
    InputError
        If a certificate or the key is missing, or cannot be read.
    ToolchainError
        If the extra ``cluster`` is not installed, or the scheduler does not answer, or refuses the certificate.
    """
    security = cluster.security()
    import ssl  # noqa: PLC0415  # slow to load

    with needs_extra("cluster"):
        from distributed import Client  # noqa: PLC0415  # an extra

    try:
        client = Client(
            cluster.scheduler, security=security, timeout=_CONNECT, set_as_default=False, name="zkmargin"
        )
    except (ssl.SSLError, FileNotFoundError, PermissionError) as error:
        reason = (
            f"the certificates cannot be used: {getattr(error, 'reason', None) or error.strerror or error}"
        )
        raise InputError(reason, source=cluster.scheduler) from None
    except (OSError, TimeoutError) as error:
        cause = str(error.__cause__ or error)
        raise ToolchainError(f"the scheduler {cluster.scheduler} does not answer: {cause}") from None
    try:
        yield client
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=5)
