"""T1–T3: presses by the wrong people, forged presses, and the same press many times at once."""

import asyncio
import os
import random
import string
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.torture.ground import Ground, value
from tests.torture.run import Run, torture
from tests.torture.witness import Message, look_at_phones

pytestmark = pytest.mark.torture
PRESSES = int(os.environ.get("REFLOOP_TEST_PRESSES") or 10_000)
AT_ONCE = 50
BYTES = 64  # the most that Telegram carries under a button


async def test_nobody_presses_for_somebody_else(embedded_ground: Ground, seed: int) -> None:
    async with quiet_phones(embedded_ground, "wrong people", seed) as run:
        await wrong_people(run, PRESSES)


async def test_forged_presses_do_nothing(embedded_ground: Ground, seed: int) -> None:
    async with quiet_phones(embedded_ground, "forged presses", seed) as run:
        await forged(run, PRESSES)


async def test_the_same_press_many_times_at_once_is_done_once(embedded_ground: Ground, seed: int) -> None:
    async with quiet_phones(embedded_ground, "presses at once", seed) as run:
        await at_once(run, AT_ONCE)


def quiet_phones(ground: Ground, name: str, seed: int) -> Any:
    """A run in which nobody presses by themselves, but for what the test does."""
    return torture(ground, name, seed, pressing=False)


async def wrong_people(run: Run, presses: int) -> None:
    """Real buttons of other people's cards, pressed under cards of one's own."""
    shown = await _asked(run)
    before = await run.events()

    async def one(chance: random.Random) -> tuple[str, int, str]:
        mine, theirs = chance.sample(shown, 2)
        while mine.person == theirs.person:
            mine, theirs = chance.sample(shown, 2)
        return mine.person, mine.id, chance.choice(sorted(theirs.tokens))

    await _press_all(run, presses, one)
    await _no_effect(run, before)


async def forged(run: Run, presses: int) -> None:
    """Data that no button ever had: random, and almost right."""
    shown = await _asked(run)
    before = await run.events()

    async def one(chance: random.Random) -> tuple[str, int, str]:
        mine = chance.choice(shown)
        token = chance.choice(sorted(mine.tokens))
        place = chance.randrange(len(token))
        almost = token[:place] + chance.choice(string.ascii_letters) + token[place + 1 :]
        noise = "".join(chance.choice(string.printable + "转诊’\u202e\u0000") for _ in range(chance.randint(1, 60)))
        data = chance.choice([almost if almost not in mine.tokens else token[:-1], token[:place] + "x", noise])
        return mine.person, mine.id, data.encode()[:BYTES].decode(errors="ignore") or "x"

    await _press_all(run, presses, one)
    await _no_effect(run, before)


async def at_once(run: Run, times: int, cards: int = 1000) -> None:
    """The first button of every card (or of some), pressed so many times at the same moment."""
    shown = await _asked(run)
    async with _phones(run) as client:
        for card in shown[-cards:]:
            transcript = value(await client.get(f"/people/{card.person}/transcript"))
            [message] = [each for each in transcript["messages"] if each["id"] == card.id]
            data = message["buttons"][0][0]["data"]
            body = {"message": card.id, "data": data}
            await asyncio.gather(*(client.post(f"/people/{card.person}/press", json=body) for _ in range(times)))
    await run.quiet(240)
    run.report.faults["presses at once"] = times


async def _asked(run: Run) -> list[Message]:
    """Referrals, and the cards with buttons that come of them."""
    if not run.load.requests:
        await run.load.send(12, "urgent")
        await run.quiet(240)
    shown = [message for message in (await look_at_phones(run.ground)).messages if message.tokens]
    assert len({message.person for message in shown}) >= 4, "too few people were asked anything"
    return shown


async def _press_all(run: Run, presses: int, one: Any) -> None:
    numbers = iter(range(presses))

    async def thumb(chance: random.Random, client: httpx.AsyncClient) -> None:
        for _ in numbers:
            person, message, data = await one(chance)
            answer = await client.post(f"/people/{person}/press", json={"message": message, "data": data})
            answer.raise_for_status()
            if run.ground.core.world.accounts[0].queue.pending(run.ground.core.clock.stamp()) > 200:
                await asyncio.sleep(0.05)

    async with _phones(run) as client:
        await asyncio.gather(*(thumb(random.Random(f"{run.report.seed} {n}"), client) for n in range(8)))
    await run.quiet(300)
    run.report.faults["presses"] = presses


async def _no_effect(run: Run, before: int) -> None:
    after = await run.events()
    if after != before:
        run.report.findings.append(f"{after - before} events came of presses that nobody was allowed")
    answers = Counter(press["text"] for press in (await look_at_phones(run.ground)).presses)
    run.report.figures["answers to presses"] = dict(answers.most_common(5))
    if len([text for text in answers if text]) != 1:
        run.report.findings.append(f"not one and the same reply: {dict(answers.most_common(5))}")


def _phones(run: Run) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{run.ground.sandbox}/sandbox/api", timeout=60)
