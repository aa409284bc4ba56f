"""The mapping tables (*.yaml beside this file) as typed values: other people's words, each row with its source."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from events.base import Value
from events.discharge import Disposition
from events.intake.intents import RequestAsk
from models.values import Priority


class Kind(Value):
    """A code that makes a request a referral, or an order."""

    element: Literal["category", "code"]
    system: str | None = None
    code: str | None = None
    verdict: Literal["referral", "order"]
    meaning: str
    source: str

    def fits(self, element: str, system: str, code: str) -> bool:
        """Whether a coding of the request is this one."""
        return self.element == element and self.system in (None, system) and self.code in (None, code)


TaskAsk = Literal[
    "nothing", "seen", "accepted", "declined", "missed", "arrived", "cancel", "cancel_confirmed", "outcome"
]  # fmt: skip
EventAsk = Literal["referral", "cancel", "seen", "outcome", "nothing"]
VisitAsk = Literal["nothing", "arrival", "end", "void", "time", "time_cancelled", "missed"]
ClassMeans = Literal["stay", "emergency", "visit", "none"]


class MessageEvent(Value):
    """What the event of a message says its focus asks."""

    system: str
    code: str
    asks: EventAsk
    source: str


class RequestStatus(Value):
    """What a status asks of a new request, of one that a message event calls a referral, and of one we know."""

    status: str
    new: RequestAsk
    known: RequestAsk
    with_event: RequestAsk | None = None
    reason: str = ""
    source: str


class PriorityCode(Value):
    """What a system calls a priority."""

    code: str
    priority: Priority
    source: str


class TaskStatus(Value):
    """What a Task's status, or business status, asks."""

    status: str | None = None
    business: str | None = None
    asks: TaskAsk
    source: str


class Requests(Value):
    """requests.yaml"""

    kinds: tuple[Kind, ...]
    events: tuple[MessageEvent, ...]
    statuses: tuple[RequestStatus, ...]
    states: tuple[RequestStatus, ...]
    priorities: tuple[PriorityCode, ...]
    tasks: tuple[TaskStatus, ...]

    def status(self, status: str) -> RequestStatus | None:
        """The row of a status."""
        return next((row for row in self.statuses if row.status == status), None)

    def state(self, states: AbstractSet[str]) -> RequestStatus | None:
        """The row of one of these states."""
        return next((row for row in self.states if row.status in states), None)

    def priority(self, code: str) -> Priority | None:
        """What a priority code means."""
        return next((row.priority for row in self.priorities if row.code == code), None)


class EncounterClass(Value):
    """What a finished encounter of a class is."""

    code: str
    means: ClassMeans
    source: str


class VisitStatus(Value):
    """What the status of an encounter or appointment asks."""

    status: str
    asks: VisitAsk
    reason: str = ""
    source: str


class DispositionCode(Value):
    """What a system calls where the patient went; with a system only there."""

    code: str
    means: Disposition
    system: str | None = None
    source: str


class Programme(Value):
    """The programme of some diagnoses."""

    icd10: tuple[str, ...]
    programme: str
    source: str


class Visits(Value):
    """visits.yaml"""

    classes: tuple[EncounterClass, ...]
    otherwise: ClassMeans
    encounter_statuses: tuple[VisitStatus, ...]
    appointment_statuses: tuple[VisitStatus, ...]
    dispositions: tuple[DispositionCode, ...]
    programmes: tuple[Programme, ...]

    def programme(self, icd10: str) -> str | None:
        """The programme of a diagnosis."""
        code = icd10.upper()
        return next((row.programme for row in self.programmes if code.startswith(row.icd10)), None)


class Measure(Value):
    """A measure, its unit and what a living person can have."""

    measure: str
    unit: str
    low: float
    high: float


class ObservationCode(Value):
    """What a code measures."""

    system: str
    code: str
    measure: str
    kind: str | None = None
    source: str


class Panel(Value):
    """A code whose numbers stand in the components."""

    system: str
    code: str
    source: str


class Unit(Value):
    """How a unit becomes the measure's own."""

    measure: str
    units: tuple[str, ...]
    factor: float
    offset: float = 0.0


class ObservationStatus(Value):
    """Whether an observation of this status has a value to read."""

    status: str
    read: bool
    source: str


class Observations(Value):
    """observations.yaml"""

    measures: tuple[Measure, ...]
    codes: tuple[ObservationCode, ...]
    panels: tuple[Panel, ...]
    units: tuple[Unit, ...]
    statuses: tuple[ObservationStatus, ...]

    def measure(self, name: str) -> Measure:
        """The measure of a name."""
        return next(row for row in self.measures if row.measure == name)


class RefusedType(Value):
    """A resource type that is never taken, and why."""

    type: str
    reason: str


class BundleType(Value):
    """Whether a type of bundle is read."""

    type: str
    read: bool
    remark: str = ""
    reason: str = ""
    source: str


class DocumentType(Value):
    """What a document asks by the type of its Composition."""

    code: str
    asks: Literal["referral", "discharge", "nothing"]
    reason: str = ""
    source: str


class VersionMarker(Value):
    """What only one version of FHIR has."""

    marker: str
    version: str


class Resources(Value):
    """resources.yaml"""

    supporting: frozenset[str]
    refused: tuple[RefusedType, ...]
    bundles: tuple[BundleType, ...]
    documents: tuple[DocumentType, ...]
    versions: tuple[VersionMarker, ...]
    accepted_versions: tuple[str, ...]


class Tables(Value):
    """All mapping tables."""

    requests: Requests
    visits: Visits
    observations: Observations
    resources: Resources


_INSTEAD: ContextVar[Tables | None] = ContextVar("tables", default=None)


def tables() -> Tables:
    """The tables to read by: as shipped, unless this is within `reading_by`."""
    return _INSTEAD.get() or _shipped()


@contextmanager
def reading_by(other: Tables | None) -> Iterator[None]:
    """Read by other tables within this block (None: as shipped)."""
    token = _INSTEAD.set(other)
    try:
        yield
    finally:
        _INSTEAD.reset(token)


def with_mapping(text: str) -> Tables:
    """The shipped tables with the lists of a YAML text in the place of those of the same name.

    ValueError says what is wrong with the text.
    """
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"no YAML: {str(error).splitlines()[0]}") from None
    known = {name: field.annotation.model_fields for name, field in Tables.model_fields.items() if field.annotation}
    if not isinstance(given, dict) or not given:
        raise ValueError("right is a mapping table, such as events/intake/requests.yaml")
    strange = [key for key in given if not any(key in names for names in known.values())]
    if strange:
        raise ValueError(f"{strange[0]!r} is no list of a mapping table; right is one of {_listed(known)}")
    whole = {name: _read(name) | {key: given[key] for key in _mine(given, name, known)} for name in known}
    try:
        return Tables.model_validate(whole)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _mine(given: dict[str, Any], table: str, known: Mapping[str, Any]) -> set[str]:
    """The lists of this table that are given; `statuses` is of the table with which it shares the most names."""
    score = {name: len(given.keys() & names.keys()) for name, names in known.items()}
    return {key for key in given if key in known[table] and score[table] == max(score.values())}


def _listed(known: Mapping[str, Any]) -> str:
    return ", ".join(sorted({key for names in known.values() for key in names}))


@lru_cache(maxsize=1)
def _shipped() -> Tables:
    return Tables.model_validate({name: _read(name) for name in Tables.model_fields})


def _read(name: str) -> Any:
    text = (resources.files("events.intake") / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
