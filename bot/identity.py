"""Who is behind a chat: the parties it stands for, and what each of them may do now.

A chat stands for a person, a patient, or the contacts of several patients at once. A `Party` is made from the registry
inside the transaction that uses it, so that somebody who left an hour ago has no say any more (T7).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.actions import Party, PartyKind, Position
from models import parties
from models.binding import Code, issue_code
from models.database import Transaction
from models.directory import Directory
from models.history import by_value
from models.parties import ChatAddress, parties_of_chat
from models.patient_reading import contacts, contacts_of_ids, patients
from models.patients import Contact, Patient, Relation
from models.registry import RoleRow
from models.sealed import Keyring
from models.values import Language, Role, Sex


class NobodySuch(Exception):
    """An invitation for an id that is no person, patient or contact."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One party a chat stands for, with what it may do now. `patient`: whom a patient or contact speaks for."""

    party: Party
    language: Language
    patient: Patient | None = None
    relation: Relation | None = None

    @property
    def staff(self) -> bool:
        """Whether this is a member of staff."""
        return self.party.kind is PartyKind.practitioner

    @property
    def whom(self) -> str:
        """The word for the patient, seen from the chat; see `whom`."""
        return whom(self.patient, self.relation)


def whom(patient: Patient | None, relation: Relation | None) -> str:
    """What a patient is to such a contact: mother, father, spouse, child or relative; `self` to themselves."""
    if patient is None or relation is None:
        return "self"
    if relation in (Relation.daughter, Relation.son):
        return {Sex.female: "mother", Sex.male: "father", None: "relative"}[patient.sex]
    if relation in (Relation.mother, Relation.father):
        return "child"
    return "spouse" if relation is Relation.spouse else "relative"


async def standings(tx: Transaction, chat: int, now: datetime, directory: Directory) -> tuple[Standing, ...]:
    """Everybody a chat stands for now, staff first; nobody for a stranger."""
    found = await parties_of_chat(tx, str(chat), now)
    return await standings_of(tx, found, now, directory)


async def standings_of(
    tx: Transaction, addresses: Sequence[ChatAddress], now: datetime, directory: Directory
) -> tuple[Standing, ...]:
    """As `standings`, for addresses read before."""
    ids = {kind: [each.party for each in addresses if each.party_kind is kind] for kind in parties.PartyKind}
    staff = await practitioners(tx, ids[parties.PartyKind.practitioner], now, directory)
    helpers = await current_contacts(tx, ids[parties.PartyKind.contact], now, directory.site_zone)
    whose = {*ids[parties.PartyKind.patient], *(each.patient for each in helpers.values())}
    known = await patients(tx, whose, now)
    spoken = await parties.chosen_languages(tx, [*ids[parties.PartyKind.patient], *helpers])
    result = []
    for person, party in staff.items():
        member = directory.person(person)
        result.append(Standing(party, member.language if member else Language.zh))
    alive = {unique: patient for unique, patient in known.items() if not patient.dead}
    result += [
        Standing(of_patient(alive[unique]), spoken.get(unique, alive[unique].language), alive[unique])
        for unique in ids[parties.PartyKind.patient]
        if unique in alive
    ]
    result += [
        Standing(of_contact(each), spoken.get(each.id, each.language), alive[each.patient], each.relation)
        for each in helpers.values()
        if each.patient in alive
    ]
    return tuple(result)


async def current_contacts(tx: Transaction, ids: Collection[str], now: datetime, zone: ZoneInfo) -> dict[str, Contact]:
    """Those of these contacts who help today, with consent; the others stand for nobody."""
    if not ids:
        return {}
    known = await contacts_of_ids(tx, ids, now)
    today = await contacts(tx, {each.patient for each in known.values()}, now, zone)
    helping = {each.id: each for some in today.values() for each in some if each.consented or each.guardian}
    return {unique: helping[unique] for unique in known if unique in helping}


def of_patient(patient: Patient) -> Party:
    """The party of a patient."""
    return Party(PartyKind.patient, patient.id, patients=frozenset({patient.id}))


def of_contact(contact: Contact) -> Party:
    """The party of a contact; one who may only listen answers for nobody."""
    answers = frozenset({contact.patient}) if contact.may_answer else frozenset[str]()
    return Party(PartyKind.contact, contact.id, patients=answers)


def of_person(person: str, directory: Directory, now: datetime) -> Party:
    """The party of a member of staff as the directory in memory has it: for what is shown, not for what is done."""
    held = directory.roles(person, now)
    places = frozenset(Position(each.facility, each.role, each.department) for each in held)
    return Party(PartyKind.practitioner, person, positions=_with_leaning(places, now, directory))


def _with_leaning(held: frozenset[Position], now: datetime, directory: Directory) -> frozenset[Position]:
    """A coordinator also answers for the clinics below that have none."""
    leaning = (
        Position(facility, Role.coordinator)
        for each in held
        if each.role is Role.coordinator
        for facility in directory.coordinated_by(each.facility, now)
    )
    return held | frozenset(leaning)


async def practitioners(
    tx: Transaction, people: Sequence[str], now: datetime, directory: Directory
) -> Mapping[str, Party]:
    """The parties of members of staff with the roles the registry gives them at this moment."""
    rows = await by_value(tx, RoleRow, "person", people, now)
    return {
        person: Party(
            PartyKind.practitioner,
            person,
            positions=_with_leaning(
                frozenset(
                    Position(row["facility"], Role(row["role"]), row["department"])
                    for row in held
                    if _on(row, now, directory)
                ),
                now,
                directory,
            ),
        )
        for person, held in rows.items()
    }


def _on(row: Mapping[Any, Any], now: datetime, directory: Directory) -> bool:
    day = now.astimezone(directory.zone(row["facility"])).date()
    first, last = row["first_day"], row["last_day"]
    return (first is None or first <= day) and (last is None or day <= last)


async def issue_invite(
    tx: Transaction, keyring: Keyring, party: str, directory: Directory, now: datetime, made_by: str
) -> Code:
    """A one-time code for a person, patient or contact by id; its text goes into `t.me/<bot>?start=<text>`.

    NobodySuch for an unknown id; ValueError for a patient of whom neither birth year nor phone is known.
    """
    if directory.person(party) is not None:
        return await issue_code(tx, keyring, party, parties.PartyKind.practitioner, now, made_by)
    if (contact := (await contacts_of_ids(tx, [party], now)).get(party)) is not None:
        await keyring.load(tx, {contact.key_id})
        phone = contact.phone(keyring)
        factors = [phone[-4:]] if phone else []
        # A contact without a phone of their own proves that they know the patient.
        factors = factors or [*(await patients(tx, [contact.patient], now))[contact.patient].second_factors(keyring)]
        return await issue_code(tx, keyring, party, parties.PartyKind.contact, now, made_by, factors)
    if (patient := (await patients(tx, [party], now)).get(party)) is not None:
        await keyring.load(tx, {patient.key_id})
        factors = list(patient.second_factors(keyring))
        return await issue_code(tx, keyring, party, parties.PartyKind.patient, now, made_by, factors)
    raise NobodySuch(f"{party!r} is no person, patient or contact; see the network file for the ids")
