"""One thread that does work for coroutines, one piece after the other.

What concurrent.futures hands over and back costs twice as much as most statements of SQLite take: locks, conditions and
a chain of two futures for each. Here it is one queue there and one callback back.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import finalize

R = TypeVar("R")
_Piece = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]


class OneThread:
    """The thread; it begins with the first piece of work and ends with `end`, or with its owner."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pieces: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._begun = False
        self._end = finalize(self, self._pieces.put, None)

    def do(self, work: Callable[..., R], *arguments: Any) -> "asyncio.Future[R]":
        """Hand over a piece of work. It is done whether or not anybody waits for it to the end."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[R] = loop.create_future()
        if not self._begun:
            self._begun = True
            threading.Thread(target=_work_off, args=(self._pieces,), name=self._name, daemon=True).start()
        self._pieces.put((loop, result, work, arguments))
        return result

    def end(self) -> None:
        """No more work: the thread ends after what it was given."""
        self._end()


def _work_off(pieces: "queue.SimpleQueue[_Piece | None]") -> None:
    while (piece := pieces.get()) is not None:
        loop, result, work, arguments = piece
        tell: Callable[..., None]
        try:
            tell, found = _give, work(*arguments)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets it
            tell, found = _fail, error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, result, found)
        del piece, loop, result, work, arguments, tell, found  # nothing is kept until the next piece comes


def _give(result: "asyncio.Future[Any]", found: Any) -> None:
    if not result.done():
        result.set_result(found)


def _fail(result: "asyncio.Future[Any]", error: BaseException) -> None:
    if not result.done():
        result.set_exception(error)
