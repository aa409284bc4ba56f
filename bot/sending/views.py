"""From what is stored to what a card shows: the states of its streams, what its reader may do, the opened texts."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.sending.readers import Reader
from bot.view import CardView, Identity, Rendered
from events import catalog, log
from events.actions import Action, Party, PartyKind, actions, relations
from events.base import Sealed
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.purposes import PURPOSES, Audience, Purpose
from events.referral_state import ReferralState
from models.database import Transaction
from models.directory import Directory
from models.patients import Patient
from models.sealed import CannotOpen, Keyring
from models.values import Role
from workers.rules.in_force import InForce, as_shipped

State = ReferralState | DischargeState | PlanState

_COORDINATION = frozenset({Role.coordinator, Role.head})
_ADMINS = frozenset({Role.admin})
_WORDS_SHOWN = 3  # messages of a patient on the opened card of their plan


@dataclass(frozen=True, slots=True)
class Subject:
    """What a card is about: the stream, and the loop's referral where the stream is not that itself."""

    state: State
    referral: ReferralState | None
    papers: DischargeState | None = None


async def load_subjects(tx: Transaction, abouts: Mapping[str, str]) -> dict[str, Subject]:
    """The subjects by stream; `abouts` gives the loop of each stream. A stream that is not there has no entry."""
    referrals = [loop for loop in abouts.values() if loop.startswith("referral-")]
    histories = await log.read_streams(tx, [*abouts, *referrals])
    states = {stream: catalog.fold(history) for stream, history in histories.items()}
    followed = {each.discharge for each in states.values() if isinstance(each, PlanState) and each.discharge}
    papers = await log.read_streams(tx, followed) if followed else {}
    states |= {stream: catalog.fold(history) for stream, history in papers.items()}
    found = {}
    for about, loop in abouts.items():
        state = states.get(about)
        if isinstance(state, ReferralState):
            found[about] = Subject(state, state)
        elif isinstance(state, DischargeState | PlanState):
            root = states.get(loop)
            stay = states.get(state.discharge or "") if isinstance(state, PlanState) else None
            found[about] = Subject(
                state,
                root if isinstance(root, ReferralState) else None,
                stay if isinstance(stay, DischargeState) else None,
            )
    return found


async def load_readable_subjects(tx: Transaction, abouts: Mapping[str, str]) -> tuple[dict[str, Subject], set[str]]:
    """As `load_subjects`, and the streams that this code cannot read: those wait, and hold up no others."""
    try:
        return await load_subjects(tx, abouts), set()
    except (catalog.Held, catalog.Unreadable):
        found: dict[str, Subject] = {}
        unreadable: set[str] = set()
        for about, loop in abouts.items():
            try:
                found |= await load_subjects(tx, {about: loop})
            except (catalog.Held, catalog.Unreadable):
                unreadable.add(about)
        return found, unreadable


def allowed(state: State, party: Party) -> frozenset[Action]:
    """What the party may do about a referral; papers and plans have their own few buttons."""
    return actions(state, party) if isinstance(state, ReferralState) else frozenset()


# Told to whoever had it, who is nothing to it any more.
_TO_WHOEVER_HAD_IT = frozenset({Purpose.taken_back, Purpose.reopened})


def may_read(subject: Subject, purpose: Purpose, party: Party, directory: Directory) -> bool:
    """Whether the reader still has the role and facility for which they are told (N3)."""
    if party.kind is not PartyKind.practitioner:
        # Contacts who may only listen are told as well.
        return True
    houses = _houses(subject)
    if purpose in _TO_WHOEVER_HAD_IT and any(party.at(house) for house in houses):
        return True  # the house that had it; what the card shows is no secret there
    # Where a house has no coordinator or head of its own, the one above it answers.
    above = {place.id for house in houses for place in directory.upwards(house)}
    coordinates = any(each.role in _COORDINATION and each.facility in above for each in party.positions)
    if PURPOSES[purpose].audience is Audience.admin:
        return coordinates or any(each.role in _ADMINS for each in party.positions)
    return coordinates or may_open(subject, party)


def _houses(subject: Subject) -> frozenset[str]:
    """The facilities that have, or had, to do with it."""
    found: set[str | None] = set()
    for state in (subject.state, subject.referral):
        match state:
            case None:
                pass
            case ReferralState():
                found |= {state.initiator_facility, state.patient_centre, *(leg.facility for leg in state.legs)}
            case DischargeState(facility=facility, centre=centre):
                found |= {facility, centre}
            case PlanState(centre=centre):
                found.add(centre)
    return frozenset(house for house in found if house)


def may_open(subject: Subject, party: Party) -> bool:
    """Whether a member of staff may see who the patient is: only those who are something to this referral."""
    if party.kind is not PartyKind.practitioner:
        return False
    if subject.referral is not None and relations(subject.referral, party):
        return True
    match subject.state:
        case DischargeState(facility=facility, centre=centre):
            return bool(party.at(facility) | party.at(centre))
        case PlanState(centre=centre, covering=covering):
            return bool(party.at(centre) | party.at(covering))
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Opened:
    """What is shown only after somebody opened it."""

    identity: Identity
    texts: Mapping[str, str]


async def open_subject(tx: Transaction, keyring: Keyring, subject: Subject, patient: Patient | None) -> Opened:
    """The patient's identity and the sealed texts; what cannot be opened (an erased key) is left out."""
    keys = {subject.state.patient_key} | ({patient.key_id} if patient else set())
    await keyring.load(tx, keys)
    texts: dict[str, str] = {}
    for state in {id(each): each for each in (subject.referral, subject.papers, subject.state) if each}.values():
        for name, text in _sealed_texts(state):
            try:
                texts[name] = keyring.open(state.patient_key, text.sealed, text.aad)
            except CannotOpen:
                texts.pop(name, None)
    return Opened(_identity(keyring, patient), texts)


def _sealed_texts(state: State) -> Iterable[tuple[str, Sealed]]:
    match state:
        case ReferralState(notes=notes):
            return notes
        case DischargeState(form=form):
            return form
        case PlanState(words=words):
            # By number, because each is a text of its own; the newest are those that somebody is asked to read.
            return [(f"words/{n}", text) for n, (_, text) in enumerate(words[-_WORDS_SHOWN:])]


def _identity(keyring: Keyring, patient: Patient | None) -> Identity:
    if patient is None:
        return Identity(name="")
    try:
        return Identity(patient.name(keyring) or "", patient.phone(keyring), patient.birth_year(keyring))
    except CannotOpen:
        return Identity(name="")


def view(
    purpose: Purpose,
    subject: Subject,
    reader: Reader,
    params: Mapping[str, str],
    directory: Directory,
    now: datetime,
    repeat: bool = False,
    rules: InForce | None = None,
) -> CardView:
    """The closed view of a card. `rules`: those in force; the ones that ship where nobody says."""
    return CardView(
        purpose=purpose,
        state=subject.state,
        language=reader.language,
        now=now,
        zone=directory.site_zone,
        directory=directory,
        reader=reader.id,
        allowed=allowed(subject.state, reader.party),
        referral=subject.referral,
        params=params,
        repeat=repeat,
        for_whom=reader.for_whom,
        rules=rules or as_shipped(),
    )


def opened_view(closed: CardView, opened: Opened) -> CardView:
    """The same card opened: the identity view."""
    return replace(closed, identity=opened.identity, texts=opened.texts)


def digest(rendered: Rendered) -> str:
    """The same for two renderings that look and do the same: nothing to edit then (tokens do not count)."""
    buttons: list[Any] = [
        [[each.label, each.action, sorted(each.params.items())] for each in line] for line in rendered.buttons
    ]
    return hashlib.sha256(json.dumps([rendered.text, buttons], ensure_ascii=False).encode()).hexdigest()
