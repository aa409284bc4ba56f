"""A referral from the visit on: what comes of it, how it ends, and what silence means."""

import pytest

from events import referral as e
from events import referral_commands as d
from events.actions import Action, actions
from events.base import EndReason, LoopClosed, PassDeadline, Situation
from events.referral_state import ENDED, ReferralStatus
from models.values import ActorKind
from tests.unit.events.rights import PARTIES
from tests.unit.events.stages import OTHER_ROADS, STAGES
from tests.unit.events.story import (
    CHEN,
    FANG,
    HE,
    HOSPITAL,
    HOSPITAL_SYSTEM,
    LI,
    LIN,
    RULES,
    TOMORROW,
    given,
    offered,
    requested,
    triaged,
    words,
)

# The visit


def test_a_patient_who_cannot_come_leaves_the_appointment_to_be_made_again() -> None:
    story = STAGES["confirmed"].when(d.RefuseTime, LI, wants="cannot_come").happens()
    assert (story.state.situation, story.state.appointment) == (Situation.accepted, None)
    assert story.state.holder.facility == HOSPITAL


def test_the_same_time_offered_again_is_nothing() -> None:
    STAGES["time_offered"].when(d.OfferTime, LIN, appointment=TOMORROW).nothing()


def test_an_outcome_says_the_arrival_where_nobody_had() -> None:
    story = STAGES["accepted"].when(d.ReportOutcome, LIN, kind=e.OutcomeKind.treated).happens()
    assert [each.type for each in story.history[-3:]] == ["PatientArrived", "OutcomeReported", "LoopClosed"]


def test_a_discharge_leaves_the_loop_to_its_papers_and_its_plan() -> None:
    story = STAGES["arrived"].when(d.ReportOutcome, LIN, kind=e.OutcomeKind.discharged).happens()
    assert (story.state.status, story.state.situation, story.state.open) == (ReferralStatus.reported, None, True)


def test_a_death_closes_with_its_reason() -> None:
    story = STAGES["arrived"].when(d.ReportOutcome, LIN, kind=e.OutcomeKind.died).happens()
    assert (story.state.status, story.state.ended_reason) == (ReferralStatus.closed, EndReason.died)


def test_the_centre_may_give_a_missed_patient_a_new_time() -> None:
    STAGES["missed"].when(d.OfferTime, FANG, appointment=TOMORROW).happens()


# The end


def test_a_cancellation_is_a_request_and_tells_a_patient_who_knew() -> None:
    asked = STAGES["confirmed"].when(d.AskCancel, HE, reason=EndReason.resolved).happens()
    assert asked.state.situation is Situation.cancel_asked
    asked.when(d.ConfirmCancel, LIN).then(e.CancelConfirmed(by=LIN.id, told=True))


def test_a_refused_cancellation_leaves_everything_as_it_was_and_what_was_learnt_meanwhile() -> None:
    before = STAGES["confirmed"]
    asked = before.when(d.AskCancel, HE, reason=EndReason.resolved).happens()
    consented = asked.when(d.RecordConsent, HE, given_by="patient").happens().when(d.SeeReferral, CHEN).happens()
    after = consented.when(d.RefuseCancel, LIN).happens().state
    assert (after.situation, after.appointment, after.holder) == (
        before.state.situation, before.state.appointment, before.state.holder,
    )  # fmt: skip
    assert after.consent == "given"
    assert CHEN.id in {person for person, _ in after.seen}


def test_a_loop_closed_without_an_outcome_says_why() -> None:
    STAGES["declined"].when(d.CloseLoop, HE).refused("reason-needed")
    STAGES["declined"].when(d.CloseLoop, HE, reason=EndReason.went_elsewhere).then(
        LoopClosed(by=HE.id, reason=EndReason.went_elsewhere)
    )


@pytest.mark.parametrize("ended", sorted(ENDED))
def test_what_is_over_can_only_be_opened_again(ended: str) -> None:
    story = STAGES[ended]
    assert {action for party in PARTIES.values() for action in actions(story.state, party)} == {Action.reopen}
    after = story.when(d.ReopenReferral, HE, reason=words()).happens().state
    assert (after.situation, after.holder.person) == (Situation.declined, HE.id)
    assert (after.accepted_by, after.held_by, after.appointment, after.come_now, after.asked) == (
        None, None, None, False, (),
    )  # fmt: skip


def test_who_comes_although_it_was_to_be_cancelled_is_there_and_nothing_is_cancelled() -> None:
    story = STAGES[Situation.cancel_asked].when(d.RecordArrival, LIN).then(e.PatientArrived(by=LIN.id))
    assert (story.state.situation, story.state.before_cancel, story.state.ended_reason) == (
        Situation.arrived,
        None,
        None,
    )


def test_who_was_told_to_come_now_and_never_came_is_missed() -> None:
    OTHER_ROADS["accepted, to come now"].when(d.RecordMissed, LIN).then(e.PatientMissed(by=LIN.id))
    STAGES[Situation.accepted].when(d.RecordMissed, LIN).refused("not-now")


def test_a_discharge_that_never_was_leaves_the_patient_where_they_are() -> None:
    state = STAGES[ReferralStatus.reported].when(d.WithdrawOutcome, RULES).happens().state
    assert (state.situation, state.outcome, state.discharge, state.holder.person) == (
        Situation.arrived, None, None, LIN.id,
    )  # fmt: skip


# Silence


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage in set(Situation)])
def test_a_deadline_counts_only_for_the_step_it_was_made_for(stage: str) -> None:
    story, here = STAGES[stage], Situation(stage)
    story.when(PassDeadline, situation=here, step=story.state.step, reached=1).happens()
    story.when(PassDeadline, situation=here, step=story.state.step + 1, reached=2).nothing()
    elsewhere = Situation.declined if here is not Situation.declined else Situation.offered
    story.when(PassDeadline, situation=elsewhere, step=story.state.step, reached=1).nothing()


@pytest.mark.parametrize("stage", [*sorted(ENDED), ReferralStatus.reported])
def test_silence_means_nothing_where_nobody_is_waited_for(stage: str) -> None:
    for situation in Situation:
        STAGES[stage].when(PassDeadline, situation=situation, step=0, reached=1).nothing()


def test_who_has_it_and_says_nothing_has_it_no_longer() -> None:
    state = OTHER_ROADS["held, then silent"].state
    assert (state.situation, state.held_by, state.step) == (Situation.offered, None, 0)


def test_after_the_hour_of_the_appointment_the_question_is_whether_she_came() -> None:
    assert STAGES["time_passed"].state.situation is Situation.time_passed


def test_a_system_that_asks_a_question_does_not_hold_the_referral() -> None:
    story = given(requested(), triaged(), offered(LIN.id), e.InformationAsked(by=HOSPITAL_SYSTEM.id, question=words()))
    assert story.last.actor.kind is ActorKind.person
    assert story.state.held_by == HOSPITAL_SYSTEM.id
