"""The description of the addresses for integrators: what OpenAPI says of bodies and answers, and the page at /docs.

The page is plain HTML made here: it needs no script and no server but this one.
"""

from html import escape
from typing import Any

from events.intake.flat_types import TYPES, schemas

_RESOURCE = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}
_EVENT = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string"},
        "source": {"type": "string"},
        "type": {"enum": sorted(TYPES)},
        "data": {"type": "object", "description": "See /schemas"},
    },
}
BODIES: dict[str, dict[str, Any]] = {
    "fhir": {
        "requestBody": {
            "required": True,
            "content": {
                "application/fhir+json": {"schema": _RESOURCE},
                "application/fhir+xml": {"schema": {"type": "string"}},
            },
        },
        "security": [{"source": []}],
    },
    "events": {
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": {"schema": _EVENT},
                "application/cloudevents-batch+json": {"schema": {"type": "array", "items": _EVENT, "minItems": 1}},
            },
        },
        "security": [{"source": []}],
    },
}

_ANSWERS = {
    200: "A repeat, or an update of something known",
    201: "Taken; Location names the referral",
    202: "Taken, no recipient known: it waits to be routed",
    207: "A batch whose events had different answers",
    400: "The body did not come whole",
    401: "No key, or one that does not count",
    403: "The source may not speak for this facility",
    404: "No referral of yours",
    409: "The same message id with another body, or an update the state forbids",
    413: "More than 2 MB",
    415: "Not a type of content that is read here",
    422: "Cannot be taken; the answer names the element",
    429: "More than this source may send; see Retry-After",
    503: "Nothing was stored; send it again with the same id",
}
_READ = (200, 401, 404, 422, 429, 503)


def answers_of(kind: str) -> dict[int | str, dict[str, Any]]:
    """The answers of an address, for OpenAPI."""
    media = "application/fhir+json" if kind == "fhir" else "application/problem+json"
    statuses = _READ if kind == "read" else tuple(status for status in _ANSWERS if kind == "events" or status != 207)
    found: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        content = ["application/json"] if kind != "fhir" and status < 300 else [media]
        if kind == "events" and status >= 300:
            content.append("application/json")  # a batch all of whose events had this answer
        text = "Found" if kind == "read" and status == 200 else _ANSWERS[status]
        found[status] = {"description": text, "content": {each: {"schema": {"type": "object"}} for each in content}}
    return found


def page(description: dict[str, Any]) -> str:
    """The page at /docs: every address, what it takes and answers, and the schemas of the flat types."""
    parts = [
        "<h1>Refloop</h1><p>Authorization: Bearer and the key of your source. The same message id has one effect.</p>"
    ]
    for path, operations in description["paths"].items():
        for verb, operation in operations.items():
            parts.append(_operation(verb.upper(), path, operation))
    for name, schema in schemas().items():
        parts.append(f"<h3 id='{escape(name)}'>{escape(name)}</h3><p>{escape(schema.get('description', ''))}</p>")
        parts.append(_fields(schema))
    style = (
        "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}td{padding:.1rem 1rem .1rem 0}"
    )
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Refloop: for integrators</title><style>{style}</style><body>{''.join(parts)}</body></html>"
    )


def _operation(verb: str, path: str, operation: dict[str, Any]) -> str:
    takes = ", ".join(operation.get("requestBody", {}).get("content", {}))
    rows = "".join(
        f"<tr><td>{escape(str(status))}</td><td>{escape(answer['description'])}</td></tr>"
        for status, answer in operation.get("responses", {}).items()
    )
    asked = ", ".join(f"?{each['name']}" for each in operation.get("parameters", []) if each["in"] == "query")
    return (
        f"<h2><code>{verb} {escape(path)}</code></h2><p>{escape(operation.get('description', ''))}</p>"
        + (f"<p>Takes {escape(takes)}</p>" if takes else "")
        + (f"<p>Parameters: <code>{escape(asked)}</code></p>" if asked else "")
        + f"<table>{rows}</table>"
    )


def _fields(schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{'required' if name in required else ''}</td>"
        f"<td>{escape(field.get('description', ''))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    return f"<table>{rows}</table>"
