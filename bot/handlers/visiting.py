"""A visit recorded in one message and one press: "145/92 规律 无" as a reply to the card of a plan.

The message becomes a draft with its class and the next date by rule; nothing is recorded before somebody presses.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy.engine import RowMapping

from bot.answers import Answer, Say
from bot.cards.parts import dotted, lines
from bot.cards.plan import found_words
from bot.cards.times import day_words
from bot.channel import Outgoing
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import paragraph, plain, t
from bot.view import Button, Rendered
from events.follow_up import Findings, PlanState, Programme
from models.patient_reading import patients
from models.sealed import CannotOpen
from models.values import Language, Priority
from workers.rules.calendar import WorkCalendar
from workers.rules.follow_up import ask_at
from workers.rules.reading import NotAReading, ReadingKind
from workers.rules.spread import minute_of
from workers.rules.visit import VisitDecision, classify_visit
from workers.rules.visit_message import VisitMessage, read_visit

_MEANINGS = ("regular", "intermittent", "none", "no", "adverse", "complication")
_REFER = {"refer": Priority.routine, "refer_emergency": Priority.asap}
_UNSATISFACTORY = frozenset({"unsatisfactory_first", "unsatisfactory_again"})
_OTHER_WEEKS = (2, 4)
# The rules' words for the programmes that have classes of their own.
_RULES_WORD = {Programme.birth: "maternal"}


@cache
def _words() -> Mapping[str, frozenset[str]]:
    return {
        meaning: frozenset(
            word.strip().lower()
            for language in Language
            for word in plain(language, f"visit-word-{meaning}").replace("、", ",").split(",")
        )
        for meaning in _MEANINGS
    }


async def typed(visit: Visit, standing: Standing, card: RowMapping) -> Answer | None:
    """The draft of a visit that was typed as a reply to a card of a plan; None where the card is about no plan."""
    state = (await visit.side.journal.load(visit.tx, [card["about"]]))[card["about"]].state
    if not isinstance(state, PlanState) or not standing.staff:
        return None
    if not standing.party.at(state.centre):
        return _says(visit, Outgoing(t(standing.language, "refused-not-yours")))
    expecting = ReadingKind.glucose if state.programme is Programme.diabetes else None
    read = read_visit(visit.inbound.text, _words(), expecting)
    if isinstance(read, NotAReading):
        return _says(visit, visit.text(f"reading-{read}"))
    if not read.says_something:
        return _says(visit, visit.text("visit-not-read"))
    decided = await _decide(visit, state, read)
    rendered = _draft(visit, standing.language, state, read, decided)
    outgoing, tokens = labelled(
        rendered, Asked(standing.party.id, visit.inbound.chat, "", state.id, state.version), visit.now
    )
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing),))


async def _decide(visit: Visit, state: PlanState, read: VisitMessage) -> VisitDecision:
    day = visit.now.astimezone(visit.directory.zone(state.centre)).date()
    given: dict[str, Any] = {
        name: getattr(read, name) for name in ("sbp", "dbp", "glucose_mmol_l", "glucose_kind", "smi_level")
    }
    last = state.visits[-1][1] if state.visits else None
    given |= {
        "programme": _programme(state, read), "adr": read.adverse_reaction, "new_complication": read.complication,
        "previous": "none" if last is None else "unsatisfactory" if last.unsatisfactory else "satisfactory",
        "age": await _age(visit, state, day),
    }  # fmt: skip
    return classify_visit(visit.side.pack("visit", state.centre), given, day)


def _programme(state: PlanState, read: VisitMessage) -> str:
    if state.programme is not Programme.after_discharge:
        return _RULES_WORD.get(state.programme, str(state.programme))
    return "diabetes" if read.glucose_mmol_l is not None and read.sbp is None else "hypertension"


async def _age(visit: Visit, state: PlanState, day: date) -> int | None:
    patient = (await patients(visit.tx, [state.patient], visit.now)).get(state.patient)
    if patient is None:
        return None
    await visit.side.keyring.load(visit.tx, {patient.key_id})
    try:
        year = patient.birth_year(visit.side.keyring)
    except CannotOpen:
        return None
    return day.year - year if year else None


def _draft(visit: Visit, language: Language, state: PlanState, read: VisitMessage, decided: VisitDecision) -> Rendered:
    found = Findings(**{name: value for name, value in asdict(read).items() if name != "rest"})
    visit_class = decided.class_ or "unclassified"
    calendar = WorkCalendar(visit.directory.zone(state.centre), visit.directory.day_overrides)
    due = _next(visit, decided.next_due, state, calendar) if decided.next_due else None
    values = {"findings": dotted(*found_words(language, found)), "class": t(language, f"class-{visit_class}")}
    said = t(language, "visit-draft", **values)
    because = decided.because.zh if language is Language.zh else decided.because.en
    missing = ", ".join(decided.data_incomplete)
    text = lines(
        said,
        t(language, "visit-next", date=day_words(language, due, visit.directory.site_zone)) if due else None,
        t(language, "visit-why", because=paragraph(because, 300)) if decided.class_ else None,
        t(language, "visit-incomplete", missing=paragraph(missing, 200)) if missing else None,
    )
    command: dict[str, Any] = {
        "findings": found.model_dump(exclude_none=True), "visit_class": visit_class,
        "unsatisfactory": visit_class in _UNSATISFACTORY, "rules": list(decided.rules),
        "pack": f"{decided.pack.name} {decided.pack.version}", "pack_hash": decided.pack.hash,
    }  # fmt: skip
    if (refer := _REFER.get(decided.action or "")) is not None:
        command["refer"] = str(refer)
    today = calendar.local(visit.now).date()
    buttons = [_button(language, "record-visit", command, due)]
    buttons += [
        _button(
            language, "next-weeks", command, _next(visit, today + timedelta(weeks=weeks), state, calendar), weeks=weeks
        )
        for weeks in _OTHER_WEEKS
    ]
    return Rendered(text, ((buttons[0],), tuple(buttons[1:])))


def _button(language: Language, label: str, command: Mapping[str, Any], due: datetime | None, **words: int) -> Button:
    said = {**command, "next_due": due.isoformat()} if due else command
    return Button(
        plain(language, f"button-{label}", **words), "record_visit", {"visit": json.dumps(said, ensure_ascii=False)}
    )


def _next(visit: Visit, day: date, state: PlanState, calendar: WorkCalendar) -> datetime:
    """The moment of that day, or of the working day before: a limit is not passed."""
    if not calendar.is_working(day):
        day = calendar.previous_working_day(day)
    return ask_at(visit.side.pack("follow_up", state.centre), day, calendar) + minute_of(state.patient)


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
