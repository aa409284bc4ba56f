"""A backup holds everything but the keys, goes from either engine to either, and comes back as another installation."""

import asyncio
import base64
import json
import stat
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from admin.backup import HELD, backup, read_manifest, restore
from admin.refusals import CommandRefused
from models.clock import SystemClock
from models.database import Database, instant_text
from models.history import table_of
from models.installation import KEY_CHECK, installation_epoch, remember, remembered, sender_held
from models.journal import LogRow, StreamRow
from models.migrations import schema
from models.registry import DayOverrideRow, DutyRow, ParameterRow
from models.sealed import Keyring, PatientKey
from tests.conftest import DatabaseKind
from tests.integration.test_migrations import log_row

CLOCK = SystemClock()
SITE_KEY = bytes(range(200, 232))
NIGHT = datetime(2026, 3, 5, 19, 7, 30, 123456, tzinfo=UTC)
Opening = Callable[..., Awaitable[Database]]


def quietly(done: int, total: int) -> None:
    """Nobody watches."""


@pytest.fixture
async def opening(
    fresh_database_url: Callable[[DatabaseKind], str], fresh_tables_url: Callable[[DatabaseKind], str]
) -> AsyncIterator[Opening]:
    """A function: kind of engine, and whether it has its tables -> a new database without rows."""
    opened: list[Database] = []

    async def open_one(kind: DatabaseKind, tables: bool = False) -> Database:
        opened.append(Database(await asyncio.to_thread(fresh_tables_url if tables else fresh_database_url, kind)))
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


def dated(unique: str, **values: Any) -> dict[str, Any]:
    return {
        "id": unique, "valid_from": NIGHT, "valid_to": None, "recorded_at": NIGHT, "actor": "shell:chen",
        "origin": "file", "ended_at": None, "ended_by": None, **values,
    }  # fmt: skip


async def fill(database: Database, events: int = 20) -> None:
    """A little of every type of column: texts, instants, days, numbers, booleans, JSON, nothing."""
    keyring = Keyring(SITE_KEY)
    key = keyring.new_key()
    sealed = keyring.seal(key.id, "李秀英", "event-1|name")
    async with database.transaction() as transaction:
        await transaction.execute(insert(PatientKey), [key.model_dump()])
        head = {"id": "referral-a", "kind": "referral", "loop": "referral-a", "version": events, "hash": "f" * 64}
        await transaction.execute(insert(StreamRow), [head | {"patient_key": key.id}])
        data = json.dumps({"name": {"sealed": sealed}, "中": "文\n\u2028"}, ensure_ascii=False)
        await transaction.execute(
            insert(LogRow), [log_row(n, occurred_at=NIGHT, data=data) for n in range(1, events + 1)]
        )
        await transaction.execute(
            insert(ParameterRow),
            [dated(f"site//{n}", scope="site", scope_id="", key=str(n), value=value)
             for n, value in enumerate([{"a": [1, None]}, 0.5, "文", False, None])],
        )  # fmt: skip
        await transaction.execute(insert(DayOverrideRow), [dated("2026-03-07", day=date(2026, 3, 7), working=True)])
        await transaction.execute(
            insert(DutyRow),
            [dated("night", facility="city", department=None, weekday=6, starts="20:00", ends="08:00", place=1,
                   person="lin")],
        )  # fmt: skip
        await remember(transaction, KEY_CHECK, keyring.blind("site key check"))
        await installation_epoch(transaction)


def hidden(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.name.startswith(".")]


async def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    found = {}
    async with database.reading() as transaction:
        for table in schema.metadata().sorted_tables:
            rows = await transaction.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [dict(row) for row in rows.mappings()]
    return found


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
async def test_everything_comes_back_on_either_engine(
    opening: Opening, tmp_path: Path, source: DatabaseKind, target: DatabaseKind
) -> None:
    first, second, file = await opening(source, tables=True), await opening(target), tmp_path / "backup.tar"
    await fill(first)
    made = await backup(first, file, CLOCK, quietly)
    assert made.tables["log"].rows == 20
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert hidden(tmp_path) == []

    await restore(second, file, quietly)
    before, after = await contents(first), await contents(second)
    before_settings, after_settings = before.pop("settings"), after.pop("settings")
    assert after == before
    async with second.reading() as transaction:
        assert await sender_held(transaction) == HELD
        assert await remembered(transaction, "epoch") not in (None, made.epoch)
    assert {row["key"] for row in after_settings} == {row["key"] for row in before_settings} | {"sender_held"}
    await schema.require_current(second)


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
async def test_a_restored_database_goes_on(opening: Opening, tmp_path: Path, target: DatabaseKind) -> None:
    first, second, file = await opening("sqlite", tables=True), await opening(target), tmp_path / "backup.tar"
    await fill(first)
    await backup(first, file, CLOCK, quietly)
    await restore(second, file, quietly)
    async with second.transaction() as transaction:
        await transaction.execute(insert(LogRow), [log_row(21)])
        await transaction.execute(insert(DayOverrideRow), [dated("2026-03-08", day=date(2026, 3, 8), working=True)])
    async with second.reading() as transaction:
        positions = (await transaction.execute(select(table_of(LogRow).c.position))).scalars().all()
        assert sorted(positions) == list(range(1, 22))


async def test_many_rows_are_all_there_once(opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a page of each kind of key: one column, and several."""
    monkeypatch.setattr("admin.backup._AT_ONCE", 50)  # a page is ten times that
    first, second, file = await opening("sqlite", tables=True), await opening("sqlite"), tmp_path / "backup.tar"
    await fill(first, events=1_103)
    async with first.transaction() as transaction:
        await transaction.execute(
            text("INSERT INTO cursors (stream, consumer, done, wanted, since) VALUES (:s, :c, 0, 0, :at)"),
            [{"s": f"s{n // 3}", "c": f"c{n % 3}", "at": instant_text(NIGHT)} for n in range(1_007)],
        )
    made = await backup(first, file, CLOCK, quietly)
    assert (made.tables["log"].rows, made.tables["cursors"].rows) == (1_103, 1_007)
    assert read_manifest(file).tables == made.tables
    await restore(second, file, quietly)
    async with second.reading() as transaction:
        count = (await transaction.execute(text("SELECT count(DISTINCT stream || consumer) FROM cursors"))).scalar()
        assert count == 1_007


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_backup_is_one_moment_while_others_write(opening: Opening, tmp_path: Path, kind: DatabaseKind) -> None:
    """The head of the stream and the log agree, however much is written meanwhile."""
    first, second, file = await opening(kind, tables=True), await opening("sqlite"), tmp_path / "backup.tar"
    await fill(first)
    stop, enough, written = asyncio.Event(), asyncio.Event(), 20

    async def write() -> None:
        nonlocal written
        while not stop.is_set():
            async with first.transaction() as transaction:
                await transaction.execute(insert(LogRow), [log_row(written + 1)])
                await transaction.execute(text("UPDATE streams SET version = version + 1"))
            written += 1
            if written == 40:
                enough.set()

    writing = asyncio.ensure_future(write())
    await enough.wait()
    await backup(first, file, CLOCK, quietly)
    stop.set()
    await writing
    await restore(second, file, quietly)
    async with second.reading() as transaction:
        head = (await transaction.execute(text("SELECT version FROM streams"))).scalar_one()
        count = (await transaction.execute(text("SELECT count(*) FROM log"))).scalar_one()
        assert 40 <= head == count <= written


async def test_a_database_that_holds_anything_is_not_restored_into(opening: Opening, tmp_path: Path) -> None:
    first, second = await opening("sqlite", tables=True), await opening("sqlite", tables=True)
    file = tmp_path / "backup.tar"
    await fill(first)
    await fill(second, events=3)
    await backup(first, file, CLOCK, quietly)
    with pytest.raises(CommandRefused, match="not empty"):
        await restore(second, file, quietly)
    assert len((await contents(second))["log"]) == 3


async def test_a_backup_does_not_replace_a_file(opening: Opening, tmp_path: Path) -> None:
    first, file = await opening("sqlite", tables=True), tmp_path / "backup.tar"
    await fill(first)
    file.write_text("mine")
    with pytest.raises(CommandRefused, match="name a new file"):
        await backup(first, file, CLOCK, quietly)
    assert file.read_text() == "mine"


def damaged(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of a backup, each member passed through `change`; None leaves it out."""
    other = file.with_name("damaged.tar")
    with tarfile.open(file) as old, tarfile.open(other, "w") as new:
        for member in old:
            body = old.extractfile(member)
            assert body is not None
            changed = change(member.name, body.read())
            if changed is not None:
                path = file.with_name("part")
                path.write_bytes(changed)
                new.add(path, member.name)
    return other


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda name, body: body.replace(b"referral-a", b"referral-b") if "log" in name else body, "table log"),
        (lambda name, body: body[: len(body) // 2] if "log" in name else body, "table log"),
        (lambda name, body: None if "log" in name else body, "no whole backup"),
        (lambda name, body: None if "manifest" in name else body, "no whole backup"),
        (lambda name, body: body.replace(b"backup-1", b"backup-9"), "its format is"),
        (lambda name, body: body.replace(b'"revision": "', b'"revision": "9'), "newer than this version"),
    ],
)
async def test_a_damaged_backup_is_refused_and_nothing_is_restored(
    opening: Opening, tmp_path: Path, change: Callable[[str, bytes], bytes | None], said: str
) -> None:
    first, second, file = await opening("sqlite", tables=True), await opening("sqlite"), tmp_path / "backup.tar"
    await fill(first)
    await backup(first, file, CLOCK, quietly)
    with pytest.raises(CommandRefused, match=said):
        await restore(second, damaged(file, change), quietly)
    assert (await schema.look(second)).revision is None


async def test_what_is_no_backup_at_all_is_refused(opening: Opening, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no tar")
    with pytest.raises(CommandRefused, match="no whole backup"):
        await restore(await opening("sqlite"), file, quietly)


async def test_no_name_is_readable_in_a_backup(opening: Opening, tmp_path: Path) -> None:
    first, file = await opening("sqlite", tables=True), tmp_path / "backup.tar"
    await fill(first)
    await backup(first, file, CLOCK, quietly)
    body = file.read_bytes()
    assert "李秀英".encode() not in body
    assert b"\\u674e" not in body
    assert SITE_KEY not in body
    assert base64.urlsafe_b64encode(SITE_KEY).rstrip(b"=") not in body
