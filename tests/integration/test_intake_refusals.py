"""Bad input: a clear answer naming the field, an entry in the intake log, nothing half-written, never a 500."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from events.intake.applying import apply
from events.intake.bodies import open_body
from events.intake.keeping import purge_bodies
from models.journal import InboxRow, IntakeRow, LogRow, ParkedRow
from models.patients import PatientRow
from models.summaries import SummaryRow
from tests.intake_house import (
    CENTRE,
    CITY,
    COUNTY,
    REQUEST,
    House,
    code_in,
    encounter,
    event,
    open_house,
    organisation,
    patient,
    service_request,
)


def vitals(sbp: float, when: str = "2026-11-20T09:50:00+08:00", unit: str = "mmHg") -> dict[str, Any]:
    """A referral message with one blood pressure."""
    coding = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
    observation = {
        "resourceType": "Observation", "status": "final", "code": coding, "effectiveDateTime": when,
        "valueQuantity": {"value": sbp, "unit": unit},
    }  # fmt: skip
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": service_request()}, {"resource": observation}],
    }


BAD: dict[str, tuple[Any, int, str]] = {
    "nothing": (b"", 422, ""),
    "half a JSON": (b'{"resourceType": "ServiceRequest", ', 422, "line 1"),
    "gibberish": (b"\xff\xfe\x00\x01\x80 what", 422, ""),
    "a list": ([1, 2], 422, "object"),
    "no resource type": ({"id": "1"}, 422, "resourceType"),
    "an unknown type": ({"resourceType": "Spaceship"}, 422, "Spaceship"),
    "deeply nested": ("[" * 100_000, 422, "deeply"),
    "not a number": ('{"resourceType": "Observation", "valueQuantity": {"value": NaN}}', 422, "NaN"),
    "a NUL": ('{"resourceType": "Patient", "id": "a\\u0000b"}', 422, "NUL"),
    "half a character": ('{"resourceType": "Patient", "id": "a\\ud800"}', 422, "surrogate"),
    "systolic 1400": (vitals(1400), 422, "valueQuantity.value"),
    "an unknown unit": (vitals(18, unit="cmH2O"), 422, "valueQuantity.unit"),
    "measured tomorrow": (vitals(140, "2026-11-21T12:00:00+08:00"), 422, "effective"),
    "born tomorrow": (service_request(contained=[patient(birthDate="2027-01-01") | {"id": "pat"}]), 422, "birthDate"),
    "born in 1385": (service_request(contained=[patient(birthDate="1385-01-01") | {"id": "pat"}]), 422, "birthDate"),
    "no such day": (service_request(contained=[patient(birthDate="1954-02-31") | {"id": "pat"}]), 422, "birthDate"),
    "no subject": ({key: value for key, value in service_request().items() if key != "subject"}, 422, "subject"),
    "a name for a subject": (service_request(subject={"display": "李秀英"}), 422, "subject"),
    "a made-up priority": (service_request(priority="very"), 422, "ServiceRequest.priority"),
    "a made-up status": (service_request(status="inactive"), 422, "ServiceRequest.status"),
    "a text for a list": (service_request(category="referral"), 422, "ServiceRequest.category"),
    "discharged tomorrow": (encounter(period={"end": "2026-11-22T08:00:00+08:00"}), 422, "period.end"),
    "entities in XML": ('<!DOCTYPE a [<!ENTITY b "c">]><Patient>&b;</Patient>', 422, "DOCTYPE"),
    "a searchset": ({"resourceType": "Bundle", "type": "searchset", "entry": []}, 422, "Bundle.type"),
    "an empty bundle": ({"resourceType": "Bundle", "type": "transaction"}, 422, "Bundle.entry"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
async def test_bad_fhir_is_refused_with_the_element_and_noted(name: str, sqlite_tables_url: str) -> None:
    body, status, words = BAD[name]
    async with open_house(sqlite_tables_url) as house:
        response = await house.post("/fhir", body)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/fhir+json"
        outcome = response.json()
        assert outcome["resourceType"] == "OperationOutcome"
        assert words in json.dumps(outcome)
        [row] = await house.intake()
        assert (row["status"], row["source"]) == (status, f"{CENTRE}-his")
        assert row["reason"]
        for model in (LogRow, InboxRow, PatientRow, SummaryRow, ParkedRow):
            assert await house.count(model) == 0


async def test_five_megabytes_are_not_read(house: House) -> None:
    async def flood() -> AsyncIterator[bytes]:
        for _ in range(5000):
            yield b"x" * 1000

    headers = {"Authorization": f"Bearer {house.keys[CENTRE]}", "Content-Type": "application/fhir+json"}
    announced = await house.client.post("/fhir", content=b"x" * 5_000_000, headers=headers)
    streamed = await house.client.post("/fhir", content=flood(), headers=headers)
    assert (announced.status_code, streamed.status_code) == (413, 413)
    assert [row["status"] for row in await house.intake()] == [413, 413]


async def test_another_type_of_content_is_refused(house: House) -> None:
    response = await house.post("/fhir", gzip.compress(b"{}"), media="application/gzip")
    assert response.status_code == 415
    assert [row["status"] for row in await house.intake()] == [415]


async def test_another_version_of_fhir_is_refused_by_name(house: House) -> None:
    response = await house.post("/fhir", service_request(), media="application/fhir+json; fhirVersion=5.0")
    assert response.status_code == 422
    assert "5.0" in response.text


async def test_another_character_set_is_read_or_refused(house: House) -> None:
    text = json.dumps(service_request(), ensure_ascii=False)
    chinese = await house.post("/fhir", text.encode("gb18030"), media="application/fhir+json; charset=GB18030")
    assert chinese.status_code == 201
    guessed = await house.post("/fhir", text.replace("T-1", "T-2").encode("gbk"))
    assert guessed.status_code == 201
    other = await house.post("/fhir", text.encode(), media="application/fhir+json; charset=ebcdic")
    assert other.status_code == 422


async def test_a_wrong_key_is_told_nothing(house: House) -> None:
    for authorization in ("Bearer rl_wrong", "Basic abc", ""):
        headers = {"Authorization": authorization, "Content-Type": "application/fhir+json"}
        response = await house.client.post("/fhir", content=b"{}", headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
    assert [row["status"] for row in await house.intake()] == [401, 401, 401]
    assert {row["source"] for row in await house.intake()} == {None}


async def test_a_source_speaks_for_its_own_facility_only(house: House) -> None:
    foreign = await house.post("/fhir", service_request(requester=organisation(CITY)))
    assert foreign.status_code == 403
    stay = await house.post("/fhir", encounter(serviceProvider=organisation(CITY)), COUNTY)
    assert stay.status_code == 403
    assert await house.count(LogRow) == 0
    assert [row["status"] for row in await house.intake()] == [403, 403]


async def test_anothers_referral_looks_like_none(either: House) -> None:
    code = code_in(await either.post("/fhir", service_request()))
    cancel = event("referral.cancel", {"referral": code})
    theirs = await either.post("/events", cancel, CITY)
    none = await either.post("/events", event("referral.cancel", {"referral": "R-22222"}), CITY)
    assert (theirs.status_code, none.status_code) == (404, 404)
    assert theirs.json()["errors"] == none.json()["errors"]
    assert await either.status(code) == "requested"


async def test_only_the_recipient_reports_a_visit(house: House) -> None:
    code = code_in(await house.post("/fhir", service_request()))
    response = await house.post("/events", event("outcome", {"referral": code, "kind": "treated"}))
    assert response.status_code == 403
    assert await house.status(code) == "requested"


async def test_the_same_id_with_another_body_is_a_conflict(either: House) -> None:
    first = await either.post("/fhir", service_request(), idempotency_key="m-7")
    other = await either.post("/fhir", service_request(priority="stat"), idempotency_key="m-7")
    assert (first.status_code, other.status_code) == (201, 409)
    again = await either.post("/fhir", service_request(), idempotency_key="m-7")
    assert again.status_code == 200
    assert await either.events() == ["ReferralRequested"]
    assert [row["status"] for row in await either.intake()] == [201, 409, 200]


def _message(**header: str) -> dict[str, Any]:
    event = {"system": "http://terminology.hl7.org/CodeSystem/v2-0003", "code": "I12"}
    first = {"resourceType": "MessageHeader", "eventCoding": event, **header}
    return _bundle("message", {"resource": first})


def _bundle(kind: str, *before: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": [*before, {"resource": service_request()}]}


NAMED = {
    "MessageHeader.id": ("/fhir", _message(id="mh-7")),
    "Bundle.identifier": ("/fhir", _bundle("collection") | {"identifier": {"value": "b-7"}}),
    "the event's id": ("/events", event("referral.request", REQUEST, "ce-7")),
}


@pytest.mark.parametrize("name", NAMED)
async def test_where_the_id_of_a_message_stands(name: str, house: House) -> None:
    path, body = NAMED[name]
    first = await house.post(path, body)
    changed = json.loads(json.dumps(body).replace("头痛", "胸痛").replace(ascii("头痛")[1:-1], ascii("胸痛")[1:-1]))
    assert changed != body
    other = await house.post(path, changed)
    assert (first.status_code, other.status_code) == (201, 409), other.text
    named = await house.post(path, changed, idempotency_key="another")
    assert named.status_code == 200, "the key of the request comes before what the message says"


async def test_without_an_id_the_body_is_the_message(house: House) -> None:
    [first, again, other] = [
        await house.post("/fhir", service_request(**more)) for more in ({}, {}, {"priority": "stat"})
    ]
    assert [each.status_code for each in (first, again, other)] == [201, 200, 200]
    assert await house.events() == ["ReferralRequested", "ReferralAmended"]


async def test_messages_in_the_wrong_order_are_refused_until_they_fit(house: House) -> None:
    early = await house.post("/fhir", encounter("in-progress"), COUNTY)
    assert early.status_code == 422
    code = code_in(await house.post("/fhir", service_request()))
    late = await house.post("/fhir", encounter("in-progress"), COUNTY)
    assert late.status_code == 200
    assert await house.status(code) == "arrived"


async def test_an_update_that_the_state_forbids_is_a_conflict(house: House) -> None:
    await house.post("/fhir", service_request())
    await house.post("/fhir", encounter("in-progress"), COUNTY)
    await house.post("/fhir", encounter("finished", "AMB"), COUNTY)
    response = await house.post("/fhir", service_request(priority="stat"))
    assert response.status_code == 409
    assert "closed" in response.text


async def test_all_of_a_message_or_none_of_it(either: House) -> None:
    """A referral beside a part that is refused leaves no referral and no patient."""
    foreign = service_request("T-9", requester=organisation(CITY))
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": service_request()}, {"resource": foreign}],
    }
    response = await either.post("/fhir", bundle)
    assert response.status_code == 403
    for model in (LogRow, SummaryRow, PatientRow, InboxRow):
        assert await either.count(model) == 0
    assert [row["status"] for row in await either.intake()] == [403]


async def test_a_fault_of_ours_is_parked_and_hurts_nobody_else(either: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_on_t13(taking: Any, intent: Any) -> Any:
        if any("T-13" in key for key in getattr(intent, "keys", ())):
            raise ZeroDivisionError("a bug")
        return apply(taking, intent)

    monkeypatch.setattr("events.intake.reception.apply", breaks_on_t13)
    answers = await asyncio.gather(*(either.post("/fhir", service_request(f"T-{number}")) for number in range(10, 16)))
    assert [answer.status_code for answer in answers] == [201, 201, 201, 503, 201, 201]
    assert answers[3].headers["retry-after"]
    assert "Traceback" not in answers[3].text
    [parked] = await either.rows(ParkedRow)
    assert parked["reason"] == "ZeroDivisionError"
    body, source = open_body(either.keyring, parked["payload"], f"parked|payload|{parked['id']}")
    assert (json.loads(body.content)["id"], source) == ("sr-T-13", f"{CENTRE}-his")
    again = await either.post("/fhir", service_request("T-13"))
    assert again.status_code == 503
    assert await either.count(ParkedRow) == 1
    monkeypatch.undo()
    [taken] = await either.reception.parked.take(parked["id"])
    assert taken.status == 201
    assert (await either.rows(ParkedRow))[0]["redriven_at"] == either.clock.now()
    [repeat] = await either.reception.parked.take(parked["id"])
    assert (repeat.status, repeat.code) == (200, taken.code)


async def test_the_body_is_kept_sealed(house: House) -> None:
    await house.post("/fhir", service_request())
    [row] = await house.rows(IntakeRow)
    assert "李秀英" not in json.dumps(dict(row), default=str, ensure_ascii=False)
    body, _ = open_body(house.keyring, row["body"], f"intake|body|{row['id']}")
    assert json.loads(body.content)["contained"][0]["name"][0]["text"] == "李秀英"


async def test_bodies_are_forgotten_after_ninety_days_and_the_row_stays(either: House) -> None:
    async def purged(days: int) -> int:
        async with either.database.transaction() as tx:
            return await purge_bodies(tx, either.clock.now() + timedelta(days=days))

    await either.post("/fhir", service_request())
    assert await purged(89) == 0
    assert await purged(91) == 1
    [row] = await either.intake()
    assert (row["body"], row["status"]) == (None, 201)
    assert await purged(91) == 0


async def test_without_a_database_nothing_is_promised(sqlite_tables_url: str) -> None:
    async with open_house(sqlite_tables_url) as house:
        async with house.database.transaction() as tx:
            await tx.execute(text("ALTER TABLE inbox RENAME TO away"))
        response = await house.post("/fhir", service_request())
        assert response.status_code == 503
        assert response.headers["retry-after"]
        assert await house.count(LogRow) == 0
