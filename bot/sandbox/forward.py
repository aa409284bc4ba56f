"""Moving the clock forward without stepping over anything the program under test has to do in between.

The clock goes to the next instant at which a program says it will do something (`next_due`), waits until
every program is quiet, and repeats until the target. It never goes back.
"""

import asyncio
from datetime import datetime
from time import monotonic

import aiohttp

from bot.sandbox.core import Core
from bot.sandbox.polling import end_old_polls

# Programs are asked again after as long as they have been waited for already, within these bounds.
POLL_SECONDS, LONGEST_POLL_SECONDS = 0.02, 0.1
PATIENCE_SECONDS = 60.0
_AT_REST = {"quiet": "1", "within": "1"}


class NotQuiet(Exception):
    """Nothing moved for too long; the text says what is waited for."""


class Forwarding:
    """One move at a time."""

    def __init__(self, core: Core, session: aiohttp.ClientSession, patience: float = PATIENCE_SECONDS) -> None:
        self._core = core
        self._session = session
        self._patience = patience
        self._lock = asyncio.Lock()

    async def to(self, target: datetime) -> None:
        """Arrives at `target` with every program quiet. Raises NotQuiet after a minute without progress."""
        async with self._lock:
            due = await self._quiet(self._core.clock.now())
            while self._core.clock.now() < target:
                step = min(due, target) if due is not None else target
                self._core.clock.advance_to(step)
                self.tell()
                end_old_polls(self._core)
                due = await self._quiet(step)

    async def next(self) -> bool:
        """Goes to the next thing any program will do by itself; False when there is none."""
        due = await self._quiet(self._core.clock.now())
        if due is None:
            return False
        await self.to(due)
        return True

    def tell(self) -> None:
        now = self._core.clock.now()
        self._core.world.journal.add("clock", now.timestamp(), {"now": now.isoformat()})

    async def _quiet(self, upto: datetime) -> datetime | None:
        """Waits until all is quiet and nothing that was due up to `upto` is left; the next due instant."""
        began = asked = monotonic()
        progress = self._core.world.journal.last
        while True:
            waiting_for, due = await self._look()
            if waiting_for is None and due is not None and due <= upto:
                waiting_for = f"what was due at {due.isoformat()} to be done"
            if waiting_for is None:
                return due
            if self._core.world.journal.last != progress:
                began, progress = monotonic(), self._core.world.journal.last
            if monotonic() - began > self._patience:
                raise NotQuiet(waiting_for)
            await asyncio.sleep(max(POLL_SECONDS, min(LONGEST_POLL_SECONDS, (monotonic() - asked) / 4)))

    async def _look(self) -> tuple[str | None, datetime | None]:
        happened = self._core.world.journal.last
        # Asked before and after: what no bot has taken yet stands in no program, and what a bot takes while the
        # programs are asked may pass by each of them.
        waiting = self._core.unconfirmed()
        dues: list[datetime] = []
        for url in self._core.app_urls:
            waiting_for, due = await self._ask(url)
            if waiting_for is not None:
                return waiting_for, None
            dues += [due] if due is not None else []
        waiting = waiting or self._core.unconfirmed()
        if waiting is None and self._core.world.journal.last != happened:
            waiting = "the programs to be asked again: something has just happened"
        return waiting, min(dues, default=None)

    async def _ask(self, url: str) -> tuple[str | None, datetime | None]:
        try:
            async with self._session.get(
                f"{url.rstrip('/')}/readyz", params=_AT_REST, timeout=aiohttp.ClientTimeout(total=20)
            ) as response:
                body = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return f"{url} to answer ({type(error).__name__})", None
        if not body.get("quiet"):
            return f"{url}: {body.get('waiting_for') or 'not quiet'}", None
        due = body.get("next_due")
        return None, datetime.fromisoformat(due) if due else None
