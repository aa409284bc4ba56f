"""Loops that nobody holds, or whose deadline nobody noticed: the admins are told in their chats, once of each."""

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


async def tell_orphans(tx: Transaction, journal: Journal, directory: Directory) -> int:
    """Audit, and tell every admin what was found unless they have been told of the same today; how many were told."""
    now = journal.clock.now()
    found = await audit(tx, now)
    which = sorted({*found.unheld, *found.overdue})
    if not which:
        return 0
    told = 0
    for admin in directory.admins(now):
        unique = derived_id("orphans", admin, now.date().isoformat(), *which)
        stream = stream_id(StreamKind.notice, unique)
        if (await tx.execute(select(_STREAMS.c.id).where(_STREAMS.c.id == stream))).first() is not None:
            continue
        about = (await tx.execute(select(_STREAMS.c.loop).where(_STREAMS.c.id == which[0]))).scalar() or which[0]
        event = NoticeRequested(
            purpose=Purpose.parked, lane=Lane.asap, recipient=admin, about=which[0],
            params={"orphans": str(len(which)), "unheld": str(len(found.unheld)), "overdue": str(len(found.overdue))},
        )  # fmt: skip
        cause = Cause(unique, Actor(ActorKind.rule, "auditor"), now)
        await journal.record(tx, [journal.begin(stream, about, event, cause)])
        told += 1
    return told
