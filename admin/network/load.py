"""Loading a network file into the registry: all of it or nothing, and nothing twice."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select

from admin.network.checks import check_staff, known_of
from admin.network.patient_checks import check_patients
from admin.network.problems import NetworkRefused, Problem
from admin.network.reading import RawNetwork
from admin.network.rows import Row, parameter_rows, staff_rows
from admin.network.schema import PatientPart
from admin.network.validate import Network, validate
from models.consents import Consent, record_consents
from models.database import Transaction
from models.directory import Directory, load_directory
from models.history import Changes, Dated, Origin, change, end, ended_by_others, table_of
from models.patient_reading import patients
from models.patient_writing import (
    ContactDetails,
    IdentifierTaken,
    PatientDetails,
    SignUp,
    save_contacts,
    save_patients,
    save_sign_ups,
)
from models.patients import ConsentRow, ContactRow, Patient, PatientRow, SignUpRow
from models.register import DEFAULT_ZONE
from models.registry import ParameterRow
from models.sealed import Keyring


@dataclass(frozen=True)
class Report:
    """What loading did, by table, and what is allowed but probably not meant."""

    tables: Mapping[str, Changes]
    warnings: tuple[str, ...] = ()

    @property
    def total(self) -> Changes:
        """All tables together."""
        return sum(self.tables.values(), Changes())


def examine(raw: RawNetwork, directory: Directory, now: datetime) -> Network:
    """What the files say, when all of it fits together and with what `directory` holds; else NetworkRefused."""
    network, problems = validate(raw)
    known = known_of(network, directory, now)
    problems += [*raw.problems, *check_staff(network, known), *check_patients(network, known, now)]
    if problems:
        raise NetworkRefused(problems)
    return network


async def load_network(tx: Transaction, raw: RawNetwork, keyring: Keyring, now: datetime, actor: str) -> Report:
    """Make the registry be as the files say from `now` on.

    A section that is in the files is all there is of it: what an earlier file brought and this one has not
    is ended (patients excepted: they come in by other ways too). What was ended by another way, in chat for
    example, stays ended. NetworkRefused, with nothing written, names all that is wrong.
    """
    directory = await load_directory(tx, now)
    network = examine(raw, directory, now)
    loading = _Loading(tx, now, actor)
    for model, rows in staff_rows(network, _zones(network, directory)).items():
        await loading.replace(model, rows)
    for scope, rows in parameter_rows(network).items():
        await loading.replace(ParameterRow, rows, table_of(ParameterRow).c.scope == scope)
    if network.patients:
        await loading.patients(network, keyring)
    return Report(loading.done, (*loading.left, *_warnings(await load_directory(tx, now), now)))


class _Loading:
    """One load under way: what it did, and what it left as others had ended it."""

    def __init__(self, tx: Transaction, now: datetime, actor: str) -> None:
        self._tx = tx
        self._now = now
        self._actor = actor
        self.done: dict[str, Changes] = {}
        self.left: list[str] = []

    async def replace(self, model: type[Dated], rows: list[Row], *within: ColumnElement[bool]) -> None:
        """Make the rows that files brought be these, and no others."""
        table = table_of(model)
        from_files = (table.c.valid_to.is_(None), table.c.origin == Origin.file, *within)
        there = {unique for (unique,) in await self._tx.execute(select(table.c.id).where(*from_files))}
        gone = there - {row["id"] for row in rows}
        self._count(model, await end(self._tx, model, sorted(gone), self._now, self._actor, Origin.file))
        left = await self._left_ended(model, [row["id"] for row in rows])
        rows = [row for row in rows if row["id"] not in left]
        self._count(model, await change(self._tx, model, rows, self._now, self._actor, Origin.file))

    async def patients(self, network: Network, keyring: Keyring) -> None:
        """Make the patients of the file be as it says; others are left alone."""
        tx, stamp = self._tx, (self._now, self._actor, Origin.file)
        parts = [entry.part for entry in network.patients]
        held = await patients(tx, [part.id for part in parts], self._now)
        details = [_patient(part, held.get(part.id)) for part in parts]
        try:
            self._count(PatientRow, await save_patients(tx, keyring, details, *stamp))
        except IdentifierTaken as taken:
            raise NetworkRefused([_taken(network, taken)]) from None
        helpers = [each for part in parts for each in _contacts(part)]
        left = await self._left_ended(ContactRow, [each.id for each in helpers])
        helpers = [each for each in helpers if each.id not in left]
        self._count(ContactRow, await save_contacts(tx, keyring, helpers, *stamp))
        sign_ups = [each for part in parts for each in _sign_ups(part)]
        left = await self._left_ended(SignUpRow, [each.id for each in sign_ups])
        sign_ups = [each for each in sign_ups if each.id not in left]
        self._count(SignUpRow, await save_sign_ups(tx, sign_ups, *stamp))
        given = [each for part in parts for each in _consents(part)]
        left = await self._left_ended(ConsentRow, [each.id for each in given])
        given = [each for each in given if each.id not in left]
        self._count(ConsentRow, await record_consents(tx, given, self._now, Origin.file))

    async def _left_ended(self, model: type[Dated], ids: Collection[str]) -> set[str]:
        name = table_of(model).name
        left = await ended_by_others(self._tx, model, ids, Origin.file)
        self.left += [f"{name} {unique}: was ended elsewhere and stays so" for unique in sorted(left)]
        self._count(model, Changes(unchanged=len(left)))
        return left

    def _count(self, model: type[Dated], changes: Changes) -> None:
        name = table_of(model).name
        self.done[name] = self.done.get(name, Changes()) + changes


def _taken(network: Network, taken: IdentifierTaken) -> Problem:
    entry = next(each for each in network.patients if taken.identifier in _identifiers(each.part))
    index = _identifiers(entry.part).index(taken.identifier)
    what = f"already stands for patient {taken.patient}; use that id"
    return entry.item.problem(("identifiers", index), what)


def _zones(network: Network, directory: Directory) -> dict[str, ZoneInfo]:
    """The time zone of every facility, as it will be once the file is loaded."""
    named = [entry.part.time_zone for entry in network.site if entry.part.time_zone]
    site = ZoneInfo(named[0]) if named else ZoneInfo(directory.parameter("time_zone") or DEFAULT_ZONE)
    zones = {each.id: directory.zone(each.id) for each in directory.facilities()}
    for entry in network.facilities:
        zone = entry.part.time_zone
        zones[entry.part.id] = ZoneInfo(zone) if zone else site
    return zones


def _identifiers(part: PatientPart) -> tuple[tuple[str, str], ...]:
    return tuple((each.system, each.value) for each in part.identifiers)


def _patient(part: PatientPart, held: Patient | None) -> PatientDetails:
    """What the file says; what people found out since (doubts, a merge) is kept."""
    details = PatientDetails(
        id=part.id,
        name=part.name,
        birth=part.birth,
        phone=part.phone,
        sex=part.sex,
        language=part.language,
        area=part.area,
        identifiers=_identifiers(part),
    )
    if held is None:
        return details
    return replace(details, source=held.source, doubts=held.doubts, merged_into=held.merged_into)


def _contacts(part: PatientPart) -> list[ContactDetails]:
    return [
        ContactDetails(
            id=each.id,
            patient=part.id,
            relation=each.relation,
            name=each.name,
            phone=each.phone,
            language=each.language,
            scope=frozenset(each.scope),
            may_answer=each.may_answer,
            guardian=each.guardian,
            consented=each.consented,
            first_day=each.first_day,
            last_day=each.last_day,
        )
        for each in part.contacts
    ]


def _sign_ups(part: PatientPart) -> list[SignUp]:
    return [SignUp(part.id, each.team, each.leads, each.first_day, each.last_day) for each in part.teams]


def _consents(part: PatientPart) -> list[Consent]:
    return [Consent(part.id, each, part.informed_by or "", part.id) for each in part.consents]


def _warnings(directory: Directory, now: datetime) -> list[str]:
    """What is allowed, but leaves somebody unanswered."""
    found = []
    if not directory.admins(now):
        found.append("nobody has the role admin: refloop invite can bind no first admin")
    for place in directory.facilities():
        if directory.coordinator(place.id, now) is None:
            found.append(f"{place.id}: no coordinator, nor one of its parents")
        if directory.line24(place.id) is None:
            found.append(f"{place.id}: no number answered day and night, nor one of its parents")
    idle = [each for each in directory.teams() if directory.team_lead(each.id, now) is None]
    return found + [f"{each.id}: nobody of the team works at {each.facility} any more" for each in idle]
