"""/enrol: take one of the own people into a programme: `/enrol 李秀英 高血压 重 2026-03-05` (grade and day if wanted).

Who is meant is never guessed: those who fit are shown masked, and a press enrols one of them. Somebody who is not known
yet is made on the spot, as /refer does, when sex and age are given: `/enrol 张伟 58男 高血压`.
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.drafts.days import NoSuchDay, read_days
from bot.drafts.draft import Draft, merged
from bot.drafts.measured import legible
from bot.drafts.people import Masked, found, is_own, masked_name, shown
from bot.drafts.placing import acting_at, vocabulary
from bot.drafts.words import Understood, understand
from bot.handlers import drafts
from bot.handlers.leaves import centres
from bot.handlers.saying import asks, says
from bot.handlers.sending_drafts import patient_of
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import plain, t
from bot.view import Button
from events import catalog, log
from events.follow_up import EnrolPatient, PlanState, Programme, Severity
from models.audit import write_audit
from models.patient_reading import patients
from models.patients import Patient
from models.summaries import SummaryRow
from models.values import Language, StreamKind, derived_id, stream_id

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_LONGEST = 120  # characters
# What follows from a stay begins with the stay; nobody is enrolled in it by hand.
_BY_ITSELF = frozenset({Programme.after_discharge, Programme.feels_worse})
PROGRAMMES = tuple(each for each in Programme if each not in _BY_ITSELF)


async def command(visit: Visit, standing: Standing, rest: str) -> Answer:
    """Those who fit, each with a button."""
    language, remove = standing.language, (visit.inbound.written,) if visit.inbound.written is not None else ()
    facility = acting_at(standing, visit.directory, visit.now)
    if facility is None or facility not in centres(standing):
        return says(visit, t(language, "team-only"))
    today = visit.now.astimezone(visit.directory.zone(facility)).date()
    try:
        days, words = read_days(rest, today)
    except NoSuchDay:
        return says(visit, t(language, "reading-no_such_day"))
    programme, severity, who = understood(words)
    if programme is None or not who or len(rest) > _LONGEST or len(days) > 1:
        return says(visit, t(language, "enrol-usage"))
    asked = understand(who, vocabulary(visit.directory, facility, visit.now), visit.now)
    name = asked.name or (None if asked.phone or asked.id_card else " ".join(legible(who).split()))
    people = await found(visit, standing.party.id, facility, name, asked.phone, asked.id_card)
    alive = [each for each in people if not each.dead]
    new = _somebody_new(visit, facility, asked, name)
    if not alive and _of_the_dead(people, asked, new, visit):
        return Answer(says=says(visit, t(language, "enrol-dead")).says, remove=remove)
    if not alive and new is None:
        return Answer(says=says(visit, t(language, "enrol-none")).says, remove=remove)
    params = {"programme": str(programme), "day": str(days[0] if days else today), "centre": facility}
    if severity is not None:
        params["severity"] = str(severity)
    buttons = [Button(label(each), "enrol", {**params, "patient": each.id}) for each in alive]
    if new is not None:
        await drafts.keep(visit, standing, new)
        words = plain(language, "button-enrol-new", who=_new_label(language, new))
        buttons.append(Button(words, "enrol_new", {**params, "draft": new.id}))
    grade = plain(language, f"severity-{severity}") if severity else ""
    text = t(
        language, "enrol-whom", programme=plain(language, f"programme-{programme}"), grade=grade, day=params["day"]
    )
    answer = await asks(visit, standing, text, buttons)
    return Answer(says=answer.says, remove=remove)


def _of_the_dead(people: Sequence[Masked], asked: Understood, new: Draft | None, visit: Visit) -> bool:
    """Whether somebody who died is meant: nothing tells them apart, or their age fits."""
    dead = [each for each in people if each.dead]
    if new is None or asked.age is None:
        return bool(dead)
    return any(each.year is None or abs(visit.now.year - each.year - asked.age) <= 1 for each in dead)


def _somebody_new(visit: Visit, facility: str, asked: Understood, name: str | None) -> Draft | None:
    """Who would be made on the spot; None where too little is said to know them again."""
    if not name or any(char.isdigit() for char in name) or asked.sex is None or (asked.age is None and not asked.birth):
        return None
    return merged(Draft(id=derived_id(visit.cause, "enrol-new"), facility=facility), asked).with_(name=name)


def _new_label(language: Language, draft: Draft) -> str:
    """Masked, as those who are known: 张* · 男 · 58 岁."""
    age = [plain(language, "draft-age", age=draft.age)] if draft.age is not None else []
    return " · ".join([masked_name(draft.name or ""), plain(language, f"button-sex-{draft.sex}"), *age])


def label(patient: Masked) -> str:
    """A patient on a button: 李*英 1955 ···2001."""
    year = str(patient.year) if patient.year else ""
    phone = f"···{patient.phone}" if patient.phone else ""
    return " ".join(part for part in (patient.name, year, phone) if part)


def understood(words: str) -> tuple[Programme | None, Severity | None, str]:
    """The programme, the grade, and what is left: who is meant."""
    programme, severity, rest = None, None, words
    for word, meant in _programme_words():
        if found_ := re.search(_alone(word), rest, re.IGNORECASE):
            programme, rest = meant, f"{rest[: found_.start()]} {rest[found_.end() :]}"
            break
    kept = []
    for part in rest.split():
        grade = _grade_words().get(part.casefold())
        if grade is None:
            kept.append(part)
        severity = grade or severity
    return programme, severity, " ".join(kept)


def _alone(word: str) -> str:
    return rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)


@cache
def _programme_words() -> list[tuple[str, Programme]]:
    found = [
        (word.strip().casefold(), each)
        for each in PROGRAMMES
        for language in Language
        for word in plain(language, f"programme-word-{each}").replace("、", ",").split(",")
    ]
    return sorted(found, key=lambda pair: -len(pair[0]))


@cache
def _grade_words() -> dict[str, Severity]:
    return {plain(language, f"severity-{each}").casefold(): each for language in Language for each in Severity}


async def enrol_pressed(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """Take them in, unless they are in the programme already, have died, or are somebody else's."""
    language, centre, patient = standing.language, params["centre"], params["patient"]
    if centre not in centres(standing) or not await is_own(visit, patient, centre):
        return Answer(toast=plain(language, "refused-not-yours"), alert=True)
    return await _take_in(visit, standing, (await patients(visit.tx, [patient], visit.now))[patient], params, token)


async def new_pressed(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """Make the patient as a referral would, by the identity number if it is known already, and take them in."""
    kept = await drafts.kept(visit, params["draft"], standing)
    if params["centre"] not in centres(standing):
        return Answer(toast=plain(standing.language, "refused-not-yours"), alert=True)
    if kept is None or kept.sent is not None:
        return Answer(toast=plain(standing.language, "draft-gone"), alert=True)
    patient = await patient_of(visit, standing, kept.draft)
    answer = await _take_in(visit, standing, patient, params, token)
    await drafts.mark_sent(visit, kept.draft, _plan(token))
    return answer


def _plan(token: str) -> str:
    return stream_id(StreamKind.plan, derived_id("enrol", token))


async def _take_in(
    visit: Visit, standing: Standing, known: Patient, params: dict[str, str], token: str
) -> Answer:  # fmt: skip
    language, programme = standing.language, Programme(params["programme"])
    if known.dead or await _already(visit, known.id, programme):
        return Answer(toast=plain(language, "enrol-dead" if known.dead else "enrol-already"), alert=True)
    severity = Severity(params["severity"]) if "severity" in params else None
    enrolled = EnrolPatient(
        stream=_plan(token), by=standing.party, patient=known.id, patient_key=known.key_id, centre=params["centre"],
        programme=programme, begins_on=date.fromisoformat(params["day"]), severity=severity,
    )  # fmt: skip
    await visit.side.journal.handle(visit.tx, enrolled, visit.caused_by(standing, f"press-{token}"))
    await write_audit(visit.tx, visit.now, f"person:{standing.party.id}", "enrol", f"patient-{known.id}")
    [who] = await shown(visit, [known.id])
    text = t(language, "enrol-done", who=label(who), programme=plain(language, f"programme-{programme}"))
    return Answer(toast=plain(language, "press-done"), says=(Say(visit.inbound.chat, Outgoing(text)),))


async def _already(visit: Visit, patient: str, programme: Programme) -> bool:
    query = select(_SUMMARIES.c.stream).where(
        _SUMMARIES.c.patient == patient, _SUMMARIES.c.kind == StreamKind.plan, _SUMMARIES.c.open
    )
    histories = await log.read_streams(visit.tx, (await visit.tx.execute(query)).scalars().all())
    states = [catalog.fold(history) for history in histories.values()]
    return any(isinstance(state, PlanState) and state.programme is programme for state in states)
