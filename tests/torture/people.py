"""The people of the network: when something comes, somebody presses something, sooner or later, perhaps twice."""

import asyncio
import heapq
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.sandbox.journal import Change
from tests.torture.ground import Ground

MOST_PRESSES = 4  # under one message: an answer may open a menu, and a menu another


@dataclass
class People:
    """Everybody's thumbs. They press what the phones show, through the people API."""

    ground: Ground
    chance: random.Random
    after: float = 1.5  # seconds until somebody presses, on average
    idle: bool = False  # nobody presses by themselves what comes meanwhile
    most: int = MOST_PRESSES
    pressed: int = 0
    missed: int = 0
    _due: list[tuple[float, int, str, int]] = field(default_factory=list)
    _shown: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    _presses: Counter[tuple[str, int]] = field(default_factory=Counter)
    _numbers: int = 0

    async def run(self) -> None:
        """Press until cancelled."""
        ends = self.ground.core.world.journal.listen(self._noticed)
        try:
            async with httpx.AsyncClient(base_url=f"{self.ground.sandbox}/sandbox/api", timeout=15) as client:
                while True:
                    while self._due and self._due[0][0] <= time.monotonic():
                        _, _, key, message = heapq.heappop(self._due)
                        await self._press(client, key, message)
                    await asyncio.sleep(0.05)
        finally:
            ends()

    def _noticed(self, change: Change) -> None:
        if change.kind not in ("message", "edited"):
            return
        message, key = change.data["message"], change.data["people"][0]
        place = (key, message["id"])
        self._shown[place] = [button for row in message["buttons"] for button in row if button["data"]]
        if self.idle or message["by"] != "bot" or not self._shown[place] or self._presses[place] >= self.most:
            return
        if self.chance.random() < 0.85:
            self._numbers += 1
            at = time.monotonic() + self.chance.expovariate(1 / self.after)
            heapq.heappush(self._due, (at, self._numbers, key, message["id"]))

    async def _press(self, client: httpx.AsyncClient, key: str, message: int) -> None:
        buttons = self._shown[key, message]
        if not buttons:
            return
        # The first button is what most people want: accept, yes, arrived.
        button = buttons[0] if self.chance.random() < 0.6 else self.chance.choice(buttons)
        self._presses[key, message] += 1
        for _ in range(2 if self.chance.random() < 0.1 else 1):
            answer = await client.post(f"/people/{key}/press", json={"message": message, "data": button["data"]})
            if answer.status_code == 200:
                self.pressed += 1
            else:
                self.missed += 1
