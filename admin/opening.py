"""The database of a command that looks, opened and given back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from admin.refusals import CommandRefused
from admin.settings import Settings
from models.database import Database, Transaction
from models.migrations.schema import require_current


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, as this version wants it; CommandRefused or SchemaRefused when it is not."""
    database = Database(settings.database)
    path = database.url.database
    if database.is_sqlite and path and not await asyncio.to_thread(Path(path).exists):
        raise CommandRefused(f"{path} is not there: refloop migrate or refloop up makes it")
    try:
        await require_current(database)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Transaction]:
    """One look at the database."""
    async with opened(settings) as database, database.reading() as transaction:
        yield transaction
