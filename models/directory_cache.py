"""The directory kept in memory by a process, loaded again when the registry has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from models.clock import Clock
from models.database import Database, Transaction
from models.directory import Directory, load_directory
from models.history import directory_epoch

# Rows may become valid by the mere passing of time.
_AT_MOST = timedelta(minutes=5)


class DirectoryCache:
    """The newest directory this process has seen; `refresh` looks whether there is a newer one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._directory: Directory | None = None
        self._loaded_at: datetime | None = None
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
        async with self._lock:
            now = self._clock.now()
            async with self._database.reading() as transaction:
                for look in self.also:
                    await look(transaction)
                known, loaded_at = self._directory, self._loaded_at
                recent = known is not None and loaded_at is not None and now - loaded_at < _AT_MOST
                if known is not None and recent and known.epoch == await directory_epoch(transaction):
                    return known
                self._directory = await load_directory(transaction, now)
                self._loaded_at = now
            return self._directory
