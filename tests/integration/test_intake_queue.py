"""The intake queue on a real broker: published, taken, answered; what nobody can read is parked."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aio_pika
import pytest

from events.broker import SetAside
from events.intake.amqp import QueueIntake
from events.outgoing import Outgoing
from events.parking import keeper
from events.rabbit import INTAKE, INTAKE_EXCHANGE, PARKING, consume_intake, declare_topology, drain_parking
from events.rabbit_outgoing import OutgoingQueues, outgoing_queue
from models.journal import ParkedRow
from models.tasks import TaskSet
from tests.intake_house import CENTRE, CITY, COUNTY, ID_CARD, House, code_in, event, open_house, service_request

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


async def _read(channel: aio_pika.abc.AbstractChannel, facility: str) -> list[dict[str, Any]]:
    queue = await channel.get_queue(outgoing_queue(f"{facility}-his"))
    found = []
    while (message := await queue.get(no_ack=True, fail=False)) is not None:
        found.append(json.loads(message.body))
    return found


async def test_each_source_is_told_of_its_own_referrals_by_its_queue(sqlite_tables_url: str, fresh_vhost: str) -> None:
    async with open_house(sqlite_tables_url) as house, await aio_pika.connect(fresh_vhost) as connection:
        channel = await connection.channel()
        await house.post("/fhir", service_request("T-0"))
        queues = OutgoingQueues(fresh_vhost)
        outgoing = Outgoing(house.database, house.directory, queues)
        await outgoing.round()
        assert await _read(channel, CENTRE) == [], "what happened before is read from GET /referrals"
        code = code_in(await house.post("/fhir", service_request("T-1")))
        await outgoing.round()
        mine = (await house.get(f"/referrals/{code}")).json()
        assert [await _read(channel, each) for each in (CENTRE, COUNTY, CITY)] == [[mine], [mine], []]
        await outgoing.round()
        assert await _read(channel, CENTRE) == [], "once"
        await channel.queue_delete(outgoing_queue(f"{CENTRE}-his"))
        await house.post("/fhir", service_request("T-1", priority="stat"))
        with pytest.raises(aio_pika.exceptions.DeliveryError):
            await outgoing.round()
        again = Outgoing(house.database, house.directory, queues)
        await again.round()
        [told] = await _read(channel, CENTRE)
        assert (told["code"], told["version"]) == (code, mine["version"] + 1), "a queue that was deleted is made again"
        await queues.close()


async def test_what_the_broker_set_aside_is_kept_under_its_source_and_can_be_put_right(
    sqlite_tables_url: str, fresh_vhost: str
) -> None:
    """A message of the intake queue that killed whoever read it: whose it is is known, so that it can be taken."""
    wrong = event("referral.request", REQUEST | {"priority": "soonish"})
    async with open_house(sqlite_tables_url) as house:
        await declare_topology(fresh_vhost, {})
        tasks = TaskSet()
        keep = keeper(house.database, house.keyring, house.clock, house.gatekeeper)
        kept: asyncio.Queue[str] = asyncio.Queue()

        async def noted(message: SetAside) -> None:
            await keep(message)
            kept.put_nowait(message.queue)

        tasks.start(drain_parking(fresh_vhost, noted), "parking")
        connection = await aio_pika.connect(fresh_vhost)
        async with connection:
            channel = await connection.channel()
            where = {"x-first-death-queue": INTAKE, "x-first-death-reason": "delivery_limit"}
            for sent in (where | {"authorization": f"Bearer {house.keys[CENTRE]}"}, where):
                headers: aio_pika.abc.HeadersType = dict(sent)
                message = aio_pika.Message(
                    json.dumps(wrong).encode(), content_type="application/json", headers=headers, message_id="q-1"
                )
                await channel.default_exchange.publish(message, routing_key=PARKING)
                assert await asyncio.wait_for(kept.get(), 20) == INTAKE
        await tasks.stop()
        assert await house.count(ParkedRow) == 2  # the one whose sender nobody can name, too
        [unique] = [row["id"] for row in await house.rows(ParkedRow) if row["queue"] == "intake amqp"]
        right = json.dumps(event("referral.request", REQUEST | {"priority": "urgent"})).encode()
        assert [answer.status for answer in await house.reception.parked.edit(unique, right, "admin")] == [201]
        taken = await house.reception.parked.take(unique)
        assert [answer.status for answer in taken] == [201]
        assert [answer.status for answer in await house.reception.parked.take(unique)] == [200]
