"""What the doctor says about the calendar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from admin.doctor_calendar import calendar_finding
from admin.findings import Level

ZONE = ZoneInfo("Asia/Shanghai")


def test_a_published_year_is_well() -> None:
    found = calendar_finding(datetime(2026, 3, 4, tzinfo=UTC), ZONE)
    assert (found.check, found.level) == ("calendar", Level.ok)
    assert found.says.startswith("2026 published; 2027 ")


def test_a_year_that_is_guessed_is_warned_of_with_what_to_do() -> None:
    found = calendar_finding(datetime(2199, 3, 4, tzinfo=UTC), ZONE)
    assert found.level is Level.warning
    assert "Monday to Friday" in found.says
    assert "days:" in found.says


def test_the_next_year_is_asked_for_from_december_on() -> None:
    assert calendar_finding(datetime(2026, 11, 30, tzinfo=UTC), ZONE).level is Level.ok
    late = calendar_finding(datetime(2026, 12, 2, tzinfo=UTC), ZONE)
    assert late.level is (Level.ok if "2027 published" in late.says else Level.warning)
