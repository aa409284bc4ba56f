"""The log as the demo page shows it: what happened, which road it took, who was told and why. Codes only, no patient.

Only fields that are named here leave the log, so that a new field of an event is hidden until somebody has thought
about it. People of staff and facilities are given by name, in both languages; patients and families by what they are.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from admin.looking import tail
from events import log
from events.base import Recorded
from events.rabbit import routing_key
from events.referral import Appointment, Decision
from models.database import Database, Transaction
from models.deliveries import NoticeRow
from models.directory import Directory
from models.history import table_of
from models.journal import LogRow
from models.summaries import SummaryRow
from models.values import ActorKind, Lane, Language, Priority, kind_of
from workers.asking import RULES

Names = dict[str, str]
Shown = dict[str, Any]

_LOG, _NOTICES, _SUMMARIES = table_of(LogRow), table_of(NoticeRow), table_of(SummaryRow)
# The newest events a page that is opened begins with.
BACKLOG = 80

_PEOPLE = ("by", "former", "recipient")
_PLACES = ("facility", "recipient_facility", "initiator_facility", "centre")
_PLAIN = frozenset(
    {
        "priority", "asked_priority", "direction", "reason", "kind", "situation", "becomes", "disposition", "come_now",
        "wants", "outcome", "step", "reached", "sbp", "dbp", "glucose_mmol_l", "purpose", "lane", "not_before",
        "consent", "pack", "pack_version", "expected_at", "told", "answer",
    }
)  # fmt: skip
# What was pressed is a code; what was written is nobody's business here.
_CODE = re.compile(r"[a-z][a-z_]{0,39}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an event does not say itself: its loop's code and patient, and of a notice whom it tells what."""

    position: int
    code: str | None
    patient: str | None
    priority: str | None
    notice: Shown


async def newest_and_new(database: Database, directory: Callable[[], Directory]) -> AsyncIterator[Shown]:
    """The newest events and then each new one, for ever."""
    async for row in tail(database, BACKLOG):
        async with database.reading() as tx:
            for shown in await _read(tx, directory(), _query().where(_LOG.c.id == row["id"])):
                yield shown


async def of_loop(tx: Transaction, loop: str, directory: Directory) -> list[Shown]:
    """Everything that happened in a loop, oldest first."""
    return await _read(tx, directory, _query().where(_LOG.c.loop == loop))


def _query() -> Select[Any]:
    about = func.coalesce(_NOTICES.c.about, _LOG.c.stream)
    in_loop = _SUMMARIES.alias("in_loop")
    code = select(func.min(in_loop.c.code)).where(in_loop.c.loop == _LOG.c.loop).scalar_subquery()
    notice = [_NOTICES.c[name].label(f"notice_{name}") for name in ("purpose", "recipient", "lane", "step")]
    surroundings = [_SUMMARIES.c.priority.label("now_priority"), _SUMMARIES.c.patient, code.label("code")]
    joined = _LOG.outerjoin(_NOTICES, _NOTICES.c.stream == _LOG.c.stream)
    joined = joined.outerjoin(_SUMMARIES, _SUMMARIES.c.stream == about)
    return select(_LOG, *notice, *surroundings).select_from(joined).order_by(_LOG.c.position)


async def _read(tx: Transaction, directory: Directory, query: Select[Any]) -> list[Shown]:
    found = []
    for row in await tx.execute(query):
        notice = {name: getattr(row, f"notice_{name}") for name in ("purpose", "recipient", "lane", "step")}
        around = Surroundings(row.position, row.code, row.patient, row.now_priority, notice)
        found.append(shown(log.recorded(row), around, directory))
    return found


def shown(recorded: Recorded, around: Surroundings, directory: Directory) -> Shown:
    """An event for the page: its envelope, and of its contents what may be seen."""
    kind = kind_of(recorded.stream)
    notice = around.notice if around.notice["purpose"] else {}
    stat = notice["lane"] == Lane.stat if notice else around.priority == Priority.stat
    return {
        "position": around.position,
        "at": recorded.recorded_at.isoformat(),
        "type": recorded.type,
        "key": routing_key(kind, stat),
        "kind": kind,
        "stream": recorded.stream,
        "version": recorded.version,
        "loop": recorded.loop,
        "code": around.code,
        "actor": _actor(recorded, around, directory),
        "for": recorded.on_behalf_of and _party(recorded.on_behalf_of, around, directory),
        "notice": {**notice, "recipient": _party(notice["recipient"], around, directory)} if notice else None,
        **_contents(recorded.event, around, directory),
    }


def _contents(event: Any, around: Surroundings, directory: Directory) -> Shown:
    facility = getattr(event, "facility", None) or getattr(event, "recipient_facility", None)
    given: Shown = {}
    for name in type(event).model_fields:
        value = getattr(event, name)
        if value is None:
            continue
        if name in _PEOPLE:
            given[name] = _party(value, around, directory)
        elif name == "to":
            given[name] = [_party(person, around, directory) for person in value]
        elif name in _PLACES:
            given[name] = place_name(directory, value)
        elif name == "department" and facility:
            given[name] = department_name(directory, facility, value)
        elif name == "appointment" and isinstance(value, Appointment):
            given["time"] = value.at.isoformat()
        elif name == "rows":
            given["count"] = len(value)
        elif name == "row":
            given["row"] = value + 1  # people count from one
        elif name == "decision" and isinstance(value, Decision):
            given["decision"] = _decision(value)
        elif name in _PLAIN and (plain := _plain(name, value)) is not None:
            given[name] = plain
    return {"due": event.due.isoformat() if event.due else None, "given": given}


def _plain(name: str, value: Any) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return value.isoformat()
    if name in ("answer", "reason") and not (isinstance(value, str) and _CODE.fullmatch(value)):
        return None
    return value if isinstance(value, str | int | float | bool) else None


def _decision(decision: Decision) -> Shown:
    return {
        "priority": decision.priority,
        "asked": decision.asked,
        "rules": list(decision.rules),
        "because": decision.because,
        "pack": f"{decision.pack} {decision.pack_version}",
    }


def _actor(recorded: Recorded, around: Surroundings, directory: Directory) -> Shown:
    actor = recorded.actor
    if actor.kind is ActorKind.person:
        return {"kind": actor.kind, **_party(actor.id, around, directory)}
    return {"kind": actor.kind, "zh": actor.id, "en": actor.id}


def _party(unique: str, around: Surroundings, directory: Directory) -> Names:
    """Somebody by name if they are staff; else as the patient or a relative, never by name."""
    person = directory.person(unique)
    if person is not None:
        return _both(person)
    if unique == around.patient:
        return {"zh": "患者", "en": "the patient"}
    if unique == RULES.id:
        return {"zh": "规则", "en": "the rules"}
    if directory.source(unique) is not None:
        return {"zh": unique, "en": unique}
    return {"zh": "家属", "en": "a relative"}


def place_name(directory: Directory, facility: str) -> Names:
    """A facility in both languages; its id when it is not known."""
    place = directory.facility(facility)
    return _both(place) if place else {"zh": facility, "en": facility}


def department_name(directory: Directory, facility: str, code: str) -> Names:
    """A department in both languages; its code when it is not known."""
    place = directory.department(facility, code)
    return _both(place) if place else {"zh": code, "en": code}


def _both(named: Any) -> Names:
    return {language.value: named.name(language) for language in Language}
