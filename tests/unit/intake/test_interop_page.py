"""What docs/interop.md tells integrators to send is what is taken."""

import json
import re
from pathlib import Path

from events.intake.flat import translate_event
from events.intake.flat_types import TYPES
from tests.unit.intake.fhir_words import NOW

PAGE = Path(__file__).resolve().parents[3] / "docs" / "interop.md"


def test_every_curl_of_the_page_is_a_message_we_take() -> None:
    found = re.findall(r"post '(\{.*?\}\})'", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    events = [json.loads(text) for text in found]
    for event in events:
        if "discharged_at" in event["data"]:
            event["data"]["discharged_at"] = NOW.isoformat()
        assert translate_event(event, NOW).intents
    assert {event["type"] for event in events} == TYPES.keys()
