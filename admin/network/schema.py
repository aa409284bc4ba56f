"""What a network file may say, section by section (docs/network.md)."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime, model_validator

from admin.network.words import Birth, Days, Hours, Id, Number24, Phone, Words, Zone
from models.parties import Purpose
from models.patients import Relation, Scope
from models.values import FacilityKind, Language, Role, Sex, Tier


class Part(BaseModel):
    """A part of the file: nothing unknown in it, numbers count as text where text is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, populate_by_name=False)


class Named(Part):
    """Something with a name in both languages."""

    name_zh: Words = Field(description="the Chinese name")
    name_en: Words = Field(description="the English name")


class Dated(Part):
    """Something that holds from a day to a day, both included."""

    first_day: date | None = Field(None, alias="from", description="a day such as 2026-03-02")
    last_day: date | None = Field(None, alias="to", description="a day such as 2026-12-31")

    @model_validator(mode="after")
    def _in_order(self) -> "Dated":
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError(f"to: {self.last_day} is before from: {self.first_day}")
        return self


class Identifier(Part):
    """A number by which a system knows something."""

    system: Words = Field(description="the system, such as urn:oid:2.16.156 or a name")
    value: Words = Field(description="the number in that system")


class WeekHours(Part):
    """Hours on days of the week."""

    days: Days = Field(list(range(7)), description="all, mon-fri, or mon,wed,sun", validate_default=False)
    hours: Hours = Field("00:00-24:00", description="hours such as 08:00-17:30")

    @property
    def starts(self) -> str:
        """When they begin, HH:MM."""
        return self.hours.partition("-")[0]

    @property
    def ends(self) -> str:
        """When they end, HH:MM."""
        return self.hours.partition("-")[2]


class CoverPart(WeekHours):
    """Who looks after the facility's patients in these hours."""

    facility: Id = Field(description="the id of the facility that covers")


class DutyPart(WeekHours):
    """Who is on duty in these hours, in the order they are asked."""

    people: list[Id] = Field(min_length=1, description="ids of people, the first is asked first")


class DeskPart(Part):
    """The referral desk of a department."""

    people: list[Id] = Field(description="ids of people, the first is asked first")
    hours: list[WeekHours] = Field(description="days and hours, such as {days: mon-fri, hours: 08:00-12:00}")


class DepartmentPart(Named):
    """A department of a facility."""

    code: Id = Field(description="a short code, such as cardiology")
    place_zh: str = Field("", description="where it is, in Chinese")
    place_en: str = Field("", description="where it is, in English")
    line24: Number24 | None = Field(None, description="a number answered day and night")
    sensitive: bool = Field(False, description="true when patients must not be told its name")
    aliases: list[Words] = Field([], description="other words for it")
    desk: DeskPart | None = Field(None, description="people and hours of the referral desk")
    duty: list[DutyPart] = Field([], description="the weekly rota")


class FacilityPart(Named):
    """A hospital, centre or clinic."""

    id: Id = Field(description="an id such as county-1")
    kind: FacilityKind = Field(description=f"one of {', '.join(FacilityKind)}")
    tier: Tier = Field(description=f"one of {', '.join(Tier)}")
    parent: Id | None = Field(None, description="the id of the facility above")
    city: Id | None = Field(None, description="the id of the city, for its parameters")
    time_zone: Zone | None = Field(None, description="a time zone such as Asia/Shanghai")
    address_zh: str = Field("", description="the address in Chinese")
    address_en: str = Field("", description="the address in English")
    line24: Number24 | None = Field(None, description="a number answered day and night")
    areas: list[Words] = Field([], description="villages or streets it serves")
    driving_minutes: dict[Id, Annotated[int, Field(ge=1, le=1440)]] = Field(
        {}, description="minutes by road by facility id, such as {county-1: 25}"
    )
    covering: list[CoverPart] = Field([], description="who covers when; the first that fits counts")
    tests: list[Words] = Field([], description="tests it can do")
    medicines: list[Words] = Field([], description="medicines it keeps")
    identifiers: list[Identifier] = Field([], description="numbers other systems know it by")
    aliases: list[Words] = Field([], description="other names for it")
    parameters: dict[str, Any] = Field({}, description="values that hold here only")
    departments: list[DepartmentPart] = Field([], description="its departments")
    duty: list[DutyPart] = Field([], description="the weekly rota of the whole facility (总值班)")


class RolePart(Dated):
    """What a person does where."""

    role: Role = Field(description=f"one of {', '.join(Role)}")
    facility: Id = Field(description="the id of the facility")
    department: Id | None = Field(None, description="the code of a department there")


class PersonPart(Named):
    """A member of staff."""

    id: Id = Field(description="an id such as lin-hao")
    language: Language = Field(Language.zh, description="zh or en")
    phone: Phone | None = Field(None, description="a phone number such as +8613900001234")
    identifiers: list[Identifier] = Field([], description="numbers other systems know them by")
    roles: list[RolePart] = Field(min_length=1, description="at least one role")


class MemberPart(Dated):
    """A facility in an alliance."""

    facility: Id = Field(description="the id of a facility")


class AlliancePart(Named):
    """A group of facilities that refer to each other."""

    id: Id = Field(description="an id")
    lead: Id | None = Field(None, description="the id of the leading facility")
    members: list[MemberPart] = Field(min_length=2, description="two facilities or more")

    @model_validator(mode="before")
    @classmethod
    def _plain_members(cls, given: Any) -> Any:
        """A member may be given by its id alone."""
        if isinstance(given, dict) and isinstance(given.get("members"), list):
            members = [{"facility": each} if isinstance(each, str) else each for each in given["members"]]
            return {**given, "members": members}
        return given


class TeamPart(Named):
    """A family-doctor team."""

    id: Id = Field(description="an id")
    facility: Id = Field(description="the id of its facility")
    lead: Id = Field(description="the id of the person who answers for it")
    members: list[Id] = Field([], description="ids of people")


class OverridePart(Part):
    """On these days, these people instead of the rota."""

    facility: Id = Field(description="the id of the facility")
    department: Id | None = Field(None, description="the code of a department there")
    first_day: date = Field(alias="from", description="the first day, such as 2026-10-01")
    last_day: date = Field(alias="to", description="the last day, such as 2026-10-07")
    hours: Hours = Field("00:00-24:00", description="hours such as 17:30-08:00")
    people: list[Id] = Field(description="ids of people in order; [] for nobody")


class LeavePart(Part):
    """Somebody is away, and a colleague does their follow-up work meanwhile."""

    person: Id = Field(description="the id of the person who is away")
    cover: Id = Field(description="the id of the colleague who covers")
    first_day: date = Field(alias="from", description="the first day, such as 2026-10-01")
    last_day: date = Field(alias="to", description="the last day, such as 2026-10-07")


class DayPart(Part):
    """A day that is worked, or not, whatever the calendar says."""

    day: date = Field(description="a day such as 2026-10-10")
    working: bool = Field(description="true or false")


class ClosedPart(Part):
    """A facility or department that takes nobody for now, by its wall clock."""

    facility: Id = Field(description="the id of the facility")
    department: Id | None = Field(None, description="the code of a department there")
    since: NaiveDatetime = Field(alias="from", description="a time such as 2026-03-02 08:00")
    until: NaiveDatetime | None = Field(None, alias="to", description="a time such as 2026-03-09 08:00")
    reason: Words = Field(description="why, in a few words")


class SitePart(Part):
    """What holds for the whole network."""

    time_zone: Zone | None = Field(None, description="a time zone such as Asia/Shanghai")
    parameters: dict[str, Any] = Field({}, description="values that hold everywhere")


class CityPart(Part):
    """What holds for a city."""

    id: Id = Field(description="an id, the `city` of facilities")
    parameters: dict[str, Any] = Field({}, description="values that hold in the city")


class ContactPart(Dated):
    """Somebody who helps a patient."""

    id: Id = Field(description="an id")
    name: Words = Field(description="the name")
    relation: Relation = Field(description=f"one of {', '.join(Relation)}")
    phone: Phone | None = Field(None, description="a phone number")
    language: Language = Field(Language.zh, description="zh or en")
    scope: list[Scope] = Field([Scope.times], description="times, readings, or both")
    may_answer: bool = Field(True, description="true or false")
    guardian: bool = Field(False, description="true or false")
    consented: bool = Field(True, description="true or false")


class SignUpPart(Dated):
    """A sign-up with a family-doctor team."""

    team: Id = Field(description="the id of a team")
    leads: bool = Field(True, description="false when another team answers for the patient")


class PatientPart(Part):
    """A patient."""

    id: Id = Field(description="an id")
    name: Words = Field(description="the name")
    sex: Sex | None = Field(None, description="F or M")
    birth: Birth | None = Field(None, description="1954, 1954-03 or 1954-03-02")
    phone: Phone | None = Field(None, description="a phone number")
    language: Language = Field(Language.zh, description="zh or en")
    area: Words | None = Field(None, description="the village or street")
    identifiers: list[Identifier] = Field([], description="numbers systems know the patient by")
    teams: list[SignUpPart] = Field([], description="sign-ups with family-doctor teams")
    contacts: list[ContactPart] = Field([], description="people who help")
    consents: list[Purpose] = Field([], description=f"of {', '.join(Purpose)}")
    informed_by: Id | None = Field(None, description="the id of the person who informed the patient")


SECTIONS: dict[str, type[Part]] = {
    "site": SitePart,
    "cities": CityPart,
    "facilities": FacilityPart,
    "people": PersonPart,
    "alliances": AlliancePart,
    "teams": TeamPart,
    "duty_overrides": OverridePart,
    "leaves": LeavePart,
    "days": DayPart,
    "closed": ClosedPart,
    "patients": PatientPart,
}
PERSONAL = frozenset({"patients"})  # sections whose values are never repeated in an error
