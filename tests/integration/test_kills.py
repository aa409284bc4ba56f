"""Kills and faults in short, on real processes: F1, F2, F3, F7, F8, F14, T1–T3. The long runs are `make torture`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import aio_pika
import pytest
import yaml

from admin.servers.broker import PrivateBroker
from admin.servers.provide import Broker, open_broker
from admin.servers.provide import Database as Server
from bot.lease import PATIENCE
from events.rabbit import queue_name
from tests.conftest import Template
from tests.torture.ground import Ground, embedded, full, prepare
from tests.torture.run import Run, torture
from tests.torture.test_broker import broker_dies, delete, poison
from tests.torture.test_failpoints import die_at
from tests.torture.test_presses import at_once, forged, wrong_people
from tests.torture.test_several import SEVERAL

SEED = 20260304
MOST = 16  # referrals: on a slow machine a run is to take longer, not to have more to do
LEASES = 2  # to send, and to ask for updates
COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"


@pytest.fixture(scope="module")
def node() -> Iterator[Broker]:
    """A broker to be killed: not the one that all tests share."""
    with open_broker() as broker:
        yield broker


@pytest.fixture
async def alone(tmp_path: Path, sqlite_template: Template) -> AsyncIterator[Ground]:
    """The embedded deployment."""
    async with embedded(tmp_path, sqlite_template("torture", prepare)[1]) as ground:
        yield ground


@pytest.fixture
async def several(
    tmp_path: Path, private_database: Server, postgresql_template: Template, node: Broker
) -> AsyncIterator[Ground]:
    """The full deployment, every role several processes."""
    template = postgresql_template("torture", prepare)[1]
    async with full(tmp_path, template, private_database, node, "kills", SEVERAL | {"bot": 1}) as ground:
        yield ground
    private_database.drop("kills")


def test_the_composed_brokers_health_check_sees_a_node_that_is_up(node: Broker) -> None:
    program, *words = yaml.safe_load(COMPOSE.read_text())["services"]["broker"]["healthcheck"]["test"][1:]
    if not isinstance(node, PrivateBroker):
        pytest.fail("the health check is RabbitMQ's own program. Run: sudo apt-get install rabbitmq-server")
    assert "Successfully connected" in node.tool(program, *(w for w in words if w != "--quiet"))
    assert [user["name"] for user in node.management.ask("GET", "users")] == [node.user], "there is no guest"


@pytest.mark.timeout(900)
async def test_wrong_and_forged_presses_and_kills_alone(alone: Ground) -> None:
    async with torture(alone, "kills", SEED, pressing=False) as run:
        await wrong_people(run, 60)
        await forged(run, 60)
        await at_once(run, 20, cards=3)
        run.people.idle, run.people.after, run.people.most = False, 0.3, 2
        sending = asyncio.create_task(run.load.run(per_second=2, most=MOST))
        await run.fleet.kill_at_random(3, run.chance, lambda _: run.chance.uniform(1.5, 4.0), lambda _: None)
        run.load.stop()
        await sending
        await die_at(run, "up", "after_send", 2)
        run.ground.later(timedelta(minutes=6))


@pytest.mark.timeout(900)
async def test_several_of_each_role_queues_and_the_broker_are_killed(several: Ground, node: Broker) -> None:
    async with torture(several, "several of each, kills", SEED) as run:
        run.people.after, run.people.most = 0.3, 2
        sending = asyncio.create_task(run.load.run(per_second=2, most=MOST))
        await asyncio.sleep(2)
        while (before := await leases(run)) < LEASES:  # noqa: ASYNC110 - another process writes them
            await asyncio.sleep(0.1)
        run.ground.commands["bot.1"] = run.ground.commands["bot"]
        await run.fleet.start("bot.1")
        # A bot that was away for longer than its lease finds another in its place.
        away = asyncio.create_task(run.fleet.pause("bot", PATIENCE + 5))
        for role in ("relay", "workers", "gateway", "ticker", "workers.1", "relay.2"):
            await asyncio.sleep(run.chance.uniform(0.1, 0.5))
            await run.fleet.kill(role)
            await run.fleet.start(role)
        await poison(run)
        assert await run.parked(run.poison, within=180), "not everything that nobody can read was put aside"
        await confirmed(kept := node.create_vhost("kept"))
        await broker_dies(run)
        assert await survived(kept), "the broker has forgotten what it had confirmed"
        await delete(run, queue_name("telling", stat=False))
        await run.load.send(2)
        await away
        assert await leases(run) > before, "nobody took over from the bot that was away"
        run.load.stop()
        await sending


async def confirmed(url: str) -> None:
    """Leave a message in a queue; the broker has said that it is kept."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(b"one", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, "kept", mandatory=True, timeout=60)


async def survived(url: str) -> bool:
    """Whether it is there. aio_pika.exceptions.QueueEmpty when nothing is."""
    async with await aio_pika.connect(url) as connection:
        queue = await (await connection.channel()).get_queue("kept")
        return bool((await queue.get(timeout=60)).body == b"one")


async def leases(run: Run) -> int:
    """How often a bot has taken what only one of them does at a time."""
    return await run.rows("SELECT coalesce(sum(fence), 0) FROM leases")
