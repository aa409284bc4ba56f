"""F16: the log is read again while life goes on, its process is killed in the middle; the phones are the witness."""

import asyncio
import sys

import pytest
from sqlalchemy import select, text

from bench.reading_again import copies
from events import catalog, log
from events.projections import write_summaries
from events.purposes import Purpose
from events.rebuilding import AlreadyRebuilding, RebuildReport, rebuild
from events.replay import verify
from models.history import table_of
from models.journal import LogRow
from models.values import StreamKind, kind_of
from tests.integration.chat.stage import Stage, both_engines

_LOG = table_of(LogRow)
_PAGES = """
import asyncio, sys
from events.rebuilding import rebuild
from models.database import Database
asyncio.run(rebuild(Database(sys.argv[1]), lambda done, total: print(done, flush=True), processes=1))
"""


async def fill(stage: Stage, events: int) -> None:
    """A referral and its notice copied again and again: so many events, and summaries that are all wrong."""
    referral = await stage.referral()
    await stage.tell(Purpose.offer, "zhou-min", referral)  # who has no phone here
    async with stage.database.transaction() as tx:
        rows = [
            {name: value for name, value in row.items() if name != "position"}
            for row in (await tx.execute(select(_LOG).order_by(_LOG.c.position))).mappings()
        ]
        flat = [row for loop in copies(rows, events // len(rows)) for row in loop]
        ends = {row["stream"]: row for row in flat}
        heads = [
            {"id": stream, "kind": kind_of(stream), "loop": row["loop"], "version": row["version"], "hash": row["hash"]}
            | {"patient_key": None}
            for stream, row in ends.items()
        ]
        await log.begin_streams(tx, heads)
        await log.write_rows(tx, flat)
        loops = [stream for stream in ends if kind_of(stream) is not StreamKind.notice]
        histories = await log.read_streams(tx, loops)
        await write_summaries(tx, [catalog.fold(history) for history in histories.values()])
        await tx.execute(text("UPDATE summaries SET step = 77"))


async def killed_in_the_middle(url: str) -> int:
    """Start a rebuild in a process of its own, and kill it after its first page; how far it had come."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _PAGES, url, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    done = int(await process.stdout.readline())
    process.kill()
    await process.wait()
    return done


@both_engines
@pytest.mark.parametrize("events", [2_400, pytest.param(10_000, marks=pytest.mark.torture)])
async def test_a_rebuild_that_is_killed_while_life_goes_on_tells_nobody_anything(stage: Stage, events: int) -> None:
    lin = await stage.phone("lin")
    await fill(stage, events)
    await stage.start()
    before, told, ended = lin.pushes, 0, asyncio.Event()

    async def traffic() -> int:
        count = 0
        while not ended.is_set() or count < 3:
            referral = await stage.referral()
            await stage.tell(Purpose.offer, "lin-hao", referral)
            await lin.expect((await stage.state(referral)).code)
            count += 1
        return count

    async def to_the_end() -> RebuildReport | None:
        try:
            return await rebuild(stage.database)
        except AlreadyRebuilding:  # the server has not noticed yet that the other one is dead
            return None

    living = asyncio.create_task(traffic())
    reached = await killed_in_the_middle(stage.database.url.render_as_string(hide_password=False))
    report: RebuildReport = await stage.until(to_the_end)
    ended.set()
    told = await living
    assert 0 < reached <= report.skipped < report.skipped + report.streams
    assert report.changed > 0
    found = await verify(stage.database)
    assert (found.ok, found.events > events // 2) == (True, True), found.findings[:3]
    assert (await verify(stage.database)).live == found.live
    # The witness: what live traffic told, and nothing else.
    assert lin.pushes == before + told
    assert await sent(stage) == ["lin-hao"] * told


async def sent(stage: Stage) -> list[str]:
    """To whom anything went out."""
    async with stage.database.reading() as tx:
        query = "SELECT n.recipient FROM deliveries d JOIN notices n ON n.stream = d.notice"
        return [row.recipient for row in await tx.execute(text(query))]
