"""The mapping tables: every row says where it is from, and means what its source means."""

from importlib import resources
from typing import Any

import pytest
import yaml

from events.discharge import Disposition
from events.intake.tables import tables
from models.values import Priority
from tests.unit.intake.fhir_words import asked, reason_of, referral

ROWS: list[tuple[str, dict[str, Any]]] = []
for _name in ("requests", "visits", "observations", "resources"):
    _lists = yaml.safe_load((resources.files("events.intake") / f"{_name}.yaml").read_text(encoding="utf-8"))
    for _part, _rows in _lists.items():
        ROWS += [(f"{_name}.{_part}", row) for row in _rows if isinstance(row, dict)]
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def test_every_row_of_meaning_cites_its_source() -> None:
    without = [
        (part, row)
        for part, row in ROWS
        if "source" not in row
        and part
        not in (
            "observations.measures",
            "observations.units",
            "resources.refused",
            "resources.versions",
        )
    ]
    assert without == []


@pytest.mark.parametrize(
    "request_, is_referral",
    [
        (referral(code=coded(SNOMED, "3457005"), performer=[]), True),
        (referral(code=coded(LOINC, "58410-2")), False),
        (referral(category=[coded(SNOMED, "108252007")]), False),
        (referral(category=[coded(SNOMED, "363679005")]), False),
        (referral(code={}, performer=[{"reference": "Organization/1"}]), True),
        (referral(code={}, performer=[{"reference": "Practitioner/1"}]), False),
        (referral(code={}, performer=[], performerType={"text": "ENT"}), True),
        (referral(code={}, performerType={"text": "ENT"}, requester=None), False),
        (referral(code={}, performer=[{"type": "HealthcareService", "identifier": {"value": "7"}}]), True),
    ],
)
def test_what_is_a_referral(request_: dict[str, Any], is_referral: bool) -> None:
    kinds = [type(intent).__name__ for intent in asked(request_)]
    assert kinds == (["ReferralIn"] if is_referral else ["NotOurs"])


def test_the_event_of_a_message_says_so() -> None:
    header = {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": "http://terminology.hl7.org/CodeSystem/v2-0003", "code": "I12"},
        "focus": [{"reference": "ServiceRequest/1"}],
    }
    order = referral(id="1", code={"text": "check"}, performer=[], status="draft")
    bundle = {"resourceType": "Bundle", "type": "message", "entry": [{"resource": header}, {"resource": order}]}
    [intent] = asked(bundle)
    assert (type(intent).__name__, intent.new) == ("ReferralIn", "take")


@pytest.mark.parametrize(
    "status, new, known",
    [
        ("active", "take", "amend"),
        ("draft", "refuse", "amend"),
        ("on-hold", "refuse", "refuse"),
        ("revoked", "refuse", "cancel"),
        ("completed", "refuse", "outcome"),
        ("entered-in-error", "refuse", "withdraw"),
        ("unknown", "refuse", "refuse"),
    ],
)
def test_what_a_status_asks(status: str, new: str, known: str) -> None:
    [intent] = asked(referral(status=status))
    assert (intent.new, intent.known) == (new, known)


@pytest.mark.parametrize(
    "code, priority",
    [
        ("routine", "routine"),
        ("stat", "stat"),
        ("URGENT", "urgent"),
        ("2WW", "urgent"),
        ("极高危", "stat"),
        ("平诊", "routine"),
    ],
)
def test_what_priorities_are_called(code: str, priority: str) -> None:
    assert tables().requests.priority(code) is Priority(priority)


def test_the_priority_of_the_older_version_stands_in_an_extension() -> None:
    older = referral(
        resourceType="ReferralRequest",
        extension=[{"url": "https://example/eRS-ReferralPriority-1", "valueCodeableConcept": coded("urn:x", "URGENT")}],
        priority=None,
    )
    [intent] = asked(older)
    assert intent.asked_priority is Priority.urgent


@pytest.mark.parametrize(
    "kind, intent",
    [
        ("IMP", "DischargeIn"),
        ("ACUTE", "DischargeIn"),
        ("NONAC", "DischargeIn"),
        ("SS", "DischargeIn"),
        ("OBSENC", "DischargeIn"),
        ("EMER", "DischargeIn"),
        ("AMB", "OutcomeIn"),
        ("VR", "OutcomeIn"),
        ("PRENC", "NotOurs"),
        ("whatever", "NotOurs"),
    ],
)
def test_what_a_finished_encounter_is(kind: str, intent: str) -> None:
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": kind},
        "subject": {"reference": "Patient/1"},
    }
    [found] = asked(encounter)
    assert type(found).__name__ == intent
    assert getattr(found, "emergency", False) is (kind == "EMER")


@pytest.mark.parametrize(
    "code, meaning",
    [
        ("home", Disposition.home),
        ("other-hcf", Disposition.other_hospital),
        ("rehab", Disposition.rehabilitation),
        ("aadvice", Disposition.against_advice),
        ("exp", Disposition.expired),
        ("something", Disposition.home),
    ],
)
def test_where_the_patient_went(code: str, meaning: Disposition) -> None:
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/1"},
        "hospitalization": {"dischargeDisposition": {"coding": [{"code": code}]}},
    }
    [found] = asked(encounter)
    assert found.disposition is meaning


@pytest.mark.parametrize(
    "status, intent",
    [
        ("in-progress", "ArrivalIn"),
        ("triaged", "ArrivalIn"),
        ("planned", "NotOurs"),
        ("cancelled", "NotOurs"),
        ("entered-in-error", "VoidIn"),
        ("unknown", "NotOurs"),
    ],
)
def test_what_the_status_of_an_encounter_asks(status: str, intent: str) -> None:
    encounter = {
        "resourceType": "Encounter",
        "status": status,
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/1"},
    }
    [found] = asked(encounter)
    assert type(found).__name__ == intent


@pytest.mark.parametrize(
    "business, status, asks",
    [
        (None, "accepted", "accepted"),
        (None, "rejected", "declined"),
        (None, "received", "seen"),
        ("6.0", "cancelled", "cancel_confirmed"),
    ],
)
def test_what_a_task_answers(business: str | None, status: str, asks: str) -> None:
    task: dict[str, Any] = {"resourceType": "Task", "status": status, "focus": {"reference": "ServiceRequest/1"}}
    if business:
        task["businessStatus"] = {"coding": [{"code": business}]}
    [found] = asked(task)
    assert found.kind == asks


def test_resources_of_no_use_are_refused_with_the_reason() -> None:
    assert "correspondence" in reason_of({"resourceType": "Communication"})
    assert "not known" in reason_of({"resourceType": "Spaceship"})
    assert "alone" in reason_of({"resourceType": "Patient", "id": "1"})
