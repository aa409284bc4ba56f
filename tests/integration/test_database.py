"""Connections: readers inside readers, and errors that keep what they were about to themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.database import Database
from tests.conftest import DatabaseKind

MANY = 8
BREAKS = 40


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def test_many_who_read_may_all_read_again_inside(database: Database) -> None:
    all_reading = asyncio.Barrier(MANY)

    async def read_twice() -> int:
        async with database.reading() as outer:
            await all_reading.wait()
            async with database.reading() as inner:
                found = (await inner.execute(text("SELECT 1"))).scalar_one()
            return int(found + (await outer.execute(text("SELECT 1"))).scalar_one())

    async with asyncio.timeout(60):
        assert await asyncio.gather(*(read_twice() for _ in range(MANY))) == [2] * MANY


async def test_one_moment_is_seen_whatever_is_written_meanwhile(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE seen (name TEXT)"))
    count = text("SELECT count(*) FROM seen")
    async with database.reading(one_moment=True) as looking:
        assert (await looking.execute(count)).scalar_one() == 0
        async with database.transaction() as tx:
            await tx.execute(text("INSERT INTO seen (name) VALUES ('later')"))
        assert (await looking.execute(count)).scalar_one() == 0
    async with database.reading() as looking:
        assert (await looking.execute(count)).scalar_one() == 1


@pytest.mark.parametrize("one_moment", [False, True], ids=["any moment", "one moment"])
async def test_who_breaks_off_a_look_leaves_nothing_behind(database_url: str, one_moment: bool) -> None:
    """At whatever step: the connection goes to the next who asks, and they write."""
    database = Database(database_url, pool_size=1)

    async def look() -> None:
        async with database.reading(one_moment=one_moment) as tx:
            await tx.plain("SELECT 1")
            await tx.plain("SELECT 2")

    try:
        async with database.transaction() as tx:
            await tx.execute(text("CREATE TABLE steps (step INTEGER)"))
        for step in range(BREAKS):
            looking = asyncio.create_task(look())
            for _ in range(step):
                await asyncio.sleep(0)  # one turn of the loop
            looking.cancel()
            await asyncio.wait([looking])
            async with database.transaction() as tx:
                await tx.execute(text("INSERT INTO steps (step) VALUES (:step)"), {"step": step})
        async with database.reading() as tx:
            assert (await tx.execute(text("SELECT count(*) FROM steps"))).scalar_one() == BREAKS
    finally:
        await database.close()


async def test_connections_that_the_server_has_closed_are_not_used_again(
    fresh_database_url: Callable[[DatabaseKind], str],
) -> None:
    """As after a restart of PostgreSQL: nobody meets the end of a connection but those who were using it."""
    database = Database(fresh_database_url("postgresql"))
    try:
        all_reading = asyncio.Barrier(MANY)

        async def read() -> int:
            async with database.reading() as tx:
                await all_reading.wait()
                return int((await tx.execute(text("SELECT 1"))).scalar_one())

        assert await asyncio.gather(*(read() for _ in range(MANY))) == [1] * MANY
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        async with database.reading() as tx:
            ended = (await tx.execute(text(f"SELECT pid, pg_terminate_backend(pid) {others}"))).scalars().all()
            while any(map(_lives, ended)):
                await tx.execute(text("SELECT 1"))
            await tx.execute(text("SELECT 1"))
        assert len(ended) == MANY - 1
        assert await asyncio.gather(*(read() for _ in range(MANY))) == [1] * MANY
    finally:
        await database.close()


async def test_an_error_does_not_repeat_the_values_of_its_statement(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE seen (name TEXT)"))
    with pytest.raises(DBAPIError) as error:
        async with database.transaction() as tx:
            await tx.execute(text("INSERT INTO seen (name, age) VALUES (:name, 71)"), {"name": "canary-name"})
    assert "INSERT" in str(error.value)
    assert "canary-name" not in str(error.value)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_whoever_opens_one_after_the_other_is_at_the_one_named(
    kind: DatabaseKind, fresh_database_url: Callable[[DatabaseKind], str]
) -> None:
    """What was compiled for the first is used for the second, and nothing else of it."""
    urls = {name: fresh_database_url(kind) for name in ("one", "two")}
    for name, url in urls.items():
        database = Database(url)
        async with database.transaction() as tx:
            await tx.execute(text("CREATE TABLE seen (name TEXT)"))
            await tx.execute(text("INSERT INTO seen (name) VALUES (:name)"), {"name": name})
        await database.close()
        if not database.is_sqlite:
            await database.close()  # gives nothing back twice
    both = {name: Database(url) for name, url in urls.items()}
    for name, database in (*both.items(), *both.items()):
        async with database.reading() as tx:
            assert (await tx.execute(text("SELECT name FROM seen"))).scalars().all() == [name]
    for database in both.values():
        await database.close()


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()
