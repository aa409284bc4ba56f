"""The catalog: every event as it stands in a log of today, read by the code of tomorrow.

`events.jsonl` holds one line per event and schema version, as some release wrote it. It only grows: an event whose
JSON changes gets a new schema version, an upcaster, and a new line.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from events import catalog
from events import discharge as dis
from events import follow_up as f
from events import referral as e
from events.base import Event, Personal
from models.documents import DocumentKind
from models.values import Priority, Sex, StreamKind
from tests.unit.events.stages import OTHER_ROADS, STAGES
from tests.unit.events.story import FANG, HE, HOSPITAL, LI, LIN, TOMORROW, decision, given, planned, requested, words
from tests.unit.events.test_papers import DISCHARGES, NOTICES, PLANS

WRITTEN = Path(__file__).with_name("events.jsonl")

_FULL = requested(
    "stat", initiator=None, source="his", impression=words(), reason=words(), history=words(), treatment=words(),
    picture=e.ClinicalPicture(
        age=71, sex=Sex.female, pregnant=False, newborn=False, symptoms=("chest_pain",), programmes=("hypertension",),
        onset_at=TOMORROW.at, vitals=e.Vitals(sbp=92, dbp=60, heart_rate=118, temp_c=36.8, spo2=95, avpu="A"),
    ),
    consent="emergency", provisional=True, data_incomplete=("birth",), return_of="referral-0", due=TOMORROW.at,
)  # fmt: skip
_DECIDED = decision(
    "stat", "urgent", pathway="chest_pain", rules=("TRI-1",), because={"zh": "胸痛", "en": "chest pain"},
    inputs={"sbp": 92, "temp_c": 36.8, "pregnant": False, "symptoms": ("chest_pain",), "sex": None},
    sources=("a source",), data_incomplete=("spo2",),
)  # fmt: skip

# Events that no story of the other tests has, and the ones with every field.
MORE: tuple[Event, ...] = (
    _FULL,
    e.ReferralTriaged(decision=_DECIDED, anew=True),
    e.ReferralSeen(by=LIN.id),
    e.TimeOffered(by=LIN.id, appointment=e.Appointment(at=TOMORROW.at, place_zh="门诊楼", place_en="Outpatients")),
    e.DocumentAttached(by=LIN.id, document="document-1", kind=DocumentKind.pdf),
    e.InterimNoteAdded(by=LIN.id, note=words()),
    e.ConditionReported(by=LIN.id, met=("stable",), unmet=("plan_fixed",)),
    e.SentDown(by=LIN.id, referral="referral-9", code="R-7K2F4", facility="liuwan"),
    e.ReferralAmended(by=HE.id, asked_priority=Priority.asap, reason=words(), changed=("priority", "reason")),
    e.PriorityChanged(by=LIN.id, priority=Priority.routine, reason=e.LowerReason.examined),
    e.ConsentRecorded(by=HE.id, given_by="patient"),
    dis.CentreNamed(by="chen-yu", centre="yanqiao"),
    dis.PlanFollowed(plan="plan-1"),
    f.FollowUpAnswered(by=LI.id, row=0, answer="worse"),
    e.NextAsked(by=LIN.id),
    e.HandOverAsked(to=LIN.id),
    e.ReferralTakenOver(by=LIN.id, former="zhou-min"),
    e.PatientIdentified(by=LIN.id, patient=LI.id),
    f.DangerAnswered(by=LI.id, row=0, signs=("vision",)),
    f.TeamAlarmed(facility="liuwan", to=(FANG.id,)),
    f.WorseSeen(by=FANG.id),
    f.FollowUpMissed(row=0),
    f.FollowUpLost(by=FANG.id, row=0, outcome="not_reached"),
    f.PlanMoved(centre="yanqiao"),
    f.PatientEnrolled(
        by=FANG.id,
        patient=LI.id,
        patient_key="key-1",
        centre="liuwan",
        programme=f.Programme.hypertension,
        begins_on=TOMORROW.at.date(),
        severity=f.Severity.moderate,
    ),
    f.FollowUpAdded(row=f.PlanRow(number=3, due_at=TOMORROW.at, kind="visit", rule="HTN-CL-02", who="team")),
    f.FollowUpPostponed(by=LI.id, row=0, until=TOMORROW.at, outcome="later"),
    f.WordsReceived(by=LI.id, text=words()),
    f.ReadingRecorded(by=LI.id, row=0, glucose_mmol_l=8.2, glucose_kind="fasting", symptoms=("polyuria",)),
    f.VisitRecorded(
        by=FANG.id,
        row=0,
        visit_class="unsatisfactory_again",
        unsatisfactory=True,
        refer=Priority.routine,
        findings=f.Findings(sbp=158, dbp=94, adherence="regular", adverse_reaction=False, danger=("chest_pain",)),
        rules=("HTN-CL-03",),
        pack="visit",
        pack_hash="0" * 64,
    ),
    f.SeveritySet(by=FANG.id, severity=f.Severity.severe),
    f.PlanHandedOver(by=FANG.id, to=HE.id),
    f.UpReferralSent(
        by=FANG.id,
        referral="referral-9",
        code="R-7K2F4",
        facility=HOSPITAL,
        department="cardiology",
        priority=Priority.routine,
    ),
    f.UpReferralEnded(referral="referral-9"),
    f.PlanPaused(by=FANG.id, reason=f.PauseReason.in_hospital, until=TOMORROW.at),
    f.PlanResumed(by=FANG.id),
    f.PlanMuted(by=FANG.id),
    f.PlanUnmuted(by=FANG.id),
    dis.ReturnFormPulled(by=FANG.id),
    f.ReadingWithdrawn(by=LI.id, reading="event-2"),
    e.ReferralRedirected(by=LIN.id, facility=HOSPITAL, reason=e.DeclineReason.wrong_specialty, former=LIN.id),
)


def examples() -> Iterator[Event]:
    """Every event at least once."""
    for stories in (STAGES, OTHER_ROADS, DISCHARGES, PLANS, NOTICES):
        for story in stories.values():
            yield from (recorded.event for recorded in story.history)
    yield from (recorded.event for recorded in given(planned(2)).history)
    yield from MORE


def written() -> list[tuple[str, int, str]]:
    """The lines of the file: name, schema version, data."""
    lines = [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]
    return [(line["type"], line["schema_version"], line["data"]) for line in lines]


def as_lines() -> str:
    """The file as this code would begin it; print it to add the lines of a new event or version."""
    found = {(type(event).__name__, event.schema_version, catalog.write_event(event)) for event in examples()}
    return "".join(
        json.dumps({"type": name, "schema_version": version, "data": data}, ensure_ascii=False) + "\n"
        for name, version, data in sorted(found)
    )


@pytest.mark.parametrize("name", sorted(catalog.EVENTS))
def test_every_event_has_a_line_in_its_present_version(name: str) -> None:
    assert (name, catalog.EVENTS[name].schema_version) in {(kind, version) for kind, version, _ in written()}


@pytest.mark.parametrize("name", sorted(catalog.EVENTS))
def test_what_any_release_wrote_is_read_and_of_this_version_written_the_same(name: str) -> None:
    lines = [(version, data) for kind, version, data in written() if kind == name]
    for version, data in lines:
        event = catalog.read_event(name, version, data)
        assert isinstance(event, catalog.EVENTS[name])
        if version == event.schema_version:
            assert catalog.write_event(event) == data, "the JSON has changed: a new schema version is needed"


def test_what_is_written_today_is_read_as_it_was() -> None:
    for event in examples():
        name, version = type(event).__name__, event.schema_version
        assert catalog.read_event(name, version, catalog.write_event(event)) == event


def test_every_old_version_has_its_upcaster() -> None:
    steps = {(name, step) for name, cls in catalog.EVENTS.items() for step in range(1, cls.schema_version)}
    assert set(catalog.UPCASTERS) == steps


def test_an_old_event_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    class ReferralSeen(Event):
        schema_version = 3
        person: str
        place: str

    monkeypatch.setitem(catalog.EVENTS, "ReferralSeen", ReferralSeen)
    monkeypatch.setitem(catalog.UPCASTERS, ("ReferralSeen", 1), lambda old: {"person": old["by"]})
    monkeypatch.setitem(catalog.UPCASTERS, ("ReferralSeen", 2), lambda old: old | {"place": "unknown"})
    read = catalog.read_event("ReferralSeen", 1, '{"by": "lin-hao"}')
    assert read == ReferralSeen(person="lin-hao", place="unknown")
    assert catalog.read_event("ReferralSeen", 3, catalog.write_event(read)) == read


def test_an_old_event_that_cannot_be_brought_up_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e.ReferralSeen, "schema_version", 2)
    monkeypatch.setitem(catalog.UPCASTERS, ("ReferralSeen", 1), lambda old: {"by": old["person"]})
    for data in ("{", "[]", '{"by": "lin"}'):
        with pytest.raises(catalog.Unreadable):
            catalog.read_event("ReferralSeen", 1, data)


def test_an_event_newer_than_this_code_is_held_not_guessed_at() -> None:
    for name, version in (("ReferralSeen", 2), ("ReferralTeleported", 1)):
        with pytest.raises(catalog.Held, match="newer"):
            catalog.read_event(name, version, "{}")


@pytest.mark.parametrize("data", ["", "null", "[]", "{", '{"by": 7}', '{"by": "li", "who": "canary"}', '{"by": null}'])
def test_data_that_does_not_fit_says_where_and_not_what(data: str) -> None:
    with pytest.raises(catalog.Unreadable) as error:
        catalog.read_event("ReferralSeen", 1, data)
    assert "ReferralSeen" in str(error.value)
    assert "canary" not in str(error.value)


def test_every_event_belongs_to_one_kind_of_stream() -> None:
    shared = {"LoopClosed", "DeadlinePassed"}
    own = [name for kind in StreamKind for name in catalog.NAMES[kind] - shared]
    assert sorted(own) == sorted(set(catalog.EVENTS) - shared)


@pytest.mark.parametrize("name", sorted(catalog.EVENTS))
def test_personal_text_stands_only_where_it_is_sealed(name: str) -> None:
    """Not inside another value, where sealing would not find it."""
    assert set(_personal(catalog.EVENTS[name])) == {(field,) for field in catalog.PERSONAL[name]}


def _personal(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for field, info in model.model_fields.items():
        for kind in _classes(info.annotation):
            if issubclass(kind, Personal):
                yield (*path, field)
            elif issubclass(kind, BaseModel):
                yield from _personal(kind, (*path, field))


def _classes(annotation: Any) -> Iterator[type[Any]]:
    if isinstance(annotation, type) and not getattr(annotation, "__args__", ()):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _classes(part)
