"""Patients who are not known for sure: a person says that it is somebody new, or gives the number of who it is.

By number only, never by name (flows: people). From then on they are written to, and the loops are theirs.
"""

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.board import houses, unidentified
from bot.handlers import forms, separating
from bot.handlers.forms import FormKind
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import Markup, plain, t
from bot.view import Button, Rendered
from events.base import Refused
from events.referral_commands import IdentifyPatient
from models.audit import write_audit
from models.history import Dated, Origin, change, open_rows
from models.patient_reading import find_patient
from models.patients import PatientRow
from models.summaries import SummaryRow
from models.values import StreamKind

_S = SummaryRow.__table__  # type: ignore[attr-defined]
ID_CARD = "id-card"


async def ask(visit: Visit, standing: Standing) -> Answer:
    """Who is to be identified: the first of them, with its loops."""
    waiting = await unidentified(visit.tx, houses(standing))
    if not waiting:
        return Answer(says=(Say(visit.inbound.chat, visit.text("identify-nobody")),))
    patient = waiting[0]
    row = (await open_rows(visit.tx, PatientRow, [patient]))[patient]
    codes = ", ".join(code for _, code in await _loops(visit, patient) if code)
    why = Markup(" ").join(
        t(standing.language, f"identify-doubt-{each}")
        for each in (row["doubts"] or ["provisional"])
        if each in ("birth", "sex", "provisional")
    )
    text = t(standing.language, "identify-ask", codes=codes, why=Markup(why), left=len(waiting))
    buttons = (
        (Button(plain(standing.language, "button-identify-new"), "identify_new", {"patient": patient}),),
        (Button(plain(standing.language, "button-identify-number"), "identify_number", {"patient": patient}),),
    )
    asked = Asked(standing.party.id, visit.inbound.chat, "", "", 0)
    outgoing, tokens = labelled(Rendered(text, buttons), asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing),))


async def ask_number(visit: Visit, patient: str) -> Answer:
    """Wait for the number."""
    await forms.begin(visit, FormKind.identifier, patient=patient)
    return Answer(says=(Say(visit.inbound.chat, visit.text("identify-number")),))


async def number_given(visit: Visit, patient: str, number: str) -> Answer:
    """The number of the one it is."""
    standing = next((each for each in visit.standings if each.staff), None)
    found = await find_patient(visit.tx, visit.side.keyring, ID_CARD, number.strip(), visit.now)
    if standing is None or found is None or found == patient:
        return Answer(says=(Say(visit.inbound.chat, visit.text("identify-unknown")),))
    return await _identified(visit, standing, patient, found, None)


async def is_known_now(visit: Visit, standing: Standing, patient: str, over: int | None) -> Answer:
    """It is who the papers say."""
    return await _identified(visit, standing, patient, patient, over)


async def _identified(visit: Visit, standing: Standing, patient: str, known: str, over: int | None) -> Answer:
    if patient not in await unidentified(visit.tx, houses(standing)):
        return Answer(toast=plain(standing.language, "refused-not-now"), alert=True)
    answer = await identified(visit, standing, patient, known)
    if known != patient:
        return answer
    return Answer(says=(Say(visit.inbound.chat, visit.text("identified-new"), over=over),))


async def identified(visit: Visit, standing: Standing, patient: str, known: str) -> Answer:
    """Who was not known is `known` (or is who the papers say): the registry and their loops say so from now on.

    The answer says that the two were joined, and can be separated again.
    """
    found = (await open_rows(visit.tx, PatientRow, [patient]))[patient]
    row = {name: found[name] for name in ("id", *PatientRow.model_fields.keys() - Dated.model_fields.keys())}
    actor = f"person:{standing.party.id}"
    row |= {"provisional": False, "doubts": [], "merged_into": known if known != patient else None}
    await change(visit.tx, PatientRow, [row], visit.now, actor, Origin.chat)
    moved = []
    for stream, _ in await _loops(visit, patient):
        command = IdentifyPatient(stream=stream, by=standing.party, patient=known)
        try:
            await visit.side.journal.handle(visit.tx, command, visit.caused_by(standing, f"{visit.cause}|{stream}"))
        except Refused:
            continue  # a loop of another house: its own coordinator says so there
        moved.append(stream)
    await write_audit(visit.tx, visit.now, actor, "identify patient", patient, known)
    return await separating.merged(visit, standing, found, known, moved)


async def _loops(visit: Visit, patient: str) -> list[tuple[str, str | None]]:
    query = select(_S.c.stream, _S.c.code).where(_S.c.patient == patient, _S.c.kind == StreamKind.referral, _S.c.open)
    return [(row.stream, row.code) for row in (await visit.tx.execute(query.order_by(_S.c.stream))).all()]
