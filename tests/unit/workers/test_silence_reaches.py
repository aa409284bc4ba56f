"""Every step of the table of silence reaches somebody, and what it asks for is still true of what it asks about."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from bot.relevance import still_wanted
from events import discharge as dis
from events import follow_up as f
from events.base import DeadlinePassed, Situation
from events.discharge import DischargeState
from events.purposes import PURPOSES, Audience
from models.values import Priority
from tests.unit.events.stages import STAGES
from tests.unit.events.story import FANG, LAI, LI, Story, discharged, given, planned, words
from tests.unit.workers.conftest import FactsMaker
from workers.asking import passed_steps, people_of
from workers.deadlines import Deadlines
from workers.facts import Facts
from workers.outcomes import Do, Tell
from workers.reactions import CONSUMERS
from workers.rules.silence import Who

WORSE = f.FollowUpAnswered(by=LI.id, row=0, answer="worse")
SITUATIONS: Mapping[Situation, Story] = MappingProxyType(
    {
        **{situation: STAGES[situation] for situation in Situation if situation in STAGES},
        Situation.return_form_due: given(discharged()),
        Situation.return_form_unread: given(discharged(), dis.ReturnFormSent(by="his", diagnosis=words())),
        Situation.follow_up_due: given(planned()),
        Situation.danger_asked: given(planned(), WORSE),
        Situation.danger_unseen: given(planned(), WORSE, f.DangerAnswered(by=LI.id, row=0, signs=("vision",))),
    }
)
CELLS = [(situation, priority) for situation in Situation for priority in Priority]


def steps(situation: Situation, priority: Priority, facts: Facts) -> Iterator[int]:
    """The numbers of the listed steps, and one of those that come again."""
    row = facts.rules.silence.rows[situation]
    for number in range(1, len(row.steps_for(priority)) + 2):
        yield number
        if row.step(priority, number).becomes:
            return  # from here on it is another situation


def outcomes(story: Story, priority: Priority, number: int, facts: Facts) -> tuple[Any, list[Any]]:
    """The state after step `number` has passed, and what all reactions ask for."""
    silence = facts.rules.silence.rows[story.state.situation]
    taken = silence.step(priority, number)
    state = replace(story.state, priority=priority, step=number - 1)
    passed = DeadlinePassed(
        situation=state.situation, step=number - 1, reached=number, becomes=taken.becomes, due=story.now
    )
    after = story.and_then(passed)
    state = replace(after.state, priority=priority)
    found = [
        outcome
        for table in CONSUMERS.values()
        for reaction in table["DeadlinePassed"]
        for outcome in reaction.react(after.last, state, facts)
    ]
    return state, found


@pytest.mark.parametrize("situation, priority", CELLS)
def test_every_step_reaches_somebody(situation: Situation, priority: Priority, facts: FactsMaker) -> None:
    story, known = SITUATIONS[situation], facts()
    for number in steps(situation, priority, known):
        taken = known.rules.silence.rows[situation].step(priority, number)
        _, found = outcomes(story, priority, number, known)
        if taken.ask or taken.tell:
            assert [one for one in found if isinstance(one, Tell | Do)], f"step {number} reaches nobody: {taken}"


@pytest.mark.parametrize("situation, priority", CELLS)
def test_every_word_of_the_table_is_somebody(situation: Situation, priority: Priority, facts: FactsMaker) -> None:
    state, known = replace(SITUATIONS[situation].state, priority=priority), facts()
    for number in steps(situation, priority, known):
        event = DeadlinePassed(situation=situation, step=number - 1, reached=number)
        for who in {*passed_steps(event, state, known)[0], *passed_steps(event, state, known)[1]}:
            assert who is Who.patient or people_of(who, state, known), f"step {number}: {who} is nobody"


@pytest.mark.parametrize("situation, priority", CELLS)
def test_what_silence_asks_is_still_true_when_it_is_sent(
    situation: Situation, priority: Priority, facts: FactsMaker
) -> None:
    story, known = SITUATIONS[situation], facts()
    dropped = []
    for number in steps(situation, priority, known):
        state, found = outcomes(story, priority, number, known)
        dropped += [
            (number, one.purpose, one.recipient)
            for one in found
            if isinstance(one, Tell) and not still_wanted(one.purpose, state, one.recipient, one.step, one.params)
        ]
    assert dropped == []


@pytest.mark.parametrize("situation, priority", CELLS)
def test_a_step_asks_each_person_for_one_thing(situation: Situation, priority: Priority, facts: FactsMaker) -> None:
    story, known = SITUATIONS[situation], facts()
    for number in steps(situation, priority, known):
        _, found = outcomes(story, priority, number, known)
        told = {(one.recipient, one.purpose) for one in found if isinstance(one, Tell)}
        assert len(told) == len({person for person, _ in told}), f"step {number}: {told}"
        admins = set(known.directory.admins(known.now))
        assert admins, "an IT admin is there"
        assert not admins & {person for person, _ in told}, "they get the system's alarms only"


@pytest.mark.parametrize("situation, priority", CELLS)
def test_silence_always_has_a_next_deadline(situation: Situation, priority: Priority, facts: FactsMaker) -> None:
    story, known = SITUATIONS[situation], facts()
    deadlines = Deadlines(lambda: known.rules, lambda: known.directory)
    at = story.state.since
    for number in steps(situation, priority, known):
        due = deadlines.due(replace(story.state, priority=priority, step=number - 1), at)
        assert due > story.state.since, f"step {number}"


def test_the_initiator_hears_at_five_ten_and_fifteen_minutes_that_nobody_has_it(facts: FactsMaker) -> None:
    told = [
        number
        for number in range(1, 21)
        if "nobody_yet" in _purposes(outcomes(SITUATIONS[Situation.offered], Priority.stat, number, facts())[1])
    ]
    assert told == [5, 10, 15, 16, 17, 18, 19, 20]


def test_a_decline_is_asked_about_again_on_the_initiator_s_side_never_at_the_hospital(facts: FactsMaker) -> None:
    _, found = outcomes(SITUATIONS[Situation.declined], Priority.urgent, 2, facts())
    people = {one.recipient for one in found if isinstance(one, Tell)}
    assert people == {"he-ping", facts().directory.coordinator("liantang", facts().now)}


def test_whom_this_step_has_just_asked_is_not_asked_again_in_the_same_breath(facts: FactsMaker) -> None:
    story = SITUATIONS[Situation.offered]
    passed = DeadlinePassed(situation=Situation.offered, step=1, reached=2)
    after = story.and_then(passed)
    asked_now = after.and_then(_offer("zhou-min"))
    state = replace(asked_now.state, priority=Priority.stat)
    found = [
        one.recipient
        for reaction in CONSUMERS["telling"]["DeadlinePassed"]
        for one in reaction.react(after.last, state, facts())
        if isinstance(one, Tell)
    ]
    assert found == ["lin-hao"]


def test_the_dead_are_not_written_to_nor_telephoned_about(facts: FactsMaker) -> None:
    for situation in (Situation.time_offered, Situation.follow_up_due):
        for number in range(1, 5):
            _, found = outcomes(SITUATIONS[situation], Priority.routine, number, facts(dead=True))
            about_her = [
                one for one in found
                if isinstance(one, Tell)
                and (one.purpose == "call_item" or PURPOSES[one.purpose].audience is Audience.patient)
            ]  # fmt: skip
            assert [one for one in about_her if situation is Situation.follow_up_due or number == 1] == []


def test_a_patient_without_chat_is_telephoned_by_the_family_doctor_team(facts: FactsMaker) -> None:
    _, found = outcomes(SITUATIONS[Situation.follow_up_due], Priority.routine, 1, facts(reachable=()))
    assert [(one.purpose, one.recipient) for one in found if isinstance(one, Tell)] == [("call_item", FANG.id)]
    assert LAI.id not in {one.recipient for one in found if isinstance(one, Tell)}


def test_nothing_waits_for_a_return_form_of_somebody_who_died() -> None:
    state: DischargeState = given(discharged(disposition=dis.Disposition.expired)).state
    assert (state.situation, state.open) == (None, False)


def _purposes(found: list[Any]) -> set[str]:
    return {one.purpose for one in found if isinstance(one, Tell)}


def _offer(person: str) -> Any:
    return next(each.event for each in STAGES[Situation.offered].history if each.type == "ReferralOffered").model_copy(
        update={"to": (person,), "step": 2}
    )


def test_the_spread_of_steps_never_ends(facts: FactsMaker) -> None:
    known, story = facts(), SITUATIONS[Situation.offered]
    deadlines = Deadlines(lambda: known.rules, lambda: known.directory)
    state = replace(story.state, priority=Priority.stat, due=story.now)
    late = deadlines.passed(state, story.now + timedelta(days=7))
    assert late is not None
    assert late.reached > 15


def test_an_inpatient_is_asked_about_at_the_discharge_and_the_initiator_hears_at_fourteen_days(
    facts: FactsMaker,
) -> None:
    known = facts()
    deadlines = Deadlines(lambda: known.rules, lambda: known.directory)
    visit = STAGES[Situation.arrived].state
    since, days = visit.since, timedelta(days=1)
    assert deadlines.due(visit, since) == since + 3 * days
    stay = replace(visit, inpatient=True, due=since + 11 * days)
    assert deadlines.due(stay, since) == since + 11 * days, "not at three days: the discharge says what came of it"
    late = deadlines.passed(stay, since + 14 * days)
    assert late is not None
    ask, tell = passed_steps(DeadlinePassed(situation=late.situation, step=0, reached=late.reached), stay, known)
    assert (Who.recipient_coordinator in ask, Who.initiator in tell) == (True, True)
