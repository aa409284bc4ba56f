"""An export taken into an empty database: all of it or nothing, and the same digests afterwards.

The file is read twice: first every line is checked (whole, chained, readable by this version), then it is written in
one transaction. Nobody is told anything: notices are in the log, but none is queued.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy import select, text

from events import catalog, log
from events.exporting import BEGUN, ENDED, FORMAT, PREFIX, stored_text
from events.projections import write_packs, write_summaries
from events.replay import Progress, no_progress
from models.database import Database, Transaction, chunks
from models.history import table_of
from models.installation import hold_sender
from models.journal import LogRow
from models.values import StreamKind, kind_of

_AT_ONCE = 1000
_STATES = 200
_LOG = table_of(LogRow)
HELD = "events were imported: nothing of it has been told by this installation"
Lines = Callable[[], IO[str]]


class ImportRefused(Exception):
    """A file that is not taken; the text names the line and what would be right. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in."""

    events: int
    streams: int


@dataclass(slots=True)
class _Head:
    version: int
    hash: str
    loop: str


async def import_jsonl(database: Database, lines: Lines, progress: Progress = no_progress) -> Imported:
    """Take a whole export into a database without events; `lines` opens the file anew each time.

    ImportRefused when the file is cut off, changed, of a newer version or a selection, or the database has events.
    The sender is held afterwards, as after a restore.
    """
    heads = check(lines)
    events = sum(head.version for head in heads.values())

    async def work(transaction: Transaction) -> None:
        if (await transaction.execute(select(_LOG.c.position).limit(1))).first() is not None:
            raise ImportRefused("the database has events already: import into a new one, by another --data-dir")
        await log.begin_streams(transaction, [_head_row(stream, head) for stream, head in sorted(heads.items())])
        done = 0
        with lines() as file:
            for rows in chunks(_rows(file), _AT_ONCE):
                await log.write_rows(transaction, rows)
                done += len(rows)
                progress(done, events)
        await _derive(transaction, [stream for stream in sorted(heads) if kind_of(stream).in_loops])
        packs = [stream for stream in sorted(heads) if kind_of(stream) is StreamKind.pack]
        histories = await log.read_streams(transaction, packs) if packs else {}
        await write_packs(transaction, [catalog.fold(history) for history in histories.values()])
        await hold_sender(transaction, HELD)

    await database.repeated(work)
    return Imported(events, len(heads))


def _head_row(stream: str, head: _Head) -> dict[str, Any]:
    return {
        "id": stream, "kind": kind_of(stream), "loop": head.loop, "version": head.version, "hash": head.hash,
        "patient_key": None,
    }  # fmt: skip


async def _derive(transaction: Transaction, streams: list[str]) -> None:
    """Summaries, and whose key a stream is sealed under: both follow from the events."""
    for some in chunks(streams, _STATES):
        states = [catalog.fold(history) for history in (await log.read_streams(transaction, some)).values()]
        await write_summaries(transaction, states)
        keys = [{"key": state.patient_key, "stream": state.id} for state in states]
        await transaction.execute(text("UPDATE streams SET patient_key = :key WHERE id = :stream"), keys)


def check(lines: Lines) -> dict[str, _Head]:
    """The heads of the streams in a file that is whole; ImportRefused names the first line that is wrong."""
    heads: dict[str, _Head] = {}
    digest, ended, number = hashlib.sha256(), False, 0
    with lines() as file:
        for number, line in enumerate(file, start=1):
            if ended:
                raise ImportRefused(f"line {number}: something follows the last line of the export")
            event = _object(line, number)
            kind = event.get("type")
            if number == 1:
                _check_first(event)
            elif kind == ENDED:
                ended = True
                _check_last(event, number, digest.hexdigest(), sum(head.version for head in heads.values()))
            else:
                _check_event(_row(event, number), number, heads)
            digest.update(line.encode())
    if not ended:
        raise ImportRefused(f"the file ends at line {number} without its last line: it is cut off; export it anew")
    return heads


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        raise ImportRefused(f"line {number}: no JSON; right is one CloudEvent a line") from None
    if not isinstance(value, dict):
        raise ImportRefused(f"line {number}: no JSON object; right is one CloudEvent a line")
    return value


def _check_first(event: dict[str, Any]) -> None:
    said = event.get("data") if event.get("type") == BEGUN else None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ImportRefused(f"line 1: no export of format {FORMAT}; refloop events export writes one")
    if said.get("selection"):
        raise ImportRefused(f"line 1: a selection ({', '.join(said['selection'])}) is no whole log; export without it")


def _check_last(event: dict[str, Any], number: int, digest: str, events: int) -> None:
    said = event.get("data")
    if not isinstance(said, dict) or said.get("events") != events or said.get("sha256") != digest:
        raise ImportRefused(f"line {number}: what the last line says of the file does not fit it: it was changed")


def _row(event: dict[str, Any], number: int) -> dict[str, Any]:
    """The log row that a CloudEvent was made of."""
    try:
        data = (
            base64.b64decode(event["data_base64"], validate=True).decode()
            if "data_base64" in event
            else stored_text(event["data"])
        )
        row: dict[str, Any] = {
            "id": _text(event, "id"), "stream": _text(event, "subject"), "version": _number(event, "streamversion"),
            "type": _text(event, "type").removeprefix(PREFIX), "schema_version": _number(event, "schemaversion"),
            "loop": _text(event, "loop"), "caused_by": _text(event, "causedby"), "actor": _text(event, "actor"),
            "on_behalf_of": _text(event, "onbehalfof") if "onbehalfof" in event else None,
            "occurred_at": datetime.fromisoformat(_text(event, "time")),
            "recorded_at": datetime.fromisoformat(_text(event, "recordedat")), "data": data,
            "hash": _text(event, "hash"),
        }  # fmt: skip
    except (KeyError, ValueError, TypeError) as error:
        raise ImportRefused(f"line {number}: {_why(error)}; right is a line of refloop events export") from None
    if row["occurred_at"].tzinfo is None or row["recorded_at"].tzinfo is None:
        raise ImportRefused(f"line {number}: a time without a zone")
    return row


def _why(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else f"unreadable ({error})"


def _text(event: dict[str, Any], name: str) -> str:
    value = event[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _number(event: dict[str, Any], name: str) -> int:
    value = event[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TypeError(f"{name} is no positive number")
    return value


def _check_event(row: dict[str, Any], number: int, heads: dict[str, _Head]) -> None:
    """This line follows the ones before it in its stream, is unchanged, and can be read."""
    stream = row["stream"]
    where = f"line {number} ({stream} version {row['version']})"
    try:
        kind_of(stream)
    except ValueError as error:
        raise ImportRefused(f"{where}: {error}") from None
    head = heads.get(stream)
    if row["version"] != (head.version if head else 0) + 1:
        raise ImportRefused(f"{where}: version {(head.version if head else 0) + 1} should come here")
    previous = head.hash if head else ""
    if log.row_hash(previous, row) != row["hash"]:
        raise ImportRefused(f"{where}: its content is not what its hash was made of: it was changed")
    try:
        catalog.read_event(row["type"], row["schema_version"], row["data"])
    except catalog.Held as held:
        raise ImportRefused(f"{where}: {held}: upgrade Refloop") from None
    except catalog.Unreadable as error:
        raise ImportRefused(f"{where}: its content does not fit its type: {error}") from None
    heads[stream] = _Head(row["version"], row["hash"], head.loop if head else row["loop"])


def _rows(file: IO[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, start=1):
        event = _object(line, number)
        if event.get("type") not in (BEGUN, ENDED):
            yield _row(event, number)
