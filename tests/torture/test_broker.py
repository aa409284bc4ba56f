"""F3, F4, F7, F8: the broker dies, its queues are deleted, and what nobody can read lies in them."""

import asyncio
import os
import time

import aio_pika
import pytest

from admin.doctor_broker import look_at_broker
from admin.findings import Level
from events.rabbit import EXCHANGE, INTAKE, queue_name
from tests.torture.ground import Ground
from tests.torture.run import Run, torture
from workers.reactions import KINDS

pytestmark = [pytest.mark.torture, pytest.mark.full]
KILLS = int(os.environ.get("REFLOOP_TEST_BROKER_KILLS") or 20)
PUBLISHING_WITHIN = 15.0
QUEUES = [queue_name(consumer, stat) for consumer in KINDS for stat in (True, False)]
GARBAGE = (b"", b"{", b"\xff\xfe\x00", b"null", b"[1]", b'[{"stream": 7}, {}]', b"[" * 100_000, b"x" * 1_000_000)


async def test_the_broker_is_killed_and_nothing_is_lost_or_done_twice(full_ground: Ground, seed: int) -> None:
    async with torture(full_ground, "broker kills", seed, settle=600) as run:
        sending = asyncio.create_task(run.load.run(per_second=0.7))
        await asyncio.sleep(5)
        for _ in range(KILLS):
            await broker_dies(run)
        late = [f"{seconds:.0f} s" for seconds in run.recoveries if seconds > PUBLISHING_WITHIN]
        run.report.findings += [f"published again only {each} after the broker was back" for each in late]
        run.load.stop()
        await sending


async def broker_dies(run: Run) -> None:
    """Kill and start the broker, and measure how long nothing was published."""
    broker = run.ground.broker
    assert broker is not None
    await asyncio.to_thread(broker.settle)
    await asyncio.sleep(run.chance.uniform(0.5, 3.0))
    await asyncio.to_thread(broker.kill)
    run.report.faults["broker killed"] = run.report.faults.get("broker killed", 0) + 1
    await run.load.send(2)  # the gateway takes in what comes while the broker is away (F4)
    await asyncio.to_thread(broker.start)
    began = time.monotonic()
    while await run.outbox():
        if time.monotonic() - began > 4 * PUBLISHING_WITHIN:
            break
        await asyncio.sleep(0.1)
    run.recoveries.append(time.monotonic() - began)


async def test_queues_and_bindings_are_deleted_and_come_back(full_ground: Ground, seed: int) -> None:
    async with torture(full_ground, "queues deleted", seed) as run:
        assert run.ground.settings.broker is not None
        sending = asyncio.create_task(run.load.run(per_second=1))
        for queue in [*QUEUES, INTAKE]:
            await delete(run, queue)
            await asyncio.sleep(run.chance.uniform(1, 3))
        connection = await aio_pika.connect(run.ground.settings.broker, timeout=30)
        async with connection:
            channel = await connection.channel()
            await channel.exchange_delete(EXCHANGE)
            run.report.faults["exchange deleted"] = 1
        await asyncio.sleep(5)
        run.load.stop()
        await sending
        await run.load.send(5)
        await run.quiet(240)
        found = await look_at_broker(run.ground.settings.broker)
        run.report.findings += [f"{each.check}: {each.says}" for each in found if each.level is Level.broken]


async def delete(run: Run, queue: str) -> None:
    """Delete a queue with what is in it."""
    assert run.ground.settings.broker is not None
    connection = await aio_pika.connect(run.ground.settings.broker, timeout=30)
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(queue)
        run.report.faults["queue deleted"] = run.report.faults.get("queue deleted", 0) + 1


async def test_what_nobody_can_read_is_put_aside_and_everything_else_goes_on(full_ground: Ground, seed: int) -> None:
    async with torture(full_ground, "poison", seed) as run:
        sending = asyncio.create_task(run.load.run(per_second=1))
        await poison(run)
        await asyncio.sleep(5)
        run.load.stop()
        await sending
        await run.quiet(240)
        assert await run.parked(run.poison, within=180), "not everything that nobody can read was put aside"


async def poison(run: Run) -> None:
    """Garbage into every queue, the intake's too."""
    assert run.ground.settings.broker is not None
    connection = await aio_pika.connect(run.ground.settings.broker, timeout=30)
    async with connection:
        channel = await connection.channel()
        for queue in [*QUEUES, INTAKE]:
            for body in GARBAGE:
                await channel.default_exchange.publish(aio_pika.Message(body), routing_key=queue)
                run.poison += 1
    run.report.faults["unreadable messages"] = run.poison
