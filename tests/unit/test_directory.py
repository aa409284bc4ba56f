"""The directory's lookups, on a small consortium made of plain values."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from models.directory import Directory
from models.places import Closed, Contents, Duty, RoleHeld
from models.values import Role
from models.week import Window, minute_of_day
from tests.unit.small_network import CARDIOLOGY, CENTRE, CLINIC, CONTENTS, COUNTY, DIRECTORY, local, person


def test_the_people_on_duty_come_in_the_order_they_are_asked() -> None:
    assert DIRECTORY.on_duty("county", "cardiology", local(2, 22)) == ("wang", "lin")
    assert DIRECTORY.on_duty("county", "cardiology", local(2, 9)) == ("lin",)


def test_a_night_duty_that_began_yesterday_still_holds_at_three() -> None:
    assert DIRECTORY.on_duty("county", "cardiology", local(3, 3)) == ("wang", "lin")


def test_the_end_of_a_shift_belongs_to_the_next_one() -> None:
    assert DIRECTORY.on_duty("county", "cardiology", local(3, 7, 59)) == ("wang", "lin")
    assert DIRECTORY.on_duty("county", "cardiology", local(3, 8)) == ("lin",)


def test_nobody_is_on_duty_where_there_is_no_rota() -> None:
    assert DIRECTORY.on_duty("county", "surgery", local(2, 9)) == ()
    assert DIRECTORY.on_duty("nowhere", None, local(2, 9)) == ()


def test_an_override_replaces_the_rota_while_it_lasts_and_not_longer() -> None:
    assert DIRECTORY.on_duty("county", "cardiology", local(4, 19, 59)) == ("wang", "lin")
    assert DIRECTORY.on_duty("county", "cardiology", local(4, 20)) == ("su", "lin")
    assert DIRECTORY.on_duty("county", "cardiology", local(6, 5, 59)) == ("su", "lin")
    assert DIRECTORY.on_duty("county", "cardiology", local(6, 6)) == ("wang", "lin")
    assert DIRECTORY.on_duty("county", "cardiology", local(6, 20)) == ("wang", "lin")


def test_who_has_left_is_on_duty_no_more_and_the_last_day_still_counts() -> None:
    assert DIRECTORY.on_duty("county", "cardiology", local(10, 23, 59)) == ("wang", "lin")
    assert DIRECTORY.on_duty("county", "cardiology", local(11, 0)) == ("lin",)
    assert not DIRECTORY.is_practitioner_at("wang", "county", local(11, 0))


def test_an_admin_is_no_practitioner_by_that_alone() -> None:
    assert DIRECTORY.admins(local(2, 9)) == ("wu",)
    assert not DIRECTORY.is_practitioner_at("wu", "county", local(2, 9))
    assert DIRECTORY.is_practitioner_at("wu", "centre", local(2, 9))


def test_a_person_may_have_roles_at_two_facilities() -> None:
    assert {(each.facility, each.role) for each in DIRECTORY.roles("wu", local(2, 9))} == {
        ("centre", Role.family_doctor),
        ("county", Role.admin),
    }


def test_the_coordinator_is_who_is_on_duty() -> None:
    assert DIRECTORY.coordinator("county", local(2, 9)) == "chen"
    assert DIRECTORY.coordinator("county", local(2, 23)) == "zhao"


def test_without_duty_any_coordinator_answers_and_without_one_the_parents() -> None:
    assert DIRECTORY.coordinator("city", local(2, 9)) == "gu"
    assert DIRECTORY.coordinator("clinic", local(2, 23)) == "zhao"
    assert DIRECTORY.coordinator("nowhere", local(2, 9)) is None


def test_the_next_tier_is_the_parents_before_the_alliances() -> None:
    assert DIRECTORY.coordinator("clinic", local(2, 9)) == "chen", "it has none of its own"
    assert DIRECTORY.next_tier_coordinator("clinic", local(2, 9)) == "gu", "who answers already is not the next"
    assert DIRECTORY.next_tier_coordinator("county", local(2, 9)) == "gu"
    assert DIRECTORY.next_tier_coordinator("city", local(2, 9)) is None


def test_an_alliance_that_was_left_has_no_partners_any_more() -> None:
    assert DIRECTORY.alliance_partners("county", local(20, 9)) == ("city", "clinic")
    assert DIRECTORY.alliance_partners("county", local(21, 9)) == ()


def test_the_head_of_the_department_else_of_the_facility() -> None:
    assert DIRECTORY.head("county", "cardiology", local(2, 9)) == "wang"
    assert DIRECTORY.head("county", "cardiology", local(11, 9)) == "zhao"
    assert DIRECTORY.head("centre", None, local(2, 9)) == "zhao"
    assert DIRECTORY.head("city", None, local(2, 9)) is None


def test_without_a_discharge_desk_the_coordinator_is_asked() -> None:
    assert DIRECTORY.discharge_desk("county", local(2, 9)) == "chen"
    with_desk = replace(CONTENTS, roles=(*CONTENTS.roles, RoleHeld("su", "county", Role.discharge_desk)))
    assert Directory(with_desk).discharge_desk("county", local(2, 9)) == "su"


@pytest.mark.parametrize(
    "at, is_open",
    [
        (local(2, 8), True),
        (local(2, 12), False),
        (local(2, 14), True),
        (local(2, 17, 30), False),
        (local(8, 9), False),
    ],
)
def test_the_desk_has_its_hours(at: datetime, is_open: bool) -> None:
    assert DIRECTORY.desk_open("county", "cardiology", at) is is_open


def test_the_registrys_own_days_win_over_the_weekday() -> None:
    assert not DIRECTORY.desk_open("county", "cardiology", local(6, 9))
    assert DIRECTORY.desk_open("county", "cardiology", local(7, 9)), "a Saturday worked keeps Monday's hours"


def test_the_work_calendar_shuts_a_holiday_and_opens_a_make_up_day() -> None:
    def calendar(day: date) -> bool:
        return day.weekday() < 5 if day not in (date(2026, 3, 9), date(2026, 3, 14)) else day.day == 14

    assert not DIRECTORY.desk_open("county", "cardiology", local(9, 9), calendar)
    assert DIRECTORY.desk_open("county", "cardiology", local(14, 9), calendar)
    assert DIRECTORY.desk_open("county", "cardiology", local(10, 9), calendar)
    assert not DIRECTORY.desk_open("county", "cardiology", local(15, 9), calendar)


def test_the_desks_people_else_the_head() -> None:
    assert DIRECTORY.desk("county", "cardiology", local(2, 9)) == ("su",)
    nobody_named = replace(CONTENTS, departments=(replace(CARDIOLOGY, desk_people=()),))
    assert Directory(nobody_named).desk("county", "cardiology", local(2, 9)) == ("wang",)


def test_a_closed_department_is_closed_until_its_end_and_says_why() -> None:
    closed = DIRECTORY.closed("county", "surgery", local(3, 12))
    assert closed is not None
    assert closed.reason == "works"
    assert DIRECTORY.closed("county", "surgery", local(4, 0)) is None
    assert DIRECTORY.closed("county", "cardiology", local(3, 12)) is None


def test_a_closed_facility_closes_every_department() -> None:
    shut = replace(CONTENTS, closed=(Closed("county", None, local(3, 0), None, "flood"),))
    assert Directory(shut).closed("county", "cardiology", local(20, 12)) is not None
    assert not Directory(shut).desk_open("county", "cardiology", local(3, 9))


def test_who_covers_depends_on_the_hour_and_may_be_nobody() -> None:
    assert DIRECTORY.covering_facility("clinic", local(2, 9)) == "clinic"
    assert DIRECTORY.covering_facility("clinic", local(2, 23)) == "county"
    assert DIRECTORY.covering_facility("county", local(2, 9)) == "county"
    assert DIRECTORY.covering_facility("centre", local(2, 9)) is None


def test_a_colleague_stands_in_from_the_first_to_the_last_day_of_a_leave() -> None:
    assert DIRECTORY.stands_in("lin", "county", local(3, 23, 59)) == "lin"
    assert DIRECTORY.stands_in("lin", "county", local(4, 0)) == "wang"
    assert DIRECTORY.stands_in("lin", "county", local(5, 12)) == "su", "the cover is away too; round and round ends"
    assert DIRECTORY.stands_in("lin", "county", local(11, 12)) == "lin", "who has left covers nobody"
    assert DIRECTORY.stands_in("he", "clinic", local(4, 12)) == "he", "who works elsewhere covers nobody"
    assert [each.cover for each in DIRECTORY.leaves_of("lin", date(2026, 3, 5))] == ["wang", "lin"]


def test_the_number_for_day_and_night_is_the_nearest() -> None:
    assert DIRECTORY.line24("county", "cardiology") == "0769-201"
    assert DIRECTORY.line24("county", "surgery") == "0769-200"
    assert DIRECTORY.line24("clinic") == "0769-200"


def test_driving_time_is_the_same_both_ways() -> None:
    assert DIRECTORY.driving_minutes("clinic", "county") == 25
    assert DIRECTORY.driving_minutes("county", "clinic") == 25
    assert DIRECTORY.driving_minutes("centre", "city") is None


def test_a_parameter_is_the_facilitys_else_the_citys_else_the_sites() -> None:
    assert DIRECTORY.parameter("digest", "county") == "08:15"
    assert DIRECTORY.parameter("digest", "centre") == "08:00"
    assert DIRECTORY.parameter("digest", "city") == "07:45"
    assert DIRECTORY.parameter("digest") == "07:45"
    assert DIRECTORY.parameter("other", "county", 3) == 3


def test_a_team_whose_lead_does_not_work_there_is_answered_for_by_a_member() -> None:
    assert DIRECTORY.team_lead("team", local(2, 9)) == "he"
    assert DIRECTORY.team_people("team", local(2, 9)) == ("he",)
    assert DIRECTORY.team_lead("none", local(2, 9)) is None


def test_words_find_a_department_and_identifiers_a_facility() -> None:
    found = DIRECTORY.find_department("county", " 心内 ")
    assert found is not None
    assert found.code == "cardiology"
    assert DIRECTORY.find_department("county", "CARDIOLOGY") == found
    assert DIRECTORY.find_department("county", "dentistry") is None
    assert DIRECTORY.find_facility("county hospital") == COUNTY
    assert DIRECTORY.facility_with("urn:org", "0042") == COUNTY


def test_a_number_finds_its_one_owner() -> None:
    lin, wang = replace(person("lin"), phone="+8613900001234"), replace(person("wang"), phone="+8613900001234")
    assert Directory(Contents(people=(lin,))).person_with_phone("+8613900001234") == lin
    assert Directory(Contents(people=(lin, wang))).person_with_phone("+8613900001234") is None
    assert DIRECTORY.person_with_phone("+8613900001234") is None


def test_a_name_that_means_two_facilities_finds_none() -> None:
    twin = replace(CENTRE, id="centre2")
    assert Directory(replace(CONTENTS, facilities=(CENTRE, twin))).find_facility("Centre") is None


def test_only_the_key_of_an_active_source_counts() -> None:
    found = DIRECTORY.source_of_key("aa")
    assert found is not None
    assert found.id == "his"
    assert DIRECTORY.source_of_key("bb") is None


def test_an_area_is_served_by_its_clinic() -> None:
    assert DIRECTORY.centre_of_area("lotus") == "clinic"
    assert DIRECTORY.centre_of_area("elsewhere") is None


def test_a_circle_of_parents_ends() -> None:
    circle = Directory(Contents(facilities=(replace(CENTRE, parent="clinic"), replace(CLINIC, parent="centre"))))
    assert circle.coordinator("clinic", local(2, 9)) is None


def test_duty_is_told_by_the_wall_clock_on_the_night_the_clocks_change() -> None:
    """In Amsterdam 02:30 comes twice on 25 October 2026, and both are in the shift that ends at three."""
    zone = ZoneInfo("Europe/Amsterdam")
    contents = Contents(
        facilities=(replace(COUNTY, time_zone="Europe/Amsterdam"),),
        roles=(RoleHeld("lin", "county", Role.doctor),),
        duties=(Duty("county", None, Window.of("22:00", "03:00", frozenset({5})), 1, "lin"),),
    )
    directory = Directory(contents)
    for fold in (0, 1):
        at = datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold).astimezone(UTC)
        assert directory.on_duty("county", None, at) == ("lin",)
    assert directory.on_duty("county", None, datetime(2026, 10, 25, 2, 0, tzinfo=UTC)) == ()


@pytest.mark.parametrize("text", ["8:00", "24:01", "12:60", "noon", "", "-1:00", "08:00:00", "٠٨:٠٠"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        minute_of_day(text)
