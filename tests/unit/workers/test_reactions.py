"""The map of the system: which events lead to somebody being told, and what the reactions decide."""

import importlib
import inspect
from datetime import timedelta

import pytest

from events import catalog
from events import notice as n
from events import referral as e
from events.base import Actor, Event, Situation
from events.purposes import PURPOSES, Audience, Purpose
from events.referral_commands import AskRouting, OfferReferral, TriageReferral
from models.values import ActorKind, Priority, StreamKind
from tests.unit.events.stages import OTHER_ROADS, STAGES
from tests.unit.events.story import (
    BEGIN,
    CENTRE,
    CHEN,
    CLINIC,
    HE,
    HOSPITAL,
    LIN,
    PATIENT,
    TOMORROW,
    accepted,
    asked_for,
    given,
    offered,
    recorded,
    requested,
    triaged,
    unplaced,
    words,
)
from tests.unit.workers.conftest import FactsMaker
from tests.unit.workers.reacting import deadline_passed, done, follows, told
from workers.asking import people_of
from workers.outcomes import ShowAnew, Tell
from workers.reactions import SUBSCRIBERS, TELLING
from workers.rules.silence import Who

# Asked for elsewhere than in a reaction, or not yet by anything.
_TELLERS = ("alarming", "telling", "telling_care", "telling_papers", "telling_patients")
NOT_BY_A_REACTION = {
    Purpose.plan_card,  # the card that is opened from /today
    Purpose.shown,  # the card that somebody asked to see again
    Purpose.parked,  # workers and admin: what was parked
    Purpose.list_handed_over,  # the chat side: a whole list goes to a colleague
    Purpose.proposal_lapsed,  # workers/lapsing.py: what two admins did not approve in time
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


def _seen_by(facts: FactsMaker, *events: Event) -> list[tuple[str, bool]]:
    found = follows(given(*events), facts())
    return [(one.recipient, one.silent) for one in found if isinstance(one, Tell) and one.purpose is Purpose.on_board]


def test_the_coordinator_sees_an_emergency_at_once_and_once(facts: FactsMaker) -> None:
    began = (requested("stat"), triaged("stat"), offered(LIN.id))
    assert _seen_by(facts, *began) == [(CHEN.id, True)], "a silent card: they are asked at five minutes"
    assert _seen_by(facts, *began, offered("zhou-min")) == [], "they see it already"
    assert _seen_by(facts, requested("asap"), triaged("asap"), offered(LIN.id)) == []
    assert _seen_by(facts, requested("stat"), triaged("stat"), offered(CHEN.id)) == [], "asked themselves"
    raised = e.PriorityChanged(by=HE.id, priority=Priority.stat)
    assert _seen_by(facts, requested(), triaged(), offered(LIN.id), raised, offered(LIN.id)) == [(CHEN.id, True)]


def test_an_urgent_one_goes_to_the_doctor_on_duty(facts: FactsMaker) -> None:
    [offer] = done(follows(given(requested(), triaged("urgent")), facts()))
    assert isinstance(offer, OfferReferral)
    assert offer.to == facts().directory.on_duty(HOSPITAL, "cardiology", BEGIN)[:1]


def test_a_routine_one_goes_to_the_desk_never_to_night_duty(facts: FactsMaker) -> None:
    night = BEGIN + timedelta(hours=14)
    [offer] = done(follows(given(requested("routine"), triaged("routine")), facts(now=night)))
    desk = facts().directory.desk(HOSPITAL, "cardiology", night)
    assert offer.to == desk[:1]
    asked = given(requested("routine"), triaged("routine"), offered(*desk[:1])).state
    assert people_of(Who.next_on_duty, asked, facts(now=night)) == list(desk), "nor on silence"
    urgent = given(requested(), triaged(), offered(*desk[:1])).state
    assert set(people_of(Who.next_on_duty, urgent, facts(now=night))) > set(desk), "an urgent one does"


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
    passed = held.and_then(deadline_passed(Situation.held, 0, 1))
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
    state = catalog.fold([*asked[:3], asked[3]._replace(actor=system), answer])
    found = [one for reaction in TELLING["InformationGiven"] for one in reaction.react(answer, state, facts())]
    assert told(found) == [(facts().directory.coordinator(HOSPITAL, BEGIN), "information_given")]


def test_the_initiator_s_coordinator_is_asked_to_answer_a_question_not_to_accept(facts: FactsMaker) -> None:
    story = STAGES["information_asked"].and_then(deadline_passed(Situation.information_asked, 0, 1))
    found = dict(told(follows(story, facts())))
    assert found[facts().directory.coordinator(CLINIC, BEGIN) or ""] == "information_asked"
    assert found[LIN.id] == "offer"


def test_a_system_that_referred_is_told_through_its_coordinator(facts: FactsMaker) -> None:
    story = given(requested(initiator=None), triaged(), offered(LIN.id), accepted())
    assert told(follows(story, facts())) == [(facts().directory.coordinator(CLINIC, BEGIN), "somebody_has_it")]


def test_everybody_s_cards_change_with_what_happens(facts: FactsMaker) -> None:
    assert ShowAnew() in follows(STAGES["accepted"], facts())
    assert ShowAnew() in follows(STAGES["withdrawn"], facts())
