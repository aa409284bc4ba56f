"""The cards of follow-up care on phones: every button of the team's card, and every answer of a patient."""

from datetime import timedelta

import pytest

from events.base import EndReason
from events.follow_up import EndPlan, PauseReason, PlanState, PlanStatus, Severity
from events.purposes import Purpose
from models.deliveries import NoticeRow
from models.values import Lane
from tests.integration.chat.stage import RULES, Stage, both_engines
from tests.phones import Card, Phone


async def card_of(stage: Stage, he: Phone, plan: str) -> Card:
    """The plan's card, as it is opened from /today."""
    await stage.tell(Purpose.plan_card, "he-ping", plan, Lane.reply)
    return await he.expect("Follow-up")


async def through(card: Card, *labels: str) -> None:
    """Menu by menu: the button that begins so, once the card shows it."""
    for label in labels:
        found = await card.phone.world.wait_for(lambda: _button(card, label), 30)  # noqa: B023 - asked at once
        assert found, (label, card.labels)
        await card.press(found)


def _button(card: Card, label: str) -> str | None:
    return next((each for each in card.labels if each.casefold().startswith(label.casefold())), None)


async def waiting(stage: Stage) -> list[str]:
    """The states of what still was to be told to the patient."""
    return [row["state"] for row in await stage.rows(NoticeRow, recipient="li-xiuying")]


async def follow_up_asked(stage: Stage, plan: str) -> None:
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", plan, Lane.routine, row="0")


@both_engines
async def test_the_team_grades_pauses_resumes_mutes_and_hands_over(stage: Stage) -> None:
    he, lai = await stage.phone("he"), await stage.phone("lai")
    plan = await stage.plan()
    await stage.start()
    card = await card_of(stage, he, plan)

    async def state() -> PlanState:
        found: PlanState = await stage.state(plan)
        return found

    await through(card, "More", "Grade", "severe")
    assert (await state()).severity is Severity.severe
    await card.edited("severe")
    await through(card, "More", "Grade", "mild")
    assert (await state()).severity is Severity.mild
    await through(card, "More", "Pause", "away")
    assert (await state()).pause_reason is PauseReason.away
    await card.edited("paused")
    await through(card, "Resume")
    assert not (await state()).paused
    await through(card, "More", "No messages")
    assert (await state()).muted
    await through(card, "More", "Messages again")
    assert not (await state()).muted
    await through(card, "More", "Hand over", "Lai Fu")
    assert (await state()).lead == "lai-fu"
    assert lai.skim() == [], "the engine tells, and does not run here"


@pytest.mark.parametrize(
    "label, reason",
    [("died", EndReason.died), ("moved", EndReason.moved), ("Patient will not", EndReason.patient_refused)],
)
async def test_an_end_takes_back_what_waits_in_the_same_moment(stage: Stage, label: str, reason: EndReason) -> None:
    he = await stage.phone("he")
    plan = await stage.plan()
    await follow_up_asked(stage, plan)  # nobody of theirs has a chat yet: it waits
    await stage.start("updates")
    card_notice = await stage.tell(Purpose.plan_card, "he-ping", plan, Lane.reply)
    assert card_notice
    await stage.start("sender")
    card = await he.expect("Follow-up")
    await through(card, "More", "End follow-up", label)
    await card.edited("is over")
    state = await stage.state(plan)
    assert (state.status, state.ended_reason) == (PlanStatus.ended, reason)
    assert set(await waiting(stage)) <= {"withdrawn", "failed"}


@both_engines
async def test_every_outcome_of_a_call_is_coded(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start()
    for label, days, lost in (("Agreed", 30, ()), ("Call later", 7, ()), ("Not reached", 0, (0,))):
        plan = await stage.plan("wang-guohua" if lost else "li-xiuying")
        card = await card_of(stage, he, plan)
        await through(card, "Call outcome", label)
        state = await stage.state(plan)
        assert state.lost == lost
        if days:
            assert abs(state.rows[0].due_at - stage.clock.now() - timedelta(days=days)) < timedelta(hours=1)


@both_engines
async def test_a_patient_comes_later_or_not_at_all_and_writes_what_it_is(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    await stage.start()
    await follow_up_asked(stage, plan)
    asked = await li.expect("measure")
    await asked.press("Later")
    await asked.edited("asked again in a day")
    state = await stage.state(plan)
    assert timedelta(hours=23) < state.rows[0].due_at - stage.clock.now() <= timedelta(days=1)

    await li.say("my knee hurts and I have no pills left")
    await li.expect("Your team will read it")
    assert len((await stage.state(plan)).words) == 1
    await li.say("I have chest pain")
    await li.expect("Your team will read it")
    question = await li.expect("any of these now")
    assert "120" in question.text
    assert (await stage.state(plan)).alarming


@both_engines
async def test_what_cannot_be_a_reading_is_asked_about_and_never_stored(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    await stage.start()
    for said, answered in (
        ("1450/92", "look"), ("92/145", "wrong way round"), ("l45/92", "read"),
        ("-145/92", "negative"), ("30 February 145/92", "no such day"), ("mother 145/92 father 130/80", "two people"),
        ("2月30日 145/92", "no such day"),
    ):  # fmt: skip
        await li.say(said)
        card = await li.expect("")
        assert answered in card.text, (said, card.text)
    assert (await stage.state(plan)).readings == ()
    for said in ("１４５／９２", "١٤٥/٩٢"):
        await li.say(said)
        recorded = await li.expect("Recorded 145/92")
        await recorded.press("Wrong number")
        await li.expect("taken back")
    assert (await stage.state(plan)).readings == ()


async def test_a_number_that_is_not_linked_reaches_no_family(stage: Stage) -> None:
    li, nobody = await stage.phone("li"), await stage.stranger("somebody")
    plan = await stage.plan()
    await stage.start()
    await nobody.say("145/92")
    await nobody.expect()
    assert (await stage.state(plan)).readings == ()
    assert li.skim() == []


@both_engines
async def test_the_buttons_of_a_visit_are_typed_and_nothing_is_guessed(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.start()
    plan = await stage.plan(kind="visit")
    for said, answer in (("能来。", "coming"), ("Cannot come", "cannot")):
        await li.say(said)
        await li.expect("Noted")
        assert (await stage.types(plan)).count("FollowUpAnswered") == (1 if answer == "coming" else 2), said
    state = await stage.state(plan)
    assert state.calling, "who cannot come is called"
    await stage.do(EndPlan(stream=plan, by=RULES, reason=EndReason.other))
    reading = await stage.plan()
    await li.say("能来")
    await li.expect("Your team will read it")
    assert "FollowUpAnswered" not in await stage.types(reading), "nobody asked them to come"
    await li.say("晚点")
    await li.expect("Noted")
    assert (await stage.types(reading)).count("FollowUpPostponed") == 1
