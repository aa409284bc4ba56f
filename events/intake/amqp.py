"""The AMQP side of the intake: one message of the queue refloop.intake, from its sender to its answer.

The sender is the user that the broker has checked (user_id); a message without one says whose it is by the key of its
source in the header `authorization`. What nobody can be named for is refused and noted like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from events.intake.answers import Answer, as_operation_outcome, as_plain, refused
from events.intake.problems import Problem, Unacceptable
from events.intake.reception import Reception
from events.intake.sources import Gatekeeper
from events.intake.translating import LARGEST
from models.places import Source

CHANNEL = "amqp"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is published to reply_to, if the message names one."""

    routing_key: str
    correlation_id: str | None
    content_type: str
    body: bytes


class QueueIntake:
    """Takes the messages of the intake queue. `handle` never raises for what a sender does."""

    def __init__(self, reception: Reception, gatekeeper: Gatekeeper) -> None:
        self._reception = reception
        self._gatekeeper = gatekeeper

    async def handle(
        self,
        body: bytes,
        headers: Mapping[str, Any],
        content_type: str | None = None,
        *,
        message_id: str | None = None,
        user_id: str | None = None,
        reply_to: str | None = None,
        correlation_id: str | None = None,
    ) -> tuple[list[Answer], Reply | None]:
        """Take one message; the caller acknowledges it, and publishes the reply.

        An answer of 503 means that nothing was stored: the caller gives the message back to the queue.
        """  # fmt: skip
        plain = plain_headers(headers, message_id)
        source: Source | None = None
        try:
            source = await sender(self._gatekeeper, plain, user_id)
            if len(body) > LARGEST:
                raise Unacceptable(
                    413, Problem(f"more than {LARGEST} bytes: send less in one message", "body", "too-long")
                )
        except Unacceptable as error:
            answers = [await self._reception.note_refusal(source, CHANNEL, body, content_type, refused(error))]
        else:
            media = content_type or "application/octet-stream"
            answers = await self._reception.take(source, CHANNEL, body, media, plain)
        if all(400 <= answer.status < 500 for answer in answers):
            # A queue has nobody who waits for the answer: what was refused is kept for the coordinator.
            await self._reception.park(source, CHANNEL, body, content_type, answers[0].reason)
        # What is parked is stored: given back, it would only be parked again.
        answers = [replace(answer, status=202) if answer.kept else answer for answer in answers]
        return answers, _reply(answers, content_type, reply_to, correlation_id)


async def sender(gatekeeper: Gatekeeper, headers: Mapping[str, str], user_id: str | None) -> Source:
    """Whose message it is. Unacceptable (401) where nobody can be named."""
    if user_id is not None:
        named = await gatekeeper.source_named(user_id)
        if named is not None:
            return named
    if "authorization" in headers:
        return await gatekeeper.source_of(headers["authorization"])
    text = "set user_id to the source's own AMQP user, or the header authorization to Bearer and its key"
    raise Unacceptable(401, Problem(text, "user_id", "login"))


def plain_headers(headers: Mapping[str, Any], message_id: str | None) -> dict[str, str]:
    """A message's headers as the translators read them: names in small letters, its id as the idempotency key."""
    plain = {}
    for name, value in headers.items():
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        # CloudEvents' AMQP binding writes cloudEvents:type and cloudEvents_type.
        key = name.lower().replace("cloudevents:", "ce-").replace("cloudevents_", "ce-")
        plain[key] = text
    if message_id and "idempotency-key" not in plain:
        plain["idempotency-key"] = message_id
    return plain


def _reply(answers: list[Answer], media: str | None, reply_to: str | None, correlation_id: str | None) -> Reply | None:
    if not reply_to:
        return None
    fhir = "fhir" in (media or "")
    if len(answers) == 1 and fhir:
        return Reply(reply_to, correlation_id, "application/fhir+json", orjson.dumps(as_operation_outcome(answers[0])))
    several = [as_plain(answer) | {"status": answer.status} for answer in answers]
    value: Any = several[0] if len(several) == 1 else {"results": several}
    return Reply(reply_to, correlation_id, "application/json", orjson.dumps(value))
