"""One function on another thread, without `concurrent.futures`, whose import takes as long as this saves."""

from collections.abc import Callable
from threading import Thread
from typing import Generic, Self, TypeVar

_Result = TypeVar("_Result")


class Background(Generic[_Result]):
    """A function that starts running in the background, and its result.

    As a context manager, it waits for the function even if the block fails: an interpreter that shuts down while a
    thread is in onnxruntime aborts.
    """

    def __init__(self, function: Callable[[], _Result]) -> None:
        self._function = function
        self._results: list[_Result] = []
        self._errors: list[BaseException] = []
        self._thread = Thread(target=self._run, daemon=False)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join()

    def result(self) -> _Result:
        """Wait for the function, and return its result or raise its error."""
        self._thread.join()
        for error in self._errors:
            raise error
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._function())
        except BaseException as error:
            self._errors.append(error)
