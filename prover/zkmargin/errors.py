"""The error tree.

::

    ZkmarginError                 exit code
    ├── StatementError               1   the statement is false, or a proof is invalid
    ├── InputError                   2   a file, a value or the usage is wrong
    │   └── MissingInstrumentError   2   a snapshot has no row for a position
    ├── ToolchainError               3   a program is missing, too old, or failed
    ├── ChainError                   4   a node failed, or a contract reverted
    └── VenueError                   4   a venue failed to answer

No message contains a key, a position or a witness value.
"""

from __future__ import annotations

__all__ = [
    "ChainError",
    "InputError",
    "MissingInstrumentError",
    "StatementError",
    "ToolchainError",
    "VenueError",
    "ZkmarginError",
]


class ZkmarginError(Exception):
    """Base of all errors of zkmargin.

    Attributes
    ----------
    exit_code : int
        The exit code of the command line.
    """

    exit_code: int = 2


class StatementError(ZkmarginError):
    """The statement is false, or a proof is invalid."""

    exit_code = 1


class InputError(ZkmarginError):
    """A file or a value is invalid.

    Parameters
    ----------
    reason : str
        What is wrong, in one sentence.
    source : str, optional
        The file, or the name of the argument.
    key : str, optional
        The key path in the file, such as ``vk_alpha_1[0]``.
    """

    exit_code = 2

    def __init__(self, reason: str, *, source: str = "", key: str = "") -> None:
        self.reason, self.source, self.key = reason, source, key
        super().__init__(": ".join(part for part in (source, key, reason) if part))


class MissingInstrumentError(InputError):
    """A snapshot has no row for an instrument of an account.

    The message has the place of the position and not its instrument, which is secret.

    Attributes
    ----------
    instrument : str
        The instrument's name. The command line shows it on a terminal only.
    """

    def __init__(self, reason: str, *, source: str = "", key: str = "", instrument: str = "") -> None:
        super().__init__(reason, source=source, key=key)
        self.instrument = instrument


class ToolchainError(ZkmarginError):
    """A program that zkmargin runs is missing or failed."""

    exit_code = 3


class ChainError(ZkmarginError):
    """A chain node is out of reach, or a contract reverted."""

    exit_code = 4


class VenueError(ZkmarginError):
    """A venue is out of reach, or refuses a request."""

    exit_code = 4
