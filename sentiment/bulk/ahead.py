"""Compute the next items while the results of earlier ones are used."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def map_ahead(
    function: Callable[[_Item], _Result], items: Iterable[_Item], at_once: int
) -> Iterator[tuple[_Item, _Result]]:
    """Yield every item with its result, in order.

    Items are started before the caller needs them: as many as there are threads, and one more that waits for the first
    free thread, so that none is idle while the caller uses a result. Memory stays flat.

    Args:
        function: Called on other threads; its exceptions are raised here, when its item is due.
        items: Consumed on the caller's thread.
        at_once: Number of threads.
    """
    with ThreadPoolExecutor(at_once) as pool:
        begun: deque[tuple[_Item, Future[_Result]]] = deque()
        try:
            for item in items:
                begun.append((item, pool.submit(function, item)))
                if len(begun) > at_once:
                    first, future = begun.popleft()
                    yield first, future.result()
            while begun:
                first, future = begun.popleft()
                yield first, future.result()
        finally:
            for _, future in begun:
                future.cancel()
