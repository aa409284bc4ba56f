"""What need not be told at once is gathered: routine asks to the digest hours, urgent ones hourly; pure.

Sources: packs/messages.yaml (`digest`) and the noise rules. Stat and asap go at once and singly, and so does what would
be too late by then. The sender puts together what is due at one time (bot/sending/gathering.py).
"""

from datetime import datetime, timedelta

from events.projections import Loop
from events.purposes import PURPOSES, Purpose
from events.referral_state import ReferralState
from models.values import Priority, Role
from workers.facts import Facts

_SOON = timedelta(hours=24)
_HOUR = timedelta(hours=1)


def gathered_at(purpose: Purpose, person: str, state: Loop, facts: Facts) -> datetime | None:
    """When it goes with others (UTC); None: at once, by itself."""
    if not PURPOSES[purpose].asks or not isinstance(state, ReferralState) or state.priority >= Priority.asap:
        return None
    if person in (state.initiator, state.held_by, state.accepted_by):
        return None  # the answer to what they did, or to what they have
    if state.appointment is not None and state.appointment.at - facts.now < _SOON:
        return None
    if state.priority is Priority.routine:
        return facts.messages(state).next_digest(facts.now)
    if not _only_coordinates(person, facts):
        return None
    full = facts.now.replace(minute=0, second=0, microsecond=0)
    return full if full == facts.now else full + _HOUR


def _only_coordinates(person: str, facts: Facts) -> bool:
    roles = {held.role for held in facts.directory.roles(person, facts.now)}
    return Role.coordinator in roles and Role.doctor not in roles
