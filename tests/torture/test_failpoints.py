"""F2: a process dies at every named failpoint, at the first, second and fifth hit."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from tests.torture.ground import Ground
from tests.torture.run import Run, torture

pytestmark = pytest.mark.torture
HITS = (1, 2, 5)
ROOT = Path(__file__).parents[2]
# Failpoint -> the role that comes by it. The embedded deployment has no relay.
ROLES = {
    "after_taken_in": "gateway",
    "before_publish": "relay",
    "after_confirm": "relay",
    "before_commit": "workers",
    "after_commit": "workers",
    "before_deadlines_commit": "ticker",
    "after_intent": "bot",
    "after_send": "bot",
    "after_update_stored": "bot",
    "after_handled": "bot",
}


def named() -> Iterator[str]:
    """Every failpoint in the code."""
    for package in ("models", "events", "workers", "bot", "admin"):
        for file in (ROOT / package).rglob("*.py"):
            yield from re.findall(r"\bfailpoint\(\"(\w+)\"\)", file.read_text(encoding="utf-8"))


async def test_a_process_dies_at_every_failpoint_and_nothing_is_lost_or_told_twice(ground: Ground, seed: int) -> None:
    assert set(named()) == ROLES.keys(), "a failpoint is named in the code or here, but not in both"
    async with torture(ground, "failpoints", seed) as run:
        for failpoint, hits in product(ROLES, HITS):
            name = "up" if ground.kind == "embedded" else ROLES[failpoint]
            if ground.kind == "full" or ROLES[failpoint] != "relay":
                await die_at(run, name, failpoint, hits)


async def die_at(run: Run, name: str, failpoint: str, hits: int) -> None:
    """Start a process with a failpoint armed, give it work until it dies there, and start it again without."""
    await run.fleet.kill(name)
    await run.fleet.start(name, REFLOOP_FAILPOINT=f"{failpoint}:{hits}")
    ended = asyncio.Event()
    driving = asyncio.create_task(_drive(run, ended, late=failpoint == "before_deadlines_commit"))
    if await run.fleet.killed_itself(name, within=90):
        run.report.faults[failpoint] = run.report.faults.get(failpoint, 0) + 1
    else:
        run.report.findings.append(f"{name} did not come by {failpoint} {hits} times within 90 s")
        await run.fleet.kill(name)
    ended.set()
    began = time.monotonic()
    await run.fleet.start(name)
    await run.ready()
    run.recoveries.append(time.monotonic() - began)
    await driving


async def _drive(run: Run, ended: asyncio.Event, late: bool) -> None:
    """Give every role something to do: referrals come in, people press, and where it matters time passes."""
    async with asyncio.TaskGroup() as sending:
        while not ended.is_set():
            sending.create_task(run.load.send(1, "asap"))
            with suppress(TimeoutError):
                async with asyncio.timeout(1.5):
                    await ended.wait()
            if late:
                run.ground.later(timedelta(minutes=5))
