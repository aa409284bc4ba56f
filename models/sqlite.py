"""SQLite from coroutines: a connection, and a thread for what may have to wait.

Opening a file, getting the write lock and committing may take as long as a disk or somebody else does: the thread does
it. All else finds what it needs at once, in less time than a trip to the thread and back takes: it is done where it is
asked for, and whoever else is waiting has a turn after it.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Dialect, create_engine, event
from sqlalchemy.engine import URL, Connection, CursorResult
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import Executable

R = TypeVar("R")

_PRAGMAS = ("busy_timeout=10000", "synchronous=FULL", "foreign_keys=ON")
_TRIES, _PAUSE_S = 200, 0.05


# One engine for every connection and file: what is compiled for one connection is compiled for all others.
_ENGINE = create_engine("sqlite://", poolclass=NullPool, hide_parameters=True, query_cache_size=2000)
_opening = threading.local()  # .url: what this thread is about to open


@event.listens_for(_ENGINE, "do_connect")
def _open(dialect: Dialect, _record: Any, _arguments: Any, _options: Any) -> Any:
    arguments, options = dialect.create_connect_args(_opening.url)
    connection: Any = dialect.connect(*arguments, **{**options, "check_same_thread": False})
    connection.isolation_level = None  # BEGIN is ours, not the driver's
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    _use_wal(connection)
    return connection


class SqliteConnection:
    """One connection, opened when first used. Its callers see to it that only one of them uses it at a time."""

    def __init__(self, url: URL, writes: bool) -> None:
        """`writes`: its transactions get the write lock with their first statement."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._handed: Future[Any] | None = None
        self._url = url.set(drivername="sqlite")
        self._writes = writes
        self._opened: Connection | None = None
        self.dialect = _ENGINE.dialect

    async def _in_thread(self, work: Callable[..., R], *arguments: Any) -> R:
        handed = self._handed = self._thread.submit(work, *arguments)
        return await asyncio.wrap_future(handed)

    async def _done(self, work: Callable[..., R], *arguments: Any) -> R:
        """Work on the connection: here, where nothing has to be waited for."""
        may_wait = self._opened is None or (self._writes and not self._opened.in_transaction())
        if may_wait or not self._is_idle():
            return await self._in_thread(work, *arguments)
        result = work(*arguments)
        await asyncio.sleep(0)
        return result

    def _is_idle(self) -> bool:
        """Whether the thread has done all it was given; it does, also when nobody waits for it any more."""
        return self._handed is None or self._handed.done()

    def _connection(self) -> Connection:
        """The connection, open and in a transaction."""
        if self._opened is None:
            _opening.url = self._url
            self._opened = _ENGINE.connect()
        if not self._opened.in_transaction():
            self._opened.begin()
            self._opened.exec_driver_sql("BEGIN IMMEDIATE" if self._writes else "BEGIN")
        return self._opened

    def _end(self, end: Callable[[Connection], None]) -> None:
        if self._opened is not None and self._opened.in_transaction():
            end(self._opened)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["SqliteConnection"]:
        """Begin with the first statement, commit at the end, roll back on any error.

        Both are seen through, also when the caller is cancelled meanwhile: the next transaction waits behind them.
        """
        try:
            yield self
            await self._ended(Connection.commit)
        except BaseException:
            await self._ended(Connection.rollback)
            raise

    async def _ended(self, end: Callable[[Connection], None]) -> None:
        if self._writes or not self._is_idle():
            await asyncio.shield(self._in_thread(self._end, end))
        else:
            self._end(end)

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement and fetch its rows; a list of parameters is one batch."""
        return await self._done(self._execute, statement, parameters)

    def _execute(self, statement: Executable, parameters: Any) -> Any:
        result = self._connection().execute(statement, parameters)
        return result.freeze()() if result.returns_rows else result

    async def run_sync(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function on the connection."""
        return await self._done(lambda: work(self._connection(), *arguments))

    async def close(self) -> None:
        """Close the connection and end its thread."""
        await self._in_thread(self._close)
        self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Readers beside a writer. A new file's first change of mode fails at once beside another: no timeout covers it."""
    for tries_left in reversed(range(_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if not tries_left:
                raise
            time.sleep(_PAUSE_S)
