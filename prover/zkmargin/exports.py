"""Public names of packages that are imported when they are first used, and imports that need an extra."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["lazy_exports", "needs_extra"]


def lazy_exports(package: str, /, **homes: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a package's ``__getattr__`` and ``__dir__``, which import each public name on first use.

    The package imports the same names under ``if TYPE_CHECKING:``, for type checkers and documentation, and calls
    this in the ``else`` branch. A public name must differ from that of every module of the package: importing the
    module would hide it.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    **homes : str
        The public names of each module of the package, separated by spaces.
    """
    modules = {name: module for module, names in homes.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return get, names


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Turn a failed import of a dependency into advice to install the extra that contains it.

    Raises
    ------
    ToolchainError
        If a module that is imported in the ``with`` block is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ToolchainError(f"{error.name} is missing: pip install 'zkmargin[{extra}]'") from error
