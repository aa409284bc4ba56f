"""The doctor sees each thing that can be wrong, and says what to do."""

import asyncio
import base64
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, text

from admin.doctor import examine
from admin.findings import Finding, Level, worse
from admin.health import beat_file, check_beat, check_gateway, keep_beating
from admin.keys import keyring_for
from admin.refusals import CommandRefused
from admin.settings import Settings
from events.rabbit import declare_topology
from models.clock import SystemClock
from models.database import Database
from models.deliveries import UpdateRow
from models.installation import hold_sender
from models.journal import CursorRow, FailureRow, OutboxRow, ParkedRow
from workers.reactions import KINDS

LONG_AGO = timedelta(hours=1)
JUST_NOW = timedelta(0)
Row = tuple[Any, dict[str, Any]]
PASSWORD = "canary-pa55word"


@pytest.fixture
async def settings(network_url: str, tmp_path: Path) -> Settings:
    key = base64.urlsafe_b64encode(b"k" * 32).decode()
    (tmp_path / "data").mkdir(mode=0o700)
    settings = Settings.model_validate(
        {"database_url": network_url, "data_dir": tmp_path / "data", "site_key": key, "telegram_token": "1:abc"}
    )
    database = Database(settings.database)
    await keyring_for(settings, database)
    await database.close()
    return settings


async def found(settings: Settings, check: str) -> Finding:
    return next(finding for finding in await examine(settings) if finding.check == check)


async def change(settings: Settings, *rows: Row, statement: str | None = None) -> None:
    database = Database(settings.database)
    async with database.transaction() as transaction:
        for model, values in rows:
            await transaction.execute(insert(model), [values])
        if statement:
            await transaction.execute(text(statement))
    await database.close()


async def test_a_sound_installation_has_nothing_broken(settings: Settings) -> None:
    seen = await examine(settings)
    assert [finding for finding in seen if finding.level is Level.broken] == []
    assert {finding.check for finding in seen} >= {
        "data directory", "disk space", "database", "append only", "site key", "clock", "network", "open loops",
        "outbox", "reactions", "parking", "sender", "answers", "joining", "broker",
    }  # fmt: skip
    assert all(finding.says for finding in seen)


def before(age: timedelta) -> datetime:
    return SystemClock().now() - age


def cursor(age: timedelta) -> Row:
    return CursorRow, {"stream": "referral-a", "consumer": "c", "done": 1, "wanted": 2, "since": before(age)}


def failing(age: timedelta, parked: bool = False) -> Row:
    now = before(age)
    return FailureRow, {
        "consumer": "c", "stream": "referral-a", "version": 1, "attempts": 1, "reason": "ValueError",
        "first_at": now, "last_at": now, "next_at": None if parked else now, "parked_at": now if parked else None,
    }  # fmt: skip


def parked(age: timedelta) -> Row:
    return failing(age, parked=True)


def nudge(age: timedelta) -> Row:
    return OutboxRow, {"stream": "s", "version": 1, "lane": "rest", "types": "X", "created_at": before(age)}


def unreadable(age: timedelta) -> Row:
    return ParkedRow, {"id": "m", "queue": "q", "reason": "r", "payload": "p", "parked_at": before(age)}


def given_up(age: timedelta) -> Row:
    now = before(age)
    return UpdateRow, {
        "bot": "1", "update_id": 1, "payload": "sealed", "payload_hash": "h", "received_at": now, "handled_at": now,
        "attempts": 6, "reason": "parked: ValueError",
    }  # fmt: skip


@pytest.mark.parametrize(
    "check, made, age, level, says",
    [
        ("outbox", [nudge], LONG_AGO, "broken", "1 nudges wait, the oldest for 36"),
        ("outbox", [nudge], JUST_NOW, "ok", "1 nudges wait"),
        ("reactions", [cursor], LONG_AGO, "broken", "do the workers run?"),
        ("reactions", [cursor], JUST_NOW, "ok", "1 streams wait"),
        ("reactions", [cursor, parked], LONG_AGO, "ok", "0 streams wait"),
        ("parking", [parked], JUST_NOW, "broken", "refloop parking list"),
        ("parking", [failing], JUST_NOW, "warning", "1 reactions are tried again"),
        ("answers", [given_up], JUST_NOW, "broken", "1 could not be handled: refloop parking list"),
        ("parking", [unreadable], JUST_NOW, "warning", "1 messages nobody could read"),
    ],
)
async def test_what_is_stuck_is_seen(
    settings: Settings, check: str, made: list[Callable[[timedelta], Row]], age: timedelta, level: str, says: str
) -> None:
    await change(settings, *(make(age) for make in made))
    finding = await found(settings, check)
    assert finding.level == level, finding
    assert says in finding.says


async def test_a_held_sender_is_broken_until_released(settings: Settings) -> None:
    database = Database(settings.database)
    async with database.transaction() as transaction:
        await hold_sender(transaction, "restored")
    await database.close()
    finding = await found(settings, "sender")
    assert (finding.level, "refloop sender release" in finding.says) == (Level.broken, True)


async def test_a_log_that_could_be_changed_is_broken(settings: Settings) -> None:
    drop = "DROP TRIGGER log_append_only_update" if settings.is_sqlite else "DROP TRIGGER log_append_only_change ON log"
    await change(settings, statement=drop)
    finding = await found(settings, "append only")
    assert finding.level is Level.broken
    assert "log_append_only" in finding.says


async def test_a_database_of_another_revision_is_broken_and_looked_at_no_further(settings: Settings) -> None:
    await change(settings, statement="UPDATE alembic_version SET version_num = '0000'")
    finding = await found(settings, "database")
    assert (finding.level, "run refloop migrate" in finding.says) == (Level.broken, True)
    assert "outbox" not in {each.check for each in await examine(settings)}


async def test_another_site_key_is_broken(settings: Settings) -> None:
    other = base64.urlsafe_b64encode(bytes(32)).decode()
    finding = await found(settings.model_copy(update={"site_key": SecretStr(other)}), "site key")
    assert (finding.level, "not the one" in finding.says) == (Level.broken, True)


@pytest.mark.parametrize("network_url", ["sqlite"], indirect=True)
async def test_a_key_and_a_directory_open_to_others_are_seen(settings: Settings) -> None:
    key = settings.data_dir / "site.key"
    key.write_text(base64.urlsafe_b64encode(b"k" * 32).decode())
    key.chmod(0o644)
    settings.data_dir.chmod(0o755)
    plain = settings.model_copy(update={"site_key": None})
    assert (await found(plain, "site key")).level is Level.broken
    assert (await found(plain, "data directory")).level is Level.warning


@pytest.mark.parametrize("network_url", ["sqlite"], indirect=True)
async def test_a_broker_that_is_away_is_broken_and_its_password_unsaid(settings: Settings) -> None:
    away = Settings.model_validate({**settings.model_dump(), "broker_url": f"amqp://refloop:{PASSWORD}@127.0.0.1:1/x"})
    finding = await found(away, "broker")
    assert finding.level is Level.broken
    assert finding.says.startswith("amqp://refloop@127.0.0.1:1/x does not answer")
    assert PASSWORD not in str(await examine(away))


@pytest.mark.full
@pytest.mark.parametrize("network_url", ["postgresql"], indirect=True)
async def test_a_queue_that_is_gone_is_named(settings: Settings, fresh_vhost: str) -> None:
    full = Settings.model_validate({**settings.model_dump(), "broker_url": fresh_vhost})
    before = await found(full, "broker")
    assert (before.level, "start a role" in before.says) == (Level.broken, True)
    await declare_topology(fresh_vhost, KINDS)
    assert (await found(full, "broker")).level is Level.ok


@pytest.mark.parametrize("value, level", [(59, "ok"), (60, "warning"), (299, "warning"), (300, "broken")])
def test_limits_are_where_they_are_said_to_be(value: float, level: str) -> None:
    assert worse("x", value, 60, 300, "").level == level


async def test_a_role_lives_while_it_touches_its_file(tmp_path: Path) -> None:
    with pytest.raises(CommandRefused, match="relay does not run here"):
        check_beat(tmp_path, "relay")
    beating = asyncio.ensure_future(keep_beating(tmp_path, "relay"))
    while not beat_file(tmp_path, "relay").exists():  # noqa: ASYNC110 - the file is the signal
        await asyncio.sleep(0)
    assert check_beat(tmp_path, "relay") == "relay lives"
    old = before(LONG_AGO).timestamp()
    os.utime(beat_file(tmp_path, "relay"), (old, old))
    with pytest.raises(CommandRefused, match="no sign of life for 36"):
        check_beat(tmp_path, "relay")
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    assert not beat_file(tmp_path, "relay").exists()


@pytest.mark.parametrize("status, lives", [(b"200 OK", True), (b"503 Service Unavailable", False)])
async def test_the_gateway_is_asked_whether_it_is_ready(status: bytes, lives: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    check: Callable[[], str] = lambda: check_gateway("0.0.0.0", port)  # noqa: E731
    if lives:
        assert await asyncio.to_thread(check) == "gateway answers 200"
    else:
        with pytest.raises(CommandRefused, match="is not ready: 503"):
            await asyncio.to_thread(check)
    server.close()
    await server.wait_closed()
    with pytest.raises(CommandRefused, match="does not answer"):
        await asyncio.to_thread(check)
