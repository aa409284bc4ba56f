"""The figures: what counts, where, and what is too small to be shown."""

from datetime import timedelta

import pytest

from events import discharge as dis
from events import follow_up as f
from events import referral as e
from events.base import EndReason
from events.figures import HIDDEN_BELOW, Figure, Measured, measured, summed
from tests.unit.events.story import (
    BEGIN,
    FANG,
    HOSPITAL,
    LIN,
    Story,
    accepted,
    discharged,
    given,
    offered,
    planned,
    requested,
    triaged,
    words,
)

NOW = BEGIN + timedelta(days=400)


def cases(story: Story) -> dict[str, Measured]:
    return {each.definition: each for each in measured(story.history, NOW)}


def test_a_referral_counts_as_answered_in_time_by_the_deadline_it_was_given() -> None:
    due = offered(LIN.id).model_copy(update={"due": BEGIN + timedelta(hours=2)})
    story = given(requested(), triaged(), due, accepted())
    found = cases(story)
    assert found["ANSWER-IN-TIME-URGENT"].hit
    assert found["ANSWER-IN-TIME-URGENT"].facility == HOSPITAL
    late = due.model_copy(update={"due": BEGIN})
    assert not cases(given(requested(), triaged(), late, accepted()))["ANSWER-IN-TIME-URGENT"].hit
    assert not cases(given(requested(), triaged(), due))["ANSWER-IN-TIME-URGENT"].hit


def test_the_legs_of_a_referral_are_measured_from_seen_to_reported() -> None:
    story = given(
        requested(), triaged(), offered(LIN.id), e.ReferralSeen(by=LIN.id), accepted(),
        e.PatientArrived(by=LIN.id, facility=HOSPITAL), e.OutcomeReported(by=LIN.id, kind=e.OutcomeKind.treated),
    )  # fmt: skip
    found = cases(story)
    for leg in ("OFFERED-TO-SEEN", "SEEN-TO-ACCEPTED", "ACCEPTED-TO-ARRIVED", "ARRIVED-TO-REPORTED"):
        assert found[leg].minutes == 1.0, leg


def test_a_return_form_within_a_day_counts_and_the_dead_are_not_asked_for_one() -> None:
    sent = given(discharged(), dis.ReturnFormSent(by="desk", diagnosis=words()))
    assert cases(sent)["RETURN-FORM-24H"].hit
    assert not cases(given(discharged()))["RETURN-FORM-24H"].hit
    assert "RETURN-FORM-24H" not in cases(given(discharged(disposition=dis.Disposition.expired)))
    assert cases(sent)["DOWN"].facility == HOSPITAL


def test_follow_ups_of_those_who_died_moved_or_refused_are_not_held_against_anybody() -> None:
    lost = given(planned(), f.FollowUpLost(by=FANG.id, row=0, outcome="not_reached"))
    assert [each.hit for each in measured(lost.history, NOW)] == [False, False]
    for reason in (EndReason.died, EndReason.moved, EndReason.patient_refused):
        assert [*measured(given(planned(), f.PlanEnded(by=FANG.id, reason=reason)).history, NOW)] == []


def test_control_is_the_last_visit_and_no_visit_is_no_control() -> None:
    plan = planned().model_copy(update={"programme": f.Programme.hypertension})
    assert not cases(given(plan))["HTN-CONTROL"].hit
    bad = f.VisitRecorded(by=FANG.id, findings=f.Findings(sbp=162, dbp=98), visit_class="unsatisfactory_first")
    good = f.VisitRecorded(by=FANG.id, findings=f.Findings(sbp=132, dbp=78), visit_class="satisfactory")
    assert cases(given(plan, bad, good))["HTN-CONTROL"].hit
    assert not cases(given(plan, good, bad))["HTN-CONTROL"].hit


def many(hits: int, misses: int) -> list[Measured]:
    return [Measured("HTN-CONTROL", BEGIN, "liuwan", hit=n < hits) for n in range(hits + misses)]


@pytest.mark.parametrize("hits, misses", [(0, 4), (4, 0), (1, 20), (HIDDEN_BELOW - 1, 50)])
def test_small_cells_are_hidden(hits: int, misses: int) -> None:
    [figure] = summed(many(hits, misses), "all")
    assert figure == Figure("HTN-CONTROL", "all", None, None, None, hidden=True)


def test_a_share_names_its_two_parts() -> None:
    assert summed(many(6, 6), "all") == [Figure("HTN-CONTROL", "all", 6, 12, 0.5)]
    assert summed(many(0, 12), "all") == [Figure("HTN-CONTROL", "all", 0, 12, 0.0)]


def test_the_balance_of_up_and_down() -> None:
    up = [Measured("UP", BEGIN, "liuwan")] * 10
    down = [Measured("DOWN", BEGIN, HOSPITAL)] * 5
    assert summed([*up, *down], "all")[-1] == Figure("DOWN-PER-UP", "all", 5, 10, 0.5)
