"""The log as a file: CloudEvents, one a line, for another installation; or CSV, for a spreadsheet.

The first line says what follows, the last line that it is whole (how many events, and a digest of all lines). Sealed
text stays sealed: without the keys nobody reads it, and the hashes still hold.
"""

import base64
import csv
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy import ColumnElement, Select, or_, select

from events.replay import Progress, no_progress
from models.database import Database, Transaction, instant_text
from models.history import table_of
from models.installation import EPOCH, remembered
from models.journal import LogRow
from models.summaries import SummaryRow

FORMAT = "refloop-events-1"
BEGUN, ENDED, PREFIX = "refloop.export.begun", "refloop.export.ended", "refloop.log."
SEALED = "[sealed]"
_LOG, _SUMMARIES = table_of(LogRow), table_of(SummaryRow)
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events are meant; what is None does not count. Times are when it happened, `since` included."""

    stream: str | None = None
    loop: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    facility: str | None = None
    priority: str | None = None
    holder: str | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out; only then can the export be imported."""
        return self == Selection()

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions on the log. Facility, priority and holder are those of the event's loop as it stands now."""
        found = [
            column == value
            for column, value in ((_LOG.c.stream, self.stream), (_LOG.c.loop, self.loop), (_LOG.c.type, self.type))
            if value is not None
        ]
        if self.since is not None:
            found.append(_LOG.c.occurred_at >= self.since)
        if self.until is not None:
            found.append(_LOG.c.occurred_at < self.until)
        wanted = []
        if self.facility is not None:
            places = ("initiator_facility", "recipient_facility", "holder_facility")
            wanted.append(or_(*(_SUMMARIES.c[name] == self.facility for name in places)))
        if self.priority is not None:
            wanted.append(_SUMMARIES.c.priority == self.priority)
        if self.holder is not None:
            wanted.append(_SUMMARIES.c.holder_person == self.holder)
        if wanted:
            found.append(_LOG.c.loop.in_(select(_SUMMARIES.c.loop).where(*wanted)))
        return found

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Selection":
        """What `as_dict` gave."""
        times = {name: datetime.fromisoformat(values[name]) for name in ("since", "until") if name in values}
        return cls(**{**values, **times})  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, str]:
        """What counts, for the first line of an export."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: instant_text(value) if isinstance(value, datetime) else value
            for name, value in values.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: events, streams, and the digest in the last line (JSONL)."""

    events: int
    streams: int
    digest: str


async def export_jsonl(
    database: Database, file: IO[str], chosen: Selection, now: datetime, progress: Progress = no_progress
) -> Exported:
    """Write the chosen events as CloudEvents in the order they were recorded, in one moment of the database."""
    digest, events, streams = hashlib.sha256(), 0, set()

    def put(line: str) -> None:
        digest.update(line.encode() + b"\n")
        file.write(line + "\n")

    async with database.reading(one_moment=True) as transaction:
        source = f"urn:refloop:{await remembered(transaction, EPOCH) or 'unnamed'}"
        put(_line(_frame(BEGUN, source, now, {"format": FORMAT, "selection": chosen.as_dict()})))
        async for page in _pages(transaction, chosen):
            for row in page:
                put(_line(cloud_event(row, source)))
                streams.add(row["stream"])
            events += len(page)
            progress(events, events)
        whole = digest.hexdigest()
        said = {"events": events, "streams": len(streams), "sha256": whole}
        file.write(_line(_frame(ENDED, source, now, said)) + "\n")
    return Exported(events, len(streams), whole)


def cloud_event(row: Mapping[str, Any], source: str) -> dict[str, Any]:
    """A row of the log as a CloudEvent; its stored bytes can be made again from it."""
    event = {
        "specversion": "1.0", "id": row["id"], "source": source, "type": f"{PREFIX}{row['type']}",
        "subject": row["stream"], "time": instant_text(row["occurred_at"]), "datacontenttype": "application/json",
        "streamversion": row["version"], "schemaversion": row["schema_version"], "loop": row["loop"],
        "causedby": row["caused_by"], "actor": row["actor"], "recordedat": instant_text(row["recorded_at"]),
        "hash": row["hash"],
    }  # fmt: skip
    if row["on_behalf_of"] is not None:
        event["onbehalfof"] = row["on_behalf_of"]
    try:
        value = json.loads(row["data"])
    except ValueError:
        value = None
    if value is not None and stored_text(value) == row["data"]:
        return event | {"data": value}
    return event | {"data_base64": base64.b64encode(row["data"].encode()).decode()}


def stored_text(value: Any) -> str:
    """JSON as the log writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _frame(kind: str, source: str, now: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"{kind}-{instant_text(now)}", "source": source, "type": kind,
        "time": instant_text(now), "datacontenttype": "application/json", "data": data,
    }  # fmt: skip


def _line(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False)


_CSV = (
    "position", "id", "stream", "version", "type", "loop", "caused_by", "actor", "on_behalf_of", "occurred_at",
    "recorded_at", "data",
)  # fmt: skip


async def export_csv(
    database: Database, file: IO[str], chosen: Selection, progress: Progress = no_progress
) -> Exported:
    """Write the chosen events as rows for a spreadsheet. No cell is taken for a formula (T17); sealed text is named."""
    table, events, streams = csv.writer(file, lineterminator="\n"), 0, set()
    table.writerow(_CSV)
    async with database.reading(one_moment=True) as transaction:
        async for page in _pages(transaction, chosen):
            for row in page:
                shown = dict(row) | {"data": stored_text(without_sealed(json.loads(row["data"])))}
                table.writerow([safe_cell(shown[name]) for name in _CSV])
                streams.add(row["stream"])
            events += len(page)
            progress(events, events)
    return Exported(events, len(streams), "")


def safe_cell(value: Any) -> str:
    """A cell as text that no spreadsheet calculates; what begins like a formula gets an apostrophe in front."""
    plain = "" if value is None else instant_text(value) if isinstance(value, datetime) else str(value)
    return f"'{plain}" if plain.lstrip()[:1] in tuple("=+-@") or plain[:1] in tuple("\t\r\n") else plain


def without_sealed(value: Any) -> Any:
    """A value of the log as it may be shown: sealed text named, not repeated."""
    match value:
        case {"sealed": str()}:
            return SEALED
        case dict():
            return {name: without_sealed(each) for name, each in value.items()}
        case list():
            return [without_sealed(each) for each in value]
        case _:
            return value


async def _pages(transaction: Transaction, chosen: Selection) -> AsyncIterator[list[Mapping[str, Any]]]:
    """The chosen rows in the order of their positions, in which every stream is in the order of its versions."""
    last = 0
    while True:
        query: Select[Any] = select(_LOG).where(_LOG.c.position > last, *chosen.conditions())
        rows = (await transaction.execute(query.order_by(_LOG.c.position).limit(_AT_ONCE))).mappings().all()
        if not rows:
            return
        yield [dict(row) for row in rows]
        last = rows[-1]["position"]
