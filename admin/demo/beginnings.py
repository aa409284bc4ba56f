"""Five loops in five states, so that a demo that is opened for the first time shows what Refloop is about.

They are recorded as people and systems would record them, by the same commands; what follows (triage, offers, notices,
limits) is done by the roles that run. Nobody in them is stat: a demo left alone overnight stays calm.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from admin.parts import Parts
from bot.identity import of_person
from events import catalog, log
from events.actions import Party, PartyKind
from events.base import Actor, Cause, Command, Personal, Situation
from events.discharge_decider import RecordDischarge, SendReturnForm
from events.referral import Appointment, ClinicalPicture, OutcomeKind, Vitals
from events.referral_commands import (
    AcceptReferral,
    AskInformation,
    ConfirmTime,
    RecordArrival,
    ReportOutcome,
    RequestReferral,
)
from models.history import table_of
from models.patient_reading import patients
from models.summaries import SummaryRow
from models.values import ActorKind, Direction, Priority, StreamKind, derived_id, referral_code, stream_id

_SUMMARIES = table_of(SummaryRow)
_DOCTOR, _CLINIC = "he-ping", "liantang"
_SPECIALIST, _HOSPITAL, _DEPARTMENT = "lin-hao", "chengxi-1", "cardiology"
_PATIENCE = 30.0


@dataclass(frozen=True)
class Beginning:
    """A referral of the clinic to the hospital, and how far it has come; `state` names what it waits for."""

    patient: str
    state: Situation
    reason: str
    priority: Priority = Priority.routine
    vitals: Vitals | None = None


BEGINNINGS = (
    Beginning("liu-jianguo", Situation.offered, "反复心悸一月，活动后明显，休息可缓解", Priority.urgent),
    Beginning("ma-xiulan", Situation.information_asked, "头晕，调整降压药两周无好转", vitals=Vitals(sbp=158, dbp=92)),
    Beginning("wang-guohua", Situation.confirmed, "爬楼后气短三个月", vitals=Vitals(sbp=142, dbp=84)),
    Beginning("wu-desheng", Situation.arrived, "早搏复查，加做动态心电图", Priority.urgent),
    Beginning("yang-shufen", Situation.return_form_unread, "血压波动，请调整用药", vitals=Vitals(sbp=166, dbp=96)),
)


async def begin(parts: Parts) -> None:
    """Record the five, unless there has ever been a loop here."""
    async with parts.database.reading() as tx:
        if (await tx.execute(select(_SUMMARIES.c.stream).limit(1))).first() is not None:
            return
    for beginning in BEGINNINGS:
        await _begin(parts, beginning)


async def _begin(parts: Parts, beginning: Beginning) -> None:
    now, unique = parts.clock.now(), derived_id("demo", beginning.patient)
    async with parts.database.reading() as tx:
        patient = (await patients(tx, [beginning.patient], now))[beginning.patient]
        await parts.keyring.load(tx, {patient.key_id})
    year, vitals = patient.birth_year(parts.keyring), beginning.vitals or Vitals()
    picture = ClinicalPicture(age=now.year - year if year else None, sex=patient.sex, vitals=vitals)
    stream = stream_id(StreamKind.referral, unique)
    request = RequestReferral(
        stream=stream, code=referral_code(int(unique.replace("-", "")[:16], 16)), direction=Direction.up,
        patient=patient.id, patient_key=patient.key_id, initiator=_DOCTOR, initiator_facility=_CLINIC,
        patient_centre=_CLINIC, recipient_facility=_HOSPITAL, department=_DEPARTMENT,
        asked_priority=beginning.priority, consent="given", reason=Personal(text=beginning.reason), picture=picture,
    )  # fmt: skip
    await _record(parts, _DOCTOR, request)
    if beginning.state is Situation.offered:
        return
    await _until_offered(parts, stream)
    for by, command in _road(parts, stream, beginning, now):
        await _record(parts, by, command)
    if beginning.state is Situation.return_form_unread:
        await _discharge(parts, stream, patient.id, patient.key_id, now)


def _road(parts: Parts, stream: str, beginning: Beginning, now: datetime) -> Sequence[tuple[str, Command]]:
    """What people did to bring it into its state."""
    specialist, patient = _staff(parts, _SPECIALIST), _patient(beginning.patient)
    at = Appointment(at=_next_morning(parts, now))
    accepts = (_SPECIALIST, AcceptReferral(stream=stream, by=specialist, appointment=at))
    arrives = (_SPECIALIST, RecordArrival(stream=stream, by=specialist))
    match beginning.state:
        case Situation.information_asked:
            question = Personal(text="现在吃哪几种降压药，剂量多少？")
            return [(_SPECIALIST, AskInformation(stream=stream, by=specialist, question=question))]
        case Situation.confirmed:
            return [accepts, (beginning.patient, ConfirmTime(stream=stream, by=patient))]
        case Situation.arrived:
            return [(_SPECIALIST, AcceptReferral(stream=stream, by=specialist, come_now=True)), arrives]
        case _:
            treated = ReportOutcome(stream=stream, by=specialist, kind=OutcomeKind.treated)
            return [accepts, arrives, (_SPECIALIST, treated)]


async def _discharge(parts: Parts, referral: str, patient: str, key: str, now: datetime) -> None:
    stream, desk = stream_id(StreamKind.discharge, derived_id(referral, "discharge")), _staff(parts, _SPECIALIST)
    stay = RecordDischarge(
        stream=stream, patient=patient, patient_key=key, facility=_HOSPITAL, centre=_CLINIC, discharged_at=now,
        department=_DEPARTMENT, referral=referral, by=desk,
    )  # fmt: skip
    await _record(parts, _SPECIALIST, stay, loop=referral)
    form = {"diagnosis": "高血压 2 级", "medicines": "氨氯地平 5 mg，每日一次", "next_plan": "两周后复查血压"}
    texts = {name: Personal(text=text) for name, text in form.items()}
    await _record(parts, _SPECIALIST, SendReturnForm(stream=stream, by=desk, **texts), loop=referral)


async def _record(parts: Parts, by: str, command: Command, loop: str | None = None) -> None:
    unique = derived_id(command.stream, type(command).__name__)
    cause = Cause(f"demo-{unique}", Actor(ActorKind.person, by), parts.clock.now())
    await parts.journal.handle_alone(parts.database, command, cause, loop=loop)


async def _until_offered(parts: Parts, stream: str) -> None:
    """The rules have looked at it and somebody is asked. TimeoutError when nobody works here."""
    offered = (_SUMMARIES.c.stream == stream) & (_SUMMARIES.c.situation == Situation.offered)
    async with asyncio.timeout(_PATIENCE):
        while True:
            async with parts.database.reading() as tx:
                row = (await tx.execute(select(_SUMMARIES.c.version).where(offered))).first()
                if row is not None and catalog.fold((await log.read_streams(tx, [stream]))[stream]).asked:
                    return
            await asyncio.sleep(0.05)


def _staff(parts: Parts, person: str) -> Party:
    return of_person(person, parts.directory.current(), parts.clock.now())


def _patient(patient: str) -> Party:
    return Party(PartyKind.patient, patient, patients=frozenset({patient}))


def _next_morning(parts: Parts, now: datetime) -> datetime:
    """09:30 of the second working day from now, in the site's zone."""
    day = now.astimezone(parts.zone) + timedelta(days=2)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.replace(hour=9, minute=30, second=0, microsecond=0)
