"""The road of a referral, as the processes run it: taken in, triaged, offered, the notices of both sides queued.

Intake in groups, outbox, relay, broker, both consumers with their lanes: the same functions as `refloop up` starts.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, text

from admin.parts import Parts
from admin.roles import start_relay, start_workers
from bench.ground import SITE_KEY, Ground, Kind
from bench.measuring import Stopwatch
from bench.report import Rate
from bench.samples import Samples
from events.base import Actor, Cause
from events.handling import Nudge
from events.referral_commands import RequestReferral
from models.sealed import Keyring, PatientKey
from models.tasks import TaskSet
from models.values import ActorKind, new_id
from workers.engine import Engine
from workers.loading import FactLoader
from workers.reactions import CONSUMERS, KINDS

GROUP = 50  # requests in one transaction
CLIENTS = 64
WARM_UP = 200


@dataclass
class Witness:
    """When the notice to the recipient of each referral was committed; `all_told` once that is so for `expected`."""

    offered: set[str] = field(default_factory=set)
    told: dict[str, float] = field(default_factory=dict)
    expected: int = 0
    all_told: asyncio.Event = field(default_factory=asyncio.Event)

    def committed(self, nudges: Sequence[Nudge]) -> None:
        """Called after a commit: from now on whoever tells can see the offer."""
        self.offered.update(nudge.stream for nudge in nudges if "ReferralOffered" in nudge.types)

    def tell(self, streams: Sequence[str]) -> None:
        """Called when those who tell have committed what they found in these streams."""
        now = time.perf_counter()
        for stream in streams:
            self.told.setdefault(stream, now)
        if len(self.told) >= self.expected:
            self.all_told.set()

    async def wait_for(self, count: int) -> None:
        """Until so many have been told."""
        self.expected = count
        self.all_told.clear()
        if len(self.told) < count:
            await self.all_told.wait()


class WatchedEngine(Engine):
    """The engine, with a witness of what it has committed."""

    witness: Witness

    async def work(self, consumer: str, streams: Sequence[str], cautious: bool = False) -> None:
        """As the engine does it."""
        ready = [stream for stream in streams if stream in self.witness.offered] if consumer == "telling" else []
        await super().work(consumer, streams, cautious)
        if consumer == "telling":
            self.witness.tell(ready)


class WatchedParts(Parts):
    """The parts, with a watched engine."""

    witness: Witness

    def engine(self) -> Engine:
        """The engine of the workers."""
        loader = FactLoader(self.clock, self.keyring, self.directory, self.rules)
        engine = WatchedEngine(self.database, self.journal, loader, CONSUMERS)
        engine.witness = self.witness
        return engine


class Intake:
    """Takes requests in, those that wait together in one transaction, and answers each after the commit."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._waiting: asyncio.Queue[tuple[RequestReferral, asyncio.Future[None]]] = asyncio.Queue()

    async def take(self, command: RequestReferral) -> None:
        """Returns once it is in the log."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((command, answered))
        await answered

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            group = [await self._waiting.get()]
            while len(group) < GROUP and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            await self._record([command for command, _ in group])
            for _, answered in group:
                answered.set_result(None)

    async def _record(self, commands: Sequence[RequestReferral]) -> None:
        journal = self._parts.journal
        async with self._parts.database.transaction() as transaction:
            loaded = await journal.load(transaction, [command.stream for command in commands])
            for command in commands:
                cause = Cause(new_id(), Actor(ActorKind.person, command.initiator or ""), journal.clock.now())
                journal.decide(loaded[command.stream], command, cause)
            await journal.record(transaction, loaded.values())


@dataclass(frozen=True)
class Latency:
    """Seconds from a request until it is answered, and until the notice to the recipient is committed."""

    answered: list[float]
    told: list[float]

    def milliseconds(self) -> dict[str, float]:
        """The figures of the table."""
        return {
            f"{name} p{percent}": round(statistics.quantiles(values, n=100)[percent - 1] * 1000, 1)
            for name, values in (("answered", self.answered), ("told", self.told))
            for percent in (50, 99)
        }


class Road:
    """A running deployment and the requests for it."""

    def __init__(self, parts: Parts, witness: Witness, requests: Sequence[RequestReferral]) -> None:
        self._intake = Intake(parts)
        self._witness = witness
        self._requests = iter(requests)
        self._taken = 0

    def start(self, parts: Parts, tasks: TaskSet) -> None:
        """Start all roles but the bot's."""
        start_relay(parts, tasks)
        start_workers(parts, tasks)
        carry = parts.journal.wake

        def wake(nudges: Sequence[Nudge]) -> None:
            self._witness.committed(nudges)
            carry(nudges)

        parts.journal.wake = wake
        tasks.start(self._intake.run(), "intake")

    async def rate(self, count: int) -> Rate:
        """Referrals per second with CLIENTS who each send the next when the last is answered."""
        left = [next(self._requests) for _ in range(count)]
        self._taken += count

        async def client() -> None:
            while left:
                await self._intake.take(left.pop())

        watch = Stopwatch()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        await self._witness.wait_for(self._taken)
        return watch.rate(count)

    async def latency(self, count: int, per_second: float) -> Latency:
        """`count` requests, one each 1/`per_second` s whether or not the last is answered."""
        began = {}
        answered: list[float] = []
        self._taken += count

        async def one(command: RequestReferral, at: float) -> None:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            began[command.stream] = time.perf_counter()
            await self._intake.take(command)
            answered.append(time.perf_counter() - began[command.stream])

        start = time.perf_counter()
        await asyncio.gather(*(one(next(self._requests), start + n / per_second) for n in range(count)))
        await self._witness.wait_for(self._taken)
        return Latency(answered, [self._witness.told[stream] - at for stream, at in began.items()])


async def road(ground: Ground, kind: Kind, count: int, timed: int, per_second: float) -> tuple[Rate, Latency]:
    """Referrals per second of `count`, then the latency of `timed` at a steady pace, on one fresh deployment."""
    async with ground.parts(kind, KINDS, parts_of=WatchedParts) as parts:
        assert isinstance(parts, WatchedParts)
        parts.witness = witness = Witness()
        total = WARM_UP + count + timed
        requests = list(
            Samples(parts.directory.current(), parts.clock.now()).requests(await _keys(parts, total), total)
        )
        tasks = TaskSet()
        here = Road(parts, witness, requests)
        here.start(parts, tasks)
        try:
            await here.rate(WARM_UP)
            rate = await here.rate(count)
            latency = await here.latency(timed, per_second)
        finally:
            await tasks.stop()
        await _check(parts, total)
        return rate, latency


async def _keys(parts: Parts, count: int) -> list[str]:
    """A key for each patient, stored, and forgotten again: nobody has every patient's key in memory."""
    maker = Keyring(SITE_KEY)
    rows = [maker.new_key().model_dump() for _ in range(count)]
    async with parts.database.transaction() as transaction:
        await transaction.execute(insert(PatientKey), rows)
    return [row["id"] for row in rows]


async def _check(parts: Parts, referrals: int) -> None:
    """Nothing lost, nothing twice: each referral has its three events, and every notice one recipient."""
    async with parts.database.reading() as transaction:
        rows = (await transaction.execute(text("SELECT type, count(*) AS n FROM log GROUP BY type"))).all()
    found = {row.type: row.n for row in rows}
    wrong = [
        name for name in ("ReferralRequested", "ReferralTriaged", "ReferralOffered") if found.get(name) != referrals
    ]
    if wrong:
        raise RuntimeError(f"of {referrals} referrals the log has {found}")
