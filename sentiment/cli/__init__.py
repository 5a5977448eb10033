"""The command line: one file per command, imported when called; slow imports are deferred until it runs."""

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
"""128 + SIGPIPE, as the shell reports for any program whose reader has closed the pipe."""

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
    "compare": "compare_command",
    "calibrate": "calibrate_command",
    "predict": "predict_command",
    "generate": "generate_command",
    "serve": "serve_command",
    "ensemble": "ensemble_command",
    "config": "config_app",
    "models": "models_app",
    "data": "data_app",
}
"""The function or app of each command, in the file of the same name."""


class _UsageError(SentimentError):
    """A wrong option or argument."""

    exit_code = 2


class _RootGroup(TyperGroup):
    """Exits silently when the reader of standard output closes it, as after `| head`, and with one line on errors."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Parse the command line; --help and --version already print here."""
        with _faults_on_one_line():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run the command and flush its output."""
        with _faults_on_one_line():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextmanager
def _faults_on_one_line() -> Iterator[None]:
    """Exit silently when the reader has gone, and with one line if writing fails or an argument is invalid."""
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
        if type(error).__name__ == "NoArgsIsHelpError":  # which prints the help, on many lines
            raise
        raise _UsageError(_remedied(error)) from None


def _remedied(error: UsageError) -> str:
    """Return the message of an error, on one line that ends with a command to run."""
    message = on_one_line(error.format_message()).rstrip(".")
    if error.ctx is not None:
        command = error.ctx.command_path
    else:  # an option without its value
        command = " ".join(["sentiment", *(word for word in sys.argv[1:2] if word in COMMANDS)])
    if f": {command} " in message:
        return message
    return f"{message}{' See' if message.endswith('?') else '; see'} {command} --help"


def _place(error: OSError) -> str:
    """Describe where writing failed, as far as known."""
    if error.filename:
        return str(error.filename)
    import tempfile

    return f"a file, perhaps a temporary one in {tempfile.gettempdir()}"


def _drop_output() -> None:
    """Discard remaining output: Python flushes once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_for_a_program() -> bool:
    """Return whether --json is given, in a command line that may be invalid."""
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
        words: of a command line: if they call a command, only that one is loaded, as each takes time to load.
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
    """Records that a write failed here: the error of a system call does not say where."""

    def write(self, content: Any, /) -> Any:
        """Write, as a file does."""
        try:
            return super().write(content)
        except OSError as error:
            error.filename = STANDARD_OUTPUT
            raise


class _StandardError(io.FileIO):
    """Drops output that cannot be written: notes must not stop the work."""

    def write(self, content: Any, /) -> Any:
        """Write, as a file does."""
        try:
            return super().write(content)
        except OSError as error:
            if error.errno not in _WRITE_ERRORS:
                raise
            return len(content)


def _prepare_streams() -> None:
    """Replace standard streams that the caller closed, as some schedulers do, with null; make any text printable."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115  (open as long as the process)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Hangul gets \\uac00, not a crash
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is sys.__stdout__:
        sys.stdout = _written_by(_StandardOutput, sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _written_by(_StandardError, sys.stderr)


def _written_by(kind: type[io.FileIO], stream: Any) -> Any:
    """Write to the same file as a stream, in the same way, through another file class."""
    buffer = getattr(stream, "buffer", None)  # a raw file if Python is unbuffered
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
    """Treat a terminal of 0 columns, as reported by some programs, as one of unknown size."""
    for name in ("COLUMNS", "LINES"):
        if not os.environ.get(name, "").strip("0"):
            os.environ.pop(name, None)


def main() -> None:
    """Run the command. An error that the user can fix is one line on stderr; a bug keeps its traceback."""
    _prepare_streams()
    _forget_impossible_sizes()
    app = build_app(sys.argv[1:])
    # Rich takes 0.1 s to import and draws boxes: only for people.
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
    """Run the command as a separate process.

    A prediction exits without tearing down the libraries, which takes as long as loading the model: files are closed
    and its output is written when `main` returns.
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
