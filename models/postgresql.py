"""PostgreSQL's connections: an engine that was closed serves the next database of the same server.

What an engine has compiled, and what it found out about its server, is good for every database there. A process has one
database as a rule; whoever opens one after the other (a restore, a drill, the tests) compiles each statement once.
"""

import asyncio
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

_GIVEN_BACK_WITHIN, _LOOK_AGAIN = 100, 0.01  # looks, and seconds between them
_PREPARED = 500  # statements that a connection keeps ready: all there are


class _Engine:
    """An engine, and the database it is for at the moment."""

    def __init__(self, url: URL, pool_size: int) -> None:
        self.database = url.database
        # Errors are logged: without the values, which may be somebody's.
        self.engine = create_async_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_use_lifo=True, hide_parameters=True,
            query_cache_size=2000, connect_args={"prepared_statement_cache_size": _PREPARED},
        )  # fmt: skip
        event.listen(self.engine.sync_engine, "do_connect", self._name_database)
        event.listen(self.engine.sync_engine, "checkout", _still_open)
        # Whoever looks needs no transaction around it: at PostgreSQL's usual level every statement sees a moment of
        # its own. BEGIN and ROLLBACK would be two trips more than the statement itself.
        self.looking = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.one_moment = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def _name_database(self, _dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        options["database"] = self.database


def _still_open(connection: Any, _record: Any, _proxy: Any) -> None:
    """Before a connection is used again: a server that went away has closed it, and then all others too.

    The usual question to the server (`pool_pre_ping`) is three trips, and knows no more: the end of a connection is
    told by itself.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


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

    def connect(self, one_moment: bool = False) -> AsyncConnection:
        """A connection to look with; `one_moment`: all that it sees is as it was when the first statement began."""
        engine = self._engine()
        return (engine.one_moment if one_moment else engine.looking).connect()

    async def close(self) -> None:
        """Close them all, once who was cancelled a moment ago has given theirs back: later nobody would close it."""
        if (engine := self._taken) is not None:
            self._taken = None
            for _ in range(_GIVEN_BACK_WITHIN):
                if not engine.engine.pool.checkedout():  # type: ignore[attr-defined]
                    break
                await asyncio.sleep(_LOOK_AGAIN)
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
