"""Connections: readers inside readers, and errors that keep what they were about to themselves."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.database import Database

MANY = 8


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


async def test_an_error_does_not_repeat_the_values_of_its_statement(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE seen (name TEXT)"))
    with pytest.raises(DBAPIError) as error:
        async with database.transaction() as tx:
            await tx.execute(text("INSERT INTO seen (name, age) VALUES (:name, 71)"), {"name": "canary-name"})
    assert "INSERT" in str(error.value)
    assert "canary-name" not in str(error.value)
