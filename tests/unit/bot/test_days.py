"""Days as people type them."""

from datetime import date

import pytest

from bot.drafts.days import NoSuchDay, read_days
from bot.handlers.enrolling import understood
from events.follow_up import Programme, Severity

TODAY = date(2026, 12, 20)


@pytest.mark.parametrize(
    "text, days, rest",
    [
        ("2026-03-05 2026-03-10", [date(2026, 3, 5), date(2026, 3, 10)], ""),
        ("12-28 1-5", [date(2026, 12, 28), date(2027, 1, 5)], ""),
        ("12月21日到12月31日", [date(2026, 12, 21), date(2026, 12, 31)], "到"),
        ("李秀英 高血压 2026年3月5日", [date(2026, 3, 5)], "李秀英 高血压"),
        ("tier", [], "tier"),
        ("12/19", [date(2026, 12, 19)], ""),
    ],
)
def test_days_are_read_in_order(text: str, days: list[date], rest: str) -> None:
    assert read_days(text, TODAY) == (days, rest)


@pytest.mark.parametrize("text", ["2026-02-30", "2月30日", "13-1", "0-4"])
def test_a_day_that_is_none_is_not_guessed(text: str) -> None:
    with pytest.raises(NoSuchDay):
        read_days(text, TODAY)


@pytest.mark.parametrize(
    "words, programme, severity, who",
    [
        ("李秀英 高血压 重", Programme.hypertension, Severity.severe, "李秀英"),
        ("severe hypertension Li Xiuying", Programme.hypertension, Severity.severe, "Li Xiuying"),
        ("王国华 糖尿病", Programme.diabetes, None, "王国华"),
        ("TB 13900002001", Programme.tuberculosis, None, "13900002001"),
        ("陈老根", None, None, "陈老根"),
        ("Li Stebbing", None, None, "Li Stebbing"),
    ],
)
def test_who_is_enrolled_in_what(words: str, programme: Programme | None, severity: Severity | None, who: str) -> None:
    assert understood(words) == (programme, severity, who)
