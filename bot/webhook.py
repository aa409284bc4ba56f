"""Updates by webhook: Telegram posts them, and gets its 200 only after they are stored.

Whoever does not know the secret is turned away before a byte of the body is read. Any number of processes may receive;
the holder of the lease works through what they stored, and sees to it that Telegram knows the address.
"""

import asyncio
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import ClientDisconnect

from bot.chat_side import ChatSide
from bot.polling import Named, remember_name
from bot.update_store import is_update, store
from models.failpoints import failpoint

_log = structlog.get_logger("updates")

PATH = "/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
LARGEST = 512 * 1024  # bytes; a message with all its entities is far below
LOOK_EVERY = 60.0
_LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Hook:
    """What Telegram knows: the address it posts to, what waits there, and what last went wrong with it, if anything."""

    url: str
    waiting: int = 0
    error: str = ""


class Hooks(Named, Protocol):
    """Where a webhook is set."""

    async def set_webhook(self, url: str, secret: str) -> str | None:
        """Have updates posted to `url` with this secret; why not, or None when it is done."""
        ...

    async def webhook(self) -> Hook | None:
        """What is set now; None when that cannot be said."""
        ...


def webhook_router(side: ChatSide, secret: str, heard: Callable[[], None]) -> APIRouter:
    """The route that receives. 401: not the secret; 413: longer than LARGEST; 400: no update; 503: send it again."""
    router = APIRouter()
    known = secret.encode()

    @router.post(PATH, include_in_schema=False)
    async def receive(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode("latin-1")
        if not hmac.compare_digest(given, known):
            return Response(status_code=401)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        update = _update(body)
        if update is None:
            return Response(status_code=400)
        try:
            async with side.database.transaction() as tx:
                await store(tx, side, [update])
        except (OSError, DBAPIError, PoolTimeout) as error:
            _log.error("update not stored", error=type(error).__name__)
            return Response(status_code=503, headers={"Retry-After": "2"})
        failpoint("after_update_stored")
        heard()
        return Response(status_code=200)

    return router


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is longer than it may be; empty when the other side went away."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST:
        return None
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return None
    except ClientDisconnect:
        return b""
    return body


def _update(body: bytes) -> dict[str, Any] | None:
    try:
        update = json.loads(body)
        json.dumps(update, ensure_ascii=False).encode()  # half a character could not be stored
    except (ValueError, RecursionError):
        return None
    return update if is_update(update) else None


class Registration:
    """Sees to it that Telegram posts to our address. Only the holder of the lease runs it."""

    def __init__(self, side: ChatSide, hooks: Hooks, url: str, secret: str) -> None:
        self._side = side
        self._hooks = hooks
        self._url = url
        self._secret = secret

    async def run(self, heard: Callable[[], None]) -> None:
        """Until cancelled: set it, then look every minute whether it is still ours and works."""
        failures = 0
        named = is_set = False
        complained = ""
        while True:
            try:
                named = named or await remember_name(self._side, self._hooks)
                refused = None if is_set else await self._hooks.set_webhook(self._url, self._secret)
                is_set, failures = refused is None, 0 if refused is None else failures + 1
                if refused is not None:
                    _log.error("cannot set the webhook", reason=refused, failures=failures)
                elif (hook := await self._hooks.webhook()) is not None:
                    is_set = hook.url == self._url
                    if hook.error and hook.error != complained:
                        _log.warning("Telegram cannot deliver", reason=hook.error, waiting=hook.waiting)
                    complained = hook.error
            except Exception as error:  # noqa: BLE001 - tried again; Telegram keeps what waits for a day
                failures += 1
                _log.error("cannot look after the webhook", error=type(error).__name__, exc_info=error)
            await asyncio.sleep(min(_LONGEST_WAIT, 0.5 * 2**failures) if failures else LOOK_EVERY if is_set else 1.0)
