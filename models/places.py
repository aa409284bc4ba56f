"""Facilities, people, roles and duty as plain values: what the directory is made of and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from models.registry import ParameterScope
from models.values import FacilityKind, Language, Role, Tier
from models.week import Window

Identifier = tuple[str, str]  # system, value


class TwoNames:
    """Something with a Chinese and an English name."""

    name_zh: str
    name_en: str

    __slots__ = ()

    def name(self, language: Language) -> str:
        """The name in the reader's language."""
        return self.name_zh if language is Language.zh else self.name_en


@dataclass(frozen=True)
class Cover:
    """Who looks after a facility's patients in a window of the week."""

    window: Window
    facility: str


@dataclass(frozen=True)
class Facility(TwoNames):
    """A hospital, centre or clinic. `time_zone` None: the site's. `driving_minutes`: by facility id."""

    id: str
    kind: FacilityKind
    tier: Tier
    name_zh: str
    name_en: str
    parent: str | None = None
    city: str | None = None
    time_zone: str | None = None
    address_zh: str = ""
    address_en: str = ""
    line24: str | None = None
    areas: tuple[str, ...] = ()
    driving_minutes: Mapping[str, int] = field(default_factory=dict)
    covering: tuple[Cover, ...] = ()
    tests: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    aliases: tuple[str, ...] = ()

    def address(self, language: Language) -> str:
        """The street address in the reader's language; empty when none is known."""
        return self.address_zh if language is Language.zh else self.address_en


@dataclass(frozen=True)
class Department(TwoNames):
    """A department; `sensitive` ones are never named to patients. `place` is where to go: building, floor."""

    facility: str
    code: str
    name_zh: str
    name_en: str
    place_zh: str = ""
    place_en: str = ""
    line24: str | None = None
    desk_hours: tuple[Window, ...] = ()
    desk_people: tuple[str, ...] = ()
    sensitive: bool = False
    aliases: tuple[str, ...] = ()

    def place(self, language: Language) -> str:
        """Where in the facility it is, in the reader's language; empty when not known."""
        return self.place_zh if language is Language.zh else self.place_en


@dataclass(frozen=True)
class Person(TwoNames):
    """A member of staff."""

    id: str
    name_zh: str
    name_en: str
    language: Language
    phone: str | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True)
class RoleHeld:
    """What a person does where; both days included, None: open."""

    person: str
    facility: str
    role: Role
    department: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    def on(self, day: date) -> bool:
        """Whether it holds on that day."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True)
class Duty:
    """A place in the weekly rota; `place` 1 is asked first. No department: the facility's duty (总值班)."""

    facility: str
    department: str | None
    window: Window
    place: int
    person: str


@dataclass(frozen=True)
class DutyOverride:
    """Instead of the rota, on these days in this window, these people in order."""

    facility: str
    department: str | None
    first_day: date
    last_day: date
    window: Window
    people: tuple[str, ...]


@dataclass(frozen=True)
class Team(TwoNames):
    """A family-doctor team."""

    id: str
    facility: str
    name_zh: str
    name_en: str
    lead: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leave:
    """Somebody is away on these days, both included; `cover` does their follow-up work."""

    person: str
    cover: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Membership:
    """A facility in an alliance; both days included, None: open."""

    alliance: str
    facility: str
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Parameter:
    """A value set for a facility, a city or the site."""

    scope: ParameterScope
    scope_id: str
    key: str
    value: Any


@dataclass(frozen=True)
class Closed:
    """Nobody is taken from `since` until `until` (None: until further notice)."""

    facility: str
    department: str | None
    since: datetime
    until: datetime | None
    reason: str


@dataclass(frozen=True)
class Source:
    """A system of a facility that may send us events."""

    id: str
    facility: str
    key_hash: str
    active: bool = True
    amqp_user: str | None = None


@dataclass(frozen=True)
class Contents:
    """All of the staff side at one instant, as plain values."""

    facilities: tuple[Facility, ...] = ()
    departments: tuple[Department, ...] = ()
    people: tuple[Person, ...] = ()
    roles: tuple[RoleHeld, ...] = ()
    duties: tuple[Duty, ...] = ()
    duty_overrides: tuple[DutyOverride, ...] = ()
    memberships: tuple[Membership, ...] = ()
    teams: tuple[Team, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    days: Mapping[date, bool] = field(default_factory=dict)
    closed: tuple[Closed, ...] = ()
    leaves: tuple[Leave, ...] = ()
    sources: tuple[Source, ...] = ()
