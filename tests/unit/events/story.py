"""Given, when, then for deciders: what has happened, what somebody wants, what follows.

    given(requested(), triaged("stat"), offered("lin-hao")).when(AcceptReferral, LIN).then(ReferralAccepted(...))
    given(requested()).when(AcceptReferral, STRANGER).refused("not-yours")

Each event happens a minute after the one before; the command comes a minute after the last.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Self

import pytest

from events import catalog, discharge, follow_up, notice
from events import referral as e
from events.actions import Party, PartyKind, Position
from events.base import Actor, Command, Event, Personal, Recorded, Refused
from models.values import ActorKind, Direction, Lane, Priority, Role

BEGIN = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Shanghai
MINUTE = timedelta(minutes=1)
CLINIC, HOSPITAL, OTHER_HOSPITAL, CENTRE, CITY = "liantang", "chengxi-1", "chengxi-2", "liuwan", "qingtan-city"
PATIENT, KEY = "li-xiuying", "key-1"
TOMORROW = e.Appointment(at=BEGIN + timedelta(days=1))
PACK: dict[str, Any] = {"pack": "triage", "pack_version": "1", "pack_hash": "0" * 64}


def staff(person: str, facility: str, *roles: Role, department: str | None = None) -> Party:
    """A member of staff with these roles at one place."""
    positions = frozenset(Position(facility, role, department) for role in roles)
    return Party(PartyKind.practitioner, person, positions)


def system(facility: str) -> Party:
    """A source: the system of a facility."""
    return Party(PartyKind.source, f"his-{facility}", frozenset({Position(facility, Role.coordinator)}))


HE = staff("he-ping", CLINIC, Role.doctor)
LAI = staff("lai-fu", CLINIC, Role.coordinator)
CLINIC_SYSTEM = system(CLINIC)
LIN = staff("lin-hao", HOSPITAL, Role.doctor, department="cardiology")
ZHOU = staff("zhou-min", HOSPITAL, Role.doctor, department="cardiology")
COLLEAGUE = staff("xu-wen", HOSPITAL, Role.doctor, department="neurology")
CHEN = staff("chen-yu", HOSPITAL, Role.coordinator)
DESK = staff("sun-li", HOSPITAL, Role.discharge_desk)
HOSPITAL_SYSTEM = system(HOSPITAL)
LI = Party(PartyKind.patient, PATIENT, patients=frozenset({PATIENT}))
DAUGHTER = Party(PartyKind.contact, "wang-fang", patients=frozenset({PATIENT}))
FANG = staff("fang-lan", CENTRE, Role.family_doctor)
CENTRE_COORDINATOR = staff("shi-lei", CENTRE, Role.coordinator)
TIAN = staff("tian-fang", CITY, Role.coordinator)
STRANGER = staff("wang-lei", OTHER_HOSPITAL, Role.doctor, Role.coordinator)
OTHER_SYSTEM = system(OTHER_HOSPITAL)
OTHER_PATIENT = Party(PartyKind.patient, "chen-laogen", patients=frozenset({"chen-laogen"}))
LEFT = Party(PartyKind.practitioner, LIN.id)  # Dr Lin, who works nowhere in the network any more
MOVED = staff(LIN.id, OTHER_HOSPITAL, Role.doctor)  # Dr Lin, who works elsewhere now
RULES = Party(PartyKind.rule, "rules")


def words(text: str = "a few words") -> Personal:
    """Personal text as the log holds it."""
    return Personal(sealed=text)


def decision(priority: str = "urgent", asked: str | None = None, **changes: Any) -> e.Decision:
    """What the rules decided."""
    found = e.Decision(priority=Priority(priority), asked=Priority(asked) if asked else None, **PACK)
    return found.model_copy(update=changes)


def requested(priority: str | None = "urgent", **changes: Any) -> e.ReferralRequested:
    """He Ping of Liantang asks the county's cardiology to see Li Xiuying, whose centre is Liuwan."""
    fields: dict[str, Any] = {
        "code": "R-7K2F4", "direction": Direction.up, "patient": PATIENT, "patient_key": KEY, "initiator": HE.id,
        "initiator_facility": CLINIC, "patient_centre": CENTRE, "recipient_facility": HOSPITAL,
        "department": "cardiology", "asked_priority": Priority(priority) if priority else None,
    }  # fmt: skip
    return e.ReferralRequested(**{**fields, **changes})


def unplaced(**changes: Any) -> e.ReferralRequested:
    """The same, and nobody has said where to."""
    return requested(recipient_facility=None, department=None, **changes)


def triaged(priority: str = "urgent", **changes: Any) -> e.ReferralTriaged:
    """The rules gave it a priority."""
    return e.ReferralTriaged(decision=decision(priority), **changes)


def offered(*people: str, step: int = 0, facility: str = HOSPITAL) -> e.ReferralOffered:
    """These people are asked."""
    return e.ReferralOffered(facility=facility, department="cardiology", to=people, step=step)


def accepted(by: Party = LIN, **changes: Any) -> e.ReferralAccepted:
    """The hospital takes the patient."""
    return e.ReferralAccepted(by=by.id, facility=HOSPITAL, **changes)


def discharged(**changes: Any) -> discharge.PatientDischarged:
    """Li Xiuying goes home from the county hospital."""
    fields: dict[str, Any] = {
        "patient": PATIENT, "patient_key": KEY, "facility": HOSPITAL, "department": "cardiology", "centre": CENTRE,
        "discharged_at": BEGIN - timedelta(hours=1), "by": HOSPITAL_SYSTEM.id,
    }  # fmt: skip
    return discharge.PatientDischarged(**{**fields, **changes})


def planned(rows: int = 2) -> follow_up.FollowUpPlanned:
    """A plan with rows on the second, fourth, … day."""
    return follow_up.FollowUpPlanned(
        patient=PATIENT, patient_key=KEY, centre=CENTRE, discharge="discharge-1", rows=plan_rows(rows), **PACK
    )


def plan_rows(count: int) -> tuple[follow_up.PlanRow, ...]:
    """That many rows, two days apart."""
    return tuple(
        follow_up.PlanRow(number=n, due_at=BEGIN + timedelta(days=2 * n + 2), kind="symptoms", rule=f"FUP-{n}")
        for n in range(count)
    )


def asked_for(purpose: str = "offer", **changes: Any) -> notice.NoticeRequested:
    """Dr Lin is to be told."""
    fields: dict[str, Any] = {"purpose": purpose, "lane": Lane.urgent, "recipient": LIN.id, "about": "referral-1"}
    return notice.NoticeRequested(**{**fields, **changes})


_STREAMS: dict[type[Event], str] = {
    e.ReferralRequested: "referral-1",
    discharge.PatientDischarged: "discharge-1",
    follow_up.FollowUpPlanned: "plan-1",
    follow_up.PatientEnrolled: "plan-1",
    notice.NoticeRequested: "notice-1",
}


def recorded(events: Iterable[Event], stream: str | None = None, since: datetime = BEGIN) -> list[Recorded]:
    """The events as they stand in the log, a minute apart."""
    history: list[Recorded] = []
    for number, event in enumerate(events, start=1):
        stream = stream or _STREAMS[type(event)]
        at = since + (number - 1) * MINUTE
        history.append(
            Recorded(
                id=f"event-{number}", stream=stream, version=number, loop=stream, caused_by="a test", on_behalf_of=None,
                actor=Actor(ActorKind.person, "somebody"), occurred_at=at, recorded_at=at, event=event,
            )
        )  # fmt: skip
    return history


@dataclass(frozen=True)
class Story:
    """What has happened so far in one stream; `now` is when the command comes."""

    history: tuple[Recorded, ...]
    now: datetime
    stream: str = "referral-1"

    @cached_property
    def state(self) -> Any:
        """What the events have made."""
        return catalog.fold(self.history)

    @property
    def last(self) -> Recorded:
        """The newest event."""
        return self.history[-1]

    def later(self, by: timedelta) -> Self:
        """The command comes so much later."""
        return replace(self, now=self.now + by)

    def and_then(self, *events: Event) -> "Story":
        """More has happened."""
        return given(*(each.event for each in self.history), *events)

    def when(self, command: type[Command], by: Party | str | None = None, **fields: Any) -> "Outcome":
        """Somebody wants something; a person who is not named is no part of the command."""
        who = {} if by is None else {"by": by}
        return self.told(command(stream=self.stream, **who, **fields))

    def told(self, command: Command) -> "Outcome":
        """The same with the command as it is."""
        try:
            return Outcome(self, tuple(catalog.decide(command, self.state, self.now)))
        except Refused as refused:
            return Outcome(self, (), refused)


@dataclass(frozen=True)
class Outcome:
    """What followed from a command."""

    story: Story
    events: tuple[Event, ...]
    refusal: Refused | None = field(default=None)

    def then(self, *events: Event) -> Story:
        """Exactly these events follow; the story goes on from there."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert list(self.events) == list(events)
        return self.story.and_then(*events)

    def happens(self) -> Story:
        """Something follows; the story goes on from there."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.events, "nothing followed"
        return self.story.and_then(*self.events)

    def nothing(self) -> None:
        """It is already so."""
        self.then()

    def refused(self, code: str) -> None:
        """It may not be, for this reason."""
        if self.refusal is None:
            pytest.fail(f"not refused: {[type(event).__name__ for event in self.events]}")
        assert self.refusal.code == code


def given(*events: Event) -> Story:
    """What has happened."""
    history = recorded(events)
    stream = history[0].stream if history else "referral-1"
    return Story(tuple(history), BEGIN + len(history) * MINUTE, stream)
