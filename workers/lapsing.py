"""What needs a second person and got none has an end: after a day it lapses, and who waits for it is told.

A death that is to be undone: who proposed it. A repair or a retelling, proposed at the machine: all admins, who were
asked. None is a state of a loop, so the ticker looks for them and not a deadline.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from events.base import Actor, Cause
from events.handling import Journal
from events.notice import NoticeRequested
from events.purposes import Purpose
from models.database import Database, Transaction
from models.directory import load_directory
from models.proposals import APPROVED_WITHIN, BY_ADMINS, UNDO_DEATH, UNDO_WITHIN, lapse
from models.values import ActorKind, Lane, StreamKind, derived_id, stream_id

_ACTOR = Actor(ActorKind.rule, "lapsing")
_EXPIRES = timedelta(days=7)


async def lapse_proposals(database: Database, journal: Journal) -> int:
    """End what nobody confirmed in time; how many. Several tickers are harmless: the rows are locked."""

    async def work(tx: Transaction) -> int:
        now = journal.clock.now()
        undone = await lapse(tx, UNDO_DEATH, now - UNDO_WITHIN, now)
        for row in undone:
            await _tell(tx, journal, row, Purpose.undo_lapsed, [row["by"].removeprefix("person:")])
        others = [row for kind in BY_ADMINS for row in await lapse(tx, kind, now - APPROVED_WITHIN, now)]
        if others:
            admins = (await load_directory(tx, now)).admins(now)
            for row in others:
                await _tell(tx, journal, row, Purpose.proposal_lapsed, admins)
        return len(undone) + len(others)

    return await database.repeated(work)


async def _tell(tx: Transaction, journal: Journal, row: Any, purpose: Purpose, people: Iterable[str]) -> None:
    now = journal.clock.now()
    admins = purpose is Purpose.proposal_lapsed
    for person in people:
        unique = derived_id("lapsed", row["id"], person) if admins else derived_id("lapsed", row["id"])
        stream = stream_id(StreamKind.notice, unique)
        event = NoticeRequested(
            purpose=purpose, lane=Lane.urgent, recipient=person, about="", expires_at=now + _EXPIRES,
            params={"proposal": row["id"], "kind": row["kind"]} if admins else {},
        )  # fmt: skip
        await journal.record(tx, [journal.begin(stream, stream, event, Cause(unique, _ACTOR, now))])
