"""How a referral follows from its events: the fold; pure."""

from datetime import datetime
from typing import Any

from events import base
from events import referral as e
from events.base import Holder, Recorded, Situation, advanced, altered, sealed
from events.referral_state import Asked, Leg, ReferralState, ReferralStatus
from models.values import ActorKind, Priority, Role


def begin(recorded: Recorded) -> ReferralState:
    """The state that a ReferralRequested begins."""
    asked: e.ReferralRequested = recorded.event
    at = recorded.occurred_at
    legs = (Leg(asked.recipient_facility, asked.department, at),) if asked.recipient_facility else ()
    state = ReferralState(
        id=recorded.stream,
        loop=recorded.loop,
        version=recorded.version,
        code=asked.code,
        status=ReferralStatus.requested,
        direction=asked.direction,
        patient=asked.patient,
        patient_key=asked.patient_key,
        initiator=asked.initiator,
        initiator_facility=asked.initiator_facility,
        source=asked.source,
        patient_centre=asked.patient_centre,
        requested_at=at,
        priority=asked.asked_priority or Priority.routine,
        asked_priority=asked.asked_priority,
        picture=asked.picture,
        consent=asked.consent,
        provisional=asked.provisional,
        data_incomplete=asked.data_incomplete,
        legs=legs,
        holder=_recipient_coordinator(legs) or Holder(Role.coordinator, asked.initiator_facility),
        since=at,
        due=asked.due,
        return_of=asked.return_of,
        wants=asked.wants,
    )
    return _with_notes(state, recorded, "impression", "reason", "history", "treatment")


def _recipient_coordinator(legs: tuple[Leg, ...]) -> Holder | None:
    return Holder(Role.coordinator, legs[-1].facility, legs[-1].department) if legs else None


def _initiator(state: ReferralState) -> Holder:
    role = Role.doctor if state.initiator else Role.coordinator
    return Holder(role, state.initiator_facility, None, state.initiator)


def _recipient(state: ReferralState, person: str | None) -> Holder:
    role = Role.doctor if person else Role.coordinator
    return Holder(role, state.facility or state.initiator_facility, state.department, person)


def _centre(state: ReferralState) -> Holder:
    return Holder(Role.coordinator, state.patient_centre or state.initiator_facility)


def _person(recorded: Recorded) -> str | None:
    """Who did it, where somebody could be asked again: a hospital's system cannot, its coordinator holds then."""
    by: str = recorded.event.by
    return by if recorded.actor.kind is not ActorKind.source else None


def _with_notes(state: ReferralState, recorded: Recorded, *fields: str) -> ReferralState:
    found = [(field, text) for field in fields if (text := sealed(recorded, field)) is not None]
    return altered(state, notes=state.notes + tuple(found)) if found else state


def _turn(state: ReferralState, at: datetime, holder: Holder, **changes: Any) -> ReferralState:
    """A change of who must act: the waiting starts again."""
    return altered(state, holder=holder, since=at, step=0, due=None, passed=False, **changes)


def _cleared(state: ReferralState) -> ReferralState:
    """Nothing of an earlier answer remains."""
    return altered(
        state, asked=(), held_by=None, held_first=False, accepted_by=None, accepted_at=None, recorded_by=None,
        come_now=False, appointment=None, confirmed=False, expected_at=None, declined_reason=None, handed_to=(), met=(),
        unmet=(), sent_down=None, inpatient=False,
    )  # fmt: skip


def _again(
    state: ReferralState, at: datetime, legs: tuple[Leg, ...], status: ReferralStatus, **changes: Any
) -> ReferralState:
    """Back to asking, at the last of `legs`."""
    cleared = altered(_cleared(state), legs=legs)
    holder = _recipient_coordinator(legs) or Holder(Role.coordinator, state.initiator_facility)
    return _turn(cleared, at, holder, status=status, **changes)


def evolve(state: ReferralState | None, recorded: Recorded) -> ReferralState:
    """The state after one more event."""
    if state is None:
        return begin(recorded)
    return advanced(state, _evolve(state, recorded), recorded)


def _evolve(state: ReferralState, recorded: Recorded) -> ReferralState:
    event, at = recorded.event, recorded.occurred_at
    status = ReferralStatus
    # By the class itself: a class pattern asks pydantic's metaclass, for every case it passes (three times as slow).
    match type(event):
        case e.ReferralTriaged:
            changed = event.decision.priority is not state.priority
            state = altered(state, triaged=True, decision=event.decision, priority=event.decision.priority)
            state = altered(
                state, data_incomplete=tuple(dict.fromkeys(state.data_incomplete + event.decision.data_incomplete))
            )
            return altered(state, since=at, step=0, due=None) if changed else state
        case e.ReferralOffered:
            here = (event.facility, event.department)
            legs = state.legs
            if not legs or (legs[-1].facility, legs[-1].department) != here:
                legs += (Leg(event.facility, event.department, at),)
            asked = state.asked + tuple(Asked(person, at, event.step) for person in event.to)
            first = state.status is not status.offered
            state = altered(state, legs=legs, asked=asked, status=status.offered)
            holder = _recipient(state, event.to[0] if event.to else None)
            if first:
                return _turn(state, at, holder)
            return altered(state, holder=holder, due=None)
        case e.RoutingAsked:
            asked = state.asked + tuple(Asked(person, at, state.step) for person in event.to)
            holder = Holder(Role.coordinator, state.initiator_facility, None, event.to[0] if event.to else None)
            return altered(state, asked=asked, holder=holder, due=None)
        case e.ReferralSeen:
            known = any(person == event.by for person, _ in state.seen)
            return state if known else altered(state, seen=(*state.seen, (event.by, at)))
        case e.ReferralHeld:
            # Also before anybody was asked: from now on it is theirs.
            return _turn(
                state, at, _recipient(state, event.by), status=status.offered, held_by=event.by, held_first=True
            )
        case e.ReferralAccepted:
            person = _person(recorded)
            written = recorded.actor.id if recorded.on_behalf_of == person and recorded.actor.id != person else None
            state = altered(
                state, accepted_by=person, accepted_at=at, come_now=event.come_now, held_by=None, recorded_by=written
            )
            if event.appointment is not None:
                return _turn(
                    state,
                    at,
                    _centre(state),
                    status=status.scheduled,
                    appointment=event.appointment,
                    confirmed=False,
                )
            return _turn(state, at, _recipient(state, person), status=status.accepted)
        case e.ReferralDeclined:
            state = _with_notes(state, recorded, "comment")
            return _turn(
                state, at, _initiator(state), status=status.declined, declined_reason=event.reason, held_by=None
            )
        case e.ReferralAdvised:
            state = _with_notes(state, recorded, "advice")
            return _turn(state, at, _initiator(state), status=status.advised, held_by=None)
        case e.AdviceRefused:
            # Advice was not enough: from now on it is a referral.
            return _again(state, at, state.legs, status.requested, wants=None)
        case e.ReferralRedirected:
            return _again(
                state,
                at,
                (*state.legs, Leg(event.facility, event.department, at)),
                status.redirected,
                excluded=frozenset(),
            )
        case e.ReferralGivenBack:
            return _again(state, at, state.legs, status.requested, excluded=state.excluded | {event.by})
        case e.InformationAsked:
            state, person = _with_notes(state, recorded, "question"), _person(recorded)
            return _turn(state, at, _initiator(state), status=status.information_asked, held_by=person)
        case e.InformationGiven:
            state = _with_notes(state, recorded, "answer")
            return _turn(state, at, _recipient(state, state.held_by), status=status.offered)
        case e.TimeOffered:
            return _turn(
                state, at, _centre(state), status=status.scheduled, appointment=event.appointment, confirmed=False
            )
        case e.TimeConfirmed:
            return _turn(state, at, _recipient(state, state.accepted_by), confirmed=True, confirmed_by=event.by)
        case e.TimeRefused | e.TimeCancelled:
            holder = _recipient(state, state.accepted_by)
            given_up: dict[str, Any] = {"appointment": None, "expected_at": None, "confirmed": False}
            return _turn(state, at, holder, status=status.accepted, **given_up)
        case e.PatientSetOut:
            holder = _recipient(state, state.accepted_by)
            return _turn(state, at, holder, status=status.on_the_way, expected_at=event.expected_at)
        case e.PatientArrived:
            holder = _recipient(state, state.accepted_by)
            state = altered(state, before_cancel=None, ended_reason=None)  # who came needs no cancelling
            return _turn(state, at, holder, status=status.arrived, arrived_at=at, inpatient=bool(event.inpatient))
        case e.PatientMissed:
            return _turn(state, at, _centre(state), status=status.missed, appointment=None, confirmed=False)
        case e.DocumentAttached:
            return _with_notes(altered(state, documents=(*state.documents, event.document)), recorded, "caption")
        case e.InterimNoteAdded:
            return _with_notes(state, recorded, "note")
        case e.ConditionReported:
            return altered(state, met=event.met, unmet=event.unmet)
        case e.SentDown:
            return altered(state, sent_down=event.code)
        case e.OutcomeReported:
            state = _with_notes(state, recorded, "text")
            return altered(state, status=status.reported, outcome=event.kind, discharge=event.discharge, due=None)
        case e.OutcomeWithdrawn:
            holder = _recipient(state, state.accepted_by)
            return _turn(state, at, holder, status=status.arrived, outcome=None, discharge=None)
        case e.ReferralAmended:
            return _amended(state, recorded)
        case e.PriorityChanged:
            raised = event.priority if event.priority > state.priority else None
            return altered(state, priority=event.priority, raised=raised, since=at, step=0, due=None)
        case e.NextAsked:
            return _turn(state, at, state.holder, held_by=None) if state.held_by else state
        case e.HandOverAsked:
            return altered(state, handed_to=(*state.handed_to, event.to))
        case e.ReferralTakenOver:
            holder = _recipient(state, event.by) if state.holder.facility == state.facility else state.holder
            state = altered(state, handed_to=(), holder=holder)
            if state.held_by:
                return _turn(state, at, holder, held_by=event.by)
            return altered(state, accepted_by=event.by, recorded_by=None)
        case e.PatientIdentified:
            return altered(state, patient=event.patient, provisional=False)
        case e.CancelAsked:
            if state.status is status.cancel_asked:
                return state
            before = altered(state, before_cancel=None)
            holder = _recipient(state, state.accepted_by or state.held_by)
            return _turn(state, at, holder, status=status.cancel_asked, before_cancel=before, ended_reason=event.reason)
        case e.CancelConfirmed:
            return altered(state, status=status.cancelled, due=None)
        case e.CancelRefused:
            before = state.before_cancel or state
            learnt: dict[str, Any] = {"notes": state.notes, "seen": state.seen, "consent": state.consent}
            return altered(before, since=at, step=0, due=None, before_cancel=None, **learnt)
        case e.ReferralWithdrawn:
            return altered(state, status=status.withdrawn, ended_reason=event.reason, due=None)
        case e.ConsentRecorded:
            return altered(state, consent="given")
        case e.ReferralReopened:
            state = _cleared(_with_notes(state, recorded, "reason"))
            gone: dict[str, Any] = {"ended_reason": None, "outcome": None, "discharge": None, "before_cancel": None}
            return _turn(state, at, _initiator(state), status=status.declined, arrived_at=None, **gone)
        case base.LoopClosed:
            return altered(state, status=status.closed, ended_reason=event.reason or state.ended_reason, due=None)
        case base.DeadlinePassed:
            if event.becomes == Situation.offered:
                return altered(state, held_by=None, since=at, step=0, due=None)
            if event.becomes == Situation.time_passed:
                return altered(state, passed=True, since=at, step=0, due=None)
            return altered(state, step=event.reached, due=None)
        case _:
            raise TypeError(f"a referral knows no {recorded.type}")


def _amended(state: ReferralState, recorded: Recorded) -> ReferralState:
    event: e.ReferralAmended = recorded.event
    state = _with_notes(state, recorded, "impression", "reason")
    if event.picture is not None:
        state = altered(state, picture=event.picture)
    if event.asked_priority is not None:
        state = altered(state, asked_priority=event.asked_priority)
    unplaced = not state.legs and event.recipient_facility
    if unplaced and event.recipient_facility:
        leg = Leg(event.recipient_facility, event.department, recorded.occurred_at)
        return _again(state, recorded.occurred_at, (leg,), ReferralStatus.requested)
    return state
