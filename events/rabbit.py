"""RabbitMQ: the topology, publishing with confirms, consuming in batches. The only importer of aio_pika.

Measured traps and their answers (docs/decisions/0008-rabbitmq-as-measured.md): a fresh message_id for every attempt,
mandatory publishing into an exchange without an alternate, a timeout on every publish, any error counts as unknown.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from events.broker import BATCH, Batch, Keep, SetAside
from events.handling import Nudge
from models.values import new_id

EXCHANGE = "refloop.events"
PARKING = "refloop.parking"
INTAKE = "refloop.intake"
INTAKE_EXCHANGE = "refloop.intake"
PACKED = 50  # nudges in one AMQP message
PREFETCH = 100
TIMEOUT = 5.0
_QUORUM: dict[str, Any] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": 20,
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": PARKING,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
_PARKED: dict[str, Any] = {"x-queue-type": "quorum"}

_log = structlog.get_logger("broker")


def queue_name(consumer: str, stat: bool) -> str:
    """The queue of a consumer's lane."""
    return f"refloop.{consumer}.stat" if stat else f"refloop.{consumer}"


def routing_key(kind: str, stat: bool) -> str:
    """Such as referral.stat or plan.rest: kind of the stream and lane."""
    return f"{kind}.{'stat' if stat else 'rest'}"


async def connect(url: str) -> AbstractRobustConnection:
    """A connection that comes back by itself; without `timeout` a half-open peer holds it for ever."""
    return await aio_pika.connect_robust(url, timeout=TIMEOUT, heartbeat=15)


async def declare_topology(url: str, consumers: Mapping[str, frozenset[str]]) -> None:
    """Make the exchanges and queues: `consumers` names the kinds of stream each one listens to.

    On a connection of its own, since a refused declaration closes the whole connection.
    """
    connection = await aio_pika.connect(url, timeout=TIMEOUT)
    async with connection:
        channel = await connection.channel()
        await channel.declare_queue(PARKING, durable=True, arguments=_PARKED)
        exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        for consumer, kinds in consumers.items():
            for stat in (True, False):
                queue = await channel.declare_queue(queue_name(consumer, stat), durable=True, arguments=_QUORUM)
                for kind in sorted(kinds):
                    await queue.bind(exchange, routing_key(kind, stat))
        await _declare_intake(channel)


async def _declare_intake(channel: Any) -> None:
    """Only what comes in from outside has an alternate exchange: with one, a lost nudge would look confirmed."""
    alternate = await channel.declare_exchange("refloop.unrouted", aio_pika.ExchangeType.FANOUT, durable=True)
    parking = await channel.get_queue(PARKING)
    await parking.bind(alternate)
    exchange = await channel.declare_exchange(
        INTAKE_EXCHANGE,
        aio_pika.ExchangeType.DIRECT,
        durable=True,
        arguments={"alternate-exchange": alternate.name},
    )
    queue = await channel.declare_queue(INTAKE, durable=True, arguments=_QUORUM)
    await queue.bind(exchange, INTAKE)


class RabbitBroker:
    """Nudges over RabbitMQ. Connects when first used and comes back by itself, with what was deleted there."""

    def __init__(self, url: str, consumers: Mapping[str, frozenset[str]]) -> None:
        """`consumers` names the kinds of stream each one listens to."""
        self._url = url
        self._consumers = consumers
        self._connection: AbstractRobustConnection | None = None
        self._exchange: Any = None
        self._keep: list[Any] = []  # robust objects are only weakly held by the library
        self._connecting = asyncio.Lock()

    async def connection(self) -> AbstractRobustConnection:
        """The one connection of this process."""
        async with self._connecting:
            if self._connection is None:
                self._connection = await connect(self._url)
            return self._connection

    async def _publisher(self) -> Any:
        if self._exchange is None:
            connection = await self.connection()
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            self._keep.append(channel)
            # Declared, so that it is there again after a broker was made anew.
            self._exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        return self._exchange

    async def publish(self, nudges: Sequence[Nudge]) -> None:
        """Publish with confirms, packed by routing key; any error means that nobody can say."""
        exchange = await self._publisher()
        packed: dict[str, list[Nudge]] = {}
        for nudge in nudges:
            packed.setdefault(routing_key(nudge.stream.partition("-")[0], nudge.stat), []).append(nudge)
        try:
            await asyncio.gather(
                *(
                    exchange.publish(_message(part), routing_key=key, mandatory=True, timeout=TIMEOUT)
                    for key, several in packed.items()
                    for part in (several[i : i + PACKED] for i in range(0, len(several), PACKED))
                )
            )
        except aio_pika.exceptions.DeliveryError:
            # Nobody listens to it any more: a queue or the exchange was deleted. Made anew, the next attempt arrives.
            await declare_topology(self._url, self._consumers)
            raise

    async def batches(self, consumer: str, stat: bool) -> AsyncIterator[Batch]:
        """What lies in the consumer's queue, many messages to a batch, one multiple acknowledgement each."""
        connection = await self.connection()
        channel = await connection.channel(publisher_confirms=False)
        try:
            await channel.set_qos(prefetch_count=PREFETCH)
            queue = await channel.declare_queue(queue_name(consumer, stat), durable=True, arguments=_QUORUM)
            # Bound here too: the library brings a deleted queue back with the bindings it has seen.
            for kind in sorted(self._consumers[consumer]):
                await queue.bind(EXCHANGE, routing_key(kind, stat))
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            await queue.consume(arrived.put)
            while True:
                yield await _gather(arrived)
        finally:
            # Left open, it would go on taking messages that nobody looks at.
            await _give_up(channel)

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()


async def _gather(arrived: "asyncio.Queue[AbstractIncomingMessage]") -> Batch:
    """What has arrived, waited for; unreadable messages are parked on the way."""
    readable: list[tuple[AbstractIncomingMessage, list[str]]] = []
    found = 0
    while not readable or (found < BATCH and not arrived.empty()):
        message = await arrived.get()
        streams = await _read(message)
        if streams is not None:
            readable.append((message, streams))
            found += len(streams)
    return _batch(readable)


async def _give_up(channel: Any) -> None:
    try:
        await channel.close()
    except Exception as error:  # noqa: BLE001 - it went with its connection
        _log.info("channel not closed", error=type(error).__name__)


def json_message(body: bytes) -> aio_pika.Message:
    """A message that outlives the broker's restart."""
    return aio_pika.Message(
        body,
        # Fresh for every attempt: with the same id twice in flight, returns are taken for confirms.
        message_id=new_id(),
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def _message(nudges: Sequence[Nudge]) -> aio_pika.Message:
    body = [{"stream": nudge.stream, "version": nudge.version, "types": nudge.types} for nudge in nudges]
    return json_message(json.dumps(body).encode())


async def _read(message: AbstractIncomingMessage) -> list[str] | None:
    """The streams a message names; unreadable ones go to the parking queue."""
    try:
        return [str(nudge["stream"]) for nudge in json.loads(message.body)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        _log.warning("unreadable nudge parked", error=type(error).__name__)
        await message.reject(requeue=False)
        return None


def _batch(readable: list[tuple[AbstractIncomingMessage, list[str]]]) -> Batch:
    streams = tuple(dict.fromkeys(stream for _, several in readable for stream in several))

    async def done() -> None:
        # In order, one task per channel: acknowledging the last acknowledges all.
        await _settle(readable[-1:], lambda message: message.ack(multiple=True))

    async def back() -> None:
        # reject, not nack: from 4.3 on only reject counts against the delivery limit.
        await _settle(readable, lambda message: message.reject(requeue=True))

    return Batch(streams, done, back, any(message.redelivered for message, _ in readable))


async def _settle(readable: Sequence[tuple[AbstractIncomingMessage, Any]], settle: Any) -> None:
    """Acknowledge or give back; when the channel is gone the broker redelivers by itself."""
    try:
        for message, _ in readable:
            await settle(message)
    except Exception as error:  # noqa: BLE001 - while reconnecting the library raises many kinds
        _log.info("could not settle, the broker will redeliver", error=type(error).__name__)


Handle = Callable[..., Awaitable[tuple[Sequence[Any], Any]]]


async def consume_intake(url: str, handle: Handle) -> None:
    """Take the messages of refloop.intake one after another, answer reply_to, acknowledge; until cancelled.

    `handle` gives answers with a status: 503 has the message tried again, anything else was stored, refusals too.
    """
    while True:
        try:
            connection = await connect(url)
            async with connection:
                await _consume_intake(connection, handle)
        except Exception as error:  # noqa: BLE001 - a broker that comes and goes refuses in many ways
            _log.warning("intake queue not read, trying again", error=type(error).__name__)
        await asyncio.sleep(1)


async def _consume_intake(connection: AbstractRobustConnection, handle: Handle) -> None:
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=20)
    queue = await channel.declare_queue(INTAKE, durable=True, arguments=_QUORUM)
    await queue.bind(INTAKE_EXCHANGE, INTAKE)
    async with queue.iterator() as messages:
        async for message in messages:
            answers, reply = await _handled(message, handle)
            while any(answer.status == 503 for answer in answers):
                # The database is away: kept here, since giving it back would count against its deliveries.
                await asyncio.sleep(1)
                answers, reply = await _handled(message, handle)
            if reply is not None:
                await _answer(channel, reply)
            await message.ack()


async def _handled(message: AbstractIncomingMessage, handle: Handle) -> tuple[Sequence[Any], Any]:
    return await handle(
        message.body, message.headers, message.content_type, message_id=message.message_id,
        user_id=message.user_id, reply_to=message.reply_to, correlation_id=message.correlation_id,
    )  # fmt: skip


async def drain_parking(url: str, keep: Keep) -> None:
    """Hand what was parked to `keep`, then forget it; until cancelled."""
    while True:
        try:
            connection = await connect(url)
            async with connection:
                channel = await connection.channel()
                await channel.set_qos(prefetch_count=20)
                queue = await channel.declare_queue(PARKING, durable=True, arguments=_PARKED)
                async with queue.iterator() as messages:
                    async for message in messages:
                        came_from = str(message.headers.get("x-first-death-queue") or message.routing_key)
                        reason = str(message.headers.get("x-first-death-reason") or "not routed")
                        await keep(_set_aside(message, came_from, reason))
                        await message.ack()
        except Exception as error:  # noqa: BLE001 - broker or database are away: what is not acknowledged comes again
            _log.warning("parking queue not drained, trying again", error=type(error).__name__)
        await asyncio.sleep(1)


def _set_aside(message: AbstractIncomingMessage, queue: str, reason: str) -> SetAside:
    return SetAside(
        message.body, message.content_type, queue, reason, message.headers, message.message_id, message.user_id
    )


async def _answer(channel: Any, reply: Any) -> None:
    """Tell the sender; who has gone away misses the answer, the message stays taken."""
    answer = aio_pika.Message(
        reply.body, content_type=reply.content_type, correlation_id=reply.correlation_id, message_id=new_id()
    )
    try:
        await channel.default_exchange.publish(answer, routing_key=reply.routing_key, mandatory=False, timeout=TIMEOUT)
    except Exception as error:  # noqa: BLE001 - the answer is a courtesy, the message is stored
        _log.info("reply not delivered", error=type(error).__name__)
