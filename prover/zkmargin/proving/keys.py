"""Building, loading and checking of key files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zkmargin.documents.files import existing_file, make_folder, private_folder, publish, sha256, write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError

from .artifacts import VerificationKey
from .ceremonies import check_ptau
from .contributions import Contributions
from .fingerprints import fingerprint
from .key_kinds import KeyKind
from .manifest import MANIFEST, VERIFICATION_KEY, Manifest, file_names, manifest_path
from .setup import Progress, development_key, export_verification_key, from_phase1, tool_versions
from .verified_keys import Records
from .verify import check_key
from .zkey import read_verification_key

if TYPE_CHECKING:
    from pathlib import Path

    from .circuit import Circuit
    from .verified_keys import VerifiedKey

__all__ = ["Keys", "build_keys", "find_keys", "load_keys", "verify_keys"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a circuit.

    Attributes
    ----------
    zkey, verification_key : Path
        The files.
    key : VerificationKey
        The verification key.
    manifest : Manifest
        The manifest, which is the word of the keys' maker.
    contributions : Contributions
        The contributions to phase 2 that the proving key lists; they are verified if `record` has a phase 1.
    record : VerifiedKey or None
        What a verification on this machine found about these very files; None if there was none.
    """

    zkey: Path
    verification_key: Path
    key: VerificationKey
    manifest: Manifest
    contributions: Contributions
    record: VerifiedKey | None

    @property
    def kind(self) -> KeyKind:
        """The kind of the keys by their record; without one, `KeyKind.DEVELOPMENT`."""
        return self.record.kind if self.record else KeyKind.DEVELOPMENT

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the verification key; see `zkmargin.proving.fingerprints`."""
        return fingerprint(self.key)


def build_keys(
    circuit: Circuit,
    out_dir: Path,
    *,
    ptau: Path | None = None,
    ptau_blake2b: str | None = None,
    progress: Progress | None = None,
) -> Keys:
    """Build the keys of a circuit.

    Parameters
    ----------
    circuit : Circuit
        The compiled circuit.
    out_dir : Path
        The folder for ``<name>.zkey``, ``verification_key.json`` and ``manifest.json``; it is created if necessary.
    ptau : Path, optional
        A published phase-1 file, prepared for phase 2. Without it the keys are single-party development keys.
    ptau_blake2b : str, optional
        The BLAKE2b-512 of `ptau`, in hex, if `ptau` is not of a known ceremony.
    progress : callable, optional
        See `Progress`.

    Raises
    ------
    InputError
        If the circuit's files are malformed, or the phase-1 file has an unexpected hash.
    ToolchainError
        If snarkjs is necessary but missing, or fails.
    """
    report = progress or _no_progress
    r1cs = existing_file(circuit.r1cs, "a circuit's constraints")
    out_dir = make_folder(out_dir)
    with private_folder(out_dir) as scratch:
        zkey = scratch / f"{circuit.name}.zkey"
        phase1: dict[str, str] = {}
        if ptau is None:
            development_key(r1cs, zkey, report)
        else:
            name, digest = check_ptau(ptau, ptau_blake2b)
            phase1 = {"name": name, "blake2b": digest}
            from_phase1(r1cs, ptau.resolve(), zkey, report)
        verification_key = scratch / VERIFICATION_KEY
        write_json(verification_key, export_verification_key(zkey))
        _checked_key(zkey, verification_key)
        manifest = _manifest(circuit, zkey, verification_key, phase1)
        _publish_all(scratch, out_dir, manifest)
    return load_keys(out_dir)


def load_keys(path: Path, records: Records | None = None) -> Keys:
    """Load the keys in a folder.

    Parameters
    ----------
    path : Path
        The folder.
    records : Records, optional
        The records of verified keys, by default those of the user.

    Raises
    ------
    InputError
        If a file is missing, changed or malformed, the proving key has another verification key, or proofs can be
        forged.
    """
    source = manifest_path(path)
    manifest = Manifest.from_json(load_json(source), str(source))
    zkey, verification_key = path / f"{manifest.circuit}.zkey", path / VERIFICATION_KEY
    for file in (zkey, verification_key):
        _check_hash(file, manifest)
    key = _checked_key(zkey, verification_key)
    r1cs = manifest.files[f"{manifest.circuit}.r1cs"]
    record = (records or Records.of_user()).find(manifest.files[zkey.name], r1cs)
    return Keys(zkey, verification_key, key, manifest, Contributions.read(zkey), record)


def verify_keys(path: Path, circuit: Circuit, records: Records | None = None) -> Keys:
    """Load keys, and check that they belong to a circuit and that all points are in their groups.

    Raises
    ------
    InputError
        As for `load_keys`, or if the keys belong to another circuit or a point is not in its group.
    """
    keys = load_keys(path, records)
    if circuit.name != keys.manifest.circuit:
        reason = f"keys of {keys.manifest.circuit}, not of {circuit.name}"
        raise InputError(reason, source=str(path / MANIFEST))
    for file in (circuit.r1cs, circuit.wasm):
        _check_hash(file, keys.manifest)
    check_key(keys.key)
    return keys


def find_keys(path: Path) -> list[Path]:
    """Return the folders with keys among a folder and its subfolders."""
    if not path.is_dir():
        raise InputError("no such folder", source=str(path))
    return [folder for folder in (path, *sorted(path.iterdir())) if (folder / MANIFEST).is_file()]


def _checked_key(zkey: Path, verification_key: Path) -> VerificationKey:
    key = VerificationKey.from_json(load_json(verification_key), str(verification_key))
    if key != read_verification_key(zkey):
        raise InputError(f"not the verification key of {zkey.name}", source=str(verification_key))
    return key


def _check_hash(file: Path, manifest: Manifest) -> None:
    if sha256(file) != manifest.files[file.name]:
        raise InputError(f"its SHA-256 is not the one in {MANIFEST}", source=str(file))


def _manifest(circuit: Circuit, zkey: Path, verification_key: Path, phase1: dict[str, str]) -> Manifest:
    files = (circuit.r1cs, circuit.wasm, zkey, verification_key)
    return Manifest(
        circuit=circuit.name,
        files={name: sha256(file) for name, file in zip(file_names(circuit.name), files, strict=True)},
        tools=tool_versions(),
        phase1=phase1,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _publish_all(scratch: Path, out_dir: Path, manifest: Manifest) -> None:
    """Move the finished files to their final names, the manifest last, since keys without it are not loaded."""
    (out_dir / MANIFEST).unlink(missing_ok=True)
    for name in file_names(manifest.circuit)[2:]:
        publish(scratch / name, out_dir / name)
    write_json(out_dir / MANIFEST, manifest.to_json())


def _no_progress(_stage: str, _done: int, _total: int) -> None:
    """Do nothing."""
