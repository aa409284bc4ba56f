"""What the recording of a batch of messages looks at, loaded with one query a kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import SystemRandom

from sqlalchemy import select

from events.discharge import Disposition
from events.handling import Journal, Working
from events.intake.identity import Identities, Wanted
from events.intake.intents import (
    AnswerIn,
    CancelIn,
    DischargeIn,
    EnrolmentIn,
    Intent,
    LinkIn,
    Message,
    PatientIn,
    ReadingIn,
    ReferralIn,
    VisitIn,
    VoidIn,
)
from events.referral_state import ReferralState
from models.database import Transaction, chunks
from models.directory import Directory
from models.history import table_of
from models.journal import BusinessKeyRow, InboxRow
from models.patient_reading import teams_of
from models.places import Source
from models.sealed import Keyring
from models.summaries import SummaryRow
from models.values import StreamKind, referral_code

_INBOX, _KEYS, _SUMMARIES = table_of(InboxRow), table_of(BusinessKeyRow), table_of(SummaryRow)
_RANDOM = SystemRandom()
_AT_ONCE = 400
DISCHARGE = "discharge:"  # the keys of stays, beside those of referrals


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that was read, on its way into the log."""

    source: Source
    message: Message
    id: str
    body_hash: str


@dataclass(slots=True)
class Prior:
    """The answer a message id got before."""

    body_hash: str
    status: int
    answer: str


@dataclass(slots=True)
class Facts:
    """The world as one batch sees it; grows as its messages are applied one after the other."""

    now: datetime
    directory: Directory
    keyring: Keyring
    identities: Identities
    inbox: dict[tuple[str, str], Prior] = field(default_factory=dict)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    workings: dict[str, Working] = field(default_factory=dict)
    of_patient: dict[str, list[str]] = field(default_factory=dict)
    patients: dict[int, str | None] = field(default_factory=dict)
    teams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    made_for: set[int] = field(default_factory=set)
    drawn: list[str] = field(default_factory=list)

    def fresh_code(self) -> str:
        """One of the codes drawn for this batch that nobody has; the short ones first."""
        while self.drawn:
            code = self.drawn.pop(0)
            if code not in self.codes:
                return code
        raise RuntimeError("none of the referral codes drawn is free")

    def patient(self, given: PatientIn | None) -> str | None:
        """The patient that a part of a message means, as resolved."""
        return self.patients.get(id(given)) if given is not None else None

    def by_link(self, link: LinkIn, source: str) -> str | None:
        """The stream a link means: our code, a key of this source, an identifier that another source gave."""
        for code in link.codes:
            if code.strip().upper() in self.codes:
                return self.codes[code.strip().upper()]
        for key in link.keys:
            if (source, key) in self.keys:
                return self.keys[source, key]
        for key in link.keys:
            # Only an identifier with a system means the same to everybody.
            if not key.startswith(("|", "ref:")):
                found = {stream for (_, theirs), stream in self.keys.items() if theirs == key}
                if len(found) == 1:
                    return found.pop()
        return None

    def known(self, keys: Sequence[str], source: str) -> str | None:
        """The stream that a business key means: the first key, then one under which it came without identifiers."""
        plain = [key for key in keys if not key.startswith("ref:")]
        plain += [key[4:] for key in keys if key.startswith("ref:")]
        return next((self.keys[source, key] for key in plain if (source, key) in self.keys), None)

    def referrals(self, patient: str) -> list[ReferralState]:
        """The referrals of a patient that are loaded, as they stand."""
        streams = self.of_patient.get(patient, [])
        states = [self.workings[stream].state for stream in streams if stream in self.workings]
        return [state for state in states if isinstance(state, ReferralState)]


async def load_facts(
    tx: Transaction,
    incoming: Sequence[Incoming],
    directory: Directory,
    journal: Journal,
    keyring: Keyring,
    now: datetime,
) -> Facts:
    """Everything the messages of a batch need; the streams they may change are locked, in id order."""
    facts = Facts(now, directory, keyring, Identities(keyring, now))
    await _load_inbox(tx, facts, incoming)
    fresh = [each for each in incoming if (each.source.id, each.id) not in facts.inbox]
    await _load_keys(tx, facts, fresh)
    await _load_codes(tx, facts, fresh)
    known = await _patients_of_known(tx, facts, fresh)
    wanted = [
        (number, each)
        for number, message in enumerate(incoming)
        if message in fresh
        for each in _wanted(message, facts, known)
    ]
    await facts.identities.look_up(tx, [each for _, each in wanted])
    for number, each in wanted:
        patient = facts.identities.resolve(each)
        facts.patients[id(each.given)] = patient
        if patient is not None and each.create:
            facts.made_for.add(number)
    await facts.identities.save(tx)
    ids = {patient for patient in facts.patients.values() if patient}
    facts.teams = await teams_of(tx, ids, now, directory.site_zone)
    await _load_streams(tx, facts, ids, journal)
    for number, each in wanted:
        patient = facts.patients[id(each.given)]
        if patient is not None and facts.identities.wrote(patient):
            facts.made_for.add(number)
    return facts


async def _load_inbox(tx: Transaction, facts: Facts, incoming: Sequence[Incoming]) -> None:
    by_source: dict[str, set[str]] = {}
    for each in incoming:
        by_source.setdefault(each.source.id, set()).add(each.id)
    columns = (_INBOX.c.message, _INBOX.c.body_hash, _INBOX.c.status, _INBOX.c.answer)
    for source, ids in by_source.items():
        for some in chunks(sorted(ids), _AT_ONCE):
            query = select(*columns).where(_INBOX.c.source == source, _INBOX.c.message.in_(some))
            for row in await tx.execute(query):
                facts.inbox[source, row.message] = Prior(row.body_hash, row.status, row.answer)


def _keys_in(intent: Intent) -> tuple[list[str], list[str]]:
    """The keys an intent looks for: of its own source, and (identifiers with a system) of any source."""
    match intent:
        case ReferralIn(keys=keys):
            return [*keys, *(key[4:] for key in keys if key.startswith("ref:"))], []
        case DischargeIn(keys=keys, link=link):
            return [*(DISCHARGE + key for key in keys), *link.keys], list(link.keys)
        case VoidIn(keys=keys):
            return [DISCHARGE + key for key in keys], []
        case CancelIn(link=link) | AnswerIn(link=link) | VisitIn(link=link):
            return list(link.keys), list(link.keys)
        case _:
            return [], []


async def _load_keys(tx: Transaction, facts: Facts, incoming: Iterable[Incoming]) -> None:
    everybody = [source.id for source in facts.directory.sources()]
    wanted: dict[str, set[str]] = {}
    for each in incoming:
        for intent in each.message.intents:
            own, shared = _keys_in(intent)
            wanted.setdefault(each.source.id, set()).update(own)
            for key in shared:
                if not key.startswith(("|", "ref:")):
                    for source in everybody:
                        wanted.setdefault(source, set()).add(key)
    for source, keys in wanted.items():
        for some in chunks(sorted(keys), _AT_ONCE):
            query = select(_KEYS.c.key, _KEYS.c.stream).where(_KEYS.c.source == source, _KEYS.c.key.in_(some))
            facts.keys |= {(source, row.key): row.stream for row in await tx.execute(query)}


async def _load_codes(tx: Transaction, facts: Facts, incoming: Iterable[Incoming]) -> None:
    intents = [intent for each in incoming for intent in each.message.intents]
    named = [intent.link.codes for intent in intents if isinstance(intent, (CancelIn, AnswerIn, VisitIn))]
    news = sum(_may_begin_a_referral(intent) for intent in intents)
    for length in (5, 5, 7):
        facts.drawn += [referral_code(_RANDOM.getrandbits(40), length) for _ in range(news)]
    codes = {code.strip().upper() for several in named for code in several} | set(facts.drawn)
    for some in chunks(sorted(codes), _AT_ONCE):
        query = select(_SUMMARIES.c.code, _SUMMARIES.c.stream).where(_SUMMARIES.c.code.in_(some))
        facts.codes |= {row.code: row.stream for row in await tx.execute(query)}


def _may_begin_a_referral(intent: Intent) -> bool:
    if isinstance(intent, DischargeIn):
        return intent.disposition is Disposition.other_hospital
    return isinstance(intent, ReferralIn) and intent.new == "take"


async def _patients_of_known(tx: Transaction, facts: Facts, incoming: Iterable[Incoming]) -> dict[str, str]:
    streams = set()
    for each in incoming:
        for intent in each.message.intents:
            if isinstance(intent, ReferralIn):
                stream = facts.known(intent.keys, each.source.id)
                streams.update([stream] if stream else [])
    found: dict[str, str] = {}
    for some in chunks(sorted(streams), _AT_ONCE):
        query = select(_SUMMARIES.c.stream, _SUMMARIES.c.patient).where(_SUMMARIES.c.stream.in_(some))
        found |= {row.stream: row.patient for row in await tx.execute(query)}
    return found


def _wanted(incoming: Incoming, facts: Facts, known: dict[str, str]) -> list[Wanted]:
    found = []
    source = incoming.source.id
    for intent in incoming.message.intents:
        match intent:
            case ReferralIn(patient=patient):
                stream = facts.known(intent.keys, source)
                same = known.get(stream) if stream else None
                if patient.named:
                    found.append(Wanted(patient, source, create=same is None and intent.new == "take", same_as=same))
            case DischargeIn(patient=PatientIn() as patient):
                new = not any((source, DISCHARGE + key) in facts.keys for key in intent.keys)
                new = new and facts.by_link(intent.link, source) is None
                found.append(Wanted(patient, source, create=new))
            case EnrolmentIn(patient=patient, ended=ended):
                found.append(Wanted(patient, source, create=ended is None))
            case VisitIn(patient=PatientIn() as patient) | ReadingIn(patient=patient):
                found.append(Wanted(patient, source))
            case _:
                pass
    return [each for each in found if each.given.named]


async def _load_streams(tx: Transaction, facts: Facts, patients: set[str], journal: Journal) -> None:
    streams = {*facts.keys.values(), *facts.codes.values()}
    columns = (_SUMMARIES.c.stream, _SUMMARIES.c.patient)
    kinds = (StreamKind.referral, StreamKind.plan)
    for some in chunks(sorted(patients), _AT_ONCE):
        open_ones = select(*columns).where(
            _SUMMARIES.c.patient.in_(some), _SUMMARIES.c.open, _SUMMARIES.c.kind.in_(kinds)
        )
        for row in await tx.execute(open_ones):
            facts.of_patient.setdefault(row.patient, []).append(row.stream)
            streams.add(row.stream)
    facts.workings = await journal.load(tx, streams) if streams else {}
    keys = {working.state.patient_key for working in facts.workings.values() if working.state is not None}
    await facts.keyring.load(tx, {key for key in keys if key})
