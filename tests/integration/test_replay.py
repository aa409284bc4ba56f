"""A rebuild gives what is live (N5), while others go on writing, and says nothing to anybody (N6)."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from events.rebuilding import rebuild
from events.referral import ClinicalPicture, DeclineReason
from events.referral_commands import (
    AmendReferral,
    DeclineReferral,
    SeeReferral,
)
from events.replay import verify
from models.values import Priority
from tests.integration.road import whole_road
from tests.integration.world import Core
from tests.unit.events.story import HE, LIN


async def derived(world: Core) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await world.rows("SELECT * FROM summaries ORDER BY stream")]


async def test_after_a_whole_road_the_log_gives_what_is_live(world: Core) -> None:
    await whole_road(world)
    kinds = {row.kind for row in await world.rows("SELECT kind FROM summaries")}
    assert kinds == {"referral", "discharge", "plan"}
    await world.verified()


async def test_a_rebuild_mends_what_was_garbled_removed_or_invented(world: Core) -> None:
    stream = await whole_road(world)
    other = (await world.request()).state.id
    before = await derived(world)
    async with world.database.transaction() as transaction:
        for statement in (
            "UPDATE summaries SET status = 'closed', due = NULL, holder_person = 'nobody' WHERE stream = :other",
            "DELETE FROM summaries WHERE loop = :stream AND kind = 'plan'",
            "INSERT INTO summaries (stream, kind, loop, version, status, open, priority, patient, step, begun_at) "
            "SELECT 'referral-invented', kind, loop, version, status, open, priority, patient, step, begun_at "
            "FROM summaries WHERE stream = :other",
        ):
            values = {name: value for name, value in (("stream", stream), ("other", other)) if f":{name}" in statement}
            await transaction.execute(text(statement), values)
    report = await verify(world.database)
    assert not report.ok
    assert {other, "referral-invented"} <= {finding.stream for finding in report.findings}
    mended = await rebuild(world.database)
    assert (mended.changed, mended.removed) == (2, 1)
    assert await derived(world) == before
    await world.verified()


async def test_a_rebuild_of_what_is_right_writes_nothing(world: Core) -> None:
    await whole_road(world)
    mended = await rebuild(world.database)
    assert (mended.changed, mended.removed) == (0, 0)
    assert mended.events > 0


async def test_a_rebuild_says_nothing_to_anybody(world: Core) -> None:
    await whole_road(world)
    tables = ("notices", "deliveries", "cards", "outbox", "cursors", "log", "streams", "action_tokens", "failures")
    before = {table: await world.rows(f"SELECT * FROM {table}") for table in tables}
    nudged: list[object] = []
    world.journal.wake = nudged.append
    await rebuild(world.database)
    await verify(world.database)
    assert {table: await world.rows(f"SELECT * FROM {table}") for table in tables} == before
    assert nudged == []


async def test_reading_again_while_others_write_finds_nothing_wrong(world: Core) -> None:
    streams = [(await world.request()).state.id for _ in range(4)]
    writing = asyncio.Event()

    async def traffic() -> None:
        for n in range(6):
            writing.set()
            await world.request(asked_priority=Priority.asap)
            picture = ClinicalPicture(age=40 + n)
            await world.do(AmendReferral(stream=streams[n % 4], by=HE, picture=picture))

    async def reading() -> None:
        await writing.wait()
        for _ in range(4):
            report = await verify(world.database)
            assert report.ok, report.findings
            await rebuild(world.database)

    await asyncio.gather(traffic(), reading())
    await world.verified()


async def test_every_step_of_silence_can_be_read_again(world: Core) -> None:
    await world.request(asked_priority=Priority.stat)
    declined = (await world.request(asked_priority=Priority.stat)).state.id
    await world.do(DeclineReferral(stream=declined, by=LIN, reason=DeclineReason.no_capacity))
    await world.do(SeeReferral(stream=declined, by=LIN))
    await world.forward(timedelta(minutes=20))
    assert {row.step > 0 for row in await world.rows("SELECT step FROM summaries")} == {True}
    await world.verified()
