"""The intake queue on a real broker: published, taken, answered; what nobody can read is parked."""

import asyncio
import json
from collections.abc import AsyncIterator

import aio_pika
import pytest

from events.intake.amqp import QueueIntake
from events.rabbit import INTAKE, INTAKE_EXCHANGE, consume_intake, declare_topology
from models.journal import ParkedRow
from models.tasks import TaskSet
from tests.intake_house import CENTRE, COUNTY, ID_CARD, House, event, open_house

REQUEST = {
    "id": "Q-1",
    "patient": {"identifiers": [{"system": ID_CARD, "value": "440000195403020021"}]},
    "to": {"facility": COUNTY},
}


@pytest.fixture
async def house(sqlite_tables_url: str, fresh_vhost: str) -> AsyncIterator[House]:
    async with open_house(sqlite_tables_url) as opened:
        await declare_topology(fresh_vhost, {})
        tasks = TaskSet()
        tasks.start(consume_intake(fresh_vhost, QueueIntake(opened.reception, opened.gatekeeper).handle), "queue")
        yield opened
        await tasks.stop()


async def test_a_referral_comes_in_by_the_queue_and_is_answered(house: House, fresh_vhost: str) -> None:
    connection = await aio_pika.connect(fresh_vhost)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(INTAKE_EXCHANGE, ensure=False)
        back = await channel.declare_queue(exclusive=True)
        answered: asyncio.Queue[aio_pika.abc.AbstractIncomingMessage] = asyncio.Queue()
        await back.consume(answered.put, no_ack=True)
        headers: aio_pika.abc.HeadersType = {"authorization": f"Bearer {house.keys[CENTRE]}"}
        for body in (json.dumps(event("referral.request", REQUEST)).encode(), b"\xff not a message"):
            message = aio_pika.Message(body, headers=headers, reply_to=back.name, correlation_id=str(len(body)))
            await exchange.publish(message, routing_key=INTAKE)
        answers = {}
        for _ in range(2):
            reply = await asyncio.wait_for(answered.get(), 20)
            answers[reply.correlation_id] = json.loads(reply.body)
    taken, unread = sorted(answers.values(), key=lambda answer: "errors" in answer)
    assert await house.status(taken["code"]) == "requested"
    assert unread["status"] == 422
    assert await house.count(ParkedRow) == 1
    assert sorted(row["status"] for row in await house.intake()) == [201, 422]
