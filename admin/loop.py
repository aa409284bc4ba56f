"""The event loop of a process that runs a role: uvloop does in C what asyncio does in Python."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


def run(work: Coroutine[Any, Any, R]) -> R:
    """Run until it ends, as `asyncio.run` does."""
    import uvloop  # not for every command

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
