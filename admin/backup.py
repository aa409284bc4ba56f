"""Backup and restore in one format for both engines, without the site key.

A backup is a tar file: `manifest.json` (revision, epoch, rows and SHA-256 of every table) and `tables/NAME.jsonl`, one
row a line, instants as text in UTC. It is read in one transaction, so that it is one moment. Personal text in it is
sealed; staff, facilities and times are not: the file is readable by its owner only.
"""

import asyncio
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Date, DateTime, MetaData, Table, func, insert, select, text

from admin.output import Progress
from admin.refusals import CommandRefused
from models.clock import Clock
from models.database import Database, Transaction, chunks, instant_text
from models.installation import EPOCH, begin_new_epoch, hold_sender, remembered
from models.migrations import schema

FORMAT = "refloop-backup-1"
HELD = "restored from a backup: what was told since it was made is not known"
_AT_ONCE = 500


@dataclass(frozen=True)
class Content:
    """One table in a backup."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    format: str
    revision: str
    epoch: str
    made_at: str
    tables: dict[str, Content]

    @property
    def rows(self) -> int:
        """Rows in all tables."""
        return sum(content.rows for content in self.tables.values())


async def backup(database: Database, file: Path, clock: Clock, progress: Progress) -> Manifest:
    """Write a backup to a new file (0600), all or nothing; a running installation goes on meanwhile."""
    await schema.require_current(database)
    _must_be_new(file)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".refloop-backup-") as folder:
        source = await _still(database, Path(folder))
        try:
            manifest = await _write(source, unfinished, Path(folder), clock.now(), progress)
            unfinished.rename(file)
        finally:
            unfinished.unlink(missing_ok=True)
            if source is not database:
                await source.close()
    return manifest


def _must_be_new(file: Path) -> None:
    if file.exists():
        raise CommandRefused(f"{file} is there already: name a new file")
    if not file.parent.is_dir():
        raise CommandRefused(f"{file.parent} is no directory: name a file in one that is there")


async def _still(database: Database, folder: Path) -> Database:
    """SQLite: a copy by its own means, so that a long reading does not keep the WAL from being emptied."""
    path = database.url.database
    if not database.is_sqlite or path is None:
        return database
    copy = folder / "copy.db"

    def make() -> None:
        with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(copy)) as still:
            live.backup(still)

    await asyncio.to_thread(make)
    return Database(f"sqlite+aiosqlite:///{copy}")


async def _write(source: Database, target: Path, folder: Path, now: datetime, progress: Progress) -> Manifest:
    contents: dict[str, Content] = {}
    async with source.reading(one_moment=True) as transaction:
        tables = schema.metadata().sorted_tables
        counts = {table.name: await _count(transaction, table) for table in tables}
        done = 0
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            for table in tables:
                part = folder / f"{table.name}.jsonl"
                contents[table.name] = await _dump(transaction, table, part)
                tar.add(part, f"tables/{part.name}", filter=_anonymous)
                part.unlink()
                done += contents[table.name].rows
                progress(done, sum(counts.values()))
            epoch = await remembered(transaction, EPOCH) or ""
            manifest = Manifest(FORMAT, schema.revisions()[0], epoch, instant_text(now), contents)
            _add_manifest(tar, manifest)
            tar.close()
            file.flush()
            os.fsync(file.fileno())
    return manifest


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _add_manifest(tar: tarfile.TarFile, manifest: Manifest) -> None:
    body = json.dumps(asdict(manifest), indent=1).encode()
    member = tarfile.TarInfo("manifest.json")
    member.size, member.mode = len(body), 0o600
    tar.addfile(member, io.BytesIO(body))


async def _dump(transaction: Transaction, table: Table, part: Path) -> Content:
    """A table's rows in the order of their keys, a page at a time."""
    digest, rows = hashlib.sha256(), 0
    keys = list(table.primary_key.columns)
    with part.open("wb") as file:
        after: tuple[Any, ...] | None = None
        while True:
            page = select(table).order_by(*keys).limit(_AT_ONCE * 10)
            if after is not None:
                page = page.where(_beyond(keys, after))
            found = (await transaction.execute(page)).mappings().all()
            for row in found:
                line = json.dumps(dict(row), ensure_ascii=False, default=_plain).encode() + b"\n"
                digest.update(line)
                file.write(line)
            rows += len(found)
            if len(found) < _AT_ONCE * 10:
                return Content(rows, digest.hexdigest())
            after = tuple(found[-1][key.name] for key in keys)


def _beyond(keys: list[Any], after: tuple[Any, ...]) -> Any:
    """After this key, in the order of the key; spelled out, since drivers differ on comparing rows."""
    first, rest = keys[0], keys[1:]
    later = first > after[0]
    return later | ((first == after[0]) & _beyond(rest, after[1:])) if rest else later


def _plain(value: Any) -> str:
    return (
        instant_text(value)
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else str(value)
    )


async def _count(transaction: Transaction, table: Table) -> int:
    return int((await transaction.execute(select(func.count()).select_from(table))).scalar_one())


def read_manifest(file: Path) -> Manifest:
    """What a backup says about itself, after every table was compared with it. CommandRefused names what is wrong."""
    try:
        with tarfile.open(file) as tar:
            raw = json.loads(_member(tar, "manifest.json").read())
            if raw.get("format") != FORMAT:
                raise CommandRefused(f"{file}: its format is {raw.get('format')!r}, right is {FORMAT}")
            tables = {name: Content(**content) for name, content in raw.pop("tables").items()}
            manifest = Manifest(**raw, tables=tables)
            for name, content in tables.items():
                _compare(tar, file, name, content)
    except (tarfile.TarError, KeyError, TypeError, ValueError, EOFError) as error:
        raise CommandRefused(f"{file}: this is no whole backup ({type(error).__name__})") from None
    return manifest


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    member = tar.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member


def _compare(tar: tarfile.TarFile, file: Path, name: str, content: Content) -> None:
    digest, rows = hashlib.sha256(), 0
    for line in _member(tar, f"tables/{name}.jsonl"):
        digest.update(line)
        rows += 1
    if (rows, digest.hexdigest()) != (content.rows, content.sha256):
        raise CommandRefused(f"{file}: table {name} is not as it was written: {rows} rows of {content.rows}")


async def restore(database: Database, file: Path, progress: Progress) -> Manifest:
    """Fill an empty database from a backup, all or nothing, as a new installation whose sender is held.

    CommandRefused when the file is damaged or of a newer version, or the database holds anything.
    """
    manifest = await asyncio.to_thread(read_manifest, file)
    if manifest.revision not in schema.revisions():
        raise CommandRefused(f"{file} is of revision {manifest.revision}, newer than this version: upgrade Refloop")
    if (await schema.look(database)).revision is not None:
        async with database.reading() as transaction:
            for table in schema.metadata().sorted_tables:
                # What an installation knows of itself is there from its first moment on.
                if table.name != "settings" and await _count(transaction, table):
                    raise CommandRefused(
                        f"the database is not empty (table {table.name}): restore into a new one, "
                        "by another --data-dir or REFLOOP_DATABASE_URL"
                    )
        await schema.migrate(database, "base")
    await schema.migrate(database, manifest.revision)
    async with database.transaction() as transaction:
        reflected = MetaData()
        await transaction.run_sync(_reflect, reflected)
        done = 0
        with tarfile.open(file) as tar:
            for name, content in manifest.tables.items():
                table = reflected.tables[name]
                for rows in chunks(_rows(tar, table), _AT_ONCE):
                    await transaction.execute(insert(table), rows)
                    done += len(rows)
                    progress(done, manifest.rows)
                if content.rows:
                    await _count_on(transaction, table)
        await begin_new_epoch(transaction)
        await hold_sender(transaction, HELD)
    await schema.migrate(database)
    return manifest


def _reflect(connection: Connection, into: MetaData) -> None:
    into.reflect(connection)


def _rows(tar: tarfile.TarFile, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table as its engine takes them."""
    instants = [each.name for each in table.columns if isinstance(each.type, DateTime)]
    days = [each.name for each in table.columns if isinstance(each.type, Date)]
    for line in _member(tar, f"tables/{table.name}.jsonl"):
        row: dict[str, Any] = json.loads(line)
        for name in instants:
            row[name] = row[name] and datetime.fromisoformat(row[name])
        for name in days:
            row[name] = row[name] and date.fromisoformat(row[name])
        yield row


async def _count_on(transaction: Transaction, table: Table) -> None:
    """Let PostgreSQL number new rows after the restored ones."""
    key = next(iter(table.primary_key.columns))
    if transaction.dialect == "postgresql" and key.type.python_type is int:
        await transaction.execute(
            text(
                f"SELECT setval(sequence, (SELECT max({key.name}) FROM {table.name})) FROM "  # noqa: S608
                "pg_get_serial_sequence(:table, :column) AS sequence WHERE sequence IS NOT NULL"
            ),
            {"table": table.name, "column": key.name},
        )
