"""From the dated rows of the registry to the plain values of the directory: one query a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, func, literal_column, select, union_all

from models.database import Transaction
from models.history import Dated, contents_of, table_of
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


def _person(row: Row) -> Person:
    language = Language(row["language"])
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


def _parameter(row: Row) -> Parameter:
    return Parameter(ParameterScope(row["scope"]), row["scope_id"], row["key"], row["value"])


def _closed(row: Row) -> Closed:
    return Closed(row["facility"], row["department"], row["since"], row["until"], row["reason"])


# What a row of each table says.
_VALUES: Mapping[type[Dated], Callable[[Row], Any]] = {
    LanguageChoiceRow: lambda row: (row["id"], Language(row["language"])),
    FacilityRow: _facility,
    DepartmentRow: _department,
    PersonRow: _person,
    RoleRow: _role,
    DutyRow: _duty,
    DutyOverrideRow: _override,
    AllianceMemberRow: lambda row: Membership(row["alliance"], row["facility"], row["first_day"], row["last_day"]),
    TeamRow: _team,
    ParameterRow: _parameter,
    DayOverrideRow: lambda row: (row["day"], row["working"]),
    ClosedRow: _closed,
    LeaveRow: lambda row: Leave(row["person"], row["cover"], row["first_day"], row["last_day"]),
    SourceRow: lambda row: Source(row["id"], row["facility"], row["key_hash"], row["active"], row["amqp_user"]),
}
MODELS = tuple(_VALUES)


@dataclass(frozen=True, slots=True)
class Tables:
    """What the tables of the staff side said, and how many rows each had just before, and ended ones of them.

    Rows are added and ended, never taken away: a table with the same numbers says the same, as long as none of its rows
    becomes valid, or ceases to be, by the mere passing of time.
    """

    numbers: tuple[tuple[int, int], ...]
    values: Mapping[type[Dated], tuple[Any, ...]]

    def contents(self) -> Contents:
        """The staff side, everybody with the language they have chosen."""
        said = self.values
        chosen: dict[str, Language] = dict(said[LanguageChoiceRow])
        people = (replace(each, language=chosen[each.id]) if each.id in chosen else each for each in said[PersonRow])
        return Contents(
            facilities=said[FacilityRow], departments=said[DepartmentRow], people=tuple(people), roles=said[RoleRow],
            duties=said[DutyRow], duty_overrides=said[DutyOverrideRow], memberships=said[AllianceMemberRow],
            teams=said[TeamRow], parameters=said[ParameterRow], days=dict(said[DayOverrideRow]), closed=said[ClosedRow],
            leaves=said[LeaveRow], sources=said[SourceRow],
        )  # fmt: skip


_NUMBERS: CompoundSelect[Any] = union_all(
    *(
        select(
            literal_column(str(place)).label("place"),
            func.count().label("all"),
            func.count(table_of(model).c.valid_to).label("ended"),
        ).select_from(table_of(model))
        for place, model in enumerate(MODELS)
    )
)


async def read_tables(tx: Transaction, at: datetime, before: Tables | None = None) -> Tables:
    """What is valid at `at`. Of what was so `before`, and would still be at `at`, only what changed is read again."""
    counted = {row.place: (row.all, row.ended) for row in await tx.execute(_NUMBERS)}
    numbers = tuple(counted[place] for place in range(len(MODELS)))
    values = {}
    for place, model in enumerate(MODELS):
        same = before is not None and before.numbers[place] == numbers[place]
        values[model] = before.values[model] if before and same else await _values(tx, model, at)
    return Tables(numbers, values)


async def read_contents(tx: Transaction, at: datetime, recorded: datetime | None = None) -> Contents:
    """All of the staff side valid at `at`; with `recorded`, as far as we knew at that instant."""
    return Tables((), {model: await _values(tx, model, at, recorded) for model in MODELS}).contents()


async def _values(
    tx: Transaction, model: type[Dated], at: datetime, recorded: datetime | None = None
) -> tuple[Any, ...]:
    value = _VALUES[model]
    return tuple([value(row) for row in await contents_of(tx, model, at, recorded)])
