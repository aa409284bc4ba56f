"""`refloop migrate`: the tables, the triggers and the site key, ready for the roles to start."""

from contextlib import AbstractContextManager, nullcontext

from admin.keys import keyring_for
from admin.lock import data_dir_lock, make_data_dir
from admin.settings import Settings
from models.database import Database
from models.migrations.schema import migrate


async def migrate_all(settings: Settings) -> str:
    """Bring the database to this version and give its revision."""
    make_data_dir(settings.data_dir)
    with _alone(settings):
        database = Database(settings.database)
        try:
            schema = await migrate(database)
            await keyring_for(settings, database)
        finally:
            await database.close()
    return schema.head


def _alone(settings: Settings) -> AbstractContextManager[object]:
    """SQLite has one writer; PostgreSQL sees to it itself."""
    return data_dir_lock(settings.data_dir, "refloop migrate") if settings.is_sqlite else nullcontext()
