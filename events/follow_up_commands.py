"""What people and rules may ask of a follow-up plan: the commands; pure. What follows: events/follow_up_decider.py."""

from datetime import date, datetime

from events import follow_up_events as e
from events.actions import Party
from events.base import Command, EndReason, Personal
from models.documents import DocumentKind
from models.values import Priority


class PlanFollowUp(Command):
    """Begin a plan, or give an enrolment its rows. Fields as in FollowUpPlanned."""

    patient: str
    patient_key: str
    centre: str
    discharge: str | None = None
    programme: e.Programme = e.Programme.after_discharge
    rows: tuple[e.PlanRow, ...]
    pack: str
    pack_version: str
    pack_hash: str
    by: Party


class EnrolPatient(Command):
    """Take a patient into a programme. Fields as in PatientEnrolled."""

    patient: str
    patient_key: str
    centre: str
    programme: e.Programme
    begins_on: date
    severity: e.Severity | None = None
    by: Party


class AddFollowUp(Command):
    """One more follow-up on that day; only rules add one by themselves."""

    by: Party
    due_at: datetime
    kind: str
    rule: str
    who: str = "family_doctor_team"


class AnswerFollowUp(Command):
    """ "I am fine", "I feel worse", coming, later or cannot, to the row that was asked about."""

    by: Party
    row: int
    answer: str


class AnswerDanger(Command):
    """Which danger signs there are; none: none of those that were asked about."""

    by: Party
    row: int
    signs: tuple[str, ...] = ()


class AlarmTeam(Command):
    """Ask these people to look; only rules do."""

    by: Party
    facility: str | None = None
    to: tuple[str, ...] = ()


class SeeWorse(Command):
    """Note that somebody of the team has opened it."""

    by: Party


class SendWords(Command):
    """What the patient wrote, for the team to read. `document`: the file they sent, kept already, with its `kind`."""

    by: Party
    text: Personal
    document: str | None = None
    kind: DocumentKind | None = None


class RecordReading(Command):
    """A measurement; answers the present row if it was asked about, unless `answers` says that more follow."""

    by: Party
    sbp: int | None = None
    dbp: int | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: str | None = None
    symptoms: tuple[str, ...] = ()
    answers: bool = True


class WithdrawReading(Command):
    """ "Wrong number"."""

    by: Party
    reading: str


class RecordVisit(Command):
    """The team saw the patient. `next_due`: when next, as the rules propose or the team chose."""

    by: Party
    findings: e.Findings
    visit_class: str
    unsatisfactory: bool = False
    refer: Priority | None = None
    rules: tuple[str, ...] = ()
    pack: str | None = None
    pack_hash: str | None = None
    next_due: datetime | None = None


class CloseFollowUp(Command):
    """The team records what came of a call or a visit."""

    by: Party
    row: int
    outcome: str


class SetSeverity(Command):
    """How closely the patient is followed."""

    by: Party
    severity: e.Severity


class HandOverPlan(Command):
    """Somebody else of the team answers for it; None: the team's lead. `together`: one of a whole list."""

    by: Party
    to: str | None = None
    together: bool = False


class SendUp(Command):
    """Refer the patient up. `unique` makes the referral's id and code; the same press makes the same referral."""

    by: Party
    unique: str
    facility: str
    department: str | None = None
    priority: Priority


class EndUpReferral(Command):
    """The referral is over: the patient is back in the plan."""

    by: Party
    referral: str


class PausePlan(Command):
    """Stand still until then (default: 30 days)."""

    by: Party
    reason: e.PauseReason
    until: datetime | None = None


class ResumePlan(Command):
    """Go on; `only`: if it stands still for this reason."""

    by: Party
    only: e.PauseReason | None = None


class MutePlan(Command):
    """Write to the patient no more, or again."""

    by: Party
    muted: bool = True


class MovePlan(Command):
    """Another centre follows up: by rule after the papers, or by the team with the patient's consent.

    `team`: the patient is signed up with it there.
    """

    by: Party
    centre: str
    consent: bool = False
    team: str | None = None


class EndPlan(Command):
    """Stop the plan."""

    by: Party
    reason: EndReason


class ClosePlanLoop(Command):
    """Close the loop where the plan is its root."""

    by: Party
