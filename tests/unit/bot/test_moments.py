"""A day and a time as people type them, in both languages."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.drafts.moments import NotATime, Unclear, moment, spoken

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 5, 10, 0, tzinfo=SHANGHAI)  # a Thursday


def read(text: str, now: datetime = NOW, zone: ZoneInfo = SHANGHAI) -> str | Unclear | None:
    said = spoken(text)
    if said is None:
        return None
    try:
        return f"{moment(said, now, zone).astimezone(zone):%Y-%m-%d %H:%M}"
    except NotATime as unclear:
        return unclear.why


@pytest.mark.parametrize(
    "text, at",
    [
        ("tomorrow 14:30", "2026-03-06 14:30"),
        ("14:30 tomorrow", "2026-03-06 14:30"),
        ("tomorrow at 2:30 pm", "2026-03-06 14:30"),
        ("tomorrow 2pm", "2026-03-06 14:00"),
        ("tomorrow 12am", "2026-03-06 00:00"),
        ("the day after tomorrow 9:00", "2026-03-07 09:00"),
        ("14:30", "2026-03-05 14:30"),
        ("today 14:30", "2026-03-05 14:30"),
        ("Thu 14:30", "2026-03-05 14:30"),
        ("Friday, 9.30", "2026-03-06 09:30"),
        ("next Monday 9:30", "2026-03-09 09:30"),
        ("next Friday 9:30", "2026-03-13 09:30"),
        ("12 March 9:30", "2026-03-12 09:30"),
        ("March 12th, 9:30", "2026-03-12 09:30"),
        ("Thu 12 March 9:30", "2026-03-12 09:30"),
        ("2026-03-12 09:30", "2026-03-12 09:30"),
        ("3/12 9:30", "2026-03-12 09:30"),
        ("5 Jan 2027 9:30", "2027-01-05 09:30"),
        ("明天 14:30", "2026-03-06 14:30"),
        ("明天下午两点半", "2026-03-06 14:30"),
        ("明早8点", "2026-03-06 08:00"),
        ("后天上午十点一刻", "2026-03-07 10:15"),
        ("大后天 9点20分", "2026-03-08 09:20"),
        ("周五9：30", "2026-03-06 09:30"),
        ("下周一 上午9点", "2026-03-09 09:00"),
        ("3月12日 9:30", "2026-03-12 09:30"),
        ("3月12号下午3点", "2026-03-12 15:00"),
        ("今晚8点半", "2026-03-05 20:30"),
        ("中午12点", "2026-03-05 12:00"),
        ("١٤:٣٠", "2026-03-05 14:30"),
        ("１４：３０", "2026-03-05 14:30"),
        ("明天二十二点", "2026-03-06 22:00"),
    ],
)
def test_a_time_is_read(text: str, at: str) -> None:
    assert read(text) == at


@pytest.mark.parametrize(
    "text, why",
    [
        ("09:59", Unclear.past),
        ("昨天 9:30", None),
        ("2026-03-04 9:30", Unclear.past),
        ("5 Jan 9:30", Unclear.past),
        ("晚上12点", Unclear.no_such_time),
        ("30 February 9:30", Unclear.no_such_day),
        ("2月30日 9:30", Unclear.no_such_day),
        ("2-30 9:30", Unclear.no_such_day),
        ("Monday 12 March 9:30", Unclear.no_such_day),
        ("tomorrow 12 March 9:30", Unclear.no_such_day),
        ("tomorrow", Unclear.no_clock),
        ("周五", Unclear.no_clock),
        ("明天 25:00", Unclear.no_such_time),
        ("tomorrow 13:75", Unclear.no_such_time),
        ("tomorrow 14 pm", Unclear.no_such_time),
        ("2028-03-12 9:30", Unclear.too_far),
        ("", None),
        ("tomorrow she can come at 14:30", None),
        ("BP 186/112", None),
        ("120/80", None),
        ("2 days", None),
        ("14", None),
        ("明天下午两点半带片子", None),
        ("没有床位", None),
    ],
)
def test_what_is_no_time_is_named_or_left_alone(text: str, why: Unclear | None) -> None:
    assert read(text) == why


def test_the_hour_that_the_clocks_leave_out_is_no_time() -> None:
    night = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert read("29 March 2:30", night, BERLIN) is Unclear.no_such_time
    assert read("29 March 3:30", night, BERLIN) == "2026-03-29 03:30"
