"""/alive: a death that was recorded of somebody who lives is undone, by two persons.

The first press proposes it, the press of another does it. The plans that ended with the death go on as new plans, with
the days that are still to come, by the rules they were made with.
"""

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.drafts.measured import legible
from bot.drafts.people import found, is_own
from bot.drafts.placing import acting_at, vocabulary
from bot.drafts.words import understand
from bot.handlers.enrolling import label
from bot.handlers.leaves import centres
from bot.handlers.saying import asks, says
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import plain, t
from bot.view import Button
from events.base import EndReason
from events.follow_up import FollowUpPlanned, PlanFollowUp, PlanRow, PlanState
from events.handling import Working
from models.audit import write_audit
from models.history import Origin, end
from models.patient_reading import patients
from models.patients import DeathRow
from models.proposals import UNDO_DEATH, UNDO_WITHIN, ProposalRefused, open_proposals, propose, take
from models.summaries import SummaryRow
from models.values import StreamKind, derived_id, stream_id
from workers.rules.calendar import WorkCalendar
from workers.rules.follow_up import ask_at
from workers.rules.spread import minute_of

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_LONGEST = 100  # characters: a name, a number


async def command(visit: Visit, standing: Standing, rest: str) -> Answer:
    """Those of the own people of that name who are recorded as dead."""
    language, remove = standing.language, (visit.inbound.written,) if visit.inbound.written is not None else ()
    facility = acting_at(standing, visit.directory, visit.now)
    if facility is None or facility not in centres(standing):
        return says(visit, t(language, "team-only"))
    if not rest or len(rest) > _LONGEST:
        return says(visit, t(language, "alive-usage"))
    asked = understand(rest, vocabulary(visit.directory, facility, visit.now), visit.now)
    name = asked.name or (None if asked.phone or asked.id_card else " ".join(legible(rest).split()))
    people = await found(visit, standing.party.id, facility, name, asked.phone, asked.id_card)
    dead = [each for each in people if each.dead]
    if not dead:
        return Answer(says=says(visit, t(language, "alive-none")).says, remove=remove)
    buttons = [Button(label(each), "not_dead", {"patient": each.id, "centre": facility}) for each in dead]
    answer = await asks(visit, standing, t(language, "alive-whom"), buttons)
    return Answer(says=answer.says, remove=remove)


async def not_dead(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """The first says so, another of the place does it."""
    language, patient, person = standing.language, params["patient"], standing.party.id
    if params["centre"] not in centres(standing) or not await is_own(visit, patient, params["centre"]):
        return Answer(toast=plain(language, "refused-not-yours"), alert=True)
    if not (await patients(visit.tx, [patient], visit.now))[patient].dead:
        return Answer(toast=plain(language, "alive-not-dead"), alert=True)
    open_ = [each for each in await open_proposals(visit.tx, UNDO_DEATH) if f'"{patient}"' in each["content"]]
    # What nobody confirmed in time begins anew (workers/lapsing.py ends it and tells who proposed it).
    open_ = [each for each in open_ if each["at"] > visit.now - UNDO_WITHIN]
    actor = f"person:{person}"
    await write_audit(visit.tx, visit.now, actor, "undo death" if open_ else "propose to undo death", patient)
    if not open_:
        await propose(visit.tx, UNDO_DEATH, patient, "recorded by mistake", actor, visit.now)
        return Answer(toast=plain(language, "alive-second"), alert=True)
    try:
        await take(visit.tx, UNDO_DEATH, open_[0]["id"], actor, visit.now)
    except ProposalRefused:
        return Answer(toast=plain(language, "alive-second"), alert=True)
    await end(visit.tx, DeathRow, [patient], visit.now, actor, Origin.chat)
    count = await _go_on(visit, standing, patient, token)
    text = t(language, "alive-done", count=count)
    return Answer(toast=plain(language, "press-done"), says=(Say(visit.inbound.chat, Outgoing(text)),))


async def _go_on(visit: Visit, standing: Standing, patient: str, token: str) -> int:
    query = select(_SUMMARIES.c.stream).where(_SUMMARIES.c.patient == patient, _SUMMARIES.c.kind == StreamKind.plan)
    journal, cause = visit.side.journal, visit.caused_by(standing, f"press-{token}")
    ended = await journal.load(visit.tx, (await visit.tx.execute(query)).scalars().all())
    over = [each for each in ended.values() if _by_death(each.state)]
    again = await journal.load(visit.tx, [_next(each.stream) for each in over])
    for working in over:
        command = _continued(visit, standing, working)
        journal.decide(again[command.stream], command, cause)
    begun = [each for each in again.values() if each.new]
    await journal.record(visit.tx, begun)
    return len(begun)


def _by_death(state: object) -> bool:
    return isinstance(state, PlanState) and state.ended_reason is EndReason.died and bool(state.rows)


def _next(stream: str) -> str:
    return stream_id(StreamKind.plan, derived_id(stream, "lives"))


def _continued(visit: Visit, standing: Standing, working: Working) -> PlanFollowUp:
    """What was still to come; where nothing was, one visit on the next working day."""
    state: PlanState = working.state
    made: FollowUpPlanned = next(each.event for each in working.history if isinstance(each.event, FollowUpPlanned))
    left = [row for row in state.rows[state.current :] if row.due_at > visit.now]
    if not left:
        calendar = WorkCalendar(visit.directory.zone(state.centre), visit.directory.day_overrides)
        day = calendar.next_working_day(calendar.local(visit.now).date())
        due = ask_at(visit.side.pack("follow_up", state.centre), day, calendar) + minute_of(state.patient)
        left = [PlanRow(number=0, due_at=due, kind="visit", rule="FIRST", who="family_doctor_team")]
    return PlanFollowUp(
        stream=_next(working.stream), by=standing.party, patient=state.patient, patient_key=state.patient_key,
        centre=state.centre, programme=state.programme, pack=made.pack, pack_version=made.pack_version,
        pack_hash=made.pack_hash,
        rows=tuple(row.model_copy(update={"number": number}) for number, row in enumerate(left)),
    )  # fmt: skip
