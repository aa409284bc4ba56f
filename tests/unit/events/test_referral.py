"""What follows from each command to a referral, told as stories."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from events import referral as e
from events import referral_commands as d
from events.actions import Action, actions
from events.base import DeadlinePassed, Situation
from events.referral_state import ENDED, ReferralStatus
from models.values import Priority, Role
from tests.unit.events.rights import COMMANDS, PARTIES, command
from tests.unit.events.stages import OTHER_ROADS, STAGES
from tests.unit.events.story import (
    BEGIN,
    CHEN,
    CLINIC,
    HE,
    HOSPITAL,
    HOSPITAL_SYSTEM,
    LIN,
    OTHER_HOSPITAL,
    RULES,
    TOMORROW,
    ZHOU,
    accepted,
    decision,
    given,
    offered,
    requested,
    triaged,
    unplaced,
    words,
)

# What a command that is allowed leads to, whatever the stage; arrival comes first where nobody had said it.
FOLLOWS: Mapping[Action, str] = {
    Action.see: "ReferralSeen",
    Action.hold: "ReferralHeld",
    Action.accept: "ReferralAccepted",
    Action.decline: "ReferralDeclined",
    Action.advise: "ReferralAdvised",
    Action.redirect: "ReferralRedirected",
    Action.give_back: "ReferralGivenBack",
    Action.ask_information: "InformationAsked",
    Action.give_information: "InformationGiven",
    Action.refuse_advice: "AdviceRefused",
    Action.offer_time: "TimeOffered",
    Action.confirm_time: "TimeConfirmed",
    Action.refuse_time: "TimeRefused",
    Action.cancel_time: "TimeCancelled",
    Action.set_out: "PatientSetOut",
    Action.record_arrival: "PatientArrived",
    Action.record_missed: "PatientMissed",
    Action.attach: "DocumentAttached",
    Action.add_note: "InterimNoteAdded",
    Action.report_outcome: "OutcomeReported LoopClosed",
    Action.withdraw_outcome: "OutcomeWithdrawn",
    Action.amend: "ReferralAmended",
    Action.change_priority: "PriorityChanged",
    Action.record_consent: "ConsentRecorded",
    Action.ask_cancel: "CancelAsked",
    Action.confirm_cancel: "CancelConfirmed",
    Action.refuse_cancel: "CancelRefused",
    Action.withdraw: "ReferralWithdrawn",
    Action.close: "LoopClosed",
    Action.reopen: "ReferralReopened",
    Action.ask_next: "NextAsked",
    Action.take_over: "ReferralTakenOver",
    Action.identify: "PatientIdentified",
    Action.hand_over: "HandOverAsked",
    Action.triage: "ReferralTriaged",
    Action.offer: "ReferralOffered",
}


@pytest.mark.parametrize("name", [*STAGES, *OTHER_ROADS])
def test_every_command_that_is_allowed_leads_to_its_event_and_to_a_stage_with_a_holder(name: str) -> None:
    story = {**STAGES, **OTHER_ROADS}[name]
    for party in PARTIES.values():
        for action in actions(story.state, party):
            outcome = story.told(command(action, story, party))
            assert outcome.refusal is None, action
            names = " ".join(type(event).__name__ for event in outcome.events)
            assert names.removeprefix("PatientArrived ") == FOLLOWS[action], f"{action} by {party.id}"
            after = outcome.happens().state
            assert after.version == story.state.version + len(outcome.events)
            waits = after.situation is not None
            assert waits or after.status in {*ENDED, ReferralStatus.reported}
            assert not waits or after.holder.facility


def test_there_is_a_command_for_every_action() -> None:
    assert set(COMMANDS) == set(FOLLOWS) == set(Action)
    assert all(kind.action is action for action, (kind, _) in COMMANDS.items())


@pytest.mark.parametrize("stage", STAGES)
def test_nobody_is_named_who_may_not_act_any_more(stage: str) -> None:
    """The holder of every stage belongs to the facility that is to act."""
    state = STAGES[stage].state
    facilities = {HOSPITAL, CLINIC, "liuwan"}
    assert state.holder.facility in facilities
    assert state.holder.role in (Role.doctor, Role.coordinator)


# Asking


def test_a_referral_is_taken_in_once() -> None:
    given(requested()).told(_request()).refused("exists")


def test_nothing_can_be_done_about_a_referral_that_is_not_there() -> None:
    given().when(d.AcceptReferral, LIN).refused("unknown-referral")


def test_who_is_asked_first_holds_it() -> None:
    state = given(requested(), triaged(), offered(LIN.id, ZHOU.id)).state
    assert (state.holder.person, state.holder.role) == (LIN.id, Role.doctor)


def test_with_nobody_named_the_coordinator_holds_it() -> None:
    state = given(requested(), triaged(), offered()).state
    assert (state.holder.person, state.holder.role, state.holder.facility) == (None, Role.coordinator, HOSPITAL)


def test_asking_one_more_does_not_start_the_waiting_again() -> None:
    first = given(requested(), triaged(), offered(LIN.id))
    later = first.and_then(offered(ZHOU.id, step=2))
    assert later.state.since == first.state.since
    assert [asked.person for asked in later.state.asked] == [LIN.id, ZHOU.id]


def test_an_emergency_that_is_accepted_means_come_now() -> None:
    story = given(requested(), triaged("stat"), offered(LIN.id))
    story.when(d.AcceptReferral, LIN).then(accepted(come_now=True))


def test_an_emergency_can_still_be_given_a_time() -> None:
    story = given(requested(), triaged("stat"), offered(LIN.id))
    story.when(d.AcceptReferral, LIN, appointment=TOMORROW).then(accepted(appointment=TOMORROW))


def test_accepting_with_a_time_asks_the_patient() -> None:
    state = given(requested(), triaged(), offered(LIN.id)).when(d.AcceptReferral, LIN, appointment=TOMORROW).happens()
    assert state.state.situation is Situation.time_offered
    assert state.state.holder.facility == "liuwan"


def test_a_time_in_the_past_is_refused() -> None:
    past = e.Appointment(at=BEGIN - timedelta(hours=1))
    STAGES["offered"].when(d.AcceptReferral, LIN, appointment=past).refused("time-in-past")
    STAGES["accepted"].when(d.OfferTime, LIN, appointment=past).refused("time-in-past")


def test_the_second_of_two_doctors_who_press_at_once_is_too_late() -> None:
    story = given(requested(), triaged(), offered(LIN.id, ZHOU.id))
    after = story.when(d.AcceptReferral, LIN).happens()
    after.when(d.AcceptReferral, ZHOU).refused("not-now")


def test_what_a_hospital_s_system_accepts_its_coordinator_holds() -> None:
    story = given(requested(), triaged(), offered(LIN.id))
    outcome = story.when(d.AcceptReferral, HOSPITAL_SYSTEM)
    assert outcome.refusal is None
    assert outcome.events[0] == accepted(HOSPITAL_SYSTEM)


def test_another_reason_needs_a_comment() -> None:
    STAGES["offered"].when(d.DeclineReferral, LIN, reason=e.DeclineReason.other).refused("comment-needed")


def test_a_decline_never_closes_it_goes_back_to_the_initiator() -> None:
    story = STAGES["offered"].when(d.DeclineReferral, LIN, reason=e.DeclineReason.no_capacity).happens()
    assert story.state.open
    assert (story.state.holder.person, story.state.holder.facility) == (HE.id, CLINIC)


def test_an_emergency_is_not_advised_about_from_afar() -> None:
    story = given(requested(), triaged("stat"), offered(LIN.id))
    story.when(d.AdviseReferral, LIN, advice=words()).refused("no-advice-for-stat")


def test_sending_it_on_to_where_it_is_is_refused() -> None:
    STAGES["offered"].when(d.RedirectReferral, LIN, facility=HOSPITAL, department="cardiology").refused(
        "same-recipient"
    )


def test_a_redirection_keeps_the_history_and_names_who_had_it() -> None:
    story = STAGES["held"].when(d.RedirectReferral, CHEN, facility=OTHER_HOSPITAL).happens()
    assert [leg.facility for leg in story.state.legs] == [HOSPITAL, OTHER_HOSPITAL]
    assert story.last.event.former == LIN.id
    assert story.state.asked == ()


def test_who_gave_it_back_is_left_out_and_a_patient_who_knew_is_told() -> None:
    story = STAGES["time_offered"].when(d.GiveBackReferral, LIN, reason=e.GiveBackReason.bed_lost).happens()
    assert story.last.event.told
    assert LIN.id in story.state.excluded
    assert story.state.appointment is None


def test_a_question_waits_at_the_initiator_and_returns_to_who_asked() -> None:
    asked = STAGES["offered"].when(d.AskInformation, LIN, question=words()).happens()
    assert asked.state.holder.person == HE.id
    answered = asked.when(d.GiveInformation, HE, answer=words()).happens()
    assert (answered.state.situation, answered.state.holder.person) == (Situation.held, LIN.id)


def test_the_recipient_may_decide_without_the_answer() -> None:
    STAGES["information_asked"].when(d.AcceptReferral, LIN).happens()


# Priority


def test_raising_needs_no_reason_and_lowering_does() -> None:
    story = given(requested(), triaged("asap"), offered(LIN.id))
    story.when(d.ChangePriority, HE, priority=Priority.stat).then(e.PriorityChanged(by=HE.id, priority=Priority.stat))
    story.when(d.ChangePriority, LIN, priority=Priority.routine).refused("reason-needed")
    story.when(d.ChangePriority, LIN, priority=Priority.routine, reason=e.LowerReason.examined).happens()


def test_a_change_of_priority_begins_the_waiting_again() -> None:
    passed = DeadlinePassed(situation=Situation.offered, step=0, reached=1)
    story = given(requested(), triaged(), offered(LIN.id), passed)
    raised = story.when(d.ChangePriority, HE, priority=Priority.stat).happens()
    assert (story.state.step, raised.state.step) == (1, 0)
    assert raised.state.since == raised.last.occurred_at
    assert raised.state.raised is Priority.stat


def test_the_same_decision_again_is_nothing_new() -> None:
    story = given(requested(), triaged(), offered(LIN.id))
    story.when(d.TriageReferral, RULES, decision=decision()).nothing()


def test_another_priority_after_people_were_asked_asks_them_anew() -> None:
    story = given(requested(), triaged(), offered(LIN.id))
    story.when(d.TriageReferral, RULES, decision=decision("stat")).then(triaged("stat", anew=True))
    story.when(d.TriageReferral, RULES, decision=decision("urgent", rules=("TRI-1",))).then(
        e.ReferralTriaged(decision=decision("urgent", rules=("TRI-1",)))
    )


def test_an_amendment_that_says_nothing_new_is_nothing() -> None:
    STAGES["offered"].when(d.AmendReferral, HE, asked_priority=Priority.urgent).nothing()


def test_an_amendment_says_what_changed() -> None:
    picture = e.ClinicalPicture(age=71)
    story = STAGES["offered"].when(d.AmendReferral, HE, picture=picture, reason=words()).happens()
    assert story.last.event.changed == ("picture", "reason")
    assert story.state.picture == picture


def test_an_amendment_places_what_had_no_recipient_and_moves_nothing_that_had() -> None:
    placed = given(unplaced(), triaged()).when(d.AmendReferral, HE, recipient_facility=HOSPITAL).happens()
    assert placed.state.situation is Situation.offered
    STAGES["offered"].when(d.AmendReferral, HE, recipient_facility=OTHER_HOSPITAL).nothing()


def _request() -> d.RequestReferral:
    fields = requested().model_dump(exclude={"due"})
    return d.RequestReferral(stream="referral-1", **fields)
