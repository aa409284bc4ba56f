"""The directory kept in memory by a process, loaded again when the registry has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from models.clock import Clock
from models.database import Database, Transaction
from models.directory import Directory, load_directory
from models.directory_rows import MODELS
from models.history import changes_after, directory_epoch


class DirectoryCache:
    """The newest directory this process has seen; `refresh` looks whether there is a newer one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._directory: Directory | None = None
        # From when until when it is right, if nothing is written meanwhile; None: for ever.
        self._holds: tuple[datetime, datetime | None] | None = None
        self._lock = asyncio.Lock()
        # What else is kept in memory and looked at on the same occasions (the rules in force).
        self.also: list[Callable[[Transaction], Awaitable[None]]] = []

    def current(self) -> Directory:
        """The directory as last loaded."""
        if self._directory is None:
            raise RuntimeError("the directory is not loaded yet: refresh() first")
        return self._directory

    async def refresh(self) -> Directory:
        """The directory of now: one cheap query when nothing has changed."""
        async with self._database.reading() as transaction:
            return await self.refreshed(transaction)

    async def refreshed(self, transaction: Transaction) -> Directory:
        """The same, inside a look that has begun already."""
        async with self._lock:
            now = self._clock.now()
            for look in self.also:
                await look(transaction)
            known = self._directory
            # A look that began before the last one may know less than it: what is older never comes back.
            if known is not None and self._holds_at(now) and known.epoch >= await directory_epoch(transaction):
                return known
            self._directory = await load_directory(transaction, now)
            self._holds = (now, await changes_after(transaction, MODELS, now))
            return self._directory

    def _holds_at(self, now: datetime) -> bool:
        """Whether no row has become valid, or ceased to be, by the mere passing of time."""
        if self._holds is None:
            return False
        since, until = self._holds
        return since <= now and (until is None or now < until)
