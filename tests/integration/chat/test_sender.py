"""What goes out: once, to whom it concerns, honestly recorded, whatever breaks on the way (N2, N3, N7, F2, F12)."""

import asyncio
from datetime import timedelta

import pytest

from bot.identity import of_person
from events.actions import Party
from events.base import EndReason
from events.purposes import Purpose
from events.referral_commands import AcceptReferral, WithdrawReferral
from models.deliveries import CardRow, DeliveryRow, NoticeRow
from models.history import Origin, end
from models.installation import hold_sender, release_sender
from models.registry import RoleRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines, build


async def notice_state(stage: Stage, notice: str, *wanted: str) -> str:
    async def look() -> str | None:
        rows = await stage.rows(NoticeRow, stream=notice)
        return str(rows[0]["state"]) if rows[0]["state"] in wanted else None

    return str(await stage.until(look))


@both_engines
async def test_a_notice_reaches_the_one_it_is_for_and_is_recorded(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    card = await lin.expect((await stage.state(referral)).code)
    assert card.labels
    await notice_state(stage, notice, "sent")
    assert await stage.types(notice) == ["NoticeRequested", "NoticeDelivered"]
    (delivery,) = await stage.rows(DeliveryRow)
    assert (delivery["state"], delivery["message"], delivery["chat"]) == ("sent", card.id, lin.id)


@both_engines
async def test_a_card_follows_the_state_and_the_others_learn_who_has_it(stage: Stage) -> None:
    lin, zhou = await stage.phone("lin"), await stage.phone("zhou")
    referral = await stage.referral()
    for person in ("lin-hao", "zhou-min"):
        await stage.tell(Purpose.offer, person, referral)
    await stage.start("sender")
    code = (await stage.state(referral)).code
    hers = await zhou.expect(code)
    await lin.expect(code)
    party = await _party(stage, "lin-hao")
    await stage.do(AcceptReferral(stream=referral, by=party, come_now=True))
    await hers.edited("Lin Hao")
    assert hers.labels == []
    version = (await stage.state(referral)).version
    await stage.until(lambda: stage.rows(CardRow, chat=zhou.id, shown_version=version, wanted_version=version))


@both_engines
async def test_a_card_that_changed_while_it_was_on_its_way_is_brought_up_to_date(stage: Stage) -> None:
    lin, zhou = await stage.phone("lin"), await stage.phone("zhou")
    referral = await stage.referral()
    await stage.tell(Purpose.offer, "zhou-min", referral)
    await stage.world.fault("delay", method="sendMessage", person=zhou, seconds=0.5)
    await stage.start("sender")
    await stage.until(lambda: stage.rows(DeliveryRow, state="sending"))
    # Nobody knows of the card yet, so nothing bumps it: the recording must see the newer head by itself.
    await stage.do(AcceptReferral(stream=referral, by=await _party(stage, "lin-hao"), come_now=True))
    card = await zhou.expect()
    await card.edited("Lin Hao")
    assert lin.pushes == 0


async def test_what_is_no_longer_true_is_not_sent(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.do(WithdrawReferral(stream=referral, by=await _party(stage, "he-ping"), reason=EndReason.duplicate))
    await stage.start("sender")
    await notice_state(stage, notice, "withdrawn")
    assert (await stage.state(notice)).reason == "no_longer_true"
    assert lin.news == []


async def test_who_has_left_is_not_told(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    async with stage.database.transaction() as tx:
        held = [row["id"] for row in await stage.rows(RoleRow, person="lin-hao")]
        await end(tx, RoleRow, held, stage.clock.now(), "head", Origin.command)
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await notice_state(stage, notice, "withdrawn")
    assert (await stage.state(notice)).reason == "role_ended"
    assert lin.news == []


async def test_what_came_too_late_is_not_sent(stage: Stage) -> None:
    await stage.phone("lin")
    referral = await stage.referral()
    gone = stage.clock.now() - timedelta(seconds=1)
    notice = await stage.tell(Purpose.offer, "lin-hao", referral, expires_at=gone)
    await stage.start("sender")
    await notice_state(stage, notice, "withdrawn")


async def test_no_chat_is_a_normal_state_that_is_recorded(stage: Stage) -> None:
    referral = await stage.referral()
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await notice_state(stage, notice, "failed")
    assert (await stage.state(notice)).reason == "no_address"


@both_engines
async def test_a_patient_who_blocked_us_is_told_through_the_daughter(stage: Stage) -> None:
    li, fang = await stage.phone("li"), await stage.phone("fang")
    plan = await stage.plan()
    await li.block()
    notice = await stage.tell(Purpose.patient_follow_up, "li-xiuying", plan, Lane.routine, row="0")
    await stage.start("sender")
    card = await fang.expect("For your mother")
    assert card.labels == ["I am fine", "Feel worse", "Later"]
    await notice_state(stage, notice, "sent")
    assert [row["state"] for row in await stage.rows(DeliveryRow)] == ["blocked", "sent"]
    assert li.news == []


@pytest.mark.parametrize("fault", ["flood", "restart"])
async def test_a_definite_refusal_is_tried_again_and_seen_once(stage: Stage, fault: str) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    await stage.world.fault(fault, method="sendMessage", seconds=1)
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await notice_state(stage, notice, "sent")
    await stage.world.catch_up()
    assert len(lin.news) == 1
    lin.skim()


async def test_retry_after_is_obeyed(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    await stage.world.fault("flood", method="sendMessage", seconds=2)
    await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await lin.expect()
    sent = [call["at"] for call in await stage.world.calls("sendMessage")]
    assert len(sent) == 2


@pytest.mark.parametrize("fault", ["dropped", "bad_gateway"])
@both_engines
async def test_what_nobody_knows_is_not_sent_again(stage: Stage, fault: str) -> None:
    await stage.phone("lin")
    referral = await stage.referral()
    await stage.world.fault(fault, method="sendMessage")
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await notice_state(stage, notice, "unknown")
    (delivery,) = await stage.rows(DeliveryRow)
    assert delivery["state"] == "unknown"
    assert len(await stage.world.calls("sendMessage")) == 1
    assert await stage.types(notice) == ["NoticeRequested", "NoticeUnknown"]


@both_engines
async def test_an_emergency_nobody_knows_of_is_repeated_once_and_says_so(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral(Priority.stat)
    await stage.world.fault("dropped", method="sendMessage")
    notice = await stage.tell(Purpose.offer, "lin-hao", referral, Lane.stat)
    await stage.start("sender")
    await stage.until(lambda: stage.rows(NoticeRow, stream=notice, state="retry", marked=True))
    first = await lin.expect("STAT")
    assert not first.text.startswith("Repeat")
    await _now_due(stage, notice)
    repeat = await lin.expect("Repeat")
    assert repeat.text.startswith("Repeat")
    await notice_state(stage, notice, "sent")


@both_engines
async def test_what_a_dead_sender_left_behind_is_unknown_not_sent_again(stage: Stage) -> None:
    """F2, after the intent and before anything went out: nobody can tell the two apart."""
    lin = await stage.phone("lin")
    referral = await stage.referral()
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.world.fault("hang", method="sendMessage")
    await stage.start("sender")
    await stage.until(lambda: stage.rows(DeliveryRow, state="sending"))
    for task in stage.running:  # killed: nothing is recorded
        stage.sender._tasks._tasks.clear()
        stage.sender._flying.clear()
        task.cancel()
    stage.running.clear()
    second = build(stage.database, stage.keyring, stage.world, stage.clock, owner="second")
    await second.directories.refresh()
    await second.start("sender")
    await notice_state(second, notice, "unknown")
    await second.close()
    assert lin.news == []


async def test_a_blocked_card_ends_and_is_not_edited_for_ever(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await lin.expect()
    await stage.until(lambda: stage.rows(CardRow))
    await lin.block()
    await stage.do(AcceptReferral(stream=referral, by=await _party(stage, "zhou-min"), come_now=True))

    async def gone() -> bool:
        return not await stage.rows(CardRow)

    await stage.until(gone)


async def test_a_held_sender_sends_nothing_until_it_is_released(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    await stage.tell(Purpose.offer, "lin-hao", referral)
    async with stage.database.transaction() as tx:
        await hold_sender(tx, "restored")
    await stage.start("sender")
    await asyncio.sleep(1.2)
    assert await stage.world.calls("sendMessage") == []
    async with stage.database.transaction() as tx:
        await release_sender(tx)
    await lin.expect()


async def test_who_wants_nothing_routine_gets_nothing_routine(stage: Stage) -> None:
    zhou = await stage.phone("zhou")
    referral = await stage.referral(Priority.routine)
    stat = await stage.referral(Priority.stat)
    await stage.start()
    await zhou.say("/stop")
    await zhou.expect("Emergencies and urgent ones still come")
    routine = await stage.tell(Purpose.offer, "zhou-min", referral, Lane.routine)
    await stage.tell(Purpose.offer, "zhou-min", stat, Lane.stat)
    await zhou.expect("STAT")
    assert await notice_state(stage, routine, "failed")
    await stage.world.catch_up()
    assert zhou.news == []


async def test_an_emergency_overtakes_a_thousand_routine_messages(stage: Stage) -> None:
    """N7: the bound is one look and one message already on its way, whatever waits."""
    lin = await stage.phone("lin")
    await stage.phone("zhou")
    referral = await stage.referral()
    stat = await stage.referral(Priority.stat, to=("lin-hao",))
    for step in range(60):
        await stage.tell(Purpose.amended, "zhou-min", referral, Lane.routine, step=step, changed="priority")
    await stage.tell(Purpose.offer, "lin-hao", stat, Lane.stat)
    await stage.start("sender")
    await lin.expect("STAT")
    chats = [call["chat"] for call in await stage.world.calls("sendMessage")]
    assert chats.index(lin.id) < 10


async def _party(stage: Stage, person: str) -> Party:
    return of_person(person, stage.directories.current(), stage.clock.now())


async def _now_due(stage: Stage, notice: str) -> None:
    table = NoticeRow.__table__  # type: ignore[attr-defined]
    async with stage.database.transaction() as tx:
        await tx.execute(table.update().where(table.c.stream == notice).values(next_at=stage.clock.now()))
    stage.sender.wake()


async def test_the_coordinator_reads_what_is_parked(stage: Stage) -> None:
    chen = await stage.phone("chen")
    referral = await stage.referral()
    await stage.tell(Purpose.parked, "chen-yu", referral, consumer="deciding", stream=referral, reason="ValueError")
    await stage.start("sender")
    assert "deciding" in (await chen.expect("deciding")).text


async def test_a_notice_that_cannot_be_written_holds_up_nobody(stage: Stage) -> None:
    lin = await stage.phone("lin")
    await stage.phone("he")
    referral, plan = await stage.referral(), await stage.plan()
    broken = await stage.tell(Purpose.call_item, "he-ping", plan, row="no number")
    await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await lin.expect((await stage.state(referral)).code)
    assert await notice_state(stage, broken, "failed") == "failed"
