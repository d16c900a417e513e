"""A cluster of dask on loopback: a scheduler and workers in processes of their own, with certificates if asked for."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATIENCE = 60.0


class Certificates:
    """An authority, and a certificate that all members of a cluster share."""

    def __init__(self, folder: Path) -> None:
        self.ca, self.certificate, self.key = (
            folder / name for name in ("ca.pem", "member.pem", "member.key")
        )
        folder.mkdir(exist_ok=True)
        authority, member = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "member")])
        root = _certificate(issuer, issuer, authority.public_key(), authority, is_authority=True)
        leaf = _certificate(subject, issuer, member.public_key(), authority, is_authority=False)
        self.ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        self.certificate.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        self.key.touch(mode=0o600)
        self.key.write_bytes(member.private_bytes(serialization.Encoding.PEM, form, plain))

    @property
    def options(self) -> list[str]:
        """Options of `dask worker`, `dask scheduler`."""
        return [
            "--tls-ca-file",
            str(self.ca),
            "--tls-cert",
            str(self.certificate),
            "--tls-key",
            str(self.key),
        ]

    @property
    def ours(self) -> list[str]:
        """Options of `zkmargin prove-batch`."""
        return ["--tls-ca", str(self.ca), "--tls-cert", str(self.certificate), "--tls-key", str(self.key)]


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(signer, hashes.SHA256())
    )


class DaskCluster:
    """Its processes; ended with the `with` block of `dask_cluster`."""

    def __init__(self, folder: Path, certificates: Certificates | None) -> None:
        self._folder, self._certificates = folder, certificates
        self._processes: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        file.unlink(missing_ok=True)
        protocol = "tcp" if certificates is None else "tls"
        options = [
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--protocol",
            protocol,
            "--scheduler-file",
            str(file),
        ]
        self._start("dask_scheduler", [*options, "--no-dashboard"], {})
        end = time.monotonic() + PATIENCE
        while not file.exists() or not file.read_text():
            assert time.monotonic() < end
            time.sleep(0.02)
        self.address = json.loads(file.read_text())["address"]

    def worker(self, *options: str, spills: bool = False, **env: str) -> subprocess.Popen[bytes]:
        """Start a worker with one thread, without a nanny that would start it again."""
        memory = {"TARGET": str(spills or False), "SPILL": "False"}
        settings = {f"DASK_DISTRIBUTED__WORKER__MEMORY__{name}": value for name, value in memory.items()}
        if spills:
            settings = {}
        fixed = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self._folder)]
        return self._start("dask_worker", [self.address, *fixed, *options], {**settings, **env})

    def _start(self, module: str, options: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        certificates = [] if self._certificates is None else self._certificates.options
        command = [sys.executable, "-m", f"distributed.cli.{module}", *options, *certificates]
        path = os.pathsep.join(sys.path)
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  # a fixed command
                command, env={**os.environ, "PYTHONPATH": path, **env}, stdout=log, stderr=log
            )
        self._processes.append(process)
        return process

    def log(self) -> str:
        """Return what the processes have written."""
        return (self._folder / "log").read_text()

    def end(self) -> None:
        """End all processes."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@contextmanager
def dask_cluster(folder: Path, certificates: Certificates | None = None) -> Iterator[DaskCluster]:
    """Run a scheduler, and the workers that are started."""
    folder.mkdir(exist_ok=True)
    cluster = DaskCluster(folder, certificates)
    try:
        yield cluster
    finally:
        cluster.end()
