"""SQLite from coroutines: a connection and the one thread that uses it.

A statement with all of its rows is one trip to the thread, and the first brings the BEGIN along. The usual driver makes
four (cursor, execute, fetch, close), and every trip waits for the interpreter's lock twice.
"""

import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Dialect, create_engine, event
from sqlalchemy.engine import URL, Connection, CursorResult
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import Executable

from models.one_thread import OneThread

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

    def __init__(self, url: URL, begin: str) -> None:
        """`begin` is the statement that begins its transactions."""
        self._thread = OneThread("sqlite")
        self._url = url.set(drivername="sqlite")
        self._begin = begin
        self._opened: Connection | None = None
        self.dialect = _ENGINE.dialect

    def _connection(self) -> Connection:
        """The connection, open and in a transaction."""
        if self._opened is None:
            _opening.url = self._url
            self._opened = _ENGINE.connect()
        if not self._opened.in_transaction():
            self._opened.begin()
            self._opened.exec_driver_sql(self._begin)
        return self._opened

    def _end(self, end: Callable[[Connection], None]) -> None:
        if self._opened is not None and self._opened.in_transaction():
            end(self._opened)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["SqliteConnection"]:
        """Begin with the first statement, commit at the end, roll back on any error.

        What has been handed to the thread is seen through, also when the caller is cancelled meanwhile: the next
        transaction waits behind it.
        """
        try:
            yield self
            await self._thread.do(self._end, Connection.commit)
        except BaseException:
            await self._thread.do(self._end, Connection.rollback)
            raise

    @asynccontextmanager
    async def look(self) -> AsyncIterator["SqliteConnection"]:
        """Begin with the first statement; whoever is done does not wait for the end of it, only the next look does."""
        try:
            yield self
        finally:
            self._thread.do(self._end, Connection.rollback)

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement and fetch its rows; a list of parameters is one batch."""
        return await self._thread.do(self._execute, statement, parameters)

    def _execute(self, statement: Executable, parameters: Any) -> Any:
        result = self._connection().execute(statement, parameters)
        return result.freeze()() if result.returns_rows else result

    async def run_sync(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function on the connection."""
        return await self._thread.do(lambda: work(self._connection(), *arguments))

    async def close(self) -> None:
        """Close the connection and end its thread."""
        await self._thread.do(self._close)
        self._thread.end()

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
