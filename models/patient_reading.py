"""Reading the patient side, always for many patients with one query a kind."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import RowMapping

from models.database import Transaction
from models.history import by_value
from models.parties import Purpose
from models.patients import (
    ConsentRow,
    Contact,
    ContactRow,
    DeathRow,
    IdentifierRow,
    Patient,
    PatientRow,
    SignUpRow,
)
from models.sealed import Keyring
from models.values import derived_id

Identifier = tuple[str, str]  # system, value
_MERGES = 8  # a chain of merges longer than this is a circle


def identifier_blind(keyring: Keyring, system: str, value: str) -> str:
    """The blind index of an identifier; equal numbers of two systems look unlike."""
    return keyring.blind(f"identifier|{system}|{normal_identifier(value)}")


def normal_identifier(value: str) -> str:
    """An identifier in its one written form: no spaces, capitals."""
    return "".join(value.split()).upper()


def identifier_id(system: str, blind: str) -> str:
    """The id of the row of an identifier."""
    return derived_id("identifier", system, blind)


def name_blind(keyring: Keyring, name: str) -> str:
    """The blind index of a name, however it is spaced or capitalised."""
    return keyring.blind(f"name|{''.join(name.split()).casefold()}")


def phone_blind(keyring: Keyring, phone: str) -> str:
    """The blind index of a phone number in its normal form (models/phones.py)."""
    return keyring.blind(f"phone|{phone}")


async def look_up(
    tx: Transaction, keyring: Keyring, name: str | None, phone: str | None, at: datetime
) -> tuple[str, ...]:
    """The ids of those of this name or with this phone: for a person to choose from, never to match by."""
    found: set[str] = set()
    if name:
        blind = name_blind(keyring, name)
        found |= {row["id"] for row in (await by_value(tx, PatientRow, "name_blind", [blind], at))[blind]}
    if phone:
        blind = phone_blind(keyring, phone)
        found |= {row["id"] for row in (await by_value(tx, PatientRow, "phone_blind", [blind], at))[blind]}
    return tuple(sorted(set((await survivors(tx, found, at)).values())))


async def find_patients(
    tx: Transaction, keyring: Keyring, identifiers: Collection[Identifier], at: datetime
) -> dict[Identifier, str]:
    """The ids of the patients these identifiers stand for, merged ones followed; the unknown are left out.

    By identifier only, never by name.
    """
    ids = {
        (system, value): identifier_id(system, identifier_blind(keyring, system, value))
        for system, value in identifiers
    }
    rows = await by_value(tx, IdentifierRow, "id", ids.values(), at)
    found = {pair: rows[unique][0]["patient"] for pair, unique in ids.items() if rows[unique]}
    merged = await survivors(tx, found.values(), at)
    return {pair: merged[patient] for pair, patient in found.items()}


async def find_patient(tx: Transaction, keyring: Keyring, system: str, value: str, at: datetime) -> str | None:
    """The id of the patient that this identifier stands for, or None."""
    return (await find_patients(tx, keyring, [(system, value)], at)).get((system, value))


async def survivors(tx: Transaction, patient_ids: Iterable[str], at: datetime) -> dict[str, str]:
    """For each patient the id to go on with: its own, or that of the one it was merged into."""
    goes_to = {patient: patient for patient in patient_ids}
    for _ in range(_MERGES):
        rows = await by_value(tx, PatientRow, "id", goes_to.values(), at)
        step = {patient: row["merged_into"] for patient, found in rows.items() for row in found}
        if not any(step.values()):
            break
        goes_to = {patient: step.get(now) or now for patient, now in goes_to.items()}
    return goes_to


async def patients(tx: Transaction, patient_ids: Iterable[str], at: datetime) -> dict[str, Patient]:
    """The patients of these ids, sealed; the unknown are left out. Load the keys of those to be opened."""
    wanted = set(patient_ids)
    rows = await by_value(tx, PatientRow, "id", wanted, at)
    deaths = await by_value(tx, DeathRow, "id", wanted, at)
    return {
        patient: Patient.from_row(row, dead=bool(deaths[patient])) for patient, found in rows.items() for row in found
    }


async def contacts(
    tx: Transaction, patient_ids: Iterable[str], at: datetime, zone: ZoneInfo
) -> dict[str, tuple[Contact, ...]]:
    """The contacts of these patients on the day it then is in `zone`, guardians first; each is a key."""
    day = at.astimezone(zone).date()
    found = await by_value(tx, ContactRow, "patient", patient_ids, at)
    return {
        patient: tuple(
            sorted(
                (Contact.from_row(row) for row in rows if _on(row, day)),
                key=lambda each: (not each.guardian, each.id),
            )
        )
        for patient, rows in found.items()
    }


async def contacts_of_ids(tx: Transaction, contact_ids: Iterable[str], at: datetime) -> dict[str, Contact]:
    """The contacts of these ids; the unknown are left out."""
    found = await by_value(tx, ContactRow, "id", contact_ids, at)
    return {unique: Contact.from_row(row) for unique, rows in found.items() for row in rows}


async def teams_of(
    tx: Transaction, patient_ids: Iterable[str], at: datetime, zone: ZoneInfo
) -> dict[str, tuple[str, ...]]:
    """The ids of these patients' family-doctor teams then: the leading one first, then the latest sign-up."""
    day = at.astimezone(zone).date()
    found = await by_value(tx, SignUpRow, "patient", patient_ids, at)

    def rank(row: RowMapping) -> tuple[bool, date, str]:
        return (row["leads"], row["first_day"] or date.min, row["team"])

    return {
        patient: tuple(row["team"] for row in sorted((row for row in rows if _on(row, day)), key=rank, reverse=True))
        for patient, rows in found.items()
    }


async def consents(tx: Transaction, patient_ids: Iterable[str], at: datetime) -> dict[str, frozenset[Purpose]]:
    """What each of these patients has agreed to; every patient is a key."""
    found = await by_value(tx, ConsentRow, "patient", patient_ids, at)
    return {patient: frozenset(Purpose(row["purpose"]) for row in rows) for patient, rows in found.items()}


def _on(row: RowMapping, day: date) -> bool:
    first, last = row["first_day"], row["last_day"]
    return (first is None or first <= day) and (last is None or day <= last)
