"""One function on another thread. `concurrent.futures` does more, and takes as long to import as this saves."""

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

_Result = TypeVar("_Result")


class Background(Generic[_Result]):
    """A function that runs from now on, and what it gives."""

    def __init__(self, function: Callable[[], _Result]) -> None:
        self._function = function
        self._results: list[_Result] = []
        self._errors: list[BaseException] = []
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

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
