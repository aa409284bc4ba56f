"""How a command becomes events: load, decide, record, in one transaction with all that is derived from it.

The same recording serves presses, messages of hospitals and the reactions of the engine.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from events import catalog, log
from events.base import Cause, Command, Event, Recorded, Refused, Waiting, altered
from events.moving import teams_moved
from events.notice import NoticeState, NoticeStatus
from events.projections import write_notices, write_packs, write_summaries
from events.rule_pack import PackState
from events.stopping import stopped
from models.clock import Clock
from models.database import Database, Transaction
from models.journal import CursorRow, OutboxRow
from models.rows import insert_rows
from models.sealed import Keyring
from models.values import Priority, derived_id, kind_of

_CURSORS = CursorRow.__table__  # type: ignore[attr-defined]
_OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]
ATTEMPTS = 5

# Hints for the relay and the sender in other processes (events/wakeups.py); their polling is the truth.
OUTBOX, NOTICES = "refloop_outbox", "refloop_notices"
_NOTIFY = text("SELECT pg_notify(channel, '') FROM unnest(CAST(:channels AS text[])) AS channel")

Guard = Callable[[Transaction], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Nudge:
    """Stream S has reached version v; these consumers want to know. `stat` nudges have a lane of their own."""

    stream: str
    version: int
    consumers: tuple[str, ...]
    types: tuple[str, ...]
    stat: bool


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of a command: the new events (none where it was already so) and the state after them."""

    events: tuple[Recorded, ...]
    state: Any


@dataclass(slots=True)
class Working:
    """One stream inside a transaction: as locked, as folded so far, and what is new."""

    stream: str
    loop: str
    head: log.Head | None
    state: Any
    history: list[Recorded]
    new: list[Recorded] = field(default_factory=list)


@dataclass(slots=True)
class Journal:
    """Everything recording needs besides the transaction.

    `due` is the silence table: the deadline of a state from an instant on. `subscribers` names the consumers of each
    event type. `wake` is called with the nudges after a commit; `outbox` says whether a relay carries them to a broker.
    `notices_waiting` is called after a commit that queued notices.
    """

    keyring: Keyring
    clock: Clock
    due: Callable[[Waiting, datetime], datetime]
    subscribers: Mapping[str, tuple[str, ...]]
    outbox: bool = False
    wake: Callable[[Sequence[Nudge]], None] = lambda nudges: None
    notices_waiting: Callable[[], None] = lambda: None

    async def load(self, transaction: Transaction, streams: Iterable[str]) -> dict[str, Working]:
        """Lock these streams and fold them; a stream that does not exist has state None."""
        wanted = sorted(set(streams))
        heads = await log.lock_heads(transaction, wanted)
        histories = await log.read_streams(transaction, heads) if heads else {}
        loaded = {}
        for stream in wanted:
            head, history = heads.get(stream), histories.get(stream, [])
            loop = head.loop if head else stream
            loaded[stream] = Working(stream, loop, head, catalog.fold(history), history)
        return loaded

    def decide(
        self, working: Working, command: Command, cause: Cause, salt: str = "", loop: str | None = None
    ) -> Handled:
        """Apply a command to a loaded stream: decide, give ids and deadlines, fold. Nothing is written yet.

        `salt` tells apart two commands of one cause to one stream; `loop` is the loop a new stream joins.
        """
        now = self.clock.now()
        if working.head is None and not working.new and loop is not None:
            working.loop = loop
        events = catalog.decide(command, working.state, now)
        return Handled(
            tuple(self._take(working, event, cause, f"{salt}{n}", now) for n, event in enumerate(events)),
            working.state,
        )

    def begin(self, stream: str, loop: str, event: Event, cause: Cause) -> Working:
        """A new stream with its first event, without a decider (notices)."""
        working = Working(stream, loop, None, None, [])
        self._take(working, event, cause, "0", self.clock.now())
        return working

    def _take(self, working: Working, event: Event, cause: Cause, salt: str, now: datetime) -> Recorded:
        recorded = Recorded(
            id=derived_id(cause.id, working.stream, salt), stream=working.stream,
            version=(working.head.version if working.head else 0) + len(working.new) + 1, loop=working.loop,
            caused_by=cause.id, actor=cause.actor, on_behalf_of=cause.on_behalf_of,
            occurred_at=min(cause.at, now), recorded_at=now, event=event,
        )  # fmt: skip
        recorded, state = stamped(recorded, working.state, self.due, now)
        working.state = state
        working.new.append(recorded)
        return recorded

    async def record(
        self,
        transaction: Transaction,
        workings: Iterable[Working],
        consumer: str = "",
        looked_at: AbstractSet[str] = frozenset(),
    ) -> None:
        """Write what is new in these streams and everything derived from it; nudge after the commit.

        `consumer` has already seen what is new in the streams `looked_at`: it is not nudged about them.
        """
        changed = [working for working in workings if working.new]
        if not changed:
            return
        changed += await stopped(transaction, self, changed)
        await teams_moved(transaction, changed)
        await self._seal(transaction, changed)
        await log.append(
            transaction,
            [log.Writing(w.stream, w.loop, w.head, getattr(w.state, "patient_key", None), w.new) for w in changed],
        )
        await write_summaries(transaction, [w.state for w in changed if kind_of(w.stream).in_loops])
        await write_packs(transaction, [w.state for w in changed if isinstance(w.state, PackState)])
        await write_notices(transaction, [(w.state, w.new) for w in changed if isinstance(w.state, NoticeState)])
        nudges = [nudge for w in changed if (nudge := self._nudge(w, consumer if w.stream in looked_at else ""))]
        await self._want(transaction, nudges, {w.stream: w for w in changed})
        others: list[str] = []  # who waits in other processes
        if nudges and self.outbox:
            await self._post(transaction, nudges)
            others.append(OUTBOX)
        if nudges:
            transaction.after_commit(lambda: self.wake(nudges))
        if any(isinstance(w.state, NoticeState) and w.state.status is NoticeStatus.requested for w in changed):
            if self.outbox:
                others.append(NOTICES)
            transaction.after_commit(self.notices_waiting)
        if others and transaction.dialect == "postgresql":
            await transaction.execute(_NOTIFY, {"channels": others})

    async def _seal(self, transaction: Transaction, changed: Sequence[Working]) -> None:
        keys = {}
        for working in changed:
            if any(catalog.PERSONAL[recorded.type] for recorded in working.new):
                keys[working.stream] = getattr(working.state, "patient_key", None)
        await self.keyring.load(transaction, {key for key in keys.values() if key})
        for working in changed:
            if working.stream in keys:
                key = keys[working.stream]
                working.new = [
                    with_event(recorded, log.seal_event(recorded.event, recorded.id, key, self.keyring))
                    for recorded in working.new
                ]
                working.state = catalog.fold([*working.history, *working.new])

    def _nudge(self, working: Working, but: str) -> Nudge | None:
        types = tuple(dict.fromkeys(recorded.type for recorded in working.new))
        named = dict.fromkeys(name for kind in types for name in self.subscribers.get(kind, ()))
        consumers = tuple(name for name in named if name != but)
        if not consumers:
            return None
        stat = getattr(working.state, "priority", None) is Priority.stat
        return Nudge(working.stream, working.new[-1].version, consumers, types, stat)

    async def _want(self, transaction: Transaction, nudges: Sequence[Nudge], changed: Mapping[str, Working]) -> None:
        now = self.clock.now()
        rows = []
        for nudge in nudges:
            working = changed[nudge.stream]
            for consumer in nudge.consumers:
                wanted = max(r.version for r in working.new if consumer in self.subscribers.get(r.type, ()))
                done = working.head.version if working.head else 0
                rows.append(
                    {
                        "stream": nudge.stream,
                        "consumer": consumer,
                        "done": done,
                        "wanted": wanted,
                        "since": now,
                    }
                )
        rows.sort(key=lambda row: (row["stream"], row["consumer"]))
        await _WANT.write(transaction, rows)

    async def _post(self, transaction: Transaction, nudges: Sequence[Nudge]) -> None:
        now = self.clock.now()
        rows = [
            {
                "stream": nudge.stream, "version": nudge.version, "lane": "stat" if nudge.stat else "rest",
                "types": " ".join(nudge.types), "created_at": now,
            }
            for nudge in nudges
        ]  # fmt: skip
        await _POST.write(transaction, rows)

    async def handle(
        self,
        transaction: Transaction,
        command: Command,
        cause: Cause,
        guards: Sequence[Guard] = (),
        loop: str | None = None,
    ) -> Handled:
        """One command in the caller's transaction. Refused leaves nothing written."""
        for guard in guards:
            await guard(transaction)
        working = (await self.load(transaction, [command.stream]))[command.stream]
        handled = self.decide(working, command, cause, loop=loop)
        await self.record(transaction, [working])
        return handled

    async def handle_alone(
        self,
        database: Database,
        command: Command,
        cause: Cause,
        guards: Sequence[Guard] = (),
        loop: str | None = None,
    ) -> Handled:
        """One command in a transaction of its own, again from the start when another writer was first."""

        async def work(transaction: Transaction) -> Handled:
            return await self.handle(transaction, command, cause, guards, loop)

        for _ in range(ATTEMPTS - 1):
            try:
                return await database.repeated(work)
            except log.Conflict:
                continue
        return await database.repeated(work)


def stamped(
    recorded: Recorded, state: Any, due: Callable[[Waiting, datetime], datetime], now: datetime
) -> tuple[Recorded, Any]:
    """The event with the deadline in force from it on, where it changes who must act; and the state after it."""
    after = catalog.fold([recorded], state)
    if isinstance(after, NoticeState | PackState) or after.situation is None or after.due is not None:
        return recorded, after
    until = max(due(after, max(recorded.occurred_at, after.since or recorded.occurred_at)), now)
    # As every evolve takes it over.
    return with_event(recorded, recorded.event.model_copy(update={"due": until})), altered(after, due=until)


def with_event(recorded: Recorded, event: Event) -> Recorded:
    """The same envelope around another event."""
    return Recorded(
        recorded.id, recorded.stream, recorded.version, recorded.loop, recorded.caused_by, recorded.actor,
        recorded.on_behalf_of, recorded.occurred_at, recorded.recorded_at, event,
    )  # fmt: skip


def _further(statement: Any) -> Any:
    since = text("CASE WHEN cursors.wanted > cursors.done THEN cursors.since ELSE excluded.since END")
    changes = {"wanted": statement.excluded.wanted, "since": since}
    return statement.on_conflict_do_update(index_elements=["stream", "consumer"], set_=changes)


_WANT = insert_rows(_CURSORS, ("stream", "consumer", "done", "wanted", "since"), _further)
_POST = insert_rows(_OUTBOX, ("stream", "version", "lane", "types", "created_at"))

__all__ = ["ATTEMPTS", "Guard", "Handled", "Journal", "Nudge", "Refused", "Working"]
