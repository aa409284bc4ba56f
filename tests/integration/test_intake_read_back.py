"""What a source reads back: its loops, what changed, the schemas and pages; and the same by the queue."""

import json
from datetime import timedelta

import httpx
import jsonschema
import pytest
from prometheus_client import CollectorRegistry

from events.intake.amqp import QueueIntake
from events.intake.flat_types import TYPES
from events.intake.http import create_app
from models.journal import ParkedRow
from tests.intake_house import (
    CENTRE,
    CITY,
    COUNTY,
    REQUEST,
    House,
    code_in,
    event,
    service_request,
)


async def test_a_source_reads_its_own_loops_only(either: House) -> None:
    code = code_in(await either.post("/fhir", service_request()))
    for facility, status in ((CENTRE, 200), (COUNTY, 200), (CITY, 404)):
        response = await either.get(f"/referrals/{code}", facility)
        assert response.status_code == status
    mine = (await either.get(f"/referrals/{code}")).json()
    assert (mine["status"], mine["initiator_facility"], mine["recipient_facility"]) == ("requested", CENTRE, COUNTY)
    assert "李秀英" not in json.dumps(mine, ensure_ascii=False)
    assert (await either.get("/referrals", CITY)).json()["referrals"] == []
    assert (await either.get("/referrals/R-AAAAA")).status_code == 404
    assert (await either.client.get(f"/referrals/{code}")).status_code == 401


async def test_what_changed_since(either: House) -> None:
    await either.post("/fhir", service_request("T-1"))
    either.clock.forward(timedelta(minutes=5))
    first = (await either.get("/referrals")).json()
    assert len(first["referrals"]) == 1
    either.clock.forward(timedelta(minutes=5))
    second = code_in(await either.post("/fhir", service_request("T-2")))
    later = (await either.get(f"/referrals?since={first['next']}")).json()
    assert second in [each["code"] for each in later["referrals"]]
    either.clock.forward(timedelta(minutes=5))
    done = (await either.get(f"/referrals?since={(await either.get('/referrals')).json()['next']}")).json()
    assert [each["code"] for each in done["referrals"]] == [second]
    assert (await either.get("/referrals?since=yesterday")).status_code == 422


async def test_schemas_describe_what_is_taken(house: House) -> None:
    found = (await house.client.get("/schemas")).json()
    assert found.keys() == TYPES.keys()
    jsonschema.Draft202012Validator.check_schema(found["refloop.referral.request.v1"])
    jsonschema.validate(REQUEST, found["refloop.referral.request.v1"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(REQUEST | {"priority": "very"}, found["refloop.referral.request.v1"])


async def test_the_pages_answer_loopback_only(house: House) -> None:
    assert (await house.client.get("/healthz")).json() == {"ok": True}
    assert (await house.client.get("/readyz?quiet=1")).json() == {"quiet": True, "next_due": None}
    for path in ("/docs", "/metrics", "/openapi.json"):
        assert (await house.client.get(path)).status_code == 200
    house.client._transport.client = ("198.51.100.7", 4711)  # type: ignore[attr-defined]
    for path in ("/docs", "/metrics", "/openapi.json"):
        assert (await house.client.get(path)).status_code == 404


async def test_who_asks_for_rest_may_wait_for_it(house: House) -> None:
    looks: list[str | None] = ["notices to be sent", "notices on their way", None, *["the relay"] * 9]

    async def ready() -> None:
        return None

    async def quiet() -> tuple[str | None, None]:
        return looks.pop(0), None

    app = create_app(
        house.reception, house.gatekeeper, house.database, house.clock, ready=ready, quiet=quiet,
        metrics=CollectorRegistry(),
    )  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://refloop.test") as client:
        at_once = await client.get("/readyz?quiet=1")
        assert (at_once.status_code, at_once.json()["waiting_for"]) == (503, "notices to be sent")
        waited = await client.get("/readyz?quiet=1&within=10")
        assert (waited.status_code, waited.json()["quiet"], looks) == (200, True, ["the relay"] * 9)
        assert (await client.get("/readyz?quiet=1&within=0.03")).status_code == 503
        assert (await client.get("/readyz?quiet=1&within=11")).status_code == 422
    looks[:] = ["the relay", None]
    elsewhere = httpx.ASGITransport(app=app, client=("198.51.100.7", 4711))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://refloop.test") as client:
        assert (await client.get("/readyz?quiet=1&within=10")).status_code == 503
    assert looks == [None], "one look for whoever is not on this host"


@pytest.mark.parametrize("opened, paths", [("open_docs", {"/docs", "/openapi.json"}), ("open_metrics", {"/metrics"})])
async def test_each_setting_opens_its_own_pages_only(house: House, opened: str, paths: set[str]) -> None:
    async def never() -> None:
        return None

    async def quiet() -> tuple[str | None, None]:
        return None, None

    app = create_app(
        house.reception, house.gatekeeper, house.database, house.clock, ready=never, quiet=quiet,
        metrics=CollectorRegistry(), open_docs=opened == "open_docs", open_metrics=opened == "open_metrics",
    )  # fmt: skip
    transport = httpx.ASGITransport(app=app, client=("198.51.100.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://refloop.test") as elsewhere:
        for path in ("/docs", "/metrics", "/openapi.json"):
            assert ((await elsewhere.get(path)).status_code == 200) == (path in paths), path


async def test_a_flood_of_one_source_does_not_reach_another(house: House) -> None:
    house.gatekeeper._burst = 5
    codes = [(await house.get("/referrals")).status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    assert (await house.get("/referrals", COUNTY)).status_code == 200
    house.clock.forward(timedelta(seconds=1))
    assert (await house.get("/referrals")).status_code == 200


async def test_the_queue_takes_events_and_fhir_and_replies(house: House) -> None:
    queue = QueueIntake(house.reception, house.gatekeeper)
    body = json.dumps(event("referral.request", REQUEST)).encode()
    [answer], reply = await queue.handle(body, {}, user_id=f"{CENTRE}-amqp", reply_to="back", correlation_id="c-1")
    assert answer.status == 201
    assert reply is not None
    assert (reply.routing_key, reply.correlation_id, json.loads(reply.body)["code"]) == ("back", "c-1", answer.code)
    headers = {"authorization": f"Bearer {house.keys[CENTRE]}".encode()}
    fhir = json.dumps(service_request()).encode()
    [second], none = await queue.handle(fhir, headers, "application/fhir+json", message_id="q-1")
    assert (second.status, none) == (201, None)
    [again], _ = await queue.handle(fhir, headers, "application/fhir+json", message_id="q-1")
    assert (again.status, again.code) == (200, second.code)


async def test_the_queue_parks_what_nobody_can_read(house: House) -> None:
    queue = QueueIntake(house.reception, house.gatekeeper)
    [unread], _ = await queue.handle(b"\x00\x01", {}, user_id=f"{CENTRE}-amqp")
    [stranger], _ = await queue.handle(b"{}", {}, user_id="somebody")
    assert (unread.status, stranger.status) == (422, 401)
    assert len(await house.rows(ParkedRow)) == 2
    assert [row["status"] for row in await house.intake()] == [422, 401]
