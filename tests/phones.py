"""People with phones, for tests: they read, press and type on a running sandbox, and notice the unexpected.

    async with await Sandbox.connect(url) as world:
        lin = await world.person("lin", name="Lin Yue", phone="+8613900000001")
        await lin.start("invite-code")
        card = await lin.expect("New urgent referral")
        await card.press("Accept")
        await card.edited("Accepted by Lin Yue")
        await world.clock.forward(minutes=30)

Leaving the block fails the test when a phone got a message that no `expect` (or `skim`) took.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.handset import PATIENCE_SECONDS, Answer, Card, Json, Phone, PhoneError, line

__all__ = ["Answer", "Card", "Clock", "Phone", "PhoneError", "Sandbox"]


class Sandbox:
    """The world of phones around one running sandbox."""

    def __init__(self, url: str, session: aiohttp.ClientSession, bot: int | None) -> None:
        self.url = url.rstrip("/")
        self.phones: dict[str, Phone] = {}
        self.clock = Clock(self)
        self._bot = bot
        self._session = session
        self._seen = 0
        self._changed = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, url: str, bot: int | None = None) -> Self:
        """`bot`: the number before the colon of its token, when several bots use the sandbox."""
        # A year of the clock takes as long as it takes; the sandbox itself finds out when nothing moves any more.
        world = cls(url, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)), bot)
        world._seen = (await world.get(""))["last"]
        world._listener = asyncio.create_task(world._listen())
        return world

    async def person(self, key: str, name: str = "", phone: str = "", language: str = "", last_name: str = "") -> Phone:
        """Somebody's phone. A person who is not there yet is made (then `name` is needed)."""
        if key in self.phones:
            return self.phones[key]
        if name:
            given = {"name": name, "phone": phone, "language": language or "en", "last_name": last_name}
            await self.post("/people", key=key, **given)
        transcript = await self.get(f"/people/{key}/transcript", everything="1")
        self.phones[key] = phone_ = Phone(self, transcript["person"])
        phone_.messages = {message["id"]: message for message in transcript["messages"]}
        phone_.presses = {press["id"]: press for press in transcript["presses"]}
        return phone_

    async def fault(self, kind: str, **scope: Any) -> Json:
        """Arms a fault: `method` or `methods`, `person`, `seconds`, `count`, `for_ever` (docs/sandbox.md)."""
        if isinstance(scope.get("person"), Phone):
            scope["person"] = scope["person"].key
        return await self.post("/faults", kind=kind, **scope)

    async def clear_faults(self, fault: int | None = None) -> None:
        """All of them, or the one with this id."""
        await self._call("DELETE", "/faults", {} if fault is None else {"id": fault})

    async def rates(self, on: bool) -> None:
        await self.post("/rates", on=on)

    async def calls(self, method: str = "") -> list[Json]:
        """What the bot called, oldest first."""
        calls: list[Json] = (await self.get("/calls", method=method))["calls"]
        return calls

    async def reset(self) -> None:
        """Empties the sandbox; phones made before are gone."""
        await self.post("/reset")
        self.phones.clear()

    async def settle(self) -> None:
        """Waits until every program is quiet; the clock does not move."""
        await self.clock.forward()

    async def finish(self) -> None:
        """Ends the visit. Raises AssertionError listing every message nobody expected."""
        try:
            await self.catch_up()
            unexpected = [
                f"{phone.key}: {line(phone.messages[number])}"
                for phone in self.phones.values()
                for number in phone.news
                if not phone.messages[number]["deleted"]
            ]
        finally:
            await self.close()
        if unexpected:
            raise AssertionError("unexpected messages:\n  " + "\n  ".join(unexpected))

    async def close(self) -> None:
        """Ends the visit without a look at what was not expected."""
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A test that fails already should show its own failure, not what was left over by it.
        await (self.close() if error else self.finish())

    async def get(self, path: str, **query: str) -> Json:
        if self._bot is not None:
            query["bot"] = str(self._bot)
        return await self._call("GET", path, query=query)

    async def post(self, path: str, **body: Any) -> Json:
        return await self._call("POST", path, body if self._bot is None else body | {"bot": self._bot})

    async def catch_up(self) -> None:
        """Waits until everything that has happened so far has reached the phones of this test."""
        last: int = (await self.get(""))["last"]
        async with self._changed, asyncio.timeout(PATIENCE_SECONDS):
            await self._changed.wait_for(lambda: self._seen >= last)

    async def wait_for(self, found: Any, seconds: float) -> Any:
        """The first true answer of `found()`, asked again at each change; None after `seconds`."""
        with suppress(TimeoutError):
            async with self._changed, asyncio.timeout(seconds):
                return await self._changed.wait_for(found)
        return None

    async def _call(self, method: str, path: str, body: Json | None = None, query: Any = None) -> Json:
        url = f"{self.url}/sandbox/api{path}"
        async with self._session.request(method, url, json=body, params=query) as response:
            answer: Json = await response.json()
            if response.status >= 400:
                raise PhoneError(answer.get("error") or json.dumps(answer))
            return answer

    async def _listen(self) -> None:
        url = f"{self.url}/sandbox/api/events"
        async with self._session.get(
            url, params={"since": self._seen}, timeout=aiohttp.ClientTimeout(total=None)
        ) as response:
            async for number, kind, data in _events(response.content):
                async with self._changed:
                    for key in data.get("people", ()):
                        if key in self.phones and (self._bot is None or data.get("bot") in (None, self._bot)):
                            self.phones[key].take(kind, data)
                    self._seen = number
                    self._changed.notify_all()


class Clock:
    """The sandbox's clock."""

    def __init__(self, world: Sandbox) -> None:
        self._world = world

    async def now(self) -> datetime:
        return datetime.fromisoformat((await self._world.get("/clock"))["now"])

    async def forward(self, **span: float) -> datetime:
        """Moves on by `minutes=30`, `hours=`, `days=`; every program does meanwhile what falls due."""
        return await self._move({"forward": timedelta(**span).total_seconds()})

    async def to(self, when: datetime) -> datetime:
        return await self._move({"to": when.isoformat()})

    async def next(self) -> datetime:
        """Moves to the next thing any program will do by itself."""
        return await self._move({"next": True})

    async def _move(self, body: Json) -> datetime:
        answer = await self._world.post("/clock", **body)
        await self._world.catch_up()
        return datetime.fromisoformat(answer["now"])


async def _events(stream: aiohttp.StreamReader) -> AsyncIterator[tuple[int, str, Json]]:
    """Server-sent events as (number, kind, data)."""
    rest = b""
    async for chunk in stream.iter_any():
        *blocks, rest = (rest + chunk).split(b"\n\n")
        for block in blocks:
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
            if "id" in fields:
                yield int(fields["id"]), fields["event"], json.loads(fields["data"])
