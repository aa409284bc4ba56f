"""The map of the system: which events lead to somebody being told, and what the reactions decide."""

import importlib
import inspect
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events import catalog
from events import discharge as dis
from events import discharge_decider as papers
from events import follow_up as f
from events import notice as n
from events import referral as e
from events.base import Actor, DeadlinePassed, EndReason, Situation
from events.purposes import PURPOSES, Audience, Purpose
from events.referral_commands import AmendReferral, AskRouting, CloseLoop, OfferReferral, TriageReferral
from models.values import ActorKind, Priority, StreamKind
from tests.unit.events.stages import OTHER_ROADS, STAGES
from tests.unit.events.story import (
    BEGIN,
    CENTRE,
    CHEN,
    CLINIC,
    HE,
    HOSPITAL,
    LAI,
    LI,
    LIN,
    PATIENT,
    TOMORROW,
    Story,
    accepted,
    asked_for,
    discharged,
    given,
    offered,
    planned,
    recorded,
    requested,
    triaged,
    unplaced,
    words,
)
from tests.unit.workers.conftest import FactsMaker
from workers.alarming import _SYMPTOMS
from workers.asking import people_of
from workers.facts import Facts
from workers.outcomes import Do, Outcome, ShowAnew, Tell
from workers.reactions import CONSUMERS, DECIDING, SUBSCRIBERS, TELLING
from workers.rules.pack import packs
from workers.rules.silence import Who

# Asked for elsewhere than in a reaction, or not yet by anything.
_TELLERS = ("alarming", "telling", "telling_care", "telling_papers", "telling_patients")
NOT_BY_A_REACTION = {
    Purpose.plan_card,  # the card that is opened from /today
    Purpose.shown,  # the card that somebody asked to see again
    Purpose.parked,  # workers and admin: what was parked
    Purpose.on_board,  # the chat side: a press on the list
    Purpose.list_handed_over,  # the chat side: a whole list goes to a colleague
    Purpose.undo_lapsed,  # workers/lapsing.py: a death that nobody else wanted undone
    Purpose.hand_over,  # workers/rounds.py: the end of a shift
    Purpose.duty_unreachable,  # workers/rounds.py: tomorrow's duty
}

# Nobody is asked or told by these alone; who knew already sees their card change.
CHANGES_NOBODY = {
    "PatientEnrolled",  # its rows follow at once
    "FollowUpMissed",  # DeadlinePassed of the same moment puts it on the call list
    "PlanCompleted",  # FollowUpDone or FollowUpLost of the same moment
    "PlanFollowed",
    "ConsentRecorded",
}


def follows(story: Story, facts: Facts) -> list[Outcome]:
    """What all reactions to the story's last event ask for."""
    return [
        outcome
        for table in CONSUMERS.values()
        for reaction in table.get(story.last.type, ())
        for outcome in reaction.react(story.last, story.state, facts)
    ]


def told(found: Iterable[Outcome]) -> list[tuple[str, str]]:
    """Who is told, and why."""
    return sorted((one.recipient, str(one.purpose)) for one in found if isinstance(one, Tell))


def done(found: Iterable[Outcome]) -> list[Any]:
    """The commands that follow."""
    return [one.command for one in found if isinstance(one, Do)]


# The map


def test_every_event_that_the_reactions_name_is_in_the_catalog() -> None:
    assert set(SUBSCRIBERS) <= set(catalog.EVENTS)


def test_every_event_that_changes_who_must_act_shows_on_cards_or_tells_somebody() -> None:
    other = catalog.NAMES[StreamKind.notice] | catalog.NAMES[StreamKind.pack]  # about messages and rules, not patients
    everything = set(catalog.EVENTS) - (other - {"LoopClosed", "DeadlinePassed"})
    assert everything - set(TELLING) == CHANGES_NOBODY


@pytest.mark.parametrize("name", [*STAGES, *OTHER_ROADS])
def test_whoever_must_act_is_asked_or_already_sees_it(name: str, facts: FactsMaker) -> None:
    story = {**STAGES, **OTHER_ROADS}[name]
    assert follows(story, facts()), f"{story.last.type} leads to nothing"


def test_every_purpose_is_asked_for_by_a_reaction(facts: FactsMaker) -> None:
    sources = "".join(_source(module) for module in _TELLERS)
    asked = {purpose for purpose in Purpose if f"Purpose.{purpose.name}" in sources}
    assert set(Purpose) - asked == NOT_BY_A_REACTION


def _source(module: str) -> str:
    return inspect.getsource(importlib.import_module(f"workers.{module}"))


def test_every_purpose_says_what_follows_when_nobody_knows_whether_it_arrived() -> None:
    assert set(PURPOSES) == set(Purpose)


@pytest.mark.parametrize("name", [*STAGES, *OTHER_ROADS])
def test_nothing_is_written_to_a_patient_who_died(name: str, facts: FactsMaker) -> None:
    found = follows({**STAGES, **OTHER_ROADS}[name], facts(dead=True))
    assert [one for one in found if isinstance(one, Tell) and PURPOSES[one.purpose].audience is Audience.patient] == []


# Asking


def test_a_referral_that_came_in_is_triaged(facts: FactsMaker) -> None:
    [triage] = done(follows(given(requested("asap")), facts()))
    assert isinstance(triage, TriageReferral)
    assert triage.decision.priority is Priority.asap
    assert triage.decision.pack_hash == facts().rules.triage.ref.hash


def test_an_urgent_one_goes_to_the_doctor_on_duty(facts: FactsMaker) -> None:
    [offer] = done(follows(given(requested(), triaged("urgent")), facts()))
    assert isinstance(offer, OfferReferral)
    assert offer.to == facts().directory.on_duty(HOSPITAL, "cardiology", BEGIN)[:1]


def test_a_routine_one_goes_to_the_desk_never_to_night_duty(facts: FactsMaker) -> None:
    night = BEGIN + timedelta(hours=14)
    [offer] = done(follows(given(requested("routine"), triaged("routine")), facts(now=night)))
    assert offer.to == facts().directory.desk(HOSPITAL, "cardiology", night)[:1]


def test_without_a_recipient_the_coordinator_is_asked_where_to(facts: FactsMaker) -> None:
    [ask] = done(follows(given(unplaced(), triaged()), facts()))
    assert isinstance(ask, AskRouting)
    assert ask.to == (facts().directory.coordinator(CLINIC, BEGIN),)


def test_a_department_nobody_is_in_is_the_coordinator_s(facts: FactsMaker) -> None:
    [offer] = done(follows(given(requested(department="no-such"), triaged()), facts()))
    assert offer.to == facts().directory.on_duty(HOSPITAL, None, BEGIN)[:1]


def test_who_gave_it_back_is_not_asked_again(facts: FactsMaker) -> None:
    [offer] = done(follows(OTHER_ROADS["given back, not yet asked"], facts()))
    assert LIN.id not in offer.to


def test_an_amendment_of_words_asks_nobody_a_second_time(facts: FactsMaker) -> None:
    story = given(requested(), triaged(), offered(LIN.id))
    amended = story.and_then(e.ReferralAmended(by=HE.id, reason=words(), changed=("reason",)))
    assert [type(command) for command in done(follows(amended, facts()))] == [TriageReferral]
    again = amended.and_then(triaged("urgent"))
    assert done(follows(again, facts())) == []


def test_an_amendment_that_makes_it_an_emergency_asks_anew(facts: FactsMaker) -> None:
    story = given(requested(), triaged(), offered(LIN.id))
    again = story.and_then(triaged("stat", anew=True))
    assert [type(command) for command in done(follows(again, facts()))] == [OfferReferral]


def test_a_priority_that_somebody_raised_is_not_lost_by_an_amendment(facts: FactsMaker) -> None:
    story = given(requested(), triaged(), offered(LIN.id), e.PriorityChanged(by=HE.id, priority=Priority.stat))
    amended = story.and_then(e.ReferralAmended(by=HE.id, reason=words(), changed=("reason",)))
    [triage] = done(follows(amended, facts()))
    assert triage.decision.priority is Priority.stat


def test_a_priority_lowered_by_hand_is_decided_again_with_an_amendment(facts: FactsMaker) -> None:
    lower = e.PriorityChanged(by=LIN.id, priority=Priority.routine, reason=e.LowerReason.examined)
    story = given(requested(), triaged(), offered(LIN.id), lower)
    amended = story.and_then(e.ReferralAmended(by=HE.id, reason=words(), changed=("reason",)))
    [triage] = done(follows(amended, facts()))
    assert triage.decision.priority is Priority.urgent


def test_while_one_has_it_silence_asks_nobody_else(facts: FactsMaker) -> None:
    held = given(requested(), triaged(), offered(LIN.id), e.ReferralHeld(by=CHEN.id))
    passed = held.and_then(_passed(Situation.held, 0, 1))
    assert done(follows(passed, facts())) == []
    assert told(follows(passed, facts())) == [(CHEN.id, "coordinator_asked")]


def test_who_cannot_be_reached_is_followed_by_the_next(facts: FactsMaker) -> None:
    failed = given(asked_for("offer"), n.NoticeFailed(reason="blocked"))
    about = STAGES["offered"].state
    [offer] = done(follows(failed, facts(states={about.id: about})))
    assert offer.to
    assert LIN.id not in offer.to


# Telling


def test_somebody_has_it_is_said_once(facts: FactsMaker) -> None:
    held = given(requested(), triaged(), offered(LIN.id), e.ReferralHeld(by=LIN.id))
    assert told(follows(held, facts())) == [(HE.id, "somebody_has_it")]
    assert told(follows(held.and_then(accepted()), facts())) == []


def test_come_now_goes_to_the_patient_where_they_have_a_chat(facts: FactsMaker) -> None:
    story = given(requested(), triaged("stat"), offered(LIN.id), accepted(come_now=True))
    assert told(follows(story, facts())) == [(HE.id, "somebody_has_it"), (PATIENT, "patient_come_now")]
    assert told(follows(story, facts(reachable=()))) == [(HE.id, "somebody_has_it")]


def test_a_time_goes_to_the_patient_or_to_who_telephones(facts: FactsMaker) -> None:
    story = given(requested(), triaged(), offered(LIN.id), accepted(appointment=TOMORROW))
    assert (PATIENT, "patient_time") in told(follows(story, facts()))
    without = told(follows(story, facts(reachable=())))
    assert (facts().directory.coordinator(CENTRE, BEGIN), "call_item") in without


def test_a_time_the_hospital_cancels_is_told_to_the_patient_and_asked_of_who_accepted(facts: FactsMaker) -> None:
    story = OTHER_ROADS["time cancelled by the hospital"]
    assert story.state.situation is Situation.accepted
    assert set(told(follows(story, facts()))) == {(LIN.id, "time_refused"), (PATIENT, "patient_cancelled")}


def test_nothing_is_told_to_a_patient_who_may_be_somebody_else(facts: FactsMaker) -> None:
    story = given(requested(), triaged(), offered(LIN.id), accepted(appointment=TOMORROW))
    found = told(follows(story, facts(doubts=("another birth date",))))
    assert PATIENT not in {person for person, _ in found}
    assert "call_item" in {purpose for _, purpose in found}


def test_a_system_that_asked_something_gets_its_answer_through_the_coordinator(facts: FactsMaker) -> None:
    system = Actor(ActorKind.source, "his-chengxi-1")
    asked = recorded((requested(), triaged(), offered(), e.InformationAsked(by=system.id, question=words())))
    answer = recorded((requested(), *[e.InformationGiven(by=HE.id, answer=words())] * 4))[-1]
    state = catalog.fold([*asked[:3], replace(asked[3], actor=system), answer])
    found = [one for reaction in TELLING["InformationGiven"] for one in reaction.react(answer, state, facts())]
    assert told(found) == [(facts().directory.coordinator(HOSPITAL, BEGIN), "information_given")]


def test_the_initiator_s_coordinator_is_asked_to_answer_a_question_not_to_accept(facts: FactsMaker) -> None:
    story = STAGES["information_asked"].and_then(_passed(Situation.information_asked, 0, 1))
    found = dict(told(follows(story, facts())))
    assert found[facts().directory.coordinator(CLINIC, BEGIN) or ""] == "information_asked"
    assert found[LIN.id] == "offer"


def test_a_system_that_referred_is_told_through_its_coordinator(facts: FactsMaker) -> None:
    story = given(requested(initiator=None), triaged(), offered(LIN.id), accepted())
    assert told(follows(story, facts())) == [(facts().directory.coordinator(CLINIC, BEGIN), "somebody_has_it")]


def test_everybody_s_cards_change_with_what_happens(facts: FactsMaker) -> None:
    assert ShowAnew() in follows(STAGES["accepted"], facts())
    assert ShowAnew() in follows(STAGES["withdrawn"], facts())


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
    story = given(planned()).and_then(_passed(Situation.follow_up_due, 0, 1))
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


def _passed(situation: Situation, step: int, reached: int) -> Any:
    return DeadlinePassed(situation=situation, step=step, reached=reached)


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
