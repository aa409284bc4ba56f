"""The directory kept in memory by a process, loaded again when the registry has changed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ScalarSelect, Select, select

from models.clock import Clock
from models.database import Database, Transaction
from models.directory import Directory
from models.directory_rows import MODELS, Tables, read_tables
from models.history import EPOCH, changes_after


class Watched(Protocol):
    """What else is kept in memory and looked at on the same occasions (the rules in force)."""

    @property
    def state(self) -> ScalarSelect[str]:
        """A query for one text that is another one whenever anything has changed."""
        ...

    async def renew(self, transaction: Transaction, state: str) -> None:
        """Read again, unless this is the state that is kept."""
        ...


class DirectoryCache:
    """The newest directory this process has seen; `refresh` looks whether there is a newer one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._directory: Directory | None = None
        # What it was made of. Who looks at a copy of the same database may begin with it.
        self.tables: Tables | None = None
        # From when until when it is right, if nothing is written meanwhile; None: for ever.
        self.holds: tuple[datetime, datetime | None] | None = None
        self._lock = asyncio.Lock()
        self.also: list[Watched] = []
        self._states: tuple[int, Select[Any]] = (0, select(EPOCH))

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
            found = (await transaction.execute(self._question())).one()
            epoch: int = found[0] or 0
            states: Sequence[str] = found[1:]
            for each, state in zip(self.also, states, strict=True):
                await each.renew(transaction, state)
            known = self._directory
            # A look that began before the last one may know less than it: what is older never comes back.
            if known is not None and self._holds_at(now) and known.epoch >= epoch:
                return known
            self.tables = await read_tables(transaction, now, self.tables if self._holds_at(now) else None)
            self.holds = (now, await changes_after(transaction, MODELS, now))
            self._directory = Directory(self.tables.contents(), epoch)
            return self._directory

    def _question(self) -> Select[Any]:
        """All states in one statement: it is asked in every look at anything."""
        if self._states[0] != len(self.also):
            self._states = len(self.also), select(EPOCH, *(each.state for each in self.also))
        return self._states[1]

    def _holds_at(self, now: datetime) -> bool:
        """Whether no row has become valid, or ceased to be, by the mere passing of time."""
        if self.holds is None:
            return False
        since, until = self.holds
        return since <= now and (until is None or now < until)
