"""Less noise: what may wait goes as one message, and a patient gets no more than the pack allows."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.engine import RowMapping

from events.purposes import Purpose
from events.referral_commands import AcceptReferral
from models.deliveries import CardRow, DeliveryRow, NoticeRow
from models.values import Lane, Priority
from tests.handset import Card
from tests.integration.chat.stage import Stage, both_engines, party


async def _three_wait(stage: Stage) -> list[str]:
    referrals = [await stage.referral(Priority.routine) for _ in range(3)]
    return [await stage.tell(Purpose.offer, "lin-hao", each, Lane.routine, gather="yes") for each in referrals]


@both_engines
async def test_what_waits_together_is_one_message_and_opens_into_cards(stage: Stage) -> None:
    lin = await stage.phone("lin")
    notices = await _three_wait(stage)
    await stage.start()
    digest = await lin.expect("3 referrals wait")
    assert lin.news == []
    sent = await stage.until(lambda: _all_sent(stage, notices))
    assert len({row["message"] for row in sent}) == 1
    await digest.press("Open")
    for _ in range(3):
        card = await lin.expect("Routine referral")
        assert card.silent
    await digest.press("Open")
    await stage.world.catch_up()
    assert lin.news == [], "a second press brings nothing new"


@both_engines
async def test_what_goes_alone_because_the_first_is_no_longer_true_is_sent(stage: Stage) -> None:
    lin = await stage.phone("lin")
    first, second = await stage.referral(Priority.routine), await stage.referral(Priority.routine)
    for each in (first, second):
        await stage.tell(Purpose.offer, "lin-hao", each, Lane.routine, gather="yes")
    await stage.do(AcceptReferral(stream=first, by=party(stage, "zhou-min"), come_now=True))
    await stage.start()
    await lin.expect((await stage.state(second)).code)
    await stage.until(lambda: stage.rows(NoticeRow, about=second, state="sent"))
    assert all(not task.done() for task in stage.running), "the sender goes on"


async def test_one_alone_is_the_card_itself(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral(Priority.routine)
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.routine, gather="yes")
    await stage.start()
    card = await lin.expect("Routine referral")
    assert any(label.startswith("Accept") for label in card.labels)


@both_engines
async def test_the_second_routine_message_of_a_day_waits_until_tomorrow_morning(stage: Stage) -> None:
    li = await stage.phone("li")
    first, second = await stage.plan(), await stage.plan()
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", first, Lane.routine, row="0")
    await stage.start("sender")
    await li.expect()
    later = await stage.tell(Purpose.patient_follow_up, "li-xiuying", second, Lane.routine, row="0")
    row = await stage.until(lambda: _put_off(stage, later))
    assert row is not None
    assert li.news == []


async def test_the_second_reminder_counts_like_the_first(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", await stage.plan(), Lane.routine, row="0")
    await stage.start("sender")
    await li.expect()
    again = await stage.tell(
        Purpose.patient_follow_up, "li-xiuying", await stage.plan(), Lane.routine, row="0", repeat="yes"
    )
    await stage.until(lambda: _put_off(stage, again))
    assert li.news == [], "one routine message a day"


@both_engines
async def test_what_the_budget_held_back_goes_as_one_message_with_what_is_due_then(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", await stage.plan(), Lane.routine, row="0")
    await stage.start("sender")
    await li.expect()
    later = [
        await stage.tell(Purpose.patient_follow_up, "li-xiuying", await stage.plan(), Lane.routine, row="0"),
        await stage.tell(Purpose.patient_visit_soon, "li-xiuying", await stage.plan(), Lane.routine),
    ]
    await stage.until(lambda: _put_off(stage, later[0]))
    await stage.until(lambda: _put_off(stage, later[1]))
    assert li.news == []
    async with stage.database.transaction() as tx:  # the next morning has come
        yesterday = stage.clock.now() - timedelta(days=1)
        await tx.execute(update(DeliveryRow).values(ended_at=yesterday))
        await tx.execute(update(NoticeRow).where(NoticeRow.state == "waiting").values(next_at=stage.clock.now()))  # type: ignore[arg-type]
    stage.sender.wake()
    both = await li.expect("blood pressure today")
    assert "would like to see you" in both.text
    assert li.news == [], "one message, nothing dropped"
    await stage.until(lambda: _sent_in_one(stage, later))


@both_engines
async def test_two_questions_of_one_day_are_one_message_with_the_buttons_of_one_after_the_other(stage: Stage) -> None:
    li = await stage.phone("li")
    plans = [await stage.plan(), await stage.plan()]
    for each in plans:
        await stage.tell(Purpose.patient_follow_up, "li-xiuying", each, Lane.routine, row="0")
    await stage.start()
    both = await li.expect("blood pressure today")
    assert both.text.count("blood pressure today") == 2
    assert len(both.labels) == 3
    await both.press("I am fine")
    await both.edited("Thank you")
    assert len(both.labels) == 3, "now the other one"
    await stage.until(lambda: _answered(stage, plans, 1))
    await both.press("I am fine")
    await stage.until(lambda: _answered(stage, plans, 2))
    await stage.until(lambda: _without_buttons(both))
    assert li.news == []


@both_engines
@pytest.mark.parametrize("state", ["sending", "unknown"])
async def test_a_thumb_quicker_than_the_senders_own_note_is_asked_the_next_question_too(
    stage: Stage, state: str
) -> None:
    """It proves that the message arrived, and makes no card of it, which would show one question alone."""
    li = await stage.phone("li")
    plans = [await stage.plan(), await stage.plan()]
    for each in plans:
        await stage.tell(Purpose.patient_follow_up, "li-xiuying", each, Lane.routine, row="0")
    await stage.start()
    both = await li.expect("blood pressure today")
    await stage.until(lambda: _noted(stage))
    async with stage.database.transaction() as tx:
        await tx.execute(update(DeliveryRow).values(state=state, message=None))
    await both.press("I am fine")
    await both.edited("Thank you")
    assert len(both.labels) == 3, "now the other one"
    await both.press("I am fine")
    await stage.until(lambda: _answered(stage, plans, 2))
    assert await stage.rows(CardRow) == []


async def _noted(stage: Stage) -> bool:
    return {row["state"] for row in await stage.rows(DeliveryRow)} == {"sent"}


async def _without_buttons(card: Card) -> bool:
    return not card.labels


async def _answered(stage: Stage, plans: list[str], count: int) -> bool:
    return sum([not (await stage.state(each)).open or bool((await stage.state(each)).done) for each in plans]) == count


async def test_what_a_patient_does_not_want_to_hear_does_not_come_with_what_they_do(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.start("updates")
    await li.say("stop reminders")
    await li.expect()
    soon = await stage.tell(Purpose.patient_visit_soon, "li-xiuying", await stage.plan(), Lane.routine)
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", await stage.plan(), Lane.routine, row="0")
    await stage.start("sender")
    asked = await li.expect("blood pressure today")
    assert "would like to see you" not in asked.text
    await stage.until(lambda: stage.rows(NoticeRow, stream=soon, state="failed"))


async def _sent_in_one(stage: Stage, notices: list[str]) -> bool:
    rows = [row for row in await stage.rows(DeliveryRow, state="sent") if row["notice"] in notices]
    return len(rows) == 2 and len({row["message"] for row in rows}) == 1


async def _put_off(stage: Stage, notice: str) -> object:
    rows = await stage.rows(NoticeRow, stream=notice)
    return rows and rows[0]["next_at"] - stage.side.clock.now() > timedelta(hours=1)


async def _all_sent(stage: Stage, notices: list[str]) -> list[RowMapping]:
    rows = await stage.rows(DeliveryRow, state="sent")
    return rows if {row["notice"] for row in rows} == set(notices) else []
