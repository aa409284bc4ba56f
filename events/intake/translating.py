"""From a body to messages: which translator, which message id; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.intake.decoding import media_type, read_value
from events.intake.fhir import translate_fhir
from events.intake.flat import events_of, translate_event
from events.intake.intents import Message
from events.intake.problems import Problem, Unacceptable, unreadable

_FHIR = ("application/fhir+json", "application/fhir+xml")
_EVENTS = ("application/cloudevents+json", "application/cloudevents-batch+json")
_PLAIN = ("application/json", "application/xml", "text/json", "text/xml", "text/plain", "application/octet-stream")
_LONGEST_ID = 200
LARGEST = 2_000_000  # bytes of one body


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it came, with its content type and the headers that matter (in small letters)."""

    content: bytes
    content_type: str | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a body: read, or refused; `content` is what its hash is made of."""

    id: str | None
    content: bytes
    message: Message | None = None
    refusal: Unacceptable | None = None


def parts_of(body: Body, channel: str, now: datetime, zone: ZoneInfo, only: str | None = None) -> list[Part]:
    """The messages of a body. Unacceptable when the body as a whole cannot be read (415, 422)."""
    media, parameters = media_type(body.content_type)
    if media not in (*_FHIR, *_EVENTS, *_PLAIN):
        wanted = "application/fhir+json, application/fhir+xml, application/json or application/cloudevents+json"
        raise Unacceptable(415, Problem(f"send {wanted}", "Content-Type", "not-supported"))
    key = body.headers.get("idempotency-key", "").strip() or None
    if key is not None and len(key) > _LONGEST_ID:
        raise unreadable(f"longer than {_LONGEST_ID} characters", "Idempotency-Key", "too-long")
    value, xml = read_value(body.content, parameters.get("charset"))
    if _is_fhir(value, media, channel, body.headers):
        message = translate_fhir(value, now, zone, xml=xml, version=parameters.get("fhirversion"), only=only)
        return [Part(_checked(key or message.id), body.content, message)]
    if xml:
        raise unreadable("JSON is expected here; FHIR in XML goes to /fhir")
    return _event_parts(value, media, body, key, now)


def _is_fhir(value: Any, media: str, channel: str, headers: Mapping[str, str]) -> bool:
    if channel.startswith("http:"):
        return channel.startswith("http:/fhir")
    if media in _FHIR:
        return True
    # The queue takes both: an event says its type, a resource its resourceType.
    return isinstance(value, dict) and "resourceType" in value and "ce-type" not in headers


def _event_parts(value: Any, media: str, body: Body, key: str | None, now: datetime) -> list[Part]:
    events = events_of(value, media, body.headers)
    parts = []
    for number, event in enumerate(events):
        unique = event.get("id") if isinstance(event.get("id"), str) else None
        named = (f"{key}#{number}" if len(events) > 1 else key) if key else unique
        content = body.content if len(events) == 1 else json.dumps(event, sort_keys=True).encode()
        try:
            message = translate_event(event, now)
            parts.append(Part(_checked(named), content, message))
        except Unacceptable as error:
            parts.append(Part(named[:_LONGEST_ID] if named else None, content, refusal=error))
    return parts


def _checked(unique: str | None) -> str | None:
    if unique is not None and len(unique) > _LONGEST_ID:
        raise unreadable(f"longer than {_LONGEST_ID} characters", "message id", "too-long")
    return unique.strip() or None if unique else None
