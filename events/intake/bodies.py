"""What is kept of a message as it came: sealed under the site key for 90 days, to take it in again after a mistake."""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from events.intake.answers import Answer
from events.intake.translating import Body
from models.sealed import SITE, Keyring
from models.values import derived_id, new_id

KEEP_DAYS = 90
_LARGEST = 2_100_000  # bytes; what is larger was refused and is not kept


def seal_body(keyring: Keyring, body: Body, source: str | None, aad: str) -> str | None:
    """The body with what is needed to take it in again, sealed; None for none, or one too large to keep."""
    if not body.content or len(body.content) > _LARGEST:
        return None
    try:
        text, encoding = body.content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(body.content).decode(), "base64"
    headers = {
        name: value for name, value in body.headers.items() if name.startswith("ce-") or name == "idempotency-key"
    }
    whole = {
        "source": source,
        "content_type": body.content_type,
        "headers": headers,
        "encoding": encoding,
        "body": text,
    }
    return keyring.seal(SITE, json.dumps(whole), aad)


def open_body(keyring: Keyring, sealed: str, aad: str) -> tuple[Body, str | None]:
    """What `seal_body` sealed: the body, and whose it is."""
    whole = json.loads(keyring.open(SITE, sealed, aad))
    content = whole["body"].encode() if whole["encoding"] == "utf-8" else base64.b64decode(whole["body"])
    return Body(content, whole["content_type"], whole["headers"]), whole["source"]


def intake_row(
    keyring: Keyring, source: str | None, channel: str, message: str | None, answer: Answer, body: Body, now: datetime
) -> dict[str, Any]:
    """The row of the intake log; the body only once, not with every repeat of it."""
    unique = new_id()
    aad = f"intake|body|{unique}"
    return {
        "id": unique, "source": source, "channel": channel, "message": message[:500] if message else None,
        "status": answer.status, "reason": answer.reason or None, "code": answer.code, "stream": answer.stream,
        "body": None if answer.repeat else seal_body(keyring, body, source, aad), "received_at": now,
    }  # fmt: skip


def payload_aad(unique: str) -> str:
    """The place that the payload of a parked message is sealed for."""
    return f"parked|payload|{unique}"


def parked_row(
    keyring: Keyring, source: str | None, channel: str, body: Body, message: str | None, reason: str, now: datetime
) -> dict[str, Any]:
    """A message for the parking; the same message gives the same id."""
    unique = derived_id("parked", source or "", channel, message or "", hashlib.sha256(body.content).hexdigest())
    return {
        "id": unique, "queue": f"intake {channel}", "reason": reason, "headers": "{}", "parked_at": now,
        "payload": seal_body(keyring, body, source, payload_aad(unique)) or "", "redriven_at": None,
    }  # fmt: skip
