"""Reading a great part of the log again, fast: rows as the driver gives them, instants as the text that was hashed.

Half of the time of reading rows the usual way goes into row objects and into instants that are made from text and back
into it. What looks wrong here is looked at again the usual way, which can name it (events/replay.py).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from events import catalog
from events.base import Actor, Recorded
from models.database import Transaction, instant_text
from models.history import table_of
from models.summaries import SummaryRow

Plain = tuple[Any, ...]

# As models.database.instant_text writes it.
_INSTANT = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00'"
_POSTGRESQL = (
    "SELECT l.* FROM unnest(CAST($1 AS text[])) AS s(id) CROSS JOIN LATERAL (SELECT id, stream, version, type, "
    "schema_version, loop, caused_by, actor, on_behalf_of, OCCURRED, RECORDED, data, hash FROM log WHERE stream = s.id "
    "ORDER BY version OFFSET 0) AS l"
)
_POSTGRESQL = _POSTGRESQL.replace("OCCURRED", _INSTANT.format("occurred_at"))
_POSTGRESQL = _POSTGRESQL.replace("RECORDED", _INSTANT.format("recorded_at"))
_SQLITE = (
    "SELECT l.id, l.stream, l.version, l.type, l.schema_version, l.loop, l.caused_by, l.actor, l.on_behalf_of, "
    "l.occurred_at, l.recorded_at, l.data, l.hash "
    "FROM json_each(?) AS s CROSS JOIN log AS l ON l.stream = s.value ORDER BY l.stream, l.version"
)

_COLUMNS = tuple(column.name for column in table_of(SummaryRow).columns)
_OF = {
    "postgresql": "SELECT COLUMNS FROM summaries WHERE stream = ANY(CAST($1 AS text[]))",
    "sqlite": "SELECT COLUMNS FROM summaries WHERE stream IN (SELECT value FROM json_each(?))",
}
_OF = {dialect: statement.replace("COLUMNS", ", ".join(_COLUMNS)) for dialect, statement in _OF.items()}


def _ids(transaction: Transaction, streams: Iterable[str]) -> Any:
    ids = sorted(streams)
    return ids if transaction.dialect == "postgresql" else json.dumps(ids)


async def plain_rows(transaction: Transaction, streams: Iterable[str]) -> dict[str, list[Plain]]:
    """The rows of these streams in version order, as tuples in the order in which they are hashed; `hash` is last."""
    statement = _POSTGRESQL if transaction.dialect == "postgresql" else _SQLITE
    found: dict[str, list[Plain]] = {}
    for row in await transaction.plain(statement, _ids(transaction, streams)):
        found.setdefault(row[1], []).append(row)
    return found


async def plain_summaries(transaction: Transaction, streams: Iterable[str]) -> dict[str, Plain]:
    """The summary rows of these streams as stored, in the order of the table's columns."""
    rows = await transaction.plain(_OF[transaction.dialect], _ids(transaction, streams))
    return {row[0]: row for row in rows}


def as_stored(row: dict[str, Any], dialect: str) -> Plain:
    """A summary row as `plain_summaries` gives it, if it is stored so."""
    values = [row[name] for name in _COLUMNS]
    if dialect == "sqlite":
        values = [instant_text(value) if isinstance(value, datetime) else value for value in values]
    return tuple(values)


def chain_holds(version: int, head: str, rows: Sequence[Plain]) -> bool:
    """Whether the rows are versions 1 to `version`, each hashed over the one before, up to the head's hash."""
    if len(rows) != version:
        return False
    previous = ""
    try:
        for number, row in enumerate(rows, start=1):
            (unique, stream, own, kind, schema, loop, cause, actor, behalf, occurred, recorded, data, digest) = row
            if own != number:
                return False
            text = (
                f"{previous}\x1f{unique}\x1f{stream}\x1f{own}\x1f{kind}\x1f{schema}\x1f{loop}\x1f{cause}\x1f{actor}\x1f"
                f"{behalf or ''}\x1f{occurred}\x1f{recorded}\x1f{data}"
            )
            previous = sha256(text.encode()).hexdigest()
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
        unique, stream, version, loop, cause, Actor.parse(actor), behalf, datetime.fromisoformat(occurred),
        datetime.fromisoformat(recorded), catalog.read_event(kind, schema, data),
    )  # fmt: skip
