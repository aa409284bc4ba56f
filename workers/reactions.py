"""The map of the system: which reactions follow which event. Nobody subscribes anywhere else.

Two consumers with a cursor of their own per stream: `deciding` gives commands (triage, asking, plans, closing),
`telling` requests notices and has cards shown anew. A consumer added later starts at the head of every stream.
"""

from collections.abc import Mapping

from models.values import StreamKind
from workers import (
    alarming,
    asking,
    care,
    deciding,
    going_down,
    telling,
    telling_care,
    telling_papers,
    telling_patients,
)
from workers.outcomes import Reaction, Table

R = Reaction
_triage = R(deciding.triage, deciding.words_needed)
_place = R(asking.place)
_show = R(telling.show_anew)
_close = R(deciding.close_when_done, deciding.root_needed)
_patient = telling_patients.patient_needed
_home = R(care.back_home, care.plans_needed)
_soon = R(telling_care.visit_soon, _patient)

DECIDING: Table = {
    "ReferralRequested": [_triage],
    "ReferralTriaged": [_place],
    "ReferralAmended": [_triage, _place],
    "ReferralRedirected": [_place],
    "ReferralGivenBack": [_place],
    "AdviceRefused": [_place],
    "PriorityChanged": [_place],
    "NextAsked": [R(asking.ask_next_by_hand)],
    "SentDown": [R(going_down.send_down)],
    "OutcomeReported": [R(deciding.discharge_after_outcome), _home],
    "PatientArrived": [R(care.in_hospital, care.plans_needed)],
    "ReferralWithdrawn": [_home],
    "CancelConfirmed": [_home],
    "LoopClosed": [_home],
    "PatientDischarged": [R(deciding.plan), R(deciding.of_the_dead, deciding.root_needed), _home],
    "PatientEnrolled": [R(care.enrolled)],
    "UpReferralSent": [R(care.send_up, care.age_needed)],
    "DischargeVoided": [R(deciding.undone, deciding.root_needed)],
    "CancelRefused": [_triage],  # what was amended meanwhile was not decided on
    "ReturnFormAnswered": [_close],
    "CentreNamed": [R(deciding.move_plan)],
    "PlanMoved": [R(care.moved_together, care.plans_needed)],
    "PlanCompleted": [R(care.next_year), _close],
    "PlanEnded": [R(care.end_of_enrolment, care.plans_needed), _close],
    "DangerAnswered": [R(alarming.alarm, _patient), R(alarming.referral_worse, alarming.referrals_needed)],
    "DeadlinePassed": [
        R(asking.ask_next),
        R(deciding.end_of_the_dead, _patient),
        R(alarming.alarm_unanswered, _patient),
    ],
    "NoticeFailed": [R(telling_patients.unreachable, telling_patients.about_needed)],
}

TELLING: Table = {
    "ReferralRequested": [R(telling.sent), R(telling.consent_later)],
    "ReferralTriaged": [_show],
    "ReferralOffered": [R(telling.offered), _show],
    "RoutingAsked": [R(telling.routing_asked), _show],
    "ReferralSeen": [_show],
    "ReferralHeld": [R(telling.held), _show],
    "ReferralAccepted": [R(telling.accepted), R(telling_patients.told_of_acceptance, _patient), _show],
    "ReferralDeclined": [R(telling.declined), _show],
    "ReferralAdvised": [R(telling.advised), _show],
    "AdviceRefused": [_show],
    "ReferralRedirected": [R(telling.redirected), _show],
    "ReferralGivenBack": [R(telling.given_back), R(telling_patients.told_of_cancellation, _patient), _show],
    "InformationAsked": [R(telling.information_asked), _show],
    "InformationGiven": [R(telling.information_given), _show],
    "TimeOffered": [R(telling_patients.told_of_time, _patient), _show],
    "TimeConfirmed": [_show],
    "TimeRefused": [R(telling.time_refused), _show],
    "TimeCancelled": [R(telling.time_cancelled), R(telling_patients.told_of_cancellation, _patient), _show],
    "PatientSetOut": [_show],
    "PatientArrived": [_show],
    "PatientMissed": [R(telling.missed), _show],
    "InterimNoteAdded": [_show],
    "ConditionReported": [_show],
    "SentDown": [_show],
    "DocumentAttached": [R(telling_care.file_received), _show],
    "OutcomeReported": [R(telling.reported), _show],
    "OutcomeWithdrawn": [_show],
    "ReferralAmended": [R(telling.amended), _show],
    "PriorityChanged": [R(telling.priority_changed), _show],
    "NextAsked": [_show],
    "HandOverAsked": [_show],
    "ReferralTakenOver": [R(telling.taken_over), _show],
    "PatientIdentified": [R(telling_patients.told_when_known, _patient), _show],
    "CancelAsked": [R(telling.cancel_asked), _show],
    "CancelConfirmed": [
        R(telling.cancel_answered),
        R(telling_patients.told_of_cancellation, _patient),
        _show,
    ],
    "CancelRefused": [R(telling.cancel_answered), _show],
    "ReferralWithdrawn": [_show],
    "ReferralReopened": [R(telling.reopened), _show],
    "LoopClosed": [_show],
    "PatientDischarged": [R(telling_papers.form_due, _patient)],
    "ReturnFormSent": [R(telling_papers.form_sent, _patient), _show],
    "ReturnFormAnswered": [R(telling_papers.form_answered, _patient), _show],
    "ReturnFormPulled": [R(telling_papers.form_pulled, _patient), _show],
    "CentreNamed": [R(telling_papers.form_sent, _patient), _show],
    "DischargeVoided": [_show],
    "FollowUpAnswered": [R(alarming.heard_by_phone, _patient), _show],
    "DangerAnswered": [_show],
    "TeamAlarmed": [R(alarming.team_told, _patient), _show],
    "WorseSeen": [_show],
    "ReadingRecorded": [R(telling_patients.high_reading, _patient), _show],
    "ReadingWithdrawn": [_show],
    "FollowUpPlanned": [_soon],
    "FollowUpAdded": [_soon],
    "FollowUpPostponed": [_soon, _show],
    "FollowUpDone": [_soon, _show],
    "FollowUpLost": [_soon, _show],
    "WordsReceived": [R(telling_care.words_received, _patient), _show],
    "VisitRecorded": [R(telling_care.refer_up, _patient), _show],
    "SeveritySet": [_show],
    "PlanHandedOver": [R(telling_care.handed_over, _patient), _show],
    "UpReferralSent": [_show],
    "UpReferralEnded": [_show],
    "PlanPaused": [_show],
    "PlanResumed": [_soon, _show],
    "PlanMuted": [_show],
    "PlanUnmuted": [_soon, _show],
    "PlanMoved": [R(telling_care.moved, _patient), _show],
    "PlanEnded": [_show],
    "DeadlinePassed": [
        R(telling.silence, _patient),
        R(telling_patients.silence_of_patient, _patient),
        _show,
    ],
}

CONSUMERS: Mapping[str, Table] = {"deciding": DECIDING, "telling": TELLING}

# Event name -> the consumers that want to know, for the cursors.
SUBSCRIBERS: Mapping[str, tuple[str, ...]] = {
    name: tuple(consumer for consumer, table in CONSUMERS.items() if name in table)
    for name in dict.fromkeys(name for table in CONSUMERS.values() for name in table)
}

# Consumer -> the kinds of stream it listens to, for the broker's bindings.
KINDS: Mapping[str, frozenset[str]] = {
    "deciding": frozenset(StreamKind),
    "telling": frozenset({StreamKind.referral, StreamKind.discharge, StreamKind.plan}),
}
