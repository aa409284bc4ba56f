"""The same small work through the real engine: nudges in batches, one reaction, one event appended to each stream.

More is done than in the plain code: the stream is locked, read back and folded, the decider asked, a deadline found,
the event hashed, a summary and a cursor written. That is what one transaction for a hundred streams pays for.
"""

import asyncio
from collections.abc import Sequence

from sqlalchemy import text

from admin.parts import Parts
from bench.ground import Ground, Kind
from bench.measuring import Stopwatch
from bench.report import Rate
from bench.samples import Samples
from events.base import Actor, Cause, Recorded
from events.handling import Nudge
from events.referral_commands import OfferReferral
from events.referral_state import ReferralState
from models.database import chunks
from models.values import ActorKind, new_id
from workers.asking import RULES
from workers.engine import Engine
from workers.facts import Facts
from workers.loading import FactLoader
from workers.outcomes import Do, Outcome, Reaction

CONSUMER = "small"
SUBSCRIBERS = {"ReferralRequested": (CONSUMER,)}


def offer(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """One event of no consequence."""
    return [Do(OfferReferral(stream=state.id, by=RULES, facility=state.facility or "", to=("lin-hao",)))]


async def small(ground: Ground, kind: Kind, streams: int, tasks: int = 1, packed: bool = True) -> Rate:
    """Events handled per second; `tasks` batches at once, nudges 50 to a message or each in its own."""
    async with ground.parts(kind, {CONSUMER: frozenset({"referral"})}, SUBSCRIBERS) as parts:
        parts.journal.outbox = False  # the nudges are published below, so that publishing is not measured
        parts.journal.wake = lambda nudges: None
        engine = Engine(
            parts.database, parts.journal, FactLoader(parts.clock, parts.keyring, parts.directory, parts.rules),
            {CONSUMER: {"ReferralRequested": [Reaction(offer)]}},
        )  # fmt: skip
        begun = await _begin(parts, streams + 200)
        await engine.work(CONSUMER, begun[:100])  # connections and compiled statements
        await engine.work(CONSUMER, begun[100:200])
        await _publish(parts, begun[200:], packed)
        rate = await _consume(parts, engine, streams, tasks)
        async with parts.database.reading() as transaction:
            done = (
                await transaction.execute(text("SELECT count(*) FROM log WHERE type = 'ReferralOffered'"))
            ).scalar_one()
        if done != streams + 200:
            raise RuntimeError(f"{done} events of {streams} streams")
        return rate


async def _begin(parts: Parts, count: int) -> list[str]:
    samples = Samples(parts.directory.current(), parts.clock.now())
    begun: list[str] = []
    for commands in chunks(samples.requests(["no-key"], count, words=False), 100):
        async with parts.database.transaction() as transaction:
            loaded = await parts.journal.load(transaction, [command.stream for command in commands])
            for command in commands:
                cause = Cause(new_id(), Actor(ActorKind.person, "bench"), parts.clock.now())
                parts.journal.decide(loaded[command.stream], command, cause)
            await parts.journal.record(transaction, loaded.values())
        begun += [command.stream for command in commands]
    return begun


async def _publish(parts: Parts, streams: Sequence[str], packed: bool) -> None:
    nudges = [Nudge(stream, 1, (CONSUMER,), ("ReferralRequested",), False) for stream in streams]
    for some in chunks(nudges, 500):
        if packed:
            await parts.broker.publish(some)
        else:
            await asyncio.gather(*(parts.broker.publish([nudge]) for nudge in some))


async def _consume(parts: Parts, engine: Engine, count: int, tasks: int) -> Rate:
    left = count
    finished = asyncio.Event()

    async def consume() -> None:
        nonlocal left
        async for batch in parts.broker.batches(CONSUMER, stat=False):
            await engine.work(CONSUMER, batch.streams)
            await batch.done()
            left -= len(batch.streams)
            if left <= 0:
                finished.set()

    watch = Stopwatch()
    running = [asyncio.create_task(consume()) for _ in range(tasks)]
    await finished.wait()
    rate = watch.rate(count)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return rate
