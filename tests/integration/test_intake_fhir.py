"""FHIR messages of hospitals become referrals, arrivals, discharges; on both engines."""

import json
from typing import Any

import pytest

from models.journal import LogRow
from models.patients import DeathRow, PatientRow
from models.summaries import SummaryRow
from tests.intake_house import (
    CENTRE,
    CITY,
    COUNTY,
    ID_CARD,
    House,
    code_in,
    encounter,
    organisation,
    patient,
    service_request,
    set_parameter,
)


async def arrived(house: House) -> str:
    """A referral of the centre to the county hospital whose patient is there."""
    code = code_in(await house.post("/fhir", service_request()))
    response = await house.post("/fhir", encounter("in-progress"), COUNTY)
    assert response.status_code == 200, response.text
    return code


async def test_a_referral_is_taken_once_and_named_in_the_location(either: House) -> None:
    first = await either.post("/fhir", service_request())
    assert first.status_code == 201, first.text
    again = await either.post("/fhir", service_request())
    assert again.status_code == 200
    assert code_in(again) == code_in(first)
    assert await either.events() == ["ReferralRequested"]
    [summary] = await either.rows(SummaryRow)
    assert (summary["initiator_facility"], summary["recipient_facility"]) == (CENTRE, COUNTY)
    assert (summary["priority"], summary["direction"]) == ("urgent", "up")


async def test_a_referral_to_nobody_known_waits_to_be_routed(either: House) -> None:
    response = await either.post("/fhir/ServiceRequest", service_request(to=None))
    assert response.status_code == 202
    [summary] = await either.rows(SummaryRow)
    assert (summary["situation"], summary["holder_facility"], summary["holder_role"]) == (
        "to_be_routed", CENTRE, "coordinator",
    )  # fmt: skip


async def test_a_recipient_that_nobody_knows_waits_to_be_routed_and_is_said(house: House) -> None:
    response = await house.post("/fhir", service_request(to="elsewhere"))
    assert (response.status_code, "no facility of the network" in response.text) == (202, True)
    [summary] = await house.rows(SummaryRow)
    assert (summary["situation"], summary["holder_facility"]) == ("to_be_routed", CENTRE)


async def test_a_patient_given_by_identifier_only_is_provisional_and_the_same_again(house: House) -> None:
    for number in ("T-1", "T-2"):
        subject = {"identifier": {"system": ID_CARD, "value": "440000195403020099"}}
        assert (await house.post("/fhir", service_request(number, subject=subject, contained=[]))).status_code == 201
    [row] = await house.rows(PatientRow)
    assert row["provisional"]


async def test_a_bare_reference_is_an_identifier_of_that_source(house: House) -> None:
    bare = service_request(subject={"reference": "Patient/4711"}, contained=[])
    assert (await house.post("/fhir", bare)).status_code == 201
    theirs = bare | {"requester": organisation(COUNTY), "performer": [organisation(CITY)]}
    assert (await house.post("/fhir", theirs, COUNTY)).status_code == 201
    assert len({row["patient"] for row in await house.rows(SummaryRow)}) == 2, "4711 is somebody else there"


async def test_a_patient_given_by_reference_only_is_provisional(house: House) -> None:
    request = service_request(subject={"reference": "Patient/4711"}, contained=[])
    assert (await house.post("/fhir", request)).status_code == 201
    [row] = await house.rows(PatientRow)
    assert row["provisional"]
    assert row["data_incomplete"]


async def test_the_same_key_in_a_new_message_is_an_update(either: House) -> None:
    code = code_in(await either.post("/fhir", service_request()))
    second = await either.post("/fhir", service_request(priority="stat"))
    assert second.status_code == 200
    assert code_in(second) == code
    assert await either.events() == ["ReferralRequested", "ReferralAmended"]
    same = await either.post("/fhir", service_request(priority="stat", meta={"versionId": "3"}))
    assert same.status_code == 200
    assert await either.events() == ["ReferralRequested", "ReferralAmended"]


async def test_revoked_is_withdrawn_while_nobody_has_it(house: House) -> None:
    code = code_in(await house.post("/fhir", service_request()))
    response = await house.post("/fhir", service_request(status="revoked"))
    assert response.status_code == 200
    assert await house.status(code) == "withdrawn"


async def test_entered_in_error_is_withdrawn_while_nobody_has_it(house: House) -> None:
    code = code_in(await house.post("/fhir", service_request()))
    assert (await house.post("/fhir", service_request(status="entered-in-error"))).status_code == 200
    assert await house.status(code) == "withdrawn"
    [row] = [row for row in await house.rows(LogRow) if row["type"] == "ReferralWithdrawn"]
    assert "entered_in_error" in row["data"]


async def test_revoked_is_asked_of_the_recipient_once_accepted(house: House) -> None:
    code = code_in(await house.post("/fhir", service_request()))
    task = {
        "resourceType": "Task",
        "status": "accepted",
        "intent": "order",
        "focus": {"type": "ServiceRequest", "identifier": {"system": "urn:oid:2.999.7", "value": "T-1"}},
    }
    assert (await house.post("/fhir", task, COUNTY)).status_code == 200
    assert await house.status(code) == "accepted"
    assert (await house.post("/fhir", service_request(status="entered-in-error"))).status_code == 200
    assert await house.status(code) == "cancel_asked"
    let_go = task | {"businessStatus": {"coding": [{"code": "6.0"}]}}
    assert (await house.post("/fhir", let_go, COUNTY)).status_code == 200
    assert await house.status(code) == "cancelled"


async def test_an_accepting_system_is_no_person_who_holds_it(house: House) -> None:
    code = code_in(await house.post("/fhir", service_request()))
    focus = {"type": "ServiceRequest", "identifier": {"system": "urn:oid:2.999.7", "value": "T-1"}}
    await house.post("/fhir", {"resourceType": "Task", "status": "accepted", "focus": focus}, COUNTY)
    [summary] = [row for row in await house.rows(SummaryRow) if row["code"] == code]
    assert (summary["holder_role"], summary["holder_facility"], summary["holder_person"]) == (
        "coordinator",
        COUNTY,
        None,
    )


async def test_a_draft_is_refused_with_the_reason(house: House) -> None:
    response = await house.post("/fhir", service_request(status="draft"))
    assert response.status_code == 422
    issue = response.json()["issue"][0]
    assert issue["expression"] == ["ServiceRequest.status"]
    assert "active" in issue["diagnostics"]


async def test_a_laboratory_order_is_no_referral(house: House) -> None:
    category = [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}]
    response = await house.post("/fhir", service_request(category=category, code={"text": "FBC"}))
    assert response.status_code == 422
    assert "order" in response.json()["issue"][0]["diagnostics"]


async def test_an_encounter_in_progress_is_the_arrival(house: House) -> None:
    code = await arrived(house)
    assert await house.status(code) == "arrived"
    again = await house.post("/fhir", encounter("in-progress", meta={"versionId": "2"}), COUNTY)
    assert again.status_code == 200
    assert (await house.events()).count("PatientArrived") == 1


@pytest.mark.parametrize("kind, inpatient", [("IMP", True), ("OBSENC", True), ("AMB", False), ("EMER", False)])
async def test_who_stays_is_an_inpatient(kind: str, inpatient: bool, house: House) -> None:
    await house.post("/fhir", service_request())
    assert (await house.post("/fhir", encounter("in-progress", kind), COUNTY)).status_code == 200
    [row] = [row for row in await house.rows(LogRow) if row["type"] == "PatientArrived"]
    assert json.loads(row["data"]).get("inpatient", False) is inpatient


async def test_an_encounter_somewhere_else_is_no_arrival(house: House) -> None:
    code = code_in(await house.post("/fhir", service_request()))
    assert (await house.post("/fhir", encounter("in-progress"), CITY)).status_code == 422
    assert await house.status(code) == "requested"


async def test_a_finished_visit_is_seen_and_no_discharge(house: House) -> None:
    code = await arrived(house)
    assert (await house.post("/fhir/Encounter", encounter("finished", "AMB"), COUNTY)).status_code == 200
    assert await house.status(code) == "closed"
    assert "PatientDischarged" not in await house.events()


async def test_a_finished_stay_joins_the_loop_and_brings_the_papers(either: House) -> None:
    code = await arrived(either)
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"resource": encounter()},
            {"resource": {"resourceType": "Condition", "code": {"text": "高血压 3 级",
                          "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]}}},
            {"resource": {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "氨氯地平 5 mg"}}},
        ],
    }  # fmt: skip
    response = await either.post("/fhir", bundle, COUNTY)
    assert response.status_code == 201, response.text
    assert await either.status(code) == "reported"
    rows = {row["kind"]: row for row in await either.rows(SummaryRow)}
    assert rows["discharge"]["loop"] == rows["referral"]["stream"]
    assert rows["discharge"]["recipient_facility"] == CENTRE
    assert await either.events("discharge") == ["PatientDischarged", "ReturnFormSent"]
    papers = bundle | {"entry": [*bundle["entry"], {"resource": {"resourceType": "CarePlan", "title": "两周后复查"}}]}
    assert (await either.post("/fhir", papers, COUNTY)).status_code == 200
    assert await either.events("discharge") == ["PatientDischarged", "ReturnFormSent", "ReturnFormSent"]


async def test_a_stay_without_referral_is_a_loop_of_its_own(house: House) -> None:
    response = await house.post("/fhir", encounter(), CITY)
    assert response.status_code == 201
    [summary] = await house.rows(SummaryRow)
    assert summary["loop"] == summary["stream"]


async def test_an_emergency_stay_is_a_discharge_only_by_parameter(house: House) -> None:
    assert (await house.post("/fhir", encounter(kind="EMER"), COUNTY)).status_code == 422
    await set_parameter(house, COUNTY, "emergency_stay_is_discharge", True)
    assert (await house.post("/fhir", encounter(kind="EMER"), COUNTY)).status_code == 201


async def test_a_death_is_recorded_with_the_discharge(either: House) -> None:
    code = await arrived(either)
    died = {"dischargeDisposition": {"coding": [{"code": "exp"}]}}
    assert (await either.post("/fhir", encounter(hospitalization=died), COUNTY)).status_code == 201
    [death] = await either.rows(DeathRow)
    [summary] = [row for row in await either.rows(SummaryRow) if row["code"] == code]
    assert (death["id"], summary["status"]) == (summary["patient"], "closed")


def _gone(code: str, to: str) -> dict[str, Any]:
    return {"dischargeDisposition": {"coding": [{"code": code}]}, "destination": organisation(to)}


async def test_who_went_to_another_hospital_is_referred_there_and_the_plan_waits(either: House) -> None:
    code = await arrived(either)
    moved = encounter(hospitalization=_gone("other-hcf", CITY))
    answer = await either.post("/fhir", moved, COUNTY)
    assert answer.status_code == 201, answer.text
    assert await either.status(code) == "reported"
    [there] = [row for row in await either.rows(SummaryRow) if row["kind"] == "referral" and row["code"] != code]
    assert (there["direction"], there["initiator_facility"], there["recipient_facility"]) == ("lateral", COUNTY, CITY)
    assert there["code"] in answer.text, "the sender hears of it"
    again = await either.post("/fhir", moved | {"meta": {"versionId": "2"}}, COUNTY)
    assert again.status_code == 200
    assert len([row for row in await either.rows(SummaryRow) if row["kind"] == "referral"]) == 2
    seen = await either.post("/fhir", encounter("in-progress", number="E-2"), CITY)
    assert (seen.status_code, await either.status(there["code"])) == (200, "arrived"), "nobody need press"


async def test_who_went_to_a_place_outside_the_network_is_in_no_new_loop(house: House) -> None:
    stay = encounter(hospitalization=_gone("other-hcf", "elsewhere"))
    answer = await house.post("/fhir", stay, COUNTY)
    assert (answer.status_code, "the plan waits" in answer.text) == (201, True)
    assert [row["kind"] for row in await house.rows(SummaryRow)] == ["discharge"]


async def test_a_hospital_that_sent_the_referral_itself_is_not_sent_another(house: House) -> None:
    contained = [patient() | {"id": "pat"}]
    own = service_request("T-9", to=CITY, requester=organisation(COUNTY), contained=contained)
    assert (await house.post("/fhir", own, COUNTY)).status_code == 201
    assert (await house.post("/fhir", encounter(hospitalization=_gone("hosp", CITY)), COUNTY)).status_code == 201
    assert sorted(row["kind"] for row in await house.rows(SummaryRow)) == ["discharge", "referral"]


async def test_who_went_to_rehabilitation_is_followed_up_there(house: House) -> None:
    code = await arrived(house)
    answer = await house.post("/fhir", encounter(hospitalization=_gone("rehab", CITY)), COUNTY)
    assert (answer.status_code, await house.status(code)) == (201, "reported")
    [stay] = [row for row in await house.rows(SummaryRow) if row["kind"] == "discharge"]
    assert stay["recipient_facility"] == CITY


async def test_a_stay_entered_in_error_is_taken_back(house: House) -> None:
    await house.post("/fhir", encounter(), CITY)
    wrong = encounter("entered-in-error")
    assert (await house.post("/fhir", wrong, CITY)).status_code == 200
    assert await house.events("discharge") == ["PatientDischarged", "DischargeVoided"]
    assert (await house.post("/fhir", wrong, COUNTY)).status_code == 422


async def test_a_system_declines_with_its_words(house: House) -> None:
    code = code_in(await house.post("/fhir", service_request()))
    focus = {"type": "ServiceRequest", "identifier": {"system": "urn:oid:2.999.7", "value": "T-1"}}
    task = {"resourceType": "Task", "status": "rejected", "focus": focus, "statusReason": {"text": "今日无床"}}
    assert (await house.post("/fhir", task, COUNTY)).status_code == 200
    assert await house.status(code) == "declined"


async def test_two_open_referrals_have_to_be_told_apart(either: House) -> None:
    first = code_in(await either.post("/fhir", service_request("T-1")))
    await either.post("/fhir", service_request("T-2"))
    unclear = await either.post("/fhir", encounter("in-progress"), COUNTY)
    assert unclear.status_code == 422
    named = encounter("in-progress", basedOn=[{"identifier": {"system": "urn:refloop:referral", "value": first}}])
    assert (await either.post("/fhir", named, COUNTY)).status_code == 200
    assert await either.status(first) == "arrived"


async def test_an_appointment_accepts_and_offers_the_time(house: House) -> None:
    code = code_in(await house.post("/fhir", service_request()))
    appointment = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-11-25T09:00:00+08:00",
        "basedOn": [{"type": "ServiceRequest", "identifier": {"system": "urn:oid:2.999.7", "value": "T-1"}}],
        "participant": [{"actor": {"reference": "Location/3", "display": "门诊楼 3 楼"}, "status": "accepted"}],
    }
    assert (await house.post("/fhir", appointment, COUNTY)).status_code == 200
    assert await house.status(code) == "scheduled"
    assert (await house.post("/fhir", appointment | {"status": "noshow"}, COUNTY)).status_code == 200
    assert await house.status(code) == "missed"


async def test_a_cancelled_appointment_takes_the_time_back_and_nothing_else(either: House) -> None:
    code = code_in(await either.post("/fhir", service_request()))
    appointment = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-11-25T09:00:00+08:00",
        "basedOn": [{"type": "ServiceRequest", "identifier": {"system": "urn:oid:2.999.7", "value": "T-1"}}],
        "participant": [{"actor": {"reference": "Location/3", "display": "门诊楼 3 楼"}, "status": "accepted"}],
    }
    moved = {"start": "2026-11-26T09:00:00+08:00"}
    cancelled = {"status": "cancelled"}
    await either.post("/fhir", appointment, COUNTY)
    await either.post("/fhir", appointment | moved, COUNTY)
    old = await either.post("/fhir", appointment | cancelled, COUNTY)
    assert (old.status_code, await either.status(code)) == (200, "scheduled"), "that time had been replaced"
    assert (await either.post("/fhir", appointment | moved | cancelled, COUNTY)).status_code == 200
    assert await either.status(code) == "accepted"
    again = await either.post("/fhir", appointment | cancelled | {"comment": "again"}, COUNTY)
    assert (again.status_code, await either.status(code)) == (200, "accepted")
    assert (await either.post("/fhir", appointment | {"start": "2026-11-27T09:00:00+08:00"}, COUNTY)).status_code == 200
    assert await either.status(code) == "scheduled"


async def test_another_sex_is_taken_marked_and_told_to_the_sender(either: House) -> None:
    await either.post("/fhir", service_request("T-1"))
    odd = service_request("T-2", contained=[patient(gender="male") | {"id": "pat"}])
    response = await either.post("/fhir", odd)
    assert response.status_code == 201
    assert "sex" in response.text
    newest = max(await either.rows(PatientRow), key=lambda row: row["row"])
    assert newest["doubts"] == ["sex"]
    assert newest["sex"] == "F"


async def test_two_people_of_one_name_and_birth_year_never_meet(house: House) -> None:
    await house.post("/fhir", service_request("T-1"))
    other = service_request("T-2", contained=[patient("440000195403020048") | {"id": "pat"}])
    await house.post("/fhir", other)
    assert len({row["patient"] for row in await house.rows(SummaryRow)}) == 2


async def test_a_reading_goes_to_the_referral_that_waits(house: House) -> None:
    await house.post("/fhir", service_request())
    observation = {
        "resourceType": "Observation", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "subject": {"identifier": {"system": ID_CARD, "value": "440000195403020021"}},
        "effectiveDateTime": "2026-11-20T09:55:00+08:00",
        "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": code}]},
             "valueQuantity": {"value": value, "unit": "mmHg"}}
            for code, value in (("8480-6", 186), ("8462-4", 112))
        ],
    }  # fmt: skip
    response = await house.post("/fhir", observation)
    assert response.status_code == 200, response.text
    assert await house.events() == ["ReferralRequested", "ReferralAmended"]


async def test_a_reading_nobody_waits_for_is_refused(house: House) -> None:
    observation = {
        "resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0"}]},
        "valueQuantity": {"value": 148, "unit": "mg/dL"},
    }  # fmt: skip
    assert (await house.post("/fhir", observation)).status_code == 422


async def test_a_message_names_what_it_is_about(house: House) -> None:
    """Whoever refers does not report visits: the encounter beside a referral is its context."""
    bundle = {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [
            {"resource": {"resourceType": "MessageHeader", "id": "mh-1",
                          "eventCoding": {"system": "http://terminology.hl7.org/CodeSystem/v2-0003", "code": "I12"},
                          "destination": [{"receiver": organisation(CITY)}],
                          "focus": [{"reference": "urn:uuid:1"}]}},
            {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "ServiceRequest", "status": "draft",
                                                   "subject": {"reference": "urn:uuid:2"}}},
            {"fullUrl": "urn:uuid:2", "resource": patient()},
            {"fullUrl": "urn:uuid:3", "resource": encounter(subject={"reference": "urn:uuid:2"})},
        ],
    }  # fmt: skip
    response = await house.post("/fhir", bundle)
    assert response.status_code == 201, response.text
    assert await house.events() == ["ReferralRequested"]
    [summary] = await house.rows(SummaryRow)
    assert summary["recipient_facility"] == CITY
