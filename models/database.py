"""Connections and transactions on PostgreSQL and SQLite, the same to everybody above.

A transaction is a SQLAlchemy Core connection plus what is to happen after its commit. On SQLite all writers share one
connection and one lock and begin IMMEDIATE (engineering-facts: a deferred BEGIN that reads and then writes fails under
load in spite of any timeout, and old SQLite versions can corrupt a WAL that two connections write).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, MetaData, Text, TypeDecorator
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable
from sqlmodel import SQLModel

from models.postgresql import PostgresqlConnections
from models.sqlite import SqliteConnection

# Alembic needs names to be able to change a constraint on both engines.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
# Here, because every module with tables imports this one before it names any constraint.
SQLModel.metadata.naming_convention = NAMING

R = TypeVar("R")
T = TypeVar("T")

# Readers at once on SQLite; opened as they are needed. Somebody who reads may read again inside.
_READERS = 25

# Deadlock found and serialization failure: the other side went through, ours can be tried again.
_TRY_AGAIN = {"40P01", "40001"}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, always aware and in UTC; SQLite would lose the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Text of one fixed width on SQLite, so that it sorts as time does."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive instant: nobody can say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return instant_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back an aware instant in UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        instant: datetime = value
        return instant.astimezone(UTC)


def instant_text(value: datetime) -> str:
    """An instant as text of one fixed width in UTC, such as 2026-03-05T09:00:00.000000+00:00."""
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(timespec="microseconds")


class Transaction:
    """A unit of work: statements that commit together, and what follows the commit."""

    def __init__(self, connection: AsyncConnection | SqliteConnection) -> None:
        self._connection = connection
        self._after_commit: list[Callable[[], None]] = []
        self.dialect = connection.dialect.name

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement; a list of parameters is one batch."""
        return await self._connection.execute(statement, parameters)

    async def plain(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement as the driver gives them, values as they are stored; for reading very many.

        Parameters are written as the driver wants them: `?` on SQLite, `$1` on PostgreSQL. Half the time of `execute`.
        """

        def fetch(connection: Any) -> Any:
            cursor = connection.connection.cursor()
            try:
                cursor.execute(statement, parameters)
                return cursor.fetchall()
            except asyncio.CancelledError:
                connection.invalidate()  # past SQLAlchemy nobody else does: a transaction may have begun in it
                raise
            finally:
                cursor.close()

        return list(await self._connection.run_sync(fetch))

    async def run_sync(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run a synchronous function on the underlying connection (migrations, metadata)."""
        return await self._connection.run_sync(work, *arguments)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Call `action` once the transaction is committed, never if it is not."""
        self._after_commit.append(action)

    def committed(self) -> None:
        """Run what was to follow the commit."""
        for action in self._after_commit:
            action()


class Database:
    """One database, PostgreSQL or SQLite, and how to work on it.

    `transaction()` is for writing, `reading()` for a look that writes nothing.
    """

    def __init__(self, url: str, pool_size: int = 10) -> None:
        """`url` as SQLAlchemy writes it, postgresql+asyncpg://… or sqlite+aiosqlite:///…"""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            # One connection for all writers; readers have their own and see the last commit (WAL).
            self._sqlite_writer = SqliteConnection(self.url, writes=True)
            self._free_readers: list[SqliteConnection] = []
            self._reading = asyncio.Semaphore(_READERS)
        else:
            self._postgresql = PostgresqlConnections(self.url, pool_size)
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit at the end, roll back on any error; then run what was to follow."""
        if self.is_sqlite:
            async with self._lock, self._sqlite_writer.transaction() as connection:
                transaction = Transaction(connection)
                yield transaction
        else:
            async with self._postgresql.begin() as pooled:
                transaction = Transaction(pooled)
                yield transaction
        transaction.committed()

    @asynccontextmanager
    async def reading(self, one_moment: bool = False) -> AsyncIterator[Transaction]:
        """Look without writing.

        On PostgreSQL each statement sees what was committed when it began, unless everything is to be seen as it was
        at `one_moment`; on SQLite it always is.
        """
        if self.is_sqlite:
            async with self._reading:
                reader = self._free_readers.pop() if self._free_readers else SqliteConnection(self.url, writes=False)
                try:
                    async with reader.transaction() as connection:
                        yield Transaction(connection)
                finally:
                    self._free_readers.append(reader)
        else:
            async with self._postgresql.connect(one_moment) as pooled:
                yield Transaction(pooled)

    async def repeated(self, work: Callable[[Transaction], Awaitable[R]], attempts: int = 5) -> R:
        """Run `work` in a transaction, again from the start when the database says another was first."""
        for attempt in range(attempts):
            try:
                async with self.transaction() as transaction:
                    return await work(transaction)
            except DBAPIError as error:
                if attempt + 1 == attempts or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                    raise
        raise AssertionError("unreachable")

    async def create_tables(self, metadata: MetaData) -> None:
        """Make the tables of `metadata` that are not there."""
        async with self.transaction() as transaction:
            await transaction.run_sync(metadata.create_all)

    async def close(self) -> None:
        """Give the connections back."""
        if self.is_sqlite:
            for connection in (self._sqlite_writer, *self._free_readers):
                await connection.close()
        else:
            await self._postgresql.close()


def chunks(items: Iterable[T], size: int) -> Iterable[list[T]]:
    """The items in lists of at most `size`."""
    chunk: list[T] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
