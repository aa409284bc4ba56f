"""Who reads a notice, in which chats, in which language: loaded for a batch with one query a kind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.identity import current_contacts, of_contact, of_patient, of_person, whom
from events.actions import Party
from events.purposes import Purpose
from models import parties
from models.database import Transaction
from models.directory import Directory
from models.parties import ChatAddress, addresses, chosen_languages, opt_outs
from models.patient_reading import contacts, patients
from models.patients import Contact, Patient, Scope
from models.values import Lane, Language

# What a contact hears only with the scope "readings", and what a patient may opt out of.
_ABOUT_HEALTH = frozenset({Purpose.patient_follow_up, Purpose.patient_unseen})
_ROUTINE = (Lane.routine, Lane.bulk)
_OPT_OUT: Mapping[Purpose, frozenset[parties.Purpose]] = {
    Purpose.patient_follow_up: frozenset({parties.Purpose.follow_up, parties.Purpose.chat}),
    Purpose.patient_visit_soon: frozenset({parties.Purpose.reminders, parties.Purpose.chat}),
    Purpose.patient_time_soon: frozenset({parties.Purpose.reminders, parties.Purpose.chat}),
    Purpose.patient_come_now: frozenset({parties.Purpose.chat}),
    Purpose.patient_time: frozenset({parties.Purpose.chat}),
    Purpose.patient_cancelled: frozenset({parties.Purpose.chat}),
}
_NONE: frozenset[parties.Purpose] = frozenset()
# This one is about the chat: those who speak for the patient are still told.
_OWN_CHAT = frozenset({parties.Purpose.chat})


@dataclass(frozen=True, slots=True)
class Reader:
    """One who may be told: the party, its language, where it can be written to. `patient`: whom it speaks for."""

    party: Party
    language: Language
    chats: tuple[int, ...]
    patient: Patient | None = None
    for_whom: str | None = None

    @property
    def id(self) -> str:
        """The id of the party."""
        return self.party.id


@dataclass(frozen=True, slots=True)
class Readers:
    """Everybody a batch of notices may reach."""

    directory: Directory
    now: datetime
    patients: Mapping[str, Patient]
    helpers: Mapping[str, Contact]
    contacts: Mapping[str, Sequence[Contact]]
    addresses: Mapping[str, Sequence[ChatAddress]]
    languages: Mapping[str, Language]
    opted_out: Mapping[str, frozenset[parties.Purpose]]
    shared: frozenset[str]

    def of(self, recipient: str, purpose: Purpose, lane: Lane | None = None) -> tuple[Reader, ...]:
        """Who may be told, in the order to try: the recipient, then (for a patient) the contacts.

        Empty for an id that nobody has. A reader without a chat is there too: no chat is a normal state. `lane`: of
        the notice, for staff who want nothing routine.
        """
        if (person := self.directory.person(recipient)) is not None:
            party = of_person(recipient, self.directory, self.now)
            off = lane in _ROUTINE and parties.Purpose.reminders in self.opted_out.get(recipient, frozenset())
            return (Reader(party, person.language, () if off else self._chats(recipient, purpose)),)
        if (helper := self.helpers.get(recipient)) is not None:
            return (self._contact(helper, purpose),)
        if (patient := self.patients.get(recipient)) is None:
            return ()
        own = Reader(
            of_patient(patient),
            self.languages.get(recipient, patient.language),
            self._chats(recipient, purpose),
            patient,
            "self" if self._shares(recipient) else None,
        )
        # Those who may answer first: a question is put to somebody who can.
        known = sorted(self.contacts.get(recipient, ()), key=lambda each: not each.may_answer)
        # What patients do not want to be asked, nobody is asked in their place.
        helpers = [] if self.declined(recipient, purpose) else [each for each in known if _may_hear(each, purpose)]
        return (own, *(self._contact(each, purpose) for each in helpers))

    def declined(self, recipient: str, purpose: Purpose) -> bool:
        """Whether the recipient has opted out of this purpose itself, and not only of being written to."""
        return bool((_OPT_OUT.get(purpose, _NONE) - _OWN_CHAT) & self.opted_out.get(recipient, _NONE))

    def patient_dead(self, recipient: str) -> bool:
        """Whether the recipient is a patient, or speaks for one, who has died."""
        patient = self._patient(recipient)
        return patient is not None and patient.dead

    def patient_doubted(self, recipient: str) -> bool:
        """Whether the patient whom this is about may be somebody else, until a person has looked."""
        patient = self._patient(recipient)
        return patient is not None and bool(patient.doubts)

    def _patient(self, recipient: str) -> Patient | None:
        helper = self.helpers.get(recipient)
        return self.patients.get(helper.patient if helper else recipient)

    def _contact(self, helper: Contact, purpose: Purpose) -> Reader:
        patient = self.patients.get(helper.patient)
        language = self.languages.get(helper.id, helper.language)
        # A contact is always told whom it is about.
        word = whom(patient, helper.relation)
        return Reader(of_contact(helper), language, self._chats(helper.id, purpose), patient, word)

    def _chats(self, party: str, purpose: Purpose) -> tuple[int, ...]:
        if _OPT_OUT.get(purpose, _NONE) & self.opted_out.get(party, _NONE):
            return ()
        known = self.addresses.get(party, ())
        return tuple(int(each.chat) for each in known if each.blocked_at is None)

    def _shares(self, party: str) -> bool:
        return any(each.chat in self.shared for each in self.addresses.get(party, ()))


def _may_hear(contact: Contact, purpose: Purpose) -> bool:
    if not (contact.consented or contact.guardian):
        return False
    return purpose not in _ABOUT_HEALTH or Scope.readings in contact.scope or contact.guardian


async def load_readers(tx: Transaction, recipients: Collection[str], directory: Directory, now: datetime) -> Readers:
    """Everything `Readers` needs about these recipients (ids of people, patients or contacts)."""
    others = {each for each in recipients if directory.person(each) is None}
    helpers = await current_contacts(tx, others, now, directory.site_zone)
    spoken_for = {each.patient for each in helpers.values()}
    known = await patients(tx, others | spoken_for, now) if others else {}
    found = await contacts(tx, others - helpers.keys(), now, directory.site_zone) if others else {}
    ids = {*recipients, *(each.id for some in found.values() for each in some)}
    where = await addresses(tx, ids, now)
    outside = sorted(ids - {each for each in ids if directory.person(each)})
    chats = [each.chat for party in outside for each in where.get(party, ())]
    return Readers(
        directory=directory,
        now=now,
        patients=known,
        helpers=helpers,
        contacts=found,
        addresses=where,
        languages=await chosen_languages(tx, outside) if outside else {},
        opted_out=await opt_outs(tx, ids, now),
        shared=frozenset(chat for chat in chats if chats.count(chat) > 1),
    )


async def load_viewers(tx: Transaction, recipients: Collection[str], directory: Directory, now: datetime) -> Readers:
    """As `load_readers`, for those who have the message already: where staff could be written to is not looked up."""
    outside = {each for each in recipients if directory.person(each) is None}
    if outside:
        return await load_readers(tx, outside, directory, now)
    return Readers(directory, now, {}, {}, {}, {}, {}, {}, frozenset())
