"""A small fictional network and its loops, for the page of all cards (catalogue.py) and for the tests of the cards.

Nobody and no place in it exists. Every state is folded from events, as in life.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.view import Identity
from events import catalog
from events import discharge as d
from events import follow_up as f
from events import referral as e
from events.base import Actor, DeadlinePassed, EndReason, Event, LoopClosed, Personal, Recorded, Situation
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.referral_state import ReferralState
from models.directory import Directory
from models.documents import DocumentKind
from models.places import Contents, Department, Facility, Membership, Person, RoleHeld
from models.values import ActorKind, Direction, FacilityKind, Language, Priority, Role, Sex, Tier
from models.week import Window

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = datetime(2026, 3, 5, 3, 7, tzinfo=ZONE).astimezone(UTC)  # a Thursday
CODE = "R-7K2F4"
PATIENT, KEY = "patient-1", "key-1"
INITIATOR, RECIPIENT, SECOND, COORDINATOR, CENTRE_COORDINATOR = "he", "lin", "wang", "chen", "luo"
VILLAGE, CENTRE, COUNTY, SECOND_COUNTY, CITY = "village", "centre", "county", "county-2", "city"
IDENTITY = Identity("李秀英", "13900000678", 1954)


def _person(unique: str, chinese: str, english: str) -> Person:
    return Person(unique, chinese, english, Language.zh)


def _facility(unique: str, tier: Tier, chinese: str, english: str, line: str | None = None) -> Facility:
    kind = FacilityKind(tier) if tier in (Tier.village, Tier.community) else FacilityKind.hospital
    parent = CENTRE if tier is Tier.village else None
    minutes = {COUNTY: 25, SECOND_COUNTY: 35, CITY: 70} if tier is Tier.village else {}
    return Facility(unique, kind, tier, chinese, english, parent, line24=line, driving_minutes=minutes)


_DESK = (Window.of("08:00", "17:30", frozenset(range(5))),)


def _departments(facility: str, line: str) -> list[Department]:
    return [
        Department(
            facility, "cardiology", "心内科", "Cardiology", "门诊楼 3 楼", "outpatient building, 3rd floor", line, _DESK
        ),
        Department(
            facility, "neurology", "神经内科", "Neurology", "门诊楼 4 楼", "outpatient building, 4th floor", line, _DESK
        ),
        Department(
            facility, "psychiatry", "精神科", "Psychiatry", "精神科楼", "psychiatric building", line, _DESK, (), True
        ),
    ]


DIRECTORY = Directory(
    Contents(
        facilities=(
            _facility(VILLAGE, Tier.village, "莲塘村卫生室", "Liantang Village Clinic", "0769-00000001"),
            _facility(
                CENTRE, Tier.community, "柳湾社区卫生服务中心", "Liuwan Community Health Centre", "0769-00000002"
            ),
            _facility(COUNTY, Tier.county, "县人民医院", "County People's Hospital", "0769-00000003"),
            _facility(SECOND_COUNTY, Tier.county, "县第二人民医院", "County Second Hospital", "0769-00000004"),
            _facility(CITY, Tier.tertiary, "市人民医院", "City People's Hospital", "0769-00000005"),
        ),
        departments=tuple(
            department
            for facility, line in ((COUNTY, "0769-00000013"), (SECOND_COUNTY, "0769-00000014"), (CITY, "0769-00000015"))
            for department in _departments(facility, line)
        ),
        people=(
            _person(INITIATOR, "何平", "He Ping"),
            _person(RECIPIENT, "林月", "Lin Yue"),
            _person(SECOND, "王川", "Wang Chuan"),
            _person(COORDINATOR, "陈静", "Chen Jing"),
            _person(CENTRE_COORDINATOR, "罗兰", "Luo Lan"),
        ),
        roles=(
            RoleHeld(INITIATOR, VILLAGE, Role.doctor),
            RoleHeld(INITIATOR, CENTRE, Role.family_doctor),
            RoleHeld(RECIPIENT, COUNTY, Role.doctor, "cardiology"),
            RoleHeld(SECOND, COUNTY, Role.doctor, "cardiology"),
            RoleHeld(COORDINATOR, COUNTY, Role.coordinator),
            RoleHeld(CENTRE_COORDINATOR, CENTRE, Role.coordinator),
        ),
        memberships=tuple(Membership("alliance", each) for each in (VILLAGE, CENTRE, COUNTY, SECOND_COUNTY, CITY)),
    )
)


def sealed(text: str = "sealed") -> Personal:
    """Text as it stands in the log; a card never sees more of it."""
    return Personal(sealed=text)


def folded(stream: str, steps: Sequence[tuple[datetime, Event]]) -> ReferralState | DischargeState | PlanState:
    """The state after these events at these times."""
    history = [
        Recorded(
            f"event-{number}",
            stream,
            number,
            stream,
            "example",
            Actor(ActorKind.person, "example"),
            None,
            at,
            at,
            event,
        )
        for number, (at, event) in enumerate(steps, start=1)
    ]
    state: ReferralState | DischargeState | PlanState = catalog.fold(history)
    return state


def requested(
    priority: Priority, department: str | None = "cardiology", to: str | None = COUNTY
) -> e.ReferralRequested:
    """A referral of a woman of 71 from the village."""
    picture = e.ClinicalPicture(
        age=71,
        sex=Sex.female,
        vitals=e.Vitals(sbp=92, dbp=60, heart_rate=118),
        onset_at=NIGHT - timedelta(minutes=47),
    )
    return e.ReferralRequested(
        code=CODE, direction=Direction.up, patient=PATIENT, patient_key=KEY, initiator=INITIATOR,
        initiator_facility=VILLAGE, patient_centre=CENTRE, recipient_facility=to, department=department,
        asked_priority=priority, picture=picture, impression=sealed(), reason=sealed(),
    )  # fmt: skip


def referral(
    priority: Priority, *events: Event, department: str | None = "cardiology", to: str | None = COUNTY
) -> ReferralState:
    """A referral with what happened to it, a minute apart; offered to Dr Lin first unless it has no recipient."""
    first = requested(priority, department, to)
    decision = e.Decision(
        priority=priority, pathway="chest_pain" if priority is Priority.stat else None, pack="triage", pack_version="1",
        pack_hash="0", because={"zh": "胸痛,收缩压 92", "en": "chest pain, SBP 92"}, rules=("TR-CHEST-PAIN",),
        inputs={"age": 71, "sbp": 92, "dbp": 60, "symptoms": ("chest_pain",)}, sources=("an example, no guideline",),
    )  # fmt: skip
    hours = {Priority.stat: 0.1, Priority.asap: 0.5, Priority.urgent: 2, Priority.routine: 24}[priority]
    due = NIGHT + timedelta(hours=hours)
    steps: list[Event] = [first, e.ReferralTriaged(decision=decision)]
    if to is not None:
        steps.append(e.ReferralOffered(facility=to, department=department, to=(RECIPIENT,), due=due))
    steps += events
    times = [NIGHT + timedelta(minutes=max(number - 2, 0)) for number in range(len(steps))]
    found = folded("referral-1", list(zip(times, steps, strict=True)))
    if not isinstance(found, ReferralState):
        raise TypeError("a referral is folded from a request")
    return found


APPOINTMENT = e.Appointment(
    at=datetime(2026, 3, 12, 9, 0, tzinfo=ZONE).astimezone(UTC),
    place_zh="门诊楼 3 楼",
    place_en="outpatient building, 3rd floor",
)

ACCEPTED = e.ReferralAccepted(by=RECIPIENT, facility=COUNTY)
COME_NOW = e.ReferralAccepted(by=RECIPIENT, facility=COUNTY, come_now=True)
TIME_OFFERED = e.TimeOffered(by=RECIPIENT, appointment=APPOINTMENT)
CONFIRMED = e.TimeConfirmed(by=PATIENT)
ARRIVED = e.PatientArrived(by=RECIPIENT, facility=COUNTY)

_PASSED = DeadlinePassed(situation=Situation.confirmed, step=0, reached=1, becomes=Situation.time_passed)

# What brings a referral into each situation, and into each end.
ROADS: dict[str, tuple[Event, ...]] = {
    Situation.offered: (),
    Situation.held: (e.ReferralHeld(by=RECIPIENT),),
    Situation.information_asked: (e.InformationAsked(by=RECIPIENT, question=sealed()),),
    Situation.declined: (e.ReferralDeclined(by=RECIPIENT, reason=e.DeclineReason.no_capacity),),
    Situation.advised: (e.ReferralAdvised(by=RECIPIENT, advice=sealed()),),
    Situation.accepted: (ACCEPTED,),
    "come_now": (COME_NOW,),
    Situation.time_offered: (ACCEPTED, TIME_OFFERED),
    Situation.confirmed: (ACCEPTED, TIME_OFFERED, CONFIRMED),
    Situation.on_the_way: (COME_NOW, e.PatientSetOut(by=INITIATOR, expected_at=NIGHT + timedelta(minutes=40))),
    Situation.time_passed: (
        ACCEPTED, TIME_OFFERED, CONFIRMED, _PASSED,
    ),
    Situation.missed: (ACCEPTED, TIME_OFFERED, CONFIRMED, e.PatientMissed(by=RECIPIENT)),
    Situation.arrived: (COME_NOW, ARRIVED),
    "stable": (COME_NOW, ARRIVED, e.ConditionReported(by=RECIPIENT, met=("stable",))),
    "not_yet": (
        COME_NOW, ARRIVED, e.ConditionReported(by=RECIPIENT, met=("stable",), unmet=("diagnosis_clear",)),
    ),
    Situation.cancel_asked: (ACCEPTED, e.CancelAsked(by=INITIATOR, reason=EndReason.patient_refused)),
    "redirected": (e.ReferralRedirected(by=RECIPIENT, facility=SECOND_COUNTY, department="cardiology"),),
    "reported": (COME_NOW, ARRIVED, e.OutcomeReported(by=RECIPIENT, kind=e.OutcomeKind.treated)),
    "cancelled": (
        ACCEPTED, e.CancelAsked(by=INITIATOR, reason=EndReason.patient_refused), e.CancelConfirmed(by=RECIPIENT),
    ),
    "withdrawn": (e.ReferralWithdrawn(by=INITIATOR, reason=EndReason.duplicate),),
    "closed": (COME_NOW, ARRIVED, LoopClosed(by=RECIPIENT)),
    "reopened": (
        COME_NOW, ARRIVED, LoopClosed(by=RECIPIENT),
        e.ReferralReopened(by=CENTRE_COORDINATOR, reason=sealed(), former=RECIPIENT),
    ),
}  # fmt: skip


def _by_the_minute(*events: Event) -> list[tuple[datetime, Event]]:
    return [(NIGHT + timedelta(minutes=number), each) for number, each in enumerate(events)]


def discharge(*events: Event) -> DischargeState:
    """A stay that ended yesterday noon, with what happened to its papers."""
    gone = d.PatientDischarged(
        patient=PATIENT, patient_key=KEY, facility=COUNTY, centre=CENTRE, department="cardiology", by="rules",
        discharged_at=NIGHT - timedelta(hours=15), due=NIGHT + timedelta(hours=9),
    )  # fmt: skip
    found = folded("discharge-1", _by_the_minute(gone, *events))
    if not isinstance(found, DischargeState):
        raise TypeError("a discharge is folded from a discharge")
    return found


FORM = d.ReturnFormSent(
    by="desk", diagnosis=sealed(), medicines=sealed(), next_plan=sealed(), due=NIGHT + timedelta(hours=37)
)
PAPERS: dict[str, tuple[Event, ...]] = {
    "discharged": (),
    "form_sent": (FORM,),
    "form_returned": (FORM, d.ReturnFormAnswered(by=INITIATOR, answer=d.FormAnswer.not_our_patient)),
    "form_received": (FORM, d.ReturnFormAnswered(by=INITIATOR, answer=d.FormAnswer.received)),
    "closed": (FORM, d.ReturnFormAnswered(by=INITIATOR, answer=d.FormAnswer.received), LoopClosed(by="rules")),
    "voided": (d.DischargeVoided(by=COORDINATOR),),
}

_REMINDED = DeadlinePassed(situation=Situation.follow_up_due, step=0, reached=1)
READING = f.ReadingRecorded(by=PATIENT, row=0, sbp=145, dbp=92)


def plan(*events: Event) -> PlanState:
    """A plan of two rows, the first of which is due, with what happened to it."""
    rows = tuple(
        f.PlanRow(number=number, due_at=NIGHT + timedelta(days=days), kind="check_in", rule="DC-DEFAULT")
        for number, days in enumerate((0, 5))
    )
    planned = f.FollowUpPlanned(
        patient=PATIENT, patient_key=KEY, centre=CENTRE, rows=rows, pack="follow_up", pack_version="1", pack_hash="0"
    )
    found = folded("plan-1", _by_the_minute(planned, *events))
    if not isinstance(found, PlanState):
        raise TypeError("a plan is folded from a plan")
    return found


PLANS: dict[str, tuple[Event, ...]] = {
    "planned": (),
    "reminded": (_REMINDED,),
    "calling": (_REMINDED, f.FollowUpMissed(row=0)),
    "sent": (_REMINDED, f.WordsReceived(by=PATIENT, text=sealed(), document="document-1", kind=DocumentKind.jpeg)),
    "worse": (
        _REMINDED,
        f.FollowUpAnswered(by=PATIENT, row=0, answer="worse"),
        f.DangerAnswered(by=PATIENT, row=0, signs=("chest_tightness",)),
        f.TeamAlarmed(facility=CENTRE, to=(INITIATOR,)),
    ),
    "read": (_REMINDED, READING, f.FollowUpDone(by=PATIENT, row=0)),
    "done": (_REMINDED, f.FollowUpAnswered(by=PATIENT, row=0, answer="fine"), f.FollowUpDone(by=PATIENT, row=0)),
    "lost": (_REMINDED, f.FollowUpLost(by=INITIATOR, row=0, outcome="not_reached")),
    "visited": (
        f.VisitRecorded(
            by=INITIATOR,
            row=0,
            findings=f.Findings(sbp=162, dbp=98, adherence="regular", adverse_reaction=False),
            visit_class="unsatisfactory_again",
            unsatisfactory=True,
            refer=Priority.routine,
        ),
        f.FollowUpDone(by=INITIATOR, row=0),
    ),
    "graded": (_REMINDED, f.SeveritySet(by=INITIATOR, severity=f.Severity.severe), f.PlanMuted(by=INITIATOR)),
    "paused": (f.PlanPaused(by="rules", reason=f.PauseReason.in_hospital, until=NIGHT + timedelta(days=30)),),
    "referred": (
        f.UpReferralSent(by=INITIATOR, referral="referral-1", code=CODE, facility=COUNTY, priority=Priority.routine),
    ),
    "completed": (f.PlanCompleted(),),
    "ended": (f.PlanEnded(by=INITIATOR, reason=EndReason.died),),
}
