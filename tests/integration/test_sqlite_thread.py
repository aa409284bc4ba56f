"""SQLite in its thread: whoever is cancelled or fails in the middle leaves nothing to the next."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.database import Database

_SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database with one table."""
    opened = Database(f"sqlite+aiosqlite:///{tmp_path}/one.db")
    async with opened.transaction() as transaction:
        await transaction.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY)"))
    yield opened
    await opened.close()


async def _count(database: Database) -> int:
    async with database.reading() as transaction:
        return int((await transaction.execute(text("SELECT count(*) FROM things"))).scalar_one())


async def test_a_writer_cancelled_in_a_statement_is_rolled_back_before_the_next_begins(database: Database) -> None:
    inside = asyncio.Event()

    async def write_slowly() -> None:
        async with database.transaction() as transaction:
            await transaction.execute(text("INSERT INTO things VALUES (1)"))
            inside.set()
            await transaction.execute(text(_SLOW))

    writer = asyncio.create_task(write_slowly())
    await inside.wait()
    writer.cancel()
    async with database.transaction() as transaction:
        await transaction.execute(text("INSERT INTO things VALUES (2)"))
    assert writer.cancelled()
    assert await _count(database) == 1


async def test_a_statement_that_fails_undoes_its_transaction_only(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(text("INSERT INTO things VALUES (1)"))

    async def write_two() -> None:
        async with database.transaction() as transaction:
            await transaction.execute(text("INSERT INTO things VALUES (2)"))
            await transaction.execute(text("INSERT INTO things VALUES (1)"))

    with pytest.raises(IntegrityError):
        await write_two()
    assert await _count(database) == 1


async def test_readers_see_the_last_commit_while_somebody_writes(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(text("INSERT INTO things VALUES (1)"))
        found = await asyncio.gather(*(_count(database) for _ in range(5)))
    assert found == [0] * 5
    assert await _count(database) == 1
