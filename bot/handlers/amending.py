"""More about a referral that has been sent: what the initiator types as a reply to its card, or behind its code.

Measurements, age, sex and onset become part of the picture, the words part of the reason; so it is decided again
(flows: the emergency road, "the rest afterwards"). An identity number says who a patient is that nobody knew.
"""

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.drafts.people import ID_CARD
from bot.drafts.placing import vocabulary
from bot.drafts.words import Understood, understand
from bot.handlers.carrying_out import refusal
from bot.handlers.identifying import identified
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.card_rows import card_at
from bot.texts import quote
from events.actions import Action, actions
from events.base import Personal, Refused
from events.purposes import Purpose
from events.referral import ClinicalPicture, Vitals
from events.referral_commands import AmendReferral
from events.referral_state import ReferralState
from models.patient_reading import find_patient
from models.sealed import CannotOpen
from models.summaries import SummaryRow
from models.values import parse_referral_code
from workers.rules.triage import TriageInputs, decide_triage

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_LEAST = 2  # characters: less says nothing


async def typed(visit: Visit) -> Answer | None:
    """The answer to more about a referral of theirs; None when it is no such thing."""
    standing = next((each for each in visit.standings if each.staff), None)
    first, _, rest = visit.inbound.text.partition(" ")
    code = parse_referral_code(first)
    if standing is None or (code is None and visit.inbound.message is None):
        return None
    text = (rest if code else visit.inbound.text).strip()
    about = await _coded(visit, code) if code else await _replied_to(visit, standing)
    if about is None or len(text) < _LEAST:
        return None
    working = (await visit.side.journal.load(visit.tx, [about]))[about]
    state = working.state
    if not isinstance(state, ReferralState) or Action.amend not in actions(state, standing.party):
        return None
    local = visit.now.astimezone(visit.directory.zone(state.initiator_facility))
    found = understand(text, vocabulary(visit.directory, state.initiator_facility, visit.now), local)
    picture = _with(state.picture, found)
    # Without a code a mere "thank you" is nobody's news.
    if (
        code is None
        and picture == state.picture
        and state.note("reason") is not None
        and not _symptoms(visit, state, text)
    ):
        return None
    reason = await _reason(visit, state, text)
    amend = AmendReferral(stream=about, by=standing.party, picture=picture, reason=Personal(text=reason))
    try:
        visit.side.journal.decide(working, amend, visit.caused_by(standing))
    except Refused as refused:
        return _says(visit, Outgoing(quote(refusal(visit, standing, refused), 300)))
    await visit.side.journal.record(visit.tx, [working])
    said = [Say(visit.inbound.chat, visit.text("amended-by-word", code=state.code))]
    if state.provisional and found.id_card and Action.identify in actions(state, standing.party):
        said += await _who(visit, standing, state, found.id_card)
    remove = (visit.inbound.written,) if visit.inbound.written is not None else ()
    return Answer(says=tuple(said), remove=remove)


async def _coded(visit: Visit, code: str) -> str | None:
    query = select(_SUMMARIES.c.stream).where(_SUMMARIES.c.code == code)
    stream: str | None = (await visit.tx.execute(query)).scalar()
    return stream


async def _replied_to(visit: Visit, standing: Standing) -> str | None:
    """The referral of the card that was replied to; a reply to a question is its answer, and no amendment."""
    card = await card_at(visit.tx, visit.inbound.chat, visit.inbound.message or 0)
    if card is None or card["recipient"] != standing.party.id or card["purpose"] == Purpose.information_asked:
        return None
    about: str = card["about"]
    return about


def _with(picture: ClinicalPicture, found: Understood) -> ClinicalPicture:
    """The picture with what was said besides; what is measured anew replaces the older value."""
    values = found.vitals.model_dump(exclude_none=True)
    if "glucose_mmol_l" not in values:
        values.pop("glucose_kind", None)
    more = {
        name: value
        for name in ("age", "sex", "newborn", "pregnant", "onset_at")
        if (value := getattr(found, name)) is not None
    }
    return picture.model_copy(update={**more, "vitals": Vitals(**{**picture.vitals.model_dump(), **values})})


def _symptoms(visit: Visit, state: ReferralState, text: str) -> bool:
    pack = visit.side.pack("triage", state.facility or state.initiator_facility)
    return bool(decide_triage(pack, TriageInputs(), reason=text).inputs.get("symptoms"))


async def _reason(visit: Visit, state: ReferralState, text: str) -> str:
    """What was written before, and this below it; what cannot be opened any more is left out."""
    before = state.note("reason")
    if before is None:
        return text
    await visit.side.keyring.load(visit.tx, {state.patient_key})
    try:
        return f"{visit.side.keyring.open(state.patient_key, before.sealed, before.aad)}\n{text}"
    except CannotOpen:
        return text


async def _who(visit: Visit, standing: Standing, state: ReferralState, number: str) -> list[Say]:
    """The patient whom nobody knew, by an identity number that the registry has."""
    known = await find_patient(visit.tx, visit.side.keyring, ID_CARD, number, visit.now)
    if known is None or known == state.patient:
        return [Say(visit.inbound.chat, visit.text("identify-unknown"))]
    return list((await identified(visit, standing, state.patient, known)).says)


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
