"""What follows from a discharge, in a follow-up plan, when a patient feels worse, and after the end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events import discharge as dis
from events import discharge_decider as papers
from events import follow_up as f
from events import notice as n
from events import referral as e
from events.base import DeadlinePassed, EndReason, Situation
from events.referral_commands import AmendReferral, CloseLoop
from models.values import Priority
from tests.unit.events.stages import STAGES
from tests.unit.events.story import (
    BEGIN,
    CHEN,
    HE,
    HOSPITAL,
    LAI,
    LI,
    LIN,
    PATIENT,
    Story,
    asked_for,
    discharged,
    given,
    planned,
    words,
)
from tests.unit.workers.conftest import FactsMaker
from tests.unit.workers.reacting import deadline_passed, done, follows, told
from workers.alarming import _SYMPTOMS
from workers.asking import people_of
from workers.facts import Facts
from workers.outcomes import ShowAnew, Tell
from workers.reactions import DECIDING
from workers.rules.pack import packs
from workers.rules.silence import Who

# After the discharge


def test_a_discharge_has_a_plan_and_asks_for_the_papers(facts: FactsMaker) -> None:
    found = follows(given(discharged()), facts())
    plan, link = done(found)
    assert isinstance(plan, f.PlanFollowUp)
    assert [row.due_at.date() - BEGIN.date() for row in plan.rows] == [timedelta(days=d) for d in (2, 7, 14, 30)]
    assert link == papers.FollowPlan(stream="discharge-1", by=link.by, plan=plan.stream)
    assert told(found) == [(facts().directory.discharge_desk(HOSPITAL, BEGIN), "return_form_due")]


def test_papers_that_stay_missing_are_the_head_s_where_desk_and_coordinator_are_one_person(facts: FactsMaker) -> None:
    directory = facts().directory
    assert directory.discharge_desk(HOSPITAL, BEGIN) == directory.coordinator(HOSPITAL, BEGIN) == "chen-yu"
    state = given(discharged()).state
    assert people_of(Who.discharge_desk, state, facts()) == ["chen-yu"]
    assert people_of(Who.recipient_coordinator, state, facts()) == ["dong-ping"]


@pytest.mark.parametrize("disposition", [dis.Disposition.expired, dis.Disposition.other_hospital])
def test_these_have_no_plan(disposition: dis.Disposition, facts: FactsMaker) -> None:
    found = done(follows(given(discharged(disposition=disposition)), facts()))
    assert [command for command in found if isinstance(command, f.PlanFollowUp)] == []


def test_nobody_is_asked_for_the_papers_of_the_dead_and_the_loop_is_closed(facts: FactsMaker) -> None:
    found = follows(given(discharged(disposition=dis.Disposition.expired)), facts())
    assert told(found) == []
    assert [type(command) for command in done(found)] == [papers.CloseDischargeLoop]


def test_the_loop_closes_when_the_plan_is_over_and_the_papers_are_there(facts: FactsMaker) -> None:
    plan = given(planned(1), f.FollowUpDone(by=LI.id, row=0), f.PlanCompleted())
    received = given(
        discharged(),
        dis.ReturnFormSent(by="his", diagnosis=words()),
        dis.ReturnFormAnswered(by="fang-lan", answer=dis.FormAnswer.received),
        dis.PlanFollowed(plan="plan-1"),
    )
    waiting = given(discharged(), dis.PlanFollowed(plan="plan-1"))
    in_loop = replace(plan.state, loop="discharge-1")
    closing = {"discharge-1": received.state}
    assert [type(c) for c in _closing(plan, in_loop, facts(states=closing))] == [papers.CloseDischargeLoop]
    assert _closing(plan, in_loop, facts(states={"discharge-1": waiting.state})) == []


def test_the_referral_that_began_the_loop_is_what_closes(facts: FactsMaker) -> None:
    plan = given(planned(1), f.FollowUpDone(by=LI.id, row=0), f.PlanCompleted())
    received = given(discharged(), dis.ReturnFormSent(by="his", diagnosis=words()),
                     dis.ReturnFormAnswered(by="fang-lan", answer=dis.FormAnswer.received))  # fmt: skip
    in_loop = replace(plan.state, loop="referral-1")
    states = {"discharge-1": received.state, "referral-1": STAGES["reported"].state}
    assert [type(c) for c in _closing(plan, in_loop, facts(states=states))] == [CloseLoop]


def _closing(story: Story, state: Any, facts: Facts) -> list[Any]:
    return done(one for reaction in DECIDING[story.last.type] for one in reaction.react(story.last, state, facts))


def test_after_a_discharge_entered_in_error_there_is_no_plan_and_the_patient_still_there(facts: FactsMaker) -> None:
    story = given(discharged(), dis.PlanFollowed(plan="plan-1"), dis.DischargeVoided(by="his"))
    state = replace(story.state, loop="referral-1")
    found = _closing(story, state, facts(states={"referral-1": STAGES["reported"].state}))
    assert [command.__class__.__name__ for command in found] == ["EndPlan", "WithdrawOutcome"]
    assert found[0].reason is EndReason.entered_in_error


def test_a_plan_of_somebody_who_died_ends_and_is_not_counted_as_lost(facts: FactsMaker) -> None:
    story = given(planned()).and_then(deadline_passed(Situation.follow_up_due, 0, 1))
    found = follows(story, facts(dead=True))
    assert [type(command) for command in done(found)] == [f.EndPlan]
    assert told(found) == []


def test_the_plan_goes_to_the_centre_that_the_papers_go_to(facts: FactsMaker) -> None:
    named = dis.CentreNamed(by=CHEN.id, centre="yanqiao")
    [move] = done(follows(given(discharged(), dis.PlanFollowed(plan="plan-1"), named), facts()))
    assert move == f.MovePlan(stream="plan-1", by=move.by, centre="yanqiao")
    assert done(follows(given(discharged(), named), facts())) == []


def test_a_plan_that_moved_changes_on_the_cards_of_the_former_team(facts: FactsMaker) -> None:
    assert follows(given(planned(), f.PlanMoved(centre="yanqiao")), facts()) == [ShowAnew()]


WORSE = given(planned(), f.FollowUpAnswered(by=LI.id, row=0, answer="worse"))
NIGHT = BEGIN + timedelta(hours=15)


@pytest.mark.parametrize("signs", [(), ("vision",)])
def test_the_answer_about_danger_signs_asks_whoever_covers_even_at_night(
    signs: tuple[str, ...], facts: FactsMaker
) -> None:
    answered = WORSE.and_then(f.DangerAnswered(by=LI.id, row=0, signs=signs))
    [alarm] = done(follows(answered, facts(now=NIGHT)))
    assert "fang-lan" in alarm.to
    alarmed = answered.and_then(f.TeamAlarmed(facility=alarm.facility, to=("fang-lan",)))
    notices = [one for one in follows(alarmed, facts(now=NIGHT)) if isinstance(one, Tell)]
    assert (notices[0].recipient, notices[0].purpose, notices[0].not_before) == ("fang-lan", "feels_worse", None)
    assert notices[0].lane == ("stat" if signs else "asap")


def test_a_danger_sign_before_the_arrival_amends_the_referral_and_so_decides_it_again(facts: FactsMaker) -> None:
    story = WORSE.and_then(f.DangerAnswered(by=LI.id, row=0, signs=("headache", "vision")))
    coming, there = STAGES[Situation.confirmed].state, STAGES[Situation.arrived].state
    known = replace(facts(), referrals={PATIENT: [coming, there]})
    [amend] = [command for command in done(follows(story, known)) if isinstance(command, AmendReferral)]
    assert amend.stream == coming.id
    picture = coming.picture.model_copy(update={"symptoms": ("severe_headache", "blurred_vision")})
    assert (coming.picture.symptoms, amend.picture) == ((), picture)
    vocabulary = known.rules.triage.inputs["symptoms"].values
    assert set(_SYMPTOMS.values()) <= set(vocabulary)
    assert set(_SYMPTOMS) == set(packs()["messages"].parameters["danger_signs"])


def test_where_nobody_covers_the_patient_is_told_so(facts: FactsMaker) -> None:
    alarmed = WORSE.and_then(f.DangerAnswered(by=LI.id, row=0), f.TeamAlarmed(facility=None, to=("fang-lan",)))
    assert (PATIENT, "patient_unseen") in told(follows(alarmed, facts(now=NIGHT)))


def test_no_answer_about_danger_signs_counts_as_a_yes(facts: FactsMaker) -> None:
    passed = DeadlinePassed(situation=Situation.danger_asked, step=0, reached=1, becomes=Situation.danger_unseen)
    silent = WORSE.and_then(passed)
    assert silent.state.priority is Priority.stat
    assert [command.to[0] for command in done(follows(silent, facts()))] == ["fang-lan"]


def test_unseen_the_patient_hears_it_and_the_coordinator_is_asked(facts: FactsMaker) -> None:
    unseen = WORSE.and_then(f.DangerAnswered(by=LI.id, row=0, signs=("vision",)))
    passed = unseen.and_then(DeadlinePassed(situation=Situation.danger_unseen, step=0, reached=1))
    people = told(follows(passed, facts()))
    assert (PATIENT, "patient_unseen") in people
    assert any(purpose == "feels_worse" for _, purpose in people)


@pytest.mark.parametrize("sbp, told_at_once", [(118, False), (192, True)])
def test_only_a_high_reading_disturbs_the_team(sbp: int, told_at_once: bool, facts: FactsMaker) -> None:
    story = given(planned(), f.ReadingRecorded(by=LI.id, row=0, sbp=sbp, dbp=80))
    assert bool(told(follows(story, facts()))) is told_at_once


def test_a_follow_up_that_reached_nobody_is_the_team_s_to_call_not_the_coordinator_s(facts: FactsMaker) -> None:
    failed = given(asked_for("patient_follow_up", recipient=PATIENT, about="plan-1"), n.NoticeFailed(reason="blocked"))
    found = follows(failed, facts(states={"plan-1": given(planned()).state}))
    assert told(found) == [("fang-lan", "call_item")]
    assert LAI.id not in dict(told(found))


# A loop opened again, and an amendment nobody waits for


def test_reopening_tells_the_initiator_and_whoever_had_accepted_but_not_who_did_it(facts: FactsMaker) -> None:
    closed = STAGES["closed"]
    event = e.ReferralReopened(by=HE.id, reason=words(), former=LIN.id)
    assert told(follows(closed.and_then(event), facts())) == [(LIN.id, "reopened")]
    by_coordinator = event.model_copy(update={"by": LAI.id})
    assert told(follows(closed.and_then(by_coordinator), facts())) == sorted(
        [(HE.id, "reopened"), (LIN.id, "reopened")]
    )


def test_whoever_declined_is_not_told_of_an_amendment(facts: FactsMaker) -> None:
    amended = e.ReferralAmended(by=HE.id, reason=words(), changed=("reason",))
    assert told(follows(STAGES["declined"].and_then(amended), facts())) == []
    assert told(follows(STAGES["offered"].and_then(amended), facts())) == [(LIN.id, "amended")]
