"""The engine: for a batch of streams, the reactions of one consumer, in one transaction.

Heads are locked in id order, cursors and log are read after, outcomes, cursors and nudges commit together. What a
reaction adds to a stream is looked at in the same transaction, until nothing new follows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import bindparam, select, update

from events import log
from events.base import Actor, Cause, Recorded, Refused
from events.handling import Journal, Working
from events.notice import NoticeRequested
from events.purposes import Purpose
from models.database import Database, Transaction
from models.deliveries import CardRow
from models.failpoints import failpoint
from models.journal import CursorRow, StreamRow
from models.rows import update_rows
from models.summaries import SummaryRow
from models.values import ActorKind, Lane, StreamKind, derived_id, stream_id
from workers.facts import Facts
from workers.failures import Failures
from workers.loading import FactLoader
from workers.outcomes import Do, Need, Outcome, Reaction, ShowAnew, StreamNeeded, Table, Tell

_CURSORS = CursorRow.__table__  # type: ignore[attr-defined]
_STREAMS = StreamRow.__table__  # type: ignore[attr-defined]
_CARDS = CardRow.__table__  # type: ignore[attr-defined]
_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
ROUNDS = 10  # a chain of reactions longer than this is a circle

_log = structlog.get_logger("engine")

_DONE = update_rows(_CURSORS, ("stream", "consumer"), ("done",))
_SHOW = (
    update(_CARDS)
    .where(_CARDS.c.about == bindparam("of_about"), _CARDS.c.wanted_version < bindparam("of_version"))
    .values(wanted_version=bindparam("of_version"), next_at=bindparam("of_now"))
)


@dataclass(slots=True)
class _Round:
    """What is still to be looked at, and what has come of it so far."""

    pending: list[tuple[Working, Recorded]]
    touched: dict[str, Working]
    begun: dict[str, Working]
    shown: dict[str, int]


class Engine:
    """Runs one consumer's reactions over batches of streams."""

    def __init__(
        self, database: Database, journal: Journal, loader: FactLoader, consumers: Mapping[str, Table],
        on_cards: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """`consumers` is the map of the system: consumer → event name → reactions. `on_cards` wakes the sender."""
        self._database = database
        self._journal = journal
        self._loader = loader
        self.consumers = consumers
        self._on_cards = on_cards
        self.failures = Failures(database, journal.clock)

    async def work(self, consumer: str, streams: Sequence[str], cautious: bool = False) -> None:
        """Look at these streams for a consumer; a stream that fails waits alone, the others go on.

        `cautious`: one at a time, with the attempt noted first, so that what kills the process is found out.
        """
        if not cautious:
            try:
                await self._together(consumer, streams)
                return
            except Exception as error:  # noqa: BLE001 - found out one by one below
                if len(streams) > 1:
                    _log.info("batch failed, going one by one", consumer=consumer, error=type(error).__name__)
        for stream in streams:
            await self._alone(consumer, stream, cautious)

    async def _alone(self, consumer: str, stream: str, cautious: bool) -> None:
        attempt = await self.failures.note_attempt(consumer, stream) if cautious else "go"
        if attempt == "parked":
            await self._tell_parked(consumer, stream, "crash")
        if attempt != "go":
            return
        try:
            await self._together(consumer, [stream], noted=cautious)
        except log.Conflict:
            await self._together(consumer, [stream], noted=cautious)
        except Exception as error:  # noqa: BLE001 - kept with its reason, tried again later, parked in the end
            _log.warning("reaction failed", consumer=consumer, stream=stream, error=type(error).__name__)
            if await self.failures.note_failure(consumer, stream, error, counted=cautious):
                await self._tell_parked(consumer, stream, type(error).__name__)

    async def _together(self, consumer: str, streams: Sequence[str], noted: bool = False) -> None:
        tried: list[str] = []

        async def work(transaction: Transaction) -> bool:
            failing = set() if noted else await self.failures.waiting(transaction, consumer, streams)
            tried[:] = [stream for stream in streams if stream not in failing]
            return await self._react(transaction, consumer, tried)

        if await self._database.repeated(work):
            self._on_cards()
        for stream in tried:
            await self.failures.forget(consumer, stream)

    async def _tell_parked(self, consumer: str, stream: str, reason: str) -> None:
        """A step of a loop stands still: its coordinator must know; its deadlines run on."""
        directory, now = self._loader.directory(), self._journal.clock.now()
        async with self._database.transaction() as transaction:
            loop = (
                await transaction.execute(select(_STREAMS.c.loop).where(_STREAMS.c.id == stream))
            ).scalar() or stream
            found = await transaction.execute(select(_SUMMARIES).where(_SUMMARIES.c.stream.in_([stream, loop])))
            rows = {each.stream: each for each in found}
            about = stream if stream in rows else loop  # a notice shows nothing of itself: its loop does
            row = rows.get(about)
            facility = row and (row.holder_facility or row.recipient_facility or row.initiator_facility)
            person = directory.coordinator(facility, now) if facility else None
            for recipient in [person] if person else directory.admins(now):
                unique = derived_id("parked", consumer, stream, recipient, now)
                event = NoticeRequested(
                    purpose=Purpose.parked, lane=Lane.urgent, recipient=recipient, about=about,
                    params={"consumer": consumer, "stream": stream, "reason": reason},
                )  # fmt: skip
                cause = Cause(unique, Actor(ActorKind.rule, "parking"), now)
                notice = self._journal.begin(stream_id(StreamKind.notice, unique), loop, event, cause)
                await self._journal.record(transaction, [notice])

    async def _react(self, transaction: Transaction, consumer: str, streams: Sequence[str]) -> bool:
        # Half of all nudges find nothing to do: what is up to date is neither locked nor read. Whoever puts it behind
        # after this look nudges again.
        behind = await _cursors(transaction, consumer, streams)
        if not behind:
            return False
        # A department that was closed a moment ago gets no offer, though the other side of the system wrote that down.
        await self._loader.look(transaction)
        loaded = await self._journal.load(transaction, behind)
        done = await _cursors(transaction, consumer, loaded)
        table = self.consumers[consumer]
        pending = [
            (working, recorded)
            for stream, working in loaded.items()
            if stream in done
            for recorded in working.history
            if recorded.version > done[stream] and recorded.type in table
        ]
        work = _Round(pending, dict(loaded), {}, {})
        for _ in range(ROUNDS):
            if not work.pending:
                break
            await self._one_round(transaction, table, work, frozenset(done))
        else:
            raise RuntimeError(f"{consumer}: reactions follow one another in a circle")
        await self._journal.record(
            transaction, [*work.touched.values(), *work.begun.values()], consumer, frozenset(done)
        )
        await self._finish(transaction, consumer, loaded, done, work.shown)
        failpoint("before_commit")
        transaction.after_commit(lambda: failpoint("after_commit"))
        return bool(work.shown)

    async def _one_round(self, transaction: Transaction, table: Table, work: _Round, own: frozenset[str]) -> None:
        asked: list[Need] = [
            need
            for working, recorded in work.pending
            for reaction in table[recorded.type]
            for need in reaction.needs(recorded, working.state)
        ]
        # Locked, not only read: two streams that end at the same moment must not both see the other still open.
        needed = {need.stream for need in asked if isinstance(need, StreamNeeded)} - work.touched.keys()
        work.touched |= await self._journal.load(transaction, needed) if needed else {}
        facts = await self._loader.load(transaction, asked, work.touched)
        pending, work.pending = work.pending, []
        for working, recorded in pending:
            for reaction in table[recorded.type]:
                for n, outcome in enumerate(reaction.react(recorded, working.state, facts)):
                    new = await self._apply(transaction, working, recorded, reaction, n, outcome, work, facts)
                    if new is not None and new[0].stream in own:
                        work.pending += [(new[0], event) for event in new[1] if event.type in table]

    async def _apply(
        self, transaction: Transaction, working: Working, recorded: Recorded, reaction: Reaction, n: int,
        outcome: Outcome, work: _Round, facts: Facts,
    ) -> tuple[Working, Sequence[Recorded]] | None:  # fmt: skip
        cause = Cause(recorded.id, Actor(ActorKind.rule, reaction.name), facts.now)
        match outcome:
            case Do(command=command, loop=loop):
                target = work.touched.get(command.stream)
                if target is None:
                    target = (await self._journal.load(transaction, [command.stream]))[command.stream]
                    work.touched[command.stream] = target
                try:
                    handled = self._journal.decide(target, command, cause, f"{reaction.name}{n}-", loop)
                except Refused as refused:
                    # The state has moved on since the event: what the rule wanted is no longer due.
                    _log.info("outcome not applicable", reaction=reaction.name, refused=refused.code)
                    return None
                return target, handled.events
            case Tell():
                self._tell(working, recorded, outcome, cause, work)
            case ShowAnew():
                work.shown[working.stream] = working.new[-1].version if working.new else recorded.version
        return None

    def _tell(self, working: Working, recorded: Recorded, tell: Tell, cause: Cause, work: _Round) -> None:
        stream, event = notice_of(working.stream, recorded, tell)
        if stream in work.begun:
            return
        work.begun[stream] = self._journal.begin(stream, working.loop, event, cause)

    async def _finish(
        self, transaction: Transaction, consumer: str, loaded: Mapping[str, Working], done: Mapping[str, int],
        shown: Mapping[str, int],
    ) -> None:  # fmt: skip
        rows = [
            {"stream": stream, "consumer": consumer, "done": _head(loaded[stream])}
            for stream in sorted(done)
            if _head(loaded[stream]) > done[stream]
        ]
        await _DONE.write(transaction, rows)
        if shown:
            now = self._journal.clock.now()
            await transaction.execute(
                _SHOW,
                [{"of_about": about, "of_version": shown[about], "of_now": now} for about in sorted(shown)],
            )


def notice_of(stream: str, recorded: Recorded, tell: Tell) -> tuple[str, NoticeRequested]:
    """The notice that a reaction to this event of this stream asks for: its own stream's id, and its first event."""
    unique = derived_id(recorded.id, tell.recipient, tell.purpose, tell.step)
    event = NoticeRequested(
        purpose=tell.purpose, lane=tell.lane, recipient=tell.recipient, about=tell.about or stream, step=tell.step,
        not_before=tell.not_before, expires_at=tell.expires_at, params=dict(tell.params), silent=tell.silent,
    )  # fmt: skip
    return stream_id(StreamKind.notice, unique), event


def _head(working: Working) -> int:
    return working.new[-1].version if working.new else working.head.version if working.head else 0


async def _cursors(transaction: Transaction, consumer: str, streams: Iterable[str]) -> dict[str, int]:
    statement = log.many(
        "SELECT stream, done FROM cursors WHERE consumer = :consumer AND stream = ANY(CAST(:ids AS text[])) "
        "AND wanted > done",
        "SELECT stream, done FROM cursors WHERE consumer = :consumer AND stream IN (SELECT value FROM json_each(:ids)) "
        "AND wanted > done",
        transaction.dialect,
    )
    rows = await transaction.execute(statement, {"consumer": consumer, **log.id_list(transaction, streams)})
    return {row.stream: row.done for row in rows}
