"""A follow-up plan: who moves it, what patients and their team answer, how it ends."""

from datetime import timedelta
from typing import Any

from events import follow_up as f
from events.base import Holder, PassDeadline, Situation
from events.follow_up import PlanStatus
from models.values import Priority, Role
from tests.unit.events.story import BEGIN, CENTRE, DAUGHTER, FANG, LI, PACK, RULES, given, plan_rows, planned
from tests.unit.events.test_papers import PLANS, YANQIAO

# Plans


def test_a_plan_is_made_once() -> None:
    begin = f.PlanFollowUp(
        stream="plan-1", by=RULES, patient=LI.id, patient_key="key-1", centre=CENTRE, rows=plan_rows(1), **PACK
    )
    PLANS["running"].told(begin).nothing()


def test_a_plan_that_moves_is_the_new_team_s_and_begins_nothing_again() -> None:
    reminded = given(planned(), _reminded(1).model_copy(update={"due": BEGIN + timedelta(days=4)}))
    moved = reminded.when(f.MovePlan, RULES, centre="yanqiao").then(f.PlanMoved(centre="yanqiao"))
    state = moved.state
    assert (state.centre, state.holder) == ("yanqiao", Holder(Role.family_doctor, "yanqiao"))
    assert (state.row, state.step, state.since) == (plan_rows(2)[0], 1, reminded.state.since)
    assert reminded.state.due is not None
    assert state.due is None, "stamped again, for the working days of the new centre"
    moved.when(f.CloseFollowUp, FANG, row=0, outcome="reached").refused("not-yours")
    moved.when(f.CloseFollowUp, YANQIAO, row=0, outcome="reached").then(f.FollowUpDone(by=YANQIAO.id, row=0))


def test_a_plan_that_is_at_the_centre_already_does_not_move() -> None:
    PLANS["running"].when(f.MovePlan, RULES, centre=CENTRE).nothing()


def test_feeling_worse_keeps_the_row_open() -> None:
    story = PLANS["running"].when(f.AnswerFollowUp, LI, row=0, answer="worse").happens()
    assert (story.state.current, story.state.worse_at) == (0, story.last.occurred_at)


def test_a_patient_who_feels_worse_waits_to_be_seen_and_then_the_row_goes_on() -> None:
    worse = PLANS["running"].when(f.AnswerFollowUp, LI, row=0, answer="worse").happens()
    assert worse.state.situation is Situation.danger_asked
    answered = worse.when(f.AnswerDanger, DAUGHTER, row=0, signs=("vision",)).happens()
    assert (answered.state.situation, answered.state.priority) == (Situation.danger_unseen, Priority.stat)
    answered.when(f.AnswerDanger, LI, row=0).refused("already-answered")
    seen = answered.when(f.SeeWorse, FANG).then(f.WorseSeen(by=FANG.id))
    assert (seen.state.situation, seen.state.priority) == (Situation.follow_up_due, Priority.routine)
    assert seen.state.reminded == PLANS["running"].state.reminded
    seen.when(f.SeeWorse, FANG).nothing()


def test_fine_after_worse_calls_nobody_off() -> None:
    worse = PLANS["running"].when(f.AnswerFollowUp, LI, row=0, answer="worse").happens()
    assert worse.when(f.AnswerFollowUp, DAUGHTER, row=0, answer="fine").happens().state.situation is (
        Situation.danger_asked
    )
    assert worse.when(f.RecordReading, LI, sbp=145, dbp=92).happens().state.situation is Situation.danger_asked


def test_feeling_worse_on_a_day_nobody_asked_is_settled_and_the_follow_up_is_still_to_come() -> None:
    worse = given(planned()).when(f.AnswerFollowUp, LI, row=0, answer="worse").happens()
    danger = worse.when(f.AnswerDanger, LI, row=0, signs=("vision",)).happens()
    called = danger.when(f.CloseFollowUp, FANG, row=0, outcome="called").then(
        f.WorseSeen(by=FANG.id), f.FollowUpAnswered(by=FANG.id, row=0, answer="fine")
    )
    assert (called.state.current, called.state.worse_at, called.state.done) == (0, None, ())
    assert called.state.situation is Situation.follow_up_due


def test_what_the_team_hears_by_phone_is_seen() -> None:
    worse = PLANS["running"].when(f.AnswerFollowUp, FANG, row=0, answer="worse").happens()
    assert (worse.state.alarm, worse.state.situation) == (f.Alarm.seen, Situation.follow_up_due)


def test_an_answer_to_a_row_that_is_over_is_too_late() -> None:
    story = given(planned(), _reminded(1)).when(f.AnswerFollowUp, LI, row=0, answer="fine").happens()
    story.when(f.AnswerFollowUp, DAUGHTER, row=0, answer="fine").refused("already-answered")
    assert story.state.row == plan_rows(2)[1]


def test_the_last_answer_completes_the_plan() -> None:
    story = given(planned(1), _reminded(1)).when(f.AnswerFollowUp, LI, row=0, answer="fine").happens()
    assert story.state.status is PlanStatus.completed


def test_a_reading_answers_a_reminder_and_is_only_kept_without_one() -> None:
    asked = given(planned(), _reminded(1))
    assert asked.when(f.RecordReading, LI, sbp=145, dbp=92).happens().state.done == (0,)
    assert given(planned()).when(f.RecordReading, LI, sbp=145, dbp=92).happens().state.done == ()


def test_a_reading_that_is_not_there_cannot_be_taken_back() -> None:
    PLANS["running"].when(f.WithdrawReading, LI, reading="another").nothing()


def test_not_reached_on_the_telephone_is_lost_and_counted() -> None:
    story = PLANS["running"].when(f.CloseFollowUp, FANG, row=0, outcome="not_reached").happens()
    assert story.state.lost == (0,)


def test_fine_before_anybody_asked_is_kept_and_uses_up_no_row() -> None:
    story = given(planned()).when(f.AnswerFollowUp, LI, row=0, answer="fine").happens()
    assert story.state.done == ()


def test_the_call_list_comes_before_lost_also_after_a_long_pause() -> None:
    called = given(planned()).when(
        PassDeadline, situation=Situation.follow_up_due, step=0, reached=3, calls=True
    ).happens()  # fmt: skip
    assert called.state.calling
    late = given(planned(1)).when(
        PassDeadline, situation=Situation.follow_up_due, step=0, reached=4, calls=True, becomes="lost"
    )
    assert [type(event).__name__ for event in late.events] == ["DeadlinePassed", "FollowUpMissed"]
    state = late.happens().state
    assert (state.calling, state.step, state.lost) == (True, 3, ())
    lost = late.happens().when(PassDeadline, situation=Situation.follow_up_due, step=3, reached=4, becomes="lost")
    assert [type(event).__name__ for event in lost.events] == ["DeadlinePassed", "FollowUpLost", "PlanCompleted"]


def _reminded(reached: int) -> Any:
    """The reminder of the first row has gone out."""
    [event] = given(planned()).when(
        PassDeadline, situation=Situation.follow_up_due, step=0, reached=reached
    ).events  # fmt: skip
    return event
