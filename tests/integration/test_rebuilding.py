"""F16: the log is read again while life goes on, with a crash in the middle; nobody is told, the digests hold."""

import asyncio
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from sqlalchemy import text

from events import rebuilding
from events.rebuilding import AlreadyRebuilding, rebuild
from events.replay import verify
from events.shard_processes import without_interrupts
from events.shards import PER_PROCESS, pages, shards_of
from models.values import StreamKind
from tests.integration.road import TRAVELLED
from tests.integration.world import Core, core


class Crash(Exception):
    """The process ends here."""


@pytest.fixture
async def world(road_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core]:
    monkeypatch.setattr(rebuilding, "PAGE", 3)
    async with core(road_url, TRAVELLED) as parts:
        for _ in range(6):
            await parts.request()
        yield parts


async def test_a_rebuild_cut_short_goes_on_where_it_was(world: Core) -> None:
    async with world.database.transaction() as transaction:
        await transaction.execute(text("UPDATE summaries SET status = 'closed', step = 77"))

    def crash(done: int, total: int) -> None:
        if done >= 6:
            raise Crash

    with pytest.raises(Crash):
        await rebuild(world.database, crash)
    again = await rebuild(world.database)
    assert again.skipped == 6
    assert again.changed < len(await world.rows("SELECT * FROM summaries"))
    await world.verified()
    assert (await rebuild(world.database)).skipped == 0


async def test_reading_again_with_a_crash_during_live_traffic_tells_nothing_and_changes_no_digest(world: Core) -> None:
    tables = ("notices", "deliveries", "cards", "outbox", "action_tokens", "failures")
    writing = asyncio.Event()

    async def traffic() -> None:
        for _ in range(6):
            writing.set()
            await world.request()

    def crash(done: int, total: int) -> None:
        raise Crash

    async def reading() -> None:
        await writing.wait()
        for _ in range(3):
            with pytest.raises(Crash):
                await rebuild(world.database, crash)
            await rebuild(world.database)
            assert (await verify(world.database)).ok

    await asyncio.gather(traffic(), reading())
    before = await verify(world.database)
    told = {table: await world.rows(f"SELECT * FROM {table}") for table in tables}
    await rebuild(world.database)
    after = await verify(world.database)
    assert after.ok
    assert (after.live, after.rebuilt) == (before.live, before.rebuilt)
    assert {table: await world.rows(f"SELECT * FROM {table}") for table in tables} == told


async def test_several_processes_find_and_mend_the_same_as_one(world: Core) -> None:
    alone = await verify(world.database, processes=1)
    assert alone.ok
    [stream, *others] = [row.stream for row in await world.rows("SELECT stream FROM summaries ORDER BY stream")]
    async with world.database.transaction() as transaction:
        await transaction.execute(text("UPDATE summaries SET step = 77 WHERE stream <> :s"), {"s": stream})
        await transaction.execute(text("DELETE FROM summaries WHERE stream = :s"), {"s": stream})
    wrong = await verify(world.database, processes=2)
    assert {finding.stream for finding in wrong.findings} == {stream, *others}
    assert wrong == await verify(world.database, processes=1)
    # Cut short after the first shard, and gone on with.
    seen: list[int] = []

    def crash(done: int, total: int) -> None:
        seen.append(done)
        raise Crash

    with pytest.raises(Crash):
        await rebuild(world.database, crash, processes=2)
    mended = await rebuild(world.database, processes=2)
    assert mended.skipped == seen[0]
    assert mended.skipped + mended.streams == alone.streams
    assert await verify(world.database) == alone


async def test_every_part_is_about_the_same_work_and_all_of_them_are_everything(world: Core) -> None:
    async with world.database.reading() as transaction:
        parts = await shards_of(transaction, 1, 0)
        seen = [[head for page in [each async for each in pages(transaction, part)] for head in page] for part in parts]
        everything = [head async for page in pages(transaction) for head in page]
    assert [head for part in seen for head in part] == everything
    assert parts[0].after == ""
    assert parts[-1].until is None
    # Notices are only hashed; a stream is never cut.
    works = [sum(2 + head.version * (1 if "notice" in head.id else 4) for head in part) for part in seen]
    largest = max(2 + 4 * head.version for head in everything)
    assert max(works) <= sum(works) / PER_PROCESS + largest


def test_ctrl_c_is_not_for_those_that_read_beside_us() -> None:
    """From their first moment on: an interrupted import would fill the terminal."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        with without_interrupts():
            begun = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ())
        assert signal.SIGINT in begun.result()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


async def test_two_rebuilds_at_once_are_one(world: Core) -> None:
    async def second(done: int, total: int) -> None:
        with pytest.raises(AlreadyRebuilding):
            await rebuild(world.database)

    tried: list[asyncio.Task[None]] = []
    await rebuild(world.database, lambda done, total: tried.append(asyncio.ensure_future(second(done, total))))
    await asyncio.gather(*tried[:1])
    assert tried


async def test_one_stream_or_one_kind_is_rebuilt_alone(world: Core) -> None:
    [plan] = await world.rows("SELECT stream FROM summaries WHERE kind = 'plan'")
    async with world.database.transaction() as transaction:
        await transaction.execute(text("UPDATE summaries SET step = 77"))
    assert (await rebuild(world.database, stream=plan.stream)).changed == 1
    assert (await rebuild(world.database, kind=StreamKind.discharge)).changed == 1
    assert (await rebuild(world.database, kind=StreamKind.referral)).changed == 7
    await world.verified()


async def test_the_first_diverging_event_and_field_are_named(world: Core) -> None:
    stream = (await world.request()).state.id
    async with world.database.transaction() as transaction:
        await transaction.execute(text("UPDATE summaries SET status = 'requested' WHERE stream = :s"), {"s": stream})
    [finding] = (await verify(world.database)).findings
    assert (finding.stream, finding.version) == (stream, 3)
    assert "summary.status is requested, the log gives offered since its ReferralOffered" in finding.what
    assert f"loop {stream}" in finding.what
