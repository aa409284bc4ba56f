"""The plan after a discharge."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rules.conftest import CHINA
from workers.rules.calendar import WorkCalendar
from workers.rules.follow_up import ask_at, plan_after_discharge
from workers.rules.pack import PACKS, Pack, packs, parse_pack
from workers.rules.yaml_lines import Document

PACK = packs()["follow_up"]
CALENDAR = WorkCalendar(CHINA)


def dues(discharged: str, pack: Pack = PACK) -> list[str]:
    return [row.due.isoformat() for row in plan_after_discharge(pack, date.fromisoformat(discharged), CALENDAR)]


def changed(old: str, new: str) -> Pack:
    text = (PACKS / "follow_up.yaml").read_text(encoding="utf-8")
    assert old in text
    return parse_pack(Document(text.replace(old, new), "follow_up.yaml"))


def test_day_2_7_14_and_30_by_the_default_rule() -> None:
    plan = plan_after_discharge(PACK, date(2026, 3, 3), CALENDAR)
    assert [(row.due - date(2026, 3, 3)).days for row in plan] == [2, 7, 14, 30]
    assert {(row.kind, row.who, row.rule) for row in plan} == {("check_in", "patient", "DC-DEFAULT")}


def test_a_day_nobody_works_moves_to_the_next_working_day() -> None:
    assert dues("2026-09-29") == ["2026-10-08", "2026-10-13", "2026-10-29"], "day 2 and 7 fall into National Day"
    assert dues("2026-03-05")[0] == "2026-03-09"


@pytest.mark.parametrize("shift, first", [("none", "2026-03-07"), ("earlier", "2026-03-06"), ("later", "2026-03-09")])
def test_the_pack_says_how_a_day_is_moved(shift: str, first: str) -> None:
    assert dues("2026-03-05", changed("shift: later", f"shift: {shift}"))[0] == first


def test_a_make_up_saturday_is_a_working_day() -> None:
    assert dues("2026-10-08")[0] == "2026-10-10"


def test_a_follow_up_is_asked_in_the_morning_of_its_day() -> None:
    assert ask_at(PACK, date(2026, 3, 5), CALENDAR) == datetime(2026, 3, 5, 9, 0, tzinfo=CHINA)


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_a_plan_is_in_order_one_a_day_and_on_working_days(discharged: date) -> None:
    plan = plan_after_discharge(PACK, discharged, CALENDAR)
    days = [row.due for row in plan]
    assert days == sorted(set(days))
    assert all(CALENDAR.is_working(day) for day in days)
    assert discharged < days[0] <= discharged + timedelta(days=14)
    assert plan == plan_after_discharge(PACK, discharged, CALENDAR)
