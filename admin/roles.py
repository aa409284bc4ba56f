"""The roles of the core, each as the tasks it starts: relay, workers, ticker. Gateway and bot have their own modules.

Every loop survives what passes (a broker or a database that is away) and ends when its tasks are stopped.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from admin.parts import Parts
from events.handling import NOTICES, OUTBOX
from events.outbox import Relay
from events.wakeups import listen
from models.clock import SystemClock
from models.tasks import TaskSet
from workers.engine import Engine
from workers.failures import behind, to_try_again
from workers.flood import hold_floods
from workers.lapsing import lapse_proposals
from workers.orphans import orphans, tell_orphans
from workers.reactions import CONSUMERS, KINDS, SUBSCRIBERS
from workers.rounds import Rounds
from workers.ticker import Ticker

PAUSE = 1.0
# How often the sweeps look. With a clock that is moved by hand days pass in seconds: then each move is a beat, too.
TICK, TICK_IN_PLAY = 1.0, 0.5
CLOCK_WATCH = 0.01
PURGE = 3600.0
FLOOD = 30.0
AUDIT = 60.0

_log = structlog.get_logger("roles")


async def prepare_broker(parts: Parts) -> None:
    """Make the topology, waiting for the broker as long as it takes."""
    if parts.settings.broker is None:
        return
    from events.rabbit import declare_topology

    while True:
        try:
            await declare_topology(parts.settings.broker, KINDS)
            return
        except Exception as error:  # noqa: BLE001 - a broker that starts refuses in many ways
            _log.warning("broker not ready, trying again", error=type(error).__name__)
            await asyncio.sleep(PAUSE)


def start_relay(parts: Parts, tasks: TaskSet) -> None:
    """Outbox rows to the broker, stat in a lane of its own. The embedded broker needs none."""
    if parts.settings.broker is None:
        return
    relays = [Relay(parts.database, parts.broker, SUBSCRIBERS, lane) for lane in ("stat", "rest")]

    def wake() -> None:
        for relay in relays:
            relay.wake()

    parts.journal.wake = lambda nudges: wake()
    for relay, lane in zip(relays, ("stat", "rest"), strict=True):
        tasks.start(relay.run(), f"relay {lane}")
    tasks.start(listen(parts.settings.database, {OUTBOX: wake}), "outbox wakeups")


def start_workers(parts: Parts, tasks: TaskSet) -> None:
    """The reactions: one task per consumer and lane, so that a stat one never waits behind a thousand others."""
    engine = parts.engine()
    # After an unclean stop something that was under way may be what killed us: one at a time, attempts counted.
    suspects = parts.settings.broker is None and _mark(parts).exists()

    async def consume(consumer: str, stat: bool) -> None:
        if suspects and not stat:
            await _suspects(parts, engine, consumer)
        async for batch in parts.broker.batches(consumer, stat):
            try:
                await engine.work(consumer, batch.streams, cautious=batch.redelivered)
            except Exception as error:  # noqa: BLE001 - the database is away: the batch waits, nothing is lost
                _log.warning("batch given back", consumer=consumer, error=type(error).__name__)
                await asyncio.sleep(PAUSE)
                await batch.back()
            else:
                await batch.done()

    for consumer in CONSUMERS:
        for stat in (True, False):
            name = f"{consumer}{' stat' if stat else ''}"
            tasks.start(_for_ever(lambda c=consumer, s=stat: consume(c, s), name), name)  # type: ignore[misc]
    if parts.settings.broker is not None:
        from events.intake.sources import Gatekeeper
        from events.parking import keeper
        from events.rabbit import drain_parking

        gatekeeper = Gatekeeper(parts.directory, parts.clock)
        keep = keeper(parts.database, parts.keyring, parts.clock, gatekeeper)
        tasks.start(drain_parking(parts.settings.broker, keep), "parking queue")
    start_directory(parts, tasks)


def start_ticker(parts: Parts, tasks: TaskSet) -> None:
    """The heartbeat: only sweeps, never a job store (a stalled job store drops what was due, measured)."""
    ticker = Ticker(parts.database, parts.journal, parts.deadlines, parts.broker, parts.directory)
    every = TICK_IN_PLAY if parts.settings.clock_file else TICK
    scheduler = AsyncIOScheduler()

    async def purge() -> int:
        """Raw bodies are kept for so long, and no longer."""
        from events.intake.keeping import purge_bodies  # the translators come with it: not for every role's start

        async with parts.database.transaction() as transaction:
            return await purge_bodies(transaction, parts.clock.now())

    async def floods() -> int:
        """A purpose that suddenly tells far too much holds itself."""
        async with parts.database.transaction() as transaction:
            least = parts.settings.flood_least
            return len(await hold_floods(transaction, parts.journal, parts.directory.current(), least))

    before: frozenset[str] = frozenset()

    async def audited() -> int:
        """An open loop without holder or deadline, at two looks, is told to the admins."""
        nonlocal before
        async with parts.database.reading() as transaction:
            found = await orphans(transaction, parts.clock.now())
        if still := found & before:
            async with parts.database.transaction() as transaction:
                await tell_orphans(transaction, parts.journal, parts.directory.current(), still)
        before = found
        return len(found)

    async def lapsed() -> int:
        """What needs a second person and got none."""
        return await lapse_proposals(parts.database, parts.journal)

    evening = parts.rules.messages.parameters.evening.start
    rounds = Rounds(parts.database, parts.journal, parts.directory, evening)
    sweeps = (
        (floods, FLOOD),
        (audited, AUDIT),
        (lapsed, AUDIT),
        (ticker.pass_deadlines, every),
        (rounds.look, every),
        (ticker.nudge_behind, max(1.0, every)),
        (purge, PURGE),
    )
    jobs = {}
    for sweep, seconds in sweeps:
        jobs[sweep] = scheduler.add_job(
            _safely(sweep), "interval", seconds=seconds, coalesce=True, max_instances=1, misfire_grace_time=None,
            name=sweep.__name__,
        )  # fmt: skip

    def beat_now() -> None:
        for sweep in (ticker.pass_deadlines, rounds.look):
            jobs[sweep].modify(next_run_time=SystemClock().now())  # the scheduler keeps the machine's time

    parts.on_clock_moved.append(beat_now)
    start_clock_watch(parts, tasks)

    async def beat() -> None:
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    tasks.start(beat(), "ticker")


def start_chat_wakeups(
    parts: Parts, notices_wait: Callable[[], None], updates_wait: Callable[[], None], tasks: TaskSet
) -> None:
    """Wake the sender when notices are queued, in this process and by others, and the other side of the chat."""
    from bot.update_store import UPDATES

    parts.journal.notices_waiting = notices_wait
    parts.on_clock_moved.append(notices_wait)
    start_clock_watch(parts, tasks)
    if not parts.database.is_sqlite:
        wakes = {NOTICES: notices_wait, UPDATES: updates_wait}
        tasks.start(listen(parts.settings.database, wakes), "chat wakeups")


def start_clock_watch(parts: Parts, tasks: TaskSet) -> None:
    """Where the clock is moved by hand, tell whoever asked to be told; once per process is enough."""
    file = parts.settings.clock_file
    if file is not None and "clock" not in tasks.names():
        tasks.start(_watch_clock(parts, SystemClock(file)), "clock")


async def _watch_clock(parts: Parts, clock: SystemClock) -> None:
    seen = clock.offset()
    while True:
        await asyncio.sleep(CLOCK_WATCH)
        if (offset := clock.offset()) != seen:
            seen = offset
            for tell in parts.on_clock_moved:
                tell()


def start_directory(parts: Parts, tasks: TaskSet) -> None:
    """Keep the directory fresh; once per process is enough."""
    if "directory" not in tasks.names():
        tasks.start(_refresh(parts), "directory")


async def _refresh(parts: Parts) -> None:
    while True:
        try:
            await parts.directory.refresh()
        except Exception as error:  # noqa: BLE001 - the database is away; the directory we have goes on
            _log.warning("directory not refreshed", error=type(error).__name__)
        await asyncio.sleep(PAUSE)


def _safely(sweep: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await sweep()
        except asyncio.CancelledError:
            return  # the process ends; the scheduler would call it an error
        except Exception as error:  # noqa: BLE001 - the next beat tries again
            _log.warning("sweep failed", sweep=getattr(sweep, "__name__", ""), error=type(error).__name__)

    return run


async def _suspects(parts: Parts, engine: Engine, consumer: str) -> None:
    """What was behind when this process was killed; what kills it again is parked after six times."""
    async with parts.database.reading() as transaction:
        found = await behind(transaction, parts.clock.now())
        found += await to_try_again(transaction, parts.clock.now())
    await engine.work(consumer, [stream for name, stream in found if name == consumer], cautious=True)


@contextmanager
def running_mark(parts: Parts) -> Iterator[None]:
    """A file that is there while we work: still there at the next start, the stop was unclean."""
    marker = _mark(parts)
    marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker.touch(mode=0o600)
    yield
    marker.unlink(missing_ok=True)


def _mark(parts: Parts) -> Path:
    return parts.settings.data_dir / "running"


async def _for_ever(work: Callable[[], Awaitable[None]], name: str) -> None:
    """Start again what ended by an error (the broker went away while we connected)."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - see above
            _log.warning("starting again", work=name, error=type(error).__name__)
        await asyncio.sleep(PAUSE)
