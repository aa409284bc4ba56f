"""Retries and parking, as rows: a consumer that fails on a stream waits alone, in order, and is parked in the end."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, delete, select, text, update

from events import log
from events.catalog import Held
from models.clock import Clock
from models.database import Database, Transaction, UtcDateTime
from models.journal import CursorRow, FailureRow

_CURSORS = CursorRow.__table__  # type: ignore[attr-defined]
_FAILURES = FailureRow.__table__  # type: ignore[attr-defined]

# Six tries over about ten minutes.
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 30, 120, 420))


class Failures:
    """The failures of one engine's reactions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: set[tuple[str, str]] = set()

    async def waiting(self, transaction: Transaction, consumer: str, streams: Iterable[str]) -> set[str]:
        """Those of these streams that this consumer must leave alone now: parked, or not yet to be tried again."""
        statement = log.many(
            "SELECT stream, next_at, parked_at FROM failures WHERE consumer = :consumer "
            "AND stream = ANY(CAST(:ids AS text[]))",
            "SELECT stream, next_at, parked_at FROM failures WHERE consumer = :consumer "
            "AND stream IN (SELECT value FROM json_each(:ids))",
            transaction.dialect,
        ).columns(next_at=UtcDateTime, parked_at=UtcDateTime)
        now = self._clock.now()
        rows = await transaction.execute(statement, {"consumer": consumer, **log.id_list(transaction, streams)})
        found = rows.all()
        self._known |= {(consumer, row.stream) for row in found}
        return {row.stream for row in found if row.parked_at or (row.next_at and row.next_at > now)}

    async def note_attempt(self, consumer: str, stream: str) -> Literal["go", "wait", "parked"]:
        """Count an attempt before it is made, so that it counts even if it kills the process.

        `wait`: it must not be made now; `parked`: this was one too many.
        """
        async with self._database.reading() as transaction:
            if await self.waiting(transaction, consumer, [stream]):
                return "wait"
        parked = await self._count(consumer, stream, "the process ended during this attempt")
        return "parked" if parked else "go"

    async def note_failure(self, consumer: str, stream: str, error: Exception, counted: bool) -> bool:
        """Keep why it failed (no values, they may be personal), and when to try again; whether it is parked now."""
        if isinstance(error, Held):
            # An event of a newer version waits for the upgrade, however often it is looked at.
            await self.forget(consumer, stream, even_counted=counted)
            return False
        return await self._count(consumer, stream, f"{type(error).__name__}", already=counted)

    async def _count(self, consumer: str, stream: str, reason: str, already: bool = False) -> bool:
        now = self._clock.now()
        async with self._database.transaction() as transaction:
            key = (_FAILURES.c.consumer == consumer, _FAILURES.c.stream == stream)
            row = (await transaction.execute(select(_FAILURES).where(*key))).first()
            attempts = (row.attempts if row else 0) + (0 if already else 1)
            parked = attempts > len(DELAYS)
            behind = (_CURSORS.c.consumer == consumer, _CURSORS.c.stream == stream)
            done = (await transaction.execute(select(_CURSORS.c.done).where(*behind))).scalar() or 0
            values: dict[str, Any] = {
                "attempts": attempts, "reason": reason, "last_at": now, "version": done + 1,
                "next_at": None if parked else now + DELAYS[max(attempts, 1) - 1], "parked_at": now if parked else None,
            }  # fmt: skip
            if row:
                await transaction.execute(update(_FAILURES).where(*key).values(**values))
            else:
                own = {"consumer": consumer, "stream": stream, "first_at": now}
                await transaction.execute(_FAILURES.insert().values(**own, **values))
        self._known.add((consumer, stream))
        return parked

    async def forget(self, consumer: str, stream: str, even_counted: bool = False) -> None:
        """It went well: nothing is left of earlier failures."""
        if (consumer, stream) in self._known or even_counted:
            async with self._database.transaction() as transaction:
                key = (_FAILURES.c.consumer == consumer, _FAILURES.c.stream == stream)
                await transaction.execute(delete(_FAILURES).where(*key, _FAILURES.c.parked_at.is_(None)))
            self._known.discard((consumer, stream))


async def redrive(
    database: Database, consumer: str | None = None, stream: str | None = None, cause: str | None = None,
    limit: int | None = None,
) -> list[tuple[str, str]]:  # fmt: skip
    """Try parked reactions again: those of a consumer, a stream, a cause (the beginning of the reason), or all; the
    oldest first, at most `limit`. The (consumer, stream) pairs let go.

    Only the row goes; the cursor is still behind, so that the next sweep nudges the consumer, once in effect.
    """
    wanted = [_FAILURES.c.parked_at.is_not(None)]
    if consumer is not None:
        wanted.append(_FAILURES.c.consumer == consumer)
    if stream is not None:
        wanted.append(_FAILURES.c.stream == stream)
    if cause is not None:
        wanted.append(_FAILURES.c.reason.startswith(cause, autoescape=True))
    async with database.transaction() as transaction:
        query = select(_FAILURES).where(*wanted).order_by(_FAILURES.c.first_at, _FAILURES.c.stream).limit(limit)
        rows: Sequence[Any] = (await transaction.execute(query)).all()
        for row in rows:
            key = (_FAILURES.c.consumer == row.consumer, _FAILURES.c.stream == row.stream)
            await transaction.execute(delete(_FAILURES).where(*key))
    return [(row.consumer, row.stream) for row in rows]


async def to_try_again(transaction: Transaction, now: Any, limit: int = 1000) -> list[tuple[str, str]]:
    """The (consumer, stream) pairs whose waiting is over."""
    statement = select(_FAILURES.c.consumer, _FAILURES.c.stream).where(_FAILURES.c.next_at <= now).limit(limit)
    return [(row.consumer, row.stream) for row in await transaction.execute(statement)]


_BEHIND = text(
    "SELECT c.consumer, c.stream FROM cursors c "
    "LEFT JOIN failures f ON f.consumer = c.consumer AND f.stream = c.stream "
    "WHERE c.wanted > c.done AND c.since <= :before AND f.stream IS NULL ORDER BY c.since LIMIT :limit"
).bindparams(bindparam("before", type_=UtcDateTime()))


async def behind(transaction: Transaction, before: Any, limit: int = 1000) -> list[tuple[str, str]]:
    """The (consumer, stream) pairs that have been behind since before an instant and are not failing."""
    rows = await transaction.execute(_BEHIND, {"before": before, "limit": limit})
    return [(row.consumer, row.stream) for row in rows]
