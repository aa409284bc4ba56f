"""Reading and writing the log in batches: many streams, few statements, the same on both engines.

Stream heads are locked in id order, so that two writers never wait for each other in a circle, and everything of a
stream is read after its head is locked.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, TextualSelect, text
from sqlalchemy.exc import IntegrityError

from events import catalog
from events.base import Actor, Event, Personal, Recorded
from models.database import Database, Transaction, UtcDateTime, instant_text
from models.journal import LogRow, StreamRow
from models.rows import insert_rows, update_rows
from models.sealed import Keyring
from models.values import kind_of

_LOG = LogRow.__table__  # type: ignore[attr-defined]
_STREAMS = StreamRow.__table__  # type: ignore[attr-defined]

_PAUSE = 0.05
_COLUMNS = (
    "id, stream, version, type, schema_version, loop, caused_by, actor, on_behalf_of, "
    "occurred_at, recorded_at, data, hash"
)


class Conflict(Exception):
    """Another writer began the same stream at the same moment; load and decide again."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stands."""

    stream: str
    loop: str
    version: int
    hash: str
    patient_key: str | None


def many(postgresql: str, sqlite: str, dialect: str) -> TextClause:
    """One statement for a list of ids bound as `ids`, written for each engine."""
    return text(postgresql if dialect == "postgresql" else sqlite)


def id_list(transaction: Transaction, ids: Iterable[str]) -> dict[str, Any]:
    """The parameter of a statement made by `many`: sorted, each id once."""
    unique = sorted(set(ids))
    return {"ids": unique if transaction.dialect == "postgresql" else json.dumps(unique)}


async def lock_heads(transaction: Transaction, streams: Iterable[str]) -> dict[str, Head]:
    """The heads of these streams, locked in id order until the transaction ends; a new stream has none."""
    statement = many(
        "SELECT id, loop, version, hash, patient_key FROM streams "
        "WHERE id = ANY(CAST(:ids AS text[])) ORDER BY id FOR UPDATE",
        "SELECT id, loop, version, hash, patient_key FROM streams WHERE id IN (SELECT value FROM json_each(:ids))",
        transaction.dialect,
    )
    rows = await transaction.execute(statement, id_list(transaction, streams))
    return {row.id: Head(row.id, row.loop, row.version, row.hash, row.patient_key) for row in rows}


def heads(transaction: Transaction) -> TextClause:
    """The statement that reads the heads of a list of streams, unlocked."""
    return many(
        "SELECT id, loop, version, hash FROM streams WHERE id = ANY(CAST(:ids AS text[])) ORDER BY id",
        "SELECT id, loop, version, hash FROM streams WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
        transaction.dialect,
    )


# The plain join reads the whole log when the planner has no statistics; these never do
# (tests/integration/test_plans.py).
_READ_POSTGRESQL = (
    "SELECT l.* FROM unnest(CAST(:ids AS text[])) AS s(id) CROSS JOIN LATERAL "
    "(SELECT COLUMNS FROM log WHERE stream = s.id ORDER BY version OFFSET 0) AS l"
).replace("COLUMNS", _COLUMNS)
_READ_SQLITE = (
    "SELECT " + ", ".join(f"l.{column}" for column in _COLUMNS.split(", ")) + " "
    "FROM json_each(:ids) AS s CROSS JOIN log AS l ON l.stream = s.value ORDER BY l.stream, l.version"
)


def reading(transaction: Transaction) -> TextualSelect:
    """The statement that reads the log rows of a list of streams, in version order."""
    statement = many(_READ_POSTGRESQL, _READ_SQLITE, transaction.dialect)
    return statement.columns(occurred_at=UtcDateTime, recorded_at=UtcDateTime)


async def read_streams(transaction: Transaction, streams: Iterable[str]) -> dict[str, list[Recorded]]:
    """The events of these streams in version order; a stream that is not there has no entry."""
    found: dict[str, list[Recorded]] = {}
    for row in await transaction.execute(reading(transaction), id_list(transaction, streams)):
        found.setdefault(row.stream, []).append(recorded(row))
    return found


def recorded(row: Any) -> Recorded:
    """A row of the log as an event with its envelope."""
    return Recorded(
        id=row.id, stream=row.stream, version=row.version, loop=row.loop, caused_by=row.caused_by,
        actor=Actor.parse(row.actor), on_behalf_of=row.on_behalf_of, occurred_at=row.occurred_at,
        recorded_at=row.recorded_at, event=catalog.read_event(row.type, row.schema_version, row.data),
    )  # fmt: skip


def row_hash(previous: str, row: dict[str, Any]) -> str:
    """The hash of a log row: SHA-256 over the previous row's hash and the stored bytes of this one."""
    parts = [
        previous, row["id"], row["stream"], str(row["version"]), row["type"], str(row["schema_version"]), row["loop"],
        row["caused_by"], row["actor"], row["on_behalf_of"] or "", instant_text(row["occurred_at"]),
        instant_text(row["recorded_at"]), row["data"],
    ]  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def seal_event(event: Event, event_id: str, key: str | None, keyring: Keyring) -> Event:
    """The event with its personal text sealed under the patient's key, for the place it is written to."""
    changes = {}
    for field in catalog.PERSONAL[type(event).__name__]:
        value: Personal | None = getattr(event, field)
        if value is not None and value.text is not None:
            if key is None:
                raise ValueError(f"{type(event).__name__}.{field} is personal, but its stream has no patient's key")
            changes[field] = Personal(sealed=keyring.seal(key, value.text, f"{event_id}|{field}"))
    return event.model_copy(update=changes) if changes else event


@dataclass(slots=True)
class Writing:
    """What is to be written to one stream: its head as locked (None for a new one) and the new events."""

    stream: str
    loop: str
    head: Head | None
    patient_key: str | None
    new: list[Recorded]


async def settled_position(database: Database) -> int:
    """The newest position below which nothing can be added any more: whoever may still write there is waited for.

    PostgreSQL gives positions out before the commit, so a reader that goes by the newest it sees passes over rows
    (measured: 44 % with eight writers). Whoever writes has locked or begun a stream first, so had a transaction number
    before the position. SQLite has one writer at a time.
    """
    async with database.reading() as transaction:
        position = int((await transaction.execute(text("SELECT coalesce(max(position), 0) FROM log"))).scalar_one())
        if transaction.dialect != "postgresql":
            return position
        begun = await _number(transaction, "pg_snapshot_xmax(pg_current_snapshot())")
    while True:
        async with database.reading() as transaction:
            if await _number(transaction, "pg_snapshot_xmin(pg_current_snapshot())") >= begun:
                return position
        await asyncio.sleep(_PAUSE)


async def _number(transaction: Transaction, what: str) -> int:
    question = text(f"SELECT CAST(CAST({what} AS text) AS bigint)")
    return int((await transaction.execute(question)).scalar_one())


async def append(transaction: Transaction, writings: Sequence[Writing]) -> None:
    """Write the new events and move the heads. Conflict when a new stream was begun by somebody else meanwhile."""
    rows, begun, moved = [], [], []
    for writing in sorted(writings, key=lambda writing: writing.stream):
        last = writing.head.hash if writing.head else ""
        for event in writing.new:
            row = _log_row(event)
            last = row["hash"] = row_hash(last, row)
            rows.append(row)
        head = {"id": writing.stream, "version": writing.new[-1].version, "hash": last}
        if writing.head is None:
            kind = kind_of(writing.stream)
            begun.append(head | {"kind": kind, "loop": writing.loop, "patient_key": writing.patient_key})
        else:
            moved.append(head)
    try:
        await _BEGIN.write(transaction, begun)
        await _APPEND.write(transaction, rows)
    except IntegrityError as error:
        raise Conflict(str(error.orig)) from error
    await _MOVE.write(transaction, moved)


async def write_rows(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as they stand, hashes and all (an import); a log that has them already refuses."""
    await _APPEND.write(transaction, rows)


async def begin_streams(transaction: Transaction, heads: Sequence[dict[str, Any]]) -> None:
    """Write the heads of new streams as they stand (an import)."""
    await _BEGIN.write(transaction, heads)


_BEGIN = insert_rows(_STREAMS, ("id", "kind", "loop", "version", "hash", "patient_key"))
_MOVE = update_rows(_STREAMS, ("id",), ("version", "hash"))
_APPEND = insert_rows(_LOG, _COLUMNS.split(", "))


def _log_row(event: Recorded) -> dict[str, Any]:
    return {
        "id": event.id, "stream": event.stream, "version": event.version, "type": event.type,
        "schema_version": event.event.schema_version, "loop": event.loop, "caused_by": event.caused_by,
        "actor": str(event.actor), "on_behalf_of": event.on_behalf_of, "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at, "data": catalog.write_event(event.event),
    }  # fmt: skip
