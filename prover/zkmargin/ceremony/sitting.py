"""A sitting: one file with the keys of all circuits of a ceremony, which contributors pass on.

It is a zip archive without compression: ``ceremony.json`` and ``<circuit>.zkey`` for each circuit, in snarkjs's format.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.documents.fields import Field
from zkmargin.documents.files import existing_file
from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError

from .description import Description

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["DESCRIPTION", "Sitting", "refuse_existing", "write_sitting"]

DESCRIPTION = "ceremony.json"

_MAX_DESCRIPTION = 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time of the format: equal contents give equal files


@dataclass(frozen=True, slots=True)
class Sitting:
    """A file of a ceremony. Its description was read; its keys have been checked for nothing.

    Attributes
    ----------
    path : Path
    description : Description
    """

    path: Path
    description: Description

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the description and the list of contents.

        Raises
        ------
        InputError
            If the file cannot be read or is no sitting.
        """
        with _opened(path) as archive:
            members = archive.infolist()
            if not any(one.filename == DESCRIPTION for one in members):
                raise InputError(f"not a ceremony's file (no {DESCRIPTION} in it)", source=str(path))
            for one in members:
                _check_stored(one, path)
            if archive.getinfo(DESCRIPTION).file_size > _MAX_DESCRIPTION:
                raise InputError(f"larger than {_MAX_DESCRIPTION} bytes", source=f"{path}: {DESCRIPTION}")
            description = _description(archive.read(DESCRIPTION), f"{path}: {DESCRIPTION}")
        found = sorted(one.filename for one in members)
        wanted = sorted([DESCRIPTION, *(f"{name}.zkey" for name in description.names)])
        if found != wanted:
            raise InputError(f"expected exactly {', '.join(wanted)} in it", source=str(path))
        return cls(path, description)

    def extract(self, circuit: str, target: Path) -> Path:
        """Copy a circuit's key out of the file, and return its path `target`.

        Raises
        ------
        InputError
            If the file is damaged, or `target` cannot be written.
        """
        with _opened(self.path) as archive, archive.open(f"{circuit}.zkey") as source:
            try:
                with target.open("wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
            except OSError as error:
                raise InputError(f"cannot be written: {error.strerror}", source=str(target)) from None
        return target


def write_sitting(path: Path, description: Description, keys: Mapping[str, Path]) -> None:
    """Write a sitting; `path` is a draft, since a failure leaves a part of it.

    Parameters
    ----------
    path : Path
    description : Description
    keys : mapping of str to Path
        The key of each circuit, by name.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    text = json.dumps(description.to_json(), indent=1) + "\n"
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_member(DESCRIPTION), text)
            for name in description.names:
                with (
                    keys[name].open("rb") as source,
                    archive.open(_member(f"{name}.zkey"), "w", force_zip64=True) as target,
                ):
                    shutil.copyfileobj(source, target, 1 << 20)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(path)) from None


def refuse_existing(path: Path, what: str = "a ceremony's file") -> None:
    """Refuse to replace a file, which may be somebody's contribution.

    Raises
    ------
    InputError
        If there is something at `path`, or its folder does not exist.
    """
    if path.exists() or path.is_symlink():
        raise InputError(f"exists already; {what} is never replaced, so give another name", source=str(path))
    if not path.absolute().parent.is_dir():
        raise InputError("no such folder", source=str(path.parent))


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.external_attr = 0o644 << 16
    return info


def _description(content: bytes, source: str) -> Description:
    return Description.from_json(Field(parse_json(content, source), source))


def _check_stored(member: zipfile.ZipInfo, path: Path) -> None:
    """Refuse what unpacks to more than it is, and what this program cannot read."""
    encrypted = member.flag_bits & 1
    if encrypted or member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
        raise InputError(
            "compressed or encrypted; expected stored files", source=f"{path}: {member.filename}"
        )


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    existing_file(path, "a ceremony's file, *.ceremony")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError):
        raise InputError("damaged, or not a ceremony's file", source=str(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
