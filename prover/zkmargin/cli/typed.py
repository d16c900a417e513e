"""Commands whose arguments and options are the annotated parameters of functions; click parses them.

>>> group = Group()
>>> @group.command()
... def show(name: Annotated[str, Argument(help="The name.")], short: Annotated[bool, Option("--short")] = False):
...     '''Show something.'''

A type is ``str``, ``int``, ``float``, ``bool`` (a flag), ``Path``, an enumeration of strings, a list of one of them, or
one of these or None. A parameter without a default is required.
"""

from __future__ import annotations

import inspect
import types
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import click
from click.exceptions import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Argument", "Exit", "Group", "Option", "command"]

_F = TypeVar("_F", bound="Callable[..., None]")


class _Parameter:
    """What an annotation says about a parameter.

    Parameters
    ----------
    *names : str
        An option's names; ``--`` and the parameter's name if there are none.
    help : str
    min, max : float, optional
        The least and the largest number.
    **attributes
        Other attributes of click's parameter, such as ``metavar`` and ``envvar``.
    """

    def __init__(
        self,
        *names: str,
        help: str = "",  # noqa: A002  # as click calls it
        min: float | None = None,  # noqa: A002
        max: float | None = None,  # noqa: A002
        **attributes: Any,
    ) -> None:
        self.names, self.help, self.min, self.max, self.attributes = names, help, min, max, attributes


class Option(_Parameter):
    """An option."""


class Argument(_Parameter):
    """An argument, which is given by its place."""


class Group(click.Group):
    """A group of commands, listed in the order in which they are added.

    The name and help of a group at the top come from the list of commands.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names."""
        return list(self.commands)

    def command(self, name: str | None = None) -> Callable[[_F], _F]:  # type: ignore[override]
        """Return a decorator that adds a function as a command and leaves the function as it is.

        Parameters
        ----------
        name : str, optional
            The command's name; the function's with hyphens if left out.
        """

        def add(function: _F) -> _F:
            self.add_command(command(function, name))
            return function

        return add


def command(function: Callable[..., None], name: str | None = None) -> click.Command:
    """Return a command that calls a function.

    Parameters
    ----------
    function : callable
        Its docstring is the help.
    name : str, optional
        The command's name; the function's with hyphens if left out.
    """
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    # Each paragraph becomes a line, which click wraps at the terminal's width.
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    help_text = "\n\n".join(" ".join(one.split()) for one in paragraphs)
    return click.Command(
        name or function.__name__.replace("_", "-"),
        callback=function,
        params=[_click_parameter(one, hints[one.name]) for one in parameters],
        help=help_text,
        short_help=help_text.split("\n\n")[0],
    )


def _click_parameter(parameter: inspect.Parameter, hint: Any) -> click.Parameter:
    if get_origin(hint) is not Annotated or not isinstance(hint.__metadata__[-1], _Parameter):
        raise TypeError(f"{parameter.name}: expected Annotated[..., Option(...)] or Argument(...)")
    about = hint.__metadata__[-1]
    kind = _without_none(hint.__origin__)
    several = get_origin(kind) is list
    if several:
        (kind,) = get_args(kind)
    required = parameter.default is parameter.empty
    default = None if required else parameter.default

    def as_annotated(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        if several:
            return list(value) if value else default
        return value

    attributes = {
        "type": _click_type(kind, about),
        "required": required,
        "help": about.help,
        "callback": as_annotated,
        **about.attributes,
    }
    # click would show what a list is when it is empty; a function says that by its default.
    if not required and not several:
        attributes["default"] = default
    if isinstance(about, Argument):
        return click.Argument([parameter.name], nargs=-1 if several else 1, **attributes)
    names = about.names or (f"--{parameter.name.replace('_', '-')}",)
    return click.Option(
        [*names, parameter.name],
        is_flag=kind is bool,
        multiple=several,
        show_default=not (several or default is None or default is False or default == ""),
        show_envvar=True,
        **attributes,
    )


def _without_none(kind: Any) -> Any:
    if get_origin(kind) not in {Union, types.UnionType}:
        return kind
    (one,) = (part for part in get_args(kind) if part is not types.NoneType)
    return one


def _click_type(kind: Any, about: _Parameter) -> Any:
    if kind is Path:
        return click.Path(path_type=Path)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _Member(kind)
    if about.min is not None or about.max is not None:
        return (click.IntRange if kind is int else click.FloatRange)(about.min, about.max)  # type: ignore[arg-type]
    return kind


class _Member(click.Choice[str]):
    """A member of an enumeration by its value; `click.Choice` would take its name."""

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__([one.value for one in kind])
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> StrEnum:
        """Return the member."""
        return self._kind(super().convert(value, param, ctx))
