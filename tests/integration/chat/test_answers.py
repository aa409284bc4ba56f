"""What people do in the chat: one press, one effect, one answer; only by the one who was asked (T1-T3, T7, N3)."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from bot.identity import of_person
from events.actions import Party
from events.purposes import Purpose
from events.referral import Appointment
from events.referral_decider import AcceptReferral, OfferTime
from models.audit import AuditRow
from models.deliveries import ActionTokenRow, CardRow, NoticeRow, UpdateRow
from models.history import Origin, end
from models.patient_writing import record_death
from models.registry import RoleRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines
from tests.phones import Card, Phone

_CARDS = CardRow.__table__  # type: ignore[attr-defined]
WITHOUT_NAME = re.compile(r"\A(?!.*李秀英)", re.DOTALL)


async def offered(stage: Stage, priority: Priority = Priority.stat) -> tuple[str, Phone, Card]:
    """A referral that Lin Hao is asked about, with the card on the phone."""
    lin = await stage.phone("lin")
    referral = await stage.referral(priority)
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.stat)
    await stage.start()
    card = await lin.expect((await stage.state(referral)).code)
    await stage.until(lambda: stage.rows(CardRow, about=referral))
    return referral, lin, card


def party(stage: Stage, person: str) -> Party:
    return of_person(person, stage.directories.current(), stage.clock.now())


async def test_one_press_accepts_and_the_card_says_so(stage: Stage) -> None:
    referral, _, card = await offered(stage)
    answer = await card.press("Accept, come now")
    assert answer.text == "Noted."
    await card.edited("Lin Hao")
    state = await stage.state(referral)
    assert (state.accepted_by, state.come_now) == ("lin-hao", True)
    (token,) = [row for row in await stage.rows(ActionTokenRow) if row["used_at"]]
    assert (token["action"], token["party"]) == ("accept", "lin-hao")
    assert "NoticeAnswered" in await stage.types(token["notice"])


@both_engines
async def test_fifty_presses_at_once_are_one_acceptance(stage: Stage) -> None:
    referral, _, card = await offered(stage)
    answers = await asyncio.gather(*(card.press("Accept, come now", old=True, within=20) for _ in range(50)))
    assert {answer.text for answer in answers} == {"Noted."}
    assert (await stage.types(referral)).count("ReferralAccepted") == 1


@both_engines
async def test_two_doctors_press_and_one_has_it(stage: Stage) -> None:
    lin, zhou = await stage.phone("lin"), await stage.phone("zhou")
    referral = await stage.referral(Priority.stat)
    for person in ("lin-hao", "zhou-min"):
        await stage.tell(Purpose.offer, person, referral, Lane.stat)
    await stage.start()
    cards = [await lin.expect("STAT"), await zhou.expect("STAT")]
    answers = await asyncio.gather(*(card.press("Accept, come now") for card in cards))
    assert "Noted." in [answer.text for answer in answers]
    assert (await stage.types(referral)).count("ReferralAccepted") == 1
    winner = (await stage.state(referral)).accepted_by
    loser = cards[0] if winner == "zhou-min" else cards[1]
    await loser.edited("Taken")
    assert loser.labels == []


async def test_forged_buttons_have_no_effect_and_one_kind_answer(stage: Stage) -> None:
    """T2: strings of every kind, among them tokens that exist but are somebody else's."""
    referral, lin, _ = await offered(stage)
    zhou = await stage.phone("zhou")
    await stage.tell(Purpose.offer, "zhou-min", referral)
    hers = await zhou.expect()
    tokens = [row["token"] for row in await stage.rows(ActionTokenRow, party="lin-hao")]
    forged = ["x", "accept", "'; DROP TABLE log; --", "🙂" * 16, "A" * 22, "{}", "../../etc", "0", *tokens]
    answers = {(await zhou.press_data(hers, data)).text for data in forged}
    assert answers == {"This button no longer works; please look at the newest card."}
    assert "ReferralAccepted" not in await stage.types(referral)
    assert all(row["used_at"] is None for row in await stage.rows(ActionTokenRow))
    assert lin.news == []


async def test_a_press_by_somebody_who_left_meanwhile_is_refused(stage: Stage) -> None:
    """T7: the role is looked up when they press."""
    referral, _, card = await offered(stage)
    async with stage.database.transaction() as tx:
        held = [row["id"] for row in await stage.rows(RoleRow, person="lin-hao")]
        await end(tx, RoleRow, held, stage.clock.now(), "head", Origin.command)
    answer = await card.press("Accept, come now")
    assert (answer.text, answer.alert) == ("This is not yours to answer now.", True)
    assert "ReferralAccepted" not in await stage.types(referral)


async def test_an_old_press_is_refused_in_words(stage: Stage) -> None:
    referral, _, card = await offered(stage)
    by = party(stage, "zhou-min")
    await stage.do(AcceptReferral(stream=referral, by=by, come_now=True))
    await card.edited("Taken")
    answer = await card.press("Accept, come now", old=True)
    assert "things have changed" in answer.text
    assert (await stage.state(referral)).accepted_by == "zhou-min"


async def test_yes_to_a_time_is_yes_to_the_time_that_was_shown(stage: Stage) -> None:
    li = await stage.phone("li")
    referral = await stage.referral()
    by = party(stage, "lin-hao")
    first = stage.clock.now().replace(microsecond=0) + _days(3)
    await stage.do(AcceptReferral(stream=referral, by=by, appointment=Appointment(at=first)))
    await stage.tell(Purpose.patient_time, "li-xiuying", referral, at=first.isoformat())
    await stage.start()
    card = await li.expect()
    await stage.until(lambda: stage.rows(CardRow, about=referral))
    await stage.do(OfferTime(stream=referral, by=by, appointment=Appointment(at=first + _days(1))))
    answer = await card.press("I will come", old=True)
    assert answer.alert
    assert "TimeConfirmed" not in await stage.types(referral)
    await card.press("I will come")
    assert (await stage.state(referral)).confirmed


async def test_a_patient_is_asked_again_before_giving_something_up(stage: Stage) -> None:
    li = await stage.phone("li")
    referral = await stage.referral()
    at = stage.clock.now() + _days(3)
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "lin-hao"), appointment=Appointment(at=at)))
    await stage.tell(Purpose.patient_time, "li-xiuying", referral)
    await stage.start()
    card = await li.expect()
    await card.press("Another time")
    await card.edited("Are you sure")
    assert "TimeRefused" not in await stage.types(referral)
    await card.press("Yes, another time")
    assert "TimeRefused" in await stage.types(referral)


@both_engines
async def test_details_open_for_the_one_asked_and_are_noted(stage: Stage) -> None:
    referral, _, card = await offered(stage)
    assert "李秀英" not in card.text
    await card.press("Details")
    await card.edited("李秀英")
    assert "ReferralSeen" in await stage.types(referral)
    (audit,) = await stage.rows(AuditRow)
    assert (audit["actor"], audit["subject"]) == ("person:lin-hao", referral)
    (row,) = await stage.rows(CardRow)
    assert row["opened"]
    assert row["next_at"] > stage.clock.now()
    await card.press("Fold")
    await card.edited(WITHOUT_NAME)


async def test_an_opened_card_stays_open_until_something_happens(stage: Stage) -> None:
    """The engine hears of the opening itself, and must not fold what was just opened."""
    referral, _, card = await offered(stage)
    await card.press("Details")
    await card.edited("李秀英")
    await stage.until(lambda: stage.rows(CardRow, opened=True))
    await stage.show_anew(referral)
    await asyncio.sleep(0.7)
    assert "李秀英" in card.text
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "zhou-min"), come_now=True))
    await card.edited("Taken")
    assert "李秀英" not in card.text


async def test_an_opened_card_folds_by_itself(stage: Stage) -> None:
    _, _, card = await offered(stage)
    await card.press("Details")
    await card.edited("李秀英")
    await stage.until(lambda: stage.rows(CardRow, opened=True))
    async with stage.database.transaction() as tx:  # ten minutes later
        await tx.execute(_CARDS.update().values(next_at=stage.clock.now()))
    stage.sender.wake()
    await card.edited(WITHOUT_NAME)


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


async def test_a_family_is_not_written_to_after_a_death(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    async with stage.database.transaction() as tx:
        await record_death(tx, "li-xiuying", None, "hospital", stage.clock.now(), "test")
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", plan, Lane.routine, row="0")
    await stage.start()

    async def withdrawn() -> bool:
        return bool(await stage.rows(NoticeRow, state="withdrawn"))

    await stage.until(withdrawn)
    assert li.news == []


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
    await li.expect("/start")
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


def _days(count: int) -> timedelta:
    return timedelta(days=count)


def _whole(stage: Stage) -> bytes:
    base = Path(str(stage.database.url.database))
    return b"".join(path.read_bytes() for path in base.parent.glob("chat.db*"))


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
