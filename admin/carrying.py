"""Exports, imports and anchors as files of an installation."""

import asyncio
import os
from contextlib import nullcontext
from pathlib import Path
from typing import IO

from admin.lock import data_dir_lock
from admin.opening import opened
from admin.output import Progress
from admin.refusals import CommandRefused
from admin.settings import Settings
from events import anchoring, exporting, importing
from models.clock import SystemClock
from models.database import Database
from models.migrations.schema import migrate


async def export(
    settings: Settings, file: Path, form: str, chosen: exporting.Selection, progress: Progress
) -> exporting.Exported:
    """Write the chosen events to a new file (0600), all or nothing."""
    async with opened(settings) as database:
        unfinished = _beginning(file)
        try:
            with _new(unfinished) as target:
                if form == "csv":
                    target.write("\ufeff")  # what tells a spreadsheet that this is UTF-8
                    done = await exporting.export_csv(database, target, chosen, progress)
                else:
                    now = SystemClock(settings.clock_file).now()
                    done = await exporting.export_jsonl(database, target, chosen, now, progress)
            unfinished.rename(file)
            return done
        finally:
            unfinished.unlink(missing_ok=True)


async def import_alone(settings: Settings, file: Path, progress: Progress) -> importing.Imported:
    """Take an export into the settings' database, which must have no events, while nobody else works with it."""
    if not await asyncio.to_thread(file.is_file):
        raise CommandRefused(f"{file} is no file")

    def lines() -> IO[str]:
        return file.open(encoding="utf-8", newline="\n")

    alone = data_dir_lock(settings.data_dir, "refloop events import") if settings.is_sqlite else nullcontext()
    with alone:
        database = Database(settings.database)
        try:
            await migrate(database)
            return await importing.import_jsonl(database, lines, progress)
        except importing.ImportRefused as refused:
            raise CommandRefused(f"{file}: {refused}") from None
        except UnicodeDecodeError:
            raise CommandRefused(f"{file}: no UTF-8 text; right is a file of refloop events export") from None
        finally:
            await database.close()


async def anchor(settings: Settings, file: Path) -> anchoring.Anchor:
    """Write an anchor to a new file."""
    async with opened(settings) as database:
        unfinished = _beginning(file)
        made = await anchoring.anchor(database, SystemClock(settings.clock_file).now())
        try:
            with _new(unfinished) as target:
                target.writelines(f"{line}\n" for line in made.lines())
            unfinished.rename(file)
        finally:
            unfinished.unlink(missing_ok=True)
        return made


async def check_anchor(settings: Settings, file: Path) -> anchoring.Checked:
    """Compare the log with an anchor that was written before."""
    try:
        lines = (await asyncio.to_thread(file.read_text, "utf-8")).splitlines()
        async with opened(settings) as database:
            return await anchoring.check(database, anchoring.Anchor.parse(lines))
    except (anchoring.AnchorRefused, UnicodeDecodeError) as error:
        raise CommandRefused(f"{file}: {error}") from None


def _beginning(file: Path) -> Path:
    if file.exists():
        raise CommandRefused(f"{file} is there already: name a new file")
    if not file.parent.is_dir():
        raise CommandRefused(f"{file.parent} is no directory: name a file in one that is there")
    return file.with_name(f".{file.name}.{os.getpid()}")


def _new(file: Path) -> IO[str]:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")
