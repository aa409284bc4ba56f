"""PostgreSQL's connections: an engine that was closed serves the next database of the same server.

What an engine has compiled, and what it found out about its server, is good for every database there. A process has one
database as a rule; whoever opens one after the other (a restore, a drill, the tests) compiles each statement once.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine


class _Engine:
    """An engine, and the database it is for at the moment."""

    def __init__(self, url: URL, pool_size: int) -> None:
        self.database = url.database
        # Errors are logged: without the values, which may be somebody's.
        self.engine = create_async_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True,
            query_cache_size=2000,
        )  # fmt: skip
        event.listen(self.engine.sync_engine, "do_connect", self._name_database)

    def _name_database(self, _dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        options["database"] = self.database


_waiting: dict[tuple[URL, int], list[_Engine]] = {}


class PostgresqlConnections:
    """The connections to one database; an engine is taken when they are first used and given back by `close`."""

    def __init__(self, url: URL, pool_size: int) -> None:
        """`pool_size` is kept open; as many again are opened when they are needed."""
        self._url = url
        self._pool_size = pool_size
        self._taken: _Engine | None = None

    def begin(self) -> Any:
        """A connection in a transaction that commits at the end."""
        return self._engine().engine.begin()

    def connect(self) -> AsyncConnection:
        """A connection."""
        return self._engine().engine.connect()

    async def close(self) -> None:
        """Close them all."""
        if (engine := self._taken) is not None:
            self._taken = None
            await engine.engine.dispose()
            _waiting.setdefault(self._server(), []).append(engine)

    def _engine(self) -> _Engine:
        if self._taken is None:
            waiting = _waiting.get(self._server())
            self._taken = waiting.pop() if waiting else _Engine(self._url, self._pool_size)
            self._taken.database = self._url.database
        return self._taken

    def _server(self) -> tuple[URL, int]:
        return self._url.set(database=""), self._pool_size
