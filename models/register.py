"""What there is on the staff side: facilities, departments, people, roles, parameters; pure lookups."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from models.places import Contents, Department, Facility, Person, RoleHeld, Source, Team
from models.registry import ParameterScope
from models.values import Role

DEFAULT_ZONE = "Asia/Shanghai"
# Roles that see and answer patients' referrals; an admin or a supervisor is no practitioner by that alone.
CLINICAL = frozenset({Role.doctor, Role.nurse, Role.coordinator, Role.head, Role.discharge_desk, Role.family_doctor})


K = TypeVar("K")


class Register:
    """A snapshot of who and what is there; never changes. Unknown ids give None, or nobody."""

    def __init__(self, contents: Contents) -> None:
        self._facilities = {facility.id: facility for facility in contents.facilities}
        self._departments = {(each.facility, each.code): each for each in contents.departments}
        self._people = {person.id: person for person in contents.people}
        self._teams = {team.id: team for team in contents.teams}
        self._sources = {source.id: source for source in contents.sources}
        self._days = MappingProxyType(dict(contents.days))
        self._parameters = {(each.scope, each.scope_id, each.key): each.value for each in contents.parameters}
        self._memberships = contents.memberships
        self._roles_of: defaultdict[str, list[RoleHeld]] = defaultdict(list)
        self._roles_at: defaultdict[str, list[RoleHeld]] = defaultdict(list)
        for role in contents.roles:
            self._roles_of[role.person].append(role)
            self._roles_at[role.facility].append(role)
        self.site_zone = ZoneInfo(self.parameter("time_zone") or DEFAULT_ZONE)
        self._zones = {
            facility.id: ZoneInfo(facility.time_zone) if facility.time_zone else self.site_zone
            for facility in contents.facilities
        }

    # What is there

    def facility(self, facility: str) -> Facility | None:
        """The facility of that id."""
        return self._facilities.get(facility)

    def facilities(self) -> tuple[Facility, ...]:
        """All facilities, in the order of their ids."""
        return tuple(self._facilities[unique] for unique in sorted(self._facilities))

    def department(self, facility: str, code: str) -> Department | None:
        """The department of that code there."""
        return self._departments.get((facility, code))

    def departments(self, facility: str) -> tuple[Department, ...]:
        """All departments of a facility, in the order of their codes."""
        return tuple(self._departments[key] for key in sorted(self._departments) if key[0] == facility)

    def person(self, person: str) -> Person | None:
        """The member of staff of that id."""
        return self._people.get(person)

    def people(self) -> tuple[Person, ...]:
        """All members of staff, in the order of their ids."""
        return tuple(self._people[unique] for unique in sorted(self._people))

    def team(self, team: str) -> Team | None:
        """The family-doctor team of that id."""
        return self._teams.get(team)

    def teams(self) -> tuple[Team, ...]:
        """All family-doctor teams, in the order of their ids."""
        return tuple(self._teams[unique] for unique in sorted(self._teams))

    def source(self, name: str) -> Source | None:
        """The source of that name, active or not."""
        return self._sources.get(name)

    def sources(self) -> tuple[Source, ...]:
        """All sources, active or not, in the order of their names."""
        return tuple(self._sources[name] for name in sorted(self._sources))

    def source_of_key(self, key_hash: str) -> Source | None:
        """The active source whose key has this SHA-256 (hexadecimal)."""
        return next((each for each in self._sources.values() if each.active and each.key_hash == key_hash), None)

    def facility_with(self, system: str, value: str) -> Facility | None:
        """The facility with this identifier."""
        return _only(each for each in self.facilities() if (system, value) in each.identifiers)

    def find_facility(self, text: str) -> Facility | None:
        """The one facility that this id, name or alias means; None when none or several."""
        return _only(each for each in self.facilities() if _means(each, text, each.id))

    def find_department(self, facility: str, text: str) -> Department | None:
        """The one department there that this code, name or alias means; None when none or several."""
        return _only(each for each in self.departments(facility) if _means(each, text, each.code))

    def person_with(self, system: str, value: str) -> Person | None:
        """The member of staff with this identifier."""
        return _only(each for each in self.people() if (system, value) in each.identifiers)

    def person_with_phone(self, phone: str) -> Person | None:
        """The one member of staff with this number (as models/phones.py writes it)."""
        return _only(each for each in self.people() if each.phone == phone)

    # How they hang together

    def upwards(self, facility: str) -> Iterator[Facility]:
        """The facility, its parent, the parent's parent, to the top."""
        place = self.facility(facility)
        seen: set[str] = set()
        while place is not None and place.id not in seen:
            seen.add(place.id)
            yield place
            place = self.facility(place.parent) if place.parent else None

    def alliance_partners(self, facility: str, at: datetime) -> tuple[str, ...]:
        """Ids of the other facilities in any alliance of this one, then."""
        day = at.astimezone(self.zone(facility)).date()
        current = [
            each
            for each in self._memberships
            if (each.first_day or day) <= day <= (each.last_day or day) and each.facility in self._facilities
        ]
        own = {each.alliance for each in current if each.facility == facility}
        return tuple(sorted({each.facility for each in current if each.alliance in own} - {facility}))

    def alliances_of(self, facility: str, at: datetime) -> tuple[str, ...]:
        """Ids of the alliances that this facility is in then."""
        day = at.astimezone(self.zone(facility)).date()
        return tuple(
            sorted(
                each.alliance
                for each in self._memberships
                if each.facility == facility and (each.first_day or day) <= day <= (each.last_day or day)
            )
        )

    def driving_minutes(self, start: str, destination: str) -> int | None:
        """Minutes by road from one facility to the other, whichever of the two says so."""
        one, other = self.facility(start), self.facility(destination)
        if one is not None and destination in one.driving_minutes:
            return one.driving_minutes[destination]
        return other.driving_minutes.get(start) if other is not None else None

    def centre_of_area(self, area: str) -> str | None:
        """The facility that serves an area (a village, a street), lowest tier first."""
        serving = [each for each in self.facilities() if area in each.areas]
        return min(serving, key=lambda each: (each.tier.rank, each.id)).id if serving else None

    def line24(self, facility: str, department: str | None = None) -> str | None:
        """The number answered day and night: the department's, else the facility's, else a parent's."""
        place = self.department(facility, department) if department else None
        if place is not None and place.line24:
            return place.line24
        return next((each.line24 for each in self.upwards(facility) if each.line24), None)

    # Wall clock, days, parameters

    def zone(self, facility: str) -> ZoneInfo:
        """The time zone of a facility; the site's when it is not known."""
        return self._zones.get(facility, self.site_zone)

    @property
    def day_overrides(self) -> Mapping[date, bool]:
        """Days that are worked (True) or not, whatever the calendar says."""
        return self._days

    def parameter(self, key: str, facility: str | None = None, default: Any = None) -> Any:
        """The value of `key` for a facility: its own, else its city's, else the site's, else `default`."""
        place = self._facilities.get(facility) if facility else None
        scopes = [(ParameterScope.site, "")]
        if place is not None:
            scopes.insert(0, (ParameterScope.city, place.city or ""))
            scopes.insert(0, (ParameterScope.facility, place.id))
        for scope, scope_id in scopes:
            if (scope, scope_id, key) in self._parameters:
                return self._parameters[scope, scope_id, key]
        return default

    # Roles

    def roles(self, person: str, at: datetime) -> tuple[RoleHeld, ...]:
        """The roles a person has then, at all facilities."""
        return tuple(role for role in self._roles_of.get(person, ()) if self._holds(role, at))

    def with_role(self, role: Role, facility: str, at: datetime, department: str | None = None) -> tuple[str, ...]:
        """Ids of the people who have the role there then; with `department`, in that department only."""
        held = (
            each.person
            for each in self._roles_at.get(facility, ())
            if each.role is role and (department is None or each.department == department) and self._holds(each, at)
        )
        return tuple(dict.fromkeys(sorted(held)))

    def is_practitioner_at(self, person: str, facility: str, at: datetime) -> bool:
        """Whether the person works there then, in a role that sees and answers referrals."""
        return any(
            each.person == person and each.role in CLINICAL and self._holds(each, at)
            for each in self._roles_at.get(facility, ())
        )

    def _holds(self, role: RoleHeld, at: datetime) -> bool:
        return role.on(at.astimezone(self.zone(role.facility)).date())

    def admins(self, at: datetime) -> tuple[str, ...]:
        """Ids of the people who are admin somewhere."""
        found = {unique for place in self._roles_at for unique in self.with_role(Role.admin, place, at)}
        return tuple(sorted(found))


def _only(found: Iterable[K]) -> K | None:
    several = list(found)
    return several[0] if len(several) == 1 else None


def _means(place: Facility | Department, text: str, key: str) -> bool:
    wanted = text.strip().casefold()
    return wanted in {each.casefold() for each in (key, place.name_zh, place.name_en, *place.aliases)}
