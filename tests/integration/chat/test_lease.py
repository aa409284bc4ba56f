"""Only one sends and polls; another takes over from one that has fallen silent (F14)."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.lease import Lease, LostLease
from bot.sender import Sender
from events.purposes import Purpose
from models.clock import DrivenClock
from models.deliveries import NoticeRow
from tests.integration.chat.stage import Stage, both_engines, build


@both_engines
async def test_a_silent_owner_is_followed_after_fifteen_seconds(stage: Stage) -> None:
    clock = DrivenClock(datetime(2026, 3, 4, tzinfo=UTC))
    first, second = (Lease(stage.database, "sender", owner, clock) for owner in ("first", "second"))
    assert await first.take()
    assert not await second.take()
    clock.forward(timedelta(seconds=14))
    assert await first.take()
    assert not await second.take()
    clock.forward(timedelta(seconds=14))
    assert not await second.take()
    clock.forward(timedelta(seconds=2))
    assert await second.take()
    assert not await first.take()
    with pytest.raises(LostLease):
        async with stage.database.transaction() as tx:
            await first.check(tx)
    async with stage.database.transaction() as tx:
        assert await second.check(tx) == 2


async def test_one_that_leaves_lets_the_next_begin_at_once(stage: Stage) -> None:
    clock = DrivenClock(datetime(2026, 3, 4, tzinfo=UTC))
    first, second = (Lease(stage.database, "sender", owner, clock) for owner in ("first", "second"))
    assert await first.take()
    assert not await second.take()
    await first.release()
    assert await second.take()


@both_engines
async def test_three_senders_at_once_tell_everybody_once(stage: Stage) -> None:
    phones = [await stage.phone(key) for key in ("lin", "zhou", "chen")]
    referral = await stage.referral()
    for _ in range(5):
        for person in ("lin-hao", "zhou-min", "chen-yu"):
            await stage.tell(Purpose.amended, person, referral)
    others = [build(stage.database, stage.keyring, stage.world, stage.clock, owner=name) for name in ("b", "c")]
    senders = [Sender(each.side, each.changes, str(n), alone=False) for n, each in enumerate((stage, *others))]
    for each in others:
        await each.directories.refresh()
    running = [asyncio.create_task(sender.run()) for sender in senders]
    await stage.until(lambda: _ended(stage))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for each in others:
        await each.close()
    await stage.world.catch_up()
    assert [len(phone.news) for phone in phones] == [5, 5, 5]


async def _ended(stage: Stage) -> bool:
    return all(row["state"] == "sent" for row in await stage.rows(NoticeRow))
