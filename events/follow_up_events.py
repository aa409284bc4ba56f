"""What can happen to a follow-up plan, in the past tense; pure values."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from events.base import EndReason, Event, Personal, Value
from models.documents import DocumentKind
from models.values import Priority


class Programme(StrEnum):
    """What a plan is made for: a stay that is over, a birth, or one of the public-health programmes (BPH3).

    maternal: a pregnancy; birth: a mother and her newborn; smi: severe mental disorder. feels_worse: one call, for who
    wrote so without any other plan.
    """

    after_discharge = "after_discharge"
    birth = "birth"
    hypertension = "hypertension"
    diabetes = "diabetes"
    smi = "smi"
    maternal = "maternal"
    elderly = "elderly"
    tuberculosis = "tuberculosis"
    feels_worse = "feels_worse"


class Severity(StrEnum):
    """How closely a patient is followed 轻/中/重; set by the team."""

    mild = "mild"
    moderate = "moderate"
    severe = "severe"

    @property
    def rank(self) -> int:
        """0 for mild up to 2 for severe."""
        return list(Severity).index(self)


class PauseReason(StrEnum):
    """Why a plan stands still."""

    in_hospital = "in_hospital"
    away = "away"
    asked = "asked"


class CallOutcome(StrEnum):
    """What came of calling somebody who did not answer (after Simple's overdue list)."""

    called = "called"
    visited = "visited"
    agreed = "agreed"
    later = "later"
    not_reached = "not_reached"


class PlanRow(Value):
    """One follow-up: what kind, when, and the rule that put it there."""

    number: int
    due_at: datetime
    kind: str
    rule: str
    who: str = "patient"


class PatientEnrolled(Event):
    """Somebody is taken into a programme; the rows follow by rule. `begins_on`: what the rows are counted from."""

    by: str
    patient: str
    patient_key: str
    centre: str
    programme: Programme
    begins_on: date
    severity: Severity | None = None


class FollowUpPlanned(Event):
    """A plan begins, or the rows of an enrolment are there."""

    patient: str
    patient_key: str
    centre: str
    discharge: str | None = None
    programme: Programme = Programme.after_discharge
    rows: tuple[PlanRow, ...]
    pack: str
    pack_version: str
    pack_hash: str


class FollowUpAdded(Event):
    """One more follow-up, earlier than the plan had it: after a visit, or to see what came of a referral."""

    row: PlanRow


class FollowUpAnswered(Event):
    """The patient, or somebody for them, answered a follow-up: fine, worse, coming, later or cannot."""

    by: str
    row: int
    answer: str


class FollowUpPostponed(Event):
    """The same follow-up, later: as the patient asked, or as a call came out."""

    by: str
    row: int
    until: datetime
    outcome: str


class WordsReceived(Event):
    """What the patient wrote in their own words, or sent: a photo, PDF or voice message, kept sealed beside the log."""

    by: str
    text: Personal
    document: str | None = None
    kind: DocumentKind | None = None


class ReadingRecorded(Event):
    """A measurement sent in; mmHg and mmol/L. `symptoms`: codes of the symptoms that stood beside the numbers."""

    by: str
    row: int | None = None
    sbp: int | None = None
    dbp: int | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: str | None = None
    symptoms: tuple[str, ...] = ()


class ReadingWithdrawn(Event):
    """ "Wrong number": a reading is taken back."""

    by: str
    reading: str


class Findings(Value):
    """What a visit found; mmHg, mmol/L. Codes as on the visit forms of BPH3."""

    sbp: int | None = None
    dbp: int | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: Literal["fasting", "random"] | None = None
    adherence: str | None = None
    adverse_reaction: bool | None = None
    complication: bool | None = None
    danger: tuple[str, ...] = ()
    smi_level: int | None = None


class VisitRecorded(Event):
    """The team saw the patient: what was found, the class by rule, and what follows from it.

    `visit_class`: the rule's word; `unsatisfactory`: not at target. `refer`: how urgently, where the rules ask for a
    referral. `rules` and the pack say why.
    """

    by: str
    row: int | None = None
    findings: Findings
    visit_class: str
    unsatisfactory: bool = False
    refer: Priority | None = None
    rules: tuple[str, ...] = ()
    pack: str | None = None
    pack_hash: str | None = None


class FollowUpMissed(Event):
    """No answer to the reminders: on the team's call list."""

    row: int


class FollowUpDone(Event):
    """One follow-up is done."""

    by: str
    row: int


class FollowUpLost(Event):
    """The patient could not be reached; counted."""

    by: str
    row: int
    outcome: str


class DangerAnswered(Event):
    """What was said to the question about danger signs, after "I feel worse"; no sign: none of them."""

    by: str
    row: int
    signs: tuple[str, ...] = ()


class TeamAlarmed(Event):
    """These people are asked to look at a patient who feels worse. `facility` covers at this hour; None: none does."""

    facility: str | None = None
    to: tuple[str, ...] = ()


class WorseSeen(Event):
    """One of them has opened it."""

    by: str


class SeveritySet(Event):
    """How closely the patient is followed from now on."""

    by: str
    severity: Severity


class PlanHandedOver(Event):
    """Another of the team's people answers for the plan; None: the team's lead again.

    `together`: one of a whole list, which is told of once.
    """

    by: str
    to: str | None = None
    together: bool = False


class UpReferralSent(Event):
    """The team sends the patient up because of what the visits found; the referral is a stream of its own."""

    by: str
    referral: str
    code: str
    facility: str
    department: str | None = None
    priority: Priority


class UpReferralEnded(Event):
    """The patient is back from the referral."""

    referral: str


class PlanPaused(Event):
    """Nothing is asked and nobody is written to until then, or until it is resumed."""

    by: str
    reason: PauseReason
    until: datetime


class PlanResumed(Event):
    """It goes on; what fell due meanwhile is left out."""

    by: str


class PlanMuted(Event):
    """The patient is not written to any more; the team calls."""

    by: str


class PlanUnmuted(Event):
    """The patient is written to again."""

    by: str


class PlanMoved(Event):
    """The patient belongs to another centre: its team follows up from here.

    `team`: the family-doctor team there that the patient is signed up with from now on, instead of those of the centre
    that was `left`; None where only the papers went another way.
    """

    centre: str
    by: str = "rules"
    team: str | None = None
    left: str | None = None


class PlanEnded(Event):
    """The plan stops before its last row."""

    by: str
    reason: EndReason


class PlanCompleted(Event):
    """Every row is done, or counted as lost."""
