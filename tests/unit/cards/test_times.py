"""Times as people say them, in the site's zone, and the times that are proposed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.cards import examples as x
from bot.cards import times
from models.values import Language, Priority

BERLIN = ZoneInfo("Europe/Berlin")


def at(day: int, hour: int, minute: int = 0, month: int = 3, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=x.ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    "moment, chinese, english",
    [
        (at(5, 3, 12), "03:12", "03:12"),
        (at(6, 16), "明天 16:00", "tomorrow 16:00"),
        (at(4, 23, 50), "昨天 23:50", "yesterday 23:50"),
        (at(9, 10), "周一 10:00", "Mon 10:00"),
        (at(12, 9, 30), "3 月 12 日 9:30", "12 March 9:30"),
        (at(5, 9, 30, 1), "1 月 5 日 9:30", "5 January 9:30"),
        (at(5, 9, 30, 1, 2025), "2025 年 1 月 5 日 9:30", "5 January 2025 9:30"),
    ],
)
def test_staff_read_the_day_when_it_is_not_today(moment: datetime, chinese: str, english: str) -> None:
    now = at(5, 3, 7)
    assert times.short(Language.zh, moment, now, x.ZONE) == chinese
    assert times.short(Language.en, moment, now, x.ZONE) == english


@pytest.mark.parametrize(
    "hour, chinese, english",
    [(0, "凌晨 12:05", "12:05 am"), (9, "上午 9:05", "9:05 am"), (12, "中午 12:05", "12:05 noon"),
     (15, "下午 3:05", "3:05 pm"), (20, "晚上 8:05", "8:05 pm")],
)  # fmt: skip
def test_patients_read_the_part_of_the_day(hour: int, chinese: str, english: str) -> None:
    assert times.in_words(Language.zh, at(5, hour, 5), x.ZONE) == f"3 月 5 日（周四）{chinese}"
    assert times.in_words(Language.en, at(5, hour, 5), x.ZONE) == f"Thursday 5 March, {english}"


def test_the_zone_decides_which_day_it_is() -> None:
    moment = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # half an hour past midnight in Berlin, the night of the change
    assert "29 March" in times.in_words(Language.en, moment, BERLIN)
    later = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert times.short(Language.en, later, moment, BERLIN) == "03:30"


def proposals(priority: Priority, now: datetime, department: str | None = "cardiology") -> list[str]:
    found = times.proposed(priority, now, x.ZONE, x.DIRECTORY, x.COUNTY, department)
    return [f"{each.astimezone(x.ZONE):%a %H:%M}" for each in found]


def test_routine_times_are_on_the_desks_next_working_days() -> None:
    friday = at(6, 15)
    assert proposals(Priority.routine, friday)[:3] == ["Mon 09:30", "Mon 14:30", "Tue 09:30"]
    assert proposals(Priority.routine, friday, None)[:1] == ["Mon 09:30"]


def test_urgent_times_begin_in_an_hour_and_wait_for_the_morning() -> None:
    assert proposals(Priority.urgent, at(5, 9, 0))[:2] == ["Thu 10:30", "Thu 11:30"]
    assert proposals(Priority.urgent, at(6, 18, 0))[0] == "Mon 08:30"


@pytest.mark.parametrize("priority", [Priority.stat, Priority.asap])
def test_pressing_times_are_the_coming_half_hours_at_any_hour(priority: Priority) -> None:
    assert proposals(priority, at(7, 3, 12))[:3] == ["Sat 04:00", "Sat 04:30", "Sat 05:00"]
