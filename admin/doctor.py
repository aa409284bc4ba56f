"""What `refloop doctor` looks at: the machine, the keys, the database, the broker, and what is stuck.

Each check is alone: one that cannot be made is a finding itself, and the others go on.
"""

import asyncio
import shutil
import sqlite3
import stat
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from admin.doctor_calendar import calendar_finding
from admin.doctor_queries import STUCK_CHECKS
from admin.findings import Finding, Level, worse
from admin.keys import KeyRefused, read_site_key, site_key_file
from admin.lock import holder_of
from admin.logs import described
from admin.refusals import explain
from admin.settings import Settings, without_password
from models.clock import Clock, SystemClock
from models.database import Database
from models.installation import KEY_CHECK, remembered
from models.migrations import schema
from models.register import DEFAULT_ZONE
from models.sealed import Keyring

_SAFE_SQLITE = (3, 51, 3)
_SECONDS = 10.0


async def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order to read them."""
    clock = SystemClock(settings.clock_file)
    found = await asyncio.to_thread(_of_machine, settings)
    found.append(calendar_finding(clock.now(), ZoneInfo(DEFAULT_ZONE)))
    database = Database(settings.database)
    try:
        found += await _try("database", settings, _of_database(settings, database))
        if all(finding.level is not Level.broken for finding in found if finding.check == "database"):
            found += await _try("site key", settings, _of_key(settings, database))
            found += await _try("clock", settings, _of_clock(settings, database, clock))
            for name, check in STUCK_CHECKS.items():
                found += await _try(name, settings, _one(database, clock, check))
    finally:
        await database.close()
    found += await _try("broker", settings, _of_broker(settings))
    return found


async def _try(check: str, settings: Settings, look: Coroutine[Any, Any, list[Finding]]) -> list[Finding]:
    try:
        async with asyncio.timeout(_SECONDS):
            return await look
    except TimeoutError:
        return [Finding(check, Level.broken, f"no answer within {_SECONDS:.0f} seconds")]
    except Exception as error:  # noqa: BLE001 - a check that cannot be made is a finding
        return [Finding(check, Level.broken, explain(error, settings))]


def _of_machine(settings: Settings) -> list[Finding]:
    return [_data_dir(settings.data_dir), _space(settings.data_dir), _telegram(settings), *_sqlite(settings)]


def _data_dir(path: Path) -> Finding:
    if not path.is_dir():
        return Finding("data directory", Level.broken, f"{path} is not there: refloop migrate makes it")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("data directory", Level.warning, f"{path} is open to others ({mode:04o}): chmod 0700 it")
    holder = holder_of(path)
    used = f", in use by {holder.doing} (process {holder.pid})" if holder else ""
    return Finding("data directory", Level.ok, f"{path}{used}")


def _space(path: Path) -> Finding:
    place = path if path.is_dir() else path.absolute().parent
    if not place.is_dir():
        return Finding("disk space", Level.warning, f"{place} is not there")
    free = shutil.disk_usage(place).free / 2**20
    # Fewer is worse, so the figures are turned round.
    return worse("disk space", -free, -1024, -200, f"{free:,.0f} MB free at {place}")


def _telegram(settings: Settings) -> Finding:
    if settings.telegram_token is None:
        words = "no token here (REFLOOP_TELEGRAM_TOKEN): only `run bot` and `up` need one"
        return Finding("telegram", Level.warning, words)
    return Finding("telegram", Level.ok, f"a token is set, for {settings.telegram_api}")


def _sqlite(settings: Settings) -> list[Finding]:
    if not settings.is_sqlite:
        return []
    version = tuple(map(int, sqlite3.sqlite_version.split(".")))
    if version >= _SAFE_SQLITE:
        return [Finding("SQLite", Level.ok, f"version {sqlite3.sqlite_version}")]
    words = (
        f"version {sqlite3.sqlite_version} can damage a WAL that two processes write (mended in 3.51.3); "
        "Refloop writes with one, so let no other program write to the file"
    )
    return [Finding("SQLite", Level.warning, words)]


async def _of_database(settings: Settings, database: Database) -> list[Finding]:
    shown, path = without_password(settings.database), database.url.database
    if database.is_sqlite and path and not await asyncio.to_thread(Path(path).exists):
        return [Finding("database", Level.broken, f"{path} is not there: refloop migrate makes it")]
    there = await schema.look(database)
    if there.revision != there.head:
        now = there.revision or "none"
        return [Finding("database", Level.broken, f"revision {now}, not {there.head}: run refloop migrate")]
    found = [Finding("database", Level.ok, f"{shown}, revision {there.head}")]
    if there.missing:
        missing = ", ".join(there.missing)
        found.append(Finding("append only", Level.broken, f"missing {missing}: run refloop migrate, then verify"))
    else:
        found.append(Finding("append only", Level.ok, "log and audit refuse to be changed"))
    return found


async def _of_key(settings: Settings, database: Database) -> list[Finding]:
    path = site_key_file(settings)
    async with database.reading() as transaction:
        sealed_with = await remembered(transaction, KEY_CHECK)
    key = await asyncio.to_thread(read_site_key, settings)
    if key is None:
        level = Level.broken if sealed_with else Level.warning
        return [Finding("site key", level, f"{path} is not there" + (": put it back" if sealed_with else ""))]
    if sealed_with not in (None, Keyring(key).blind("site key check")):
        raise KeyRefused("not the one this database was sealed with: put the right one back")
    if settings.site_key is None and stat.S_IMODE((await asyncio.to_thread(path.stat)).st_mode) & 0o077:
        return [Finding("site key", Level.broken, f"{path} is readable by others: chmod 0600 it")]
    return [
        Finding("site key", Level.ok, "the one this database was sealed with; a copy elsewhere? refloop keys export")
    ]


async def _of_clock(settings: Settings, database: Database, clock: Clock) -> list[Finding]:
    if settings.clock_file is not None:
        return [Finding("clock", Level.warning, f"moved by {settings.clock_file}: for demo and tests only")]
    if database.is_sqlite:
        return [Finding("clock", Level.ok, f"{clock.now():%Y-%m-%d %H:%M:%S} UTC, shown in {settings.timezone}")]
    async with database.reading() as transaction:
        theirs: datetime = (await transaction.execute(text("SELECT clock_timestamp()"))).scalar_one()
    apart = abs((clock.now() - theirs.astimezone(UTC)).total_seconds())
    return [worse("clock", apart, 2, 30, f"{apart:.1f} seconds from the database's; shown in {settings.timezone}")]


async def _of_broker(settings: Settings) -> list[Finding]:
    if settings.broker is None:
        return [Finding("broker", Level.ok, "embedded")]
    from admin.doctor_broker import look_at_broker

    try:
        return await look_at_broker(settings.broker)
    except Exception as error:  # noqa: BLE001 - away, refused or half open, in many ways
        why = described(error).partition(" at ")[0]
        shown = without_password(settings.broker)
        return [Finding("broker", Level.broken, f"{shown} does not answer as it should: {why}")]


async def _one(database: Database, clock: Clock, check: Callable[..., Coroutine[Any, Any, Finding]]) -> list[Finding]:
    async with database.reading() as transaction:
        return [await check(transaction, clock.now())]
