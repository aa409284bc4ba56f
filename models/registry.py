"""The tables of the staff side: facilities, people, roles, duty, teams, parameters, sources.

Dates inside a row (`first_day`, `last_day`, both included, in the facility's time zone) say when the thing
itself holds; `valid_from` and `valid_to` say when we held it to be so. The shapes of
the JSON columns are those of models/places.py.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Text
from sqlmodel import Field

from models.database import UtcDateTime
from models.history import Dated, dated, one_of
from models.values import FacilityKind, Language, Role, Tier


class ParameterScope(StrEnum):
    """How far a parameter reaches; the nearest wins."""

    facility = "facility"
    city = "city"
    site = "site"


class StaffSide(Dated):
    """A dated row that the directory holds in memory."""

    moves_epoch: ClassVar[bool] = True


class FacilityRow(StaffSide, table=True):
    """A hospital, centre or clinic."""

    __tablename__ = "facilities"
    __table_args__ = dated(one_of("kind", FacilityKind), one_of("tier", Tier))

    kind: FacilityKind = Field(sa_type=Text)
    tier: Tier = Field(sa_type=Text)
    name_zh: str
    name_en: str
    parent: str | None = None
    city: str | None = None
    time_zone: str | None = None
    address_zh: str = ""
    address_en: str = ""
    line24: str | None = None
    areas: list[str] = Field(default_factory=list, sa_type=JSON)
    driving_minutes: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    covering: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    tests: list[str] = Field(default_factory=list, sa_type=JSON)
    medicines: list[str] = Field(default_factory=list, sa_type=JSON)
    identifiers: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    aliases: list[str] = Field(default_factory=list, sa_type=JSON)


class AllianceRow(StaffSide, table=True):
    """A group of facilities that refer to each other (医联体)."""

    __tablename__ = "alliances"
    __table_args__ = dated()

    name_zh: str
    name_en: str
    lead: str | None = None


class AllianceMemberRow(StaffSide, table=True):
    """A facility belongs to an alliance; it may belong to any number."""

    __tablename__ = "alliance_members"
    __table_args__ = dated()

    alliance: str
    facility: str
    first_day: date | None = None
    last_day: date | None = None


class DepartmentRow(StaffSide, table=True):
    """A department of a facility; its `id` is facility/code."""

    __tablename__ = "departments"
    __table_args__ = dated()

    facility: str
    code: str
    name_zh: str
    name_en: str
    place_zh: str = ""
    place_en: str = ""
    line24: str | None = None
    desk_hours: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    desk_people: list[str] = Field(default_factory=list, sa_type=JSON)
    sensitive: bool = False
    aliases: list[str] = Field(default_factory=list, sa_type=JSON)


class PersonRow(StaffSide, table=True):
    """A member of staff."""

    __tablename__ = "people"
    __table_args__ = dated(one_of("language", Language))

    name_zh: str
    name_en: str
    language: Language = Field(sa_type=Text)
    phone: str | None = None
    identifiers: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)


class RoleRow(StaffSide, table=True):
    """What a person does at a facility, and from when to when."""

    __tablename__ = "practice_roles"
    __table_args__ = dated(one_of("role", Role))

    person: str
    facility: str
    department: str | None = None
    role: Role = Field(sa_type=Text)
    first_day: date | None = None
    last_day: date | None = None


class DutyRow(StaffSide, table=True):
    """One person's place in the weekly rota of a department, or (none named) of the facility (总值班).

    `starts` and `ends` are HH:MM of the facility's wall clock; an end not after the start is next day.
    """

    __tablename__ = "duty_rota"
    __table_args__ = dated(
        CheckConstraint("place >= 1", name="place"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    )

    facility: str
    department: str | None = None
    weekday: int
    starts: str
    ends: str
    place: int
    person: str


class DutyOverrideRow(StaffSide, table=True):
    """On these days, between these hours, these people (in order) instead of the weekly rota."""

    __tablename__ = "duty_overrides"
    __table_args__ = dated()

    facility: str
    department: str | None = None
    first_day: date
    last_day: date
    starts: str = "00:00"
    ends: str = "24:00"
    people: list[str] = Field(default_factory=list, sa_type=JSON)


class TeamRow(StaffSide, table=True):
    """A family-doctor team; the lead is a member too."""

    __tablename__ = "family_doctor_teams"
    __table_args__ = dated()

    facility: str
    name_zh: str
    name_en: str
    lead: str
    members: list[str] = Field(default_factory=list, sa_type=JSON)


class ParameterRow(StaffSide, table=True):
    """A value that a site, a city or a facility sets; its `id` is scope/scope_id/key."""

    __tablename__ = "parameters"
    __table_args__ = dated(one_of("scope", ParameterScope))

    scope: ParameterScope = Field(sa_type=Text)
    scope_id: str = ""
    key: str
    value: Any = Field(default=None, sa_type=JSON)


class DayOverrideRow(StaffSide, table=True):
    """A day that is worked, or not, whatever the calendar says; its `id` is the ISO date."""

    __tablename__ = "day_overrides"
    __table_args__ = dated()

    day: date
    working: bool


class LeaveRow(StaffSide, table=True):
    """Somebody is away, and another does their follow-up work; both days included. Its `id` is person/first day."""

    __tablename__ = "leaves"
    __table_args__ = dated(CheckConstraint("last_day >= first_day", name="days"))

    person: str
    cover: str
    first_day: date
    last_day: date


class ClosedRow(StaffSide, table=True):
    """A facility, or one department of it, takes nobody for now."""

    __tablename__ = "closed_for_now"
    __table_args__ = dated(CheckConstraint("until IS NULL OR until > since", name="until"))

    facility: str
    department: str | None = None
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str


class SourceRow(StaffSide, table=True):
    """A system of a facility that may send us events; its `id` is its name. Of the key, the SHA-256."""

    __tablename__ = "sources"
    __table_args__ = dated()

    facility: str
    key_hash: str
    active: bool = True
    amqp_user: str | None = None
