"""A patient writes that they feel worse: the question about danger signs, with a running plan or without one.

Whoever has no plan (between the referral and the arrival, or long after) gets one of a single call, so that the same
deadlines and the same people stand behind the question (flows: the emergency road; workers/alarming.py).
"""

from datetime import timedelta

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.drafts.people import centre_for
from bot.handlers import danger
from bot.handlers.carrying_out import refusal
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import plain, quote
from events.base import Refused
from events.follow_up import AnswerFollowUp, PlanFollowUp, PlanRow, PlanState, Programme
from events.handling import Working
from models.patients import Patient
from models.summaries import SummaryRow
from models.values import Language, StreamKind, derived_id, stream_id

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
# The team asks how it went a day after. A proposal (evidence A).
_CALL_AFTER = timedelta(days=1)
_RULE = "SIL-DANGER-ASKED"


def said(text: str) -> bool:
    """Whether the whole message says what the button says, in any language."""
    word = text.strip().rstrip(".!。！").strip().casefold()
    return any(word == plain(language, "button-i-worse").casefold() for language in Language)


async def answer(visit: Visit, standing: Standing, working: Working | None) -> Answer:
    """The question, recorded as asked. `working`: their open plan, if they have one."""
    working = working or await begin_plan(visit, standing)
    if working is None:
        return Answer(says=(Say(visit.inbound.chat, visit.text("emergency")),))
    try:
        asked = await ask(visit, standing, working)
    except Refused as refused:
        text = quote(refusal(visit, standing, refused), 300)
        return Answer(says=(Say(visit.inbound.chat, Outgoing(text)),))
    await visit.side.journal.record(visit.tx, [working])
    return Answer(says=(asked,))


async def ask(visit: Visit, standing: Standing, working: Working) -> Say:
    """As if they had pressed "I feel worse"; the caller records the stream. Refused where the plan is over."""
    state: PlanState = working.state
    worse = AnswerFollowUp(stream=working.stream, by=standing.party, row=state.current, answer="worse")
    visit.side.journal.decide(working, worse, visit.caused_by(standing), salt="worse")
    return await danger.question(visit, standing, working.state)


async def begin_plan(visit: Visit, standing: Standing) -> Working | None:
    """A plan of one call tomorrow, not yet recorded; None where no centre is known that could call."""
    patient = standing.patient
    centre = await centre_of(visit, patient) if patient is not None else None
    if patient is None or centre is None:
        return None
    stream = stream_id(StreamKind.plan, derived_id("feels worse", patient.id, visit.cause))
    working = (await visit.side.journal.load(visit.tx, [stream]))[stream]
    row = PlanRow(number=0, due_at=visit.now + _CALL_AFTER, kind="call", rule=_RULE, who="family_doctor_team")
    pack = visit.side.pack("follow_up", centre)
    begin = PlanFollowUp(
        stream=stream, by=standing.party, patient=patient.id, patient_key=patient.key_id, centre=centre, rows=(row,),
        programme=Programme.feels_worse, pack=pack.name, pack_version=pack.version, pack_hash=pack.hash,
    )  # fmt: skip
    visit.side.journal.decide(working, begin, visit.caused_by(standing), salt="begin")
    return working


async def centre_of(visit: Visit, patient: Patient) -> str | None:
    """Whose rules count for a patient without a plan: their centre, else whoever referred them last."""
    if (centre := await centre_for(visit, patient)) is not None:
        return centre
    query = (
        select(_SUMMARIES.c.initiator_facility)
        .where(_SUMMARIES.c.patient == patient.id, _SUMMARIES.c.kind == StreamKind.referral)
        .order_by(_SUMMARIES.c.open.desc(), _SUMMARIES.c.begun_at.desc())
    )
    facility: str | None = (await visit.tx.execute(query)).scalars().first()
    return facility
