"""Building, loading and checking of key files."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from shutil import copyfile
from typing import TYPE_CHECKING, NoReturn

from zkmargin.documents.files import existing_file, make_folder, private_folder, publish, sha256, write_json
from zkmargin.documents.known_hashes import known_sha256
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError

from .artifacts import VerificationKey
from .ceremonies import check_ptau
from .contributions import Contributions
from .fingerprints import fingerprint
from .key_kinds import KeyKind
from .manifest import MANIFEST, VERIFICATION_KEY, Manifest, file_names, manifest_path
from .setup import Progress, development_key, export_verification_key, from_phase1, no_progress, tool_versions
from .verified_keys import Records
from .verify import check_key
from .zkey import read_verification_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .circuit import Circuit
    from .verified_keys import VerifiedKey

__all__ = ["Keys", "build_keys", "find_keys", "install_keys", "load_keys", "verify_keys"]


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
        The result of a verification of these very files on this machine; None if there was none.
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
    """Build the keys of a circuit, or return them if they are in the folder already. Other keys are never replaced.

    Two processes or threads that ask at once build once.

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
        If the circuit's files are malformed, the phase-1 file has an unexpected hash, or the folder has other keys: of
        another circuit, or not of this phase-1 file.
    ToolchainError
        If snarkjs is necessary but missing, or fails.
    """
    report = progress or no_progress
    r1cs = existing_file(circuit.r1cs, "a circuit's constraints")
    phase1: dict[str, str] = {}
    if ptau is not None:
        name, digest = check_ptau(ptau, ptau_blake2b)
        phase1 = {"name": name, "blake2b": digest}
    out_dir = make_folder(out_dir)

    def found() -> Keys | None:
        present = _present(circuit, out_dir)
        if present and ptau is not None and present.manifest.phase1.get("blake2b") != phase1["blake2b"]:
            _refuse_others(present.fingerprint, out_dir)
        return present

    if present := found():
        return present
    with _alone_in(out_dir), private_folder(out_dir) as scratch:
        if present := found():
            return present
        zkey = scratch / f"{circuit.name}.zkey"
        if ptau is None:
            development_key(r1cs, zkey, report)
        else:
            from_phase1(r1cs, ptau.resolve(), zkey, report)
        write_json(scratch / VERIFICATION_KEY, export_verification_key(zkey))
        _publish_all(circuit, scratch, out_dir, phase1)
    return load_keys(out_dir)


def install_keys(
    circuit: Circuit,
    zkey: Path,
    out_dir: Path,
    *,
    verification_key: Path | None = None,
    phase1: dict[str, str] | None = None,
) -> Keys:
    """Copy a proving key into a folder of keys, or return it if it is there already. Other keys are never replaced.

    Parameters
    ----------
    circuit : Circuit
        The compiled circuit.
    zkey : Path
        The proving key. That it is of the circuit is not checked here; see `zkmargin.proving.key_verification`.
    out_dir : Path
        The folder for ``<name>.zkey``, ``verification_key.json`` and ``manifest.json``; it is created if necessary.
    verification_key : Path, optional
        The ``verification_key.json`` of the key, of which the bytes are kept; by default it is exported.
    phase1 : mapping of str to str, optional
        ``name`` and ``blake2b`` of the phase-1 file, for the manifest.

    Raises
    ------
    InputError
        If a file is malformed or cannot be copied, anybody can forge proofs for the key, or the folder has other keys.
    ToolchainError
        If the verification key has to be exported by snarkjs, which is missing or fails.
    """
    read_verification_key(existing_file(zkey, "a proving key"))
    out_dir = make_folder(out_dir)

    def found() -> Keys | None:
        present = _present(circuit, out_dir)
        if present and present.manifest.files[present.zkey.name] != sha256(zkey):
            _refuse_others(present.fingerprint, out_dir)
        return present

    if present := found():
        return present
    with _alone_in(out_dir), private_folder(out_dir) as scratch:
        if present := found():
            return present
        copied = scratch / f"{circuit.name}.zkey"
        _copy(zkey, copied)
        if verification_key is None:
            write_json(scratch / VERIFICATION_KEY, export_verification_key(copied))
        else:
            _copy(verification_key, scratch / VERIFICATION_KEY)
        _publish_all(circuit, scratch, out_dir, phase1 or {})
    return load_keys(out_dir)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one thread of one process at a time write keys to a folder."""
    from filelock import FileLock  # noqa: PLC0415  # only who builds needs it

    with FileLock(folder / ".lock"):
        yield


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
    """Load keys, and check that they were made for a circuit by their manifest, and that their points are in groups.

    The proving key is not compared with the circuit; see `zkmargin.proving.key_examination`.

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
    if known_sha256(file) != manifest.files[file.name]:
        raise InputError(f"its SHA-256 is not the one in {MANIFEST}", source=str(file))


def _present(circuit: Circuit, out_dir: Path) -> Keys | None:
    """Return the keys of a circuit that are in a folder; refuse other ones."""
    zkey = out_dir / f"{circuit.name}.zkey"
    if (out_dir / MANIFEST).is_file():
        keys = load_keys(out_dir)
        built_for = {name: keys.manifest.files.get(name) for name in file_names(circuit.name)[:2]}
        if built_for != {file.name: sha256(file) for file in (circuit.r1cs, circuit.wasm)}:
            _refuse_others(keys.fingerprint, out_dir)
        return keys
    if zkey.is_file():
        _refuse_contributions(zkey)
    return None


def _refuse_others(found: str, out_dir: Path) -> NoReturn:
    reason = f"has other keys, with fingerprint {found}. Keys are never replaced: move them away first"
    raise InputError(reason, source=str(out_dir))


def _refuse_contributions(zkey: Path) -> None:
    """Refuse to replace the work of contributors that lacks a manifest; a half development key is no loss."""
    try:
        found = Contributions.read(zkey)
    except InputError:
        return
    if found.items:
        reason = f"has contributions, but there is no {MANIFEST}. Keys are never replaced: move it away first"
        raise InputError(reason, source=str(zkey))


def _copy(source: Path, target: Path) -> None:
    try:
        copyfile(source, target)
    except OSError as error:
        reason = f"cannot be copied to {target.parent.parent}: {error.strerror}"
        raise InputError(reason, source=str(source)) from None


def _publish_all(circuit: Circuit, scratch: Path, out_dir: Path, phase1: dict[str, str]) -> None:
    """Check the finished files, and move them to their final names; the manifest last, since it makes them keys."""
    zkey, verification_key = scratch / f"{circuit.name}.zkey", scratch / VERIFICATION_KEY
    _checked_key(zkey, verification_key)
    files = (circuit.r1cs, circuit.wasm, zkey, verification_key)
    manifest = Manifest(
        circuit=circuit.name,
        files={name: sha256(file) for name, file in zip(file_names(circuit.name), files, strict=True)},
        tools=tool_versions(),
        phase1=phase1,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    for file in (zkey, verification_key):
        publish(file, out_dir / file.name)
    write_json(out_dir / MANIFEST, manifest.to_json())
