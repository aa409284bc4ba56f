"""The yardstick: the same small work as plain code does it, one transaction per message, SQLAlchemy Core, durable.

Take a message (from a quorum queue with aio-pika, or from a queue in memory on SQLite), insert its id to know it again,
update one row, insert one row, commit, acknowledge.
"""

import asyncio
import json
from typing import Any

import aio_pika
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql import func

from bench.ground import Ground, Kind
from bench.measuring import Stopwatch
from bench.report import Rate
from models.database import Database
from models.values import new_id

QUEUE = "plain"
_metadata = MetaData()
_SEEN = Table("seen", _metadata, Column("message", String, primary_key=True))
_LOOPS = Table("loops", _metadata, Column("id", String, primary_key=True), Column("version", Integer, nullable=False))
_EFFECTS = Table(
    "effects", _metadata, Column("id", Integer, primary_key=True, autoincrement=True),
    Column("loop", String, nullable=False), Column("data", Text, nullable=False),
)  # fmt: skip


def bodies(count: int) -> list[bytes]:
    """Messages of about the size of one of our events, each about a loop of its own."""
    return [
        json.dumps({"id": new_id(), "loop": f"loop-{n}", "type": "ReferralOffered", "data": "x" * 300}).encode()
        for n in range(count)
    ]


class Handler:
    """The work of one message."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect_insert = sqlite_insert if database.is_sqlite else postgresql_insert
        self._note: Any = dialect_insert(_SEEN).on_conflict_do_nothing()

    async def handle(self, body: bytes) -> None:
        """One message, one transaction."""
        event = json.loads(body)
        async with self._database.transaction() as transaction:
            noted = await transaction.execute(self._note, {"message": event["id"]})
            if noted.rowcount == 0:
                return
            await transaction.execute(
                update(_LOOPS).where(_LOOPS.c.id == event["loop"]).values(version=_LOOPS.c.version + 1)
            )
            await transaction.execute(insert(_EFFECTS), {"loop": event["loop"], "data": event["data"]})


async def plain(ground: Ground, kind: Kind, messages: int, in_flight: int) -> Rate:
    """Messages per second."""
    database = Database(ground.database(kind), pool_size=in_flight)
    try:
        await database.create_tables(_metadata)
        async with database.transaction() as transaction:
            await transaction.execute(insert(_LOOPS), [{"id": f"loop-{n}", "version": 0} for n in range(messages)])
        work = Handler(database)
        for body in bodies(in_flight):  # connections and compiled statements
            await work.handle(body)
        take = _from_queue(ground.broker(), work, bodies(messages), in_flight) if kind == "full" else _from_memory(
            work, bodies(messages), in_flight
        )  # fmt: skip
        rate = await take
        async with database.reading() as transaction:
            done = (await transaction.execute(select(func.count()).select_from(_EFFECTS))).scalar_one()
        if done != messages + in_flight:
            raise RuntimeError(f"{done} effects of {messages} messages")
        return rate
    finally:
        await database.close()


async def _from_queue(url: str, work: Handler, waiting: list[bytes], in_flight: int) -> Rate:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        publish = channel.default_exchange.publish
        for start in range(0, len(waiting), 200):
            await asyncio.gather(*(publish(_message(body), QUEUE) for body in waiting[start : start + 200]))
        await channel.set_qos(prefetch_count=in_flight)
        left = len(waiting)
        finished = asyncio.Event()

        async def on_message(message: Any) -> None:
            nonlocal left
            await work.handle(message.body)
            await message.ack()
            left -= 1
            if not left:
                finished.set()

        watch = Stopwatch()
        await queue.consume(on_message)
        await finished.wait()
        return watch.rate(len(waiting))


def _message(body: bytes) -> aio_pika.Message:
    return aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)


async def _from_memory(work: Handler, waiting: list[bytes], in_flight: int) -> Rate:
    each = iter(waiting)

    async def worker() -> None:
        for body in each:
            await work.handle(body)

    watch = Stopwatch()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return watch.rate(len(waiting))
