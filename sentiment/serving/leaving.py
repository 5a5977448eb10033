"""Work for a client that may leave."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

_Result = TypeVar("_Result")


PATIENCE_S = 0.25
"""After which it is watched whether the client leaves: a task for each request costs a tenth of most answers."""


async def unless_left(request: "Request", work: "Awaitable[_Result]") -> _Result:
    """Wait for some work for a client; if it takes long, cancel it as soon as the client leaves.

    Args:
        request: Whose body has been read.
        work: Is cancelled if the client leaves.

    Raises:
        ClientDisconnect: It has left.
    """
    working = asyncio.ensure_future(work)
    leaving: asyncio.Task[None] | None = None

    def watch() -> None:
        nonlocal leaving
        leaving = asyncio.ensure_future(_left(request))
        leaving.add_done_callback(lambda _: working.cancel())

    timer = asyncio.get_running_loop().call_later(PATIENCE_S, watch)
    try:
        return await working
    except asyncio.CancelledError:
        if leaving is not None and leaving.done() and not leaving.cancelled():
            raise ClientDisconnect from None
        raise
    finally:
        timer.cancel()
        if leaving is not None:
            leaving.cancel()


async def _left(request: "Request") -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
