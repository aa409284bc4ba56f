"""From the dated rows of the registry to the plain values of the directory: one query a table."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.database import Transaction
from models.history import Dated, contents_of
from models.parties import LanguageChoiceRow
from models.places import (
    Closed,
    Contents,
    Cover,
    Department,
    Duty,
    DutyOverride,
    Facility,
    Identifier,
    Leave,
    Membership,
    Parameter,
    Person,
    RoleHeld,
    Source,
    Team,
)
from models.registry import (
    AllianceMemberRow,
    ClosedRow,
    DayOverrideRow,
    DepartmentRow,
    DutyOverrideRow,
    DutyRow,
    FacilityRow,
    LeaveRow,
    ParameterRow,
    ParameterScope,
    PersonRow,
    RoleRow,
    SourceRow,
    TeamRow,
)
from models.values import FacilityKind, Language, Role, Tier
from models.week import Window

Row = Mapping[Any, Any]


MODELS: tuple[type[Dated], ...] = (
    LanguageChoiceRow, FacilityRow, DepartmentRow, PersonRow, RoleRow, DutyRow, DutyOverrideRow, AllianceMemberRow,
    TeamRow, ParameterRow, DayOverrideRow, ClosedRow, SourceRow,
)  # fmt: skip


async def read_contents(tx: Transaction, at: datetime, recorded: datetime | None = None) -> Contents:
    """All of the staff side valid at `at`; with `recorded`, as far as we knew at that instant."""

    async def rows(model: type[Dated]) -> list[Row]:
        return list(await contents_of(tx, model, at, recorded))

    languages = {row["id"]: row["language"] for row in await rows(LanguageChoiceRow)}
    return Contents(
        facilities=tuple(_facility(row) for row in await rows(FacilityRow)),
        departments=tuple(_department(row) for row in await rows(DepartmentRow)),
        people=tuple(_person(row, languages.get(row["id"])) for row in await rows(PersonRow)),
        roles=tuple(_role(row) for row in await rows(RoleRow)),
        duties=tuple(_duty(row) for row in await rows(DutyRow)),
        duty_overrides=tuple(_override(row) for row in await rows(DutyOverrideRow)),
        memberships=tuple(
            Membership(row["alliance"], row["facility"], row["first_day"], row["last_day"])
            for row in await rows(AllianceMemberRow)
        ),
        teams=tuple(_team(row) for row in await rows(TeamRow)),
        parameters=tuple(
            Parameter(ParameterScope(row["scope"]), row["scope_id"], row["key"], row["value"])
            for row in await rows(ParameterRow)
        ),
        days={row["day"]: row["working"] for row in await rows(DayOverrideRow)},
        closed=tuple(
            Closed(row["facility"], row["department"], row["since"], row["until"], row["reason"])
            for row in await rows(ClosedRow)
        ),
        leaves=tuple(
            Leave(row["person"], row["cover"], row["first_day"], row["last_day"]) for row in await rows(LeaveRow)
        ),
        sources=tuple(
            Source(row["id"], row["facility"], row["key_hash"], row["active"], row["amqp_user"])
            for row in await rows(SourceRow)
        ),
    )


def _identifiers(row: Row) -> tuple[Identifier, ...]:
    return tuple((each["system"], each["value"]) for each in row["identifiers"])


def _facility(row: Row) -> Facility:
    return Facility(
        id=row["id"],
        kind=FacilityKind(row["kind"]),
        tier=Tier(row["tier"]),
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        parent=row["parent"],
        city=row["city"],
        time_zone=row["time_zone"],
        address_zh=row["address_zh"],
        address_en=row["address_en"],
        line24=row["line24"],
        areas=tuple(row["areas"]),
        driving_minutes=dict(row["driving_minutes"]),
        covering=tuple(Cover(Window.from_row(each), each["facility"]) for each in row["covering"]),
        tests=tuple(row["tests"]),
        medicines=tuple(row["medicines"]),
        identifiers=_identifiers(row),
        aliases=tuple(row["aliases"]),
    )


def _department(row: Row) -> Department:
    return Department(
        facility=row["facility"],
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        place_zh=row["place_zh"],
        place_en=row["place_en"],
        line24=row["line24"],
        desk_hours=tuple(Window.from_row(each) for each in row["desk_hours"]),
        desk_people=tuple(row["desk_people"]),
        sensitive=row["sensitive"],
        aliases=tuple(row["aliases"]),
    )


def _person(row: Row, chosen: str | None) -> Person:
    language = Language(chosen or row["language"])
    return Person(row["id"], row["name_zh"], row["name_en"], language, row["phone"], _identifiers(row))


def _role(row: Row) -> RoleHeld:
    return RoleHeld(
        row["person"],
        row["facility"],
        Role(row["role"]),
        row["department"],
        row["first_day"],
        row["last_day"],
    )


def _duty(row: Row) -> Duty:
    window = Window.of(row["starts"], row["ends"], frozenset({row["weekday"]}))
    return Duty(row["facility"], row["department"], window, row["place"], row["person"])


def _override(row: Row) -> DutyOverride:
    return DutyOverride(
        row["facility"],
        row["department"],
        row["first_day"],
        row["last_day"],
        Window.of(row["starts"], row["ends"]),
        tuple(row["people"]),
    )


def _team(row: Row) -> Team:
    return Team(row["id"], row["facility"], row["name_zh"], row["name_en"], row["lead"], tuple(row["members"]))
