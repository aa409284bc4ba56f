"""Reading a great part of the log again, fast: rows as the driver gives them, instants as the text that was hashed.

Half of the time of reading rows the usual way goes into row objects and into instants that are made from text and back
into it. What looks wrong here is looked at again the usual way, which can name it (events/replay.py).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from events import catalog
from events.base import Actor, Recorded
from models.database import Transaction, instant_text
from models.history import table_of
from models.summaries import SummaryRow

Plain = tuple[Any, ...]


class Head(NamedTuple):
    """The head of a stream."""

    id: str
    loop: str
    version: int
    hash: str


# In the order in which they are hashed, each as the text that is hashed; the hash is last. Sorted by log.version:
# PostgreSQL takes the bare name for the text, and 10 comes before 2.
_HASHED = (
    "id, stream, CAST(version AS text), type, CAST(schema_version AS text), loop, caused_by, actor, "
    "coalesce(on_behalf_of, ''), OCCURRED, RECORDED, data, hash"
)
# As models.database.instant_text writes it.
_INSTANT = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00'"
_POSTGRESQL = _HASHED.replace("OCCURRED", _INSTANT.format("occurred_at"))
_POSTGRESQL = _POSTGRESQL.replace("RECORDED", _INSTANT.format("recorded_at"))
_SQLITE = _HASHED.replace("OCCURRED", "occurred_at").replace("RECORDED", "recorded_at")

# Parameters as PostgreSQL's driver wants them; `_plain` writes them as SQLite's does.
_BETWEEN = "SELECT COLUMNS FROM log WHERE stream >= $1 AND stream <= $2 ORDER BY stream, log.version"
_ROWS_BETWEEN = {"postgresql": _BETWEEN.replace("COLUMNS", _POSTGRESQL), "sqlite": _BETWEEN.replace("COLUMNS", _SQLITE)}
_ROWS_OF = {
    "postgresql": (
        "SELECT l.* FROM unnest(CAST($1 AS text[])) AS s(wanted) CROSS JOIN LATERAL "
        "(SELECT COLUMNS FROM log WHERE stream = s.wanted ORDER BY log.version OFFSET 0) AS l"
    ).replace("COLUMNS", _POSTGRESQL),
    "sqlite": (
        "SELECT COLUMNS FROM (SELECT value AS wanted FROM json_each($1)) AS s CROSS JOIN log ON stream = s.wanted "
        "ORDER BY stream, log.version"
    ).replace("COLUMNS", _SQLITE),
}
_COLUMNS = tuple(column.name for column in table_of(SummaryRow).columns)
_SUMMARIES_BETWEEN = "SELECT COLUMNS FROM summaries WHERE stream >= $1 AND stream <= $2"
_SUMMARIES_BETWEEN = _SUMMARIES_BETWEEN.replace("COLUMNS", ", ".join(_COLUMNS))
_HEADS = "SELECT id, loop, version, hash FROM streams WHERE id > $1 ORDER BY id LIMIT $2"
_HEADS_UNTIL = "SELECT id, loop, version, hash FROM streams WHERE id > $1 AND id <= $3 ORDER BY id LIMIT $2"


async def _plain(transaction: Transaction, statement: str, *parameters: Any) -> list[Plain]:
    if transaction.dialect == "sqlite":
        statement = statement.replace("$", "?")
    return await transaction.plain(statement, *parameters)


async def plain_heads(transaction: Transaction, after: str, until: str | None, most: int) -> list[Head]:
    """The heads of at most so many streams whose id comes after `after` and not after `until`, in id order."""
    if until is None:
        rows = await _plain(transaction, _HEADS, after, most)
    else:
        rows = await _plain(transaction, _HEADS_UNTIL, after, most, until)
    return [Head._make(row) for row in rows]


async def plain_rows(transaction: Transaction, streams: Iterable[str]) -> dict[str, list[Plain]]:
    """The rows of these streams in version order, as texts in the order in which they are hashed; `hash` is last."""
    ids: Any = sorted(streams)
    if transaction.dialect == "sqlite":
        ids = json.dumps(ids)
    return _by_stream(await _plain(transaction, _ROWS_OF[transaction.dialect], ids))


async def plain_rows_between(transaction: Transaction, first: str, last: str) -> dict[str, list[Plain]]:
    """The same of all streams from one to another, both included: a third faster than by their ids."""
    return _by_stream(await _plain(transaction, _ROWS_BETWEEN[transaction.dialect], first, last))


def _by_stream(rows: Iterable[Plain]) -> dict[str, list[Plain]]:
    found: dict[str, list[Plain]] = {}
    for row in rows:
        if row[1] in found:
            found[row[1]].append(row)
        else:
            found[row[1]] = [row]
    return found


async def plain_summaries_between(transaction: Transaction, first: str, last: str) -> dict[str, Plain]:
    """The summary rows of these streams as stored, in the order of the table's columns."""
    return {row[0]: row for row in await _plain(transaction, _SUMMARIES_BETWEEN, first, last)}


def as_stored(row: dict[str, Any], dialect: str) -> Plain:
    """A summary row as `plain_summaries_between` gives it, if it is stored so."""
    if dialect == "sqlite":
        return tuple([instant_text(cell) if isinstance(cell := row[name], datetime) else cell for name in _COLUMNS])
    return tuple([row[name] for name in _COLUMNS])


def chain_holds(version: int, head: str, rows: Sequence[Plain]) -> bool:
    """Whether the rows are versions 1 to `version`, each hashed over the one before, up to the head's hash."""
    if len(rows) != version:
        return False
    previous = ""
    try:
        for number, row in enumerate(rows, start=1):
            if row[2] != str(number):
                return False
            *hashed, digest = row
            previous = sha256("\x1f".join([previous, *hashed]).encode()).hexdigest()
            if previous != digest:
                return False
    except (UnicodeError, TypeError):
        return False
    return previous == head


def folded(rows: Sequence[Plain]) -> Any:
    """The state after these rows; errors as of `catalog.fold`."""
    return catalog.fold([_recorded(row) for row in rows])


def _recorded(row: Plain) -> Recorded:
    (unique, stream, version, kind, schema, loop, cause, actor, behalf, occurred, recorded, data, _) = row
    return Recorded(
        unique, stream, int(version), loop, cause, Actor.parse(actor), behalf or None, datetime.fromisoformat(occurred),
        datetime.fromisoformat(recorded), catalog.read_event(kind, int(schema), data),
    )  # fmt: skip
