"""Work for a client that may leave."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

_Result = TypeVar("_Result")


async def unless_left(request: "Request", work: Coroutine[Any, Any, _Result]) -> _Result:
    """Do some work for a client, and cancel it as soon as the client leaves.

    Args:
        request: Whose body has been read.
        work: Is cancelled if the client leaves.

    Raises:
        ClientDisconnect: It has left.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _left(request: "Request") -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
