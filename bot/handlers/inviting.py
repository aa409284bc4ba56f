"""/invite R-7K2F4: a QR code on the doctor's screen, for the phone of the patient who sits before them.

The code lets in once and only with a second factor (birth year or last four of the phone). Whoever may open who the
patient is may invite them; each invitation is an audit row.
"""

import io
from dataclasses import replace

import segno
from sqlalchemy import select

from bot.answers import Answer, FileOut, Say
from bot.handlers.saying import asks
from bot.handlers.visit import Visit
from bot.identity import Standing, issue_invite
from bot.texts import plain, t
from bot.view import Button
from events.actions import relations
from events.referral_state import ReferralState
from models.audit import write_audit
from models.history import Origin
from models.installation import BOT_NAME, remembered
from models.patient_reading import patients
from models.patient_writing import ContactDetails, save_contacts
from models.patients import Relation
from models.summaries import SummaryRow
from models.values import derived_id, parse_referral_code

_S = SummaryRow.__table__  # type: ignore[attr-defined]
FAMILY, RELATION = "family", "family_is"
_RELATIONS = (
    Relation.daughter, Relation.son, Relation.spouse, Relation.mother, Relation.father, Relation.relative,
    Relation.neighbour,
)  # fmt: skip
_PARENTS = frozenset({Relation.mother, Relation.father})
_OF_AGE = 14  # years; under that a guardian answers (flows: people)


async def invite(visit: Visit, standing: Standing, rest: str) -> Answer:
    """The QR code and what it is for."""
    code = parse_referral_code(rest)
    if code is None:
        return _says(visit, "invite-usage")
    stream = (await visit.tx.execute(select(_S.c.stream).where(_S.c.code == code))).scalar()
    loaded = await visit.side.journal.load(visit.tx, [stream] if stream else [])
    state = loaded[stream].state if stream else None
    if not isinstance(state, ReferralState) or not relations(state, standing.party):
        return _says(visit, "refused-unknown-referral")
    if state.provisional:
        return _says(visit, "invite-unidentified")
    qr = await _qr(visit, standing, state.patient, code)
    if qr is None:
        return _says(visit, "invite-unidentified")
    await write_audit(visit.tx, visit.now, f"person:{standing.party.id}", "invite", state.patient)
    family = Button(plain(standing.language, "button-family"), FAMILY, {"referral": state.id})
    answer = await asks(visit, standing, t(standing.language, "invite-shown", code=code), [family])
    return replace(answer, files=(qr,))


async def family(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """Who it is that helps; each answer is a contact of their own, for there may be several."""
    if await _referral(visit, standing, params["referral"]) is None:
        return _closed(standing)
    language = standing.language
    found = [
        Button(plain(language, "relation", relation=each), RELATION, {**params, "relation": each})
        for each in _RELATIONS
    ]
    return await asks(visit, standing, t(language, "family-who"), found)


async def relation(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """A contact for times and places, who may answer, as the patient agreed before the doctor; and their QR code."""
    state = await _referral(visit, standing, params["referral"])
    if state is None:
        return _closed(standing)
    kind, actor, year = Relation(params["relation"]), f"person:{standing.party.id}", visit.now.year
    patient = (await patients(visit.tx, [state.patient], visit.now))[state.patient]
    await visit.side.keyring.load(visit.tx, {patient.key_id})
    if not patient.second_factors(visit.side.keyring):
        return Answer(toast=plain(standing.language, "invite-unidentified"), alert=True)
    born = patient.birth_year(visit.side.keyring)
    details = ContactDetails(
        patient=state.patient, relation=kind, id=derived_id("family", token), consented=True,
        guardian=kind in _PARENTS and born is not None and year - born < _OF_AGE,
    )  # fmt: skip
    await save_contacts(visit.tx, visit.side.keyring, [details], visit.now, actor, Origin.chat)
    qr = await _qr(visit, standing, details.id, f"{state.code}-{kind}")
    await write_audit(visit.tx, visit.now, actor, "invite family", state.patient)
    words = {"code": state.code, "relation": t(standing.language, "relation", relation=kind)}
    said = Say(visit.inbound.chat, visit.text("family-shown", **words))
    return Answer(toast=plain(standing.language, "press-done"), says=(said,), files=(qr,) if qr else ())


async def _referral(visit: Visit, standing: Standing, stream: str) -> ReferralState | None:
    state = (await visit.side.journal.load(visit.tx, [stream]))[stream].state
    there = isinstance(state, ReferralState) and relations(state, standing.party) and not state.provisional
    return state if there else None


async def _qr(visit: Visit, standing: Standing, party: str, name: str) -> FileOut | None:
    """The picture of a link that lets this patient or contact in; None where nothing could prove who joins."""
    try:
        made = await issue_invite(visit.tx, visit.side.keyring, party, visit.directory, visit.now, standing.party.id)
    except ValueError:  # neither a birth year nor a phone
        return None
    bot = await remembered(visit.tx, BOT_NAME)
    picture = io.BytesIO()
    link = f"https://t.me/{bot}?start={made.text}" if bot else made.text
    segno.make(link, micro=False).save(picture, kind="png", scale=8, border=4)
    return FileOut(visit.inbound.chat, f"{name}.png", picture.getvalue(), photo=True)


def _closed(standing: Standing) -> Answer:
    return Answer(toast=plain(standing.language, "refused-not-yours"), alert=True)


def _says(visit: Visit, key: str) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, visit.text(key)),))
