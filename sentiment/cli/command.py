"""What all commands have in common: how the words of the command line are read, and which are refused."""

import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand

# Typer has a click of its own in some releases, and exports no more of either than this.
UsageError: Any = typer.BadParameter.__bases__[0]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def expand_home(place: str) -> str:
    """Read a place as the shell would have; it leaves the ~ of `--file=~/reviews.csv` to the command.

    Raises:
        typer.BadParameter: It is empty, as a variable of the shell is that was never set.
    """
    if not place.strip():
        raise typer.BadParameter("is empty; pass a value")
    return os.path.expanduser(place) if place.startswith("~/") else place  # noqa: PTH111  (no home is no fault here)


def expanded_path(place: str) -> Path:
    """Read a path as the shell would have."""
    return Path(expand_home(place))


def description(function: Callable[..., Any]) -> str:
    """Return the docstring of a command, from its source where Python was told to drop docstrings (`python -OO`)."""
    if sys.flags.optimize < 2:
        return function.__doc__ or ""
    import ast
    import inspect

    return ast.get_docstring(ast.parse(inspect.getsource(function)).body[0]) or ""  # type: ignore[arg-type]


class CommandApp(typer.Typer):
    """An app whose commands read their options strictly."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[_Function], _Function]:
        """Register a command, as Typer does."""

        def register(function: _Function) -> _Function:
            typer.Typer.command(self, name, cls=_StrictCommand, help=description(function), **options)(function)
            return function

        return register


class _StrictCommand(TyperCommand):
    """Refuses an option that stands twice where one value counts, and text in another encoding than the terminal's."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line."""
        words = list(args)
        try:
            rest = super().parse_args(ctx, args)
        except UsageError as error:
            error.message += self._dash_advice(ctx, words, error)
            raise
        if not ctx.resilient_parsing:
            self._refuse_repeated(ctx, words)
            self._decode_texts(ctx)
        return rest

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
        """Say how to write an argument that was taken for an option."""
        argument = next((parameter for parameter in self.params if parameter.param_type_name == "argument"), None)
        option = getattr(error, "option_name", None)
        word = next((word for word in words if option and word[:1] == "-" and option.lstrip("-") in word), None)
        if argument is None or word is None or not hasattr(error, "possibilities") or error.possibilities:
            return ""
        name = argument.human_readable_name
        return f"; a {name} that begins with a dash goes after --: {ctx.command_path} -- {shlex.quote(word)}"


def _may_repeat(parameter: Any) -> bool:
    """Whether an option takes several values, or says no more when it stands twice."""
    return parameter.multiple or (parameter.is_flag and not parameter.secondary_opts)


def _decoded(text: str) -> str:
    """Read bytes that Python could not decode as UTF-8, which they are where the locale is only C.

    Raises:
        UnicodeError: They are not.
    """
    if any("\udc80" <= character <= "\udcff" for character in text):  # how Python hands on such bytes
        return os.fsencode(text).decode("utf-8")
    return text
