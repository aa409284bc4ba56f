"""A proposal to undo a death that nobody confirms has an end: after a day it lapses, and who made it is told.

It is no state of a loop (the plans have ended with the death), so the ticker looks for it and not a deadline.
"""

from datetime import timedelta

from events.base import Actor, Cause
from events.handling import Journal
from events.notice import NoticeRequested
from events.purposes import Purpose
from models.database import Database, Transaction
from models.proposals import UNDO_DEATH, UNDO_WITHIN, lapse
from models.values import ActorKind, Lane, StreamKind, derived_id, stream_id

_ACTOR = Actor(ActorKind.rule, "lapsing")
_EXPIRES = timedelta(days=7)


async def lapse_proposals(database: Database, journal: Journal) -> int:
    """End what nobody confirmed in time; how many. Several tickers are harmless: the rows are locked."""

    async def work(tx: Transaction) -> int:
        now = journal.clock.now()
        lapsed = await lapse(tx, UNDO_DEATH, now - UNDO_WITHIN, now)
        for row in lapsed:
            unique = derived_id("lapsed", row["id"])
            stream = stream_id(StreamKind.notice, unique)
            event = NoticeRequested(
                purpose=Purpose.undo_lapsed, lane=Lane.urgent, recipient=row["by"].removeprefix("person:"), about="",
                expires_at=now + _EXPIRES,
            )  # fmt: skip
            await journal.record(tx, [journal.begin(stream, stream, event, Cause(unique, _ACTOR, now))])
        return len(lapsed)

    return await database.repeated(work)
