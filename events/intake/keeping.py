"""What is kept of everything that came in: the intake log, and the parking of what we failed on."""

import traceback
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from events.intake.answers import Answer, unavailable
from events.intake.bodies import KEEP_DAYS, intake_row, open_body, parked_row, payload_aad, seal_body
from events.intake.taking import Taking
from events.intake.translating import Body
from models.clock import Clock
from models.database import Database, Transaction
from models.history import table_of
from models.journal import BusinessKeyRow, InboxRow, IntakeRow, ParkedRow
from models.sealed import Keyring

_log = structlog.get_logger("intake")
_INTAKE, _PARKED = table_of(IntakeRow), table_of(ParkedRow)

# The database is away, full, or has no connection left.
NO_DATABASE = (OSError, InterfaceError, OperationalError, PoolTimeout)


class Keeper:
    """Writes the intake log and the parking, each in a transaction of its own."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def row(self, source: str | None, channel: str, body: Body, message: str | None, answer: Answer) -> dict[str, Any]:
        """The row of the intake log for one message."""
        return intake_row(self._keyring, source, channel, message, answer, body, self._clock.now())

    async def note(self, source: str | None, channel: str, body: Body, message: str | None, answer: Answer) -> Answer:
        """Write one message into the intake log; the answer, or 503 where that cannot be."""
        try:
            async with self._database.transaction() as tx:
                await tx.execute(insert(IntakeRow), [self.row(source, channel, body, message, answer)])
        except (*NO_DATABASE, DBAPIError) as error:
            return no_database(error)
        return answer

    async def park(self, source: str | None, channel: str, body: Body, message: str | None, reason: str) -> None:
        """Keep a message that nobody could take, until somebody looks at it; the same message once."""
        row = parked_row(self._keyring, source, channel, body, message, reason, self._clock.now())
        async with self._database.transaction() as tx:
            there = await tx.execute(select(_PARKED.c.id).where(_PARKED.c.id == row["id"]))
            if there.first() is None:
                await tx.execute(insert(ParkedRow), [row])

    async def give_up(
        self, source: str | None, channel: str, body: Body, message: str | None, error: Exception
    ) -> Answer:
        """The last resort: what we cannot take for a fault of ours is parked; the log never names its words."""
        _log.error("message parked", channel=channel, **described(error))
        try:
            await self.park(source, channel, body, message, type(error).__name__)
        except (*NO_DATABASE, DBAPIError) as failure:
            return no_database(failure)
        answer = unavailable("a fault on our side: the message is kept and will be looked at", 600)
        return await self.note(source, channel, body, message, replace(answer, kept=True))

    async def parked(self, unique: str) -> tuple[str | None, str, Body] | None:
        """The source, channel and body of a parked message of the intake; None where it is none."""
        async with self._database.reading() as tx:
            row = (await tx.execute(select(_PARKED).where(_PARKED.c.id == unique))).mappings().first()
        if row is None or not row["queue"].startswith("intake ") or not row["payload"]:
            return None
        body, source = open_body(self._keyring, row["payload"], payload_aad(unique))
        return source, row["queue"].partition(" ")[2], body

    async def edit(self, unique: str, source: str | None, body: Body, actor: str) -> None:
        """Put an edited message in the place of a parked one; what came first is kept, sealed."""
        statement = update(_PARKED).where(_PARKED.c.id == unique, _PARKED.c.redriven_at.is_(None))
        values = {
            "payload": seal_body(self._keyring, body, source, payload_aad(unique)) or "",
            "original": func.coalesce(_PARKED.c.original, _PARKED.c.payload),
            "edited_at": self._clock.now(), "edited_by": actor,
        }  # fmt: skip
        async with self._database.transaction() as tx:
            await tx.execute(statement.values(**values))

    async def settle(self, unique: str) -> None:
        """A parked message was taken."""
        statement = update(_PARKED).where(_PARKED.c.id == unique, _PARKED.c.redriven_at.is_(None))
        async with self._database.transaction() as tx:
            await tx.execute(statement.values(redriven_at=self._clock.now()))


async def keep_taken(tx: Transaction, takings: Iterable[Taking], now: datetime) -> None:
    """Write which messages were taken, with their answers, and which streams their business keys stand for."""
    inbox, keys = [], []
    for taking in takings:
        incoming = taking.incoming
        prior = taking.facts.inbox[taking.source, incoming.id]
        inbox.append(
            {
                "source": taking.source, "message": incoming.id, "body_hash": prior.body_hash,
                "status": prior.status, "answer": prior.answer, "received_at": now,
            }
        )  # fmt: skip
        keys += [{"source": taking.source, "key": key, "stream": stream} for key, stream in taking.keys.items()]
    if inbox:
        await tx.execute(insert(InboxRow), sorted(inbox, key=lambda row: (row["source"], row["message"])))
    if keys:
        await tx.execute(insert(BusinessKeyRow), sorted(keys, key=lambda row: (row["source"], row["key"])))


async def purge_bodies(tx: Transaction, now: datetime) -> int:
    """Forget the bodies that are older than KEEP_DAYS, and with them parked messages that were settled; how many."""
    before = now - timedelta(days=KEEP_DAYS)
    old = (_INTAKE.c.received_at < before) & _INTAKE.c.body.is_not(None)
    purged = await tx.execute(update(_INTAKE).where(old).values(body=None))
    settled = (_PARKED.c.parked_at < before) & _PARKED.c.redriven_at.is_not(None)
    gone = await tx.execute(delete(_PARKED).where(settled))
    return purged.rowcount + gone.rowcount


def described(error: BaseException) -> dict[str, str]:
    """What a log may say of an error: its kind and where it was raised. Its words may be a patient's."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return {"error": type(error).__name__, "where": f"{last.filename.rpartition('/')[2]}:{last.lineno}" if last else ""}


def no_database(error: BaseException) -> Answer:
    """The answer when nothing can be stored."""
    _log.error("intake cannot store", **described(error))
    return unavailable("nothing can be stored at the moment: send it again with the same id")
