"""Killed at the worst moments, by SIGKILL in a process of its own; the witness is what the phones show (F1, F2)."""

import asyncio
import signal
from collections import Counter

import pytest

from events.purposes import Purpose
from models.deliveries import NoticeRow, UpdateRow
from models.values import Lane
from tests import forked
from tests.handset import PATIENCE_SECONDS
from tests.integration.chat import role
from tests.integration.chat.stage import Stage, build
from tests.phones import Phone


async def die(stage: Stage, failpoint: str) -> None:
    """Run the bot until the failpoint kills it."""
    process = await forked.call(role.run, str(stage.database.url), stage.world.url, failpoint)
    try:
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            assert await process.wait() == -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def go_on(stage: Stage) -> Stage:
    """The bot starts again."""
    second = build(stage.database, stage.keyring, stage.world, stage.clock, owner="after")
    await second.directories.refresh()
    await second.start()
    return second


@pytest.mark.parametrize("hit", [1, pytest.param(2, marks=pytest.mark.torture), 3])
@pytest.mark.parametrize("failpoint", ["after_intent", "after_send"])
async def test_nobody_is_told_twice_and_every_notice_has_an_honest_end(stage: Stage, failpoint: str, hit: int) -> None:
    phones = [await stage.phone(key) for key in ("lin", "zhou", "chen")]
    referral = await stage.referral()
    people = ("lin-hao", "zhou-min", "chen-yu")
    notices = {person: await stage.tell(Purpose.amended, person, referral) for person in people}
    await die(stage, f"{failpoint}:{hit}")
    second = await go_on(stage)

    async def ended() -> bool:
        rows = await stage.rows(NoticeRow)
        return all(row["state"] in ("sent", "unknown") for row in rows)

    await stage.until(ended)
    told = await _told(stage, phones)
    assert all(count <= 1 for count in told.values()), told
    states = {row["recipient"]: row["state"] for row in await stage.rows(NoticeRow)}
    assert set(states) == set(notices)
    # What is called sent was seen; only what was in the air when it died may be unknown.
    assert all(told[person] == 1 for person, state in states.items() if state == "sent"), (states, told)
    assert "unknown" in states.values()
    await second.close()


@pytest.mark.parametrize("hit", [1, 2])
async def test_what_was_typed_is_done_once_though_the_offset_had_not_moved(stage: Stage, hit: int) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    stage.unwelcomed.clear()
    await li.say("145/92")
    dying = asyncio.create_task(die(stage, f"after_update_stored:{hit}"))
    if hit == 2:
        await stage.until(lambda: stage.rows(UpdateRow))
        await li.say("146/93")
    await dying
    second = await go_on(stage)
    readings = [145, 146][:hit]

    async def recorded() -> bool:
        return (await stage.types(plan)).count("ReadingRecorded") >= hit

    await stage.until(recorded)
    await second.world.catch_up()
    assert sorted(event.sbp for _, event in (await stage.state(plan)).readings) == readings
    await second.close()


async def test_random_kills_lose_nothing_and_tell_nobody_twice(stage: Stage) -> None:
    """F1 in short: the long run is in the torture suite."""
    phones = [await stage.phone(key) for key in ("lin", "zhou", "chen")]
    stage.unwelcomed.clear()
    referral = await stage.referral()
    for round_number in range(3):
        for person in ("lin-hao", "zhou-min", "chen-yu"):
            for _ in range(4):
                await stage.tell(Purpose.amended, person, referral, Lane.routine)
        process = await forked.call(role.run, str(stage.database.url), stage.world.url, "")
        await stage.until(lambda: stage.rows(NoticeRow, state="sent"))
        await asyncio.sleep(0.01 * round_number)
        process.kill()
        await process.wait()
    second = await go_on(stage)

    async def ended() -> bool:
        return not [row for row in await stage.rows(NoticeRow) if row["state"] in ("waiting", "retry", "sending")]

    await stage.until(ended)
    await second.world.catch_up()
    rows = await stage.rows(NoticeRow)
    told = await _told(stage, phones)
    for person in ("lin-hao", "zhou-min", "chen-yu"):
        mine = Counter(row["state"] for row in rows if row["recipient"] == person)
        assert mine["sent"] + mine["unknown"] == 12
        assert mine["sent"] <= told[person] <= 12, (person, mine, told)
    await second.close()


async def _told(stage: Stage, phones: list[Phone]) -> Counter[str]:
    await stage.world.catch_up()
    people = dict(zip(("lin-hao", "zhou-min", "chen-yu"), phones, strict=True))
    return Counter(
        {person: sum("was changed" in text for text in await phone.texts()) for person, phone in people.items()}
    )
