"""Kills and faults in short, on real processes: F1, F2, F3, F7, F8, T1–T3. The long runs are `make torture`."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from admin.servers.provide import Broker
from admin.servers.provide import Database as Server
from events.rabbit import queue_name
from tests.torture.ground import Ground, embedded, full, prepared
from tests.torture.run import torture
from tests.torture.test_broker import broker_dies, delete, poison
from tests.torture.test_failpoints import die_at
from tests.torture.test_presses import at_once, forged, wrong_people

SEED = 20260304


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Ground]:
    """The embedded deployment."""
    (tmp_path / "template").mkdir()
    template = prepared(f"sqlite+aiosqlite:///{tmp_path}/template/ready.db")
    async with embedded(tmp_path, template) as ground:
        yield ground


@pytest.fixture
async def apart(tmp_path: Path, private_database: Server, private_broker: Broker) -> AsyncIterator[Ground]:
    """The full deployment, every role a process of its own."""
    template = prepared(private_database.create("kills_template"))
    async with full(tmp_path, template, private_database, private_broker, "kills") as ground:
        yield ground


@pytest.mark.timeout(900)
async def test_wrong_and_forged_presses_and_kills_alone(alone: Ground) -> None:
    async with torture(alone, "kills", SEED, pressing=False) as run:
        await wrong_people(run, 60)
        await forged(run, 60)
        await at_once(run, 20, cards=3)
        run.people.idle, run.people.after = False, 0.3
        sending = asyncio.create_task(run.load.run(per_second=2))
        await run.fleet.kill_at_random(3, run.chance, lambda _: run.chance.uniform(1.5, 4.0), lambda _: None)
        run.load.stop()
        await sending
        await die_at(run, "up", "after_send", 2)
        run.ground.later(timedelta(minutes=6))


@pytest.mark.timeout(900)
async def test_roles_queues_and_the_broker_are_killed_apart(apart: Ground) -> None:
    async with torture(apart, "kills", SEED) as run:
        run.people.after = 0.3
        sending = asyncio.create_task(run.load.run(per_second=2))
        await asyncio.sleep(2)
        for role in ("relay", "workers", "gateway", "ticker"):
            await asyncio.sleep(run.chance.uniform(0.1, 0.5))
            await run.fleet.kill(role)
            await run.fleet.start(role)
        await poison(run)
        assert await run.parked(run.poison, within=180), "not everything that nobody can read was put aside"
        await broker_dies(run)
        await delete(run, queue_name("telling", stat=False))
        run.load.stop()
        await sending
