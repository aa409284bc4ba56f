"""A purpose that suddenly tells far more than it usually does holds itself, and the admins are called.

Usual is the mean of the purpose's hours of the last week. Stat is neither counted nor held (N7).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text

from events.base import Actor, Cause
from events.handling import Journal
from events.notice import NoticeRequested
from events.purposes import Purpose
from models.database import Transaction, UtcDateTime
from models.deliveries import NoticeRow
from models.directory import Directory
from models.history import table_of
from models.holds import Wish, hold, running
from models.values import ActorKind, Lane, StreamKind, derived_id, stream_id

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
TIMES = 6  # so many times the usual number of an hour (k)
LEAST = 60  # fewer in an hour are never a flood; a larger site sets more (REFLOOP_FLOOD_LEAST)
BY = "rule:flood"
_NEVER = frozenset({Purpose.parked})  # what calls the admins would hold itself, and nobody would know

_NOTICES = table_of(NoticeRow)
_COUNT = text(
    "SELECT purpose, count(CASE WHEN requested_at >= :hour THEN 1 END) AS now, "
    "count(CASE WHEN requested_at < :hour THEN 1 END) AS before FROM notices "
    "WHERE requested_at >= :week AND lane <> 'stat' GROUP BY purpose"
).bindparams(bindparam("hour", type_=UtcDateTime()), bindparam("week", type_=UtcDateTime()))


@dataclass(frozen=True, slots=True)
class Flood:
    """A purpose and its numbers: in the last hour, and in a usual one."""

    purpose: str
    count: int
    usual: float


async def floods(tx: Transaction, now: datetime, least: int = LEAST) -> list[Flood]:
    """The purposes not yet held that told at least `least` and more than `TIMES` their usual number in this hour."""
    held = {row["purpose"] for row in await running(tx)}
    rows = await tx.execute(_COUNT, {"hour": now - HOUR, "week": now - WEEK})
    hours = (WEEK - HOUR) / HOUR
    found = [Flood(row.purpose, row.now, row.before / hours) for row in rows]
    return [
        each
        for each in found
        if each.purpose not in held and None not in held
        if each.purpose not in _NEVER and each.count >= least and each.count > TIMES * max(each.usual, 1.0)
    ]


async def hold_floods(tx: Transaction, journal: Journal, directory: Directory, least: int = LEAST) -> list[Flood]:
    """Hold them, and call every admin who can be told."""
    now = journal.clock.now()
    found = await floods(tx, now, least)
    for flood in found:
        reason = f"{flood.count} in an hour, usually {flood.usual:.1f}"
        unique, _ = await hold(tx, Wish(purpose=flood.purpose), reason, BY, now)
        newest = select(_NOTICES.c.about, _NOTICES.c.loop).where(_NOTICES.c.purpose == flood.purpose)
        row = (await tx.execute(newest.order_by(_NOTICES.c.requested_at.desc()).limit(1))).one()
        for admin in directory.admins(now):
            numbers = {"count": str(flood.count), "usual": f"{flood.usual:.1f}"}
            event = NoticeRequested(
                purpose=Purpose.parked, lane=Lane.asap, recipient=admin, about=row.about,
                params={"held": flood.purpose, "hold": unique, **numbers},
            )  # fmt: skip
            cause = Cause(f"flood|{unique}|{admin}", Actor(ActorKind.rule, "flood"), now)
            stream = stream_id(StreamKind.notice, derived_id("flood", unique, admin))
            await journal.record(tx, [journal.begin(stream, row.loop, event, cause)])
    return found
