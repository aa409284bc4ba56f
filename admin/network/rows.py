"""From the parts of a network file to the rows of the registry; the ids come out the same again."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from admin.network.schema import DutyPart, FacilityPart, WeekHours
from admin.network.validate import Network
from models.history import Dated
from models.registry import (
    AllianceMemberRow,
    AllianceRow,
    ClosedRow,
    DayOverrideRow,
    DepartmentRow,
    DutyOverrideRow,
    DutyRow,
    FacilityRow,
    LeaveRow,
    ParameterScope,
    PersonRow,
    RoleRow,
    TeamRow,
)

Row = dict[str, Any]


def staff_rows(network: Network, zones: dict[str, ZoneInfo]) -> dict[type[Dated], list[Row]]:
    """The rows of each table whose section the file has; `zones`: the wall clock of each facility.

    A table is a key even if it has no rows: what a file brought before and has no longer, has ended.
    """
    rows: dict[type[Dated], list[Row]] = {}
    if "facilities" in network.sections:
        places = [entry.part for entry in network.facilities]
        rows[FacilityRow] = [_facility(place) for place in places]
        rows[DepartmentRow] = [row for place in places for row in _departments(place)]
        rows[DutyRow] = [row for place in places for row in _duties(place)]
    if "people" in network.sections:
        people = [entry.part for entry in network.people]
        rows[PersonRow] = [
            {
                **each.model_dump(include={"id", "name_zh", "name_en", "language", "phone"}),
                "identifiers": [number.model_dump() for number in each.identifiers],
            }
            for each in people
        ]
        rows[RoleRow] = [
            {
                "id": f"{each.id}@{_at(role.facility, role.department)}:{role.role}:{role.first_day or ''}",
                "person": each.id,
                **role.model_dump(),
            }
            for each in people
            for role in each.roles
        ]
    if "alliances" in network.sections:
        alliances = [entry.part for entry in network.alliances]
        rows[AllianceRow] = [each.model_dump(exclude={"members"}) for each in alliances]
        rows[AllianceMemberRow] = [
            {"id": f"{each.id}/{member.facility}", "alliance": each.id, **member.model_dump()}
            for each in alliances
            for member in each.members
        ]
    if "teams" in network.sections:
        rows[TeamRow] = [entry.part.model_dump() for entry in network.teams]
    if "duty_overrides" in network.sections:
        rows[DutyOverrideRow] = [
            {
                "id": f"{_at(part.facility, part.department)}:{part.first_day}..{part.last_day}:{part.hours}",
                **part.model_dump(exclude={"hours"}),
                **_hours(part.hours),
            }
            for part in (entry.part for entry in network.duty_overrides)
        ]
    if "leaves" in network.sections:
        rows[LeaveRow] = [
            {"id": f"{entry.part.person}/{entry.part.first_day}", **entry.part.model_dump()} for entry in network.leaves
        ]
    if "days" in network.sections:
        rows[DayOverrideRow] = [{"id": entry.part.day.isoformat(), **entry.part.model_dump()} for entry in network.days]
    if "closed" in network.sections:
        rows[ClosedRow] = [
            {
                "id": f"{_at(part.facility, part.department)}:{part.since.isoformat()}",
                "facility": part.facility,
                "department": part.department,
                "since": part.since.replace(tzinfo=zones[part.facility]),
                "until": part.until.replace(tzinfo=zones[part.facility]) if part.until else None,
                "reason": part.reason,
            }
            for part in (entry.part for entry in network.closed)
        ]
    return rows


def parameter_rows(network: Network) -> dict[ParameterScope, list[Row]]:
    """The parameters of each scope whose section the file has."""
    rows: dict[ParameterScope, list[Row]] = {}
    if "site" in network.sections:
        rows[ParameterScope.site] = []
        for site in (entry.part for entry in network.site):
            named = {"time_zone": site.time_zone} if site.time_zone else {}
            rows[ParameterScope.site] += _parameters(ParameterScope.site, "", {**site.parameters, **named})
    if "cities" in network.sections:
        rows[ParameterScope.city] = [
            row
            for city in (entry.part for entry in network.cities)
            for row in _parameters(ParameterScope.city, city.id, city.parameters)
        ]
    if "facilities" in network.sections:
        rows[ParameterScope.facility] = [
            row
            for place in (entry.part for entry in network.facilities)
            for row in _parameters(ParameterScope.facility, place.id, place.parameters)
        ]
    return rows


def _parameters(scope: ParameterScope, scope_id: str, values: dict[str, Any]) -> list[Row]:
    return [
        {"id": f"{scope}/{scope_id}/{key}", "scope": scope, "scope_id": scope_id, "key": key, "value": value}
        for key, value in values.items()
    ]


def _facility(place: FacilityPart) -> Row:
    row = place.model_dump(exclude={"parameters", "departments", "duty", "covering"})
    row["covering"] = [{**_window(each), "facility": each.facility} for each in place.covering]
    return row


def _departments(place: FacilityPart) -> Iterator[Row]:
    for part in place.departments:
        yield {
            "id": f"{place.id}/{part.code}",
            "facility": place.id,
            **part.model_dump(exclude={"desk", "duty"}),
            "desk_people": list(part.desk.people) if part.desk else [],
            "desk_hours": [_window(each) for each in part.desk.hours] if part.desk else [],
        }


def _duties(place: FacilityPart) -> Iterator[Row]:
    yield from _rota(place.id, None, place.duty)
    for part in place.departments:
        yield from _rota(place.id, part.code, part.duty)


def _rota(facility: str, department: str | None, duty: list[DutyPart]) -> Iterator[Row]:
    for part in duty:
        for weekday in part.days:
            for place, person in enumerate(part.people, start=1):
                yield {
                    "id": f"{_at(facility, department)}:{weekday}:{part.hours}:{place}",
                    "facility": facility,
                    "department": department,
                    "weekday": weekday,
                    **_hours(part.hours),
                    "place": place,
                    "person": person,
                }


def _at(facility: str, department: str | None) -> str:
    return f"{facility}/{department or '*'}"


def _window(part: WeekHours) -> Row:
    return {"days": list(part.days), **_hours(part.hours)}


def _hours(hours: str) -> dict[str, str]:
    starts, _, ends = hours.partition("-")
    return {"starts": starts, "ends": ends}
