"""The patients of one facility as its doctors find them: masked, and nobody else's.

A name never matches anybody by itself: what is found is shown, and a person decides.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from bot.handlers.visit import Visit
from events.intake.places import centre_of
from models.audit import write_audit
from models.database import Transaction
from models.directory import Directory
from models.patient_reading import find_patient, look_up, patients, teams_of
from models.patients import Patient
from models.sealed import CannotOpen, Keyring
from models.summaries import SummaryRow
from models.values import Sex, StreamKind

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
ID_CARD = "id-card"
_SAME_AGE = 1  # years: people count their age in two ways
_MOST = 5


@dataclass(frozen=True, slots=True)
class Masked:
    """A patient as a look-up shows them: 李*英 1954 ···5678. Age and sex are for what a draft leaves out."""

    id: str
    name: str
    year: int | None
    phone: str | None
    sex: Sex | None
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A referral of the same patient that is open. `code` only where it is their own facility's."""

    code: str | None
    stream: str
    facility: str | None
    department: str | None


def masked_name(name: str) -> str:
    """The name with its middle hidden: 李*英, 王*, L* X*."""
    if " " in name or name.isascii():
        return " ".join(f"{part[0]}*" for part in name.split())
    return f"{name[0]}*{name[-1] if len(name) > 2 else ''}"


def masked(keyring: Keyring, patient: Patient) -> Masked:
    """A patient whose key has been loaded, masked; what an erased key hides stays hidden."""
    try:
        name, phone, year = patient.name(keyring), patient.phone(keyring), patient.birth_year(keyring)
    except CannotOpen:
        name, phone, year = None, None, None
    return Masked(
        patient.id, masked_name(name) if name else "*", year, phone[-4:] if phone else None, patient.sex, patient.dead
    )


async def found(
    visit: Visit, person: str, facility: str, name: str | None, phone: str | None, id_card: str | None
) -> tuple[Masked, ...]:
    """Those of the facility's own people who have this name, phone or identity number.

    Every look is an audit row, the one that finds nobody too.
    """
    if not (name or phone or id_card):
        return ()
    tx, keyring, now = visit.tx, visit.side.keyring, visit.now
    ids = set(await look_up(tx, keyring, name, phone, now))
    if id_card and (known := await find_patient(tx, keyring, ID_CARD, id_card, now)):
        ids.add(known)
    own = await _own(tx, visit.directory, ids, facility, now)
    for each in [f"patient-{each}" for each in sorted(own)] or ["nobody"]:
        await write_audit(tx, now, f"person:{person}", "look up", each)
    return await shown(visit, own)


async def shown(visit: Visit, ids: Collection[str]) -> tuple[Masked, ...]:
    """These patients masked, in the order of their ids; a few at most."""
    known = await patients(visit.tx, ids, visit.now)
    await visit.side.keyring.load(visit.tx, {each.key_id for each in known.values()})
    return tuple(masked(visit.side.keyring, known[each]) for each in sorted(known))[:_MOST]


async def recent(visit: Visit, person: str, facility: str, limit: int = 4) -> tuple[Masked, ...]:
    """Whom a doctor has referred last, the latest first."""
    query = (
        select(_SUMMARIES.c.patient)
        .where(_SUMMARIES.c.initiator == person, _SUMMARIES.c.initiator_facility == facility)
        .order_by(_SUMMARIES.c.begun_at.desc(), _SUMMARIES.c.stream)
        .limit(limit * 4)
    )
    ids = list(dict.fromkeys((await visit.tx.execute(query)).scalars()))[:limit]
    known = {each.id: each for each in await shown(visit, ids)}
    return tuple(known[each] for each in ids if each in known and not known[each].dead)


async def is_own(visit: Visit, patient: str, facility: str) -> bool:
    """Whether the patient belongs to the facility."""
    return bool(await _own(visit.tx, visit.directory, {patient}, facility, visit.now))


async def _own(tx: Transaction, directory: Directory, ids: Collection[str], facility: str, now: datetime) -> set[str]:
    """Those who are signed up with a team there, live in its area, have been referred from or to there, or are
    followed up there."""
    if not ids:
        return set()
    teams = {each.id for each in directory.teams() if each.facility == facility}
    signed = await teams_of(tx, ids, now, directory.zone(facility))
    known = await patients(tx, ids, now)
    side = or_(_SUMMARIES.c.initiator_facility == facility, _SUMMARIES.c.recipient_facility == facility)
    query = select(_SUMMARIES.c.patient).where(_SUMMARIES.c.patient.in_(sorted(ids)), side)
    theirs = set((await tx.execute(query)).scalars())
    return {
        each
        for each, patient in known.items()
        if each in theirs or teams.intersection(signed[each]) or centre_of(patient.area, directory) == facility
    }


def fits(patient: Masked, sex: Sex | None, age: int | None, now: datetime) -> bool:
    """Whether nothing that is known of both speaks against it, and sex and age speak for it."""
    if patient.dead or sex is None or patient.sex is not sex or age is None or patient.year is None:
        return False
    return abs(now.year - patient.year - age) <= _SAME_AGE


async def open_referrals(visit: Visit, patient: str, department: str | None, facility: str) -> tuple[Duplicate, ...]:
    """The patient's open referrals to the same department (any, where one of the two names none)."""
    query = select(_SUMMARIES).where(
        _SUMMARIES.c.patient == patient, _SUMMARIES.c.kind == StreamKind.referral, _SUMMARIES.c.open
    )
    rows = (await visit.tx.execute(query.order_by(_SUMMARIES.c.begun_at))).mappings().all()
    return tuple(
        Duplicate(
            row["code"] if row["initiator_facility"] == facility else None,
            row["stream"],
            row["recipient_facility"],
            row["department"],
        )
        for row in rows
        if department is None or row["department"] in (None, department)
    )


async def details_of(visit: Visit, patient: str) -> tuple[Patient, int | None]:
    """A patient with the key loaded, and the birth year."""
    known = (await patients(visit.tx, [patient], visit.now))[patient]
    await visit.side.keyring.load(visit.tx, {known.key_id})
    return known, known.birth_year(visit.side.keyring)


async def centre_for(visit: Visit, patient: Patient) -> str | None:
    """The centre that looks after the patient: of the team they signed up with, else of their area."""
    signed = await teams_of(visit.tx, [patient.id], visit.now, visit.directory.site_zone)
    for team in signed[patient.id]:
        found = visit.directory.team(team)
        if found is not None:
            return found.facility
    return centre_of(patient.area, visit.directory)
