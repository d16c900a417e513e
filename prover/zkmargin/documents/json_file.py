"""Values with JSON files of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zkmargin.errors import InputError

from .fields import Field
from .files import private_folder, publish, write_private, write_text
from .strict_json import parse_json, read_bounded

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JsonFile"]


class JsonFile:
    """A value with a JSON file of its own; a subclass adds `from_json` and `to_json`."""

    __slots__ = ()

    MAX_BYTES: ClassVar[int] = 1 << 20
    """The largest size of a file."""
    PRIVATE: ClassVar[bool] = False
    """Whether only the file's owner may read it (mode 0600)."""

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the value from a document.

        Raises
        ------
        InputError
            With the key path, if the document is malformed.
        """
        raise NotImplementedError

    def to_json(self) -> Mapping[str, Any]:
        """Return the document; equal values give equal documents."""
        raise NotImplementedError

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file.

        Raises
        ------
        InputError
            With file and key path, if the file cannot be read or is malformed.
        """
        return cls.from_content(read_bounded(Path(path), cls.MAX_BYTES), str(path))

    @classmethod
    def from_content(cls, content: bytes, source: str) -> Self:
        """Read the content of a file; `source` names it in errors.

        Raises
        ------
        InputError
            With file and key path, if it is malformed.
        """
        document = Field(parse_json(content, source), source)
        try:
            return cls.from_json(document)
        except InputError as error:
            raise InputError(error.reason, source=error.source or source, key=error.key) from None

    def save(self, path: str | Path) -> None:
        """Write the file atomically.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        target, text = Path(path), json.dumps(self.to_json(), indent=1) + "\n"
        if not self.PRIVATE:
            write_text(target, text)
            return
        if not target.parent.is_dir():
            raise InputError("no such folder", source=str(target.parent))
        with private_folder(target.parent) as folder:
            draft = folder / target.name
            write_private(draft, text.encode())
            publish(draft, target)
