"""The tables that migrations make are those of models/, and what was recorded cannot be changed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from models.audit import AuditRow, write_audit
from models.clock import SystemClock
from models.database import Database
from models.history import table_of
from models.journal import LogRow, SettingRow
from models.migrations import append_only, schema

CLOCK = SystemClock()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


def log_row(version: int, **values: Any) -> dict[str, Any]:
    now = CLOCK.now()
    row = {
        "id": f"event-{version}", "stream": "referral-a", "version": version, "type": "ReferralRequested",
        "schema_version": 1, "loop": "referral-a", "caused_by": "a test", "actor": "person:lin",
        "occurred_at": now, "recorded_at": now, "data": "{}", "hash": f"{version:064d}",
    }  # fmt: skip
    return row | values


async def test_migrations_make_the_tables_of_the_models(database: Database) -> None:
    await schema.migrate(database)

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), schema.metadata()))

    async with database.reading() as transaction:
        assert await transaction.run_sync(differences) == []


async def test_migrations_make_the_checks_of_the_models(database: Database) -> None:
    """The comparison above does not look at CHECK constraints."""

    def checks(connection: Connection) -> dict[str, dict[str | None, str]]:
        found = inspect(connection)
        return {
            table: {each["name"]: each["sqltext"] for each in found.get_check_constraints(table)}
            for table in schema.metadata().tables
        }

    await schema.migrate(database)
    async with database.reading() as transaction:
        of_migrations = await transaction.run_sync(checks)
    await schema.migrate(database, "base")
    await database.create_tables(schema.metadata())
    async with database.reading() as transaction:
        assert await transaction.run_sync(checks) == of_migrations


async def test_up_down_up_with_data_leaves_a_whole_database(database: Database) -> None:
    await schema.migrate(database)
    async with database.transaction() as transaction:
        await transaction.execute(insert(LogRow), [log_row(1)])
        await transaction.execute(insert(SettingRow), [{"key": "demo", "value": "yes"}])
    await schema.migrate(database, "base")

    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}

    async with database.reading() as transaction:
        assert await transaction.run_sync(tables) == set()
    after = await schema.migrate(database)
    assert after.current
    async with database.reading() as transaction:
        assert await transaction.run_sync(tables) == set(schema.metadata().tables)
        assert (await transaction.execute(select(func.count()).select_from(LogRow))).scalar_one() == 0


async def test_migrating_again_changes_nothing(database: Database) -> None:
    first = await schema.migrate(database)
    async with database.transaction() as transaction:
        await transaction.execute(insert(LogRow), [log_row(1)])
    assert await schema.migrate(database) == first
    async with database.reading() as transaction:
        assert (await transaction.execute(select(func.count()).select_from(LogRow))).scalar_one() == 1


@pytest.mark.parametrize("change", ["UPDATE log SET data = 'other'", "DELETE FROM log", "TRUNCATE log"])
async def test_the_log_refuses_to_be_changed(database: Database, change: str) -> None:
    if database.is_sqlite and change.startswith("TRUNCATE"):
        change = "DELETE FROM log"  # how SQLite truncates
    await schema.migrate(database)
    async with database.transaction() as transaction:
        await transaction.execute(insert(LogRow), [log_row(1), log_row(2)])
    with pytest.raises(DBAPIError, match=r"append only|permission denied"):
        async with database.transaction() as transaction:
            await transaction.execute(text(change))
    async with database.reading() as transaction:
        rows = (await transaction.execute(select(table_of(LogRow).c.data))).scalars().all()
        assert rows == ["{}", "{}"]


@pytest.mark.parametrize("same", [{"id": "event-1"}, {"version": 1}, {"position": 1}])
async def test_a_row_of_the_log_cannot_be_replaced(database: Database, same: dict[str, Any]) -> None:
    await schema.migrate(database)
    async with database.transaction() as transaction:
        await transaction.execute(insert(LogRow), [log_row(1, position=1)])
    other = log_row(2, data="other") | same
    replacing = insert(LogRow).prefix_with("OR REPLACE", dialect="sqlite")
    with pytest.raises(DBAPIError):
        async with database.transaction() as transaction:
            await transaction.execute(replacing, [other])
    async with database.reading() as transaction:
        assert (await transaction.execute(select(table_of(LogRow).c.data))).scalars().all() == ["{}"]


async def test_the_audit_refuses_to_be_changed(database: Database) -> None:
    await schema.migrate(database)
    async with database.transaction() as transaction:
        await write_audit(transaction, CLOCK.now(), "shell:chen", "backup", "file", "a test")
    with pytest.raises(DBAPIError, match=r"append only|permission denied"):
        async with database.transaction() as transaction:
            await transaction.execute(text("UPDATE audit SET actor = 'shell:nobody'"))
    async with database.reading() as transaction:
        assert (await transaction.execute(select(table_of(AuditRow).c.actor))).scalars().all() == ["shell:chen"]


async def test_a_lost_trigger_is_found_and_made_again(database: Database) -> None:
    await schema.migrate(database)
    name = "log_append_only_update" if database.is_sqlite else "log_append_only_change"
    gone = f"DROP TRIGGER {name}" if database.is_sqlite else f"ALTER TABLE log DISABLE TRIGGER {name}"
    async with database.transaction() as transaction:
        await transaction.execute(text(gone))
    assert (await schema.look(database)).missing == (name,)
    with pytest.raises(schema.SchemaRefused, match=name):
        await schema.require_current(database)
    async with database.transaction() as transaction:
        await transaction.run_sync(append_only.protect)
    await schema.require_current(database)


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    await schema.migrate(database)
    async with database.transaction() as transaction:
        await transaction.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.SchemaRefused, match="upgrade Refloop"):
        await schema.migrate(database)


async def test_an_empty_database_is_told_apart(database: Database) -> None:
    assert (await schema.look(database)).revision is None
    with pytest.raises(schema.SchemaRefused, match="run refloop migrate"):
        await schema.require_current(database)
