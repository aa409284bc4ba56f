"""One loop as a person would tell it: what happened in all of its streams, and what was told to whom, line by line."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from admin.refusals import CommandRefused
from events import catalog, log
from events.base import Recorded
from events.exporting import without_sealed
from events.notice import NoticeRequested
from models.database import Transaction
from models.deliveries import DeliveryRow, NoticeRow
from models.directory import Directory
from models.history import table_of
from models.journal import StreamRow
from models.summaries import SummaryRow
from models.values import ActorKind, StreamKind, kind_of, parse_referral_code

_STREAMS, _SUMMARIES = table_of(StreamRow), table_of(SummaryRow)
_NOTICES, _DELIVERIES = table_of(NoticeRow), table_of(DeliveryRow)

# What stands in the line already, or says nothing to a reader.
_LEFT_OUT = {"by", "due", "patient", "patient_key", "code", "picture", "decision", "rows", "pack", "pack_hash"}


@dataclass(frozen=True, slots=True)
class Told:
    """One line: when, in which stream and version, what happened in words, who did it."""

    at: datetime
    stream: str
    version: int
    what: str
    who: str


async def loop_of(tx: Transaction, name: str) -> str:
    """The loop of a referral's code, a loop's or a stream's id; CommandRefused when nothing is called so."""
    code = parse_referral_code(name)
    if code is not None:
        loop = (await tx.execute(select(_SUMMARIES.c.loop).where(_SUMMARIES.c.code == code))).scalar()
    else:
        loop = (await tx.execute(select(_STREAMS.c.loop).where(_STREAMS.c.id == name))).scalar()
    if loop is None:
        raise CommandRefused(f"STREAM: there is no stream {name!r}; right is an id of refloop events list, or a code")
    return str(loop)


async def streams_of(tx: Transaction, loop: str) -> list[str]:
    """The ids of all streams of a loop."""
    return list((await tx.execute(select(_STREAMS.c.id).where(_STREAMS.c.loop == loop))).scalars())


async def timeline(tx: Transaction, name: str, directory: Directory) -> list[Told]:
    """The loop's events in the order they were recorded, in words; sealed text is not opened."""
    histories = await log.read_streams(tx, await streams_of(tx, await loop_of(tx, name)))
    deliveries = await _deliveries(tx, [stream for stream in histories if kind_of(stream) is StreamKind.notice])
    lines = [
        Told(
            recorded.occurred_at, recorded.stream, recorded.version, in_words(recorded, history, directory),
            _who(recorded, directory),
        )
        for history in histories.values()
        for recorded in history
    ]  # fmt: skip
    return sorted(lines + deliveries, key=lambda told: (told.at, _order(told.stream), told.version))


def _order(stream: str) -> tuple[int, str]:
    return list(StreamKind).index(kind_of(stream)), stream


async def _deliveries(tx: Transaction, notices: list[str]) -> list[Told]:
    query = select(_DELIVERIES, _NOTICES.c.purpose, _NOTICES.c.recipient).join(
        _NOTICES, _NOTICES.c.stream == _DELIVERIES.c.notice
    )
    rows = (await tx.execute(query.where(_DELIVERIES.c.notice.in_(notices)))).mappings()
    return [
        Told(row["started_at"], row["notice"], 0, f"message sent to {row['recipient']}: {row['purpose']}", "the sender")
        for row in rows
        if row["attempt"] > 1
    ]


def in_words(recorded: Recorded, history: list[Recorded], directory: Directory) -> str:
    """What an event says, in words: its name, and what of it is neither sealed nor said elsewhere."""
    name = _spoken(recorded.type)
    if isinstance(recorded.event, NoticeRequested):
        event = recorded.event
        step = f", step {event.step}" if event.step else ""
        return f"{name}: {event.purpose} to {_name(event.recipient, directory)} ({event.lane}{step})"
    if kind_of(recorded.stream) is StreamKind.notice:
        asked = history[0].event
        name = f"{name}: {asked.purpose} to {_name(asked.recipient, directory)}"
    said = without_sealed(json.loads(catalog.write_event(recorded.event)))
    decision = said.get("decision")
    if decision:
        why = decision["because"].get("en", "")
        rules = ", ".join(decision.get("rules", ())) or "no rule"
        name += f": {decision['priority']} by {rules} of {decision['pack']} {decision['pack_version']} ({why})"
    parts = [f"{_spoken(key)} {_value(value, directory)}" for key, value in said.items() if key not in _LEFT_OUT]
    return f"{name} · {' · '.join(parts)}" if parts else name


def _spoken(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()


def _value(value: Any, directory: Directory) -> str:
    match value:
        case str():
            return _name(value, directory)
        case list():
            return ", ".join(_value(each, directory) for each in value) or "none"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{_spoken(key)} {_value(each, directory)}" for key, each in value.items())
        case _:
            return str(value)


def _name(unique: str, directory: Directory) -> str:
    """A member of staff or a facility by name; anything else as it is."""
    found = directory.person(unique) or directory.facility(unique)
    return f"{found.name_en} ({unique})" if found else unique


def _who(recorded: Recorded, directory: Directory) -> str:
    actor = recorded.actor
    who = f"rule {actor.id}" if actor.kind is ActorKind.rule else _name(actor.id, directory)
    return f"{who}, for {_name(recorded.on_behalf_of, directory)}" if recorded.on_behalf_of else who
