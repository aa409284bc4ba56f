"""Every stage a referral can be in, each made by a history that can really happen.

A stage is a situation of the silence table, or a status that waits for nobody.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from events import referral as e
from events.base import DeadlinePassed, EndReason, LoopClosed, Situation
from events.referral_state import ReferralStatus
from tests.unit.events.story import (
    CHEN,
    HE,
    HOSPITAL,
    LI,
    LIN,
    RULES,
    TIAN,
    TOMORROW,
    Story,
    accepted,
    given,
    offered,
    requested,
    triaged,
    unplaced,
    words,
)  # fmt: skip

_ASKED = (requested(), triaged(), offered(LIN.id))
_ACCEPTED = (*_ASKED, accepted())
_TIME_OFFERED = (*_ASKED, accepted(appointment=TOMORROW))
_CONFIRMED = (*_TIME_OFFERED, e.TimeConfirmed(by=LI.id))
_ARRIVED = (*_ACCEPTED, e.PatientArrived(by=LIN.id))
_REPORTED = (*_ARRIVED, e.OutcomeReported(by=LIN.id, kind=e.OutcomeKind.discharged))
_CANCEL_ASKED = (*_ACCEPTED, e.CancelAsked(by=HE.id, reason=EndReason.resolved))
_SILENT = DeadlinePassed(situation=Situation.time_offered, step=0, reached=0, becomes=Situation.time_passed)
_TIME_PASSED = DeadlinePassed(situation=Situation.confirmed, step=0, reached=1, becomes=Situation.time_passed)

STAGES: Mapping[str, Story] = MappingProxyType(
    {
        Situation.to_be_routed: given(unplaced(), triaged(), e.RoutingAsked(to=(TIAN.id,))),
        Situation.offered: given(*_ASKED),
        Situation.held: given(*_ASKED, e.ReferralHeld(by=LIN.id)),
        Situation.information_asked: given(*_ASKED, e.InformationAsked(by=LIN.id, question=words())),
        Situation.declined: given(*_ASKED, e.ReferralDeclined(by=LIN.id, reason=e.DeclineReason.no_capacity)),
        Situation.advised: given(*_ASKED, e.ReferralAdvised(by=LIN.id, advice=words())),
        Situation.accepted: given(*_ACCEPTED),
        Situation.time_offered: given(*_TIME_OFFERED),
        Situation.confirmed: given(*_CONFIRMED),
        Situation.on_the_way: given(*_ACCEPTED, e.PatientSetOut(by=HE.id)),
        Situation.time_passed: given(*_CONFIRMED, _TIME_PASSED).later(timedelta(days=1)),
        Situation.missed: given(*_CONFIRMED, e.PatientMissed(by=LIN.id)),
        Situation.arrived: given(*_ARRIVED),
        Situation.cancel_asked: given(*_CANCEL_ASKED),
        ReferralStatus.reported: given(*_REPORTED),
        ReferralStatus.closed: given(*_REPORTED, LoopClosed(by=RULES.id)),
        ReferralStatus.cancelled: given(*_CANCEL_ASKED, e.CancelConfirmed(by=LIN.id)),
        ReferralStatus.withdrawn: given(*_ASKED, e.ReferralWithdrawn(by=HE.id, reason=EndReason.resolved)),
    }
)

# The same situations by another road: nobody asked yet, asked anew after a redirection, after giving back, after
# insisting, after silence, after a refusal to cancel, open again.
OTHER_ROADS: Mapping[str, Story] = MappingProxyType(
    {
        "taken in, not yet asked": given(requested(), triaged()),
        "taken in, not yet triaged": given(requested()),
        "redirected, not yet asked": given(
            *_ASKED, e.ReferralRedirected(by=LIN.id, facility=HOSPITAL, department="neurology", former=None)
        ),
        "given back, not yet asked": given(
            *_ACCEPTED, e.ReferralGivenBack(by=LIN.id, reason=e.GiveBackReason.emergency_here)
        ),
        "insisted on, not yet asked": given(
            *_ASKED, e.ReferralAdvised(by=LIN.id, advice=words()), e.AdviceRefused(by=HE.id)
        ),
        "accepted, to come now": given(*_ASKED, accepted(come_now=True)),
        "asked to cancel, then came": given(*_CANCEL_ASKED, e.PatientArrived(by=LIN.id)),
        "reported by mistake": given(*_REPORTED, e.OutcomeWithdrawn(by=RULES.id)),
        "held, then silent": given(
            *_ASKED,
            e.ReferralHeld(by=LIN.id),
            DeadlinePassed(situation=Situation.held, step=0, reached=2, becomes=Situation.offered),
        ),
        "the question answered": given(
            *_ASKED,
            e.InformationAsked(by=LIN.id, question=words()),
            e.InformationGiven(by=HE.id, answer=words()),
        ),
        "the cancellation refused": given(*_CANCEL_ASKED, e.CancelRefused(by=LIN.id)),
        "open again": given(*_REPORTED, LoopClosed(by=RULES.id), e.ReferralReopened(by=HE.id, reason=words())),
        "the patient stayed silent": given(*_TIME_OFFERED, _SILENT).later(timedelta(days=1)),
        "the shift is over": given(*_ACCEPTED, e.HandOverAsked(to=CHEN.id)),
        "time cancelled by the hospital": given(
            *_CONFIRMED, e.TimeCancelled(by="system-of-chengxi-1", appointment=TOMORROW)
        ),
        "another time wanted": given(*_CONFIRMED, e.TimeRefused(by=LI.id)),
        "accepted, come now": given(*_ASKED, accepted(come_now=True)),
    }
)
