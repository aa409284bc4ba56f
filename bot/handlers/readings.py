"""Measurements that a patient or a contact types, such as "145/92 空腹 8.2", and what they write in their own words.

Whose it is is never guessed; what is unclear is asked about once and then goes to the team as it was written.
"""

from collections.abc import Sequence

from sqlalchemy import case, select

from bot.answers import Answer, Say
from bot.cards.replies import for_whom, recorded_reading
from bot.channel import Outgoing
from bot.drafts.documents import SentFile
from bot.handlers import feeling_worse, forms
from bot.handlers.carrying_out import refusal
from bot.handlers.forms import FormKind
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import quote, t
from events.base import Personal, Recorded, Refused
from events.follow_up import PlanState, Programme, ReadingRecorded, RecordReading, SendWords
from events.handling import Working
from models.summaries import SummaryRow
from models.values import Priority, StreamKind
from workers.rules.pack import Pack
from workers.rules.reading import BloodPressure, NotAReading, ReadingKind
from workers.rules.reading_message import Reading, ReadingMessage, read_message
from workers.rules.triage import TriageInputs, decide_triage

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]

_NOT_READ = {
    NotAReading.unreadable: "reading-unreadable",
    NotAReading.several: "reading-several",
    NotAReading.unclear: "reading-incomplete",
    NotAReading.negative: "reading-negative",
    NotAReading.swapped: "reading-swapped",
    NotAReading.implausible: "reading-implausible",
    NotAReading.two_people: "reading-two_people",
    NotAReading.no_such_day: "reading-no_such_day",
}
# What may be meant in two ways: asked about once. A slip of the finger is asked about every time.
_UNCLEAR = frozenset({NotAReading.unclear, NotAReading.several})
# A contact whose word for the patient is not known may call them anything.
_ANYBODY = "relative"
# From here on somebody who sends a number is asked about danger signs (flows: the emergency road).
_DANGEROUS = Priority.urgent


async def typed(visit: Visit) -> Answer | None:
    """The answer to what the patient side typed; None when nobody of it writes here."""
    speaking = [each for each in visit.standings if each.party.patients]
    if not speaking:
        return None
    plan = await _open_plan_state(visit, speaking[0]) if len(speaking) == 1 else None
    expecting = ReadingKind.glucose if plan and plan.programme is Programme.diabetes else None
    found = read_message(visit.inbound.text, expecting)
    if isinstance(found, NotAReading):
        return await _not_read(visit, speaking, found)
    meant = _meant(speaking, found.whose)
    if not meant:
        return _says(visit, visit.text("reading-other-person", whom=t(visit.language, "whom", whom=speaking[0].whom)))
    if len(meant) > 1:
        return await ask_whom(visit, meant)
    return await _record(visit, meant[0], found)


def _meant(speaking: Sequence[Standing], whose: str | None) -> list[Standing]:
    if whose is None:
        return list(speaking)
    return [each for each in speaking if each.whom in (whose, _ANYBODY)]


async def _not_read(visit: Visit, speaking: Sequence[Standing], why: NotAReading) -> Answer | None:
    """Words go to the team; a number that cannot be read is asked about once, then it goes there too."""
    form = await forms.pending(visit)
    asked_before = form is not None and form.kind is FormKind.unclear
    if asked_before:
        await forms.drop(visit)
    if why is not NotAReading.no_number and not (asked_before and why in _UNCLEAR):
        if why in _UNCLEAR:
            await forms.begin(visit, FormKind.unclear)
        return _says(visit, visit.text(_NOT_READ[why]))
    if len(speaking) > 1:
        if await _any_symptoms(visit, speaking):
            return await ask_whom(visit, speaking)
        return None if why is NotAReading.no_number else _says(visit, visit.text(_NOT_READ[why]))
    return await words_to_team(visit, speaking[0], visit.inbound.text)


async def words_to_team(
    visit: Visit,
    standing: Standing,
    text: str,
    received: str = "patient-words-received",
    file: SentFile | None = None,
) -> Answer | None:
    """What the patient wrote or sent, to the team; words of danger are asked about at once. None without a plan."""
    working = await _open_plan_working(visit, standing)
    symptoms = _symptoms(await _triage(visit, standing, working), text)
    if working is None and symptoms:
        working = await feeling_worse.begin_plan(visit, standing)
    if working is None:
        return _says(visit, visit.text("emergency")) if symptoms else None
    journal, cause = visit.side.journal, visit.caused_by(standing)
    says = [Say(visit.inbound.chat, visit.text(received))]
    try:
        command = SendWords(stream=working.stream, by=standing.party, text=Personal(text=text))
        if file is not None:
            document = await file.keep(visit, working.stream, working.state.patient_key, standing.party.id)
            command = command.model_copy(update={"document": document, "kind": file.kind})
        journal.decide(working, command, cause)
        if symptoms:
            says.append(await feeling_worse.ask(visit, standing, working))
    except Refused as refused:
        return _says(visit, Outgoing(quote(refusal(visit, standing, refused), 300)))
    await journal.record(visit.tx, [working])
    return Answer(says=tuple(says))


async def _triage(visit: Visit, standing: Standing, working: Working | None) -> Pack:
    """The triage rules as they hold where the patient is followed up; without a plan, at their centre."""
    if working is not None:
        return visit.side.pack("triage", working.state.centre)
    centre = await feeling_worse.centre_of(visit, standing.patient) if standing.patient is not None else None
    return visit.side.pack("triage", centre)


async def _any_symptoms(visit: Visit, speaking: Sequence[Standing]) -> bool:
    """Whether the words are of danger by the rules of any of those they may be about."""
    for standing in speaking:
        pack = await _triage(visit, standing, await _open_plan_working(visit, standing))
        if _symptoms(pack, visit.inbound.text):
            return True
    return False


def _symptoms(pack: Pack, words: str) -> tuple[str, ...]:
    decided = decide_triage(pack, TriageInputs(), reason=words)
    return tuple(decided.inputs.get("symptoms", ()))


async def ask_whom(visit: Visit, speaking: Sequence[Standing], **file: str) -> Answer:
    """Never guessed. `file`: what waits besides the words, where something was sent."""
    await forms.begin(visit, FormKind.whom, **{"text": visit.inbound.text, **file})
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
    text = form.data["text"]
    if feeling_worse.said(text):
        return await feeling_worse.answer(visit, standing, await _open_plan_working(visit, standing))
    found = read_message(text)
    if isinstance(found, NotAReading):
        return await words_to_team(visit, standing, text) or _says(visit, visit.text("reading-unreadable"))
    return await _record(visit, standing, found)


async def open_plan(visit: Visit, patient: str) -> str | None:
    """The patient's running follow-up plan: the one that has been asked about, else the newest."""
    asked_first = case((_SUMMARIES.c.step > 0, 0), else_=1)
    query = (
        select(_SUMMARIES.c.stream)
        .where(_SUMMARIES.c.patient == patient, _SUMMARIES.c.kind == StreamKind.plan, _SUMMARIES.c.open)
        .order_by(asked_first, _SUMMARIES.c.begun_at.desc(), _SUMMARIES.c.stream)
    )
    plan: str | None = (await visit.tx.execute(query)).scalars().first()
    return plan


async def feels_worse(visit: Visit, speaking: Sequence[Standing]) -> Answer:
    """Who wrote just that: the question about danger signs, for one patient; else first for whom."""
    if len(speaking) > 1:
        return await ask_whom(visit, speaking)
    return await feeling_worse.answer(visit, speaking[0], await _open_plan_working(visit, speaking[0]))


async def _open_plan_working(visit: Visit, standing: Standing) -> Working | None:
    plan = await open_plan(visit, next(iter(standing.party.patients)))
    return (await visit.side.journal.load(visit.tx, [plan]))[plan] if plan else None


async def _open_plan_state(visit: Visit, standing: Standing) -> PlanState | None:
    working = await _open_plan_working(visit, standing)
    return working.state if working else None


async def _record(visit: Visit, standing: Standing, found: ReadingMessage) -> Answer:
    working = await _open_plan_working(visit, standing)
    pack = await _triage(visit, standing, working)
    symptoms = _symptoms(pack, found.rest)
    worse = bool(symptoms) or any(_dangerous(pack, reading) for reading in found.readings)
    if working is None and worse:
        working = await feeling_worse.begin_plan(visit, standing)
    if working is None:
        return _says(visit, visit.text("emergency" if worse else "no-plan"))
    journal = visit.side.journal
    recorded: list[Recorded] = []
    asks: list[Say] = []
    try:
        if worse:
            asks.append(await feeling_worse.ask(visit, standing, working))
        for number, reading in enumerate(found.readings, start=1):
            values = {**_values(reading), "symptoms": symptoms, "answers": number == len(found.readings)}
            command = RecordReading.model_validate({"stream": working.stream, "by": standing.party, **values})
            handled = journal.decide(working, command, visit.caused_by(standing), salt=f"reading{number}-")
            recorded += [each for each in handled.events if isinstance(each.event, ReadingRecorded)]
    except Refused as refused:
        return _says(visit, Outgoing(quote(refusal(visit, standing, refused), 300)))
    await journal.record(visit.tx, [working])
    says = [await _recorded(visit, standing, each, working) for each in recorded]
    return Answer(says=(*says, *asks))


def _values(reading: Reading) -> dict[str, int | float | str | None]:
    if isinstance(reading, BloodPressure):
        return {"sbp": reading.sbp, "dbp": reading.dbp}
    return {"glucose_mmol_l": reading.mmol_l, "glucose_kind": reading.kind}


def _dangerous(pack: Pack, reading: Reading) -> bool:
    inputs = TriageInputs(**_values(reading))  # type: ignore[arg-type]
    return decide_triage(pack, inputs).priority >= _DANGEROUS


async def _recorded(visit: Visit, standing: Standing, recorded: Recorded, working: Working) -> Say:
    """What was recorded, with [Wrong number]."""
    rendered = recorded_reading(
        standing.language, recorded.id, recorded.event, recorded.occurred_at, visit.now, visit.directory.site_zone
    )
    asked = Asked(standing.party.id, visit.inbound.chat, "", working.stream, working.state.version)
    outgoing, tokens = labelled(rendered, asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Say(visit.inbound.chat, outgoing)


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
