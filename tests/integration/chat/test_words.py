"""What people type: words that were asked for, readings, actions by code and word, what was said by phone."""

from pathlib import Path

from events.purposes import Purpose
from models.deliveries import CardRow, UpdateRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, offered


async def test_words_are_asked_for_and_kept_sealed(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    await card.press("More")
    await card.edited("What else")
    await card.press("Ask them")
    await lin.expect("your question")
    await lin.say("Has she been to Zanzibar?")
    await lin.expect("Noted")
    assert "InformationAsked" in await stage.types(referral)
    assert b"Zanzibar" not in _whole(stage)


async def test_the_answer_is_a_reply_to_the_question(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    he = await stage.phone("he")
    await card.press("More")
    await card.edited("What else")
    await card.press("Ask them")
    await lin.expect("your question")
    await lin.say("Which medicines?")
    await lin.expect("Noted")
    await stage.tell(Purpose.information_asked, "he-ping", referral)
    question = await he.expect("question")
    await stage.until(lambda: stage.rows(CardRow, purpose="information_asked"))
    await he.reply(question, "Amlodipine 5 mg")
    await he.expect("Noted")
    assert "InformationGiven" in await stage.types(referral)


async def test_a_reading_is_recorded_and_can_be_taken_back(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    await stage.start()
    await li.say("145/92")
    recorded = await li.expect("Recorded 145/92")
    assert (await stage.state(plan)).readings[0][1].sbp == 145
    await recorded.press("Wrong number")
    await li.expect("145/92 is taken back")
    assert (await stage.state(plan)).readings == ()


async def test_a_helper_of_two_is_asked_whose_reading_it_is(stage: Stage) -> None:
    fang = await stage.phone("fang")
    mother, father = await stage.plan("li-xiuying"), await stage.plan("wang-guohua")
    await stage.start()
    await fang.say("150/95")
    whose = await fang.expect("Whose is this?")
    assert sorted(whose.labels) == ["My father", "My mother"]
    await whose.press("My father")
    await fang.expect("Recorded 150/95")
    assert (await stage.state(father)).last_reading
    assert (await stage.state(mother)).last_reading is None


async def test_numbers_that_cannot_be_are_asked_again(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.plan()
    await stage.start()
    await li.say("92/145")
    await li.expect("wrong way round")
    await li.say("1450/92")
    await li.expect("does not look right")


async def test_feeling_worse_is_answered_at_once_with_the_emergency_text(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", plan, Lane.routine, row="0")
    await stage.start()
    card = await li.expect()
    await card.press("Feel worse")
    await li.expect("call 120 at once")
    await card.edited("Your doctor has been told")
    assert (await stage.state(plan)).worse_at is not None


async def test_the_same_words_typed_do_the_same(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    await stage.start()
    await li.say("Feel worse.")
    await li.expect("call 120 at once")
    assert (await stage.state(plan)).worse_at is not None


async def test_help_language_and_stop(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.start()
    await li.say("/help")
    await li.expect("not an emergency service")
    await li.say("/language")
    choice = await li.expect("choose a language")
    await choice.press("中文")
    await li.expect("中文")
    await li.say("/stop")
    await li.expect("哪些消息要停")
    await li.start()
    await li.expect()
    await li.send_photo("my foot")
    await li.expect()


async def test_updates_are_sealed_and_marked(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.start()
    await li.say("/help and my secret is Zanzibar")
    await li.expect()
    rows = await stage.rows(UpdateRow)
    assert len(rows) == 2
    assert all("Zanzibar" not in row["payload"] for row in rows)
    assert all(row["handled_at"] is not None for row in rows)


async def test_a_reply_of_one_word_does_what_the_button_does(stage: Stage) -> None:
    referral, lin, card = await offered(stage)
    await lin.reply(card, "接")
    await lin.expect("Noted")
    await card.edited("Lin Hao")
    assert (await stage.state(referral)).come_now


async def test_code_and_word_do_it_too_but_only_for_those_who_may(stage: Stage) -> None:
    referral, lin, _ = await offered(stage)
    he = await stage.phone("he")
    code = (await stage.state(referral)).code
    await he.say(f"{code} accept")
    await he.expect("cannot be done now")
    await lin.say(f"{code.removeprefix('R-')} accept")
    await lin.expect("Noted")
    assert (await stage.state(referral)).accepted_by == "lin-hao"


async def test_what_was_said_by_phone_names_who_said_it_and_who_wrote_it_down(stage: Stage) -> None:
    referral, _, _ = await offered(stage)
    chen = await stage.phone("chen")
    code = (await stage.state(referral)).code
    await chen.say(f"{code} phone Nobody Such accept")
    await chen.expect("Nobody of that name")
    await chen.say(f"{code} phone Dr Lin Hao accept")
    await chen.expect("Noted")
    async with stage.database.transaction() as tx:
        recorded = (await stage.journal.load(tx, [referral]))[referral].history[-1]
    assert recorded.type == "ReferralAccepted"
    assert recorded.event.by == "lin-hao"
    assert (recorded.actor.id, recorded.on_behalf_of) == ("chen-yu", "lin-hao")


async def test_not_everybody_may_write_down_what_another_said(stage: Stage) -> None:
    referral, _, _ = await offered(stage)
    zhou = await stage.phone("zhou")
    code = (await stage.state(referral)).code
    await zhou.say(f"{code} phone Lin Hao accept")
    await zhou.expect("not yours")
    assert "ReferralAccepted" not in await stage.types(referral)


def _whole(stage: Stage) -> bytes:
    base = Path(str(stage.database.url.database))
    return b"".join(path.read_bytes() for path in base.parent.glob("chat.db*"))


async def test_what_needs_words_has_them_behind_its_word(stage: Stage) -> None:
    referral, lin, _ = await offered(stage, Priority.urgent)
    code = (await stage.state(referral)).code
    await lin.say(f"{code} ask which dose, and since when?")
    await lin.expect("Noted")
    assert "InformationAsked" in await stage.types(referral)
    await lin.say(f"{code} accept")
    await lin.expect("Noted")
    await lin.say(f"{code} arrived")
    await lin.expect("Noted")
    await lin.say(f"{code} note pressure is 150/90")
    await lin.expect("Noted")
    await lin.say(f"{code} treated")
    await lin.expect("Noted")
    wanted = ["PatientArrived", "InterimNoteAdded", "OutcomeReported"]
    assert [each for each in await stage.types(referral) if each in wanted] == wanted


async def test_given_back_and_sent_on_by_word(stage: Stage) -> None:
    referral, lin, _ = await offered(stage, Priority.urgent)
    he = await stage.phone("he")
    code = (await stage.state(referral)).code
    await lin.say(f"{code} send to Atlantis")
    await lin.expect("No such place")
    await lin.say(f"{code} accept")
    await lin.expect("Noted")
    await lin.say(f"{code} 退回")
    await lin.expect("Noted")
    assert "ReferralGivenBack" in await stage.types(referral)
    await he.say(f"{code} patient agrees")
    await he.expect("Noted")
    assert (await stage.state(referral)).consent == "given"
    await he.say(f"{code} 改送 县二院 心内")
    await he.expect()
