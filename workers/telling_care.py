"""The reactions that tell about follow-up care: a visit to come, words of a patient, a referral that the rules ask for,
a plan that came to another; pure.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from events import follow_up as f
from events import referral as e
from events.base import Recorded
from events.follow_up import PlanState
from events.purposes import Purpose
from events.referral_state import ReferralState
from models.values import Lane
from workers.asking import RULES, follows, people_of
from workers.facts import Facts
from workers.outcomes import Outcome, Tell
from workers.rules.silence import Who
from workers.telling import staff
from workers.telling_patients import call_item

# The evening before a visit, local time: in the hours in which patients hear of tomorrow (packs/messages.yaml).
_EVENING = time(19, 0)


def visit_soon(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """The evening before a visit, besides the reminders on the day and after it; the sender looks again."""
    row = state.row
    if row is None or row.kind != "visit" or not state.open or state.paused or state.muted:
        return ()
    if not isinstance(recorded.event, f.PlanUnmuted) and recorded.version != state.fresh:
        return ()  # another event of the same moment brought the row: it tells
    known = facts.patient(state.patient)
    if not known.reachable or (known.patient is not None and (known.patient.dead or known.patient.doubts)):
        return ()
    evening = _evening_before(row.due_at, facts)
    if evening <= facts.now:
        return ()
    return [
        Tell(
            Purpose.patient_visit_soon, state.patient, Lane.routine, not_before=evening, expires_at=row.due_at,
            params={"at": row.due_at.isoformat()},
        )
    ]  # fmt: skip


def _evening_before(due: datetime, facts: Facts) -> datetime:
    calendar = facts.rules.calendar
    return calendar.instant(calendar.local(due).date() - timedelta(days=1), _EVENING)


def refer_up(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """The rules ask for a referral: it is prepared for whoever made the visit, to be sent with one press."""
    visit: f.VisitRecorded = recorded.event
    if visit.refer is None or state.referral is not None:
        return ()
    person = visit.by if facts.directory.person(visit.by) else _lead(state, facts)
    return [Tell(Purpose.refer_up, person, Lane.reply, params={"visit": recorded.id})] if person else ()


def words_received(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """What the patient wrote reaches the team."""
    return staff(Purpose.patient_wrote, _lead(state, facts), state, facts, params={"words": recorded.id})


def file_received(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """A patient sent a file for their referral: whoever has it hears of it; before that, whoever referred."""
    event: e.DocumentAttached = recorded.event
    if facts.directory.person(event.by) is not None:
        return ()  # staff see it on the card, which has changed in place
    who = Who.recipient if state.held_by or state.accepted_by else Who.initiator
    people, params = people_of(who, state, facts), {"words": recorded.id}
    return [out for each in people for out in staff(Purpose.patient_wrote, each, state, facts, params=params)]


def handed_over(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """Who answers for the plan from now on gets to know it; of a whole list there is one card (bot/handlers)."""
    event: f.PlanHandedOver = recorded.event
    if event.together:
        return ()
    return staff(Purpose.plan_handed_over, _lead(state, facts), state, facts)


def moved(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """The team of the new centre; a call that waits is theirs now."""
    event: f.PlanMoved = recorded.event
    if state.calling:
        return call_item(state, facts)
    if event.by == RULES.id:
        return ()  # the papers went there, and tell it
    return staff(Purpose.plan_handed_over, _lead(state, facts), state, facts)


def _lead(state: PlanState, facts: Facts) -> str | None:
    return follows(state, facts) or facts.directory.coordinator(state.centre, facts.now)
