"""Whatever comes in, a translator answers with intents or with what is wrong: never with an error of its own."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.intake.decoding import read_value
from events.intake.fhir import translate_fhir
from events.intake.flat import events_of, translate_event
from events.intake.flat_types import TYPES
from events.intake.intents import Intent, Message
from events.intake.problems import Unacceptable
from events.intake.translating import Body, parts_of
from tests.intake_house import encounter, patient, service_request

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")

_ELEMENTS = sorted(
    [
        "resourceType",
        "id",
        "identifier",
        "status",
        "intent",
        "priority",
        "category",
        "code",
        "coding",
        "system",
        "subject",
        "patient",
        "reference",
        "display",
        "requester",
        "performer",
        "type",
        "class",
        "period",
        "start",
        "end",
        "value",
        "valueQuantity",
        "component",
        "effectiveDateTime",
        "contained",
        "entry",
        "resource",
        "extension",
        "url",
        "participant",
        "actor",
        "focus",
        "basedOn",
        "meta",
        "profile",
        "name",
        "gender",
        "birthDate",
        "text",
        "given",
        "family",
    ]
)
_WORDS = st.sampled_from(
    ["ServiceRequest", "Encounter", "Task", "Appointment", "Observation", "Patient", "Bundle", "message", "active",
     "finished", "IMP", "#pat", "Patient/1", "3457005", "http://snomed.info/sct", "8480-6", "http://loinc.org",
     "2026-02-30", "0385-07-25T07:06:40Z", "2026-11-19", "", "🙂"]
)  # fmt: skip
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | _WORDS
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_ELEMENTS), inner, max_size=6),
    max_leaves=25,
)
_RESOURCE = st.builds(
    lambda kind, rest: {**rest, "resourceType": kind},
    st.sampled_from(["ServiceRequest", "ReferralRequest", "Encounter", "Task", "Appointment", "Observation", "Bundle"]),
    st.dictionaries(st.sampled_from(_ELEMENTS), _JSON, max_size=10),
)
_SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def refusal(work: Callable[[], Any]) -> Unacceptable | None:
    """How a message was refused; None where it was read. Any other error is the test's failure."""
    try:
        work()
    except Unacceptable as error:
        return error
    return None


def read(value: Any) -> None:
    found: list[Message] = []
    refused = refusal(lambda: found.append(translate_fhir(value, NOW, ZONE)))
    if refused is not None:
        assert refused.problems
        assert all(each.text for each in refused.problems)
    else:
        assert found[0].intents
        assert all(isinstance(each, Intent) for each in found[0].intents)


@_SETTINGS
@given(_RESOURCE | _JSON)
def test_any_resource(value: Any) -> None:
    read(value)


@_SETTINGS
@given(st.data())
def test_a_good_message_with_one_element_spoilt(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from([service_request(), encounter(), patient()]))
    spoilt = json.loads(json.dumps(good))
    path: list[Any] = []
    node: Any = spoilt
    while isinstance(node, (dict, list)) and node:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        path.append((node, key))
        node = node[key]
        if data.draw(st.booleans()):
            break
    holder, key = path[-1]
    holder[key] = data.draw(_JSON)
    read(spoilt)


@_SETTINGS
@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "gb18030", "latin-1", "\x00"]))
def test_any_bytes(body: bytes, charset: str | None) -> None:
    refused = refusal(lambda: read_value(body, charset))
    assert refused is None or refused.problems


@_SETTINGS
@given(st.sampled_from(sorted(TYPES)), _JSON)
def test_any_flat_data(kind: str, data: Any) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": kind, "data": data}
    refused = refusal(lambda: translate_event(event, NOW))
    assert refused is None or all(each.element.startswith("data") for each in refused.problems)


@_SETTINGS
@given(
    _JSON, st.sampled_from(["application/json", "application/cloudevents-batch+json", "text/html", "", "a/b; c=\x01"])
)
def test_any_body_and_content_type(value: Any, media: str) -> None:
    try:
        body = json.dumps(value).encode()
    except ValueError:
        return
    for channel in ("http:/events", "http:/fhir", "amqp"):
        refused = refusal(lambda channel=channel: parts_of(Body(body, media, {}), channel, NOW, ZONE))  # type: ignore[misc]
        assert refused is None or refused.status in (415, 422)


def test_a_batch_of_nothing_is_refused() -> None:
    for value in ([], [1], "x"):
        with pytest.raises(Unacceptable):
            events_of(value, "application/cloudevents-batch+json", {})
