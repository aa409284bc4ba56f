"""A patient goes down: the referral to the centre that follows from one press; pure."""

from collections.abc import Sequence

from events.base import Recorded
from events.referral import ClinicalPicture, SentDown
from events.referral_commands import RequestReferral
from events.referral_state import ReferralState
from models.values import Direction, Priority
from workers.facts import Facts
from workers.outcomes import Do, Outcome


def send_down(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The referral down, by whoever treated the patient. What was measured on the way up is not carried back."""
    event: SentDown = recorded.event
    picture = state.picture
    carried = ClinicalPicture(age=picture.age, sex=picture.sex, programmes=picture.programmes)
    referral = RequestReferral(
        stream=event.referral, code=event.code, direction=Direction.down, patient=state.patient,
        patient_key=state.patient_key, initiator=event.by if facts.directory.person(event.by) else None,
        initiator_facility=state.facility or state.initiator_facility, patient_centre=state.patient_centre,
        recipient_facility=event.facility, asked_priority=Priority.routine, picture=carried, consent="later",
        provisional=state.provisional, return_of=state.id,
    )  # fmt: skip
    return [Do(referral)]
