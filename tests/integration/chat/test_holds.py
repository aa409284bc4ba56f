"""Held notices wait, whole, until a person has looked; stat goes on; an admin stops everything with one press."""

from typing import Any

from events.notice import NoticeWithdrawn
from events.purposes import Purpose
from models import holds
from models.audit import AuditRow
from models.deliveries import NoticeRow
from models.history import Origin, end
from models.registry import RoleRow
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
    await card.edited("Everything but stat: 0 held since")
    assert "Liu Yang" in card.text, "who held them"
    await card.press("Hold everything but stat")
    assert len(await _running(stage)) == 1
    await card.press("Release all")
    await card.edited("Nothing is held")
    assert await _running(stage) == []


async def _running(stage: Stage) -> list[dict[str, Any]]:
    async with stage.database.reading() as tx:
        return await holds.running(tx)


@both_engines
async def test_what_held_itself_is_released_on_its_card_by_press_or_word(stage: Stage) -> None:
    admin, lin = await stage.phone("liu"), await stage.phone("lin")
    referral = await stage.referral()
    await stage.start()
    cards = []
    for language in ("release", "放行"):
        unique, _ = await held(stage, holds.Wish(purpose=Purpose.offer))
        notice = await stage.tell(Purpose.offer, "lin-hao", referral)
        await state(stage, notice, "held")
        await stage.tell(
            Purpose.parked, "liu-yang", referral, Lane.asap, held="offer", hold=unique, count="61", usual="1.5"
        )  # fmt: skip
        card = await admin.expect("Nothing of it goes out")
        if language == "release":
            await card.press("Release them")
        else:
            await admin.reply(card, language)
            await admin.expect("one message goes out")
        await state(stage, notice, "sent")
        await lin.expect()
        assert await _running(stage) == []
        cards.append(card)
    assert "not held any more" in (await cards[-1].press("Release them")).text
    rows = await stage.rows(AuditRow, action="notices release")
    assert [row["actor"] for row in rows] == ["person:liu-yang"] * 2


async def test_holding_and_releasing_everything_is_typed_too_by_admins_only(stage: Stage) -> None:
    admin, lin = await stage.phone("liu"), await stage.phone("lin")
    await stage.start()
    await lin.say("/notices hold")
    await lin.expect("Only an admin")
    await admin.say("/notices hold")
    await admin.expect("Stat goes on")
    assert len(await _running(stage)) == 1
    async with stage.database.transaction() as tx:
        roles = [row["id"] for row in await stage.rows(RoleRow, person="liu-yang")]
        await end(tx, RoleRow, roles, stage.clock.now(), "head", Origin.command)
    await stage.directories.refresh()
    await admin.say("/notices 放行")
    await admin.expect()
    assert len(await _running(stage)) == 1, "an admin of yesterday releases nothing"
