"""Brings a database to the tables of this version, and says how far it is; the same on both engines."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlmodel import SQLModel

import models
from models.database import Database
from models.migrations.append_only import missing

_HERE = Path(__file__).parent
# Two processes that migrate one PostgreSQL database at once: the second finds it done.
_ADVISORY_LOCK = 7_356_673


class SchemaRefused(Exception):
    """The database's tables are not those of this version; the text says what to do."""


@dataclass(frozen=True)
class Schema:
    """How far a database is. `revision` None: no tables of ours. `missing`: triggers that must be there."""

    revision: str | None
    head: str
    missing: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Whether it is as this version wants it."""
        return self.revision == self.head and not self.missing


def metadata() -> MetaData:
    """Every table there is: all modules of models are imported, so that none can be forgotten."""
    for module in pkgutil.iter_modules(models.__path__):
        if not module.ispkg:
            importlib.import_module(f"models.{module.name}")
    return SQLModel.metadata


async def migrate(database: Database, to: str = "head") -> Schema:
    """Bring the database to a revision, all or nothing, and give what it is then.

    SchemaRefused when its tables are of a newer version than ours.
    """
    async with database.transaction() as transaction:
        await transaction.run_sync(partial(_migrate, to=to))
    return await look(database)


async def look(database: Database) -> Schema:
    """How far the database is."""
    async with database.reading() as transaction:
        schema: Schema = await transaction.run_sync(_look)
        return schema


async def require_current(database: Database) -> None:
    """SchemaRefused unless the database is migrated and its append-only triggers are there."""
    schema = await look(database)
    if schema.revision != schema.head:
        now = schema.revision or "none"
        raise SchemaRefused(f"the database's revision is {now}, not {schema.head}: run refloop migrate")
    if schema.missing:
        raise SchemaRefused(f"the log is not protected, missing {', '.join(schema.missing)}: run refloop migrate")


def revisions() -> list[str]:
    """Every revision this version knows, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    return config


def _migrate(connection: Connection, to: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    known, now = revisions(), _revision(connection)
    if now is not None and now not in known:
        raise SchemaRefused(f"the database is at revision {now}, newer than this version knows: upgrade Refloop")
    config = _config()
    config.attributes["connection"] = connection
    if to != "head" and (to == "base" or (now in known and known.index(to) > known.index(now))):
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _look(connection: Connection) -> Schema:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return Schema(_revision(connection), head or "", tuple(missing(connection)))
