"""What may be done with a discharge and its return form: the commands, and what follows from each; pure."""

from datetime import datetime, timedelta

from events.actions import Party, PartyKind
from events.base import Command, EndReason, Event, LoopClosed, PassDeadline, Personal, Refused, deadline_passed
from events.discharge import (
    FORM_FIELDS,
    CentreNamed,
    DischargeState,
    DischargeStatus,
    DischargeVoided,
    Disposition,
    FormAnswer,
    PatientDischarged,
    PlanFollowed,
    ReturnFormAnswered,
    ReturnFormPulled,
    ReturnFormSent,
)
from models.values import Role

# The desk has so long before it is asked again.
_PULL_AGAIN = timedelta(hours=24)


class RecordDischarge(Command):
    """A stay is over. Fields as in PatientDischarged."""

    patient: str
    patient_key: str
    facility: str
    centre: str
    discharged_at: datetime
    disposition: Disposition = Disposition.home
    department: str | None = None
    referral: str | None = None
    source: str | None = None
    conditions: tuple[str, ...] = ()
    by: Party


class SendReturnForm(Command):
    """Send the papers; at least one field."""

    by: Party
    diagnosis: Personal | None = None
    results: Personal | None = None
    treatment: Personal | None = None
    medicines: Personal | None = None
    next_plan: Personal | None = None
    rehabilitation: Personal | None = None


class AnswerReturnForm(Command):
    """Say whether the papers came to the right place."""

    by: Party
    answer: FormAnswer


class PullReturnForm(Command):
    """Ask the discharge desk for papers that are missing."""

    by: Party


class NameCentre(Command):
    """Say which centre the patient belongs to."""

    by: Party
    centre: str


class FollowPlan(Command):
    """The plan made after this discharge."""

    by: Party
    plan: str


class VoidDischarge(Command):
    """It was entered in error."""

    by: Party


class CloseDischargeLoop(Command):
    """Nothing is left to do (when the discharge is the root)."""

    by: Party
    reason: EndReason | None = None


def _sender(state: DischargeState, by: Party) -> bool:
    return by.kind is PartyKind.rule or bool(by.at(state.facility))


def _only_rules(by: Party) -> None:
    if by.kind is not PartyKind.rule:
        raise Refused("not-yours")


def _team(state: DischargeState, by: Party) -> bool:
    return bool(by.at(state.centre) & {Role.family_doctor, Role.doctor, Role.coordinator, Role.head, Role.nurse})


def decide(command: Command, state: DischargeState | None, now: datetime) -> list[Event]:
    """What follows from a command; [] where it is already so."""
    if isinstance(command, RecordDischarge):
        if state is not None:
            return []
        if command.discharged_at > now:
            raise Refused("discharge-in-future")
        return [PatientDischarged(by=command.by.id, **{name: getattr(command, name) for name in _DISCHARGED})]
    if state is None:
        raise Refused("unknown-discharge")
    match command:
        case SendReturnForm(by=by):
            if not _sender(state, by):
                raise Refused("not-yours")
            fields = {name: value for name in FORM_FIELDS if (value := getattr(command, name)) is not None}
            if not fields:
                raise Refused("form-empty")
            if state.ended:
                raise Refused("not-now", status=state.status, action="send_form")
            return [ReturnFormSent(by=by.id, **fields)]
        case AnswerReturnForm(by=by, answer=answer):
            if not _team(state, by):
                raise Refused("not-yours")
            if state.status is not DischargeStatus.form_sent:
                raise Refused("not-now", status=state.status, action="answer_form")
            return [ReturnFormAnswered(by=by.id, answer=answer)]
        case PullReturnForm(by=by):
            if not _team(state, by):
                raise Refused("not-yours")
            if state.status not in (DischargeStatus.discharged, DischargeStatus.form_returned):
                raise Refused("not-now", status=state.status, action="pull_form")
            # Pulled twice is one question.
            again = state.pulled_at is None or now - state.pulled_at >= _PULL_AGAIN
            return [ReturnFormPulled(by=by.id)] if again else []
        case NameCentre(by=by, centre=centre):
            if not (by.at(state.facility) | by.at(state.centre)) & {Role.coordinator, Role.head}:
                raise Refused("not-yours")
            if state.ended:
                raise Refused("not-now", status=state.status, action="name_centre")
            return [] if centre == state.centre else [CentreNamed(by=by.id, centre=centre)]
        case FollowPlan(by=by, plan=plan):
            _only_rules(by)
            return [] if state.plan else [PlanFollowed(plan=plan)]
        case VoidDischarge(by=by):
            if not _sender(state, by):
                raise Refused("not-yours")
            return [] if state.ended else [DischargeVoided(by=by.id)]
        case CloseDischargeLoop(by=by, reason=reason):
            _only_rules(by)
            return [] if state.ended else [LoopClosed(by=by.id, reason=reason)]
        case PassDeadline():
            passed = deadline_passed(command, state)
            return [passed] if passed else []
        case _:
            raise TypeError(f"no command for a discharge: {type(command).__name__}")


_DISCHARGED = [name for name in PatientDischarged.model_fields if name not in ("due", "by")]
