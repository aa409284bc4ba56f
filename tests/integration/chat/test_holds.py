"""Held notices wait, whole, until a person has looked; stat goes on; an admin stops everything with one press."""

from typing import Any

from events.notice import NoticeWithdrawn
from events.purposes import Purpose
from models import holds
from models.deliveries import NoticeRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines


async def held(stage: Stage, wish: holds.Wish) -> tuple[str, dict[str, int]]:
    async with stage.database.transaction() as tx:
        return await holds.hold(tx, wish, "a test", "person:tests", stage.clock.now())


async def state(stage: Stage, notice: str, *wanted: str) -> str:
    async def look() -> str | None:
        [row] = await stage.rows(NoticeRow, stream=notice)
        return str(row["state"]) if row["state"] in wanted else None

    return str(await stage.until(look))


@both_engines
async def test_what_is_held_waits_and_goes_out_when_released(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    unique, kept = await held(stage, holds.Wish(purpose="offer"))
    assert kept == {"offer": 1}
    await stage.start("sender")
    later = await stage.tell(Purpose.coordinator_asked, "lin-hao", referral)
    await state(stage, later, "sent")
    await lin.expect()
    assert await state(stage, notice, "held", "sent") == "held"
    async with stage.database.transaction() as tx:
        assert await holds.release(tx, unique, "person:tests", stage.clock.now()) == 1
        assert await holds.release(tx, unique, "person:tests", stage.clock.now()) is None
    await state(stage, notice, "sent")
    await lin.expect()


@both_engines
async def test_what_comes_after_the_hold_is_held_too_and_stat_goes_on(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral(priority=Priority.stat)
    await held(stage, holds.Wish(facility="chengxi-1"))
    await stage.start("sender")
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    urgent = await stage.tell(Purpose.offer, "lin-hao", referral, lane=Lane.stat, step=1)
    await state(stage, urgent, "sent")
    await lin.expect()
    assert await state(stage, notice, "held") == "held"


async def test_a_hold_of_another_facility_or_pack_keeps_nothing(stage: Stage) -> None:
    referral = await stage.referral()
    await stage.tell(Purpose.offer, "lin-hao", referral)
    assert (await held(stage, holds.Wish(facility="chengxi-2")))[1] == {}
    assert (await held(stage, holds.Wish(pack="no-such-version")))[1] == {}
    assert (await held(stage, holds.Wish(pack="0000")))[1] in ({}, {"offer": 1})
    assert (await held(stage, holds.Wish()))[1] == {"offer": 1}


@both_engines
async def test_what_is_dropped_is_never_told_and_the_log_says_so(stage: Stage) -> None:
    from admin.holding import drop

    lin = await stage.phone("lin")
    referral = await stage.referral()
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    unique, _ = await held(stage, holds.Wish())
    answer = await drop(stage.database, stage.journal, unique, "wrong pack", "shell:tests", stage.clock.now())
    assert answer["dropped"] == 1
    await stage.start("sender")
    assert await state(stage, notice, "withdrawn") == "withdrawn"
    assert await stage.types(notice) == ["NoticeRequested", NoticeWithdrawn.__name__]
    assert lin.pushes == 0


async def test_an_admin_stops_everything_with_one_press_and_nobody_else_can(stage: Stage) -> None:
    admin, lin = await stage.phone("liu"), await stage.phone("lin")
    await stage.start()
    await lin.say("/notices")
    await lin.expect("Only an admin")
    await admin.say("/notices")
    card = await admin.expect("Nothing is held")
    await card.press("Hold everything but stat")
    running = await _running(stage)
    assert [(row["purpose"], row["stat"], row["by"]) for row in running] == [(None, False, "person:liu-yang")]
    await card.press("Hold everything but stat")
    assert len(await _running(stage)) == 1
    await admin.say("/notices")
    card = await admin.expect("0 held since")
    await card.press("Release all")
    assert await _running(stage) == []


async def _running(stage: Stage) -> list[dict[str, Any]]:
    async with stage.database.reading() as tx:
        return await holds.running(tx)
