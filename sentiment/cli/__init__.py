"""The command line: one file a command, imported where it is called; each imports what is slow only when it runs."""

import errno
import io
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sentiment.cli.command import CommandApp, UsageError, description
from sentiment.cli.console import notify_json, with_options
from sentiment.distribution import installed_version
from sentiment.errors import OutputError, SentimentError
from sentiment.wording import on_one_line

__all__ = ["build_app", "entry", "main"]

BROKEN_PIPE_EXIT_CODE = 141
"""128 and SIGPIPE, as the shell reports of any program whose reader left."""

STANDARD_OUTPUT = "standard output"
_WRITE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}

EXIT_CODES = {
    0: "done",
    1: "a bug (with its traceback)",
    2: "wrong usage",
    **{error.exit_code: error.topic for error in SentimentError.__subclasses__()},
    BROKEN_PIPE_EXIT_CODE: "output closed early",
}


COMMANDS = {
    "train": "train_command",
    "pretrain": "pretrain_command",
    "eval": "eval_command",
    "predict": "predict_command",
    "generate": "generate_command",
    "ensemble": "ensemble_command",
    "config": "config_app",
    "models": "models_app",
    "data": "data_app",
}
"""What each command is called in its file, which has its name."""


class _UsageError(SentimentError):
    """A usage error for a program."""

    exit_code = 2


class _RootGroup(TyperGroup):
    """Ends quietly when the reader of standard output leaves, as after `| head`, and in one line at other faults."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the command line; --help and --version print already here."""
        with _faults_on_one_line():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run the command and flush what it printed."""
        with _faults_on_one_line():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextmanager
def _faults_on_one_line() -> Iterator[None]:
    """End quietly when the reader has gone, and with one line when nothing can be written or an argument is wrong."""
    try:
        yield
    except BrokenPipeError:
        _drop_output()
        raise typer.Exit(BROKEN_PIPE_EXIT_CODE) from None
    except OSError as error:
        if error.errno not in _WRITE_ERRORS:
            raise
        if error.filename == STANDARD_OUTPUT:
            _drop_output()
        raise OutputError(f"{_place(error)}: cannot be written ({error.strerror}); free some space") from error
    except UsageError as error:
        if _is_for_a_program():
            raise _UsageError(error.format_message()) from None
        if type(error).__name__ != "NoArgsIsHelpError":  # which is the help, in many lines
            error.message = on_one_line(error.message)
        raise


def _place(error: OSError) -> str:
    """Tell where something was written, as far as it is known."""
    if error.filename:
        return str(error.filename)
    import tempfile

    return f"a file, perhaps a temporary one in {tempfile.gettempdir()}"


def _drop_output() -> None:
    """Send what is left to nowhere: Python flushes once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_for_a_program() -> bool:
    """Whether --json is asked for, in a command line that need not be a right one."""
    return "--json" in itertools.takewhile(lambda word: word != "--", sys.argv[1:])


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sentiment {installed_version()}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Train, evaluate and run recurrent text classifiers.

    Example: sentiment train quick && sentiment predict "이 영화 정말 최고예요"
    """


def build_app(words: Sequence[str] = ()) -> CommandApp:
    """Make the command line.

    Args:
        words: of a command line: where they call a command, it is the only one there, as each takes time to load.
    """
    app = CommandApp(
        name="sentiment",
        cls=_RootGroup,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        epilog=f"Exit codes: {', '.join(f'{code} {topic}' for code, topic in EXIT_CODES.items())}.",
    )
    app.callback(help=description(_root))(_root)
    called = {*words[:1]} & COMMANDS.keys() or COMMANDS.keys()
    for name in (name for name in COMMANDS if name in called):
        command = getattr(import_module(f"sentiment.cli.{name}"), COMMANDS[name])
        if isinstance(command, CommandApp):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


class _StandardOutput(io.FileIO):
    """Tells of a failed write that it was here: the error of a system call doesn't say where."""

    def write(self, content: Any, /) -> Any:
        """Write, as a file does."""
        try:
            return super().write(content)
        except OSError as error:
            error.filename = STANDARD_OUTPUT
            raise


class _StandardError(io.FileIO):
    """Drops what it has no room for: notes are no reason to give up the work."""

    def write(self, content: Any, /) -> Any:
        """Write, as a file does."""
        try:
            return super().write(content)
        except OSError as error:
            if error.errno not in _WRITE_ERRORS:
                raise
            return len(content)


def _prepare_streams() -> None:
    """Open standard streams that the caller closed, as some schedulers do, to nowhere; let any text be printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115  (as long as the process)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Hangul gets \\uac00, not a crash
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is sys.__stdout__:
        sys.stdout = _written_by(_StandardOutput, sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _written_by(_StandardError, sys.stderr)


def _written_by(kind: type[io.FileIO], stream: Any) -> Any:
    """Write to the same file as a stream, in the same way, through another kind of file."""
    buffer = getattr(stream, "buffer", None)  # a file itself where Python was told to buffer nothing
    if not isinstance(stream, io.TextIOWrapper) or not isinstance(getattr(buffer, "raw", buffer), io.FileIO):
        return stream
    file: Any = kind(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        file if isinstance(buffer, io.FileIO) else io.BufferedWriter(file),
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _forget_impossible_sizes() -> None:
    """Take a terminal of no columns, as some programs tell, for one whose size isn't known."""
    for name in ("COLUMNS", "LINES"):
        if not os.environ.get(name, "").strip("0"):
            os.environ.pop(name, None)


def main() -> None:
    """Run the command. A fault that the user can fix is one line on stderr; a bug keeps its traceback."""
    _prepare_streams()
    _forget_impossible_sizes()
    app = build_app(sys.argv[1:])
    # Rich costs 0.1 s and draws boxes: for a person's eyes only.
    app.rich_markup_mode = "rich" if sys.stdout.isatty() and sys.stderr.isatty() else None
    try:
        app(prog_name="sentiment")
    except SentimentError as error:
        message = with_options(str(error))
        if _is_for_a_program():
            notify_json({"event": "error", "message": message, "exit_code": error.exit_code})
        else:
            print(f"error: {on_one_line(message)}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None


def entry() -> None:
    """Run the command as a process of its own.

    A prediction ends without taking the libraries down one by one, which takes as long as to load the model: its files
    are closed and its output is written when `main` returns.
    """
    code: int | str | None = 0
    try:
        main()
    except SystemExit as error:
        code = error.code
    if "onnxruntime" not in sys.modules or "torch" in sys.modules or not isinstance(code, int | None):
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code or 0)
