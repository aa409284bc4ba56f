"""Whoever writes that they feel worse is asked about danger signs, with a plan or without one (between the referral and
the arrival, or long after)."""

import json

from events.follow_up import Alarm, PlanState, Programme
from models.summaries import SummaryRow
from models.values import Priority
from tests.handset import Phone
from tests.integration.chat.stage import Stage, both_engines
from workers.rules.pack import packs


async def the_plan(stage: Stage, patient: str = "li-xiuying") -> PlanState:
    [row] = await stage.rows(SummaryRow, patient=patient, kind="plan")
    state: PlanState = await stage.state(row["stream"])
    return state


async def asked(phone: Phone) -> None:
    question = await phone.expect("Do you have any of these now?")
    await question.press("Tight or painful chest")
    await question.edited("Call 120 now")


@both_engines
async def test_without_a_plan_the_same_question_and_a_call_tomorrow(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.referral(Priority.routine)
    await stage.start()
    await li.say("Feel worse!")
    await asked(li)
    plan = await the_plan(stage)
    assert (plan.programme, plan.centre, plan.alarm) == (Programme.feels_worse, "liantang", Alarm.unseen)
    assert (plan.priority, plan.signs) == (Priority.stat, ("chest_tightness",))
    assert [row.kind for row in plan.rows] == ["call"]
    await li.say("Feel worse")
    await li.expect("Do you have any of these now?")
    assert (await the_plan(stage)).signs == ("chest_tightness",), "still the one plan"


async def test_a_reading_or_words_of_danger_without_a_plan_ask_too(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.start()
    await li.say("186/112")
    await li.expect("Recorded 186/112")
    await asked(li)
    assert (await the_plan(stage)).last_reading is not None


async def test_words_go_to_the_team_as_well(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.start()
    await li.say("since this morning chest pain and sweating")
    await li.expect()
    await asked(li)
    assert len((await the_plan(stage)).words) == 1


async def test_what_is_not_dangerous_begins_nothing(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.start()
    await li.say("128/82")
    await li.expect("No follow-up is waiting")
    await li.say("good morning")
    await li.expect("did not understand")
    assert await stage.rows(SummaryRow, kind="plan") == []


async def test_a_contact_of_two_says_for_whom_first(stage: Stage) -> None:
    fang = await stage.phone("fang")
    await stage.start()
    await fang.say("不舒服")
    whom = await fang.expect("Whose is this?")
    await whom.press("mother")
    await asked(fang)
    assert (await the_plan(stage)).alarm is Alarm.unseen
    await fang.say("he has chest pain")
    whom = await fang.expect("Whose is this?")
    await whom.press("father")
    await fang.expect()
    await asked(fang)


STRICTER = """
name: triage
layer: {level: facility, name: liantang}
version: "1"
title: {zh: 例, en: example}
notice: {zh: 须由临床医生签字, en: a clinician must sign}
signed: null
parameters: {words: %s}
rows:
  - id: HTN-EM-01
    when: {any: [{sbp: ">=160 mmHg"}, {dbp: ">=100 mmHg"}]}
    source: {document: City order 7, section: "2", evidence: S4}
"""


@both_engines
async def test_the_rules_of_the_patient_s_centre_say_what_is_dangerous(stage: Stage) -> None:
    own = packs()["triage"].parameters["words"] | {"chest_pain": {"zh": ["心口疼"], "en": ["heart hurts"]}}
    li = await stage.phone("li")
    await stage.start()
    await li.say("165/95")
    await li.expect("No follow-up is waiting")
    await stage.activate(STRICTER % json.dumps(own, ensure_ascii=False))
    await li.say("165/95")
    await li.expect("Recorded 165/95")
    await asked(li)
    await li.say("my heart hurts")
    await li.expect()
    await li.expect("Do you have any of these now?")
    assert (await the_plan(stage)).programme is Programme.feels_worse


async def test_with_a_plan_the_rules_of_its_centre_count(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.plan()
    await stage.activate(STRICTER % json.dumps(packs()["triage"].parameters["words"], ensure_ascii=False))
    await stage.start()
    await li.say("165/95")
    await li.expect("Recorded 165/95")
    await asked(li)
