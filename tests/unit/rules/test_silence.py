"""The table of silence: who is asked next, and that a deadline always exists."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.base import Situation
from models.values import Priority
from tests.unit.rules.conftest import CHINA
from workers.rules.calendar import Desk, WorkCalendar
from workers.rules.limits import Limit, LimitFacts, LimitKind, instant, parse_limit
from workers.rules.pack import PACKS, packs, parse_pack
from workers.rules.silence import SilenceTable, Who
from workers.rules.yaml_lines import BadPack, Document

TABLE = SilenceTable(packs()["silence"])
DESK = Desk(WorkCalendar(CHINA))
FACTS = LimitFacts(DESK)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=CHINA)
STAT, ASAP, URGENT, ROUTINE = Priority.stat, Priority.asap, Priority.urgent, Priority.routine


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize("situation", list(Situation))
def test_every_situation_has_a_holder_and_a_limit_for_every_priority(situation: Situation) -> None:
    assert TABLE.holder(situation) in Who
    for priority in Priority:
        assert TABLE.limit(situation, priority, WEDNESDAY, FACTS) > WEDNESDAY


@settings(deadline=None)  # the first example makes the desk's calendar
@given(
    st.sampled_from(list(Situation)),
    st.sampled_from(list(Priority)),
    st.integers(0, 40),
    st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2027-12-31")),
    st.lists(st.none() | st.integers(-10_000, 10_000), min_size=4, max_size=4),
)
def test_there_is_always_a_next_step_and_always_later(
    situation: Situation, priority: Priority, step: int, began: datetime, offsets: list[int | None]
) -> None:
    at = began.replace(tzinfo=CHINA)
    moments = [None if offset is None else at + offset * MINUTE for offset in offsets]
    clock_began = min(moments[3], at) if moments[3] else None
    facts = LimitFacts(DESK, moments[0], moments[1], moments[2], clock_began)
    due = TABLE.next_limit(situation, priority, step, at, facts)
    assert due > at
    after = TABLE.next_limit(situation, priority, step + 1, at, facts)
    ends = situation is Situation.time_offered and due == facts.appointment
    assert after == due if ends else after > due


@pytest.mark.parametrize(
    "situation, stat, asap, urgent, routine",
    [
        (Situation.to_be_routed, 2 * MINUTE, 10 * MINUTE, HOUR, DAY),
        (Situation.offered, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, DAY),
        (Situation.held, 5 * MINUTE, 15 * MINUTE, HOUR, DAY),
        (Situation.information_asked, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, DAY),
        (Situation.declined, 10 * MINUTE, 30 * MINUTE, 4 * HOUR, DAY),
        (Situation.advised, 10 * MINUTE, 30 * MINUTE, 4 * HOUR, DAY),
        (Situation.accepted, 30 * MINUTE, 2 * HOUR, DAY, 5 * DAY),
        (Situation.arrived, 3 * DAY, 3 * DAY, 3 * DAY, 3 * DAY),
        (Situation.return_form_due, DAY, DAY, DAY, DAY),
        (Situation.return_form_unread, DAY, DAY, DAY, DAY),
        (Situation.cancel_asked, 30 * MINUTE, 30 * MINUTE, 2 * HOUR, DAY),
    ],
)
def test_the_limits_of_a_situation_that_began_on_a_wednesday_morning(
    situation: Situation, stat: timedelta, asap: timedelta, urgent: timedelta, routine: timedelta
) -> None:
    limits = [TABLE.limit(situation, each, WEDNESDAY, FACTS) - WEDNESDAY for each in (STAT, ASAP, URGENT, ROUTINE)]
    assert limits == [stat, asap, urgent, routine]


def test_a_routine_offer_before_a_holiday_waits_for_the_desk() -> None:
    assert TABLE.limit(Situation.offered, ROUTINE, china("2026-09-30T16:00"), FACTS) == china("2026-10-08T16:00")


def test_an_unanswered_stat_offer_is_asked_again_every_minute_and_climbs() -> None:
    due = [TABLE.next_limit(Situation.offered, STAT, step, WEDNESDAY, FACTS) - WEDNESDAY for step in range(18)]
    assert due == [minute * MINUTE for minute in [*range(1, 16), 20, 25, 30]]
    row = TABLE.rows[Situation.offered]
    asked = {minute: row.step(STAT, minute).ask for minute in range(1, 17)}
    assert asked[1] == (Who.asked,)
    assert asked[2] == (Who.asked, Who.next_on_duty)
    assert asked[5] == (Who.asked, Who.coordinator)
    assert asked[10] == (Who.everybody,)
    told = [number for number in range(1, 19) if Who.initiator in row.step(STAT, number).tell]
    assert told == [5, 10, 15, 16, 17, 18], "at 5, 10, 15 minutes and then every limit"


def test_an_unanswered_urgent_offer_goes_to_the_next_the_coordinator_the_head_and_is_told_for_ever() -> None:
    row = TABLE.rows[Situation.offered]
    assert [row.step(URGENT, n).ask for n in (1, 2, 3, 4)] == [
        (Who.next_on_duty,), (Who.coordinator,), (Who.head,), (Who.asked,),
    ]  # fmt: skip
    assert [row.step(URGENT, n).tell for n in (1, 2, 3, 4, 99)] == [(), (), *[(Who.initiator,)] * 3]
    due = [TABLE.next_limit(Situation.offered, URGENT, step, WEDNESDAY, FACTS) for step in range(6)]
    assert {later - earlier for earlier, later in pairwise(due)} == {2 * HOUR}


def test_who_has_it_but_stays_silent_is_asked_once_and_then_it_is_an_offer_again() -> None:
    row = TABLE.rows[Situation.held]
    assert (row.step(ASAP, 1).ask, row.step(ASAP, 1).becomes) == ((Who.holder,), None)
    assert row.step(ASAP, 2).becomes is Situation.offered


def test_the_clock_of_stat_runs_on_while_information_is_asked() -> None:
    offered = WEDNESDAY
    facts = LimitFacts(DESK, clock_began=offered)
    asked_back = offered + 3 * MINUTE
    assert TABLE.limit(Situation.information_asked, STAT, asked_back, facts) == offered + 5 * MINUTE
    assert TABLE.limit(Situation.information_asked, STAT, offered + 7 * MINUTE, facts) == offered + 10 * MINUTE
    assert TABLE.limit(Situation.information_asked, URGENT, asked_back, facts) == asked_back + 2 * HOUR


def test_an_appointment_carries_the_loop_from_offered_time_to_passed() -> None:
    appointment = china("2026-03-12T09:00")
    facts = LimitFacts(DESK, appointment=appointment)
    limit = TABLE.limit
    assert limit(Situation.time_offered, ROUTINE, WEDNESDAY, facts) == china("2026-03-11T09:00")
    assert limit(Situation.time_offered, URGENT, WEDNESDAY, facts) == WEDNESDAY + 2 * HOUR
    assert limit(Situation.confirmed, ROUTINE, WEDNESDAY, facts) == appointment
    assert TABLE.rows[Situation.confirmed].step(ROUTINE, 1).becomes is Situation.time_passed
    assert limit(Situation.time_passed, ROUTINE, appointment, facts) == appointment + 4 * HOUR
    assert TABLE.next_limit(Situation.time_passed, ROUTINE, 1, appointment, facts) == appointment + 28 * HOUR


def test_a_time_offered_for_this_afternoon_is_asked_about_before_it_is_over() -> None:
    soon = LimitFacts(DESK, appointment=WEDNESDAY + HOUR)
    assert TABLE.limit(Situation.time_offered, ROUTINE, WEDNESDAY, soon) == WEDNESDAY + HOUR


def test_on_the_way_is_asked_after_half_an_hour_of_lateness() -> None:
    facts = LimitFacts(DESK, expected_arrival=WEDNESDAY + 25 * MINUTE)
    assert TABLE.limit(Situation.on_the_way, STAT, WEDNESDAY, facts) == WEDNESDAY + 55 * MINUTE
    assert TABLE.rows[Situation.on_the_way].step(STAT, 1).ask == (Who.recipient, Who.initiator)


def test_a_missed_patient_is_somebodys_work_the_same_day() -> None:
    limit = TABLE.limit
    assert limit(Situation.missed, STAT, WEDNESDAY, FACTS) == china("2026-03-04T17:30")
    assert limit(Situation.missed, STAT, china("2026-03-04T18:00"), FACTS) == china("2026-03-04T20:00")
    assert limit(Situation.missed, ROUTINE, WEDNESDAY, FACTS) == china("2026-03-09T10:00")


def test_the_initiator_hears_after_fourteen_days_without_an_outcome() -> None:
    row = TABLE.rows[Situation.arrived]
    third = TABLE.next_limit(Situation.arrived, ROUTINE, 2, WEDNESDAY, FACTS)
    assert (third - WEDNESDAY, row.step(ROUTINE, 3).tell) == (14 * DAY, (Who.initiator,))


def test_a_silent_follow_up_is_reminded_twice_called_and_then_lost() -> None:
    facts = LimitFacts(DESK, window_ends=WEDNESDAY + DAY)
    row = TABLE.rows[Situation.follow_up_due]
    due = [TABLE.next_limit(Situation.follow_up_due, ROUTINE, step, WEDNESDAY, facts) - WEDNESDAY for step in range(4)]
    assert due == [1 * DAY, 3 * DAY, 4 * DAY, 11 * DAY]
    assert [row.step(ROUTINE, n).ask for n in (1, 2, 3)] == [(Who.patient,), (Who.patient,), (Who.call_item,)]
    assert row.step(ROUTINE, 4).becomes == "lost"


def test_nothing_is_due_before_its_time() -> None:
    assert TABLE.due_steps(Situation.offered, STAT, 0, WEDNESDAY, WEDNESDAY + 59 * timedelta(seconds=1), FACTS) is None


def test_steps_that_fell_due_while_the_system_was_down_are_taken_as_one() -> None:
    due = TABLE.due_steps(Situation.offered, STAT, 0, WEDNESDAY, WEDNESDAY + 7 * MINUTE, FACTS)
    assert due is not None
    assert due.number == 7
    assert due.ask == (Who.asked, Who.next_on_duty, Who.coordinator)
    assert due.tell == (Who.initiator,)


def test_after_a_week_of_silence_the_next_step_is_in_the_future() -> None:
    now = WEDNESDAY + 7 * DAY
    due = TABLE.due_steps(Situation.offered, STAT, 5, WEDNESDAY, now, FACTS)
    assert due is not None
    assert TABLE.next_limit(Situation.offered, STAT, due.number - 1, WEDNESDAY, FACTS) <= now
    assert TABLE.next_limit(Situation.offered, STAT, due.number, WEDNESDAY, FACTS) > now


@given(st.sampled_from(list(Situation)), st.sampled_from(list(Priority)), st.integers(0, 20), st.integers(1, 60_000))
def test_taking_what_is_due_always_leads_past_now(
    situation: Situation, priority: Priority, step: int, minutes: int
) -> None:
    now = WEDNESDAY + minutes * MINUTE
    due = TABLE.due_steps(situation, priority, step, WEDNESDAY, now, FACTS)
    if due is None:
        assert TABLE.next_limit(situation, priority, step, WEDNESDAY, FACTS) > now
    elif due.becomes is None:
        assert due.number > step
        assert TABLE.next_limit(situation, priority, due.number, WEDNESDAY, FACTS) > now


def test_what_becomes_something_by_itself_stops_there() -> None:
    due = TABLE.due_steps(Situation.held, STAT, 0, WEDNESDAY, WEDNESDAY + DAY, FACTS)
    assert due is not None
    assert (due.number, due.becomes) == (2, Situation.offered)


@pytest.mark.parametrize(
    "text, limit",
    [
        ("5min", Limit(LimitKind.clock, 5 * MINUTE)),
        ("2 h", Limit(LimitKind.clock, 2 * HOUR)),
        ("3d", Limit(LimitKind.clock, 3 * DAY)),
        ("1 working_day", Limit(LimitKind.working_days, days=1)),
        ("3 working_days", Limit(LimitKind.working_days, days=3)),
        ("before_appointment 1 working_day", Limit(LimitKind.before_appointment, days=1)),
        ("after_appointment 4h", Limit(LimitKind.after_appointment, 4 * HOUR)),
        ("after_expected 30min", Limit(LimitKind.after_expected, 30 * MINUTE)),
        ("same_day", Limit(LimitKind.same_day)),
        ("window", Limit(LimitKind.window)),
        ("none", Limit(LimitKind.none)),
    ],
)
def test_a_limit_as_people_write_it(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "5", "min", "5 minutes", "-5min", "0 working_days", "after_appointment", 5, None])
def test_a_limit_that_cannot_be_read_shows_how_to_write_one(text: object) -> None:
    with pytest.raises(ValueError, match="such as 5min, 2h, 3d, 1 working_day"):
        parse_limit(text)


def test_a_fallback_that_gives_no_later_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="gives no instant"):
        instant(parse_limit("none"), WEDNESDAY, FACTS, parse_limit("0min"))


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("when: {situation: held}", "when: {situation: held, any: [{situation: missed}]}", r"held \[no row\]"),
        (", asap: 10min, urgent: 1h, routine: 1 working_day}", "}", "no limit for routine, urgent, asap"),
        ("fallback: 1h", "fallback: none", "must be a time by the clock"),
        ("default: [{ask: [next_tier_coordinator]}]", "default: []", "needs at least one step"),
        ("[{ask: [next_tier_coordinator]}]", "[{ask: [somebody]}]", r"to_be_routed \[SIL-ROUTE\]: steps"),
        ("default: [{ask: [next_tier_coordinator]}]", "default: [{after: 1h}]", "asks, tells or becomes"),
        ("{at: 2min, ask", "{at: 1min, ask", "must grow from step to step"),
        ("{at: 2min, ask", "{at: 1 working_day, ask", "takes a time by the clock"),
    ],
)  # fmt: skip
def test_a_silence_pack_with_a_hole_is_refused(old: str, new: str, says: str) -> None:
    text = (PACKS / "silence.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(BadPack, match=says):
        SilenceTable(parse_pack(Document(text.replace(old, new, 1), "silence.yaml")))
