"""The heartbeat's work: what is due is decided, what is behind is nudged, what failed is tried again.

The schedule is data (summaries.due, cursors.since, failures.next_at); nothing is kept in a job store, and several
tickers are harmless: a due row is locked, and a deadline that somebody else passed is no longer the same step.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import bindparam, select

from events.base import Actor, Cause
from events.broker import Broker
from events.handling import Journal, Nudge
from models.database import Database, Transaction
from models.directory_cache import DirectoryCache
from models.failpoints import failpoint
from models.summaries import SummaryRow
from models.values import ActorKind, Priority
from workers.deadlines import Deadlines
from workers.failures import behind, to_try_again

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
BATCH = 100
BEHIND_FOR = timedelta(seconds=10)
AGAIN_AFTER = timedelta(minutes=1)
# Asked with every beat: built once.
_DUE = (
    select(_SUMMARIES.c.stream)
    .where(_SUMMARIES.c.due <= bindparam("now"), _SUMMARIES.c.stream.not_in(bindparam("bad", expanding=True)))
    .order_by(_SUMMARIES.c.due)
    .limit(BATCH)
)

_log = structlog.get_logger("ticker")


class Ticker:
    """The sweeps. Each is called by the heartbeat, may be called at any time, and says how much it did."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        deadlines: Deadlines,
        broker: Broker,
        directory: DirectoryCache,
    ) -> None:
        self._database = database
        self._journal = journal
        self._deadlines = deadlines
        self._broker = broker
        self._directory = directory
        self._bad: dict[str, Any] = {}

    async def pass_deadlines(self) -> int:
        """Decide every deadline that is due; a row that fails is left for later and does not hold up the others."""
        passed = 0
        while True:
            streams = await self._due()
            if not streams:
                return passed
            try:
                passed += await self._pass(streams)
            except Exception as error:  # noqa: BLE001 - found out one by one
                _log.warning("due batch failed, going one by one", error=type(error).__name__)
                for stream in streams:
                    passed += await self._pass_alone(stream)

    async def _due(self) -> Sequence[str]:
        now = self._journal.clock.now()
        self._bad = {stream: until for stream, until in self._bad.items() if until > now}
        async with self._database.reading() as transaction:
            due = (await transaction.execute(_DUE, {"now": now, "bad": list(self._bad)})).scalars().all()
            if due:
                await self._directory.refreshed(transaction)
            return due

    async def _pass_alone(self, stream: str) -> int:
        try:
            return await self._pass([stream])
        except Exception as error:  # noqa: BLE001 - one bad row must not stop the heartbeat
            _log.error(
                "deadline failed, again in a minute",
                stream=stream,
                error=type(error).__name__,
                exc_info=error,
            )
            self._bad[stream] = self._journal.clock.now() + AGAIN_AFTER
            return 0

    async def _pass(self, streams: Sequence[str]) -> int:
        async def work(transaction: Transaction) -> int:
            now = self._journal.clock.now()
            loaded = await self._journal.load(transaction, streams)
            for working in loaded.values():
                command = self._deadlines.passed(working.state, now) if working.state else None
                if command is not None:
                    # The deadline itself is the cause: two tickers write the same event, once.
                    which = f"{working.stream}|{working.state.version}|{working.state.due}"
                    self._journal.decide(working, command, Cause(which, Actor(ActorKind.rule, "silence"), now))
                if not working.new:
                    # Nothing came of it: not looked at again at once, or the sweep would never end.
                    self._bad[working.stream] = now + AGAIN_AFTER
            failpoint("before_deadlines_commit")
            await self._journal.record(transaction, loaded.values())
            return sum(bool(working.new) for working in loaded.values())

        return await self._database.repeated(work)

    async def nudge_behind(self) -> int:
        """Nudge again what has been behind for a while, and what is to be tried again after a failure."""
        now = self._journal.clock.now()
        async with self._database.reading() as transaction:
            found = await behind(transaction, now - BEHIND_FOR)
            found += await to_try_again(transaction, now)
            stat = await _stat(transaction, [stream for _, stream in found])
        nudges = [Nudge(stream, 0, (consumer,), (), stream in stat) for consumer, stream in found]
        if nudges:
            await self._broker.publish(nudges)
        return len(nudges)


async def _stat(transaction: Transaction, streams: Sequence[str]) -> set[str]:
    if not streams:
        return set()
    statement = select(_SUMMARIES.c.stream).where(
        _SUMMARIES.c.stream.in_(streams), _SUMMARIES.c.priority == Priority.stat
    )
    return set((await transaction.execute(statement)).scalars())
