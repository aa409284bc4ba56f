"""Short words for the unit tests of the translators."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.intake.fhir import translate_fhir
from events.intake.intents import NotOurs

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def asked(resource: dict[str, Any]) -> list[Any]:
    """What a resource asks."""
    return list(translate_fhir(resource, NOW, ZoneInfo("Asia/Shanghai")).intents)


def reason_of(resource: dict[str, Any]) -> str:
    """Why a resource asks for nothing."""
    [intent] = asked(resource)
    assert isinstance(intent, NotOurs)
    return intent.reason


def referral(**changes: Any) -> dict[str, Any]:
    """A ServiceRequest with these elements; None leaves one out."""
    request: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "id": "1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "requester": {"reference": "Practitioner/9"},
        "performer": [{"reference": "Organization/1"}],
    }
    return {name: value for name, value in (request | changes).items() if value is not None}
