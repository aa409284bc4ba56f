"""F1: any process, at any moment, 200 times on each deployment."""

import asyncio
import os
from datetime import timedelta

import pytest

from tests.torture.ground import Ground
from tests.torture.run import torture

pytestmark = pytest.mark.torture
KILLS = int(os.environ.get("REFLOOP_TEST_KILLS") or 200)


async def test_processes_are_killed_at_random_and_nothing_is_lost_or_told_twice(ground: Ground, seed: int) -> None:
    async with torture(ground, "kills", seed, settle=600) as run:

        def lives(name: str) -> float:
            # Some die while they start. A bot that takes over waits 15 s for the one before: it must live longer.
            longest = {"bot": 25 + 5 * run.start_up, "up": 2.2 * run.start_up}.get(name, 4 * run.start_up)
            return run.chance.uniform(0.3 * run.start_up, longest)

        passing = asyncio.create_task(run.let_time_pass(20, timedelta(seconds=60)))
        sending = asyncio.create_task(run.load.run(per_second=0.7))
        await run.fleet.kill_at_random(KILLS, run.chance, lives, lambda _: None)
        passing.cancel()
        run.load.stop()
        await sending
