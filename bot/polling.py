"""Updates by polling: fetched, stored, and only then is the offset moved, so that a crash at any point loses nothing.

The offset is kept nowhere: a poller that starts asks without one and is given everything unconfirmed.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from bot.chat_side import ChatSide
from bot.update_store import is_update, store
from models.failpoints import failpoint
from models.installation import BOT_NAME, remember

_log = structlog.get_logger("updates")

POLL_SECONDS = 25
_LONGEST_WAIT = 30.0
# Telegram's words when somebody has set a webhook for this bot.
_WEBHOOK_SET = "webhook is active"


class CannotPoll(Exception):
    """No updates this time; `retry_after` in seconds where Telegram names it."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Named(Protocol):
    """A bot that knows what it is called."""

    async def name(self) -> str | None:
        """The bot's user name, for the links of invitations."""
        ...


class Source(Named, Protocol):
    """Where updates are fetched."""

    async def fetch(self, offset: int | None, seconds: int) -> list[dict[str, Any]]:
        """The raw updates from `offset` on, waited for; raises CannotPoll."""
        ...

    async def end_webhook(self) -> None:
        """Let updates be fetched again where a webhook had been set; what waits is kept."""
        ...


class Poller:
    """Fetches for as long as it runs. Only the holder of the lease runs it, so that two never fight."""

    def __init__(self, side: ChatSide, source: Source) -> None:
        self._side = side
        self._source = source

    async def run(self, heard: Callable[[], None]) -> None:
        """Until cancelled; `heard` is called when something has been stored."""
        offset: int | None = None
        failures = 0
        named = False
        while True:
            try:
                named = named or await remember_name(self._side, self._source)
                raw = [each for each in await self._source.fetch(offset, POLL_SECONDS) if is_update(each)]
                if raw:
                    async with self._side.database.transaction() as tx:
                        await store(tx, self._side, raw)
                    failpoint("after_update_stored")
                    heard()
                # An empty answer confirmed all there was; without an offset a new random id cannot be missed.
                offset = raw[-1]["update_id"] + 1 if raw else None
                failures = 0
            except CannotPoll as error:
                failures += 1
                _log.warning("cannot poll", reason=str(error), failures=failures)
                if _WEBHOOK_SET in str(error):
                    await self._source.end_webhook()
                await asyncio.sleep(error.retry_after or min(_LONGEST_WAIT, 0.5 * 2**failures))
            except Exception as error:  # noqa: BLE001 - nothing was confirmed, so nothing is lost
                failures += 1
                _log.error("polling failed", error=type(error).__name__, exc_info=error)
                await asyncio.sleep(min(_LONGEST_WAIT, 0.5 * 2**failures))


async def remember_name(side: ChatSide, named: Named) -> bool:
    """Keep the bot's user name, if it can be had now; whether it could."""
    name = await named.name()
    if name is not None:
        async with side.database.transaction() as tx:
            await remember(tx, BOT_NAME, name)
    return name is not None
