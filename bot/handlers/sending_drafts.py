"""A draft becomes a referral: the patient found or made on the spot, consent recorded, all in one transaction."""

from bot.answers import Answer
from bot.cards.draft import place_words
from bot.drafts.documents import hand_over
from bot.drafts.draft import Draft
from bot.drafts.people import ID_CARD, centre_for
from bot.handlers import drafts
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import plain
from events.base import Personal
from events.codes import free_code
from events.intake.places import direction_of
from events.referral_commands import AttachDocument, RecordConsent, RequestReferral
from models.documents import DocumentKind
from models.history import Origin
from models.patient_reading import find_patient, patients
from models.patient_writing import PatientDetails, create_patient
from models.patients import Patient
from models.values import StreamKind, stream_id


async def send(visit: Visit, standing: Standing, draft: Draft, consent: str) -> Answer:
    """Request the referral. `consent`: given (recorded with who told the patient), later or emergency."""
    if not draft.says_something:
        return Answer(toast=plain(standing.language, "draft-empty"), alert=True)
    patient = await patient_of(visit, standing, draft)
    if patient.dead:
        return Answer(toast=plain(standing.language, "draft-dead"), alert=True)
    stream = stream_id(StreamKind.referral, draft.id)
    cause = visit.caused_by(standing, f"draft-{draft.id}")
    code = await free_code(visit.tx)
    incomplete = [name for name, there in (("name", draft.patient or draft.name), ("sex", draft.sex)) if not there]
    command = RequestReferral(
        stream=stream, code=code, direction=direction_of(draft.facility, draft.to_facility, visit.directory),
        patient=patient.id, patient_key=patient.key_id, initiator=standing.party.id,
        initiator_facility=draft.facility, patient_centre=await centre_for(visit, patient),
        recipient_facility=draft.to_facility, department=draft.to_department, asked_priority=draft.priority,
        picture=draft.picture, reason=Personal(text=draft.words) if draft.words else None,
        consent="emergency" if consent == "emergency" else "later",
        provisional=patient.provisional or bool(patient.doubts), data_incomplete=tuple(incomplete),
        wants=draft.wants,
    )  # fmt: skip
    journal = visit.side.journal
    working = (await journal.load(visit.tx, [stream]))[stream]
    journal.decide(working, command, cause)
    if consent == "given":
        agreed = RecordConsent(stream=stream, by=standing.party, given_by="patient")
        journal.decide(working, agreed, cause, salt="consent")
    for row in await hand_over(visit, f"draft-{draft.id}", stream, patient.key_id):
        attached = AttachDocument(stream=stream, by=standing.party, document=row["id"], kind=DocumentKind(row["kind"]))
        journal.decide(working, attached, cause, salt=row["id"])
    await journal.record(visit.tx, [working])
    await drafts.mark_sent(visit, draft, stream)
    view = await drafts.view_of(visit, standing, draft)
    place = place_words(view, (draft.to_facility, draft.to_department))
    key = "draft-sent" if draft.to_facility else "draft-sent-nowhere"
    words = {"code": code, "place": place} if draft.to_facility else {"code": code}
    return drafts.said(visit, visit.text(key, **words))


async def patient_of(visit: Visit, standing: Standing, draft: Draft) -> Patient:
    """The patient who was chosen, or the one with this identity number, or a new one."""
    tx, keyring, now = visit.tx, visit.side.keyring, visit.now
    unique = draft.patient
    if unique is None and draft.id_card:
        unique = await find_patient(tx, keyring, ID_CARD, draft.id_card, now)
    if unique is None:
        year = f"{now.astimezone(visit.directory.site_zone).year - draft.age}" if draft.age is not None else None
        birth = draft.birth or year
        thin = draft.name is None or (birth is None and draft.sex is None)
        details = PatientDetails(
            name=draft.name, birth=birth, phone=draft.phone, sex=draft.sex, provisional=thin, data_incomplete=thin,
            identifiers=((ID_CARD, draft.id_card),) if draft.id_card else (),
        )  # fmt: skip
        unique = await create_patient(tx, keyring, details, now, standing.party.id, Origin.chat)
    return (await patients(tx, [unique], now))[unique]
