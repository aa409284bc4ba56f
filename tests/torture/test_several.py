"""F14: three of each role at once, and two bots; each thing is done once."""

import asyncio
from datetime import timedelta

import pytest

from bot.lease import PATIENCE
from tests.torture.conftest import OpenFull
from tests.torture.run import torture

pytestmark = [pytest.mark.torture, pytest.mark.full]
SEVERAL = {"gateway": 2, "relay": 3, "workers": 3, "ticker": 3, "bot": 2}


async def test_several_of_each_role_do_everything_once(open_full: OpenFull, seed: int) -> None:
    async with open_full(SEVERAL) as ground, torture(ground, "several of each", seed, settle=600) as run:
        passing = asyncio.create_task(run.let_time_pass(5, timedelta(seconds=45)))
        sending = asyncio.create_task(run.load.run(per_second=2))
        # A bot that was away for longer than its lease finds another in its place.
        for bot in ("bot", "bot.1", "bot"):
            await asyncio.sleep(run.chance.uniform(5, 10))
            await run.fleet.pause(bot, PATIENCE + 5)
            run.report.faults["bot paused"] = run.report.faults.get("bot paused", 0) + 1
        await run.fleet.kill_at_random(12, run.chance, lambda _: run.chance.uniform(1, 60), lambda _: None)
        passing.cancel()
        run.load.stop()
        await sending
