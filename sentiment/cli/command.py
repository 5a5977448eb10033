"""Common behaviour of all commands: parsing the command line, and refusing invalid arguments."""

import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import zip_longest
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand

from sentiment.errors import OutputError

# Some releases of Typer vendor click, and export only these names of either.
UsageError: Any = typer.BadParameter.__bases__[0]

AUTO = "auto"
"""The value of an option that may go without one."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


def expand_home(place: str) -> str:
    """Expand ~ in a path as the shell would; the shell does not expand `--file=~/reviews.csv`.

    Raises:
        typer.BadParameter: It is empty, like an unset shell variable.
    """
    if not place.strip():
        raise typer.BadParameter("is empty; pass a value")
    return os.path.expanduser(place) if place.startswith("~/") else place  # noqa: PTH111  (a missing home directory is not an error here)


def finite(value: Any) -> Any:
    """Return the number or numbers of an option, which NaN and infinity pass the bounds of.

    Raises:
        typer.BadParameter: One is not a finite number.
    """
    for number in value if isinstance(value, list | tuple) else [value]:
        if number is not None and not isfinite(number):
            raise typer.BadParameter(f"{number} is not a finite number")
    return value


def expanded_path(place: str) -> Path:
    """Return a path with ~ expanded as by the shell."""
    return Path(expand_home(place))


def expanded_file(place: str) -> Path:
    """Return the path of a file to write, with ~ expanded as by the shell.

    Raises:
        OutputError: it ends as the name of a folder does, or stands for standard output.
    """
    if place == "-":
        raise OutputError("-: standard output is for the answers; pass a file (./- for one of this name)")
    if place.endswith(("/", "/.")):
        raise OutputError(f"{place}: is a folder; pass a file")
    return expanded_path(place)


def description(function: Callable[..., Any]) -> str:
    """Return the docstring of a command, from its source if Python drops docstrings (`python -OO`)."""
    if sys.flags.optimize < 2:
        return function.__doc__ or ""
    import ast
    import inspect

    return ast.get_docstring(ast.parse(inspect.getsource(function)).body[0]) or ""  # type: ignore[arg-type]


class CommandApp(typer.Typer):
    """An app whose commands parse their options strictly."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[_Function], _Function]:
        """Register a command, as in Typer."""

        def register(function: _Function) -> _Function:
            typer.Typer.command(self, name, cls=_StrictCommand, help=description(function), **options)(function)
            return function

        return register


class _StrictCommand(TyperCommand):
    """Refuses a repeated option that takes one value, and text in another encoding than the terminal's."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line."""
        words = self._with_optional_values(args)
        try:
            rest = super().parse_args(ctx, list(words))
        except UsageError as error:
            error.message += self._dash_advice(ctx, words, error)
            raise
        if not ctx.resilient_parsing:
            self._refuse_repeated(ctx, words)
            self._decode_texts(ctx)
        return rest

    def _with_optional_values(self, words: Sequence[str]) -> list[str]:
        """Return the words, with `AUTO` after each option that has none of the value in brackets in its metavar."""
        options = [one for one in self.params if one.param_type_name == "option"]
        optional = {name for one in options if (one.metavar or "").startswith("[") for name in one.opts}
        completed: list[str] = []
        for word, following in zip_longest(words, words[1:]):
            completed.append(word)
            if word in optional and (following is None or following.startswith("-")):
                completed.append(AUTO)
        return completed

    def _refuse_repeated(self, ctx: Any, words: list[str]) -> None:
        _, _, given = self.make_parser(ctx).parse_args(args=words)
        for parameter, count in Counter(given).items():
            if count > 1 and not _may_repeat(parameter):
                fault = f"given {count} times; give it once"
                raise typer.BadParameter(fault, ctx, param_hint=max(parameter.opts, key=len))

    def _decode_texts(self, ctx: Any) -> None:
        for parameter in self.params:
            value = ctx.params.get(parameter.name)
            if type(parameter.type).__name__ != "StringParamType" or value is None:
                continue
            try:
                ctx.params[parameter.name] = _decoded(value) if isinstance(value, str) else list(map(_decoded, value))
            except UnicodeError:
                fault = "not in the encoding of this terminal (see locale)"
                raise typer.BadParameter(fault, ctx, param=parameter) from None

    def _dash_advice(self, ctx: Any, words: Sequence[str], error: Any) -> str:
        """Describe how to pass an argument that was parsed as an option."""
        argument = next((parameter for parameter in self.params if parameter.param_type_name == "argument"), None)
        option = getattr(error, "option_name", None)
        word = next((word for word in words if option and word[:1] == "-" and option.lstrip("-") in word), None)
        if argument is None or word is None or not hasattr(error, "possibilities") or error.possibilities:
            return ""
        name = argument.human_readable_name.strip("[].")
        return f"; a {name} that begins with a dash goes after --: {ctx.command_path} -- {shlex.quote(word)}"


def _may_repeat(parameter: Any) -> bool:
    """Return whether an option takes several values, or has the same meaning when repeated."""
    return parameter.multiple or (parameter.is_flag and not parameter.secondary_opts)


def _decoded(text: str) -> str:
    """Decode bytes that Python did not decode as UTF-8, for example in the C locale.

    Raises:
        UnicodeError: They are not UTF-8.
    """
    if any("\udc80" <= character <= "\udcff" for character in text):  # how Python represents such bytes
        return os.fsencode(text).decode("utf-8")
    return text
