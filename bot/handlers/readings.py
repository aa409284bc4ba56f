"""A measurement that a patient or a contact types, such as 145/92."""

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.cards.replies import for_whom, recorded_reading
from bot.channel import Outgoing
from bot.handlers import forms
from bot.handlers.carrying_out import refusal
from bot.handlers.forms import FormKind
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import quote
from events.base import Refused
from events.follow_up import ReadingRecorded, RecordReading
from models.summaries import SummaryRow
from models.values import StreamKind
from workers.rules.reading import BloodPressure, Glucose, NotAReading, parse_reading

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]

_NOT_READ = {
    NotAReading.unreadable: "reading-unreadable",
    NotAReading.several: "reading-unreadable",
    NotAReading.unclear: "reading-incomplete",
    NotAReading.negative: "reading-negative",
    NotAReading.swapped: "reading-swapped",
    NotAReading.implausible: "reading-implausible",
}


async def typed(visit: Visit) -> Answer | None:
    """The answer to a text with numbers from the patient side; None when it is none."""
    speaking = [each for each in visit.standings if each.party.patients]
    found = parse_reading(visit.inbound.text)
    if not speaking or found is NotAReading.no_number:
        return None
    if isinstance(found, NotAReading):
        shown = visit.inbound.text
        return _says(visit, visit.text(_NOT_READ[found], value=shown))
    if len(speaking) > 1:
        return await _ask_whom(visit, speaking)
    return await _record(visit, speaking[0], found)


async def _ask_whom(visit: Visit, speaking: list[Standing]) -> Answer:
    """Never guessed."""
    await forms.begin(visit, FormKind.whom, text=visit.inbound.text)
    words = {each.patient.id: each.whom for each in speaking if each.patient}
    rendered = for_whom(visit.language, words, "whom", {})
    asked = Asked(speaking[0].party.id, visit.inbound.chat, "", "", 0)
    outgoing, tokens = labelled(rendered, asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing),))


async def chosen(visit: Visit, patient: str) -> Answer:
    """They said whose reading it was."""
    form = await forms.pending(visit)
    standing = next((each for each in visit.standings if patient in each.party.patients), None)
    if form is None or form.kind is not FormKind.whom or standing is None:
        return Answer()
    await forms.drop(visit)
    found = parse_reading(form.data["text"])
    if isinstance(found, NotAReading):
        return _says(visit, visit.text("reading-unreadable"))
    return await _record(visit, standing, found)


async def open_plan(visit: Visit, patient: str) -> str | None:
    """The patient's running follow-up plan, the newest if there are several."""
    query = (
        select(_SUMMARIES.c.stream)
        .where(_SUMMARIES.c.patient == patient, _SUMMARIES.c.kind == StreamKind.plan, _SUMMARIES.c.open)
        .order_by(_SUMMARIES.c.begun_at.desc(), _SUMMARIES.c.stream)
    )
    plan: str | None = (await visit.tx.execute(query)).scalars().first()
    return plan


async def _record(visit: Visit, standing: Standing, found: BloodPressure | Glucose) -> Answer:
    patient = next(iter(standing.party.patients))
    plan = await open_plan(visit, patient)
    if plan is None:
        return _says(visit, visit.text("no-plan"))
    values = (
        {"sbp": found.sbp, "dbp": found.dbp}
        if isinstance(found, BloodPressure)
        else {"glucose_mmol_l": found.mmol_l, "glucose_kind": found.kind}
    )
    command = RecordReading.model_validate({"stream": plan, "by": standing.party, **values})
    try:
        handled = await visit.side.journal.handle(visit.tx, command, visit.caused_by(standing))
    except Refused as refused:
        return _says(visit, Outgoing(quote(refusal(visit, standing, refused), 300)))
    recorded = next(each for each in handled.events if isinstance(each.event, ReadingRecorded))
    rendered = recorded_reading(
        standing.language, recorded.id, recorded.event, recorded.occurred_at, visit.now, visit.directory.site_zone
    )
    asked = Asked(standing.party.id, visit.inbound.chat, "", plan, handled.state.version)
    outgoing, tokens = labelled(rendered, asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing),))


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
