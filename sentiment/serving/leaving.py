"""Work for a client that may leave."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

_Result = TypeVar("_Result")


async def unless_left(request: "Request", work: "Awaitable[_Result]") -> _Result:
    """Wait for some work for a client, and cancel it as soon as the client leaves.

    Args:
        request: Whose body has been read.
        work: Is cancelled if the client leaves.

    Raises:
        ClientDisconnect: It has left.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    leaving.add_done_callback(lambda _: working.cancel())
    try:
        return await working
    except asyncio.CancelledError:
        if leaving.done() and not leaving.cancelled():
            raise ClientDisconnect from None
        raise
    finally:
        leaving.cancel()


async def _left(request: "Request") -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
