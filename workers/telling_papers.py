"""The reactions that tell staff about return forms; pure."""

from collections.abc import Sequence

from events.base import Recorded
from events.discharge import DischargeState, DischargeStatus, FormAnswer
from events.purposes import Purpose
from workers.asking import people_of
from workers.facts import Facts
from workers.outcomes import Outcome
from workers.rules.silence import Who
from workers.telling import staff


def _to(who: Who, purpose: Purpose, state: DischargeState, facts: Facts) -> list[Outcome]:
    return [out for person in people_of(who, state, facts) for out in staff(purpose, person, state, facts)]


def form_due(recorded: Recorded, state: DischargeState, facts: Facts) -> Sequence[Outcome]:
    """The discharge desk is asked for the return form, unless it came with the discharge."""
    if state.status is not DischargeStatus.discharged or state.situation is None:
        return ()
    return _to(Who.discharge_desk, Purpose.return_form_due, state, facts)


def form_pulled(recorded: Recorded, state: DischargeState, facts: Facts) -> Sequence[Outcome]:
    """The team asks for the papers: the desk is asked again."""
    return _to(Who.discharge_desk, Purpose.return_form_due, state, facts)


def form_sent(recorded: Recorded, state: DischargeState, facts: Facts) -> Sequence[Outcome]:
    """The family-doctor team is asked to confirm it."""
    return _to(Who.family_doctor_team, Purpose.return_form, state, facts)


def form_answered(recorded: Recorded, state: DischargeState, facts: Facts) -> Sequence[Outcome]:
    """Not our patient, not found, medicine not available: back to the hospital."""
    if recorded.event.answer is FormAnswer.received:
        return ()
    return _to(Who.coordinator, Purpose.return_form_answered, state, facts)
