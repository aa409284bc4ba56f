"""A network of four places, its people and their hours, as a directory in memory."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from models.directory import Directory
from models.places import (
    Closed,
    Contents,
    Cover,
    Department,
    Duty,
    DutyOverride,
    Facility,
    Leave,
    Membership,
    Parameter,
    Person,
    RoleHeld,
    Source,
    Team,
)
from models.registry import ParameterScope
from models.values import FacilityKind, Language, Role, Tier
from models.week import Window

WEEK = frozenset(range(7))
WORKDAYS = frozenset(range(5))
DAY = Window.of("08:00", "17:30", WORKDAYS)
NIGHT = Window.of("17:30", "08:00", WEEK)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall-clock time of March 2026 in Shanghai (the 2nd is a Monday), as the instant it is."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def person(unique: str) -> Person:
    return Person(unique, "某某", unique.title(), Language.zh)


CITY = Facility("city", FacilityKind.hospital, Tier.tertiary, "市院", "City Hospital", line24="0769-100")
COUNTY = Facility(
    "county",
    FacilityKind.hospital,
    Tier.county,
    "县院",
    "County Hospital",
    city="qingtan",
    line24="0769-200",
    identifiers=(("urn:org", "0042"),),
)
CENTRE = Facility("centre", FacilityKind.community, Tier.community, "中心", "Centre", "county", "qingtan")
CLINIC = Facility(
    "clinic",
    FacilityKind.village,
    Tier.village,
    "卫生室",
    "Clinic",
    "centre",
    "qingtan",
    areas=("lotus",),
    driving_minutes={"county": 25},
    covering=(Cover(Window.of("17:30", "08:00"), "county"), Cover(Window.of("08:00", "17:30"), "clinic")),
)
CARDIOLOGY = Department(
    "county",
    "cardiology",
    "心内科",
    "Cardiology",
    line24="0769-201",
    desk_hours=(Window.of("08:00", "12:00", WORKDAYS), Window.of("14:00", "17:30", WORKDAYS)),
    desk_people=("su",),
    aliases=("心内",),
)
CONTENTS = Contents(
    facilities=(CITY, COUNTY, CENTRE, CLINIC),
    departments=(CARDIOLOGY, Department("county", "surgery", "外科", "Surgery")),
    people=tuple(person(each) for each in ("lin", "wang", "su", "chen", "zhao", "he", "gu", "wu")),
    roles=(
        RoleHeld("lin", "county", Role.doctor, "cardiology"),
        RoleHeld("wang", "county", Role.doctor, "cardiology", last_day=date(2026, 3, 10)),
        RoleHeld("su", "county", Role.nurse, "cardiology"),
        RoleHeld("wang", "county", Role.head, "cardiology", last_day=date(2026, 3, 10)),
        RoleHeld("zhao", "county", Role.head),
        RoleHeld("chen", "county", Role.coordinator),
        RoleHeld("zhao", "county", Role.coordinator),
        RoleHeld("gu", "city", Role.coordinator),
        RoleHeld("he", "clinic", Role.family_doctor),
        RoleHeld("wu", "centre", Role.family_doctor),
        RoleHeld("wu", "county", Role.admin),
    ),
    duties=(
        Duty("county", "cardiology", DAY, 1, "lin"),
        Duty("county", "cardiology", NIGHT, 2, "lin"),
        Duty("county", "cardiology", NIGHT, 1, "wang"),
        Duty("county", None, NIGHT, 1, "zhao"),
        Duty("county", None, DAY, 1, "chen"),
    ),
    duty_overrides=(
        DutyOverride(
            "county",
            "cardiology",
            date(2026, 3, 4),
            date(2026, 3, 5),
            Window.of("20:00", "06:00"),
            ("su", "lin"),
        ),
    ),
    memberships=(
        Membership("heart", "city"),
        Membership("heart", "county", last_day=date(2026, 3, 20)),
        Membership("heart", "clinic"),
    ),
    teams=(Team("team", "clinic", "队", "Team", lead="lin", members=("he",)),),
    parameters=(
        Parameter(ParameterScope.site, "", "digest", "07:45"),
        Parameter(ParameterScope.city, "qingtan", "digest", "08:00"),
        Parameter(ParameterScope.facility, "county", "digest", "08:15"),
    ),
    days={date(2026, 3, 6): False, date(2026, 3, 7): True},
    closed=(Closed("county", "surgery", local(3, 0), local(4, 0), "works"),),
    leaves=(
        Leave("lin", "wang", date(2026, 3, 4), date(2026, 3, 12)),
        Leave("wang", "su", date(2026, 3, 5), date(2026, 3, 5)),
        Leave("su", "lin", date(2026, 3, 5), date(2026, 3, 5)),
        Leave("he", "lin", date(2026, 3, 4), date(2026, 3, 4)),
    ),
    sources=(Source("his", "county", "aa"), Source("old", "county", "bb", active=False)),
)
DIRECTORY = Directory(CONTENTS, epoch=7)
