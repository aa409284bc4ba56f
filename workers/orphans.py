"""Loops that nobody holds, or whose deadline nobody noticed: the admins are told in their chats, once of each."""

from datetime import datetime

from sqlalchemy import select

from events.base import Actor, Cause
from events.handling import Journal
from events.notice import NoticeRequested
from events.purposes import Purpose
from models.database import Transaction
from models.directory import Directory
from models.history import table_of
from models.journal import StreamRow
from models.values import ActorKind, Lane, StreamKind, derived_id, stream_id
from workers.auditor import audit

_STREAMS = table_of(StreamRow)


async def orphans(tx: Transaction, now: datetime) -> frozenset[str]:
    """The loops (or streams) that an audit names now; nothing is locked for it."""
    found = await audit(tx, now)
    return frozenset((*found.unheld, *found.overdue))


async def tell_orphans(tx: Transaction, journal: Journal, directory: Directory, which: frozenset[str]) -> None:
    """Tell every admin of these, once a day.

    Of what two looks named: a clock that is set forward makes deadlines overdue until the ticker comes round.
    """
    now = journal.clock.now()
    found = await audit(tx, now)
    for admin in directory.admins(now):
        unique = derived_id("orphans", admin, now.date().isoformat(), *sorted(which))
        stream = stream_id(StreamKind.notice, unique)
        if (await tx.execute(select(_STREAMS.c.id).where(_STREAMS.c.id == stream))).first() is not None:
            continue
        about = min(which)
        loop = (await tx.execute(select(_STREAMS.c.loop).where(_STREAMS.c.id == about))).scalar() or about
        event = NoticeRequested(
            purpose=Purpose.parked, lane=Lane.asap, recipient=admin, about=about,
            params={"orphans": str(len(which)), "unheld": str(len(found.unheld)), "overdue": str(len(found.overdue))},
        )  # fmt: skip
        cause = Cause(unique, Actor(ActorKind.rule, "auditor"), now)
        await journal.record(tx, [journal.begin(stream, loop, event, cause)])
