"""Who does the follow-up work of somebody on leave: calls, alarms and words reach the colleague who covers."""

from copy import copy
from dataclasses import replace
from datetime import timedelta

from events import follow_up as f
from events.actions import Party
from models.places import Leave
from tests.unit.events.story import BEGIN, FANG, LI, given, planned
from tests.unit.workers.conftest import FactsMaker
from workers import asking, telling_care
from workers.facts import Facts
from workers.outcomes import Tell


def on_leave(facts: Facts) -> Facts:
    """Fang Lan is away on the day of the facts and the day after; Shi Lei covers."""
    directory, day = copy(facts.directory), facts.now.date()
    directory._leaves = [Leave(FANG.id, "shi-lei", day, day + timedelta(days=1))]
    return replace(facts, directory=directory)


def test_reminders_calls_and_words_reach_the_cover_until_the_last_day(facts: FactsMaker) -> None:
    story = given(planned())
    assert asking.follows(story.state, facts()) == FANG.id
    assert asking.follows(story.state, on_leave(facts())) == "shi-lei"
    handed = story.when(f.HandOverPlan, _team(), to=FANG.id).happens()
    assert asking.follows(handed.state, on_leave(facts())) == "shi-lei"
    later = replace(on_leave(facts()), now=BEGIN + timedelta(days=3))
    assert asking.follows(story.state, later) == FANG.id
    [told] = telling_care.handed_over(handed.last, handed.state, on_leave(facts()))
    assert isinstance(told, Tell)
    assert told.recipient == "shi-lei"


def test_the_plan_of_somebody_who_has_left_is_the_teams_again_at_once(facts: FactsMaker) -> None:
    """T7: nobody waits for a shift to change; Lin Hao stands for one who has no role at the centre any more."""
    handed = given(planned()).when(f.HandOverPlan, _team(), to="lin-hao").happens()
    assert asking.follows(handed.state, facts()) == FANG.id
    [told] = telling_care.handed_over(handed.last, handed.state, facts())
    assert isinstance(told, Tell)
    assert told.recipient == FANG.id


def test_one_of_a_whole_list_is_not_told_by_itself(facts: FactsMaker) -> None:
    handed = given(planned()).when(f.HandOverPlan, _team(), to="shi-lei", together=True).happens()
    assert list(telling_care.handed_over(handed.last, handed.state, facts())) == []


def test_the_other_plans_move_with_the_patient_who_agreed(facts: FactsMaker) -> None:
    moved = given(planned()).when(f.MovePlan, _team(), centre="yanqiao", consent=True, team="team-yanqiao").happens()
    assert (moved.last.event.team, moved.last.event.left) == ("team-yanqiao", given(planned()).state.centre)
    assert moved.state.patient == LI.id


def _team() -> Party:
    return FANG
