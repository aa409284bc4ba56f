"""`refloop restore`: nobody else works with the database meanwhile."""

from contextlib import nullcontext
from pathlib import Path

from admin.backup import Manifest, restore
from admin.lock import data_dir_lock
from admin.output import Progress
from admin.settings import Settings
from models.database import Database


async def restore_alone(settings: Settings, file: Path, progress: Progress) -> Manifest:
    """Fill the settings' database, which must be empty, from a backup."""
    alone = data_dir_lock(settings.data_dir, "refloop restore") if settings.is_sqlite else nullcontext()
    with alone:
        database = Database(settings.database)
        try:
            return await restore(database, file, progress)
        finally:
            await database.close()
