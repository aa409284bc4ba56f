"""Writing the patient side: what is said of patients and contacts is sealed here, kept where it changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from models.database import Transaction
from models.history import Changes, Origin, change, end, open_rows, table_of
from models.patient_reading import (
    Identifier,
    identifier_blind,
    identifier_id,
    name_blind,
    normal_identifier,
    phone_blind,
)
from models.patients import (
    ContactRow,
    DeathRow,
    IdentifierRow,
    PatientRow,
    Relation,
    Scope,
    SignUpRow,
    opened,
)
from models.sealed import Keyring, PatientKey
from models.values import Language, Sex, new_id


class IdentifierTaken(Exception):
    """An identifier already stands for another patient; `patient` is that one."""

    def __init__(self, identifier: Identifier, patient: str) -> None:
        super().__init__(f"the identifier of system {identifier[0]} already stands for another patient")
        self.identifier = identifier
        self.patient = patient


@dataclass(frozen=True)
class PatientDetails:
    """What is to be held of a patient. `birth`: YYYY, YYYY-MM or YYYY-MM-DD; `phone`: in its normal form."""

    id: str = field(default_factory=new_id)
    name: str | None = None
    birth: str | None = None
    phone: str | None = None
    sex: Sex | None = None
    language: Language = Language.zh
    area: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    provisional: bool = False
    source: str | None = None
    data_incomplete: bool = False
    doubts: tuple[str, ...] = ()
    merged_into: str | None = None


@dataclass(frozen=True)
class ContactDetails:
    """What is to be held of a patient's contact; both days included, None: open."""

    patient: str
    relation: Relation
    id: str = field(default_factory=new_id)
    name: str | None = None
    phone: str | None = None
    language: Language = Language.zh
    scope: frozenset[Scope] = frozenset({Scope.times})
    may_answer: bool = True
    guardian: bool = False
    consented: bool = False
    first_day: date | None = None
    last_day: date | None = None


async def create_patient(
    tx: Transaction, keyring: Keyring, details: PatientDetails, now: datetime, actor: str, origin: Origin
) -> str:
    """Take in a new patient; gives the id."""
    await save_patients(tx, keyring, [details], now, actor, origin)
    return details.id


async def create_provisional(tx: Transaction, keyring: Keyring, source: str, reference: str, now: datetime) -> str:
    """A patient known by nothing but a reference, an identifier of that source; gives the id."""
    details = PatientDetails(
        identifiers=((source_system(source), reference),),
        provisional=True,
        source=source,
        data_incomplete=True,
    )
    return await create_patient(tx, keyring, details, now, f"source:{source}", Origin.intake)


def source_system(source: str) -> str:
    """The identifier system of a source's own references."""
    return f"source:{source}"


async def save_patients(
    tx: Transaction,
    keyring: Keyring,
    details: Sequence[PatientDetails],
    now: datetime,
    actor: str,
    origin: Origin,
) -> Changes:
    """Make each patient be as said, from `now` on; identifiers are only added to.

    IdentifierTaken when one already stands for another patient.
    """
    before = await open_rows(tx, PatientRow, [each.id for each in details])
    await keyring.load(tx, {row["key_id"] for row in before.values()})
    keys = {unique: str(row["key_id"]) for unique, row in before.items()}
    fresh: list[PatientKey] = []
    for each in details:
        if each.id not in keys:
            fresh.append(keyring.new_key())
            keys[each.id] = fresh[-1].id
    if fresh:
        await tx.execute(insert(table_of(PatientKey)), [key.model_dump() for key in fresh])
    rows = []
    for each in details:
        texts = {"name": each.name, "birth": each.birth, "phone": each.phone}
        rows.append(
            {
                "id": each.id,
                "key_id": keys[each.id],
                **_sealed(keyring, keys[each.id], "patients", each.id, texts, before.get(each.id)),
                "name_blind": name_blind(keyring, each.name) if each.name else None,
                "phone_blind": phone_blind(keyring, each.phone) if each.phone else None,
                "sex": each.sex,
                "language": each.language,
                "area": each.area,
                "provisional": each.provisional,
                "source": each.source,
                "data_incomplete": each.data_incomplete,
                "doubts": list(each.doubts),
                "merged_into": each.merged_into,
            }
        )
    changes = await change(tx, PatientRow, rows, now, actor, origin)
    await _save_identifiers(tx, keyring, details, keys, now, actor, origin)
    return changes


async def _save_identifiers(
    tx: Transaction,
    keyring: Keyring,
    details: Sequence[PatientDetails],
    keys: Mapping[str, str],
    now: datetime,
    actor: str,
    origin: Origin,
) -> None:
    wanted: dict[str, tuple[str, Identifier, str]] = {}
    for each in details:
        for system, value in each.identifiers:
            blind = identifier_blind(keyring, system, value)
            wanted.setdefault(identifier_id(system, blind), (each.id, (system, value), blind))
    there = await open_rows(tx, IdentifierRow, wanted)
    rows = []
    for unique, (patient, (system, value), blind) in wanted.items():
        if unique in there:
            if there[unique]["patient"] != patient:
                raise IdentifierTaken((system, value), there[unique]["patient"])
            continue
        sealed = keyring.seal(keys[patient], normal_identifier(value), f"patient_identifiers|value|{unique}")
        rows.append({"id": unique, "patient": patient, "system": system, "blind": blind, "value": sealed})
    await change(tx, IdentifierRow, rows, now, actor, origin)


async def save_contacts(
    tx: Transaction,
    keyring: Keyring,
    details: Sequence[ContactDetails],
    now: datetime,
    actor: str,
    origin: Origin,
) -> Changes:
    """Make each contact be as said, from `now` on; their patients must be there."""
    patients = await open_rows(tx, PatientRow, [each.patient for each in details])
    await keyring.load(tx, {row["key_id"] for row in patients.values()})
    before = await open_rows(tx, ContactRow, [each.id for each in details])
    rows = []
    for each in details:
        key = str(patients[each.patient]["key_id"])
        texts = {"name": each.name, "phone": each.phone}
        rows.append(
            {
                "id": each.id,
                "patient": each.patient,
                "key_id": key,
                **_sealed(keyring, key, "contacts", each.id, texts, before.get(each.id)),
                "relation": each.relation,
                "language": each.language,
                "scope": sorted(each.scope),
                "may_answer": each.may_answer,
                "guardian": each.guardian,
                "consented": each.consented,
                "first_day": each.first_day,
                "last_day": each.last_day,
            }
        )
    return await change(tx, ContactRow, rows, now, actor, origin)


def _sealed(
    keyring: Keyring,
    key: str,
    table: str,
    row_id: str,
    texts: Mapping[str, str | None],
    before: Mapping[Any, Any] | None,
) -> dict[str, str | None]:
    """The texts sealed; the sealed text of the row before where it says the same: nothing seems changed."""
    result: dict[str, str | None] = {}
    for column, text in texts.items():
        held = before[column] if before is not None else None
        if text is None:
            result[column] = None
        elif before is not None and opened(keyring, key, table, column, row_id, held) == text:
            result[column] = held
        else:
            result[column] = keyring.seal(key, text, f"{table}|{column}|{row_id}")
    return result


async def end_contact(tx: Transaction, contact: str, now: datetime, actor: str) -> Changes:
    """The contact helps the patient no longer."""
    return await end(tx, ContactRow, [contact], now, actor, Origin.chat)


@dataclass(frozen=True)
class SignUp:
    """A patient's sign-up with a team; `leads`: the one that answers for the patient."""

    patient: str
    team: str
    leads: bool = True
    first_day: date | None = None
    last_day: date | None = None

    @property
    def id(self) -> str:
        """The id of its row."""
        return f"{self.patient}/{self.team}"


async def save_sign_ups(
    tx: Transaction, sign_ups: Collection[SignUp], now: datetime, actor: str, origin: Origin
) -> Changes:
    """Make each sign-up be as said, from `now` on."""
    rows = [
        {
            "id": each.id,
            "patient": each.patient,
            "team": each.team,
            "leads": each.leads,
            "first_day": each.first_day,
            "last_day": each.last_day,
        }
        for each in sign_ups
    ]
    return await change(tx, SignUpRow, rows, now, actor, origin)


async def record_death(
    tx: Transaction, patient: str, died_on: date | None, learnt_from: str, now: datetime, actor: str
) -> Changes:
    """The patient has died; the caller stops plans, reminders and notices in the same transaction."""
    row = {"id": patient, "died_on": died_on, "learnt_from": learnt_from}
    return await change(tx, DeathRow, [row], now, actor, Origin.intake)
