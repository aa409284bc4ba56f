"""What reactions may look at besides the event and the state: loaded for a whole batch, one query a kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.base import Waiting
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.referral_state import ReferralState
from models.directory import Directory
from models.patients import Contact, Patient
from workers.rules.calendar import WorkCalendar
from workers.rules.in_force import InForce
from workers.rules.layers import Layer
from workers.rules.pack import Pack
from workers.rules.quiet_hours import MessagePolicy, message_policy
from workers.rules.silence import SilenceTable, silence_table


@dataclass(frozen=True, slots=True)
class Rules:
    """The packs in force and the calendar they count by."""

    silence: SilenceTable
    triage: Pack
    follow_up: Pack
    messages: MessagePolicy
    calendar: WorkCalendar
    zone: ZoneInfo
    visit: Pack
    hints: Pack
    duties: Pack
    layers: tuple[Layer, ...] = ()

    def silence_at(self, directory: Directory, facility: str | None) -> SilenceTable:
        """The table of silence as it holds at a facility."""
        pack = self.in_force.around("silence", directory, facility)
        return self.silence if pack is self.silence.pack else silence_table(pack)

    def messages_at(self, directory: Directory, facility: str | None) -> MessagePolicy:
        """The message policy as it holds at a facility, in the site's time."""
        pack = self.in_force.around("messages", directory, facility)
        return self.messages if pack is self.messages.pack else message_policy(pack, self.zone)

    @property
    def in_force(self) -> InForce:
        """The same packs by name, for whoever decides outside of a reaction."""
        found = (
            self.silence.pack, self.triage, self.follow_up, self.messages.pack, self.visit, self.hints, self.duties,
        )  # fmt: skip
        return InForce({pack.name: pack for pack in found}, self.layers)


def asked_at(state: Waiting) -> str | None:
    """The facility whose rules say how long a state may wait: that is asked, that discharged, that follows up."""
    match state:
        case ReferralState():
            return state.facility or state.initiator_facility
        case DischargeState():
            return state.facility
        case PlanState():
            return state.centre
        case _:
            return None


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """A patient, who may answer for them, their teams, and who of them can be reached in a chat.

    `reachable` are party ids (the patient's or a contact's), the patient first.
    """

    patient: Patient | None
    contacts: tuple[Contact, ...] = ()
    teams: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The world as a reaction sees it at `now`. `ages`: whole years, of those whose year of birth is known."""

    now: datetime
    directory: Directory
    rules: Rules
    patients: Mapping[str, PatientFacts] = field(default_factory=dict)
    states: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, Sequence[PlanState]] = field(default_factory=dict)
    referrals: Mapping[str, Sequence[ReferralState]] = field(default_factory=dict)
    ages: Mapping[str, int] = field(default_factory=dict)

    def pack(self, name: str, facility: str | None) -> Pack:
        """The pack as it holds at a facility: with the layers of its province, its city and its own."""
        return self.rules.in_force.around(name, self.directory, facility)

    def messages(self, state: Waiting) -> MessagePolicy:
        """When people may be written to about this state."""
        return self.rules.messages_at(self.directory, asked_at(state))

    def patient(self, unique: str) -> PatientFacts:
        """What is known of a patient; nothing where nothing is."""
        return self.patients.get(unique, PatientFacts(None))
