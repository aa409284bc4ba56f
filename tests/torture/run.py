"""One run of torture, from the first process to the report."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text

from models.database import Database
from tests import forked
from tests.torture import witness
from tests.torture.fleet import Fleet
from tests.torture.ground import Ground
from tests.torture.load import Load
from tests.torture.people import People
from tests.torture.report import Report


@dataclass
class Run:
    """What a run is made of; `chance` for what is done to the processes."""

    ground: Ground
    fleet: Fleet
    load: Load
    people: People
    report: Report
    chance: random.Random
    client: httpx.AsyncClient
    recoveries: list[float] = field(default_factory=list)
    start_up: float = 0.0  # seconds from starting the processes until the gateway answers
    poison: int = 0  # messages that nobody can read, put there on purpose

    async def quiet(self, within: float) -> None:
        """Wait until nothing was in motion twice in a row; a finding when that takes longer than `within` seconds."""
        ends, calm, why = time.monotonic() + within, 0, ""
        while calm < 2:
            found = await self.ground.waiting_for(self.client)
            if not found and await self.rows("SELECT count(*) FROM failures WHERE parked_at IS NULL"):
                found = "reactions that failed to be tried again"
            calm = 0 if found else calm + 1
            why = found or why
            if time.monotonic() > ends:
                self.report.findings.append(f"not quiet after {within:.0f} s: {why}")
                return
            await asyncio.sleep(0.1)

    async def ready(self, within: float = 240) -> float:
        """Wait until the gateway answers; the seconds it took."""
        began = time.monotonic()
        while time.monotonic() < began + within:
            self.fleet.look()
            await self.fleet.start_all()
            with suppress(httpx.TransportError):
                if (await self.client.get(f"{self.ground.address}/readyz")).status_code == 200:
                    return time.monotonic() - began
            await asyncio.sleep(0.05)
        raise AssertionError(f"the gateway did not come back within {within:.0f} s; {self.fleet.died}")

    async def let_time_pass(self, every: float, by: timedelta) -> None:
        """Move the clock on now and then, so that deadlines pass; until cancelled."""
        while True:
            await asyncio.sleep(every)
            self.ground.later(by)

    async def rows(self, statement: str) -> int:
        """The number that a statement gives."""
        database = Database(self.ground.settings.database)
        try:
            async with database.reading() as transaction:
                return int((await transaction.execute(text(statement))).scalar_one())
        finally:
            await database.close()

    async def outbox(self) -> int:
        """How many nudges are not at the broker yet."""
        return await self.rows("SELECT count(*) FROM outbox")

    async def events(self) -> int:
        """How many events there are but for what only notes who was told."""
        return await self.rows("SELECT count(*) FROM log WHERE stream NOT LIKE 'notice-%'")

    async def parked(self, number: int, within: float) -> bool:
        """Whether as many messages are parked as should be, waited for."""
        ends = time.monotonic() + within
        while await self.rows("SELECT count(*) FROM parked") < number:
            if time.monotonic() > ends:
                return False
            await asyncio.sleep(0.2)
        return True

    async def verified(self) -> None:
        """`refloop events verify`, as an operator runs it."""
        with (said := self.ground.directory / "verify.log").open("wb") as log:
            process = await forked.refloop(("events", "verify"), self.ground.environment("verify"), log)
            status = await process.wait()
        if status != 0:
            words = said.read_text(errors="replace")[-300:]
            self.report.findings.append(f"refloop events verify: {status} {words}")


@asynccontextmanager
async def torture(
    ground: Ground, name: str, seed: int, settle: float = 240, pressing: bool = True
) -> AsyncIterator[Run]:
    """Start everything, let the caller do its worst, come to rest, count, report; AssertionError unless all is well.

    `settle`: how many seconds it may take to come to rest. `pressing`: whether people press what they are shown.
    Everything random is drawn from `seed`; what two processes do at the same moment is not.
    """
    report = Report(name, ground.kind, seed)
    fleet = Fleet(ground)
    load = Load(ground, random.Random(f"{seed} load"))
    people = People(ground, random.Random(f"{seed} people"), idle=not pressing)
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=20) as client, _running(people.run()) as thumbs:
        run = Run(ground, fleet, load, people, report, random.Random(f"{seed} faults"), client)
        try:
            await fleet.start_all()
            run.start_up = await run.ready()
            yield run
            await fleet.start_all()
            await run.ready()
            await run.quiet(settle)
            thumbs.cancel()
            await run.quiet(240)
            await run.verified()
        finally:
            await fleet.stop()
        report.faults |= dict(fleet.kills)
        report.findings += fleet.died
        report.complaints = dict(fleet.complaints().most_common(40))
        if run.recoveries:
            report.figures["seconds until it answers again"] = _spread(run.recoveries)
        await witness.count(ground, load.requests, report, run.poison)
        report.seconds = time.monotonic() - began
    table = report.write()
    print(f"\n{table}")  # noqa: T201 - the report is what torture is for
    for words, number in report.complaints.items():
        print(f"  said {number} times: {words}")  # noqa: T201
    assert report.ok, table


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"median {ordered[len(ordered) // 2]:.1f}, most {ordered[-1]:.1f}"


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
