"""Working days, desk hours, and the same hour of the desk's next working day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rules.conftest import CHINA
from workers.rules.calendar import DayKind, Desk, DeskHours, Knowledge, Opening, WorkCalendar

CALENDAR = WorkCalendar(CHINA)
DESK = Desk(CALENDAR)
BERLIN = ZoneInfo("Europe/Berlin")


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def hours(*parts: tuple[int, str, str]) -> DeskHours:
    return DeskHours(tuple(Opening(d, time.fromisoformat(a), time.fromisoformat(b)) for d, a, b in parts))


@pytest.mark.parametrize(
    "day, kind",
    [
        ("2026-09-30", DayKind.working),
        ("2026-10-01", DayKind.holiday),
        ("2026-10-03", DayKind.holiday),  # a Saturday inside National Day
        ("2026-10-10", DayKind.make_up),  # a Saturday that is worked
        ("2026-10-17", DayKind.weekend),
        ("2026-02-14", DayKind.make_up),
    ],
)
def test_a_published_year_knows_holidays_and_make_up_weekends(day: str, kind: DayKind) -> None:
    assert CALENDAR.kind(date.fromisoformat(day)) is kind


def test_the_sites_own_overrides_win() -> None:
    calendar = WorkCalendar(CHINA, {date(2026, 9, 30): False, date(2026, 10, 17): True, date(2026, 10, 24): False})
    assert calendar.kind(date(2026, 9, 30)) is DayKind.holiday
    assert calendar.kind(date(2026, 10, 17)) is DayKind.make_up
    assert calendar.kind(date(2026, 10, 24)) is DayKind.holiday


def test_a_year_not_yet_published_is_guessed_from_the_statutory_holidays_and_says_so() -> None:
    assert CALENDAR.kind(date(2031, 10, 1)) is DayKind.holiday
    assert CALENDAR.kind(date(2031, 10, 14)) is DayKind.working
    assert CALENDAR.kind(date(2031, 10, 18)) is DayKind.weekend
    assert CALENDAR.knowledge(2026) is Knowledge.published
    assert CALENDAR.knowledge(2031) is Knowledge.statutory_only
    assert CALENDAR.guessed_years([2025, 2026, 2031]) == (2031,)


def test_a_year_nobody_knows_is_monday_to_friday() -> None:
    assert CALENDAR.knowledge(1920) is Knowledge.weekdays_only
    assert CALENDAR.kind(date(1920, 10, 1)) is DayKind.working
    assert CALENDAR.kind(date(1920, 10, 2)) is DayKind.weekend


def test_working_days_are_counted_over_a_holiday_with_its_make_up_saturday() -> None:
    assert CALENDAR.next_working_day(date(2026, 9, 30)) == date(2026, 10, 8)
    assert CALENDAR.next_working_day(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert CALENDAR.previous_working_day(date(2026, 10, 8)) == date(2026, 9, 30)
    with pytest.raises(ValueError, match="1 or more"):
        CALENDAR.next_working_day(date(2026, 9, 30), 0)


@pytest.mark.parametrize(
    "asked, answer_by, why",
    [
        ("2026-03-04T10:20", "2026-03-05T10:20", "the same hour of the next day"),
        ("2026-03-06T10:20", "2026-03-09T10:20", "over the weekend"),
        ("2026-03-07T10:20", "2026-03-09T10:20", "asked on a Saturday"),
        ("2026-09-30T16:00", "2026-10-08T16:00", "over National Day"),
        ("2026-10-09T09:00", "2026-10-10T09:00", "the make-up Saturday counts"),
        ("2026-03-04T03:10", "2026-03-05T08:00", "before opening: when it opens"),
        ("2026-03-04T12:30", "2026-03-05T14:00", "at noon: after the break"),
        ("2026-03-04T22:00", "2026-03-05T17:30", "after closing: at closing"),
    ],
)
def test_the_same_hour_of_the_desks_next_working_day(asked: str, answer_by: str, why: str) -> None:
    assert DESK.days_later(china(asked), 1) == china(answer_by), why


def test_a_desk_with_its_own_days_is_asked_on_those() -> None:
    tuesdays = Desk(CALENDAR, hours((1, "09:00", "12:00")))
    assert tuesdays.days_later(china("2026-03-04T10:00"), 1) == china("2026-03-10T10:00")
    assert tuesdays.days_later(china("2026-03-04T10:00"), 2) == china("2026-03-17T10:00")
    saturdays = Desk(CALENDAR, hours((4, "08:00", "12:00"), (5, "08:00", "12:00")))
    assert saturdays.days_later(china("2026-03-06T09:00"), 1) == china("2026-03-07T09:00")
    assert saturdays.days_later(china("2026-09-26T09:00"), 1) == china("2026-10-09T09:00"), "holiday Saturdays closed"


def test_days_before_count_back_the_same_way() -> None:
    assert DESK.days_before(china("2026-10-08T09:00"), 1) == china("2026-09-30T09:00")
    assert DESK.days_before(china("2026-03-09T09:00"), 2) == china("2026-03-05T09:00")


def test_a_desk_is_open_in_its_hours_only() -> None:
    assert DESK.is_open(china("2026-03-04T08:00"))
    assert not DESK.is_open(china("2026-03-04T12:00"))
    assert not DESK.is_open(china("2026-03-04T17:30"))
    assert DESK.is_open(china("2026-10-10T09:00")), "a make-up Saturday keeps ordinary hours"
    assert not DESK.is_open(china("2026-10-01T09:00"))


@pytest.mark.parametrize(
    "at, opens",
    [
        ("2026-03-04T09:00", "2026-03-04T09:00"),
        ("2026-03-04T12:10", "2026-03-04T14:00"),
        ("2026-03-04T19:00", "2026-03-05T08:00"),
        ("2026-09-30T19:00", "2026-10-08T08:00"),
    ],
)
def test_when_a_desk_opens_next(at: str, opens: str) -> None:
    assert DESK.next_opening(china(at)) == china(opens)


def test_a_desk_without_a_day_to_open_still_owes_an_answer() -> None:
    never = {date(2026, 1, 1) + timedelta(days=n): False for n in range(365)}
    closed = Desk(WorkCalendar(CHINA, never))
    assert closed.days_later(china("2026-03-04T10:00"), 1) > china("2026-03-04T10:00")


def test_the_end_of_a_day_is_closing_or_midnight() -> None:
    assert DESK.end_of_day(china("2026-03-04T09:00")) == china("2026-03-04T17:30")
    assert DESK.end_of_day(china("2026-03-07T09:00")) == china("2026-03-08T00:00")


def test_the_same_hour_holds_over_both_nights_of_a_clock_change() -> None:
    round_the_clock = DeskHours(tuple(Opening(day, time(0), time(23, 59)) for day in range(7)))
    desk = Desk(WorkCalendar(BERLIN, {date(2026, 3, 29): True, date(2026, 10, 25): True}), round_the_clock)
    spring = datetime(2026, 3, 28, 10, 0, tzinfo=BERLIN)
    assert desk.days_later(spring, 1).astimezone(BERLIN).hour == 10
    assert desk.days_later(spring, 1) - spring == timedelta(hours=23)
    autumn = datetime(2026, 10, 24, 10, 0, tzinfo=BERLIN)
    assert desk.days_later(autumn, 1).astimezone(BERLIN).hour == 10
    assert desk.days_later(autumn, 1) - autumn == timedelta(hours=25)


def test_an_hour_that_does_not_exist_or_comes_twice_is_one_instant() -> None:
    round_the_clock = DeskHours(tuple(Opening(day, time(0), time(23, 59)) for day in range(7)))
    desk = Desk(WorkCalendar(BERLIN, {date(2026, 3, 29): True, date(2026, 10, 25): True}), round_the_clock)
    missing = desk.days_later(datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN), 1)
    assert missing == datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "03:30 summer time"
    twice = desk.days_later(datetime(2026, 10, 24, 2, 30, tzinfo=BERLIN), 1)
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first 02:30"


@given(
    st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2028-12-31")),
    st.integers(1, 5),
    st.sampled_from([CHINA, BERLIN, ZoneInfo("America/New_York")]),
)
def test_an_answer_is_always_due_later_and_while_somebody_sits_there(at: datetime, days: int, zone: ZoneInfo) -> None:
    desk = Desk(WorkCalendar(zone))
    asked = at.replace(tzinfo=zone)
    due = desk.days_later(asked, days)
    assert due > asked
    assert desk.is_open(due - timedelta(minutes=1)) or desk.is_open(due)
    assert desk.days_later(asked, days + 1) > due
