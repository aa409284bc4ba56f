"""Flat messages, the stays that they tell of, and many at once."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from events.actions import Party, PartyKind, Position
from events.base import Actor, Cause
from events.discharge import FormAnswer
from events.discharge_decider import AnswerReturnForm, RecordDischarge
from events.referral import OutcomeKind
from events.referral_commands import ReportOutcome
from models.journal import BusinessKeyRow, InboxRow, LogRow
from models.summaries import SummaryRow
from models.values import ActorKind, Role, StreamKind, derived_id, stream_id
from tests.intake_house import (
    CENTRE,
    COUNTY,
    PATIENT,
    REQUEST,
    House,
    code_in,
    encounter,
    event,
    open_house,
)


async def test_a_whole_loop_in_flat_messages(either: House) -> None:
    taken = await either.post("/events", event("referral.request", REQUEST))
    assert taken.status_code == 201, taken.text
    code = code_in(taken)
    assert taken.json()["code"] == code
    [summary] = await either.rows(SummaryRow)
    assert (summary["department"], summary["priority"]) == ("cardiology", "asap")
    arrival = event("arrival", {"referral": code, "at": "2026-11-20T09:50:00+08:00"}, "m-2")
    assert (await either.post("/events", arrival, COUNTY)).status_code == 200
    stay = {"id": "S-1", "patient": PATIENT, "referral": code, "discharged_at": "2026-11-20T09:55:00+08:00",
            "conditions": ["hypertension"], "form": {"diagnosis": "高血压", "medicines": "氨氯地平"}}  # fmt: skip
    gone = await either.post("/events", event("discharge", stay, "m-3"), COUNTY)
    assert gone.status_code == 201, gone.text
    assert await either.status(code) == "reported"
    assert await either.events("discharge") == ["PatientDischarged", "ReturnFormSent"]


STAY = {"id": "S-1", "patient": PATIENT, "discharged_at": "2026-11-20T09:55:00+08:00",
        "form": {"diagnosis": "高血压"}}  # fmt: skip


def at(facility: str, role: Role) -> Party:
    return Party(PartyKind.practitioner, "somebody", frozenset({Position(facility, role)}))


async def told_in_chat(house: House) -> tuple[str, RecordDischarge]:
    """The code of a referral whose discharge was reported in chat, and what the reaction to that will record."""
    code = code_in(await house.post("/events", event("referral.request", REQUEST)))
    arrival = event("arrival", {"referral": code, "at": "2026-11-20T09:50:00+08:00"}, "m-2")
    assert (await house.post("/events", arrival, COUNTY)).status_code == 200
    [summary] = await house.rows(SummaryRow)
    referral = str(summary["stream"])
    report = ReportOutcome(stream=referral, by=at(COUNTY, Role.coordinator), kind=OutcomeKind.discharged)
    await house.journal.handle_alone(house.database, report, cause(house, "chat"))
    async with house.database.transaction() as tx:
        working = (await house.journal.load(tx, [referral]))[referral]
    [said] = [each for each in working.history if each.type == "OutcomeReported"]
    begin = RecordDischarge(
        stream=stream_id(StreamKind.discharge, derived_id(said.id, "discharge")), patient=working.state.patient,
        patient_key=working.state.patient_key, facility=COUNTY, centre=CENTRE, discharged_at=said.occurred_at,
        referral=referral, by=Party(PartyKind.rule, "rules", frozenset()),
    )  # fmt: skip
    return code, begin


def cause(house: House, unique: str) -> Cause:
    return Cause(derived_id(unique), Actor(ActorKind.person, "somebody"), house.clock.now())


async def begun(house: House, begin: RecordDischarge) -> None:
    assert begin.referral is not None
    await house.journal.handle_alone(house.database, begin, cause(house, "reaction"), loop=begin.referral)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("message_first", [True, False])
async def test_a_discharge_told_in_chat_and_by_the_hospital_is_one_stay(
    either: House, named: bool, message_first: bool
) -> None:
    code, begin = await told_in_chat(either)
    if not message_first:
        await begun(either, begin)
    stay = STAY | ({"referral": code} if named else {})
    gone = await either.post("/events", event("discharge", stay, "m-3"), COUNTY)
    assert gone.status_code == 200, gone.text
    if message_first:
        await begun(either, begin)
    assert await either.events("discharge") == ["PatientDischarged", "ReturnFormSent"]
    again = await either.post("/events", event("discharge", stay, "m-4"), COUNTY)
    assert again.json()["outcomes"][0]["what"] == "as it was"
    more = stay | {"form": STAY["form"] | {"medicines": "氨氯地平"}}  # type: ignore[operator]
    assert (await either.post("/events", event("discharge", more, "m-5"), COUNTY)).status_code == 200
    assert await either.events("discharge") == ["PatientDischarged", "ReturnFormSent", "ReturnFormSent"]
    [discharge] = [row for row in await either.rows(SummaryRow) if row["kind"] == "discharge"]
    assert (discharge["stream"], discharge["loop"]) == (begin.stream, begin.referral)


async def test_a_later_stay_that_names_no_referral_is_another(house: House) -> None:
    _, begin = await told_in_chat(house)
    await begun(house, begin)
    house.clock.forward(timedelta(days=20))
    later = STAY | {"discharged_at": "2026-12-10T09:55:00+08:00"}
    assert (await house.post("/events", event("discharge", later, "m-3"), COUNTY)).status_code == 201
    assert len([row for row in await house.rows(SummaryRow) if row["kind"] == "discharge"]) == 2


async def test_papers_that_come_after_the_form_was_received_are_sent_on(house: House) -> None:
    assert (await house.post("/events", event("discharge", STAY), COUNTY)).status_code == 201
    [discharge] = await house.rows(SummaryRow)
    received = AnswerReturnForm(
        stream=str(discharge["stream"]), by=at(str(discharge["recipient_facility"]), Role.family_doctor),
        answer=FormAnswer.received,
    )  # fmt: skip
    await house.journal.handle_alone(house.database, received, cause(house, "received"))
    late = STAY | {"form": {"results": "血钾 4.1"}}
    taken = await house.post("/events", event("discharge", late, "m-2"), COUNTY)
    assert taken.json()["outcomes"][0]["what"] == "papers taken"
    assert (await house.events("discharge"))[-1] == "ReturnFormSent"


async def test_a_reading_and_an_outcome(house: House) -> None:
    code = code_in(await house.post("/events", event("referral.request", REQUEST)))
    reading = event("reading", {"patient": PATIENT, "sbp": 150, "dbp": 90}, "m-2")
    assert (await house.post("/events", reading)).status_code == 200
    outcome = event("outcome", {"referral": code, "kind": "no_treatment_needed", "text": "正常"}, "m-3")
    assert (await house.post("/events", outcome, COUNTY)).status_code == 200
    assert await house.status(code) == "closed"


async def test_who_is_in_hospital_again_is_not_asked_at_home(either: House) -> None:
    begin = event("enrolment", {"patient": PATIENT, "programme": "hypertension"})
    assert (await either.post("/events", begin)).status_code == 201
    seen = await either.post("/fhir", encounter("in-progress", "AMB"), COUNTY)
    assert (seen.status_code, await either.events("plan")) == (422, ["PatientEnrolled"]), "a visit is no stay"
    for version in ("1", "2"):
        admitted = await either.post("/fhir", encounter("in-progress", meta={"versionId": version}), COUNTY)
        assert admitted.status_code == 200, admitted.text
    assert await either.events("plan") == ["PatientEnrolled", "PlanPaused"]


async def requested(house: House) -> list[dict[str, Any]]:
    """What the requests for referrals say, oldest first."""
    rows = sorted(await house.rows(LogRow), key=lambda row: row["position"])
    return [json.loads(row["data"]) for row in rows if row["type"] == "ReferralRequested"]


NUMBER_ONLY = {"id": "77", "identifiers": PATIENT["identifiers"]}


async def test_age_and_sex_come_from_the_patient_we_know(house: House) -> None:
    known = PATIENT | {"birth": "1954-11-21"}
    assert (await house.post("/events", event("referral.request", REQUEST | {"patient": known}))).status_code == 201
    second = REQUEST | {"id": "Z-2", "patient": NUMBER_ONLY}
    assert (await house.post("/events", event("referral.request", second, "m-2"))).status_code == 201
    _, asked = await requested(house)
    # The day before the 72nd birthday.
    assert (asked["picture"]["age"], asked["picture"]["sex"]) == (71, "F")
    assert asked["data_incomplete"] == []
    # The same said again is not a change, though the message says nothing of age and sex.
    again = await house.post("/events", event("referral.request", second, "m-3"))
    assert (again.status_code, again.json()["outcomes"][0]["what"]) == (200, "as it was")


async def test_nothing_is_taken_from_a_patient_who_may_be_somebody_else(house: House) -> None:
    assert (await house.post("/events", event("referral.request", REQUEST))).status_code == 201
    other = REQUEST | {"id": "Z-2", "patient": NUMBER_ONLY | {"sex": "M"}}
    assert (await house.post("/events", event("referral.request", other, "m-2"))).status_code == 201
    _, asked = await requested(house)
    assert asked["picture"].get("age") is None
    assert asked["picture"]["sex"] == "M"
    assert {"name", "birth", "patient-sex"} <= set(asked["data_incomplete"])


async def test_a_batch_answers_each_event(house: House) -> None:
    wrong = event("referral.request", REQUEST | {"id": "Z-2", "priority": "very"}, "m-2")
    batch = [event("referral.request", REQUEST), wrong]
    response = await house.post("/events", batch, media="application/cloudevents-batch+json")
    assert response.status_code == 207
    assert [each["status"] for each in response.json()["results"]] == [201, 422]
    assert response.json()["results"][1]["errors"][0]["field"] == "data.priority"


async def test_binary_mode(house: House) -> None:
    response = await house.post(
        "/events", REQUEST, media="application/json", ce_specversion="1.0", ce_id="b-1", ce_source="urn:his",
        ce_type="refloop.referral.request.v1",
    )  # fmt: skip
    assert response.status_code == 201, response.text


async def test_an_unknown_field_is_named(house: House) -> None:
    response = await house.post("/events", event("referral.request", REQUEST | {"urgency": "high"}))
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"] == [
        {"field": "data.urgency", "text": "unknown field: see /schemas for those that are known"}
    ]


@pytest.mark.parametrize(
    "change, field",
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"type": "refloop.unknown.v1"}, "type"),
        ({"data": None}, "data"),
    ],
)
async def test_a_bad_envelope_is_named(change: dict[str, Any], field: str, sqlite_tables_url: str) -> None:
    async with open_house(sqlite_tables_url) as house:
        response = await house.post("/events", event("referral.request", REQUEST) | change)
        assert response.status_code == 422
        assert response.json()["errors"][0]["field"] == field


async def test_a_dry_run_says_what_would_be_and_stores_nothing(either: House) -> None:
    response = await either.post("/events?dry_run=true", event("referral.request", REQUEST))
    assert response.status_code == 201
    assert response.json()["dry_run"] is True
    assert await either.count(LogRow) == 0
    assert await either.intake() == []
    assert (await either.post("/events", event("referral.request", REQUEST))).status_code == 201


async def test_sixty_four_at_once_with_one_id_are_one_referral(either: House) -> None:
    body = event("referral.request", REQUEST)
    answers = await asyncio.gather(*(either.post("/events", body) for _ in range(64)))
    assert sorted(answer.status_code for answer in answers) == [200] * 63 + [201]
    assert len({code_in(answer) for answer in answers}) == 1
    assert await either.events() == ["ReferralRequested"]
    assert await either.count(InboxRow) == 1


async def test_sixty_four_different_ones_at_once_are_all_taken(either: House) -> None:
    bodies = [event("referral.request", REQUEST | {"id": f"Z-{number}"}, f"m-{number}") for number in range(64)]
    answers = await asyncio.gather(*(either.post("/events", body) for body in bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert len({code_in(answer) for answer in answers}) == 64
    assert len({row["patient"] for row in await either.rows(SummaryRow)}) == 1
    assert await either.count(BusinessKeyRow) == 64


async def test_two_gateways_at_once_make_one_referral(tables_url: str) -> None:
    async with open_house(tables_url) as one:
        other = type(one.reception)(one.database, one.journal, one.keyring, one.clock, one.directory)
        other.start()
        source = one.directory.current().source(f"{CENTRE}-his")
        assert source is not None
        body = json.dumps(event("referral.request", REQUEST)).encode()
        takes = [each.take(source, "http:/events", body, None, {}) for each in (one.reception, other) for _ in range(8)]
        answers = await asyncio.gather(*takes)
        await other.stop()
        assert sorted(answer.status for [answer] in answers) == [200] * 15 + [201]
        assert await one.events() == ["ReferralRequested"]
