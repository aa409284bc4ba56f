"""Wakes what waits in this process when another process has committed something (PostgreSQL LISTEN).

Only a hint: a notification is lost with its connection, and everything that is woken polls as well.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import structlog
from sqlalchemy.engine import make_url

_log = structlog.get_logger("wakeups")
PAUSE = 2.0


async def listen(url: str, actions: Mapping[str, Callable[[], None]]) -> None:
    """Call the action of a channel whenever it is notified; until cancelled, connecting again as needed."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            await _listen_once(address, actions)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.info("not listening, trying again", error=type(error).__name__)
        await asyncio.sleep(PAUSE)


async def _listen_once(address: str, actions: Mapping[str, Callable[[], None]]) -> None:
    connection: Any = await asyncpg.connect(address, timeout=5)
    ended = asyncio.Event()
    try:
        connection.add_termination_listener(lambda _connection: ended.set())
        for channel, action in actions.items():
            await connection.add_listener(channel, lambda *_, woken=action: woken())
        for action in actions.values():
            action()  # what was notified before we listened
        await ended.wait()
    finally:
        await connection.close(timeout=1)
