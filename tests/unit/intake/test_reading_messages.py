"""How messages are read: character sets, XML, lists and objects, people, places, measurements, texts."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from events.intake.decoding import read_value
from events.intake.fhir import translate_fhir
from events.intake.problems import Unacceptable
from models.values import Sex
from tests.unit.intake.fhir_words import NOW, asked, referral

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_a_body_is_read_in_the_characters_it_was_written_in(encoding: str) -> None:
    value, xml = read_value('{"text": "头痛两天"}'.encode(encoding))
    assert (value, xml) == ({"text": "头痛两天"}, False)


def test_a_declared_character_set_is_believed() -> None:
    with pytest.raises(Unacceptable, match="UTF-8"):
        read_value("李秀英".encode("gbk"), "utf-8")


XML = """<?xml version="1.0"?>
<ServiceRequest xmlns="http://hl7.org/fhir">
  <id value="1"/><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>x<b>y</b></p></div></text>
  <contained><Patient><id value="p"/><name><family value="李"/><given value="秀英"/></name></Patient></contained>
  <identifier><system value="urn:a"/><value value="1"/></identifier>
  <identifier><system value="urn:b"/><value value="2"/></identifier>
  <status value="active"/>
  <subject><reference value="#p"/></subject>
</ServiceRequest>"""


def test_xml_has_the_shape_of_json() -> None:
    value, xml = read_value(XML.encode())
    assert xml
    assert value["contained"]["resourceType"] == "Patient"
    assert [each["value"] for each in value["identifier"]] == ["1", "2"]
    assert "div" not in value["text"]


def test_xml_under_the_name_of_json_is_read_all_the_same() -> None:
    value, xml = read_value(XML.encode())
    [intent] = translate_fhir(
        value | {"code": {"coding": {"code": "3457005", "system": "http://snomed.info/sct"}}}, NOW, ZONE, xml=xml
    ).intents
    assert (intent.keys[0], intent.patient.name) == ("urn:a|1", "李秀英")  # type: ignore[attr-defined]


def test_an_object_for_a_list_is_taken_with_a_remark() -> None:
    message = translate_fhir(referral(performer={"reference": "Organization/1"}), NOW, ZONE)
    assert type(message.intents[0]).__name__ == "ReferralIn"
    assert message.remarks == ("ServiceRequest.performer: a list is expected; the one object is read",)


def test_a_text_for_an_object_is_refused_by_its_path() -> None:
    with pytest.raises(Unacceptable, match=r"ServiceRequest\.subject: an object is expected"):
        asked(referral(subject="Patient/1"))


def test_the_first_identifier_is_the_key_and_the_reference_finds_it_too() -> None:
    [intent] = asked(referral(identifier=[{"system": "urn:a", "value": "7"}, {"value": "8"}]))
    assert intent.keys == ("urn:a|7", "|8", "ref:ServiceRequest/1")
    [bare] = asked(referral())
    assert bare.keys == ("ServiceRequest/1", "ref:ServiceRequest/1")


def with_patient(**elements: Any) -> dict[str, Any]:
    contained = {"resourceType": "Patient", "id": "p", **elements}
    return referral(subject={"reference": "#p"}, contained=[contained])


def test_who_the_patient_is() -> None:
    [intent] = asked(
        with_patient(
            identifier=[{"system": "urn:card", "value": "1"}],
            name=[{"family": "Everywoman", "given": ["Eve"]}],
            gender="female",
            birthDate="1954-03-02",
            telecom=[{"system": "phone", "value": "13900000001", "use": "mobile"}],
        )
    )
    patient = intent.patient
    assert (patient.identifiers, patient.reference) == ((("urn:card", "1"),), "ServiceRequest/1#p")
    assert (patient.name, patient.sex, patient.birth, patient.phone) == (
        "Eve Everywoman",
        Sex.female,
        "1954-03-02",
        "13900000001",
    )
    assert intent.picture.age == 72
    assert intent.incomplete == ("priority",)


def test_what_is_missing_is_said() -> None:
    [intent] = asked(referral(performer=[], code={"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}))
    assert intent.incomplete == ("name", "birth", "sex", "priority", "recipient")


def test_a_role_leads_to_its_organisation_and_its_specialty() -> None:
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "organization": {"reference": "Organization/o"},
        "specialty": [{"coding": [{"code": "394579002", "display": "Cardiology"}]}],
    }
    place = {
        "resourceType": "Organization",
        "id": "o",
        "identifier": [{"system": "urn:org", "value": "7"}],
        "name": "County",
    }
    request = referral(performer=[{"reference": "PractitionerRole/r"}])
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in (request, role, place)],
    }
    [intent] = asked(bundle)
    assert ("urn:org", "7") in intent.recipient.identifiers
    assert intent.recipient.departments == ("Cardiology", "394579002")


def observation(code: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "valueQuantity": {"value": value, "unit": unit},
        **more,
    }


@pytest.mark.parametrize(
    "code, value, unit, kind, number",
    [
        ("2339-0", 148, "mg/dL", None, 8.2),
        ("15074-8", 6.3, "mmol/L", None, 6.3),
        ("1558-6", 126, "mg/dL", "fasting", 7.0),
    ],
)
def test_glucose_comes_in_two_units(code: str, value: float, unit: str, kind: str | None, number: float) -> None:
    [reading] = asked(observation(code, value, unit))
    assert (reading.glucose_mmol_l, reading.glucose_kind) == (number, kind)


def test_kilopascals_become_millimetres() -> None:
    [reading] = asked(observation("8480-6", 18.0, "kPa"))
    assert reading.sbp == 135


def test_two_halves_of_one_pressure_are_one_reading() -> None:
    halves = [observation("8480-6", 145, "mmHg"), observation("8462-4", 92, "mmHg")]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in halves]}
    [reading] = asked(bundle)
    assert (reading.sbp, reading.dbp) == (145, 92)


def test_an_observation_without_value_is_no_reading() -> None:
    [intent] = asked(observation("2339-0", 148, "mg/dL", status="cancelled"))
    assert type(intent).__name__ == "NotOurs"


def test_vital_signs_beside_a_referral_are_its_picture() -> None:
    entries = [
        referral(),
        observation("8480-6", 92, "mm[Hg]"),
        observation("59408-5", 93, "%"),
        observation("8310-5", 99.5, "[degF]"),
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": each} for each in entries]}
    [intent] = asked(bundle)
    vitals = intent.picture.vitals
    assert (vitals.sbp, vitals.spo2, vitals.temp_c) == (92, 93, 37.5)


def test_an_onset_is_a_clock_time() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "code": {"text": "胸痛"},
        "onsetDateTime": "2026-11-20T09:20:00+08:00",
    }
    entries = [referral(reasonReference=[{"reference": "Condition/c"}]), condition]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in entries]}
    [intent] = asked(bundle)
    assert intent.picture.onset_at == datetime(2026, 11, 20, 1, 20, tzinfo=UTC)
    assert intent.impression == "胸痛"


def test_the_sections_of_a_discharge_summary_fill_the_return_form() -> None:
    stay = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/1"},
    }
    parts = [
        {
            "resourceType": "Condition",
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11.9"}], "text": "糖尿病"},
        },
        {"resourceType": "DiagnosticReport", "conclusion": "HbA1c 8.1 %"},
        {
            "resourceType": "MedicationRequest",
            "medicationCodeableConcept": {"text": "二甲双胍"},
            "dosageInstruction": [{"text": "0.5 g tid"}],
        },
        {"resourceType": "CarePlan", "description": "两周复查"},
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in (stay, *parts)]}
    [intent] = asked(bundle)
    assert intent.form == {
        "diagnosis": "糖尿病",
        "results": "HbA1c 8.1 %",
        "medicines": "二甲双胍: 0.5 g tid",
        "next_plan": "两周复查",
    }
    assert intent.conditions == ("diabetes",)
