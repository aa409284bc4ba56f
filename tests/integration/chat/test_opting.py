"""Opting out purpose by purpose, and in again: what is asked then, of whom, and who telephones instead."""

from events.purposes import Purpose
from models import parties
from models.deliveries import NoticeRow
from models.parties import opt_outs
from models.values import Lane
from tests.integration.chat.stage import Stage, both_engines


async def failed(stage: Stage, notice: str) -> str | None:
    """Why a notice reached nobody, once it has been looked at."""
    await stage.until(lambda: stage.rows(NoticeRow, stream=notice, state="failed"))
    reason: str | None = (await stage.state(notice)).reason
    return reason


async def off(stage: Stage) -> frozenset[parties.Purpose]:
    async with stage.database.reading() as tx:
        return (await opt_outs(tx, ["li-xiuying"], stage.clock.now()))["li-xiuying"]


@both_engines
async def test_each_kind_ends_and_comes_back_with_one_press(stage: Stage) -> None:
    li, fang = await stage.phone("li"), await stage.phone("fang")
    plan = await stage.plan()
    await stage.start()
    await li.say("/stop")
    card = await li.expect("Which messages shall stop?")
    assert card.labels == ["Stop questions", "Stop reminders", "Stop all messages"]
    assert await off(stage) == set()
    await card.press("Stop questions")
    await card.edited("glucose): stopped")
    assert card.labels == ["Questions again", "Stop reminders", "Stop all messages"]
    asked = await stage.tell(Purpose.patient_follow_up, "li-xiuying", plan, Lane.routine, row="0")
    assert await failed(stage, asked) == "opted_out"
    assert fang.news == [], "nobody is asked in the patient's place"
    await card.press("Questions again")
    await card.edited("glucose): on")
    await card.press("Stop reminders")
    await card.edited("Visit reminders: stopped")
    soon = await stage.tell(Purpose.patient_visit_soon, "li-xiuying", plan, Lane.routine)
    assert await failed(stage, soon) == "opted_out"
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", plan, Lane.routine, step=1, row="0")
    await li.expect("blood pressure today")


async def test_the_same_by_word_and_all_of_it_at_once(stage: Stage) -> None:
    li, fang = await stage.phone("li"), await stage.phone("fang")
    await stage.start()
    await li.say("stop reminders")
    await li.expect("Visit reminders: stopped")
    assert await off(stage) == {parties.Purpose.reminders}
    await li.say("I cannot stop reminders of the old days")
    await li.expect()
    assert await off(stage) == {parties.Purpose.reminders}
    await li.say("T")
    card = await li.expect("no more reminders")
    assert await off(stage) == {parties.Purpose.reminders, parties.Purpose.follow_up}
    await li.say("Reminders again")
    await li.expect("Visit reminders: on")
    await card.press("Questions again")
    await card.edited("glucose): on")
    assert await off(stage) == set()
    await li.say("stop all")
    await li.expect("appointments too: the centre calls instead): stopped")
    referral = await stage.referral()
    await stage.tell(Purpose.patient_cancelled, "li-xiuying", referral)
    await fang.expect("For your mother")
    await li.start()
    await li.expect("messages come again")
    assert await off(stage) == set()


async def test_a_press_from_an_old_card_says_what_is_so_now(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.start()
    await li.say("/stop")
    card = await li.expect("Which messages")
    await card.press("Stop questions")
    await card.edited("stopped")
    await li.start()
    await li.expect("come again")
    await card.press("Stop reminders")
    await card.edited("Visit reminders: stopped")
    assert await off(stage) == {parties.Purpose.reminders}
    assert "Stop questions" in card.labels
