"""The edges of HTTP: a body is read only as far as it may be long, and no error leaves without an answer."""

import orjson
import structlog
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events.intake.answers import as_operation_outcome, as_plain, unavailable
from events.intake.keeping import described
from events.intake.problems import Problem, Unacceptable
from events.intake.translating import LARGEST

_log = structlog.get_logger("gateway")


async def read_body(request: Request) -> bytes:
    """The body; Unacceptable (413) as soon as it is longer than LARGEST, the rest is not read."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST:
        raise _too_large()
    parts, length = [], 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length > LARGEST:
                raise _too_large()
            parts.append(chunk)
    except ClientDisconnect:
        raise Unacceptable(400, Problem("the connection was closed before the whole body came")) from None
    return b"".join(parts)


def _too_large() -> Unacceptable:
    return Unacceptable(413, Problem(f"more than {LARGEST} bytes: send less in one message", "body", "too-long"))


class LastResort:
    """An error that nobody handled: logged, and answered with 503 where the answer has not begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # the last resort
            if begun or scope["type"] != "http":
                raise
            # The path may hold a referral's code and the error's words a patient's: neither is logged.
            _log.error("request failed", method=scope.get("method"), **described(error))
            await _apologise(scope, send)


async def _apologise(scope: Scope, send: Send) -> None:
    answer = unavailable("a fault on our side: send it again with the same id", 60)
    fhir = str(scope.get("path", "")).startswith("/fhir")
    body = orjson.dumps(as_operation_outcome(answer) if fhir else as_plain(answer))
    media = b"application/fhir+json" if fhir else b"application/problem+json"
    headers = [(b"content-type", media), (b"retry-after", b"60"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})
