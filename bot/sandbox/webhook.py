"""Delivery by webhook: every chat's updates in their order, again with a doubling delay until a 2xx comes."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import aiohttp

from bot.sandbox.core import Core
from bot.sandbox.refusals import Refusal
from bot.sandbox.updates import Queued
from bot.sandbox.wire import Params, Upload, as_text
from bot.sandbox.world import BotAccount

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  a header's name
LONGEST_DELAY_SECONDS = 60.0
ANSWER_SECONDS = 60.0
NOT_BY_ANSWER = {"deletewebhook", "setwebhook", "close", "logout"}


class Pusher:
    """Sends one bot's updates to its webhook for as long as one is set."""

    def __init__(self, core: Core, account: BotAccount, session: aiohttp.ClientSession) -> None:
        self._core = core
        self._account = account
        self._session = session
        self._busy: set[int] = set()

    async def run(self) -> None:
        """Runs until cancelled."""
        wake = self._core.line(self._account).wake
        async with asyncio.TaskGroup() as tasks:
            while True:
                await wake.wait()
                wake.clear()
                for update in self._ready():
                    self._busy.add(_chat_of(update))
                    tasks.create_task(self._deliver(update))

    def _ready(self) -> list[Queued]:
        """The first waiting update of each chat that has none under way."""
        account = self._account
        if not account.webhook.url:
            return []
        firsts: dict[int, Queued] = {}
        for update in account.queue.waiting(self._core.clock.stamp()):
            firsts.setdefault(_chat_of(update), update)
        free = account.webhook.max_connections - len(self._busy)
        return [update for chat, update in firsts.items() if chat not in self._busy][: max(free, 0)]

    async def _deliver(self, update: Queued) -> None:
        unit = self._core.config.webhook_retry_seconds
        failures = 0
        url = self._account.webhook.url
        try:
            while url and url == self._account.webhook.url:
                why, retry_after = await self._post(update, url)
                if not why:
                    self._account.queue.done(update)
                    return
                webhook = self._account.webhook
                webhook.last_error, webhook.last_error_at = why, int(self._core.clock.stamp())
                # The first repeat is immediate, then the delay doubles; the other side may ask for its own.
                delay = retry_after or (min(unit * 2**failures, LONGEST_DELAY_SECONDS) if failures else 0.0)
                failures += 1
                await asyncio.sleep(delay)
                if update not in self._account.queue.waiting(self._core.clock.stamp()):
                    return
        finally:
            self._busy.discard(_chat_of(update))
            self._core.line(self._account).wake.set()

    async def _post(self, update: Queued, url: str) -> tuple[str, float]:
        secret = self._account.webhook.secret
        headers = {SECRET_HEADER: secret} if secret else {}
        try:
            async with self._session.post(
                url, json=update.wire(), headers=headers, timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)
            ) as response:
                if not 200 <= response.status <= 299:
                    why = f"Wrong response from the webhook: {response.status} {response.reason}"
                    wished = response.headers.get("Retry-After", "")
                    return why, float(wished) if wished.isdigit() else 0.0
                self._obey(await read_reply(response))
        except TimeoutError:
            return "Read timeout expired", 0.0
        except aiohttp.ClientError:
            return "Connection failed", 0.0
        return "", 0.0

    def _obey(self, params: Params) -> None:
        """A 2xx body with `method=` is carried out; nobody is told how it ended."""
        name = params.text("method").lower()
        if not name or name in NOT_BY_ANSWER or name.startswith("get"):
            return
        try:
            result = self._core.execute(self._account, name, params)
            status, answer = 200, {"ok": True, "result": result}
        except Refusal as refusal:
            status, answer = refusal.code, refusal.body()
        self._core.log_call(self._account, params.text("method"), params, status, answer, None)


async def read_reply(response: aiohttp.ClientResponse) -> Params:
    """The method call in a webhook's answer, whatever its encoding; nothing readable is no call."""
    try:
        return await _read_reply(response)
    except ValueError:
        return Params()


async def _read_reply(response: aiohttp.ClientResponse) -> Params:
    kind = response.content_type
    if kind == "application/json":
        body: Any = await response.json()
        texts = {str(key): as_text(value) for key, value in body.items()} if isinstance(body, dict) else {}
        return Params({key: text for key, text in texts.items() if text is not None})
    if kind == "application/x-www-form-urlencoded":
        return Params(dict(parse_qsl(await response.text(), keep_blank_values=True)))
    if kind == "multipart/form-data":
        return await _read_multipart(response)
    return Params()


async def _read_multipart(response: aiohttp.ClientResponse) -> Params:
    values: dict[str, str] = {}
    files: dict[str, Upload] = {}
    reader = aiohttp.MultipartReader.from_response(response)
    while (part := await reader.next()) is not None:
        if not isinstance(part, aiohttp.BodyPartReader) or not part.name:
            continue
        data = bytes(await part.read(decode=True))
        if part.filename:
            files[part.name] = Upload(part.filename, part.headers.get("Content-Type", ""), data)
        else:
            values[part.name] = data.decode()
    return Params(values, files)


def _chat_of(update: Queued) -> int:
    payload = update.payload
    chat = payload.get("chat") or payload.get("message", {}).get("chat") or {"id": 0}
    return int(chat["id"])
