"""The relay: outbox rows to the broker, with confirms, then gone.

A row is claimed (FOR UPDATE SKIP LOCKED), published and deleted in one transaction; whatever goes wrong in between, the
row stays and is published again. Several relays are harmless. The stat lane has a task of its own.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import bindparam, delete, select, text

from events.broker import Broker
from events.handling import Nudge
from models.database import Database, Transaction
from models.failpoints import failpoint
from models.journal import OutboxRow

_OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]
_ANY = select(_OUTBOX.c.id).where(_OUTBOX.c.lane == bindparam("of_lane")).limit(1)
CHUNK = 1000
POLL = 1.0
LONGEST_PAUSE = 5.0

_log = structlog.get_logger("relay")


class Relay:
    """Carries the rows of one lane to the broker."""

    def __init__(
        self, database: Database, broker: Broker, subscribers: Mapping[str, tuple[str, ...]], lane: str
    ) -> None:
        """`lane`: stat or rest."""
        self._database = database
        self._broker = broker
        self._subscribers = subscribers
        self._lane = lane
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be rows: look now rather than at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Carry rows until cancelled; back off while the broker or the database is away."""
        pause = 0.1
        while True:
            try:
                moved = await self.carry()
                pause = 0.1
            except Exception as error:  # noqa: BLE001 - many kinds while reconnecting; the rows stay
                _log.warning("outbox not published, trying again", error=type(error).__name__, lane=self._lane)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if moved < CHUNK:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), POLL)
                self._woken.clear()

    async def carry(self) -> int:
        """Publish what waits, at most CHUNK rows; how many there were."""
        # Woken as often for the other lane, or for what another relay has carried: nearly always there is nothing.
        async with self._database.reading() as transaction:
            if (await transaction.execute(_ANY, {"of_lane": self._lane})).first() is None:
                return 0
        async with self._database.transaction() as transaction:
            rows = (
                await transaction.execute(
                    select(_OUTBOX)
                    .where(_OUTBOX.c.lane == self._lane)
                    .order_by(_OUTBOX.c.id)
                    .limit(CHUNK)
                    .with_for_update(skip_locked=True)
                )
            ).all()
            if not rows:
                return 0
            failpoint("before_publish")
            await self._broker.publish([self._nudge(row) for row in rows])
            failpoint("after_confirm")
            await transaction.execute(delete(_OUTBOX).where(_OUTBOX.c.id.in_([row.id for row in rows])))
            return len(rows)

    def _nudge(self, row: Any) -> Nudge:
        types = tuple(row.types.split())
        consumers = tuple(dict.fromkeys(name for kind in types for name in self._subscribers.get(kind, ())))
        return Nudge(row.stream, row.version, consumers, types, row.lane == "stat")


async def waiting(transaction: Transaction) -> int:
    """How many rows are not at the broker yet."""
    count: int = (await transaction.execute(text("SELECT count(*) FROM outbox"))).scalar_one()
    return count
