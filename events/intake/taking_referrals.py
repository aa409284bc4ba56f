"""What intents about referrals do: ask, amend, cancel, answer."""

from datetime import datetime
from typing import Any

from events.actions import Action
from events.base import EndReason, Personal
from events.intake.fhir_patient import age_in_years
from events.intake.identity import Known
from events.intake.intents import AnswerIn, AnswerKind, CancelIn, ReferralIn
from events.intake.places import centre_of, department_of, direction_of, facility_of, person_of
from events.intake.problems import Problem, Unacceptable
from events.intake.taking import Outcome, Passed, Taking
from events.referral import ClinicalPicture, OutcomeKind
from events.referral_commands import (
    AcceptReferral,
    AmendReferral,
    AskCancel,
    ConfirmCancel,
    DeclineReferral,
    RedirectReferral,
    ReportOutcome,
    RequestReferral,
    SeeReferral,
    WithdrawReferral,
)
from events.referral_state import ReferralState, ReferralStatus
from models.values import StreamKind, stream_id


def personal(text: str | None) -> Personal | None:
    """Text about a person, to be sealed."""
    return Personal(text=text) if text else None


def take_referral(taking: Taking, intent: ReferralIn) -> Outcome:
    """A new referral, or a newer version of one we have by its key."""
    stream = taking.facts.known(intent.keys, taking.source)
    working = taking.facts.workings.get(stream) if stream else None
    if working is not None and isinstance(working.state, ReferralState):
        return _take_again(taking, intent, working.state)
    if intent.new != "take":
        raise Passed(
            Problem(intent.refusal, intent.element, "not-found" if intent.known != "amend" else "business-rule")
        )
    return _take_new(taking, intent)


def _take_new(taking: Taking, intent: ReferralIn) -> Outcome:
    facts, directory = taking.facts, taking.facts.directory
    taking.here(intent.initiator, f"{intent.element}.requester")
    patient = facts.patient(intent.patient)
    if patient is None:
        text = "who is the patient? An identifier or a reference is required"
        raise Unacceptable(422, Problem(text, f"{intent.element}.subject", "required"))
    known = facts.identities.known(patient)
    taking.doubt(patient)
    recipient = facility_of(intent.recipient, taking.source, directory)
    department = department_of(intent.recipient, recipient.id, directory) if recipient else None
    incomplete = [name for name in intent.incomplete if name not in _held(known)]
    if recipient is None and intent.recipient.named:
        incomplete.append("recipient")
        taking.remarks.append("recipient: no facility of the network is known by this name or identifier")
    incomplete += [f"patient-{doubt}" for doubt in known.doubts]
    unique = taking.new_stream()
    stream = stream_id(StreamKind.referral, unique)
    code = facts.fresh_code()
    taking.do(
        RequestReferral(
            stream=stream, code=code, patient=patient, patient_key=known.key_id,
            direction=intent.direction or direction_of(taking.facility, recipient.id if recipient else None, directory),
            initiator=person_of(intent.initiator, taking.facility, directory, facts.now),
            initiator_facility=taking.facility, source=taking.source, patient_centre=_centre(taking, intent, patient),
            recipient_facility=recipient.id if recipient else None, department=department,
            asked_priority=intent.asked_priority, picture=_picture(intent.picture, known, facts.now),
            impression=personal(intent.impression), reason=personal(intent.reason),
            history=personal(intent.history), treatment=personal(intent.treatment),
            consent=intent.consent, provisional=known.provisional, data_incomplete=tuple(dict.fromkeys(incomplete)),
        ),
        element=intent.element,
    )  # fmt: skip
    taking.register(intent.keys, stream)
    facts.codes[code] = stream
    facts.of_patient.setdefault(patient, []).append(stream)
    if recipient is None:
        return Outcome(
            202, "taken; no recipient is known yet, the coordinator of your facility routes it", code, stream
        )
    return Outcome(201, "taken", code, stream)


def _held(known: Known) -> frozenset[str]:
    """What we know of the patient besides the message; nothing of one who may be somebody else."""
    if known.doubts:
        return frozenset()
    held = {"name": known.named, "birth": known.birth is not None, "sex": known.sex is not None}
    return frozenset(name for name, is_held in held.items() if is_held)


def _picture(given: ClinicalPicture, known: Known, at: datetime) -> ClinicalPicture:
    """The picture with the age (whole years at `at`) and sex that we hold, where the message gives none."""
    if known.doubts:
        return given
    age = age_in_years(known.birth, at) if given.age is None else given.age
    return given.model_copy(update={"age": age, "sex": given.sex or known.sex})


def _centre(taking: Taking, intent: ReferralIn, patient: str) -> str | None:
    facts = taking.facts
    for team in facts.teams.get(patient, ()):
        found = facts.directory.team(team)
        if found is not None:
            return found.facility
    named = facility_of(intent.patient.centre, taking.source, facts.directory)
    return named.id if named else centre_of(facts.identities.area(patient), facts.directory)


def _take_again(taking: Taking, intent: ReferralIn, state: ReferralState) -> Outcome:
    if taking.facility not in (state.initiator_facility, state.facility):
        raise Unacceptable(
            404, Problem("no referral of yours is known under this identifier", intent.element, "not-found")
        )
    match intent.known:
        case "cancel":
            return cancel(taking, state, EndReason.other, intent.element)
        case "withdraw":
            return cancel(taking, state, EndReason.entered_in_error, intent.element)
        case "outcome":
            if state.status in (ReferralStatus.closed, ReferralStatus.reported):
                return Outcome(200, "as it was", state.code, state.id)
            command = ReportOutcome(stream=state.id, by=taking.party, kind=OutcomeKind.treated)
            taking.do(command, element=intent.element)
            return Outcome(200, "outcome taken", state.code, state.id)
        case "refuse":
            raise Unacceptable(409, Problem(intent.refusal, intent.element, "conflict"))
        case _:
            return _amend(taking, intent, state)


def _amend(taking: Taking, intent: ReferralIn, state: ReferralState) -> Outcome:
    taking.here(intent.initiator, f"{intent.element}.requester")
    patient = taking.facts.patient(intent.patient)
    if patient is not None:
        taking.doubt(patient)
    recipient = facility_of(intent.recipient, taking.source, taking.facts.directory)
    there = (
        (recipient.id, department_of(intent.recipient, recipient.id, taking.facts.directory))
        if recipient
        else (None, None)
    )
    # A version that says less takes nothing away from what the referral says of the patient.
    told = state.picture
    picture = intent.picture.model_copy(
        update={
            "age": told.age if intent.picture.age is None else intent.picture.age,
            "sex": intent.picture.sex or told.sex,
        }
    )
    command = AmendReferral(
        stream=state.id, by=taking.party, asked_priority=intent.asked_priority, picture=picture,
        impression=personal(_new_text(taking, state, "impression", intent.impression)),
        reason=personal(_new_text(taking, state, "reason", intent.reason)),
        recipient_facility=there[0] if not state.legs else None, department=there[1] if not state.legs else None,
    )  # fmt: skip
    if not _says_more(command, state):
        return Outcome(200, "as it was", state.code, state.id)
    changed = taking.do(command, element=intent.element).events
    moved = _redirect(taking, taking.now_of(state), there)
    return Outcome(200, "changed" if changed or moved else "as it was", state.code, state.id)


def _says_more(command: AmendReferral, state: ReferralState) -> bool:
    priority = command.asked_priority not in (None, state.asked_priority)
    texts = command.impression is not None or command.reason is not None
    placed = command.recipient_facility is not None
    return priority or texts or placed or command.picture != state.picture


def _redirect(taking: Taking, state: ReferralState, there: tuple[str | None, str | None]) -> bool:
    """A newer version that names another recipient: sent on where that may still be, said where it may not."""
    facility, department = there
    if facility is None or facility == state.facility or not state.legs:
        return False
    if not taking.may(state, Action.redirect):
        taking.remarks.append(f"recipient: not changed, the referral is {state.status}")
        return False
    taking.do(RedirectReferral(stream=state.id, by=taking.party, facility=facility, department=department))
    return True


def _new_text(taking: Taking, state: ReferralState, kind: str, text: str | None) -> str | None:
    """The text where it says something else than the one we hold."""
    held: Any = state.note(kind)
    if text is None or held is None:
        return text
    if not held.sealed:
        return None  # of this very batch, not sealed yet
    return None if taking.facts.keyring.open(state.patient_key, held.sealed, held.aad) == text else text


def take_cancel(taking: Taking, intent: CancelIn) -> Outcome:
    """Let go of a referral."""
    return cancel(taking, taking.see(intent.link, intent.element), intent.reason, intent.element)


def cancel(taking: Taking, state: ReferralState, reason: EndReason, element: str) -> Outcome:
    """Withdrawn before anybody has it, else asked of who has it (360X: cancelling is a request)."""
    if state.status in (ReferralStatus.withdrawn, ReferralStatus.cancelled):
        return Outcome(200, "as it was", state.code, state.id)
    if state.status is ReferralStatus.cancel_asked:
        return Outcome(200, "as it was: the recipient has been asked", state.code, state.id)
    if taking.may(state, Action.withdraw):
        taking.do(WithdrawReferral(stream=state.id, by=taking.party, reason=reason), element=element)
        return Outcome(200, "withdrawn", state.code, state.id)
    taking.do(AskCancel(stream=state.id, by=taking.party, reason=reason), element=element)
    return Outcome(200, "the recipient is asked to let go of it", state.code, state.id)


def take_answer(taking: Taking, intent: AnswerIn) -> Outcome:
    """The recipient's system has seen, accepted or declined, or lets go of it."""
    state = taking.see(intent.link, intent.element)
    party, stream = taking.party, state.id
    match intent.kind:
        case AnswerKind.seen:
            taking.do(SeeReferral(stream=stream, by=party), element=intent.element)
            return Outcome(200, "seen", state.code, stream)
        case AnswerKind.accepted:
            if state.accepted_at is not None and state.open:
                return Outcome(200, "as it was", state.code, stream)
            taking.do(AcceptReferral(stream=stream, by=party), element=intent.element)
            return Outcome(200, "accepted", state.code, stream)
        case AnswerKind.declined:
            if state.status is ReferralStatus.declined:
                return Outcome(200, "as it was", state.code, stream)
            comment = personal(intent.comment or f"declined by the system of {taking.facility}, no reason given")
            command = DeclineReferral(stream=stream, by=party, reason=intent.reason, comment=comment)
            taking.do(command, element=intent.element)
            return Outcome(200, "declined", state.code, stream)
        case AnswerKind.cancel_confirmed:
            if state.status is ReferralStatus.cancelled:
                return Outcome(200, "as it was", state.code, stream)
            taking.do(ConfirmCancel(stream=stream, by=party), element=intent.element)
            return Outcome(200, "cancelled", state.code, stream)
