"""Hospitals' systems that send referrals: each with an id of its own, again and again until the answer is definite."""

import asyncio
import json
import math
import random
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.torture.ground import DEPARTMENTS, HOSPITAL, VILLAGES, Ground

PRIORITIES = ("stat", "asap", "asap", "urgent", "urgent", "urgent", "urgent", "routine", "routine", "routine")
PATIENCE = 180.0  # seconds after which a client gives up


@dataclass
class Request:
    """One referral as its client saw it: how many tries, how many of them broke, every definite answer."""

    number: int
    source: str
    unique: str
    priority: str
    tries: int = 0
    broken: int = 0
    answers: list[tuple[int, str]] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """Whether it was answered with success at least once."""
        return any(200 <= status < 300 for status, _ in self.answers)

    @property
    def codes(self) -> set[str]:
        """The codes that were answered; one, however often it was sent."""
        return {code for status, code in self.answers if 200 <= status < 300}


@dataclass
class Load:
    """A stream of referrals. `run` sends until `stop` is called, `send` a number of them."""

    ground: Ground
    chance: random.Random
    requests: list[Request] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, per_second: float, most: float = math.inf) -> None:
        """Send at random instants, about so many a second, until stopped or `most` are sent; wait for the answers."""
        async with asyncio.TaskGroup() as clients:
            while not self.stopped.is_set() and len(self.requests) < most:
                clients.create_task(self._send(self._next()))
                try:
                    async with asyncio.timeout(self.chance.expovariate(per_second)):
                        await self.stopped.wait()
                except TimeoutError:
                    continue

    async def send(self, count: int, priority: str | None = None) -> None:
        """Send so many at once and wait for their answers."""
        async with asyncio.TaskGroup() as clients:
            for _ in range(count):
                clients.create_task(self._send(self._next(priority)))

    def stop(self) -> None:
        """No new ones from now on."""
        self.stopped.set()

    def _next(self, priority: str | None = None) -> Request:
        number = len(self.requests) + 1
        source = self.chance.choice(list(VILLAGES))
        request = Request(number, source, f"torture-{number}", priority or self.chance.choice(PRIORITIES))
        self.requests.append(request)
        return request

    def _body(self, request: Request) -> bytes:
        chance = random.Random(request.number)
        data: dict[str, Any] = {
            "id": request.unique,
            "patient": {
                "identifiers": [{"system": "id-card", "value": f"0000001960010{request.number:04d}X"}],
                "name": f"试 {request.number}", "birth": "1960-01-01", "sex": chance.choice(["F", "M"]),
            },
            "to": {"facility": HOSPITAL, "department": chance.choice(DEPARTMENTS)},
            "priority": request.priority,
            "initiator": {"system": "demo-staff", "value": VILLAGES[request.source]},
            "consent": "given",
        }  # fmt: skip
        event = {
            "specversion": "1.0", "id": request.unique, "source": "//tests",
            "type": "refloop.referral.request.v1", "datacontenttype": "application/json", "data": data,
        }  # fmt: skip
        return json.dumps(event).encode()

    async def _send(self, request: Request) -> None:
        body = self._body(request)
        headers = {
            "authorization": f"Bearer {self.ground.keys[request.source]}",
            "content-type": "application/cloudevents+json",
        }
        # Now and then a network brings the same twice.
        wanted = 2 if self.chance.random() < 0.1 else 1
        async with httpx.AsyncClient(timeout=15) as client:
            try:
                async with asyncio.timeout(PATIENCE):
                    while len(request.answers) < wanted:
                        await self._try(client, request, body, headers)
            except TimeoutError:
                return

    async def _try(self, client: httpx.AsyncClient, request: Request, body: bytes, headers: dict[str, str]) -> None:
        request.tries += 1
        try:
            address = self.chance.choice(self.ground.addresses)
            answer = await client.post(f"{address}/events", content=body, headers=headers)
        except httpx.TransportError:
            request.broken += 1
            await asyncio.sleep(0.2)
            return
        if answer.status_code in (429, 503):
            request.broken += 1
            await asyncio.sleep(0.2)
            return
        request.answers.append((answer.status_code, answer.headers.get("location", answer.text)))
