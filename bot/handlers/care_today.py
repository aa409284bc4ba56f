"""The follow-ups of /today: due and overdue, by risk and then by days; a press opens the card of one."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import or_, select

from bot.answers import Answer, Say
from bot.cards.parts import lines
from bot.channel import Labelled, Outgoing
from bot.drafts.people import masked_name
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import plain, t
from bot.view import Button, Rendered
from events import catalog, log
from events.follow_up import PlanState
from events.notice import NoticeRequested
from events.purposes import Purpose
from models.patient_reading import patients
from models.patients import Patient
from models.sealed import CannotOpen
from models.summaries import SummaryRow
from models.values import Lane, Role, StreamKind, derived_id, stream_id

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_TEAM = frozenset({Role.family_doctor, Role.doctor, Role.nurse, Role.head})
_SHOWN = 8  # buttons below each other that a phone shows at once
_READ = 300  # plans looked at: more than any team sees in a day
_MODERATE = 1  # the rank of whoever has no grade yet


async def follow_ups(visit: Visit, standing: Standing) -> Sequence[Say]:
    """Who of the person's centres is due today or overdue."""
    centres = {position.facility for position in standing.party.positions if position.role in _TEAM}
    if not centres:
        return ()
    due = await _due(visit, sorted(centres), standing.party.id)
    if not due:
        return ()
    names = await masked_names(visit, [state.patient for state in due])
    late = [days_late(state, visit) for state in due]
    title = t(standing.language, "today-title", due=sum(days <= 0 for days in late), overdue=sum(d > 0 for d in late))
    rows: list[tuple[Labelled, ...]] = []
    tokens = []
    for state, days in list(zip(due, late, strict=True))[:_SHOWN]:
        label = _label(standing, state, names[state.patient], days)
        asked = Asked(standing.party.id, visit.inbound.chat, "", state.id, state.version)
        outgoing, written = labelled(Rendered("", ((Button(label, "plan_open"),),)), asked, visit.now)
        rows += outgoing.buttons
        tokens += written
    await write_tokens(visit.tx, tokens)
    more = len(due) - _SHOWN
    text = lines(title, t(standing.language, "today-more", count=more) if more > 0 else None)
    return (Say(visit.inbound.chat, Outgoing(text, tuple(rows))),)


async def _due(visit: Visit, centres: Sequence[str], person: str) -> list[PlanState]:
    zone = visit.directory.site_zone
    tomorrow = visit.now.astimezone(zone).date() + timedelta(days=1)
    ends = datetime.combine(tomorrow, time(0), zone)
    query = (
        select(_SUMMARIES.c.stream)
        .where(
            _SUMMARIES.c.kind == StreamKind.plan, _SUMMARIES.c.open, _SUMMARIES.c.recipient_facility.in_(centres),
            or_(_SUMMARIES.c.step > 0, _SUMMARIES.c.due < ends),
        )
        .order_by(_SUMMARIES.c.due)
        .limit(_READ)
    )  # fmt: skip
    histories = await log.read_streams(visit.tx, (await visit.tx.execute(query)).scalars().all())
    states = [catalog.fold(history) for history in histories.values()]
    mine = [
        state
        for state in states
        if isinstance(state, PlanState) and state.row is not None and not state.paused
        and state.row.due_at < ends and _theirs(visit, state, person)
    ]  # fmt: skip
    return sorted(mine, key=lambda state: (-_risk(state), -days_late(state, visit), state.id))


def _theirs(visit: Visit, state: PlanState, person: str) -> bool:
    """The whole team's, their own, or of a colleague whom they cover."""
    if state.lead is None or state.lead == person:
        return True
    stands_in = visit.directory.stands_in(state.lead, state.centre, visit.now)
    # Of a colleague who has left it is the whole team's (workers/asking.py).
    return stands_in == person or not visit.directory.is_practitioner_at(stands_in, state.centre, visit.now)


def _risk(state: PlanState) -> int:
    """Who feels worse first, then by grade."""
    grade = state.severity.rank if state.severity else _MODERATE
    return 10 + grade if state.worse_at else grade


def days_late(state: PlanState, visit: Visit) -> int:
    """How many days ago the present row was due; 0 today."""
    if state.row is None:
        return 0
    zone = visit.directory.zone(state.centre)
    return (visit.now.astimezone(zone).date() - state.row.due_at.astimezone(zone).date()).days


async def masked_names(visit: Visit, ids: Sequence[str]) -> dict[str, str]:
    """The names of these patients with their middle hidden."""
    known = await patients(visit.tx, ids, visit.now)
    await visit.side.keyring.load(visit.tx, {each.key_id for each in known.values()})
    return {unique: _name(visit, known.get(unique)) for unique in ids}


def _name(visit: Visit, patient: Patient | None) -> str:
    try:
        name = patient.name(visit.side.keyring) if patient else None
    except CannotOpen:
        name = None
    return masked_name(name) if name else "*"


def _label(standing: Standing, state: PlanState, name: str, days: int) -> str:
    language, row = standing.language, state.row
    grade = f"{plain(language, f'severity-{state.severity}')} " if state.severity else ""
    late = plain(language, "today-late", days=days) if days > 0 else plain(language, "today-now")
    return plain(
        language, "today-row", grade=grade, name=name, programme=plain(language, f"programme-{state.programme}"),
        kind=plain(language, f"row-{row.kind if row else 'other'}"), late=late,
    )[:60]  # fmt: skip


async def opened(visit: Visit, standing: Standing, plan: str, token: str) -> Answer:
    """The card of a plan as a message of its own: it follows the plan from now on."""
    journal = visit.side.journal
    working = (await journal.load(visit.tx, [plan]))[plan]
    cause = visit.caused_by(standing, f"press-{token}")
    event = NoticeRequested(
        purpose=Purpose.plan_card, lane=Lane.reply, recipient=standing.party.id, about=plan,
        expires_at=visit.now + timedelta(days=1),
    )  # fmt: skip
    notice = journal.begin(stream_id(StreamKind.notice, derived_id("plan card", token)), working.loop, event, cause)
    await journal.record(visit.tx, [notice])
    return Answer(toast=plain(standing.language, "press-done"))
