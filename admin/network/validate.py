"""From what the files say to parts that fit the schema; what does not fit is named and left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import ValidationError

from admin.network.problems import Problem, complaints
from admin.network.reading import Item, RawNetwork
from admin.network.schema import (
    PERSONAL,
    SECTIONS,
    AlliancePart,
    CityPart,
    ClosedPart,
    DayPart,
    FacilityPart,
    LeavePart,
    OverridePart,
    Part,
    PatientPart,
    PersonPart,
    SitePart,
    TeamPart,
)

P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class Entry(Generic[P]):
    """An entry that fits, and where it is written."""

    part: P
    item: Item


@dataclass
class Network:
    """What fits of a network file. `sections`: those that the file has, even empty."""

    sections: frozenset[str]
    site: list[Entry[SitePart]] = field(default_factory=list)
    cities: list[Entry[CityPart]] = field(default_factory=list)
    facilities: list[Entry[FacilityPart]] = field(default_factory=list)
    people: list[Entry[PersonPart]] = field(default_factory=list)
    alliances: list[Entry[AlliancePart]] = field(default_factory=list)
    teams: list[Entry[TeamPart]] = field(default_factory=list)
    duty_overrides: list[Entry[OverridePart]] = field(default_factory=list)
    leaves: list[Entry[LeavePart]] = field(default_factory=list)
    days: list[Entry[DayPart]] = field(default_factory=list)
    closed: list[Entry[ClosedPart]] = field(default_factory=list)
    patients: list[Entry[PatientPart]] = field(default_factory=list)
    # Ids of entries that do not fit: naming them elsewhere is no second mistake.
    broken: dict[str, set[str]] = field(default_factory=dict)


def validate(raw: RawNetwork) -> tuple[Network, list[Problem]]:
    """The entries that fit the schema, and all that is wrong with the others."""
    network = Network(frozenset(raw.sections))
    problems: list[Problem] = []
    for item in raw.items:
        model = SECTIONS[item.section]
        try:
            part = model.model_validate(item.value)
        except ValidationError as error:
            problems += _problems(error, item, model)
            unique = item.value.get("id") if isinstance(item.value, dict) else None
            network.broken.setdefault(item.section, set()).add(str(unique))
        else:
            getattr(network, item.section).append(Entry(part, item))
    for first, *more in [network.site] if network.site else []:
        problems += [each.item.problem((), f"again; first in {first.item.file}") for each in more]
    return network, problems


def _problems(error: ValidationError, item: Item, model: type[Part]) -> Iterable[Problem]:
    hidden = item.section in PERSONAL
    return [item.problem(path, what) for path, what in complaints(error, model, hidden)]
